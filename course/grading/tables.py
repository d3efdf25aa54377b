"""Read and write tables as spreadsheets save them, and files that are never half-written."""

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

ID = re.compile(r"[\w@+][\w.@+-]*")


def read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file; errors name file, row and column."""
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file; expected a table with {_list(columns)}")
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter(text))
    names = [(name or "").strip() for name in reader.fieldnames or []]
    reader.fieldnames = names
    for column in columns:
        if column not in names:
            raise ValueError(
                f"{path}: no column “{column}”; expected {_list(columns)}, found {_list(names)}"
            )
    rows = [{name: (row[name] or "").strip() for name in names if name} for row in reader]
    return [row for row in rows if any(row.values())]


def delimiter(text: str) -> str:
    """Return what stands between the columns of a table."""
    return max(",;\t", key=text.partition("\n")[0].count)


def roster(path: Path) -> dict[str, str]:
    """Return the names of the students of a course by their ids."""
    students = {}
    for number, row in enumerate(read(path, ("id", "name")), 2):
        student = row["id"]
        if not ID.fullmatch(student):
            raise ValueError(
                f"{path}, row {number}, column “id”: expected letters, digits and _ . @ + -, got "
                f"“{student}”"
            )
        if student in students:
            raise ValueError(f"{path}, row {number}, column “id”: “{student}” stands there twice")
        students[student] = row["name"]
    if not students:
        raise ValueError(f"{path}: expected a row for each student, found none")
    return students


def write(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file that spreadsheets open with their umlauts."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    replace(path, "\ufeff" + file.getvalue())


def replace(path: Path, content: str | bytes) -> None:
    """Write a file: afterwards it is the old one or the new one, whatever happens."""
    if isinstance(content, str):
        # Names of files, and messages of errors, may hold what UTF-8 cannot.
        content = content.encode("utf-8", "backslashreplace")
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _list(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
