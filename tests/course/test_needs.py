"""The map of what needs what agrees with the chapters, and tells what falls with a section."""

import re
import runpy

import nbformat
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import lecture
from dependencies import Map

SKIP = runpy.run_path(str(ROOT / "course" / "skip.py"))

# A book of two chapters: two refers to one by a label, four to three by a word and by a name.
FIRST = [
    new_markdown_cell(
        "# First\n\n(one)=\n## One\n\n$$\na\n$$ (eq:one)\n\n(part)=\n### Part\n\nText."
    ),
    new_markdown_cell("(two)=\n## Two\n\nSee {eq}`eq:one`."),
    new_markdown_cell(
        "<!-- {quiz} -->\nWhy is it?\n\n- [x] So.\n  > Since.\n- [ ] No.\n  > {ref}`one`."
    ),
]
SECOND = [
    new_markdown_cell("# Second\n\n(three)=\n## Three\n\nA {term}`weight`."),
    new_code_cell("def f(x):\n    return x\n\n\ny = f(1)"),
    new_markdown_cell("(four)=\n## Four\n\nA {term}`weight`."),
    new_code_cell("def g(x):\n    return f(x)"),
    new_markdown_cell(
        "## Exercises\n\n:::{exercise} Task\n:label: ex\n:class: hard\n\nSee {ref}`one`.\n:::"
    ),
]
LAB = [
    new_markdown_cell("# Lab 1: A lab\n\n**You need:** {ref}`three`."),
    new_markdown_cell(
        ":::{exercise} Checkpoint 1: Do it\n:label: lab1-cp1\n:nonumber:\n\nDo.\n:::"
    ),
]
NEEDS = """\
one: {}

part: {}

two:
  needs: [one]
  questions: ["Why is"]

three:
  needs: [part]
  terms: [weight]
  labs: [lab1-cp1]

four:
  needs: [three]
  exercises: [ex]
"""


@pytest.fixture
def made(tmp_path):
    """Return a function that reads the map of the made-up book, with something replaced in it."""

    def make(old: str = "", new: str = "") -> Map:
        assert old in NEEDS
        for name, cells in (("1-first", FIRST), ("2-second", SECOND)):
            nbformat.write(new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
        (tmp_path / "labs").mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=LAB), tmp_path / "labs" / "lab1-lab.ipynb")
        (tmp_path / "needs.yml").write_text(NEEDS.replace(old, new, 1), encoding="utf-8")
        return Map(tmp_path, tmp_path / "needs.yml", tmp_path / "labs")

    return make


@pytest.fixture(scope="module")
def book() -> Map:
    return Map()


def test_the_map_agrees_with_the_chapters(book):
    assert book.problems() == []


def test_needs_add_up(made):
    needs = made()
    assert needs.problems() == []
    assert needs.before("four") == {"three", "part", "one"}
    assert needs.after("one") == ["part", "two", "three", "four"]
    assert needs.after("two") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("two:\n  needs: [one]", "two:\n  needs: []", "two refers to one: eq:one"),
        ("four:\n  needs: [three]", "four:\n  word: [three]", None),
        ("four:\n  needs: [three]", "four:\n  needs: [one]", "four refers to three: f, weight"),
        ("  needs: [three]", "  needs: [three]\n  aside: [one]", "four needs one: 'aside' is not"),
        ("  needs: [one]", "  needs: [one]\n  word: [part]", "two takes no word from part"),
        ("  needs: [one]", "  needs: [one]\n  code: [part]", "two takes no code from part"),
        ("  terms: [weight]", "", "three: no section explains 'weight'"),
        ("[weight]", "[weight, nonsense]", "three: 'nonsense' is not in the glossary"),
        ("  exercises:", "  terms: [Weight]\n  exercises:", "four: 'Weight' is explained twice"),
        ("  exercises: [ex]", "", "ex: an exercise of no section"),
        ("[ex]", "[ex, ey]", "ey: an exercise of no section, or of no chapter"),
        ('  questions: ["Why is"]', "", "1-first: a question of no section: Why is it?"),
        ('["Why is"]', '["Why is", "How"]', "two: each of questions must begin one question"),
        ("one: {}", "one:\n  short: skips", "two needs one, which the short course skips"),
        ("  labs: [lab1-cp1]\n", "", "lab1-cp1: a task of no section, or of no lab"),
        ("[lab1-cp1]", "[lab1-cp1, lab1-cp2]", "lab1-cp2: a task of no section, or of no lab"),
        ("  labs: [lab1-cp1]\n\nfour:", "\nfour:\n  labs: [lab1-cp1]", "lab1-lab uses four, and"),
        (
            "  labs: [lab1-cp1]\n\nfour:",
            "\nfour:\n  labs: [lab1-cp1]",
            "lab1-lab names three, which",
        ),
    ],
)
def test_what_disagrees_is_named(made, old, new, problem):
    problems = made(old, new).problems()
    if problem:
        assert any(it.startswith(problem) for it in problems), problems
    else:
        assert problems == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("one: {}", "one:\n  needs: [two]", "needs.yml, one: 'two' comes later"),
        ("one: {}", "one:\n  needs: [one]", "needs.yml, one: 'one' comes later"),
        ("part: {}", "", "needs.yml: it says nothing about part"),
        ("part: {}", "part: {}\n\npart: {}", "needs.yml: part stands there twice"),
        ("part: {}", "part: {}\n\nfive: {}", "needs.yml: there is no section 'five' in the book"),
        ("[part]", "[five]", "needs.yml, three: there is no section 'five'"),
        ("[part]", "part", "needs.yml, three: needs is a list, not 'part'"),
        ("one: {}", "one:\n  nedes: []", "needs.yml, one: 'nedes' is none of"),
        ("one: {}", "one:\n  short: maybe", "needs.yml, one: short is 'maybe', none of"),
        ("one: {}\n\npart: {}", "part: {}\n\none: {}", "needs.yml: 'part' stands elsewhere"),
    ],
)
def test_a_map_that_cannot_be_is_an_error(made, old, new, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        made(old, new)


def test_a_section_is_found_by_label_and_by_heading(made):
    needs = made()
    assert needs.place("two") == needs.place("1-first#Two") == "two"
    assert needs.place("1-first#Part") == "part"
    with pytest.raises(ValueError, match="no section 'twoo' in the book; the nearest is two"):
        needs.place("twoo")


def test_what_falls_is_told(made):
    told = SKIP["answer"]("three", made(), [("L01, slide 2: Both", {"four", "two"})])
    assert (
        told
        == """\
Three (three)
a minute to read, in Second

It needs:
  Part (part)

Sections that need it and fall, 1:
  Four (four)

Exercises that fall, 60 minutes:
  Task (ex, hard), by four

Tasks of labs that fall:
  Checkpoint 1: Do it (lab1-cp1)

No question of a quiz falls.

Slides that show something of what falls:
  L01, slide 2: Both, by four"""
    )


def test_what_stays_and_refers_to_it_is_told(made):
    needs = made("two:\n  needs: [one]", "two:\n  aside: [one]")
    told = SKIP["answer"]("one", needs, [])
    assert "Questions that stay, and refer to it:\n  1-first: Why is it?" in told
    assert "without need:\n  Two (two): in passing" in told


def test_tasks_of_labs_fall_with_what_they_use(made, book):
    told = SKIP["answer"]("part", made(), [])
    assert "Tasks of labs that fall:\n  Checkpoint 1: Do it (lab1-cp1), by three" in told
    assert "No task of a lab falls." in SKIP["answer"]("two", made(), [])
    told = SKIP["answer"]("optim-range", book, [])
    assert re.search(r"fall:\n  Checkpoint 1: .* \(lab5-cp1\)\n\n", told)


def test_slides_are_found_by_what_they_show(book):
    """Each figure and equation that a lecture names by label is found where its section is."""
    slides = SKIP["slides"](book)
    files = {it.stem: it.read_text(encoding="utf-8") for it in lecture.LECTURES.glob("L*.md")}
    assert {it.partition(",")[0] for it, _ in slides} == files.keys()
    for label in ("eq:neurons-distance", "neurons-fig-gates"):
        naming = {name for name, text in files.items() if f"}} {label}\n" in text}
        section = book.homes[label]
        showing = {it.partition(",")[0] for it, places in slides if section in places}
        assert naming
        assert naming <= showing


def test_a_reference_to_an_interactive_figure_is_one_to_its_section(tmp_path):
    texts = {
        "one": "<!-- {widget} neuron -->\n**A neuron.** What it shows.",
        "two": "See {numref}`widget-neuron`.",
    }
    cells = [new_markdown_cell(f"({it})=\n## {it}\n\n{text}") for it, text in texts.items()]
    cells = [new_markdown_cell("# First"), *cells]
    nbformat.write(new_notebook(cells=cells), tmp_path / "1-first.ipynb")
    (tmp_path / "needs.yml").write_text("one: {}\n\ntwo: {}\n", encoding="utf-8")
    needs = Map(tmp_path, tmp_path / "needs.yml", tmp_path / "labs")
    assert needs.problems() == ["two refers to one: widget-neuron"]


def test_the_short_course_is_that_of_the_lectures(book):
    """No lecture of it reads what the map skips; all that they skip is marked in it."""
    lectures = [it for it in lecture.lectures().values() if not it.optional]
    read = {book.place(it) for found in lectures for it in found.reading}
    assert [it for it in read if book.skipped(it)] == []
    left_out = {book.place(it) for found in lectures for it in found.skips} - read
    assert [it for it in left_out if not (book.skipped(it) or book.nodes[it].short)] == []
