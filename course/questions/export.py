"""Write all questions for learning platforms, into build/quizzes, from the built book.

Usage: python -m course.questions.export [SEED]

The seed decides the numbers of the pools. Without one, it is that of the folder COURSE_PRIVATE. If
the environment has BOOK_URL, where the book stands in the net, links lead there; else they are
words.
"""

import os
import sys
from pathlib import Path

from course.grading import tables
from course.questions import moodle, qti
from course.questions.content import quizzes
from course.questions.exam import choose
from course.questions.pools import pools

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "_build" / "html"
FOLDER = ROOT / "build" / "quizzes"


def variants(seed: str) -> dict[int, dict[str, list]]:
    """Return the questions of all pools, by number of the chapter and name of the pool."""
    found: dict[int, dict[str, list]] = {}
    for pool in pools():
        found.setdefault(pool.chapter, {})[pool.id] = pool.variants(seed)
    return found


def main(seed: str = "") -> None:
    """Write the files."""
    if not SITE.is_dir():
        raise ValueError(f"there is no book in {SITE}: run make book first")
    site = os.environ.get("BOOK_URL", "").rstrip("/")
    files = {}
    for quiz in quizzes(SITE, ROOT / "chapters", variants(choose(seed)), site):
        files[f"moodle/{quiz.name}.xml"] = moodle.document(quiz)
        files[f"canvas/{quiz.name}.zip"] = qti.package(quiz)
    for name, content in files.items():
        tables.replace(FOLDER / name, content)
    print(f"{len(files)} files: {FOLDER}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as problem:
        sys.exit(f"quizzes: {problem}")
