"""What is kept of a class and an assignment: what was found, and marks given by hand.

It is one file of JSON. A new run replaces what was found, and keeps the marks.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from course.grading import tables
from course.homework.assignment import Assignment, Task

FORMAT = "neurons-to-networks gradebook 1"


@dataclass
class Gradebook:
    """Records by student, and marks by task and student: a level of the rubric, and a comment."""

    path: Path
    assignment: Assignment
    records: dict[str, dict] = field(default_factory=dict)
    marks: dict[str, dict[str, dict]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, assignment: Assignment) -> "Gradebook":
        """Return what the file holds, or an empty gradebook if there is none."""
        if not path.exists():
            return cls(path, assignment)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path}: expected a gradebook in JSON: {error}") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise ValueError(f"{path}: expected the format “{FORMAT}”")
        for name, value in (
            ("assignment", assignment.name),
            ("seed", fingerprint(assignment.seed)),
        ):
            if content.get(name) != value:
                raise ValueError(
                    f"{path}: was made for another {name}. Move it away, or grade with that {name}"
                )
        return cls(path, assignment, content["records"], content["marks"])

    def write(self) -> None:
        content = {
            "format": FORMAT,
            "assignment": self.assignment.name,
            "seed": fingerprint(self.assignment.seed),
            "records": self.records,
            "marks": self.marks,
        }
        tables.replace(self.path, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def points(self, student: str, task: Task) -> float | None:
        """Return the points of a task, or None if it waits for a mark."""
        record = self.records[student]
        points = sum(check["points"] for check in record["checks"] if check["task"] == task.id)
        if not record["texts"].get(task.id):
            return round(points, 2)
        mark = self.marks.get(task.id, {}).get(student)
        return None if mark is None else round(points + level_points(task, mark["level"]), 2)

    def row(self, student: str) -> dict[str, float | None]:
        return {task.id: self.points(student, task) for task in self.assignment.tasks}

    def waiting(self, task: Task) -> Iterator[str]:
        """Yield the students with an answer to read, marked or not."""
        for student, record in self.records.items():
            if record["texts"].get(task.id):
                yield student


def level_points(task: Task, level: int) -> float:
    """Return what a line of the rubric is worth: the first all points, the last none."""
    return task.hand * (1 - level / (len(task.rubric) - 1))


def fingerprint(text: str) -> str:
    """Return what tells two texts apart, and does not tell what they are."""
    return hashlib.sha256(f"gradebook {text}".encode()).hexdigest()[:16]


def unread(book: Gradebook) -> list[str]:
    """Return, in words, which answers are others than those that were marked."""
    return [
        f"{student}, {task}"
        for task, marks in book.marks.items()
        for student, mark in marks.items()
        if student in book.records
        and mark["answer"] != fingerprint(book.records[student]["texts"].get(task, ""))
    ]


def changes(old: Gradebook, new: Gradebook) -> list[str]:
    """Return, in words, whose points have changed."""
    lines = []
    for student in new.records:
        if student not in old.records:
            continue
        before, after = old.row(student), new.row(student)
        lines += [
            f"{student}, {task}: {_shown(before[task])} → {_shown(after[task])}"
            for task in after
            if before[task] != after[task]
        ]
    return lines


def _shown(points: float | None) -> str:
    return "not marked" if points is None else f"{points:g}"
