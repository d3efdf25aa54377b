"""Read what students hand in, and find their answers in it, whatever has become of the cells."""

import ast
import json
import re
import warnings
from dataclasses import dataclass, field

import nbformat

from course.grading.words import say
from course.homework.assignment import Assignment, Task, notebook

FENCE = re.compile(r"^```\w*\n(.*)\n```\s*$", re.DOTALL)


class Unreadable(Exception):
    """A file holds no notebook; the message says why."""


@dataclass
class Cell:
    """A cell as it was handed in."""

    kind: str
    source: str
    grade_id: str | None
    role: str | None = None  # the grade_id of the cell that it stands for


@dataclass
class Answers:
    """What is run, what is read by hand, and what was odd."""

    code: list[tuple[str, str]] = field(default_factory=list)  # the name of a cell, its source
    texts: dict[str, str] = field(default_factory=dict)  # by task
    notes: list[str] = field(default_factory=list)


# ---- Files ---------------------------------------------------------------------------------------


def read(data: bytes, name: str) -> tuple[list[Cell], list[str]]:
    """Return the cells of a file, and notes on its form."""
    notes = []
    if not data.strip():
        raise Unreadable(say("empty"))
    if not name.lower().endswith(".ipynb"):
        notes.append(say("suffix", name=name))
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        notes.append(say("latin"))
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        what = "page" if re.search(r"<(!doctype html|html|body)\b", text[:5000], re.I) else "json"
        raise Unreadable(say("no notebook", what=say(what))) from None
    return _cells(content), notes


def _no(what: str, **values: object) -> Unreadable:
    return Unreadable(say("no notebook", what=say(what, **values)))


def _cells(content: object) -> list[Cell]:
    if isinstance(content, dict) and isinstance(content.get("worksheets"), list):
        content = next(iter(content["worksheets"]), None)  # the format before 2015
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list):
        raise _no("no cells")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _cell(cell: dict) -> Cell:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(str(it) for it in source)
    # A lone surrogate is valid JSON, and no text.
    source = str(source).encode("utf-8", "replace").decode().replace("\r\n", "\n")
    metadata = cell.get("metadata")
    about = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = about.get("grade_id") if isinstance(about, dict) else None
    kind = "code" if cell.get("cell_type") == "code" else "markdown"
    return Cell(kind, source, grade_id if isinstance(grade_id, str) else None)


# ---- Answers -------------------------------------------------------------------------------------


def _plain(source: str) -> str:
    """Return a source without what editors change: spaces at ends, empty lines."""
    return "\n".join(line.rstrip() for line in source.splitlines() if line.strip())


def _code(cell: Cell) -> str | None:
    """Return a cell's code, that of a fence in a text, too; or None if it is not Python."""
    if cell.kind == "code":
        return cell.source
    fence = FENCE.match(cell.source.strip())
    source = fence[1] if fence else cell.source
    return source if _names(source) else None


def _names(source: str) -> set[str]:
    """Return the names that a code defines, or none if it is not Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of backslashes in texts
            body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    names = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            found = [it for target in node.targets for it in ast.walk(target)]
            names |= {it.id for it in found if isinstance(it, ast.Name)}
    return names


def answers(cells: list[Cell], assignment: Assignment) -> Answers:
    """Find the answers: by the names of cells, by their text, by what they define or where."""
    release = {cell.metadata.nbgrader.grade_id: cell for cell in notebook(assignment).cells}
    sources = {name: _plain(cell.source) for name, cell in release.items()}
    given = {name: cell.source for name, cell in release.items() if _is_given(cell)}
    tasks = {task.id: task for task in assignment.tasks}
    _assign(cells, sources, tasks)

    found = Answers()
    if not any(cell.grade_id in sources for cell in cells):
        found.notes.append(say("ids lost"))
    _read_code(cells, sources, tasks, given, found)
    for task in tasks.values():
        mine = [cell for cell in cells if cell.role == task.id]
        changed = [cell for cell in mine if _plain(cell.source) != sources[task.id]]
        _note(task, mine, changed, found)
        if task.rubric:
            found.texts[task.id] = "\n\n".join(cell.source.strip() for cell in changed)
        else:
            tests = [cell for cell in cells if cell.role == f"{task.id}-tests"]
            if [_plain(cell.source) for cell in tests] != [sources[f"{task.id}-tests"]]:
                found.notes.append(say("tests changed", task=task.title))
    return found


def _is_given(cell: nbformat.NotebookNode) -> bool:
    """Return whether a cell of the release is code that students do not change, and no test."""
    about = cell.metadata.nbgrader
    return cell.cell_type == "code" and about.locked and not about.grade


def _assign(cells: list[Cell], sources: dict[str, str], tasks: dict[str, Task]) -> None:
    """Give each cell its role."""
    by_text = {text: name for name, text in sources.items() if text}
    defined = {name: _names(task.start) for name, task in tasks.items() if not task.rubric}
    here = None  # the task under whose text we are
    for cell in cells:
        if cell.grade_id in sources:
            cell.role = cell.grade_id
        elif _plain(cell.source) in by_text:
            cell.role = by_text[_plain(cell.source)]
        else:
            names = _names(_code(cell) or "")
            shared = {name: len(names & mine) for name, mine in defined.items()}
            best = max(shared, key=shared.get, default=None)
            if best and shared[best]:
                cell.role = best
            elif here in tasks and tasks[here].rubric and cell.kind == "markdown":
                cell.role = here
        if cell.role:
            here = next((it for it in tasks if cell.role in (it, f"{it}-text")), None)


def _read_code(
    cells: list[Cell],
    sources: dict[str, str],
    tasks: dict[str, Task],
    given: dict[str, str],
    found: Answers,
) -> None:
    """Collect what is run, in the order of the notebook.

    The first cell that was given comes before all, and so do others that are missing.
    """
    setup = next(iter(given))
    there = {cell.role for cell in cells} - {setup}
    found.code += [(name, source) for name, source in given.items() if name not in there]
    tests = {f"{name}-tests" for name in tasks}
    answered = {it.role for it in cells if _plain(it.source) != sources.get(it.role)}
    number = 0
    for cell in cells:
        number += cell.kind == "code"
        unchanged = _plain(cell.source) == sources.get(cell.role)
        by_hand = cell.role in tasks and tasks[cell.role].rubric
        source = None if by_hand else _code(cell)
        if source is None or (cell.kind != "code" and cell.role not in tasks):
            continue
        if cell.role in tasks:
            # A copy that was never filled in must not undo the answer.
            if not (unchanged and cell.role in answered):
                found.code.append((cell.role, source))
        elif cell.role in given:
            if not unchanged:
                found.code.append((f"{number}", source))
                found.notes.append(say("given changed"))
            if not unchanged or cell.role != setup:
                found.code.append((cell.role, given[cell.role]))
        elif not (unchanged and cell.role in tests):
            found.code.append((f"{number}", source))


def _note(task: Task, mine: list[Cell], changed: list[Cell], found: Answers) -> None:
    lost = say("ids lost") in found.notes
    if not mine:
        found.notes.append(say("missing", task=task.title))
    if not lost and changed and all(cell.grade_id != task.id for cell in changed):
        found.notes.append(say("found", task=task.title))
    if len(changed) > 1 and not task.rubric:
        found.notes.append(say("twice", task=task.title, count=len(changed)))
    if task.rubric and any(cell.kind == "code" for cell in changed):
        found.notes.append(say("became code", task=task.title))
    if not task.rubric and any(cell.kind != "code" for cell in mine):
        found.notes.append(say("became text", task=task.title))
