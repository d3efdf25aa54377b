"""Search what the world can read for what the folder COURSE_PRIVATE keeps secret.

Usage: COURSE_PRIVATE=folder python -m course.homework.leaks

It looks at the files that git tracks, at the built book and the released notebooks with all their
metadata and outputs, and at the feedback for students; also into zip files.
"""

import html
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from course.homework import overlay

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "course" / "private-example"
PUBLIC = ("_build", "release", "student-book", "notebooks", "grades/*/feedback")  # of build/
# A line of code with a text of some length, or some digits; `import numpy as np` tells nothing.
TELLING = re.compile(r"""["'][^"']{6,}["']|(\d\D*){4}""")


@dataclass(frozen=True)
class Leak:
    """A secret, and the file that holds it."""

    path: str
    secret: str


def secrets(private: overlay.Overlay) -> list[str]:
    """Return what must not be found: the seeds, and the hidden tests but for the example."""
    known = {line for path in EXAMPLE.glob("*.py") for line in _lines(path)}
    found = [private.seed, *private.variants.values()]
    for path in sorted(private.folder.glob("*.py")):
        found += [it for it in _lines(path) if TELLING.search(it) and it not in known]
    return list(dict.fromkeys(found))


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="ignore")
    return [line.strip() for line in text.splitlines()]


def search(paths: Iterable[Path], secrets: Sequence[str]) -> list[Leak]:
    """Return each secret that a file holds as it is, or in the form of JSON or HTML."""
    forms = {
        form.encode(): secret
        for secret in secrets
        for form in (secret, json.dumps(secret)[1:-1], html.escape(secret))
    }
    return [
        Leak(name, secret)
        for path in paths
        for name, content in _contents(path)
        for secret in dict.fromkeys(it for form, it in forms.items() if form in content)
    ]


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    yield str(path), path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield f"{path}: {name}", archive.read(name)


def tracked(root: Path) -> list[Path]:
    """Return the files that git tracks."""
    command = ["git", "-C", str(root), "ls-files", "-z"]
    listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    return [path for it in listed.split("\0") if it and (path := root / it).is_file()]


def public(root: Path) -> list[Path]:
    """Return the files that git tracks and those that are made for readers and students."""
    made = [folder for pattern in PUBLIC for folder in (root / "build").glob(pattern)]
    inside = [path for folder in made for path in sorted(folder.rglob("*")) if path.is_file()]
    return [*tracked(root), *inside]


def main(root: Path = ROOT) -> int:
    """Print what is found, and return 1 if anything is."""
    private = overlay.find()
    if private is None:
        raise ValueError(f"{overlay.VARIABLE} must name the folder whose secrets to look for")
    inside = [it for it in tracked(root) if it.is_relative_to(private.folder.resolve())]
    found = search(public(root), secrets(private))
    for path in inside:
        print(f"{path}: of {private.folder}, and git tracks it")
    for leak in found:
        print(f"{leak.path}: holds {leak.secret!r}")
    return int(bool(inside or found))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ValueError as problem:
        sys.exit(f"leaks: {problem}")
