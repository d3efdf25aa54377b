"""Say what is wrong with lectures, without building anything.

Usage: python course/decks.py --check course/lectures/L01.md ...
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book"))
import lecture
from extensions import node


def check(paths: list[Path]) -> bool:
    """Print all that is wrong, with file and line; return whether nothing is."""
    node.install()  # what reads formulas
    book = lecture.book()
    good = True
    for path in paths:
        for problem in lecture.check(lecture.read(path), book):
            print(f"{path}:{problem.line}: {problem.text}")
            good = False
    return good


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", nargs="+", type=Path, required=True, metavar="FILE")
    sys.exit(not check(parser.parse_args().check))
