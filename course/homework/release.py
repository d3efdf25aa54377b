"""Write an assignment for students, and its key for yourself.

Usage: python -m course.homework.release HW [SEED]

HW is 0 to 4. Without a seed, it is that of the folder COURSE_PRIVATE. The notebook for students is
build/release/hw3/hw3.ipynb, the one with the answers build/key/hw3/hw3-key.ipynb.
"""

import sys
from pathlib import Path

from course.homework import leaks, overlay
from course.homework.assignment import Assignment, load, release, release_key


def choose(number: str, seed: str) -> Assignment:
    """Return the assignment that is asked for."""
    private = overlay.instead_of(seed)
    return private.load(f"hw{number}") if private else load(f"hw{number}", seed)


def main(number: str = "", seed: str = "", root: Path = Path("build")) -> None:
    """Write both notebooks."""
    made = choose(number, seed)
    students = release(made, root / "release" / made.name)
    if (private := overlay.find()) and (found := leaks.search([students], leaks.secrets(private))):
        students.unlink()
        raise ValueError(f"not released, it would hold {found[0].secret!r}: {students}")
    print(f"{made.title}: {made.points:g} points, about {made.minutes} minutes")
    print(students)
    print(release_key(made, root / "key" / made.name))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except ValueError as problem:
        sys.exit(f"release: {problem}")
