"""Questions as learning platforms show them: HTML that stands alone, with its pictures.

The quiz of a chapter is taken from the finished page, where references have their numbers and are
not looked up again. What only the page knows is left out. Figures and equations that a question
refers to come with it. Formulas are MathML with their TeX inside, as on the page.
"""

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from chapter import Chapter
from course.questions.numeric import Numeric
from extensions import formulas
from extensions.decks.pages import Page, inner

MATHML = re.compile(r"<math.*?</math>", re.S)
FORMULA = re.compile(  # with what only TeX, and what only MathML needs
    r"<math(?P<head>[^>]*)><semantics>(?P<mathml>.*?)"
    r'<annotation encoding="application/x-tex">(?P<tex>.*?)</annotation></semantics></math>',
    re.S,
)
KEPT = {"p", "em", "strong", "code", "pre", "ul", "ol", "li", "a"}
TITLE = 70  # characters
TEXT = {"book": "Neurons to Networks", "quiz": "Quiz", "numbers": "{title}: numbers"}


@dataclass(frozen=True)
class Text:
    """HTML, and the files that it shows, by name."""

    html: str
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """One answer of a question."""

    text: Text
    right: bool
    feedback: Text


@dataclass(frozen=True)
class Question:
    """A question with choices, of which one or several are right."""

    id: str
    title: str
    text: Text
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Number:
    """A question whose answer is a number."""

    id: str
    title: str
    text: Text
    answer: float
    tolerance: float
    feedback: Text
    mistakes: tuple[tuple[float, Text], ...]


@dataclass(frozen=True)
class Quiz:
    """What there is of a chapter: its quiz, and its pools of questions with numbers."""

    name: str
    title: str
    questions: tuple[Question, ...]
    pools: dict[str, tuple[Number, ...]]

    @property
    def files(self) -> dict[str, bytes]:
        """All files that its questions show."""
        texts = [it.text for it in self.questions]
        texts += [
            part for q in self.questions for it in q.choices for part in (it.text, it.feedback)
        ]
        return {name: content for text in texts for name, content in text.files.items()}


def plain(html: str) -> str:
    """Return HTML as words."""
    html = FORMULA.sub(r"\g<mathml>", html)
    return " ".join(BeautifulSoup(html, "html.parser").get_text().split())


def title(number: str, html: str) -> str:
    """Return a short name for a list of questions."""
    return f"{number} {textwrap.shorten(plain(html), TITLE, placeholder=' …')}"


# ---- From a page -----------------------------------------------------------------------------


class Source:
    """The finished page of a chapter; `site` is its address in the net, if it has one."""

    def __init__(self, page: Page, chapter: Chapter, site: str = ""):
        self.page, self.chapter = page, chapter
        self.base = f"{site}/chapters/{page.name}.html" if site else ""
        self.figures = {it.name: it for it in chapter.figures}
        self.number = page.name.partition("-")[0].lstrip("0")

    def questions(self) -> tuple[Question, ...]:
        places = self.page.all('<form class="quiz')
        if len(places) != len(self.chapter.questions):
            raise ValueError(
                f"{self.page.name}.html has {len(places)} questions, its chapter has "
                f"{len(self.chapter.questions)}: run make book"
            )
        return tuple(self.question(*it) for it in enumerate(places, 1))

    def question(self, index: int, place: int) -> Question:
        form = BeautifulSoup(self.page.part(place), "html.parser")
        asked = form.new_tag("div")
        for part in form.fieldset.find_all(True, recursive=False):
            if part.name == "legend":
                part.name = "p"
            elif {"quiz-hint", "quiz-choice", "quiz-end"} & {*part.get("class", [])}:
                continue
            asked.append(part)
        choices = []
        for choice in form.select(".quiz-choice"):
            feedback = choice.details
            feedback.summary.decompose()
            right = choice.has_attr("data-right")
            choices.append(Choice(self.text(choice.label), right, self.text(feedback)))
        text = self.text(asked)
        name = title(f"{self.number}.{index}", text.html)
        return Question(f"quiz-{self.page.name}-{index}", name, text, tuple(choices))

    def text(self, tag: Tag, alone: bool = True) -> Text:
        """Return what an element holds; if it is to stand alone, with what it refers to."""
        for formula in tag.select(".math"):
            formula.replace_with(formula.math)
        files, shown = {}, []
        for link in tag.find_all("a"):
            name = link["href"].removeprefix("#")
            if alone and name in self.figures:
                files[f"{name}.png"] = self.figures[name].png
                shown.append(self.figure(name))
            elif alone and name.startswith("equation-"):
                shown.append(self.equation(name))
            if self.base:
                link["href"] = urljoin(self.base, link["href"])
            else:
                link.unwrap()
        for part in tag.find_all(True):
            if part.name == "math" or part.find_parent("math"):
                continue
            if part.name in ("span", "div"):
                part.unwrap()
            elif part.name in KEPT:
                part.attrs = {"href": part["href"]} if part.name == "a" else {}
            else:
                raise ValueError(f"{self.page.name}.html: no rule for <{part.name}> in a question")
        return Text(inner(tag) + "".join(shown), files)

    def figure(self, name: str) -> str:
        part = self.page.soup(self.page.part(self.page.start(f'id="{name}"')))
        number = part.select_one(".caption-number").get_text(strip=True)
        caption = self.text(part.select_one(".caption-text"), alone=False).html
        alt = escape(self.figures[name].alt)
        return f'<p><img src="{name}.png" alt="{alt}"/></p><p>{number}: {caption}</p>'

    def equation(self, anchor: str) -> str:
        part = self.page.part(self.page.start(f'id="{anchor}"'))
        number = re.search(r'class="eqno">(.*?)<', part)[1]
        return f"<p>{number} {MATHML.search(part)[0]}</p>"


# ---- From Markdown ---------------------------------------------------------------------------


def _math(display: bool) -> Callable:
    def rule(self, tokens, index, options, env):
        return MATHML.search(formulas.render(tokens[index].content.strip(), display))[0]

    return rule


MARKDOWN = MarkdownIt("commonmark", {"html": False}).use(dollarmath_plugin)
MARKDOWN.add_render_rule("math_inline", _math(False))
MARKDOWN.add_render_rule("math_block", _math(True))


def written(markdown: str) -> Text:
    """Return Markdown as HTML."""
    return Text(MARKDOWN.render(markdown).strip())


def number(question: Numeric, pool: str) -> Number:
    """Return one question of a pool."""
    text = written(question.text)
    mistakes = tuple((value, written(words)) for value, words in question.mistakes)
    return Number(
        question.id,
        title(question.id.removeprefix(f"{pool}-"), text.html),
        text,
        question.answer,
        question.tolerance,
        written(question.feedback),
        mistakes,
    )


def quizzes(out: Path, folder: Path, pools: dict[int, dict], site: str = "") -> list[Quiz]:
    """Return what there is of each chapter that has a quiz.

    `out` is the built book, `folder` that of the chapters; `pools` holds lists of `Numeric`, by
    number of the chapter and name of the pool.
    """
    found = []
    for path in sorted(folder.glob("*.ipynb")):
        chapter = Chapter(path)
        source = Source(Page(out, chapter), chapter, site)
        own = pools.get(int(source.number), {}) if source.number.isdecimal() else {}
        found.append(
            Quiz(
                chapter.name,
                f"{source.number} {chapter.title}",
                source.questions(),
                {name: tuple(number(it, name) for it in own[name]) for name in own},
            )
        )
    return found
