"""What each section needs, and what needs it: the map in `course/needs.yml`, and a check of it.

The map is written by people who have read the book. What can be found by a program is compared with
it: references to sections, figures, tables and equations, words of the glossary, and names that
cells define; of labs, the sections that their opening boxes name. What is said there stands at the
head of the file.
"""

import re
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path

import nbformat
import yaml

from chapter import (
    EQUATION,
    HEADING,
    OPTION,
    ROLE,
    WIDGET,
    Chapter,
    Exercise,
    Question,
    Section,
    joined,
)

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
LABS = ROOT / "course" / "labs"
MAP = ROOT / "course" / "needs.yml"
GLOSSARY = ROOT / "book" / "glossary.md"

# Why a section does not need what it refers to.
REASONS = ("aside", "result", "word", "code")
SHORT = ("skips", "result", "lab")  # what the short course does with a section
LISTS = ("needs", "terms", "exercises", "questions", "labs", *REASONS)


@dataclass
class Node:
    """A section, or a part of one, with what the map says of it."""

    label: str
    chapter: Chapter
    section: Section
    parent: str = ""  # the section that it is a part of
    needs: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    exercises: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    labs: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    result: list[str] = field(default_factory=list)
    word: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    short: str = ""

    @property
    def title(self) -> str:
        return self.section.title

    @property
    def cells(self) -> list[nbformat.NotebookNode]:
        return self.section.cells

    @property
    def reasons(self) -> dict[str, str]:
        """What it refers to without need, and why not."""
        return {label: reason for reason in REASONS for label in getattr(self, reason)}


class Map:
    """The sections of the book in an order in which they can be read."""

    def __init__(self, folder: Path = CHAPTERS, file: Path = MAP, labs: Path = LABS):
        self.chapters, self.labs = (
            {it.stem: Chapter(it) for it in sorted(place.glob("*.ipynb"))}
            for place in (folder, labs)
        )
        places = {}  # of the sections: chapter, section, parent
        for chapter in self.chapters.values():
            for section in chapter.sections:
                if section.label:
                    places[section.label] = (chapter, section, "")
                for part in section.parts:
                    places[part.label] = (chapter, part, section.label)
        self.nodes: dict[str, Node] = {}
        for label, about in _read(file):
            if label not in places:
                raise ValueError(f"{file.name}: there is no section {label!r} in the book")
            self.nodes[label] = Node(label, *places[label], **about)
        if missing := [label for label in places if label not in self.nodes]:
            raise ValueError(f"{file.name}: it says nothing about {', '.join(missing)}")
        order = list(self.nodes)
        for node in self.nodes.values():
            for label in (*node.needs, *node.reasons):
                if label not in self.nodes:
                    raise ValueError(f"{file.name}, {node.label}: there is no section {label!r}")
            for label in node.needs:
                if order.index(label) >= order.index(node.label):
                    raise ValueError(f"{file.name}, {node.label}: {label!r} comes later")
        if order != (right := sorted(order, key=self._place)):
            wrong = next(a for a, b in zip(order, right, strict=True) if a != b)
            raise ValueError(f"{file.name}: {wrong!r} stands elsewhere in its chapter")

    def _place(self, label: str) -> tuple[int, int]:
        """Where a section must stand: chapters as the map has them, sections as their chapter."""
        chapters = list(dict.fromkeys(it.chapter.name for it in self.nodes.values()))
        node = self.nodes[label]
        inside = [s.label for it in node.chapter.sections for s in (it, *it.parts)]
        return chapters.index(node.chapter.name), inside.index(label)

    # ---- What needs what

    def before(self, label: str) -> set[str]:
        """All that a section needs, directly or through others."""
        found, rest = set(), [label]
        while rest:
            node = self.nodes[rest.pop()]
            rest += {*node.needs, *filter(None, [node.parent])} - found
            found |= {*node.needs, *filter(None, [node.parent])}
        return found

    def after(self, label: str) -> list[str]:
        """All that needs a section, directly or through others, in order."""
        return [it for it in self.nodes if label in self.before(it)]

    def skipped(self, label: str) -> bool:
        """Whether the short course leaves a section out, by itself or with what it is a part of."""
        node = self.nodes[label]
        return node.short == "skips" or (bool(node.parent) and self.skipped(node.parent))

    # ---- What belongs to it, and what it refers to

    @cached_property
    def exercises(self) -> dict[str, Exercise]:
        """The exercises of all chapters, by label."""
        return {label: it for c in self.chapters.values() for label, it in c.exercises.items()}

    @cached_property
    def tasks(self) -> dict[str, Exercise]:
        """The tasks of all labs, by label."""
        return {label: it for lab in self.labs.values() for label, it in lab.exercises.items()}

    def questions(self, label: str) -> list[Question]:
        """Return the questions that belong to a section."""
        node = self.nodes[label]
        begins = tuple(map(joined, node.questions))
        return [it for it in node.chapter.questions if joined(it.text).startswith(begins)]

    @cached_property
    def homes(self) -> dict[str, str]:
        """By the label of a figure, a table, an equation: the section in which it stands."""
        found = {label: label for label in self.nodes}
        for label, node in self.nodes.items():
            for cell in node.cells:
                if cell.cell_type == "markdown":
                    there = EQUATION.findall(cell.source)
                    there += [to for name, to in OPTION.findall(cell.source) if name == "name"]
                    there += [f"widget-{name}" for name in WIDGET.findall(cell.source)]
                else:
                    figure = cell.metadata.get("mystnb", {}).get("figure", {})
                    there = [figure["name"]] if figure else []
                found |= dict.fromkeys(there, label)
        return found

    @cached_property
    def explained(self) -> dict[str, str]:
        """By a word of the glossary: the section that explains it."""
        return {it.casefold(): label for label, node in self.nodes.items() for it in node.terms}

    @cached_property
    def references(self) -> dict[str, dict[str, set[str]]]:
        """By section: the other sections that it refers to, and by which labels, words, names."""
        found = {}
        for label, node in self.nodes.items():
            text = [it.source if it.cell_type == "markdown" else _caption(it) for it in node.cells]
            found[label] = _grouped([*self._named("\n\n".join(text)), *self._taken[label]])
            found[label].pop(label, None)
        return found

    @cached_property
    def owners(self) -> dict[int, str]:
        """By the id of a cell: the section that it stands in."""
        return {id(cell): label for label, node in self.nodes.items() for cell in node.cells}

    @cached_property
    def _taken(self) -> dict[str, list[tuple[str, str]]]:
        """By section: names that its cells use, each with the section above that defines it."""
        found = {label: [] for label in self.nodes}
        for chapter in self.chapters.values():
            defined = {}
            for cell in chapter.code:
                if label := self.owners.get(id(cell)):
                    used, made = names(cell.source)
                    found[label] += [(defined[it], it) for it in used & defined.keys()]
                    defined |= dict.fromkeys(made, label)
        return found

    def of_exercise(self, exercise: Exercise) -> dict[str, set[str]]:
        """Return the sections that an exercise refers to, its hints and its solution included."""
        return _grouped(self._named("\n".join(exercise.text + exercise.hints + exercise.solution)))

    def of_question(self, question: Question) -> dict[str, set[str]]:
        """Return the sections that a question of a quiz refers to, its feedback included."""
        texts = [question.text, *(f"{it.text} {it.feedback}" for it in question.choices)]
        return _grouped(self._named("\n".join(texts)))

    def place(self, name: str) -> str:
        """Return the section that is meant by a label, or by chapter#heading."""
        if name in self.nodes:
            return name
        chapter, _, heading = name.partition("#")
        for label, node in self.nodes.items():
            titles = [match["title"] for match in HEADING.finditer(node.section.text)]
            if node.chapter.name == chapter and heading in titles:
                return label
        near = get_close_matches(name, self.nodes, 1)
        like = f"; the nearest is {near[0]}" if near else ""
        raise ValueError(f"there is no section {name!r} in the book{like}")

    def _named(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield what Markdown refers to: a section, and by which label or word."""
        for match in ROLE.finditer(text):
            to = joined(match["to"] or match["alone"])
            if match["role"] in ("ref", "eq", "numref") and to in self.homes:
                yield self.homes[to], to
            elif match["role"] == "term" and to.casefold() in self.explained:
                yield self.explained[to.casefold()], to

    # ---- The check

    def problems(self) -> list[str]:
        """Return where the map and the chapters disagree."""
        return [*self._unexplained(), *self._homeless(), *self._of_labs(), *self._unsaid()]

    def _unexplained(self) -> Iterator[str]:
        """Yield what is wrong with the words of the glossary."""
        known = {it.casefold() for it in glossary()}
        seen = set()
        for label, node in self.nodes.items():
            for term in node.terms:
                if term.casefold() not in known:
                    yield f"{label}: {term!r} is not in the glossary"
                if term.casefold() in seen:
                    yield f"{label}: {term!r} is explained twice"
                seen.add(term.casefold())
        for label, node in self.nodes.items():
            for match in ROLE.finditer(node.section.text):
                term = joined(match["to"] or match["alone"])
                if match["role"] == "term" and term.casefold() not in seen:
                    yield f"{label}: no section explains {term!r}"

    def _homeless(self) -> Iterator[str]:
        """Yield exercises and questions that belong nowhere, and what belongs to a section only."""
        owned = {it for node in self.nodes.values() for it in node.exercises}
        for label in self.exercises.keys() ^ owned:
            yield f"{label}: an exercise of no section, or of no chapter"
        asked = [id(it) for label in self.nodes for it in self.questions(label)]
        for chapter in self.chapters.values():
            for question in chapter.questions:
                if id(question) not in asked:
                    yield f"{chapter.name}: a question of no section: {joined(question.text)[:60]}"
        for label, node in self.nodes.items():
            if len(self.questions(label)) != len(node.questions):
                yield f"{label}: each of questions must begin one question of {node.chapter.name}"

    def _of_labs(self) -> Iterator[str]:
        """Yield tasks of labs without a section, and where map and opening box disagree."""
        owned = {it for node in self.nodes.values() for it in node.labs}
        for label in self.tasks.keys() ^ owned:
            yield f"{label}: a task of no section, or of no lab"
        for lab in self.labs.values():
            said = {label for label, _ in self._named(lab.cells[0].source)}
            mapped = {it for it, node in self.nodes.items() if lab.exercises.keys() & {*node.labs}}
            for label in said - mapped:
                yield f"{lab.name} names {label}, which none of its tasks uses"
            for label in mapped - said:
                yield f"{lab.name} uses {label}, and does not name it in its opening"

    def _unsaid(self) -> Iterator[str]:
        """Yield references that the map does not account for, and what it says without need."""
        order = {label: i for i, label in enumerate(self.nodes)}
        for label, node in self.nodes.items():
            before = self.before(label)
            said = {*before, *node.reasons, *(part.label for part in node.section.parts)}
            for other, how in self.references[label].items():
                if order[other] < order[label] and other not in said:
                    yield f"{label} refers to {other}: {', '.join(sorted(how))}"
            for other, reason in node.reasons.items():
                if other in before:
                    yield f"{label} needs {other}: {reason!r} is not needed"
                elif reason in ("word", "code") and other not in self.references[label]:
                    yield f"{label} takes no {reason} from {other}"
            for other in before if not self.skipped(label) else ():
                if self.skipped(other):
                    yield f"{label} needs {other}, which the short course skips"


@cache
def glossary() -> set[str]:
    """Return the words of the glossary."""
    text = GLOSSARY.read_text(encoding="utf-8").partition("{glossary}")[2]
    return set(re.findall(r"^(?![:\s])(.+)$", text, re.MULTILINE))


def names(code: str) -> tuple[set[str], set[str]]:
    """Return the names that a cell takes from the cells above, and those that it defines."""
    table = symtable.symtable(code, "cell", "exec")
    made = {it.get_name() for it in table.get_symbols() if it.is_assigned()}
    used = {it.get_name() for it in table.get_symbols() if it.is_referenced()}
    inner = table.get_children()
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        used |= {it.get_name() for it in scope.get_symbols() if it.is_global()}
    return used - made, made


def _grouped(references: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for label, how in references:
        found.setdefault(label, set()).add(how)
    return found


def _caption(cell: nbformat.NotebookNode) -> str:
    return cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")


def _read(file: Path) -> Iterator[tuple[str, dict]]:
    """Yield what the map says, label by label."""
    text = file.read_text(encoding="utf-8")
    said = yaml.safe_load(text)
    labels = re.findall(r"^([\w:-]+):", text, re.MULTILINE)
    if twice := {label for label in labels if labels.count(label) > 1}:
        raise ValueError(f"{file.name}: {', '.join(sorted(twice))} stands there twice")
    for label, about in said.items():
        for key, value in about.items():
            if key == "short":
                if value not in SHORT:
                    raise ValueError(f"{file.name}, {label}: short is {value!r}, none of {SHORT}")
            elif key not in LISTS:
                raise ValueError(f"{file.name}, {label}: {key!r} is none of {LISTS}")
            elif not isinstance(value, list):
                raise ValueError(f"{file.name}, {label}: {key} is a list, not {value!r}")
        yield label, about
