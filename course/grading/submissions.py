"""Submissions without a learning platform: files or folders are named by the roster's ids."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course.grading import tables
from course.grading.lms import Student


@dataclass
class Source:
    """Where the students stand."""

    path: Path


class Plain:
    """A roster with the columns id and name."""

    def __init__(self, roster: Path):
        self.table = Source(roster)
        self.names = tables.roster(roster)
        self.ids = sorted(self.names, key=len, reverse=True)  # s1-2 before s1

    def students(self) -> Iterator[Student]:
        for row, (student, name) in enumerate(self.names.items(), 1):
            yield Student(student, name, row)

    def owner(self, name: str) -> tuple[str, str, str, bool | None] | None:
        """Return whose s042.ipynb, s042-hw3.ipynb or s042/hw3.ipynb is, and its own name."""
        parts = name.split("/")
        for part in parts:
            for student in self.ids:
                if re.match(rf"{re.escape(student)}(?![\w@+])", part, re.IGNORECASE):
                    return student, parts[-1], "", None
        return None
