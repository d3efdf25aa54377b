"""Grade an assignment: a row and a page for each student of the roster, whatever came in.

Usage: python -m course.grading.grade hw3 --roster roster.csv --submissions folder --seed SEED
With lab1 instead of hw3, it lists the receipts of a lab.
"""

import argparse
import copy
import hashlib
import io
import math
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from course.grading import feedback, hand, judge, lms, notebooks, receipts, sandbox, tables
from course.grading.gradebook import Gradebook, changes, unread
from course.grading.submissions import Plain
from course.grading.words import say
from course.homework import overlay
from course.homework.assignment import Assignment, load

ROOT = Path(__file__).resolve().parents[2]
GRADED = "graded"
LIMITS = sandbox.Limits()


@dataclass(frozen=True)
class Due:
    """When an assignment is due, and who has how many days more."""

    date: datetime | None
    extensions: dict[str, int]

    def late(self, student: str, submission: lms.Submission) -> int:
        """Return the days, begun ones counted, that a submission is late."""
        if submission.late is not None:
            return int(submission.late)  # the platform knows; how many days, it does not say
        if self.date is None or submission.time is None:
            return 0
        seconds = (submission.time - self.date).total_seconds()
        return max(0, math.ceil(seconds / 86400) - self.extensions.get(student, 0))


def deadline(text: str) -> datetime | None:
    """Return when something is due, in the time of this machine."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"DUE must be such as 2027-03-01T23:59, got {text!r}") from None


def names(text: str) -> list[str]:
    """Return the names of assistants, which become names of files."""
    found = [it.strip() for it in text.split(",")]
    for name in found:
        if not tables.ID.fullmatch(name):
            raise ValueError(f"ASSISTANTS must be such as anna,ben, got {text!r}")
    return found


def extensions(path: str, name: str) -> dict[str, int]:
    """Return the days of extension by student, of a table with id, assignment and days."""
    found = {}
    rows = tables.read(Path(path), ("id", "assignment", "days")) if path else []
    for number, row in enumerate(rows, 2):
        if not row["days"].isdecimal():
            raise ValueError(
                f"{path}, row {number}, column “days”: expected a whole number, got “{row['days']}”"
            )
        if row["assignment"] == name:
            found[row["id"]] = int(row["days"])
    return found


# ---- One student -----------------------------------------------------------------------------


def newest(student: lms.Student) -> list[lms.Submission]:
    """Return the files that may hold the notebook, the last one first."""
    files = [it for it in student.files if ".ipynb" in it.name.lower()] or student.files
    order = {id(it): number for number, it in enumerate(files)}
    return sorted(files, key=lambda it: (it.time or datetime.min, order[id(it)]), reverse=True)


def grade_one(
    student: lms.Student,
    assignment: Assignment,
    box: sandbox.Sandbox,
    limits: sandbox.Limits,
    due: Due,
) -> dict:
    """Return the record of a student. It never fails."""
    record = {"name": student.name, "status": "nothing handed in", "file": "", "late": 0}
    record |= {"notes": list(student.refused), "cells": {}, "checks": [], "texts": {}}
    try:
        results = _graded(student, assignment, box, limits, due, record)
    except Exception as error:
        traceback.print_exc()
        record["status"] = "the grading failed"
        record["notes"].append(say("fault", error=type(error).__name__))
        results = [judge.Result(it, 0, say("not run")) for it in assignment.checks]
    for result in results:
        check = result.check
        found = {"task": check.task, "name": check.name, "points": result.points}
        record["checks"].append(found | {"of": check.points, "fault": result.fault})
    return record


def _graded(student, assignment, box, limits, due, record) -> list[judge.Result]:
    files = newest(student)
    cells, reasons = None, []
    for submission in files:
        try:
            data = submission.path.read_bytes()
            cells, notes = notebooks.read(data, submission.name)
        except notebooks.Unreadable as reason:
            reasons.append(f"{submission.name}: {reason}")
            continue
        record["file"], record["late"] = submission.name, due.late(student.id, submission)
        record["sha256"] = hashlib.sha256(data).hexdigest()
        record["status"] = GRADED
        if len(files) > 1:
            notes.append(say("versions", count=len(files), name=submission.name))
        break
    record["notes"] += reasons
    if cells is None:
        if reasons or student.refused:
            record["status"] = "cannot be read"
        else:
            record["notes"].append(say("none"))
        return [judge.Result(it, 0, say("open")) for it in assignment.checks]

    found = notebooks.answers(cells, assignment)
    record["notes"] += notes + found.notes
    record["texts"] = {task: text for task, text in found.texts.items() if text}
    sources = [source for _, source in found.code]
    errors, answers = judge.run(box, limits, sources, assignment.checks)
    titles = {task.id: task.title for task in assignment.tasks}
    for number, error in sorted(errors.items()):
        cell = found.code[number][0]
        record["cells"].setdefault(cell if cell in titles else "", []).append(
            _stopped(cell, titles, error)
        )
    return [judge.judged(it, answers.get(i)) for i, it in enumerate(assignment.checks)]


def _stopped(cell: str, titles: dict[str, str], error: dict | str) -> str:
    if cell in titles:
        name = say("task cell", task=titles[cell])
    else:
        name = say("other cell", number=cell) if cell.isdecimal() else say("given cell")
    if isinstance(error, str):
        return say("cell", cell=name, what=say(error), line="")
    line = error.get("line") if isinstance(error, dict) else None
    where = say("line", line=line) if isinstance(line, int) else ""
    return say("cell", cell=name, what=judge.problem(error, message=True), line=where)


# ---- All students ------------------------------------------------------------------------------


def grade(
    assignment: Assignment,
    platform,
    submissions: Path,
    *,
    home: Path,
    out: Path,
    due: Due,
    box: sandbox.Sandbox,
    limits: sandbox.Limits = LIMITS,
    assistants: Sequence[str] = ("sheet",),
) -> tuple[Gradebook, dict[str, lms.Student]]:
    """Grade all, and write gradebook (into `home`), grades, feedback and sheets (into `out`)."""
    if not assignment.points > 0:
        raise ValueError(f"{assignment.name}: must have points, has none")
    if not submissions.exists():
        raise ValueError(f"{submissions}: there is no such folder or zip of submissions")
    old = Gradebook.read(home / "gradebook.json", assignment)
    new = Gradebook(old.path, assignment, {}, copy.deepcopy(old.marks))
    with tempfile.TemporaryDirectory() as folder:
        students, others = lms.read(platform, submissions, Path(folder))
        for student in due.extensions.keys() - students.keys():
            raise ValueError(f"extensions: “{student}” is not on the roster {platform.table.path}")
        hand.read(new, out / "hand", old.records | students, old.records)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            records = pool.map(
                lambda student: grade_one(student, assignment, box, limits, due), students.values()
            )
            try:
                for number, (student, record) in enumerate(zip(students, records, strict=True), 1):
                    new.records[student] = record
                    _progress(number, len(students))
            except KeyboardInterrupt:
                pool.shutdown(cancel_futures=True)
                raise
    for line in changes(old, new):
        print(f"changed: {line}")
    for line in unread(new):
        print(f"new answer after its mark: {line}")
    for line in others:
        print(f"left out: {line}")
    for student in old.records.keys() - new.records.keys():
        print(f"no longer on the roster: {student}")
    new.write()
    tables.write(out / "grades.csv", rows(new))
    for student in new.records:
        tables.replace(out / "feedback" / f"{student}.html", feedback.page(new, student))
    hand.write(new, out / "hand", assistants)
    return new, students


def _progress(number: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{number} of {of}", end="\n" if number == of else "", file=sys.stderr)


def rows(book: Gradebook) -> list[list[object]]:
    """Return the table of grades, its head first."""
    tasks = [task.id for task in book.assignment.tasks]
    table = [["id", "name", *tasks, "total", "of", "late days", "status"]]
    for student, record in book.records.items():
        points = book.row(student)
        total = sum(it for it in points.values() if it is not None)
        status = record["status"]
        if None in points.values():
            status += ", marks by hand are missing"
        shown = ["" if it is None else f"{it:g}" for it in (*points.values(), total)]
        of = f"{book.assignment.points:g}"
        table.append([student, record["name"], *shown, of, record["late"], status])
    return table


def participation(lab: str, platform, submissions: Path, out: Path, seed: str) -> None:
    """Write who took part in a lab, by receipts."""
    if seed and not seed.isdecimal():
        raise ValueError(f"the seed of a lab must be a whole number, got {seed!r}")
    labels = receipts.labels(lab, ROOT / "course" / "labs")
    with tempfile.TemporaryDirectory() as folder:
        students, others = lms.read(platform, submissions, Path(folder))
        table = [["id", "name", *labels, "solved", "status"]]
        for student in students.values():
            found = receipts.row(student, lab, labels, int(seed) if seed else None)
            table.append([student.id, student.name, *found])
    for line in others:
        print(f"left out: {line}")
    tables.write(out / "grades.csv", table)


def to_platform(
    book: Gradebook, platform: lms.Moodle | lms.Canvas, students: dict[str, lms.Student], out: Path
) -> None:
    """Write the platform's own files; who has no complete mark is left alone."""
    rows = {student: book.row(student) for student in book.records}
    points = {
        student: round(sum(row.values()), 2)
        for student, row in rows.items()
        if None not in row.values() and book.records[student]["status"] == GRADED
    }
    pages = {student: feedback.page(book, student) for student in book.records}
    for path in lms.write(platform, students, points, book.assignment.points, pages, out / "lms"):
        print(f"For the platform: {path}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments and grade; what is wrong with them is said in words."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", help="hw3, or lab3")
    parser.add_argument("--roster", required=True)
    parser.add_argument("--submissions", required=True)
    parser.add_argument("--seed", default="")
    parser.add_argument("--lms", default="")
    parser.add_argument("--due", default="")
    parser.add_argument("--extensions", default="")
    parser.add_argument("--assistants", default="sheet")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "grades")
    parser.add_argument("--unsafe", action="store_true")
    given = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may hold anything
    try:
        _main(given, given.out / given.name)
    except (ValueError, RuntimeError, OSError) as error:
        sys.exit(f"grade: {error}")


def _main(given: argparse.Namespace, out: Path) -> None:
    for name in ("roster", "submissions"):
        if not getattr(given, name):
            raise ValueError(f"{name.upper()} must be a path, got nothing")
    roster, submissions = Path(given.roster), Path(given.submissions)
    platform = lms.platform(given.lms, roster, given.name) if given.lms else Plain(roster)
    if given.name.startswith("lab"):
        participation(given.name, platform, submissions, out, given.seed)
    else:
        private = overlay.instead_of(given.seed)
        book, students = grade(
            private.load(given.name) if private else load(given.name, given.seed),
            platform,
            submissions,
            home=private.folder / "grades" / given.name if private else out,
            out=out,
            due=Due(deadline(given.due), extensions(given.extensions, given.name)),
            box=sandbox.find(unsafe=given.unsafe),
            assistants=names(given.assistants),
        )
        if given.lms:
            to_platform(book, platform, students, out)
    print(f"The grades: {out / 'grades.csv'}")


if __name__ == "__main__":
    main()
