"""The guide for instructors: the plan of the course, and misconceptions with what uncovers them.

What can be computed is not typed. The directive `plan` takes the weeks, their lectures and their
homework, and takes the rest from the lectures' files, the labs and the times. What comes after the
weeks has optional lectures only:

    :::{plan}
    - lectures: [L01, L02]
      homework: [neurons-ex-majority]
    :::

The directive `misconception` names a wrong choice of a quiz question, both by how they begin, and
stops the build if there is no such choice:

    :::{misconception} A larger bias turns the line
    :chapter: 01-neurons
    :question: A neuron has
    :choice: It turns

    What to answer.
    :::

And the role `minutes` says how long sections and the reading of lectures take, as in
{minutes}`neurons-what, L02`.
"""

import re
from dataclasses import replace
from functools import cache

import yaml
from docutils import nodes
from docutils.nodes import make_id
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective, SphinxRole

import lecture
import times
from chapter import Chapter, Choice, Question, joined
from dependencies import MAP
from extensions.sections import book
from extensions.sections import number as number_of
from extensions.words import Words

COURSE = MAP.parent

WORDS = Words(
    "guide",
    {
        "week": "week",
        "lectures": "lectures",
        "reading": "minutes of reading",
        "lab": "lab",
        "homework": "practice at home",
        "optional": "optional",
        "lecture": "Lecture {number}: {title}",
        "optional-lecture": "Optional lecture {number}: {title}",
        "goals": "Students can then",
        "deck": "Slides",
        "slides": "{slides} slides; the last one is left at {clock}.",
        "stop": "It may stop after slide {slide}, at {clock}.",
        "read": "Reading, {minutes} minutes",
        "skips": "Left out",
        "questions": "Questions",
        "shown": "Demonstrations",
        "slide": "slide {number}, {title}",
        "asked": "Question {number} of the quiz",
        "asked-in": "Question {number} of the quiz, asked in lecture {lecture}",
        "wrong": "The wrong choice:",
    },
)


def weeks(text: str) -> list[dict]:
    """Return the weeks of a plan, and say what in it does not exist."""
    found = yaml.safe_load(text)
    for number, week in enumerate(found, 1):
        if week.keys() != {"lectures", "homework"}:
            raise ValueError(f"week {number} has lectures and homework, not {', '.join(week)}")
        for name in week["lectures"]:
            if name not in lecture.lectures():
                raise ValueError(f"week {number}: there is no lecture {name!r}")
        for label in week["homework"]:
            if label not in book().exercises:
                raise ValueError(f"week {number}: there is no exercise {label!r}")
    kinds = [optional(week) for week in found]
    if kinds != sorted(kinds):
        raise ValueError("what is optional comes after the weeks")
    planned = [name for week in found for name in week["lectures"]]
    if planned != list(lecture.lectures()):
        raise ValueError(f"the plan has {', '.join(planned)}; the lectures are not these in order")
    return found


def optional(week: dict) -> bool:
    """Whether what is planned for a week is optional."""
    return all(lecture.lectures()[name].optional for name in week["lectures"])


def lab(week: int) -> Chapter | None:
    """Return the lab of a week, if there is one."""
    return next(map(Chapter, sorted((COURSE / "labs").glob(f"lab{week}-*.ipynb"))), None)


def choice(chapter: str, question: str, begin: str) -> tuple[int, Question, Choice]:
    """Return a question's number in its quiz, from 1, and the wrong choice that begins so."""
    _, number, found = lecture.book().question(chapter, question)
    # An option cannot begin with a quotation mark.
    fits = [it for it in found.choices if it.text.lstrip('"').startswith(begin)]
    if len(fits) != 1:
        how = "no choice" if not fits else "more than one choice"
        raise ValueError(f"{chapter}, {question!r}: {how} begins with {begin!r}")
    if fits[0].right:
        raise ValueError(f"{chapter}, {question!r}: the choice {begin!r} is right")
    return number + 1, found, fits[0]


@cache
def asked() -> dict[tuple[str, str], int]:
    """Return which lecture asks a question, by chapter and text."""
    found = {}
    for name, text in lecture.lectures().items():
        for it in text.shown:
            if it.name == "question":
                _, _, question = lecture.book().question(it.argument, it.options["begins"])
                found[it.argument, question.text] = int(name[1:])
    return found


def minutes(names: list[str]) -> str:
    """Return how long sections, and the reading of lectures, take together.

    A section is read with its parts, but for those that the lecture leaves out.
    """
    labels = set()
    for name in names:
        text = lecture.lectures().get(name)
        skips = set(map(book().place, text.skips)) if text else set()
        for label in map(book().place, text.reading if text else [name]):
            parts = {it.label for it in book().nodes[label].section.parts}
            labels |= {label} | parts - skips
    sections = (replace(book().nodes[it].section, parts=[]) for it in labels)
    fast, slow = times.rounded(sections)
    return f"{fast}–{slow}"


def quiz_address(chapter: Chapter) -> str:
    """Return where a chapter's quiz is, seen from the guide."""
    title = next(it.title for it in chapter.sections if "<!-- {quiz} -->" in it.text)
    return f"../chapters/{chapter.name}.html#{make_id(title)}"


class Plan(SphinxDirective):
    """The plan of the course: a table of its weeks, then what belongs to each lecture."""

    has_content = True

    def run(self):
        self.env.note_reread()  # there may be another lab
        try:
            found = weeks("\n".join(self.content))
        except ValueError as problem:
            raise self.error(str(problem)) from None
        return [*self.table(found), *map(self.section, lecture.lectures())]

    def table(self, found: list[dict]) -> list[nodes.Node]:
        heads = ["week", "lectures", "reading", "lab", "homework"]
        rows = [[WORDS[it] for it in heads], ["---"] * len(heads)]
        for number, week in enumerate(found, 1):
            names = week["lectures"]
            practice = lab(number)
            rows.append(
                [
                    WORDS["optional"] if optional(week) else str(number),
                    "; ".join(f"{int(it[1:])} {lecture.lectures()[it].title}" for it in names),
                    minutes(names),
                    self.link(practice) if practice else "",
                    ", ".join(f"{{ref}}`{label}`" for label in week["homework"]),
                ]
            )
        return self.parse_text_to_nodes("\n".join(f"| {' | '.join(row)} |" for row in rows))

    def link(self, practice: Chapter) -> str:
        """Return a link to a lab, or its title where the site does not have it."""
        there = f"course/labs/{practice.name}" in self.env.found_docs
        return f"[{practice.title}](labs/{practice.name}.ipynb)" if there else practice.title

    def section(self, name: str) -> nodes.section:
        text = lecture.lectures()[name]
        words = WORDS["optional-lecture" if text.optional else "lecture"]
        title = words.format(number=int(name[1:]), title=text.title)
        section = nodes.section("", nodes.title("", title), ids=[f"plan-{name.lower()}"])
        section += nodes.paragraph("", f"{WORDS['goals']}:")
        section += self.parse_text_to_nodes("\n".join(f"- {goal}" for goal in text.goals))
        deck = nodes.reference("", WORDS["deck"], refuri=f"{name}.html")
        section += nodes.paragraph("", "", deck, nodes.Text(": "))
        section[-1] += self.parse_inline(self.deck(text))[0]
        lines = []
        parts = {
            WORDS["read"].format(minutes=minutes([name])): map(self.place, text.reading),
            WORDS["skips"]: map(self.place, text.skips),
            WORDS["shown"]: (
                WORDS["slide"].format(number=number, title=slide.title)
                for number, slide in enumerate(text.slides, 1)
                if "**Show:**" in slide.notes.words
            ),
        }
        for head, entries in parts.items():
            if entries := list(entries):
                lines.append(f"**{head}:** {'; '.join(entries)}")
        section += self.parse_text_to_nodes("\n\n".join(lines))
        section += nodes.paragraph("", "", nodes.strong("", f"{WORDS['questions']}:"))
        section += self.questions(text)
        return section

    def deck(self, text: lecture.Lecture) -> str:
        """Say how many slides there are, and when the lecture ends or may stop."""
        parts = [WORDS["slides"].format(slides=len(text.slides), clock=_clock(text.slides[-1]))]
        for number, slide in enumerate(text.slides, 1):
            for it in lecture.stops(slide.notes):
                said = WORDS["stop"].format(slide=number, clock=_clock(slide))
                parts.append(f"{said} {joined(it.words)}")
        return " ".join(parts)

    def place(self, name: str) -> str:
        """Return a link to a section, with its number in the book; parts have none."""
        node = book().nodes[book().place(name)]
        return f"{'' if node.parent else number_of(node)} {{ref}}`{node.label}`".strip()

    def questions(self, text: lecture.Lecture) -> nodes.bullet_list:
        found = nodes.bullet_list()
        for it in text.shown:
            if it.name == "question":
                chapter, _, question = lecture.book().question(it.argument, it.options["begins"])
                entry = nodes.list_item("", *self.parse_text_to_nodes(question.text))
                link = nodes.reference("", chapter.title, refuri=quiz_address(chapter))
                entry[-1] += [nodes.Text(" ("), link, nodes.Text(")")]
                found += entry
        return found


def _clock(slide: lecture.Slide) -> str:
    return slide.notes.argument.split()[0]


class Misconception(SphinxDirective):
    """What students believe, the wrong choice of a quiz that shows it, and what to answer."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = dict.fromkeys(("chapter", "question", "choice"), directives.unchanged_required)

    def run(self):
        name = self.options.get("chapter", "")
        try:
            number, question, wrong = choice(
                name, self.options.get("question", ""), self.options.get("choice", "")
            )
        except ValueError as problem:
            raise self.error(str(problem)) from None
        chapter = lecture.book().chapters[name]
        for path in (chapter.path, *lecture.LECTURES.glob("L*.md")):
            self.env.note_dependency(str(path))
        where = asked().get((name, question.text))
        words = WORDS["asked-in" if where else "asked"].format(number=number, lecture=where)
        [asks] = self.parse_text_to_nodes(question.text)
        link = nodes.reference("", words, refuri=quiz_address(chapter))
        asks[:0] = [link, nodes.Text(": ")]
        [says] = self.parse_text_to_nodes(wrong.text)
        says[:0] = [nodes.strong("", WORDS["wrong"]), nodes.Text(" ")]
        asks["classes"] = says["classes"] = ["misconception-choice"]
        belief = self.parse_inline(self.arguments[0])[0]
        box = nodes.container(classes=["misconception"])
        box += nodes.paragraph("", "", nodes.strong("", "", *belief))
        box += [asks, says]
        box += self.parse_content_to_nodes()
        return [box]


class Minutes(SphinxRole):
    """How long sections and the reading of lectures take, by a fast and by a slow reader."""

    def run(self):
        self.env.note_dependency(str(MAP))
        try:
            said = minutes(re.split(r",\s*", self.text))
        except ValueError as problem:
            message = self.inliner.reporter.error(str(problem), line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [nodes.Text(said)], []


def setup(app):
    app.add_directive("plan", Plan)
    app.add_directive("misconception", Misconception)
    app.add_role("minutes", Minutes())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
