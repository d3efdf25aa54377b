"""Read a lecture of `course/lectures/`, and say all that is wrong with it, line by line.

A lecture is Markdown: its title and goals, then slides, each with the notes of who speaks. What a
slide shows of the book, it names: figures, equations and tables by label, questions and lines of
cells by how they begin. `Book` finds these in the chapters.
"""

import re
import textwrap
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from chapter import EQUATION, HEADING, WIDGET, Chapter, Figure, Question, joined
from extensions import live
from extensions.formulas import render
from extensions.live.cells import names as names_of

CHAPTERS = Path(__file__).resolve().parent.parent / "chapters"
LECTURES = CHAPTERS.parent / "course" / "lectures"

SLIDES = range(20, 29)
WORDS = 40  # of a slide's own, its heading included
LINES = 16  # of code on a slide, and of what code has printed
QUESTIONS = 3
LONGEST = 10  # minutes of a slide
LAST = 75  # minutes after which the last slide is left; the rest of 82 belongs to the students

# What a directive shows, and the options that it may have.
DIRECTIVES = {
    "figure": [],
    "equation": [],
    "table": ["rows", "columns"],
    "code": ["from", "to", "live", "after"],
    "output": ["from", "rows", "columns"],
    "question": ["begins"],
    "widget": ["state"],
    "notes": [],
    "stop": [],
}
NEEDED = {"code": ["from"], "output": ["from"], "question": ["begins"]}
KEYS = {"title": str, "optional": bool, "goals": list, "reading": list, "skips": list}
WRITTEN = {str: "a text", bool: "true", list: "a list"}

MARKDOWN = MarkdownIt("commonmark", {"html": False, "typographer": True})
MARKDOWN.enable(["table", "smartquotes"])
MARKDOWN.use(dollarmath_plugin, double_inline=True).use(myst_role_plugin)

OPEN = re.compile(r":::+\{(\w+)\} *(.*)")
CLOSE = re.compile(r":::+\s*")
OPTION = re.compile(r":(\w+): *(.*)")
CLOCK = re.compile(r"(\d):([0-5]\d)")
ROWS = r"(?:^\|.*\n)+"
TABLE = re.compile(ROWS, re.M)
NAMED = re.compile(r"^:::+\{table\}.*\n(?::.*\n)*?:name: *(\S+)\n(?:.*\n)*?(?=\|)", re.M)


@dataclass
class Problem:
    """What is wrong, and in which line."""

    line: int
    text: str


@dataclass
class Text:
    """Markdown of the lecture's own."""

    text: str
    line: int


@dataclass
class Directive:
    """What a slide shows, its notes, or the place to stop."""

    name: str
    argument: str
    line: int
    options: dict[str, str] = field(default_factory=dict)
    content: list["Text | Directive"] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What is written behind its name and under it."""
        texts = [it.text for it in self.content if isinstance(it, Text)]
        return "\n\n".join(filter(None, [self.argument, *texts]))


@dataclass
class Slide:
    """A slide: its heading, what it says and shows, and its notes."""

    title: str
    line: int
    content: list[Text | Directive] = field(default_factory=list)
    notes: Directive | None = None

    @property
    def shown(self) -> list[Directive]:
        return [it for it in self.content if isinstance(it, Directive)]

    @property
    def texts(self) -> list[Text]:
        return [it for it in self.content if isinstance(it, Text)]


@dataclass
class Lecture:
    """A lecture: what is said of it, and its slides."""

    name: str
    title: str = ""
    optional: bool = False  # not one of the plan's weeks
    goals: list[str] = field(default_factory=list)
    reading: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)
    slides: list[Slide] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # of the file

    @property
    def shown(self) -> list[Directive]:
        """What all slides show."""
        return [it for slide in self.slides for it in slide.shown]

    def line_of(self, text: str) -> int:
        """Return the number of the first line that holds a text."""
        return next((i for i, line in enumerate(self.lines, 1) if text in line), 1)


@dataclass
class Table:
    """A Markdown table of a chapter, and what is shown of it: all of it, or rows and columns."""

    chapter: Chapter
    text: str
    number: int  # on the page, from 0, of those that are not made by cells
    rows: list[int] | None = None
    columns: list[int] | None = None


@dataclass
class Output:
    """What a cell shows: a table, or lines that it prints."""

    chapter: Chapter
    cell: int
    table: Table | None
    lines: list[str]


@dataclass
class Code:
    """Lines of a cell."""

    chapter: Chapter
    cell: int
    before: str  # the lines of the cell that stand above
    text: str


class Book:
    """The chapters, and what lectures name in them."""

    def __init__(self, folder: Path = CHAPTERS):
        self.chapters = {it.stem: Chapter(it) for it in sorted(folder.glob("*.ipynb"))}

    def _by_label(self, pattern: re.Pattern) -> dict[str, Chapter]:
        return {it: c for c in self.chapters.values() for it in pattern.findall(c.text)}

    @cached_property
    def figures(self) -> dict[str, tuple[Chapter, Figure]]:
        return {it.name: (c, it) for c in self.chapters.values() for it in c.figures}

    @cached_property
    def equations(self) -> dict[str, Chapter]:
        return self._by_label(EQUATION)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables by label, and by chapter#heading those that are the only one of a section."""
        found = {}
        for chapter in self.chapters.values():
            text = chapter.text + "\n"
            tables = [
                (m.start(), Table(chapter, m[0], i)) for i, m in enumerate(TABLE.finditer(text))
            ]
            named = {match.end(): match[1] for match in NAMED.finditer(text)}
            found |= {named[start]: table for start, table in tables if start in named}
            heads = [*HEADING.finditer(text)]
            for head, end in zip(
                heads, [*(it.start() for it in heads[1:]), len(text)], strict=True
            ):
                inside = [table for start, table in tables if head.end() <= start < end]
                if len(inside) == 1:
                    found[f"{chapter.name}#{head['title'].strip()}"] = inside[0]
        return found

    @cached_property
    def widgets(self) -> dict[str, Chapter]:
        return self._by_label(WIDGET)

    @cached_property
    def sections(self) -> dict[str, tuple[Chapter, str]]:
        """Chapter and heading of each section, by its label and by chapter#heading."""
        found = {}
        for chapter in self.chapters.values():
            for match in HEADING.finditer(chapter.text):
                place = (chapter, match["title"].strip())
                found[f"{chapter.name}#{place[1]}"] = place
                if match["label"]:
                    found[match["label"]] = place
        return found

    def named(self, kind: str, name: str):
        """Return what has this label; say what is like it where nothing has."""
        things = getattr(self, f"{kind}s")
        if name not in things:
            near = get_close_matches(name, things, 1, 0.5)
            like = f"; the nearest is {near[0]}" if near else ""
            raise ValueError(f"there is no {kind} {name!r} in the book{like}")
        return things[name]

    def table(self, name: str, rows: str = "", columns: str = "") -> Table:
        """Return a table by its label, or the only one of a section, and what is shown of it."""
        return _part(self.named("table", name), rows, columns)

    def output(self, chapter: str, start: str, rows: str = "", columns: str = "") -> Output:
        """Return what the one cell shows that has a line beginning with `start`."""
        code = self.code(chapter, start)
        for output in code.chapter.code[code.cell - 1].outputs:
            if table := output.get("data", {}).get("text/markdown"):
                part = _part(Table(code.chapter, table + "\n", 0), rows, columns)
                return Output(code.chapter, code.cell, part, [])
            printed = output.get("text") or output.get("data", {}).get("text/plain", "")
            if printed and "image/png" not in output.get("data", {}):
                lines = printed.rstrip("\n").splitlines()
                lines = [lines[i] for i in _chosen(rows, lines)] if rows else lines
                return Output(code.chapter, code.cell, None, lines)
        raise ValueError(f"cell {code.cell} of {chapter} shows no table and prints nothing")

    def code(self, chapter: str, start: str, end: str = "") -> Code:
        """Return the lines of the one cell that has a line beginning with `start`."""
        found = self.named("chapter", chapter)
        fits = []
        for number, cell in enumerate(found.code, 1):
            lines = cell.source.splitlines()
            first = next((i for i, it in enumerate(lines) if it.lstrip().startswith(start)), None)
            if first is not None:
                fits.append((number, lines, first))
        if not fits:
            raise ValueError(f"no cell of {chapter} has a line that begins with {start!r}")
        if len(fits) > 1:
            cells = " and ".join(str(number) for number, _, _ in fits)
            raise ValueError(
                f"cells {cells} of {chapter} have a line that begins with {start!r}; "
                "write more of the line"
            )
        [(number, lines, first)] = fits
        last = len(lines) - 1
        if end:
            later = range(first, len(lines)) if start == end else range(first + 1, len(lines))
            last = next((i for i in later if lines[i].lstrip().startswith(end)), None)
            if last is None:
                raise ValueError(
                    f"in cell {number} of {chapter} no line after {lines[first].strip()!r} "
                    f"begins with {end!r}"
                )
        text = textwrap.dedent("\n".join(lines[first : last + 1])).strip("\n")
        return Code(found, number, "\n".join(lines[:first]), text)

    def question(self, chapter: str, start: str) -> tuple[Chapter, int, Question]:
        """Return the one question that begins so, with its number on the page, from 0."""
        found = self.named("chapter", chapter)
        plain = joined(start)
        fits = [(i, q) for i, q in enumerate(found.questions) if joined(q.text).startswith(plain)]
        if len(fits) != 1:
            how = "no question" if not fits else "more than one question"
            raise ValueError(f"{how} of {chapter} begins with {start!r}")
        return (found, *fits[0])


def _chosen(names: str, things: list[str]) -> list[int]:
    """Return the places of the things that begin with the names, which commas separate."""
    places = []
    for name in map(str.strip, names.split(",")):
        fits = [i for i, it in enumerate(things) if it.strip() == name]
        fits = fits or [i for i, it in enumerate(things) if it.strip().startswith(name)]
        if len(fits) != 1:
            there = " | ".join(it.strip() for it in things)
            how = "nothing" if not fits else "more than one"
            raise ValueError(f"{how} begins with {name!r}; there are: {there}")
        places += fits
    return places


def _part(table: Table, rows: str, columns: str) -> Table:
    lines = [re.split(r"(?<!\\)\|", it.strip().strip("|")) for it in table.text.splitlines()]
    return replace(
        table,
        rows=_chosen(rows, [it[0] for it in lines[2:]]) if rows else None,
        columns=_chosen(columns, lines[0]) if columns else None,
    )


# ---- Live cells ----------------------------------------------------------------------------------


def needed(names: list[dict[str, list[str]]]) -> list[int]:
    """Return the places of the cells that the last one needs, as needs.mjs finds them."""
    wanted = set(names[-1]["uses"])
    found = []
    for i in range(len(names) - 2, -1, -1):
        gives = {*names[i]["binds"], *names[i]["changes"]}
        if gives & wanted:
            found.insert(0, i)
            wanted = wanted - {*names[i]["binds"]} | {*names[i]["uses"]}
    return found


def before(code: Code, after: list[Code]) -> list[str]:
    """Return what has to run before the lines of a live cell."""
    cells = [cell.source for cell in code.chapter.code[: code.cell - 1]]
    sources = [*cells, code.before, *(it.text for it in after)]
    all_lines = [*sources, "\n".join([*(it.text for it in after), code.text])]
    wanted = needed([names_of(it) for it in all_lines])
    first = len(sources) - len(after)
    return [sources[i] for i in sorted({*wanted, *range(first, len(sources))})]


def check_live(code: Code, after: list[Code]) -> None:
    """Say why lines cannot be a live cell."""
    for part in [*after, code]:
        try:
            compile(part.text, part.chapter.name, "exec")
        except SyntaxError as error:
            line = part.text.splitlines()[0]
            raise ValueError(
                f"a live cell runs whole statements: from {line!r} on, Python says {error.msg}"
            ) from None
    if packages := live.missing([*before(code, after), code.text]):
        raise ValueError(f"no browser can run {', '.join(sorted(packages))}, so nothing is live")


# ---- Reading -----------------------------------------------------------------------------------


@cache
def book() -> Book:
    """Return the chapters; they are read once."""
    return Book()


@cache
def lectures() -> dict[str, Lecture]:
    """Return all lectures by name; they are read once."""
    return {path.stem: read(path) for path in sorted(LECTURES.glob("*.md"))}


def read(path: Path) -> Lecture:
    """Read a lecture; what cannot be read stands in its `problems`."""
    path = Path(path)
    lecture = Lecture(path.stem)
    lines = lecture.lines = path.read_text(encoding="utf-8").splitlines()
    if not re.fullmatch(r"L\d\d", path.stem):
        lecture.problems.append(Problem(1, f"a lecture is L01.md, L02.md …, not {path.name}"))
    if "---" not in lines[1:] or lines[0] != "---":
        lecture.problems.append(Problem(1, "the file must begin with title and goals between ---"))
        return lecture
    end = lines.index("---", 1)
    _read_head(lecture, "\n".join(lines[1:end]))
    _read_slides(lecture, lines, end + 1)
    return lecture


def _read_head(lecture: Lecture, text: str) -> None:
    lines = text.splitlines()

    def wrong(text: str, key: str = "") -> None:
        at = next((i for i, line in enumerate(lines) if line.startswith(f"{key}:")), 0)
        lecture.problems.append(Problem(at + 2, text))  # the first line is ---

    try:
        head = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2
        words = f"{error.problem}; put a text with : or # in quotes"
        return lecture.problems.append(Problem(line, words))
    if not isinstance(head, dict):
        return wrong("title and goals are written as `title: …`")
    for key, value in head.items():
        if key not in KEYS:
            wrong(f"{key!r} is none of {', '.join(KEYS)}", key)
        elif not isinstance(value, KEYS[key]) or not value:
            wrong(f"{key} must be {WRITTEN[KEYS[key]]}, or is left out", key)
        elif isinstance(value, list) and not all(isinstance(it, str) for it in value):
            wrong(f"{key} must be a list of texts; put one with : or # in quotes", key)
        else:
            setattr(lecture, key, value)
    for key in ("title", "goals", "reading"):
        if key not in head:
            wrong(f"{key} is missing")
    return None


def _read_slides(lecture: Lecture, lines: list[str], start: int) -> None:
    def wrong(number: int, text: str) -> None:
        lecture.problems.append(Problem(number, text))

    slides = lecture.slides
    opened: list[Directive] = []  # the innermost last
    fence = ""  # of code in the text, where nothing is a directive
    new_text = True

    def place() -> list[Text | Directive]:
        return opened[-1].content if opened else slides[-1].content

    for number, line in enumerate(lines[start:], start + 1):
        if mark := re.match(r" *(```+|~~~+)", line):
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        elif not fence and re.match(r"#+ ", line):
            if opened:
                wrong(opened[0].line, f"{{{opened[0].name}}} is not closed by :::")
                opened.clear()
            if line.startswith("## "):
                slides.append(Slide(line[3:].strip(), number))
            else:
                wrong(number, "a slide begins with `## `; there are no other headings")
            new_text = True
            continue
        elif not fence and (match := OPEN.fullmatch(line.strip())):
            if not slides:
                wrong(number, "this stands before the first slide")
                slides.append(Slide("", number))
            directive = Directive(match[1], match[2].strip(), number)
            place().append(directive)
            opened.append(directive)
            new_text = True
            continue
        elif not fence and CLOSE.fullmatch(line.strip()):
            if not opened:
                wrong(number, "::: closes nothing")
            else:
                opened.pop()
            new_text = True
            continue
        elif opened and not opened[-1].content and (option := OPTION.fullmatch(line.strip())):
            options, (name, value) = opened[-1].options, option.groups()
            if name in options and name != "after":
                wrong(number, f":{name}: stands here twice")
            options[name] = "\n".join(filter(None, [options.get(name), value.strip()]))
            continue
        if not slides:
            if line.strip():
                wrong(number, "this stands before the first slide")
                slides.append(Slide("", number))
            else:
                continue
        if new_text:
            if not line.strip():
                continue
            place().append(Text(line, number))
            new_text = False
        else:
            place()[-1].text += "\n" + line
    if opened:
        wrong(opened[0].line, f"{{{opened[0].name}}} is not closed by :::")
    for slide in slides:
        notes = [it for it in slide.shown if it.name == "notes"]
        for extra in notes[1:]:
            wrong(extra.line, "a slide has its notes in one place")
        if notes:
            slide.notes = notes[0]
            slide.content = [it for it in slide.content if it not in notes]


def words(text: str) -> int:
    """Count the words of Markdown; a formula is one."""
    count = 0
    for token in MARKDOWN.parse(text):
        parts = token.children if token.type == "inline" else [token]
        plain = ""
        for part in parts:
            if part.type.startswith("math"):
                plain += "x"
            elif part.type in ("text", "code_inline", "code_block", "fence", "myst_role"):
                plain += part.content
            elif part.type in ("softbreak", "hardbreak"):
                plain += " "
        count += len(plain.split())
    return count


# ---- Checking ----------------------------------------------------------------------------------


def minutes(clock: str) -> int | None:
    """Return h:mm in minutes."""
    match = CLOCK.fullmatch(clock)
    return int(match[1]) * 60 + int(match[2]) if match else None


def check(lecture: Lecture, book: Book) -> list[Problem]:
    """Return all that is wrong with a lecture, in the order of its lines."""
    problems = [*lecture.problems]

    def wrong(number: int, text: str) -> None:
        problems.append(Problem(number, text))

    for key in ("reading", "skips"):
        for name in getattr(lecture, key):
            try:
                book.named("section", name)
            except ValueError as error:
                wrong(lecture.line_of(name), f"{key}: {error}")
    if len(lecture.slides) not in SLIDES:
        wrong(1, f"{len(lecture.slides)} slides; a lecture has {SLIDES[0]} to {SLIDES[-1]}")
    clock = 0
    for slide in lecture.slides:
        problems += check_slide(slide, book)
        if slide.notes:
            now = minutes(slide.notes.argument)
            if now is None:
                wrong(slide.notes.line, "notes begin with the clock, as :::{notes} 0:04")
            elif now <= clock:
                wrong(slide.notes.line, f"the clock does not go on: it was {_clock(clock)}")
            else:
                if now - clock > LONGEST:
                    words = "if slides have gone, the clock of all that follow goes back"
                    wrong(slide.notes.line, f"the slide takes {now - clock} minutes; {words}")
                clock = now
    if clock > LAST:
        wrong(lecture.slides[-1].line, f"the last slide is left at {_clock(LAST)} or before")
    if (count := sum(it.name == "question" for it in lecture.shown)) != QUESTIONS:
        wrong(1, f"{count} questions; a lecture has {QUESTIONS}")
    ends = [it for slide in lecture.slides if slide.notes for it in stops(slide.notes)]
    if len(ends) != 1:
        wrong(ends[-1].line if ends else 1, f"{len(ends)} places to stop; a lecture has one")
    return sorted(problems, key=lambda it: it.line)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def stops(notes: Directive) -> list[Directive]:
    """Return the places in a slide's notes where the lecture may stop."""
    return [it for it in notes.content if isinstance(it, Directive) and it.name == "stop"]


def check_slide(slide: Slide, book: Book) -> list[Problem]:
    """Return what is wrong with one slide."""
    problems = []

    def wrong(number: int, text: str) -> None:
        problems.append(Problem(number, text))

    if not slide.title:
        wrong(slide.line, "the slide has no heading")
    if not slide.content:
        wrong(slide.line, "the slide is a heading alone")
    if not slide.notes:
        wrong(slide.line, "the slide has no notes")
    own = words(slide.title) + sum(words(it.text) for it in slide.texts)
    if own > WORDS:
        wrong(slide.line, f"{own} words with the heading; a slide has at most {WORDS}")
    lines = 0
    for it in slide.shown:
        if it.name == "stop":
            wrong(it.line, "{stop} stands in the notes")
        elif found := _try(wrong, it, book):
            lines += len(found.text.splitlines()) if it.name == "code" else 0
            lines += len(found.lines) if it.name == "output" else 0
    if lines > LINES:
        wrong(slide.line, f"{lines} lines of code or print; a slide has at most {LINES}")
    for text in [Text(slide.title, slide.line), *slide.texts]:
        _check_text(wrong, text, book)
    if slide.notes:
        if not slide.notes.content:
            wrong(slide.notes.line, "the notes are empty")
        for it in slide.notes.content:
            if isinstance(it, Text):
                _check_text(wrong, it, book)
            elif it.name == "stop":
                if not it.words:
                    wrong(it.line, "{stop} says in a line what is lost")
            else:
                wrong(it.line, f"{{{it.name}}} stands on the slide, not in the notes")
    return problems


def _try(wrong, directive: Directive, book: Book):
    """Return what a directive shows, or say why nothing."""
    name, options = directive.name, directive.options
    if name not in DIRECTIVES:
        known = ", ".join(f"{{{it}}}" for it in DIRECTIVES)
        return wrong(directive.line, f"there is no {{{name}}}, only {known}")
    for option in options.keys() - DIRECTIVES[name]:
        wrong(directive.line, f"{{{name}}} has no option :{option}:")
    for it in NEEDED.get(name, []):
        if not options.get(it):
            return wrong(directive.line, f"{{{name}}} needs :{it}:")
    if directive.content:
        wrong(directive.line, f"{{{name}}} shows what the book has, and holds no text of its own")
    try:
        return shown(directive, book)
    except ValueError as error:
        return wrong(directive.line, str(error))


def shown(directive: Directive, book: Book):
    """Return what a directive shows of the book."""
    options = directive.options
    if directive.name == "code":
        code = book.code(directive.argument, options["from"], options.get("to", ""))
        if "live" in options:
            check_live(code, lines_after(directive, book))
        return code
    if directive.name == "question":
        return book.question(directive.argument, options["begins"])
    part = options.get("rows", ""), options.get("columns", "")
    if directive.name == "output":
        return book.output(directive.argument, options["from"], *part)
    if directive.name == "table":
        return book.table(directive.argument, *part)
    return book.named(directive.name, directive.argument)


def lines_after(directive: Directive, book: Book) -> list[Code]:
    """Return the lines that are to run before a live cell."""
    starts = directive.options.get("after", "").splitlines()
    return [book.code(directive.argument, start) for start in starts]


def _check_text(wrong, text: Text, book: Book) -> None:
    for token in MARKDOWN.parse(text.text):
        number = text.line + (token.map or [0])[0]
        for part in token.children or [token]:
            try:
                if part.type == "myst_role":
                    role(part.meta["name"], part.content, book)
                elif part.type.startswith("math"):
                    render(part.content, display=part.type != "math_inline")
            except ValueError as error:
                wrong(number, str(error))


def role(name: str, label: str, book: Book) -> Chapter:
    """Return the chapter that a role such as {numref}`neurons-fig-geometry` refers to."""
    if name == "eq":
        return book.named("equation", label)
    if name == "ref":
        return book.named("section", label)[0]
    if name == "numref" and label in book.tables:
        return book.tables[label].chapter
    if name == "numref" and label.removeprefix("widget-") in book.widgets:
        return book.widgets[label.removeprefix("widget-")]
    if name == "numref":
        return book.named("figure", label)[0]
    raise ValueError(f"there is no role {{{name}}}, only {{numref}}, {{eq}} and {{ref}}")
