"""The guide for instructors names lectures, labs, exercises and wrong choices that exist."""

import re

import pytest
from conftest import ROOT

import lecture
from extensions import guide
from extensions.sections import book

COURSE = ROOT / "course"
MISCONCEPTION = re.compile(r":chapter: (.+)\n:question: (.+)\n:choice: (.+)\n")
REF = re.compile(r"\{ref\}`(?:[^`<]*<)?([\w-]+)>?`")


def page(name: str) -> str:
    return (COURSE / f"{name}.md").read_text(encoding="utf-8")


def plan() -> str:
    return re.search(r":::\{plan\}\n(.*?):::", page("guide"), re.S)[1]


def rows(label: str) -> list[list[str]]:
    """Return the rows of the first table behind a label of the plan's page, cell by cell."""
    _, _, text = page("guide").partition(f"({label})=")
    table = re.search(r"(?:^\|.*\n)+", text, re.M)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


def sections(cell: str) -> list[str]:
    return [label for label in REF.findall(cell) if label in book().nodes]


def missing(label: str, known: set[str]) -> set[str]:
    """Return what a section, or the one that it is a part of, needs beyond what is known."""
    node = book().nodes[label]
    needs = {*node.needs, *(book().nodes[node.parent].needs if node.parent else [])}
    return {it for it in needs - known if not it.startswith("prerequisites-")}


def test_the_plan_names_what_exists():
    weeks = guide.weeks(plan())
    assert [guide.optional(week) for week in weeks] == 7 * [False] + [True]
    labs = {path.name.partition("-")[0] for path in (COURSE / "labs").glob("lab*.ipynb")}
    assert labs <= {f"lab{number}" for number in range(1, len(weeks) + 1)}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("L07", "L77", "week 4: there is no lecture 'L77'"),
        ("neurons-ex-rate", "neurons-ex-rat", "week 1: there is no exercise 'neurons-ex-rat'"),
        ("[L03, L04]", "[L04, L03]", "the lectures are not these in order"),
        (
            "- lectures: [L01, L02]\n",
            "- lectures: [L15]\n  homework: []\n- lectures: [L01, L02]\n",
            "what is optional comes after the weeks",
        ),
        ("- lectures", "- lecture", "week 1 has lectures and homework, not lecture, homework"),
    ],
)
def test_what_the_plan_cannot_mean_is_an_error(old, new, problem):
    assert old in plan()
    with pytest.raises(ValueError, match=problem):
        guide.weeks(plan().replace(old, new, 1))


def test_each_misconception_names_a_wrong_choice():
    found = MISCONCEPTION.findall(page("chapters"))
    assert len(found) == page("chapters").count(":::{misconception}")
    assert len({guide.choice(*it)[2].text for it in found}) > 0.9 * len(found)
    for chapter in book().chapters:
        assert sum(it[0] == chapter for it in found) >= 3, chapter


@pytest.mark.parametrize(
    ("begin", "problem"),
    [
        ("It stands still", "no choice begins with 'It stands still'"),
        ("It", "more than one choice begins with 'It'"),
        ("It moves from", "the choice 'It moves from' is right"),
    ],
)
def test_a_choice_that_uncovers_nothing_is_an_error(begin, problem):
    assert guide.choice("01-neurons", "A neuron has", "It turns")[2].feedback.startswith("No")
    with pytest.raises(ValueError, match=problem):
        guide.choice("01-neurons", "A neuron has", begin)


def test_minutes_count_parts_once_and_without_those_left_out():
    def fast(*names: str) -> int:
        return int(guide.minutes(list(names)).partition("–")[0])

    depth = fast("networks-depth")
    assert depth == fast("networks-depth", "networks-tents") > fast("networks-tents") > 0
    left_out = [it for it in lecture.lectures()["L04"].skips if it.startswith("networks-")]
    assert left_out
    whole = fast(*lecture.lectures()["L04"].reading)
    assert abs(fast("L04") + fast(*left_out) - whole) <= 1


def test_each_block_of_two_days_needs_what_came_before():
    known = set()
    for row in rows("guide-workshop"):
        for label in sections(row[3]):
            assert missing(label, known) == set(), label
            known.add(label)
    assert len(known) > 30


def test_each_block_of_two_days_takes_its_slides_from_lectures_that_read_its_sections():
    for row in rows("guide-workshop"):
        read = set()
        for number in re.findall(r"\d+", row[2]):
            read |= set(map(book().place, lecture.lectures()[f"L{number:>02}"].reading))
        for label in sections(row[3]):
            node = book().nodes[label]
            assert read & {label, node.parent, *(it.label for it in node.section.parts)}, label


def test_fourteen_weeks_hold_all_that_seven_leave_out_in_an_order_that_can_be_read():
    known = set()
    for number, row in enumerate(rows("guide-semester"), 1):
        reading = lecture.lectures()[f"L{number:02}"].reading
        for label in [*map(book().place, reading), *sections(row[2])]:
            parts = {it.label for it in book().nodes[label].section.parts}
            known |= {label} | {it for it in parts if not book().nodes[it].short}
        wanting = {label: missing(label, known) for label in sections(row[2])}
        assert not any(wanting.values()), wanting
    left_out = {it.label for it in book().nodes.values() if it.short}
    assert left_out <= known


def test_there_are_interview_questions_for_every_assignment_and_ten_projects():
    text = page("rules").partition("(rules-interviews)=")[2].partition("(rules-access)=")[0]
    assignments = text.split("### ")[1:]
    assert len(assignments) == 4
    for it in assignments:
        assert len(re.findall(r"^\d+\. \*.+?\* \S", it, re.M | re.S)) >= 8
    projects = page("projects").split("\n## ")[1:]
    assert len(projects) == 10
    for it in projects:
        for part in ("Question.", "Data.", "First step.", "**An answer**", "Trap."):
            assert part in it, it.splitlines()[0]
