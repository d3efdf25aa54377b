"""Read a chapter: its figures, quiz questions and exercises with their solutions, and its terms.

Tests read chapters through this, and so does whatever is made of them. What cannot be read is an
error that names chapter and cell (code cells are counted from 1, as on the page).
"""

import ast
import base64
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat


@dataclass
class Figure:
    """What a cell draws."""

    name: str
    caption: str
    alt: str
    png: bytes
    cell: int  # which code cell draws it


@dataclass
class Choice:
    """One answer of a quiz question."""

    text: str
    right: bool
    feedback: str


@dataclass
class Question:
    """A quiz question; with several right choices, all of them are wanted."""

    text: str
    choices: list[Choice]


@dataclass
class Exercise:
    """An exercise with its hints, the cell where the reader answers, and its solution.

    That cell is tagged `exercise`. It holds a start to fill in and ends with the check, a value.
    """

    label: str
    title: str
    level: str
    text: list[str] = field(default_factory=list)  # its Markdown, cell by cell
    code: list[str] = field(default_factory=list)  # its code cells: the reader's one, or none
    hints: list[str] = field(default_factory=list)
    solution: list[str] = field(default_factory=list)  # its Markdown
    solution_code: list[str] = field(default_factory=list)
    end: int = 0  # the number of its last code cell, that of the solution included

    def _tree(self) -> ast.Module:
        tree = ast.parse(self.code[0])
        if not isinstance(tree.body[-1], ast.Expr):
            raise ValueError(f"{self.label}: the reader's cell does not end with a check")
        return tree

    @property
    def check(self) -> str:
        """The last value of the reader's cell, as code."""
        return ast.unparse(self._tree().body[-1])

    @property
    def answers(self) -> dict[str, bool]:
        """The names that the reader fills in, where `...` stands; whether each is a function."""
        found = {}
        for node in self._tree().body[:-1]:
            constants = [it for it in ast.walk(node) if isinstance(it, ast.Constant)]
            if not any(it.value is ... for it in constants):
                continue
            if isinstance(node, ast.FunctionDef):
                found[node.name] = True
            elif isinstance(node, ast.Assign):
                names = [it for target in node.targets for it in ast.walk(target)]
                found |= {it.id: False for it in names if isinstance(it, ast.Name)}
        return found


@dataclass
class Section:
    """What stands under a heading of the second level.

    Parts are its subsections that have a label. Their cells are theirs, the others are its own. A
    Markdown cell is divided at its headings.
    """

    label: str  # or nothing, as for the sections that close every chapter
    title: str
    cells: list[nbformat.NotebookNode] = field(default_factory=list)
    parts: list["Section"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own Markdown."""
        return "\n\n".join(it.source for it in self.cells if it.cell_type == "markdown")


# A directive, or what opens or closes a part of several cells: such a gate holds no text itself.
DIRECTIVE = re.compile(
    r"^(?P<fence>:::|```)\{(?P<kind>\w+?)(?P<gate>-start|-end)?\} *(?P<argument>.*)\n"
    r"(?P<options>(?::\w+:.*\n)*)(?(gate)|(?P<body>(?:.*\n)*?))(?P=fence)$",
    re.MULTILINE,
)
OPTION = re.compile(r"^:(\w+): *(.*)$", re.MULTILINE)
# An interactive figure; the paragraph under it says what it shows.
WIDGET = re.compile(r"<!-- \{widget\} (\w+) -->\n?")
QUIZ_MARK = re.compile(r"<!-- *\{quiz\} *-->")
# The question, up to the first choice; then choices, each with what is indented under it.
QUIZ = re.compile(
    rf"^{QUIZ_MARK.pattern}\n"
    r"(?P<text>(?:(?!- \[|<!--).*\n)+)(?P<choices>(?:- \[.*\n(?:  .*\n)*\n?)+)",
    re.MULTILINE,
)
CHOICE = re.compile(
    r"^- \[(?P<mark>[ x])\] (?P<text>.*\n(?:  (?!>).*\n)*)(?P<feedback>(?:  >.*\n)+)", re.MULTILINE
)
ROLE = re.compile(
    r"\{(?P<role>[\w:]+)\}`(?:(?P<text>[^`<]*?)\s*<(?P<to>[^`>]*)>|(?P<alone>[^`]*))`"
)
TARGET = re.compile(r"^\([\w:-]+\)=\n", re.MULTILINE)
HEADING = re.compile(r"^(?:\((?P<label>[\w:-]+)\)=\n)?(?P<level>###?) (?P<title>.+)$", re.MULTILINE)
EQUATION = re.compile(r"\$\$ *\(([\w:-]+)\)")  # the end of a formula, and its label


def question(match: re.Match) -> Question:
    """Return what `QUIZ` has found."""
    choices = [
        Choice(
            joined(choice["text"]),
            choice["mark"] == "x",
            joined(re.sub(r"^  > ?", "", choice["feedback"], flags=re.M)),
        )
        for choice in CHOICE.finditer(match["choices"])
    ]
    if len(choices) != len(re.findall(r"^- ", match["choices"], re.M)):
        raise ValueError(f"a choice has no feedback: {match['text']}")
    return Question(match["text"].strip(), choices)


class Chapter:
    """A notebook of the book, by its parts."""

    def __init__(self, path: Path):
        self.path = Path(path)
        self.name = self.path.stem
        self.notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        self.cells = self.notebook.cells
        self.code = [cell for cell in self.cells if cell.cell_type == "code"]
        self.markdown = [cell for cell in self.cells if cell.cell_type == "markdown"]
        self.text = "\n\n".join(cell.source for cell in self.markdown)

    @property
    def title(self) -> str:
        return re.search(r"^# (.+)$", self.text, re.M)[1]

    @property
    def number(self) -> str:
        """The number that the book gives to the chapter; appendices have none."""
        first, _, _ = self.name.partition("-")
        return str(int(first)) if first.isdigit() else ""

    @property
    def headings(self) -> list[str]:
        """The titles of the sections, in order."""
        return re.findall(r"^## (.+)$", self.text, re.M)

    def section(self, title: str) -> str:
        """Return the Markdown under one second-level heading, or nothing if there is none."""
        found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", self.text, re.M | re.S)
        return found[1] if found else ""

    @cached_property
    def sections(self) -> list[Section]:
        """The sections, in order. The first has no title: it is what stands before any heading."""
        found = [Section("", "")]
        now = found[0]  # the section, or the part, that the next cell belongs to
        for cell in self.cells:
            if cell.cell_type != "markdown":
                now.cells.append(cell)
                continue
            read = 0  # up to where
            for match in HEADING.finditer(cell.source):
                _add(now, cell.source[read : match.start()])
                read = match.start()
                if match["level"] == "##":
                    now = Section(match["label"] or "", match["title"])
                    found.append(now)
                elif match["label"]:
                    now = Section(match["label"], match["title"])
                    found[-1].parts.append(now)
                else:
                    now = found[-1]
            _add(now, cell.source[read:])
        return found

    @cached_property
    def figures(self) -> list[Figure]:
        """The figures that the chapter draws, with what stands under them."""
        found = []
        for number, cell in enumerate(self.code, 1):
            about = cell.metadata.get("mystnb", {})
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    if not about.get("figure", {}).get("name"):
                        raise ValueError(f"{self.name}, cell {number}: the figure has no name")
                    found.append(
                        Figure(
                            about["figure"]["name"],
                            about["figure"].get("caption", ""),
                            about.get("image", {}).get("alt", ""),
                            base64.b64decode(output.data["image/png"]),
                            number,
                        )
                    )
        return found

    @cached_property
    def questions(self) -> list[Question]:
        """The quiz, question by question."""
        text = self.text + "\n"
        try:
            found = [question(match) for match in QUIZ.finditer(text)]
        except ValueError as problem:
            raise ValueError(f"{self.name}: {problem}") from None
        if len(found) != len(QUIZ_MARK.findall(text)):
            raise ValueError(f"{self.name}: a quiz has no list of choices")
        return found

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """The exercises by label, each with its solution."""
        found: dict[str, Exercise] = {}
        texts = code = exercise = None  # where the next text and code cells belong
        number = 0
        for cell in self.cells:
            if cell.cell_type == "code":
                number += 1
                if "exercise" in cell.metadata.get("tags", []):
                    if exercise is None or exercise.code or code is not None:
                        raise ValueError(f"{self.name}, cell {number}: of no exercise")
                    exercise.code.append(cell.source)
                    exercise.end = number
                elif code is not None:
                    code.append(cell.source)
                    exercise.end = number
                continue
            read = 0  # up to where
            for match in DIRECTIVE.finditer(cell.source):
                if match["kind"] == "hint" and exercise is not None:
                    exercise.hints.append(match["body"])
                if match["kind"] not in ("exercise", "solution"):
                    continue
                before = cell.source[read : match.start()].strip()
                if texts is not None and before:
                    texts.append(before)
                read = match.end()
                label = match["argument"].strip()
                if match["gate"] == "-end":
                    texts = code = None
                elif match["kind"] == "exercise":
                    options = dict(OPTION.findall(match["options"]))
                    if "label" not in options:
                        raise ValueError(f"{self.name}: the exercise {label!r} has no label")
                    exercise = Exercise(options["label"], label, options.get("class", ""))
                    found[exercise.label] = exercise
                    if match["gate"]:
                        texts, code = exercise.text, exercise.code
                    else:
                        exercise.text.append(match["body"].strip())
                elif label not in found:
                    raise ValueError(f"{self.name}: solution of {label!r} before its exercise")
                else:
                    exercise = found[label]
                    texts, code = exercise.solution, exercise.solution_code
            rest = cell.source[read:].strip()
            if texts is not None and rest:
                texts.append(rest)
        return found

    @cached_property
    def terms(self) -> list[str]:
        """The words of the glossary that the chapter uses, in order of appearance."""
        found = [it for it in ROLE.finditer(self.text) if it["role"] == "term"]
        return list(dict.fromkeys(joined(it["to"] or it["alone"]) for it in found))


def _add(section: Section, text: str) -> None:
    if text.strip():
        section.cells.append(nbformat.v4.new_markdown_cell(text.strip()))


def joined(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text.split())
