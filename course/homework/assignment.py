"""Assignments whose numbers, data and faults follow from a seed, and notebooks made of them.

What is public is how a variant is made. What is secret is the seed: it decides every number, and
the key is computed from it. An assignment has two files: its words (`hw1.md`) and its code
(`hw1.py`), with the function `assignment(seed)`.
"""

import hashlib
import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np

import mlp

FOLDER = Path(__file__).parent
NAMES = ("hw0", "hw1", "hw2", "hw3", "hw4")
SEED = re.compile(r"[A-Za-z0-9_-]{1,64}")
OPEN = "*Your answer:*"
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


@dataclass(frozen=True)
class Check:
    """One thing that is compared with what is right.

    The call is an expression for the student's namespace, where the inputs, too, have their names.
    The judge gets what came back (an array, number, string, or list of these). It returns None if
    that is right, and else says what is wrong, in words that do not give the key away.
    """

    task: str  # the id of the task that it belongs to
    name: str  # what feedback calls it; it shows neither inputs nor key
    points: float
    call: str
    inputs: Mapping[str, object]  # arrays, numbers, strings, and lists of these
    judge: Callable[[object], str | None]
    hidden: bool = True  # what visible ones look at, the cell of tests in the notebook tests, too


@dataclass(frozen=True)
class Task:
    """One question: answered in code and checked, or, if it has a rubric, in words and by hand."""

    id: str  # the grade_id of the cell that students fill in
    title: str
    text: str  # Markdown
    start: str  # what stands in that cell: code with `...`, or by hand, Markdown
    solution: str  # what earns every point there
    tests: str  # the cell of visible tests, code
    checks: tuple[Check, ...]
    minutes: int
    given: str = ""  # a code cell before the answer, read only
    practice: str = ""  # a code cell before the answer to try things in
    hand: float = 0  # points that are given by hand
    rubric: tuple[str, ...] = ()  # four lines: for all these points, two thirds, one third, none
    samples: tuple[str, ...] = ()  # an answer for each line of the rubric

    @property
    def points(self) -> float:
        return sum(check.points for check in self.checks) + self.hand


@dataclass(frozen=True)
class Assignment:
    """What is handed out and handed in together."""

    name: str  # "hw3"
    title: str
    text: str  # what stands under the title
    seed: str
    setup: str  # the first code cell: imports and data
    tasks: tuple[Task, ...]

    @property
    def points(self) -> float:
        return sum(task.points for task in self.tasks)

    @property
    def minutes(self) -> int:
        return sum(task.minutes for task in self.tasks)

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(check for task in self.tasks for check in task.checks)


def load(name: str, seed: str) -> Assignment:
    """Return an assignment in the variant of a seed."""
    if name not in NAMES:
        raise ValueError(f"assignment must be one of {', '.join(NAMES)}, got {name!r}")
    return importlib.import_module(f"course.homework.{name}").assignment(seed)


def assemble(
    name: str,
    seed: str,
    setup: str,
    makers: Sequence[Callable[[str, "Words"], Task]],
) -> Assignment:
    """Return an assignment: each maker makes the task that has its name, from the seed."""
    title, text, words = read(name)
    ids = [f"{name}-{maker.__name__}" for maker in makers]
    if ids != list(words):
        raise ValueError(f"{name}.md: tasks must be {', '.join(ids)}, got {', '.join(words)}")
    tasks = tuple(maker(seed, words[task]) for task, maker in zip(ids, makers, strict=True))
    return Assignment(name, title, text, seed, setup, tasks)


def generator(seed: str, *names: str) -> np.random.Generator:
    """Return the generator of one task, so that tasks vary independently."""
    if not SEED.fullmatch(seed):
        raise ValueError(f"seed must be 1 to 64 letters, digits, - or _, got {seed!r}")
    digest = hashlib.sha256("\n".join([seed, *names]).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest))


# ---- Words -------------------------------------------------------------------------------------

TASK = re.compile(r"^## ([\w-]+): (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^:::\{(says|rubric|sample)\}\n(.*?)^:::\n", re.MULTILINE | re.DOTALL)
VALUE = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Words:
    """What stands in the file of words about one task."""

    id: str
    title: str
    text: str
    says: Mapping[str, str]  # names of checks, and words of judges
    rubric: tuple[str, ...]
    samples: tuple[str, ...]

    def check(
        self,
        name: str,
        points: float,
        call: str,
        inputs: Mapping[str, object],
        judge: Callable[[object], str | None],
        *,
        hidden: bool = True,
    ) -> Check:
        """Return a check that is called what stands under `name` in `says`."""
        return Check(self.id, self.says[name], points, call, inputs, judge, hidden)

    def task(
        self, values: Mapping[str, object], minutes: int, checks: Sequence[Check], **code: str
    ) -> Task:
        """Return the task, with the values filled into its text and its code."""
        filled = {name: fill(text.strip("\n"), values) for name, text in code.items()}
        text = fill(self.text, values)
        return Task(self.id, self.title, text, minutes=minutes, checks=tuple(checks), **filled)

    def by_hand(self, values: Mapping[str, object], minutes: int, points: float) -> Task:
        """Return a task that is answered in words; the best sample is its solution."""
        samples = tuple(fill(sample, values) for sample in self.samples)
        return Task(
            self.id,
            self.title,
            fill(self.text, values),
            start=OPEN,
            solution=samples[0],
            tests="",
            checks=(),
            minutes=minutes,
            hand=points,
            rubric=self.rubric,
            samples=samples,
        )


def read(name: str) -> tuple[str, str, dict[str, Words]]:
    """Return an assignment's title, its opening, and the words of each task."""
    opening, *parts = TASK.split((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    heading, _, text = opening.partition("\n")
    tasks = {}
    for task, title, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        blocks = [(match[1], match[2].strip()) for match in BLOCK.finditer(body)]
        lines = [line for kind, block in blocks if kind == "says" for line in block.splitlines()]
        rubric = [block for kind, block in blocks if kind == "rubric"]
        tasks[task] = Words(
            task,
            title,
            BLOCK.sub("", body).strip(),
            dict(line.split(": ", 1) for line in lines),
            tuple("".join(rubric).splitlines()),
            tuple(block for kind, block in blocks if kind == "sample"),
        )
    return heading.removeprefix("# "), text.strip(), tasks


def fill(text: str, values: Mapping[str, object]) -> str:
    """Return a text with each {{name}} replaced by its value."""
    return VALUE.sub(lambda match: str(values[match[1]]), text)


def latex(value: float | np.ndarray) -> str:
    """Return a number, row or matrix as a formula."""
    if np.ndim(value) == 0:
        return f"{value:g}"
    if np.ndim(value) == 1:
        return f"({', '.join(f'{it:g}' for it in value)})"
    rows = r" \\ ".join(" & ".join(f"{it:g}" for it in row) for row in value)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


# Stands in the students' notebook, where faulty functions come as texts.
COMPILED = '''
def compiled(source):
    """Return the function that a text defines."""
    names = {"np": np}
    exec(source, names)
    return [it for it in names.values() if hasattr(it, "__code__")][0]
'''


# ---- Judges ------------------------------------------------------------------------------------


def equals(
    right, *, tolerance: float = 1e-6, mistakes: Mapping | None = None
) -> Callable[[object], str | None]:
    """Return a judge that compares with a value, as `mlp.check.value` does."""

    def judge(found: object) -> str | None:
        with np.errstate(all="ignore"):
            report = mlp.check.value("", found, right, tolerance=tolerance, mistakes=mistakes)
        return None if report.state == "right" else report.lines[0][1].removeprefix(": ")

    return judge


def holds(conditions: Mapping[str, Callable]) -> Callable[[object], str | None]:
    """Return a judge that asks for what must hold, as `mlp.check.that` does."""

    def judge(found: object) -> str | None:
        with np.errstate(all="ignore"):
            report = mlp.check.that("", found, conditions)
        return None if report.state == "right" else report.lines[0][1].removeprefix(": ")

    return judge


def exactly(right, fault: str) -> Callable[[object], str | None]:
    """Return a judge for words, letters, and yes or no: whatever is wrong, it says the same."""

    def judge(found: object) -> str | None:
        return None if _listed(found) == _listed(right) else fault

    return judge


def _listed(found: object) -> object:
    """Return arrays as lists, which compare as a whole."""
    if isinstance(found, (np.ndarray, np.generic)):
        return found.tolist()
    return [_listed(it) for it in found] if isinstance(found, (list, tuple)) else found


# ---- Notebooks ---------------------------------------------------------------------------------


def notebook(assignment: Assignment, *, key: bool = False) -> nbformat.NotebookNode:
    """Return the notebook for students, in nbgrader's format, or the one with the key."""
    opening = f"# {assignment.title}\n\n{assignment.text}"
    cells = [
        _cell("markdown", opening, f"{assignment.name}-opening", locked=True),
        _cell("code", assignment.setup, f"{assignment.name}-setup", locked=True),
    ]
    for number, task in enumerate(assignment.tasks, 1):
        cost = f"*{task.points:g} points, about {task.minutes} minutes.*"
        text = f"## {number}. {task.title}\n\n{cost}\n\n{task.text}"
        cells.append(_cell("markdown", text, f"{task.id}-text", locked=True))
        if task.given:
            cells.append(_cell("code", task.given, f"{task.id}-given", locked=True))
        if task.practice:
            cells.append(_cell("code", task.practice, f"{task.id}-practice"))
        answer = task.solution if key else task.start
        if task.rubric:
            cells.append(_cell("markdown", answer, task.id, solution=True, points=task.hand))
        else:
            cells.append(_cell("code", answer, task.id, solution=True))
            tests = f"{task.id}-tests"
            cells.append(_cell("code", task.tests, tests, locked=True, points=task.points))
    made = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    nbformat.validate(made)
    return made


def _cell(
    kind: str,
    source: str,
    grade_id: str,
    *,
    locked: bool = False,
    solution: bool = False,
    points: float | None = None,
) -> nbformat.NotebookNode:
    about = {
        "schema_version": 3,
        "grade_id": grade_id,
        "cell_type": kind,
        "grade": points is not None,
        "locked": locked,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        about["points"] = points
    new = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
    cell = new(source.strip(), metadata={"nbgrader": about}, id=grade_id)
    if locked:
        cell.metadata.update(editable=False, deletable=False)
    return cell


def release(assignment: Assignment, folder: Path) -> Path:
    """Write the notebook for students into a folder, and return its path."""
    return _write(notebook(assignment), folder / f"{assignment.name}.ipynb")


def release_key(assignment: Assignment, folder: Path) -> Path:
    """Write the notebook with the key into a folder, and return its path."""
    return _write(notebook(assignment, key=True), folder / f"{assignment.name}-key.ipynb")


def _write(made: nbformat.NotebookNode, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, path)
    return path
