"""The reader of lectures: what is wrong in a file is said, with its line."""

import json
import re
import subprocess
import sys

import pytest
from places import EXTENSIONS, ROOT

import lecture
from extensions.live.cells import names
from extensions.node import NODE

HEAD = """\
---
title: A lecture
goals:
  - tell a good lecture from a bad one
reading: [neurons-geometry, "01-neurons#Logic by hand"]
---
"""
SLIDE = """
## The statement of slide {number}

A short line with $x^2$.

:::{{notes}} 0:{number:02}
Something to say about slide {number}.
:::
"""
# What stands in place of a line on some slides.
SHOWN = {
    2: ":::{figure} neurons-fig-geometry\n:::",
    3: ":::{equation} eq:neurons-neuron\n:::",
    4: ":::{code} 01-neurons\n:from: def neuron(\n:::",
    5: ":::{question} 01-neurons\n:begins: Which of these can *no* neuron\n:::",
    6: ":::{question} 02-feedforward-networks\n:begins: A layer takes 20 features\n:::",
    7: ":::{question} 05-backpropagation\n:begins: A hidden ReLU unit\n:::",
    8: ":::{table} optim-tab-methods\n:rows: SGD, Adam\n:::",
    9: ":::{output} 01-neurons\n:from: reader = mlp\n:::",
    10: ":::{widget} neuron\n:state: w1=2\n:::",
}
LINE = "A short line with $x^2$."
XOR = ":::{figure} neurons-fig-xor"
STOP = ":::{stop}\nNothing is lost.\n:::"


def good() -> str:
    text = HEAD
    for number in range(1, 21):
        slide = SLIDE.format(number=number)
        text += slide.replace(LINE, SHOWN.get(number, LINE))
    said = "Something to say about slide 12."
    return text.replace(said, f"{said}\n\n{STOP}")


@pytest.fixture(scope="module")
def book():
    return lecture.book()


@pytest.fixture
def problems(book, tmp_path):
    def find(text: str, name: str = "L01.md") -> list[tuple[int, str]]:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return [(it.line, it.text) for it in lecture.check(lecture.read(path), book)]

    return find


def test_a_good_lecture_has_no_problem(problems):
    assert problems(good()) == []


def test_every_lecture_is_good(book):
    paths = sorted(lecture.LECTURES.glob("*.md"))
    assert [it.stem for it in paths] == [f"L{number:02}" for number in range(1, 17)]
    found = {it.name: lecture.check(lecture.read(it), book) for it in paths}
    assert {name: found[name] for name in found if found[name]} == {}


# What is changed in a good lecture, into what, where the problem is, and what is said of it.
WRONG = {
    "unknown key": ("title: A", "colour: red\ntitle: A", "colour:", "'colour' is none of"),
    "no goals": ("  - tell a good lecture from a bad one\n", "", "goals:", "goals must be a list"),
    "not optional": ("title: A", "optional: no\ntitle: A", "optional:", "must be true, or is left"),
    "no title": ("title: A lecture\n", "", "goals:", "title is missing"),
    "bad YAML": ("title: A", "title: a: b", "title:", "quotes"),
    "unknown section": ("neurons-geometry", "neurons-x", "reading:", "no section 'neurons-x'"),
    "heading": ("about slide 3.\n:::", "about slide 3.\n:::\n\n### More", "### More", "no other"),
    "before": ("---\n\n## ", "---\n\nHello\n\n## ", "Hello", "before the first slide"),
    "no words": ("## The statement of slide 1\n\n" + LINE, "## Alone", "## Alone", "heading alone"),
    "no notes": (
        ":::{notes} 0:01\nSomething to say about slide 1.\n:::\n",
        "",
        "## The statement of slide 1\n",
        "no notes",
    ),
    "empty notes": ("Something to say about slide 1.\n", "", ":::{notes} 0:01", "notes are empty"),
    "no clock": ("{notes} 0:02", "{notes}", ":::{notes}\n", "begin with the clock"),
    "bad clock": ("{notes} 0:13", "{notes} 0:1", ":::{notes} 0:1\n", "begin with the clock"),
    "clock goes back": ("0:03\nSomething", "0:01\n\nSomething", "{notes} 0:01\n\n", "was 0:02"),
    "long": ("0:19\n", "0:30\n", ":::{notes} 0:30", "takes 12 minutes"),
    "late": ("{notes} 0:20", "{notes} 1:16", "## The statement of slide 20", "1:15 or before"),
    "words": ("of slide 11", "word " * 37, "## The statement word", "44 words"),
    "directive": ("{figure}", "{picture}", ":::{picture}", "there is no {picture}"),
    "option": (":state: w1=2", ":size: 2", ":::{widget}", "no option :size:"),
    "twice": (":state: w1=2", ":state: w1=2\n:state: w1=3", ":state: w1=3", "twice"),
    "no from": (":from: def neuron(\n", "", ":::{code}", "needs :from:"),
    "figure": ("fig-geometry", "fig-geometri", ":::{figure}", "nearest is neurons-fig-geometry"),
    "equation": ("eq:neurons-neuron", "eq:none", ":::{equation}", "no equation 'eq:none'"),
    "table": ("optim-tab-methods", "tab-none", ":::{table}", "no table 'tab-none'"),
    "row": ("SGD, Adam", "SGD, Adamant", ":::{table}", "'Adamant'"),
    "widget": ("{widget} neuron", "{widget} nerve", ":::{widget}", "no widget 'nerve'"),
    "no line": ("def neuron(", "def nerve(", ":::{code}", "begins with 'def nerve('"),
    "two cells": ("def neuron(", "data = mlp", ":::{code}", "cells 2 and 34 of 01-neurons"),
    "no end": ("def neuron(", "def neuron(\n:to: return no", ":::{code}", "with 'return no'"),
    "long code": ("def neuron(", "w_line, b_line", "## The statement of slide 4", "24 lines"),
    "chapter": ("{code} 01-neurons", "{code} 01-nerves", ":::{code}", "no chapter '01-nerves'"),
    "output": ("reader = mlp", "import itertools", ":::{output}", "prints nothing"),
    "question": ("Which of these can", "Who can", ":::{question}", "no question of 01-neurons"),
    "own text": ("Adam\n:::", "Adam\n\nMine\n:::", ":::{table}", "no text of its own"),
    "formula": ("$x^2$", r"$\nothing$", r"$\nothing$", "KaTeX"),
    "role": ("short line", "{cite}`x`", "{cite}", "no role {cite}"),
    "reference": ("short line", "{numref}`neurons-fig-x`", "{numref}", "no figure 'neurons-fig-x'"),
    "open": ("neurons-fig-geometry\n:::", "neurons-fig-geometry", ":::{figure}", "not closed"),
    "closed": (LINE, LINE + "\n\n:::", "\n:::", "closes nothing"),
    "stop outside": (LINE, STOP, ":::{stop}", "stands in the notes"),
    "empty stop": ("Nothing is lost.\n", "", ":::{stop}", "what is lost"),
    "in notes": (STOP, f"{STOP}\n{XOR}\n:::", XOR, "on the slide, not in the notes"),
    "not live": (
        "{code} 01-neurons\n:from: def neuron(",
        "{code} 01-neurons\n:from: return activation(z)\n:to: return activation(z)\n:live:",
        ":::{code}",
        "whole statements",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_with_its_line(what, problems):
    old, new, place, complaint = WRONG[what]
    text = good()
    assert old in text
    text = text.replace(old, new, 1)
    start = text.index(place)
    line = text[: start + (place[0] == "\n")].count("\n") + 1
    found = problems(text)
    assert any(it[0] == line and complaint in it[1] for it in found), (line, found)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (r"\n## The statement of slide 20\n(.*\n)*", "", "19 slides; a lecture has 20 to 28"),
        (r":::\{question\} 05(.*\n){2}:::", LINE, "2 questions; a lecture has 3"),
        (r":::\{stop\}\n.*\n:::", "", "0 places to stop; a lecture has one"),
        ("(?s)^---.*?---\n", "", "must begin with title and goals"),
    ],
)
def test_what_a_lecture_lacks_is_said(old, new, complaint, problems):
    text, count = re.subn(old, new, good(), count=1)
    assert count == 1
    assert any(complaint in words for _, words in problems(text))


def test_a_file_has_the_name_of_a_lecture(problems):
    assert any("not first.md" in words for _, words in problems(good(), "first.md"))


def test_the_command_names_file_and_line(tmp_path):
    path = tmp_path / "L01.md"
    path.write_text(good().replace("eq:neurons-neuron", "eq:none"), encoding="utf-8")
    line = path.read_text().split("eq:none")[0].count("\n") + 1
    command = [sys.executable, ROOT / "course" / "decks.py", "--check", path]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert f"{path}:{line}: there is no equation 'eq:none'" in done.stdout


def test_live_cells_run_after_what_they_need(book):
    """As the page's worker does it, each in a Python of its own."""
    from extensions.live import cells

    count = 0
    for path in sorted(lecture.LECTURES.glob("*.md")):
        for slide in lecture.read(path).slides:
            for it in slide.shown:
                if "live" not in it.options:
                    continue
                count += 1
                code = lecture.shown(it, book)
                sources = [*lecture.before(code, lecture.lines_after(it, book)), code.text]
                sent = []
                with cells.Page(lambda *what, sent=sent: sent.append(what)) as page:
                    for source in sources:
                        assert page.run(source, "cell"), (path.name, it.line, sent[-1])
    assert count > 0


# Reads a list of pages, each the names of its cells; writes what each cell needs, page by page.
NEEDS_OF_ALL = """\
import { readFileSync } from "node:fs";
import { needed } from "./needs.mjs";
const pages = JSON.parse(readFileSync(0, "utf-8"));
console.log(JSON.stringify(pages.map((p) => p.map((_, i) => needed(p.slice(0, i + 1))))));
"""


def test_a_slide_and_a_page_run_the_same_cells_before_one(book):
    pages = [[names(cell.source) for cell in it.code] for it in book.chapters.values()]
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", NEEDS_OF_ALL],
        cwd=EXTENSIONS / "live",
        input=json.dumps(pages),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    ours = [[lecture.needed(it[: i + 1]) for i in range(len(it))] for it in pages]
    assert json.loads(done.stdout) == ours
    assert sum(map(len, pages)) > 400
