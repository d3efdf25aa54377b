"""Marks by hand: answers without names, a sheet for each question and assistant.

An assistant reads the page (HTML), writes the line of the rubric, 1 to 4, into the table (CSV), and
puts the table back. The next run reads it.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from course.grading import tables
from course.grading.gradebook import Gradebook, fingerprint, level_points
from course.homework.assignment import Task

COLUMNS = ("code", "line", "comment")


def code(book: Gradebook, student: str) -> str:
    """Return what stands for a student's name on the sheets."""
    seed = book.assignment.seed.encode()
    return hmac.digest(seed, f"{book.assignment.name} {student}".encode(), "sha256").hex()[:10]


def read(book: Gradebook, folder: Path, ids: Iterable[str], records: Mapping[str, dict]) -> None:
    """Put the marks of all sheets in the folder into the gradebook.

    The records are those that the sheets were made of.
    """
    students = {code(book, student): student for student in ids}
    for task in book.assignment.tasks:
        for path in sorted(folder.glob(f"{task.id}-*.csv")) if task.rubric else ():
            for number, row in enumerate(tables.read(path, COLUMNS), 2):
                if row["code"] not in students:
                    raise ValueError(
                        f"{path}, row {number}, column “code”: “{row['code']}” is nobody's"
                    )
                if not row["line"]:
                    continue
                lines = [str(line) for line in range(1, len(task.rubric) + 1)]
                if row["line"] not in lines:
                    raise ValueError(
                        f"{path}, row {number}, column “line”: expected one of {', '.join(lines)} "
                        f"or nothing, got “{row['line']}”"
                    )
                student = students[row["code"]]
                mark = {"level": int(row["line"]) - 1, "comment": row["comment"]}
                marks = book.marks.setdefault(task.id, {})
                if marks.get(student, {}).items() >= mark.items():
                    continue  # it was read before
                answer = records.get(student, {}).get("texts", {}).get(task.id, "")
                marks[student] = mark | {"answer": fingerprint(answer)}


def write(book: Gradebook, folder: Path, assistants: Sequence[str]) -> list[Path]:
    """Write the sheets, with the marks that are there; return the paths of the tables."""
    paths = []
    for task in book.assignment.tasks:
        if not task.rubric:
            continue
        students = sorted(book.waiting(task), key=lambda student: code(book, student))
        for suffix in ("csv", "html"):
            for path in folder.glob(f"{task.id}-*.{suffix}"):
                path.unlink()
        for number, assistant in enumerate(assistants):
            mine = students[number :: len(assistants)]
            path = folder / f"{task.id}-{assistant}.csv"
            tables.write(path, [COLUMNS, *(_row(book, task, student) for student in mine)])
            tables.replace(path.with_suffix(".html"), _page(book, task, mine))
            paths.append(path)
    return paths


def _row(book: Gradebook, task: Task, student: str) -> list[object]:
    mark = book.marks.get(task.id, {}).get(student)
    return [code(book, student), *((mark["level"] + 1, mark["comment"]) if mark else ("", ""))]


def _page(book: Gradebook, task: Task, students: Sequence[str]) -> str:
    rubric = "".join(
        f"<li>{escape(line)} <b>({level_points(task, level):.3g})</b>"
        f"<details><summary>Sample</summary><pre>{escape(sample)}</pre></details></li>"
        for level, (line, sample) in enumerate(zip(task.rubric, task.samples, strict=True))
    )
    texts = {code(book, student): book.records[student]["texts"][task.id] for student in students}
    answers = "".join(f"<h2>{name}</h2><pre>{escape(it)}</pre>" for name, it in texts.items())
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(task.title)}</title>"
        "<style>body {max-width: 50rem; margin: auto; padding: 1rem; font-family: sans-serif; "
        "color-scheme: light dark} pre {white-space: pre-wrap; border: 1px solid; padding: .5rem}"
        f"</style><h1>{escape(task.title)}</h1><pre>{escape(task.text)}</pre>"
        f"<ol>{rubric}</ol>{answers}</html>\n"
    )
