"""What a course keeps secret: a folder of its own, outside of the repository.

`course/private-example/` shows what it holds: `course.yml` with the seed, and with other seeds for
assignments whose variant was chosen; and `hidden_hw3.py`, say, with further hidden tests.
"""

import os
import runpy
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from course.homework.assignment import NAMES, SEED, Assignment, Check, load

VARIABLE = "COURSE_PRIVATE"
SHORTEST = 12  # characters of a secret seed: whoever has a notebook can try short ones


@dataclass(frozen=True)
class Overlay:
    """The secrets of one course."""

    folder: Path
    seed: str
    variants: dict[str, str]  # assignment: its seed, if it is not that of the course

    def load(self, name: str) -> Assignment:
        """Return an assignment in this course's variant, with its further hidden tests."""
        made = load(name, self.variants.get(name, self.seed))
        path = self.folder / f"hidden_{name}.py"
        if not path.is_file():
            return made
        defined = runpy.run_path(str(path))
        if "checks" not in defined:
            raise ValueError(f"{path}: asked for a function checks(assignment), got none")
        further = defined["checks"](made)
        tasks = {task.id: task for task in made.tasks}
        for check in further:
            if not isinstance(check, Check) or check.task not in tasks:
                known = ", ".join(tasks)
                raise ValueError(f"{path}: asked for checks of {known}, got {check!r:.80}")
            task = tasks[check.task]
            tasks[check.task] = replace(task, checks=(*task.checks, check))
        return replace(made, tasks=tuple(tasks.values()))


def read(folder: Path) -> Overlay:
    """Return what a folder says, or tell what is missing in it."""
    path = folder / "course.yml"
    if not path.is_file():
        raise ValueError(f"{VARIABLE}: {folder} holds no course.yml")
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as problem:
        raise ValueError(f"{path}: {problem}") from None
    if not isinstance(found, dict) or not {"seed"} <= found.keys() <= {"seed", "variants"}:
        raise ValueError(
            f"{path}: asked for `seed`, and for `variants` if you like, got {found!r:.80}"
        )
    variants = found.get("variants") or {}
    if not isinstance(variants, dict):
        raise ValueError(f"{path}: variants are such as {{hw2: seed}}, got {variants!r:.80}")
    for name, seed in {"hw1": found["seed"], **variants}.items():
        if name not in NAMES:
            raise ValueError(f"{path}: variants must be of {', '.join(NAMES)}, got {name!r}")
        if not isinstance(seed, str) or not SEED.fullmatch(seed) or len(seed) < SHORTEST:
            raise ValueError(
                f"{path}: a seed is {SHORTEST} to 64 letters, digits, - or _, got {seed!r}"
            )
    return Overlay(folder, found["seed"], variants)


def find() -> Overlay | None:
    """Return the overlay that the environment variable names, if it names one."""
    folder = os.environ.get(VARIABLE, "")
    return read(Path(folder)) if folder else None


def instead_of(seed: str) -> Overlay | None:
    """Return the overlay if there is one and no seed is given; one of the two there must be."""
    private = find()
    if bool(seed) == bool(private):
        given = "both" if seed else "neither"
        raise ValueError(f"give either SEED or {VARIABLE}, got {given}")
    return private
