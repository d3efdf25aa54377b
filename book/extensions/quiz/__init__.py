"""Quizzes: a question, its choices, and an answer to each choice.

In a notebook a quiz is plain Markdown under a comment, so it reads well wherever notebooks are read
(JupyterLab's MyST extension shows a directive it does not know as an error):

    <!-- {quiz} -->
    Which of these does the bias change?

    - [ ] The direction of the decision line.
      > No: the weights alone set the direction.
    - [x] Its distance from the origin.
      > Yes: the distance is $|b| / \\lVert\\mathbf w\\rVert$.

One right choice gives radio buttons, several give check boxes. On the page it is a form that
quiz.mjs brings to life; without JavaScript the answers open as details.
"""

import hashlib
import re
import string
from html import escape

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from chapter import QUIZ, QUIZ_MARK, question
from extensions.words import Words

logger = logging.getLogger(__name__)

TEXT = Words(
    "quiz",
    {
        "one": "Choose one answer.",
        "several": "Choose all that are right.",
        "answer": "Answer",
        "check": "Check",
        "right": "Correct.",
        "wrong": "Not right yet. Read the note and try again.",
        "none": "Choose an answer first.",
        "answers": "Answers",
        "isRight": "✓",
        "isWrong": "✗",
    },
)
MARK = re.compile(r"\[([ xX])\]\s+")


class quiz(nodes.General, nodes.Element):
    """A question with its choices."""


class quiz_question(nodes.General, nodes.TextElement):
    """The question: the legend of the form."""


class quiz_choice(nodes.General, nodes.Element):
    """One choice (`right`: bool): its label, then the feedback."""


class quiz_label(nodes.General, nodes.TextElement):
    """The words of a choice."""


class quiz_feedback(nodes.General, nodes.Element):
    """What the reader is told about a choice (`right`: bool)."""


class MakeQuizzes(SphinxTransform):
    """Turn each marked question with its list into a quiz."""

    default_priority = 200

    def apply(self):
        marks = [
            raw
            for raw in self.document.findall(nodes.raw)
            if QUIZ_MARK.fullmatch(raw.astext().strip())
        ]
        for number, mark in enumerate(marks, start=1):
            try:
                self._replace(mark, number)
            except ValueError as problem:
                logger.warning("quiz %d: %s", number, problem, location=mark)

    def _replace(self, mark, number):
        block = []  # from the question to the list of choices
        for node in mark.parent[mark.parent.index(mark) + 1 :]:
            if isinstance(node, (nodes.section, nodes.raw)):
                break
            block.append(node)
            if isinstance(node, nodes.bullet_list):
                break
        if not block or not isinstance(block[0], nodes.paragraph):
            raise ValueError("the paragraph under the comment must be the question")
        if not isinstance(block[-1], nodes.bullet_list):
            raise ValueError("under the question there must be a list of choices")
        choices = [self._choice(item) for item in block[-1]]
        if len(choices) < 2:
            raise ValueError("there must be at least two choices")
        if not any(choice["right"] for choice in choices):
            raise ValueError("no choice is marked right: write [x] before a right one")
        for node in block:
            mark.parent.remove(node)
        question = quiz_question("", "", *block[0].children)
        mark.replace_self(quiz("", question, *block[1:-1], *choices, number=number))

    @staticmethod
    def _choice(item):
        """One list item as a choice: its first paragraph, then one block quote of feedback."""
        label, *rest = item.children or [nodes.Text("")]
        mark = MARK.match(label.astext())
        if not isinstance(label, nodes.paragraph) or not mark:
            start = item.astext()[:30]
            raise ValueError(f"a choice must start with [x] or [ ], not with “{start}”")
        words = label.astext()[mark.end() :]
        if [type(child) for child in rest] != [nodes.block_quote]:
            raise ValueError(f"choice “{words}” needs feedback: one block quote (>) under it")
        first = label.children[0]
        label.replace(first, nodes.Text(MARK.sub("", first.astext(), count=1)))
        right = mark[1] != " "
        return quiz_choice(
            "",
            quiz_label("", "", *label.children),
            quiz_feedback("", *rest[0].children, right=right),
            right=right,
        )


def visit_quiz(self, node):
    number = node["number"]
    several = sum(choice["right"] for choice in node.findall(quiz_choice)) > 1
    for index, choice in enumerate(node.findall(quiz_choice)):
        choice["id"] = f"quiz-{number}-{index}"
        choice["input"] = (
            f'<input type="{"checkbox" if several else "radio"}" name="quiz-{number}" '
            f'id="{choice["id"]}" autocomplete="off">'
        )
    hint = escape(TEXT["several" if several else "one"])
    # By this an answer is found again another day, if question and choices are still the same.
    mark = hashlib.sha256(node.astext().encode()).hexdigest()[:8]
    self.body.append(
        f'<form class="quiz book-box" data-quiz="{mark}">'
        f'<fieldset aria-describedby="quiz-{number}-hint">'
    )
    node["hint"] = f'<p class="quiz-hint" id="quiz-{number}-hint">{hint}</p>'


def depart_quiz(self, node):
    results = " ".join(f'data-{it}="{escape(TEXT[it])}"' for it in ("right", "wrong", "none"))
    self.body.append(
        '<div class="quiz-end">'
        f'<button type="submit" class="book-button">{escape(TEXT["check"])}</button>'
        f'<p role="status" {results}></p></div></fieldset></form>\n'
    )


def visit_question(self, node):
    self.body.append("<legend>")


def depart_question(self, node):
    self.body.append(f"</legend>{node.parent['hint']}")


def visit_choice(self, node):
    right = " data-right" if node["right"] else ""
    self.body.append(f'<div class="quiz-choice"{right}>{node["input"]}')


def depart_choice(self, node):
    self.body.append("</div>\n")


def visit_label(self, node):
    self.body.append(f'<label for="{node.parent["id"]}">')


def depart_label(self, node):
    self.body.append("</label>\n")


def visit_feedback(self, node):
    kind = "right" if node["right"] else "wrong"
    self.body.append(
        f'<details class="quiz-feedback quiz-{kind}"><summary>{escape(TEXT["answer"])}</summary>\n'
    )


def depart_feedback(self, node):
    self.body.append("</details>\n")


class PrintQuizzes(SphinxPostTransform):
    """Where there are no forms: lettered choices, then the answers by the same letters."""

    default_priority = 200

    def run(self):
        if self.app.builder.format == "html":
            return
        for node in list(self.document.findall(quiz)):
            choices = [*node.findall(quiz_choice)]
            asked = [it for it in node.children if it not in choices]
            asked[0] = nodes.paragraph("", "", *asked[0].children)
            labels = [nodes.paragraph("", "", *choice[0].children) for choice in choices]
            answers = []
            for choice in choices:
                mark = TEXT["isRight" if choice["right"] else "isWrong"]
                choice[1][0].insert(0, nodes.Text(f"{mark} "))
                answers.append(choice[1].children)
            title = nodes.paragraph("", "", nodes.strong("", TEXT["answers"]))
            folded = nodes.block_quote("", title, self._lettered(answers))
            node.replace_self([*asked, self._lettered([label] for label in labels), folded])

    @staticmethod
    def _lettered(items):
        found = nodes.enumerated_list(enumtype="upperalpha", prefix="", suffix=".")
        found.extend(nodes.list_item("", *item) for item in items)
        return found


def plain(source, texts):
    """Fold the answers of each question away, under lettered choices."""

    def written(match):
        asked = question(match)
        choices, answers = [], []
        for letter, choice in zip(string.ascii_uppercase, asked.choices, strict=False):
            choices.append(f"- **{letter}.** {choice.text}")
            mark = TEXT["isRight" if choice.right else "isWrong"]
            answers.append(f"- **{letter}** {mark} {choice.feedback}")
        summary = f"<details><summary>{TEXT['answers']}</summary>"
        folded = f"{summary}\n\n" + "\n".join(answers) + "\n\n</details>"
        return f"{asked.text}\n\n" + "\n".join(choices) + f"\n\n{folded}\n"

    return QUIZ.sub(written, source)


def setup(app):
    app.add_transform(MakeQuizzes)
    app.add_post_transform(PrintQuizzes)
    app.add_node(quiz, html=(visit_quiz, depart_quiz))
    app.add_node(quiz_question, html=(visit_question, depart_question))
    app.add_node(quiz_choice, html=(visit_choice, depart_choice))
    app.add_node(quiz_label, html=(visit_label, depart_label))
    app.add_node(quiz_feedback, html=(visit_feedback, depart_feedback))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
