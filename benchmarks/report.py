"""Writes sections of RESULTS.md; each benchmark replaces its own and leaves the others."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("numpy", "torch", "jax", "tensorflow-cpu", "keras", "scikit-learn")


def table(header, rows) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def machine() -> str:
    """Return the processor and the versions, for the reader to compare with."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        processor = re.search(r"model name\s*: (.*)", info.read_text(encoding="utf-8"))[1]
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return (
        f"{processor}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, {', '.join(versions)}"
    )


def write(title: str, text: str) -> None:
    """Put the section `title` with `text` into RESULTS.md."""
    old = (
        RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else "# Results of the benchmarks\n"
    )
    parts = re.split(r"(?m)^## ", old)
    sections = {part.split("\n", 1)[0]: part.split("\n", 1)[1].strip() for part in parts[1:]}
    sections[title] = f"{text.strip()}\n\nMeasured on: {machine()}."
    body = "".join(f"\n## {name}\n\n{content}\n" for name, content in sorted(sections.items()))
    RESULTS.write_text(parts[0].rstrip() + "\n" + body, encoding="utf-8")
    print(f"{RESULTS.name}: section {title} written")
