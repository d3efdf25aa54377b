"""Fetch what chapters need of Pyodide's packages, so that the book serves them itself.

Usage: python book/live_wheels.py [folder or address of a Pyodide distribution]

Every file must be the one that the lock file of the npm package pyodide names by its hash, and
book/package-lock.json names that package by its own. The next build puts the files into the book.
"""

import os
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).with_name("_ext")))

import live
import npm_packages


def read(source: str, name: str) -> bytes:
    """Return a file of the distribution, which is a folder or an address."""
    if "://" not in source:
        return Path(source, name).read_bytes()
    with urllib.request.urlopen(f"{source.rstrip('/')}/{name}", timeout=60) as response:
        return response.read()


def fetch(source: str, packages: dict, folder: Path) -> None:
    """Put the needed packages into the folder; one that is not what the lock says is an error."""
    folder.mkdir(parents=True, exist_ok=True)
    for package in sorted(live.closure(packages, live.NEEDED)):
        name, expected = packages[package]["file_name"], packages[package]["sha256"]
        target = folder / name
        if target.exists() and live.sha256(target.read_bytes()) == expected:
            continue
        print(f"fetching {name} ...", flush=True)
        content = read(source, name)
        if (found := live.sha256(content)) != expected:
            sys.exit(f"{name} from {source} has the SHA-256 {found}, not {expected}")
        part = target.with_suffix(".part")
        part.write_bytes(content)
        os.replace(part, target)  # never a file that is cut short


if __name__ == "__main__":
    npm_packages.install()
    fetch(
        sys.argv[1] if sys.argv[1:] else live.packages_address(),
        live.read_lock()["packages"],
        live.WHEELS,
    )
    print(f"The packages are in {live.WHEELS}; make book puts them into the book.")
