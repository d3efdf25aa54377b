"""Put the plain notebooks where students pull them from: a git repository's branch `notebooks`.

Usage: make notebooks && python -m course.hub.publish [--as-new] ADDRESS

It adds notebooks and changes them, each time in one commit. It renames and removes none and never
forces a push, because pulls fail on that. With --as-new it changes none either: a notebook that
differs from the one that is there comes beside it, as 01-neurons-2.ipynb.
"""

import argparse
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from extensions.launch import BRANCH

ROOT = Path(__file__).resolve().parent.parent.parent
NOTEBOOKS = ROOT / "build" / "notebooks"


class PublishError(Exception):
    """The notebooks could not be published."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder; return what it prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise PublishError(f"git {' '.join(arguments)}:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def free_name(new: Path, folder: Path, as_new: bool) -> Path:
    """Return under which name a notebook goes into a folder; there it may be the same already."""
    place = folder / new.name
    numbers = count(2)
    while as_new and place.exists() and place.read_bytes() != new.read_bytes():
        place = folder / f"{new.stem}-{next(numbers)}{new.suffix}"
    return place


def publish(address: str, notebooks: Path = NOTEBOOKS, as_new: bool = False) -> list[str]:
    """Bring the branch up to date and push it; return in words what came and what changed."""
    found = sorted(notebooks.glob("*.ipynb"))
    if not found:
        raise PublishError(f"{notebooks} holds no notebooks: run `make notebooks` first")
    with TemporaryDirectory() as name:
        folder = Path(name)
        if git(folder, "ls-remote", "--heads", address, BRANCH):
            git(folder, "clone", "--quiet", "--branch", BRANCH, address, ".")
        else:
            git(folder, "init", "--quiet", "--initial-branch", BRANCH)
            git(folder, "remote", "add", "origin", address)
        done = []
        for new in found:
            place = free_name(new, folder, as_new)
            if place.exists() and place.read_bytes() == new.read_bytes():
                continue
            done.append(f"{'changed' if place.exists() else 'added'} {place.name}")
            shutil.copyfile(new, place)
        if done:
            git(folder, "add", "--all")
            git(folder, "commit", "--quiet", "--message", "Notebooks: " + ", ".join(done))
            git(folder, "push", "--quiet", "origin", f"HEAD:{BRANCH}")
    return done


def main() -> None:
    """Publish the notebooks that `make notebooks` has written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", help="address or folder of the git repository")
    parser.add_argument("--as-new", action="store_true", help="change no notebook that is there")
    options = parser.parse_args()
    try:
        done = publish(options.address, as_new=options.as_new)
    except PublishError as error:
        sys.exit(str(error))
    print("\n".join(done) or "nothing has changed")


if __name__ == "__main__":
    main()
