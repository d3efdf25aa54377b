"""What a learning platform gives, and what it takes back: submissions in, marks and feedback out.

The roster is the platform's own table: the grading worksheet of Moodle's assignment, or the export
of Canvas' gradebook. The submissions are its zip, or the folder that was unpacked from it. `read`
puts what students handed in into a folder, one subfolder a student, under names of its own; `write`
fills the marks into the platform's table and packs feedback under names that the platform knows.

A zip may come from anywhere, so none of its paths is ever used to write, and what is refused is
said in words.
"""

import csv
import io
import re
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

import nbformat

from course.grading import tables

LARGEST = 50_000_000  # bytes of one file; notebooks with long outputs have 20 million
LARGEST_SUM = 200_000_000  # bytes of all files of one student
MOST = 100  # files of one student

TEXT = {
    "outside": "{name}: its path leads out of the folder",
    "link": "{name}: is a link, not a file",
    "large": "{name}: has {size:,} bytes, and {limit:,} are allowed",
    "sum": "{name}: with it, the files have more than {sum:,} bytes",
    "many": "{name}: there are more than {most} files",
    "zip": "{name}: is a zip file; what is in it was not looked at. Hand in the notebook itself",
    "damaged": "{name}: is damaged or encrypted",
    "nobody": "{name}: its name does not say whose it is",
    "stranger": "{name}: {id} is not on the roster",
}


@dataclass(frozen=True)
class Submission:
    """One file that a student handed in."""

    path: Path
    name: str  # as the student called it
    time: datetime | None = None  # where the platform says it
    late: bool | None = None  # where the platform says it


@dataclass
class Student:
    """A row of the roster, and what came from that student."""

    id: str  # of the platform: Moodle's participant, Canvas' user
    name: str
    row: int  # in the table
    time: datetime | None = None  # of the last change of the submission
    files: list[Submission] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # what was not taken, and why
    feedback: str = ""  # the name that feedback needs on its way back; nothing if nothing came


@dataclass
class Table:
    """A table of the platform, as it was read: written again, it is the same but for the marks."""

    path: Path
    rows: list[list[str]]
    dialect: dict[str, str]
    mark: bool  # whether the file begins with a byte order mark

    @classmethod
    def read(cls, path: Path) -> "Table":
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError(f"{path}: must be a CSV file in UTF-8") from None
        head = text.partition("\n")[0]
        dialect = {
            "delimiter": tables.delimiter(text),
            "lineterminator": "\r\n" if head.endswith("\r") else "\n",
        }
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), **dialect) if row]
        if not rows:
            raise ValueError(f"{path}: is empty")
        for number, row in enumerate(rows, 1):
            if len(row) != len(rows[0]):
                raise ValueError(
                    f"{path}, row {number}: must have {len(rows[0])} columns, as the first row "
                    f"has, got {len(row)}"
                )
        return cls(path, rows, dialect, path.read_bytes().startswith(b"\xef\xbb\xbf"))

    @property
    def head(self) -> list[str]:
        return self.rows[0]

    def column(self, name: str, hint: str = "") -> int:
        if name not in self.head:
            there = ", ".join(self.head)
            raise ValueError(f"{self.path}: has no column {name!r}, only {there}{hint}")
        return self.head.index(name)

    def content(self) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, **self.dialect).writerows(self.rows)
        return text.getvalue().encode("utf-8-sig" if self.mark else "utf-8")


@dataclass
class Entry:
    """A file or a folder of the submissions, not unpacked yet."""

    name: str  # its path in them, with slashes
    size: int
    folder: bool
    link: bool
    time: datetime | None
    content: Callable[[], bytes]


def entries(submissions: Path) -> Iterator[Entry]:
    """Yield what is in a zip or in a folder."""
    if submissions.is_dir():
        for path in sorted(submissions.rglob("*")):
            name = path.relative_to(submissions).as_posix()
            link = path.is_symlink()
            about = path.lstat()
            size = 0 if link or path.is_dir() else about.st_size
            time = datetime.fromtimestamp(about.st_mtime)
            folder = path.is_dir() and not link
            yield Entry(f"{name}/" if folder else name, size, folder, link, time, path.read_bytes)
        return
    if not zipfile.is_zipfile(submissions):
        raise ValueError(f"{submissions}: must be the zip of the platform, or a folder")
    with zipfile.ZipFile(submissions) as archive:
        for info in archive.infolist():
            link = stat.S_ISLNK(info.external_attr >> 16)
            name = info.filename.replace("\\", "/")

            def content(info=info):
                return archive.read(info)

            try:
                time = datetime(*info.date_time)
            except ValueError:
                time = None  # zips of some programs have a month 0
            yield Entry(name, info.file_size, info.is_dir(), link, time, content)


def hidden(name: str) -> bool:
    """Return whether a file was left there by the system, not by a student."""
    return PurePosixPath(name).name.startswith(("._", ".DS_Store"))


class Moodle:
    """The grading worksheet of an assignment, and the zip of *Download all submissions*."""

    # Müller Jörg_4711_assignsubmission_file_, since Moodle 4.1 without the last _; a folder, or the
    # beginning of a file's name.
    NAME = re.compile(r"(?P<prefix>[^/]+_(?P<id>\d+)_assignsubmission_[a-z]+)(?P<rest>_.*)?")
    TIMES = ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p")  # of English, and of American
    HINT = ". Download the grading worksheet with Moodle's language set to English"

    def __init__(self, roster: Path, column: str):
        self.table = Table.read(roster)
        self.grade = self.table.column("Grade", self.HINT)
        self.maximum = self.table.column("Maximum Grade", self.HINT)

    def students(self) -> Iterator[Student]:
        identifier = self.table.column("Identifier", self.HINT)
        name = self.table.column("Full name", self.HINT)
        times = [i for i, it in enumerate(self.table.head) if it == "Last modified (submission)"]
        for number, row in enumerate(self.table.rows[1:], 1):
            match = re.fullmatch(r"\D*(\d+)", row[identifier])
            if not match:
                raise ValueError(
                    f"{self.table.path}, row {number + 1}: Identifier must be such as "
                    f"'Participant 4711', got {row[identifier]!r}"
                )
            time = self.time(row[times[0]]) if times else None
            yield Student(match[1], row[name], number, time)

    def time(self, text: str) -> datetime | None:
        for form in self.TIMES:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
        return None

    def owner(self, name: str) -> tuple[str, str, str, bool | None] | None:
        """Return whose a file is, its own name, the name for feedback, and whether it is late."""
        parts = name.split("/")
        for i, part in enumerate(parts):
            if match := self.NAME.fullmatch(part):
                rest = (match["rest"] or "").removeprefix("_")
                inside = i + 1 < len(parts)  # the student's files are in a folder
                feedback = f"{part}/feedback.html" if inside else f"{match['prefix']}_feedback.html"
                return match["id"], parts[-1] if inside else rest, feedback, None
        return None

    def fill(self, student: Student, points: float, of: float) -> None:
        row = self.table.rows[student.row]
        maximum = number(row[self.maximum], self.table.path, student.row, "Maximum Grade")
        row[self.grade] = f"{points / of * maximum:.2f}"

    def filled(self, marked: set[int]) -> Table:
        """Return the whole worksheet: Moodle leaves alone what is empty."""
        return self.table

    def packed(self, name: str, feedback: str) -> bytes:
        return feedback.encode()


class Canvas:
    """The export of the gradebook, and the zip of *Download submissions*."""

    # muellerjoerg_LATE_12345_67890_hw3.ipynb; a text that was typed in is …_12345_text.html
    NAME = re.compile(
        r"(?P<name>.*?)_(?P<late>LATE_)?(?P<id>\d+)_(?:\d+_(?P<file>.+)|(?P<text>\w+\.html))"
    )
    POINTS = "Points Possible"
    TEST = "Student, Test"  # the view that Canvas has for teachers: no student, and not importable

    def __init__(self, roster: Path, column: str):
        self.table = Table.read(roster)
        self.section = self.table.column("Section")
        self.id = self.table.column("ID")
        titles = [(i, it) for i, it in enumerate(self.table.head) if re.search(r" \(\d+\)$", it)]
        wanted = re.compile(rf"{re.escape(column)}(?!\d)", re.IGNORECASE)
        fits = [(i, it) for i, it in titles if wanted.match(it)]
        if len(fits) != 1:
            there = ", ".join(repr(it) for _, it in titles) or "none"
            raise ValueError(
                f"{roster}: one assignment must have a name that begins with {column!r}; "
                f"its assignments are {there}"
            )
        self.grade = fits[0][0]
        points = [i for i, row in enumerate(self.table.rows) if self.POINTS in row[0]]
        if len(points) != 1:
            raise ValueError(f"{roster}: must have one row {self.POINTS!r}, has {len(points)}")
        self.points = points[0]
        text = self.table.rows[self.points][self.grade]
        self.maximum = number(text, roster, self.points, fits[0][1])

    def students(self) -> Iterator[Student]:
        for number, row in enumerate(self.table.rows[1:], 1):
            # One row may say which marks are not posted yet; it has no name.
            if number == self.points or row[0] in ("", self.TEST):
                continue
            if not row[self.id].isdecimal():
                raise ValueError(
                    f"{self.table.path}, row {number + 1}: ID must be a number, "
                    f"got {row[self.id]!r}"
                )
            yield Student(row[self.id], ", ".join(row[: self.id]), number)

    def owner(self, name: str) -> tuple[str, str, str, bool | None] | None:
        """Return whose a file is, its own name, the name for feedback, and whether it is late."""
        own = name.rpartition("/")[2]
        match = self.NAME.fullmatch(own)
        if not match:
            return None
        # Canvas takes feedback under the very name that it gave.
        return match["id"], match["file"] or match["text"], own, match["late"] is not None

    def fill(self, student: Student, points: float, of: float) -> None:
        self.table.rows[student.row][self.grade] = f"{points / of * self.maximum:.2f}"

    def filled(self, marked: set[int]) -> Table:
        """Return what says who it is, and the one assignment, for those who have a new mark.

        Canvas reads an empty mark as one to delete, so what is not to change must not be there.
        """
        columns = [*range(self.section + 1), self.grade]
        rows = [self.table.rows[i] for i in [0, self.points, *sorted(marked)]]
        return replace(self.table, rows=[[row[i] for i in columns] for row in rows])

    def packed(self, name: str, feedback: str) -> bytes:
        """Return feedback as a notebook where Canvas will call it one."""
        if not name.endswith(".ipynb"):
            return feedback.encode()
        cell = nbformat.v4.new_markdown_cell(feedback, id="feedback")
        return nbformat.writes(nbformat.v4.new_notebook(cells=[cell])).encode()


PLATFORMS = {"moodle": Moodle, "canvas": Canvas}


def number(text: str, path: Path, row: int, column: str) -> float:
    """Return a number of a table; in some languages it has a comma."""
    try:
        found = float(text.replace(",", "."))
    except ValueError:
        found = 0.0
    if not found > 0:
        raise ValueError(
            f"{path}, row {row + 1}, column {column!r}: must be a number above 0, got {text!r}"
        )
    return found


def platform(name: str, roster: Path, column: str) -> Moodle | Canvas:
    """Open the platform's table; `column` is how the assignment is called there, such as HW3."""
    if name not in PLATFORMS:
        raise ValueError(f"LMS must be one of {', '.join(PLATFORMS)}, got {name!r}")
    return PLATFORMS[name](Path(roster), column)


def read(
    lms: Moodle | Canvas, submissions: Path, folder: Path
) -> tuple[dict[str, Student], list[str]]:
    """Put what was handed in into a folder.

    Returns the students by id, all of the roster, with their files; and in words, what belongs to
    none of them.
    """
    students: dict[str, Student] = {}
    for student in lms.students():
        if student.id in students:
            raise ValueError(f"{lms.table.path}: {student.id} is there twice")
        students[student.id] = student
    others = []
    sizes = dict.fromkeys(students, 0)
    for entry in entries(Path(submissions)):
        if hidden(entry.name):
            continue
        found = lms.owner(entry.name)
        if not found or found[0] not in students:
            if not entry.folder:
                words = TEXT["stranger" if found else "nobody"]
                others.append(words.format(name=entry.name, id=found and found[0]))
            continue
        owner, name, feedback, late = found
        student = students[owner]
        student.feedback = student.feedback or feedback
        if entry.folder:
            continue
        words = refusal(entry, sizes[owner], len(student.files))
        try:
            content = b"" if words else entry.content()
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
            words = TEXT["damaged"]
        else:
            words = words or (TEXT["zip"] if zipfile.is_zipfile(io.BytesIO(content)) else "")
        if words:
            values = {"size": entry.size, "limit": LARGEST, "sum": LARGEST_SUM, "most": MOST}
            student.refused.append(words.format(name=name, **values))
            continue
        sizes[owner] += entry.size
        path = folder / owner / f"{len(student.files)}-{plain(name)}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        student.files.append(Submission(path, name, student.time or entry.time, late))
    return students, others


def refusal(entry: Entry, total: int, count: int) -> str:
    """Return why an entry is not taken, or nothing."""
    path = PurePosixPath(entry.name)
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", entry.name):
        return TEXT["outside"]
    if entry.link:
        return TEXT["link"]
    if entry.size > LARGEST:
        return TEXT["large"]
    if total + entry.size > LARGEST_SUM:
        return TEXT["sum"]
    if count >= MOST:
        return TEXT["many"]
    return ""


def plain(name: str) -> str:
    """Return a name that every file system takes, with the same ending."""
    return re.sub(r"[^\w.-]", "_", name)[-80:]


def write(
    lms: Moodle | Canvas,
    students: Mapping[str, Student],
    points: Mapping[str, float],
    of: float,
    feedback: Mapping[str, str],
    folder: Path,
) -> tuple[Path, Path]:
    """Write the table with the marks, and the zip of feedback; return both paths.

    `points` and `feedback`, which is HTML, are by id; who has no points keeps what is in the table.
    The points are out of `of`, and become what they are of the maximum that the platform has.
    """
    for name in {*points, *feedback} - {*students}:
        raise ValueError(f"{lms.table.path}: {name} is not on the roster")
    for name, found in points.items():
        if not 0 <= found <= of:
            raise ValueError(f"points of {name} must be between 0 and {of:g}, got {found:g}")
        lms.fill(students[name], found, of)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(feedback.items()):
            if target := students[name].feedback:
                archive.writestr(target, lms.packed(target, text))
    table = lms.filled({students[name].row for name in points}).content()
    paths = folder / lms.table.path.name, folder / "feedback.zip"
    for path, content in zip(paths, [table, packed.getvalue()], strict=True):
        tables.replace(path, content)
    return paths
