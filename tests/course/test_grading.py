"""Grading is safe and always finishes: whatever a class hands in, in one run.

A tiny assignment, and a class that hands in what classes do. Expected points are those of the
tasks that a submission answers right, counted by hand: `twice` 6, `slope` 4, `mean` 3, and `why`,
3 by hand.
"""

import base64
import contextlib
import csv
import dataclasses
import datetime
import io
import json
import os
import re
import socket
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from places import ROOT

sys.path.insert(0, str(ROOT))
from course.grading import grade, judge, notebooks, receipts, sandbox, tables
from course.grading.gradebook import Gradebook
from course.grading.submissions import Plain
from course.homework.assignment import NAMES, Assignment, Check, Task, equals, load, notebook

LIMITS = sandbox.Limits(cell=4, call=2, total=60)
SECRET = 4711.25  # among the hidden inputs
ROUND = np.round(np.random.default_rng(5).normal(size=(3, 4)), 3)


def tiny(seed: str = "tiny") -> Assignment:
    def check(task, name, points, call, inputs, right, **more):
        return Check(task, name, points, call, inputs, equals(right), **more)

    twice = Task(
        "twice",
        "Double it",
        "Write `twice(x)`, which doubles an array.",
        "def twice(x):\n    ...",
        "def twice(x):\n    return 2 * x",
        "assert np.allclose(twice(np.ones(2)), 2)",
        (
            check("twice", "a row", 2, "twice(x)", {"x": np.array([SECRET, -1.5])}, [9422.5, -3]),
            check("twice", "an empty row", 2, "twice(x)", {"x": np.zeros(0)}, np.zeros(0)),
            check("twice", "a number", 2, "twice(x)", {"x": 3.5}, 7.0, hidden=False),
        ),
        5,
    )
    slope = Task(
        "slope",
        "A slope",
        "What is the slope of $x^2$ at 3?",
        "slope = ...",
        "slope = 6.0",
        "assert np.ndim(slope) == 0",
        (check("slope", "the slope", 4, "slope", {}, 6.0),),
        5,
    )
    mean = Task(
        "mean",
        "A mean",
        "Write `mean(table)`, the mean of each row.",
        "def mean(table):\n    ...",
        "def mean(table):\n    return table.mean(1)",
        "assert np.allclose(mean(np.eye(2)), 0.5)",
        (check("mean", "each row", 3, "mean(t)", {"t": ROUND}, ROUND @ np.full(4, 0.25)),),
        5,
    )
    why = Task(
        "why",
        "Why",
        "Why is the slope at 0 zero?",
        "*Your answer.*",
        "The parabola is flat there.",
        "",
        (),
        5,
        hand=3,
        rubric=("all", "most", "some", "none"),
        samples=("It is flat: 2x is 0.", "It is flat.", "It is small.", "No idea."),
    )
    setup = "import numpy as np\nimport mlp\nDATA = np.arange(4.0)"
    return Assignment("hw9", "A tiny assignment", "Do it.", seed, setup, (twice, slope, mean, why))


# ---- What a class hands in -----------------------------------------------------------------------


class Book:
    """A notebook with the key filled in, to be changed."""

    def __init__(self, key: bool = True):
        self.notebook = notebook(tiny(), key=key)

    def cell(self, name: str) -> nbformat.NotebookNode:
        return next(
            it
            for it in self.notebook.cells
            if it.metadata.get("nbgrader", {}).get("grade_id") == name
        )

    def place(self, name: str) -> int:
        return self.notebook.cells.index(self.cell(name))

    def put(self, name: str, source: str) -> "Book":
        self.cell(name).source = source
        return self

    def add(self, after: str, source: str, kind: str = "code") -> "Book":
        new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        self.notebook.cells.insert(self.place(after) + 1, new(source))
        return self

    def remove(self, name: str) -> "Book":
        self.notebook.cells.remove(self.cell(name))
        return self

    def data(self) -> bytes:
        return json.dumps(self.notebook).encode()


def alone(source: str) -> Book:
    """Return a notebook with the key, and a cell of one's own after the first task."""
    return Book().add("twice-tests", source)


def reordered() -> Book:
    book = Book()
    cells = book.notebook.cells
    cells.insert(1, cells.pop(book.place("mean-tests")))
    cells.append(cells.pop(book.place("twice-tests")))
    return book


def copied() -> Book:
    """Return a notebook in which copies stand behind cells: a test, an answer, an empty start."""
    book = Book()
    for name in ("mean-tests", "slope", "twice"):
        copy = json.loads(json.dumps(book.cell(name)))
        if name == "twice":
            copy["source"] = "def twice(x):\n    ..."
        book.notebook.cells.insert(book.place(name) + 1, nbformat.from_dict(copy))
    return book


def as_text(name: str) -> Book:
    book = Book()
    cell = book.cell(name)
    new = nbformat.v4.new_markdown_cell(cell.source, metadata=cell.metadata)
    book.notebook.cells[book.place(name)] = new
    return book


def elsewhere() -> Book:
    """Return a notebook with answers in new cells, before and behind the cells for them."""
    book = Book(key=False)
    book.add("twice-text", "def twice(x):\n    return x + x")
    book.add("slope-tests", "slope = 6")
    book.add(
        "mean", "def mean(table):\n    return table @ np.full(table.shape[1], 1 / table.shape[1])"
    )
    return book.add("why", "The parabola is flat there.", "markdown")


def without_ids() -> Book:
    """Return what Jupytext and some exports leave: no metadata."""
    book = Book()
    for cell in book.notebook.cells:
        cell.metadata = {}
    return book


def colab() -> bytes:
    content = json.loads(Book().data())
    content["metadata"] = {"colab": {"provenance": []}, "kernelspec": {"name": "python3"}}
    for number, cell in enumerate(content["cells"]):
        cell["metadata"] |= {"id": f"x{number}", "colab": {"base_uri": "https://localhost:8080/"}}
        cell["source"] = cell["source"].splitlines(keepends=True)
        cell.pop("id")
        if cell["cell_type"] == "code":
            cell |= {"outputs": [{"output_type": "stream", "name": "stdout", "text": ["1\n"]}]}
    content["cells"].insert(
        0, {"cell_type": "code", "source": ["!pip install mlp\n", "%cd /content"]}
    )
    return json.dumps(content | {"nbformat_minor": 0}).encode()


def vs_code() -> bytes:
    content = json.loads(Book().data())
    content["metadata"] = {"language_info": {"name": "python", "version": "3.12.4"}}
    for cell in content["cells"]:
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["source"] = cell["source"].replace("\n", "\r\n")
    return json.dumps(content, indent=4).encode()


def with_outputs() -> bytes:
    book = Book()
    image = {"image/png": base64.b64encode(os.urandom(15_000_000)).decode()}
    book.cell("twice")["outputs"] = [nbformat.v4.new_output("display_data", image)]
    return book.data()


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hw9.ipynb", data)
    return file.getvalue()


EVIL = """
class Always:
    __eq__ = __le__ = __lt__ = __gt__ = __ge__ = lambda *_: True
    __array__ = lambda self, *_, **__: np.array(float("nan"))
    __float__ = __abs__ = lambda self: 0.0
    __hash__ = None
"""
PATCH = """
import numpy.testing, mlp.check
yes = lambda *_, **__: True
np.allclose = np.array_equal = np.isclose = np.testing.assert_allclose = yes
mlp.check.value = mlp.check.that = mlp.check._fault = lambda *_, **__: None
import builtins, json
"""
FORGED = """
import json, os
for number in range(40):
    for descriptor in range(3, 20):
        try:
            answer = json.dumps({"number": number, "points": 6, "value": 1.0})
            os.write(descriptor, answer.encode() + b"\\n")
        except OSError:
            pass
print("Total: 16 of 16")
"""
FORGED_ERRORS = FORGED.replace('"value": 1.0', '"error": "all is right"')
STUBBORN = """
import time
while True:
    try:
        time.sleep(9)
    except BaseException:
        pass
"""
KILL = """
import os
for process in (os.getppid(), 1, -1):
    try:
        os.kill(process, 9)
    except OSError:
        pass
"""
THREADS = """
import threading, time
while True:
    threading.Thread(target=time.sleep, args=(9,)).start()
"""
# To the last ten megabytes, on each machine.
MEMORY = """
a = []
for size in (10**8, 10**7):
    try:
        while True:
            a.append(bytearray(size))
    except MemoryError:
        print("nearly full")
raise MemoryError
"""
TELLS = """
def twice(x):
    x = np.ravel(x).tolist()
    raise type(f"E{x}", (ValueError,), {})(f"{x}")
"""
ALL, NO = 13, 0  # of 16; the rest is marked by hand

# Name: what comes, points without those by hand, and words of status, notes or faults.
CLASS = {
    "correct": (Book(), ALL, ""),
    "partly": (Book().put("mean", "def mean(table):\n    return table.mean(0)"), 10, "shape"),
    "half": (
        Book().put("twice", "def twice(x):\n    return [2 * it for it in x]"),
        11,
        "TypeError",
    ),
    "wrong": (
        Book(key=False).put("slope", "slope = 3").put("twice", "def twice(x):\n    return x ** 2"),
        2,  # of the empty row
        "",
    ),
    "untouched": (Book(key=False), NO, ""),
    "loop": (Book().put("slope", "slope = 6.0\nwhile True:\n    pass"), ALL, "takes too long"),
    "looping function": (
        Book().put("mean", "def mean(table):\n    while True:\n        pass"),
        10,
        "takes too long",
    ),
    "stubborn": (
        alone(STUBBORN),
        ALL,
        "did not let itself be stopped",
    ),
    "exit": (alone("import os\nos._exit(0)"), ALL, "ended Python"),
    "exit in function": (
        Book().put("mean", "def mean(table):\n    import os\n    os._exit(0)"),
        10,
        "ended Python",
    ),
    "kill": (
        alone(KILL),
        ALL,
        "",
    ),
    "quit": (alone("import sys\nsys.exit()"), ALL, "SystemExit"),
    "memory bomb": (
        alone(MEMORY),
        ALL,
        "MemoryError",
    ),
    "fork bomb": (alone("import os\nwhile True:\n    os.fork()"), ALL, "BlockingIOError"),
    "threads": (
        alone(THREADS),
        ALL,
        "RuntimeError",
    ),
    "output": (alone("import sys\nwhile True:\n    print('x' * 10000)"), ALL, "takes too long"),
    "big file": (alone("open('big', 'wb').write(bytes(10**8))"), ALL, "File too large"),
    "many files": (
        alone("for i in range(99):\n    open(f'{i}', 'wb').write(bytes(10**7))"),
        ALL,
        "No space left",
    ),
    "big answer": (
        Book().put("mean", "def mean(table):\n    return np.zeros(10**6)"),
        10,
        "more than fits",
    ),
    "recursion": (
        Book().put("mean", "def mean(table):\n    return mean(table)"),
        10,
        "RecursionError",
    ),
    "rebound": (Book(key=False).put("slope", f"slope = 7\n{PATCH}"), NO, ""),
    "always equal": (
        Book(key=False)
        .put("slope", f"{EVIL}\nslope = Always()")
        .put("mean", "def mean(table):\n    return Always()")
        .put(
            "twice",
            "class Yes(float):\n    __eq__ = lambda *_: True\n\ndef twice(x):\n    return Yes(1)",
        ),
        NO,
        "no value that can be compared",
    ),
    "printed": (Book(key=False).put("slope", f"slope = 1\n{FORGED}"), NO, ""),
    "forged errors": (Book(key=False).put("slope", f"slope = 1\n{FORGED_ERRORS}"), NO, ""),
    "no letters": (alone("raise ValueError('\\ud800')"), ALL, "ValueError"),
    "edited test": (Book(key=False).put("twice-tests", "assert True"), NO, "tests of “Double it”"),
    "deleted tests": (
        Book().remove("twice-tests").remove("slope-tests"),
        ALL,
        "tests of “A slope”",
    ),
    "answer deleted": (Book().remove("mean"), 10, "There is no cell for “A mean”"),
    "reordered": (reordered(), ALL, ""),
    "copied": (copied(), ALL, "“A slope” has 2 answers"),
    "code as text": (as_text("twice"), ALL, "had become text"),
    "elsewhere": (elsewhere(), ALL, "was found in another cell"),
    "no ids": (without_ids(), ALL, "names of the cells are lost"),
    "setup changed": (
        Book()
        .put("hw9-setup", "import numpy as np\nDATA = None\nimport nowhere")
        .put("mean", "def mean(table):\n    return table.mean(1) + 0 * DATA[0]"),
        ALL,
        "cell that was given was changed",
    ),
    "colab": (colab(), ALL, ""),
    "vs code": (vs_code(), ALL, ""),
    "input": (alone("name = input('Your name? ')"), ALL, "EOFError"),
    "pip": (alone("%pip install torch\n!ls\nprint(1)"), ALL, ""),
    "absolute path": (alone("np.load('D:/data/data.npy')"), ALL, "FileNotFoundError"),
    "syntax": (Book().put("slope", "slope = = 6"), 9, "SyntaxError"),
    "await": (Book().put("slope", "import asyncio\nawait asyncio.sleep(0)\nslope = 6"), ALL, ""),
    "leaks": (  # hidden inputs in a message, and as the name of an error
        Book().put("twice", TELLS),
        7,
        "Exception",
    ),
    "echo": (Book().put("twice", "def twice(x):\n    return x"), 9, "too small"),
    "echo in words": (Book().put("twice", "def twice(x):\n    return f'{x}'"), 7, "wrong"),
    "20 MB": (with_outputs(), ALL, ""),
    "endless number": (
        Book().put("mean", "def mean(table):\n    return [10**400, [10**400]]"),
        10,
        "another form",
    ),
    "flood": (
        alone(
            "import os\nfor number in range(3, 20):\n    try: os.write(number, b'9' * 10**7)\n"
            "    except OSError: pass"
        ),
        ALL,
        "wrote too much",
    ),
    "html": (b"<!DOCTYPE html><html><body>hw9</body></html>", NO, "a web page"),
    "cut off": (Book().data()[:500], NO, "not in the format"),
    "deep": (b"[" * 100_000, NO, "not in the format"),
    "list": (b"[1, 2]", NO, "no cells"),
    "empty": (b"", NO, "is empty"),
    "zip in zip": (zipped(Book().data()), NO, "is a zip file"),
    "latin": (
        json.dumps(Book().add("why", "schön", "markdown").notebook, ensure_ascii=False).encode(
            "latin-1"
        ),
        ALL,
        "Latin-1",
    ),
    "utf-16": (Book().data().decode().encode("utf-16"), ALL, ""),
    "surrogate": (Book().put("slope", "slope = 6 # \ud800").data(), ALL, ""),
}
ENDINGS = {"html": "html", "zip in zip": "zip", "latin": "ipynb.txt"}
IDS = {name: f"s{number}" for number, name in enumerate(CLASS)}
MARK = "a-process-that-stays"

SPY = """
import glob, os, pathlib, shutil, socket, subprocess, sys
seen = []
def tries(name, action):
    try:
        action()
        seen.append(name)
    except Exception:
        pass
for number, path in enumerate({paths!r}):
    tries(f"reads {{number}}", lambda: open(path).read(1))
    tries(f"changes {{number}}", lambda: open(path, "a").close())
tries("finds", lambda: 1 / any(glob.glob(f"{{it}}/*.ipynb") for it in {folders!r}))
tries("socket", lambda: socket.create_connection(("127.0.0.1", {port}), 2).send(b"hello"))
tries("becomes root", lambda: os.setuid(0))
tries("sees processes", lambda: 1 / (len(glob.glob("/proc/[0-9]*")) > 5))
tries("sees variables", lambda: os.environ["GRADING_TEST"])
stays = [sys.executable, "-c", "import time; time.sleep(60)", "{mark}"]
subprocess.Popen(stays, start_new_session=True)
raise ValueError(f"seen: {{seen}}")
"""


@pytest.fixture(scope="session")
def box():
    try:
        return sandbox.find()
    except RuntimeError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture
def folder(tmp_path):
    """A folder with a roster of two."""
    (tmp_path / "roster.csv").write_text("id,name\nanna,Anna Ü\nben,Ben B\n", encoding="utf-8")
    (tmp_path / "in").mkdir()
    return tmp_path


def run(
    folder: Path, box, *, assignment=None, due=None, assistants=("sheet",), limits=LIMITS
) -> tuple:
    """Grade what lies in a folder; return the gradebook and what was printed."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        book, _ = grade.grade(
            assignment or tiny(),
            Plain(folder / "roster.csv"),
            folder / "in",
            home=folder / "home",
            out=folder / "out",
            due=due or grade.Due(None, {}),
            box=box,
            limits=limits,
            assistants=assistants,
        )
    return book, printed.getvalue()


def table(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@dataclasses.dataclass
class Graded:
    book: Gradebook
    printed: str
    folder: Path
    connections: list


def spy(folder: Path, port: int) -> Book:
    """Return a notebook that tells what it can see of what is not its own."""
    paths = [ROOT / "Makefile", folder / "home" / "gradebook.json", folder / "roster.csv"]
    paths += [folder / "in" / f"{IDS['correct']}.ipynb"]
    words = {
        "paths": [str(path) for path in paths],
        "folders": [str(folder / "in"), "/tmp", "/grading", "."],
        "port": port,
        "mark": MARK,
    }
    return alone(SPY.format(**words))


@pytest.fixture(scope="session")
def graded(box, tmp_path_factory) -> Graded:
    """The whole class, graded in one run."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "in").mkdir()
    (folder / "home").mkdir()
    extra = ["spy", "two", "nothing"]
    rows = [("id", "name"), *((student, name) for name, student in IDS.items())]
    tables.write(folder / "roster.csv", [*rows, *((name, f"The {name}") for name in extra)])
    for name, (content, _, _) in CLASS.items():
        data = content.data() if isinstance(content, Book) else content
        (folder / "in" / f"{IDS[name]}.{ENDINGS.get(name, 'ipynb')}").write_bytes(data)
    (folder / "in" / "two").mkdir()
    for number, key in enumerate((True, False, True), 1):  # the newest is neither first nor last
        path = folder / "in" / "two" / f"hw9-{number}.ipynb"
        path.write_bytes(Book(key=key).data())
        os.utime(path, (1e9, 1e9 + (0, 7, 3)[number - 1]))
    for name in (b"stranger.ipynb", b"\xff.ipynb"):
        (folder / "in" / os.fsdecode(name)).write_bytes(Book().data())

    connections = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def listen():
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    connections.append(server.accept())

        thread = threading.Thread(target=listen)
        thread.start()
        data = spy(folder, server.getsockname()[1]).data()
        (folder / "in" / "spy.ipynb").write_bytes(data)
        os.environ["GRADING_TEST"] = "a variable"
        try:
            book, printed = run(folder, box)
        finally:
            stop.set()
            thread.join()
    return Graded(book, printed, folder, connections)


def points(graded: Graded, student: str) -> float:
    """Return the points without those by hand."""
    return sum(check["points"] for check in graded.book.records[student]["checks"])


def said(record: dict) -> str:
    """Return all that was found, in words."""
    faults = [check["fault"] or "" for check in record["checks"]]
    cells = [line for lines in record["cells"].values() for line in lines]
    return "\n".join([record["status"], *record["notes"], *cells, *faults])


@pytest.mark.parametrize("name", CLASS)
def test_each_gets_its_points_or_is_told_why_not(graded, name):
    _, right, words = CLASS[name]
    record = graded.book.records[IDS[name]]
    assert words in said(record)
    assert points(graded, IDS[name]) == right, said(record)
    assert (record["status"] == grade.GRADED) == (record["file"] != ""), record


def test_who_has_done_all_right_is_told_nothing_else(graded):
    for name in ("correct", "colab", "vs code", "pip", "await", "20 MB", "utf-16"):
        record = graded.book.records[IDS[name]]
        assert said(record).split() == ["graded"], name


def test_without_the_names_of_cells_each_is_known_by_what_it_says(graded):
    notes = graded.book.records[IDS["no ids"]]["notes"]
    assert notes == ["The names of the cells are lost. The answers were found by what they say."]


def test_every_student_has_a_row_and_a_page(graded):
    rows = table(graded.folder / "out" / "grades.csv")
    assert [*rows] == [*IDS.values(), "spy", "two", "nothing"]
    assert rows["nothing"]["status"] == "nothing handed in"
    assert rows["nothing"]["total"] == "0"
    right = rows[IDS["correct"]]
    assert (right["twice"], right["slope"], right["mean"], right["why"]) == ("6", "4", "3", "")
    assert (right["total"], right["of"]) == ("13", "16")
    assert right["status"] == "graded, marks by hand are missing"
    pages = {path.stem for path in (graded.folder / "out" / "feedback").glob("*.html")}
    assert pages == rows.keys()


def test_what_is_nobodys_is_told(graded):
    assert "left out: stranger.ipynb" in graded.printed
    assert graded.printed.count("left out: ") == 2


def test_of_several_files_the_newest_counts(graded):
    record = graded.book.records["two"]
    assert record["file"] == "hw9-2.ipynb"
    assert points(graded, "two") == NO
    assert "3 files came; hw9-2.ipynb counts." in record["notes"]


def test_feedback_shows_neither_hidden_inputs_nor_keys(graded):
    for path in (graded.folder / "out" / "feedback").iterdir():
        page = path.read_text(encoding="utf-8")
        for hidden in ("4711", "9422", f"{ROUND[0, 0]}", "6.0"):
            assert hidden not in page, f"{path}: {hidden}"
    page = (graded.folder / "out" / "feedback" / f"{IDS['partly']}.html").read_text("utf-8")
    assert "✓ a row: right (2 of 2)" in page
    assert "✗ each row: has the shape (4,), asked for (3,) (0 of 3)" in page


def test_code_sees_nothing_and_nothing_of_it_stays(graded):
    [line] = graded.book.records["spy"]["cells"][""]
    assert "seen: []" in line
    assert not graded.connections
    assert points(graded, "spy") == ALL
    assert not running(MARK)
    assert (graded.folder / "in" / f"{IDS['correct']}.ipynb").read_bytes() == Book().data()


def test_without_a_sandbox_the_spy_would_see_it_all(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "home").mkdir()
    for name in ("home/gradebook.json", "roster.csv", f"in/{IDS['correct']}.ipynb"):
        (tmp_path / name).write_text("content")
    with socket.create_server(("127.0.0.1", 0)) as server:
        source = spy(tmp_path, server.getsockname()[1]).notebook.cells[5].source
        errors, _ = judge.run(sandbox.Sandbox("none"), LIMITS, [source.replace(MARK, "none")], ())
    seen = errors[0]["message"]
    assert seen.count("reads") == 4
    assert all(it in seen for it in ("socket", "finds", "sees processes"))


def running(mark: str) -> list[str]:
    """Return the commands of running processes that hold a mark."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes().decode(errors="replace"))
    return [command for command in found if mark in command]


# ---- Marks that stay, days, and marks by hand ----------------------------------------------------


def corrected() -> Assignment:
    """Return the assignment after a hidden test was found to be wrong: now it takes 5, too."""
    made = tiny()
    tasks = {task.id: task for task in made.tasks}
    [check] = tasks["slope"].checks
    judge = dataclasses.replace(check, judge=lambda found: None if found in (5, 6) else "no")
    tasks["slope"] = dataclasses.replace(tasks["slope"], checks=(judge,))
    return dataclasses.replace(made, tasks=tuple(tasks.values()))


def hand_in(folder: Path, student: str, book: Book) -> None:
    (folder / "in" / f"{student}.ipynb").write_bytes(book.data())


def fill(path: Path, line: str, comment: str = "") -> None:
    """Fill in a sheet, and save it as spreadsheets of some countries do."""
    text = path.read_text(encoding="utf-8-sig")
    rows = [row.split(",")[0] for row in text.splitlines()[1:]]
    lines = ["code;line;comment", *(f"{row};{line};{comment}" for row in rows)]
    path.write_bytes("\r\n".join(lines).encode("cp1252"))


def test_a_corrected_test_keeps_marks_by_hand_and_tells_what_has_changed(folder, box):
    hand_in(folder, "anna", Book().put("slope", "slope = 5"))
    hand_in(folder, "ben", Book(key=False))
    book, printed = run(folder, box)
    assert book.row("anna") == {"twice": 6, "slope": 0, "mean": 3, "why": None}
    assert book.row("ben")["why"] == 0  # there is nothing to read
    assert "changed" not in printed
    sheet = folder / "out" / "hand" / "why-sheet.csv"
    page = sheet.with_suffix(".html").read_text(encoding="utf-8")
    assert "The parabola is flat there." in page
    assert "anna" not in (page + sheet.read_text()).lower()

    fill(sheet, "2", "größer")
    book, printed = run(folder, box)
    assert "changed: anna, why: not marked → 2" in printed
    book, printed = run(folder, box, assignment=corrected())
    assert printed.splitlines()[0] == "changed: anna, slope: 0 → 4"
    assert printed.count("changed") == 1
    assert book.row("anna") == {"twice": 6, "slope": 4, "mean": 3, "why": 2}
    row = table(folder / "out" / "grades.csv")["anna"]
    assert (row["why"], row["total"], row["status"]) == ("2", "15", "graded")
    feedback = (folder / "out" / "feedback" / "anna.html").read_text(encoding="utf-8")
    assert "2 of 3: most größer" in feedback


def test_an_answer_that_was_changed_after_its_mark_is_told(folder, box):
    hand_in(folder, "anna", Book())
    run(folder, box)
    fill(folder / "out" / "hand" / "why-sheet.csv", "1")
    _, printed = run(folder, box)
    assert "new answer" not in printed
    hand_in(folder, "anna", Book().put("why", "Something else."))
    book, printed = run(folder, box)
    assert "new answer after its mark: anna, why" in printed
    assert book.points("anna", book.assignment.tasks[3]) == 3


def test_a_question_is_shared_between_assistants(folder, box):
    hand_in(folder, "anna", Book())
    hand_in(folder, "ben", Book().put("why", "No idea."))
    book, _ = run(folder, box, assistants=("eve", "tom"))
    sheets = sorted((folder / "out" / "hand").glob("*.csv"))
    assert [path.name for path in sheets] == ["why-eve.csv", "why-tom.csv"]
    assert [len(path.read_text().splitlines()) for path in sheets] == [2, 2]
    for path, line in zip(sheets, "14", strict=True):
        fill(path, line)
    book, _ = run(folder, box)
    assert sorted(book.points(it, book.assignment.tasks[3]) for it in ("anna", "ben")) == [0, 3]


def test_days_begun_count_as_late_and_extensions_are_taken_off(folder, box):
    for student, hours in (("anna", 25), ("ben", 49)):
        hand_in(folder, student, Book())
        late = datetime.datetime(2027, 3, 1, 12) + datetime.timedelta(hours=hours)
        os.utime(folder / "in" / f"{student}.ipynb", (late.timestamp(),) * 2)
    text = "id,assignment,days\nben,hw9,2\nanna,hw8,9\n"
    (folder / "extensions.csv").write_text(text)
    days = grade.extensions(str(folder / "extensions.csv"), "hw9")
    run(folder, box, due=grade.Due(grade.deadline("2027-03-01T12:00"), days))
    rows = table(folder / "out" / "grades.csv")
    assert [rows[it]["late days"] for it in ("anna", "ben")] == ["2", "1"]


def test_a_fault_of_the_grading_itself_costs_one_student_and_is_recorded(folder, box, monkeypatch):
    hand_in(folder, "anna", Book().put("slope", "slope = 1234"))
    hand_in(folder, "ben", Book())
    read = notebooks.read

    def fails(data, name):
        if b"1234" in data:
            raise KeyError("somewhere")
        return read(data, name)

    monkeypatch.setattr(notebooks, "read", fails)
    book, _ = run(folder, box)
    assert book.records["anna"]["status"] == "the grading failed"
    assert book.row("ben")["slope"] == 4


def test_a_gradebook_that_cannot_be_written_stays_as_it_was(folder, box, monkeypatch):
    hand_in(folder, "anna", Book())
    run(folder, box)
    before = (folder / "home" / "gradebook.json").read_text()
    hand_in(folder, "anna", Book(key=False))

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        run(folder, box)
    assert (folder / "home" / "gradebook.json").read_text() == before


# ---- Bad input -----------------------------------------------------------------------------------


def command(folder: Path, **more: str) -> None:
    """Run the command on the tiny assignment."""
    options = {"roster": folder / "roster.csv", "submissions": folder / "in", "out": folder / "out"}
    name = more.pop("name", "hw9")
    options |= {"seed": "tiny"} | more
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    grade.main([name, *words])


@pytest.fixture
def known(monkeypatch):
    """Let the command know the tiny assignment."""
    real = grade.load
    monkeypatch.setattr(
        grade, "load", lambda name, seed: tiny(seed) if name == "hw9" else real(name, seed)
    )
    monkeypatch.delenv("COURSE_PRIVATE", raising=False)


@pytest.mark.parametrize(
    ("file", "content", "options", "words"),
    [
        ("roster.csv", "number,name\n1,A\n", {}, "roster.csv: no column “id”.*“number”, “name”"),
        ("roster.csv", "id,name\na,A\na,B\n", {}, "row 3, column “id”: “a” stands there twice"),
        ("roster.csv", "id,name\n../a,A\n", {}, "row 2, column “id”: .*“../a”"),
        ("roster.csv", "id,name\n", {}, "roster.csv: expected a row for each student"),
        ("x", "", {"roster": ""}, "ROSTER must be a path, got nothing"),
        ("x", "", {"roster": "nowhere.csv"}, "nowhere.csv: there is no such file"),
        ("x", "", {"submissions": "nowhere"}, "nowhere: there is no such folder"),
        ("x", "", {"submissions": "{folder}/x"}, "x: must be the zip .* or a folder"),
        ("x", "", {"seed": ""}, "give either SEED or COURSE_PRIVATE, got neither"),
        ("x", "", {"name": "hw3", "seed": "not a seed"}, "seed must be .*'not a seed'"),
        ("x", "", {"name": "hw7"}, "hw7"),
        ("x", "", {"due": "tomorrow"}, "DUE must be such as .*'tomorrow'"),
        ("x", "", {"assistants": "a/b"}, "ASSISTANTS must be .*'a/b'"),
        ("x.csv", "id,days\n", {"extensions": "{folder}/x.csv"}, "no column “assignment”"),
        (
            "x.csv",
            "id,assignment,days\nanna,hw9,two\n",
            {"extensions": "{folder}/x.csv"},
            "x.csv, row 2, column “days”: expected a whole number, got “two”",
        ),
        (
            "x.csv",
            "id,assignment,days\neve,hw9,2\n",
            {"extensions": "{folder}/x.csv"},
            "“eve” is not on the roster",
        ),
        ("out/hw9/hand/why-a.csv", "code,line,comment\nzzz,1,\n", {}, "row 2.*“zzz” is nobody's"),
        ("out/hw9/gradebook.json", "{", {}, "gradebook.json: expected a gradebook"),
        ("x", "", {"name": "lab99", "seed": ""}, "there is no lab99"),
        ("x", "", {"name": "lab1", "seed": "seven"}, "seed of a lab must be .*'seven'"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    folder, box, known, file, content, options, words
):
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    before = sorted(folder.rglob("*"))
    with pytest.raises(SystemExit) as error:
        command(folder, **{name: it.format(folder=folder) for name, it in options.items()})
    assert re.search(words, str(error.value)), error.value
    assert sorted(folder.rglob("*")) == before


def test_an_assignment_without_points_is_an_error(folder, box):
    made = dataclasses.replace(tiny(), tasks=())
    with pytest.raises(ValueError, match="hw9: must have points"):
        run(folder, box, assignment=made)


def test_a_line_that_the_rubric_does_not_have_is_an_error(folder, box):
    hand_in(folder, "anna", Book())
    run(folder, box)
    fill(folder / "out" / "hand" / "why-sheet.csv", "7")
    with pytest.raises(ValueError, match=r"row 2, column “line”: expected one of 1, 2, 3, 4 .*“7”"):
        run(folder, box)


def test_the_gradebook_of_another_seed_is_not_written_over(folder, box):
    hand_in(folder, "anna", Book())
    run(folder, box)
    with pytest.raises(ValueError, match="was made for another seed"):
        run(folder, box, assignment=tiny("other"))


def test_a_value_of_any_other_form_is_none():
    array = {"dtype": "<f8", "shape": [2], "data": base64.b64encode(bytes(16)).decode()}
    assert judge.decoded(array).tolist() == [0, 0]
    for wrong in (
        {"dtype": "O"},
        {"dtype": "<f8, <f8"},
        {"shape": [10**12]},
        {"shape": [-1]},
        {"shape": [True, 2]},
        {"data": "not base64"},
        {"data": 16},
        {"more": 1},
    ):
        with pytest.raises(ValueError, match=r"no |another size|base64|padding"):
            judge.decoded(array | wrong)


# ---- Sandboxes -----------------------------------------------------------------------------------


def test_without_a_sandbox_nothing_runs_and_it_says_why(folder, known, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    hand_in(folder, "anna", Book())
    with pytest.raises(SystemExit, match=r"bubblewrap: not installed\n  podman: not installed"):
        command(folder)
    assert not (folder / "out").exists()


def test_a_bubblewrap_that_is_not_allowed_is_passed_over(folder, monkeypatch):
    (folder / "bwrap").write_text(
        "#!/bin/sh\necho setting up uid map: Permission denied >&2; exit 1"
    )
    (folder / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(sandbox.shutil, "which", lambda it: it if it == "bwrap" else None)
    with pytest.raises(RuntimeError, match="bubblewrap: setting up uid map: Permission denied"):
        sandbox.find()


ENGINE = """#!/bin/sh
echo "$@" >> {folder}/calls
[ "$1" = kill ] && exec pkill -9 -f "$2"
while [ "$1" != {image} ]; do shift; done
export PYTHONPATH={root} MARK={folder}
exec {python} {runner} "$4"
"""


def test_a_container_has_no_network_and_is_killed_by_its_name(folder, monkeypatch):
    """No engine is installed where the tests run: this one writes down what it is asked for."""
    engine = ENGINE.format(
        folder=folder,
        image=sandbox.IMAGE,
        root=ROOT,
        python=sys.executable,
        runner=sandbox.RUNNER,
    ).replace("pkill -9 -f", "true")
    (folder / "podman").write_text(engine)
    (folder / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(sandbox.shutil, "which", lambda it: it if it == "podman" else None)
    found = sandbox.find()
    assert found.kind == "podman"
    started, killed = (folder / "calls").read_text().splitlines()
    for option in (
        "--network none",
        "--read-only",
        "--cap-drop ALL",
        "--pids-limit 16",
        "--memory",
    ):
        assert option in started
    assert f"--name {killed.removeprefix('kill ')} " in started


def test_a_cell_that_fills_the_memory_fails_no_other(box):
    with sandbox.Session(box, sandbox.Limits()) as session:
        assert session.ask({"run": MEMORY}, 30)["error"]["kind"] == "MemoryError"
        # NumPy's library asks for 32 MB at once, and ends Python if it gets none.
        asked = {"run": "import numpy as np\nx = np.ones((400, 400))\ny = (x @ x).sum()"}
        assert "error" not in session.ask(asked, 30)
        assert session.ask({"call": "float(y)", "inputs": {}}, 10)["value"] == 400**3


# ---- Receipts ------------------------------------------------------------------------------------


def test_receipts_of_a_lab_are_listed(folder, known):
    labels = [f"lab1-{it}" for it in ("cp1", "cp2", "cp3", "extra")]

    def receipt(page: str, *states: str) -> str:
        exercises = [
            {"label": label, "state": state} for label, state in zip(labels, states, strict=True)
        ]
        content = {"format": receipts.FORMAT, "page": page, "seed": 7, "exercises": exercises}
        return json.dumps(content)

    roster = "id,name\nanna,A\nben,B\ncleo,C\ndan,D\n"
    (folder / "roster.csv").write_text(roster)
    for name, text in {
        "anna": receipt("lab1-zero-or-one", "right", "right", "wrong", "open"),
        "ben": receipt("lab2-spirals", "right", "right", "right", "right"),
        "cleo": "[]",
    }.items():
        (folder / "in" / f"{name}-receipt.json").write_text(text)
    command(folder, name="lab1", seed="7")
    rows = table(folder / "out" / "lab1" / "grades.csv")
    assert [rows["anna"][it] for it in (*labels, "solved", "status")] == [
        *("right", "right", "wrong", "open", "2", "receipt")
    ]
    assert rows["ben"]["status"] == "a receipt of lab2-spirals: ben-receipt.json"
    assert rows["cleo"]["status"] == "no receipt: cleo-receipt.json"
    assert rows["dan"]["status"] == "nothing handed in"
    command(folder, name="lab1", seed="8")
    status = table(folder / "out" / "lab1" / "grades.csv")["anna"]["status"]
    assert status == "receipt of another seed"


def test_the_command_finds_what_it_imports(folder):
    """In a Python of its own: here, the tests have told where the book's modules are."""
    (folder / "roster.csv").write_text("id,name\nanna,A\n")
    line = [sys.executable, "-m", "course.grading.grade", "lab1", "--out", folder / "out"]
    line += ["--roster", folder / "roster.csv", "--submissions", folder / "in"]
    surroundings = {name: it for name, it in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(line, cwd=ROOT, env=surroundings, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert table(folder / "out" / "lab1" / "grades.csv")["anna"]["status"] == "nothing handed in"


# ---- Platforms, secrets, and the assignments of the book ---------------------------------------


def test_marks_go_back_to_moodle(folder, box, known):
    head = "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Feedback comments\n"
    rows = "".join(f"Participant {it},Müller {it},,,,100.00,\n" for it in (11, 12, 13))
    (folder / "roster.csv").write_text(head + rows, encoding="utf-8")
    with zipfile.ZipFile(folder / "in.zip", "w") as archive:
        for student, answer in ((11, "*Your answer.*"), (12, "It is flat.")):
            name = f"Müller {student}_{student}_assignsubmission_file_/hw9.ipynb"
            archive.writestr(name, Book().put("why", answer).data())
    command(folder, lms="moodle", submissions=str(folder / "in.zip"))
    out = folder / "out" / "hw9" / "lms"
    sheet = (out / "roster.csv").read_text(encoding="utf-8").splitlines()
    # The second waits for a mark by hand, and nothing came of the third.
    assert [row.split(",")[4] for row in sheet[1:]] == ["81.25", "", ""]
    with zipfile.ZipFile(out / "feedback.zip") as archive:
        assert len(archive.namelist()) == 2


def test_the_gradebook_lies_with_the_secrets(folder, box, known, monkeypatch):
    private = folder / "private"
    private.mkdir()
    (private / "course.yml").write_text("seed: tiny-and-secret\n")
    monkeypatch.setenv("COURSE_PRIVATE", str(private))
    monkeypatch.setattr(grade.overlay.Overlay, "load", lambda overlay, name: tiny(overlay.seed))
    hand_in(folder, "anna", Book())
    with pytest.raises(SystemExit, match="give either SEED or COURSE_PRIVATE, got both"):
        command(folder)
    command(folder, seed="")
    assert (private / "grades" / "hw9" / "gradebook.json").is_file()
    assert table(folder / "out" / "hw9" / "grades.csv")["anna"]["total"] == "13"


@pytest.mark.parametrize("name", NAMES)
def test_the_key_of_an_assignment_earns_all_in_the_sandbox(folder, box, name):
    assignment = load(name, "a-seed")
    for student, key in (("anna", True), ("ben", False)):
        data = nbformat.writes(notebook(assignment, key=key)).encode()
        (folder / "in" / f"{student}.ipynb").write_bytes(data)
    book, _ = run(folder, box, assignment=assignment, limits=sandbox.Limits())
    record = book.records["anna"]
    assert [check["fault"] for check in record["checks"] if check["fault"]] == []
    assert record["notes"] == []
    assert record["cells"] == {}
    assert set(book.row("ben").values()) <= {0, None}
