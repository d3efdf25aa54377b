"""Questions as Moodle XML, which any Moodle imports into a question bank.

A chapter has a category for its quiz and one for each pool, from which a test takes random
questions. Formulas are TeX between backslash and parenthesis, which Moodle's filter shows.
"""

import base64
import re
from xml.etree import ElementTree as ET

from course.questions.content import FORMULA, TEXT, Number, Question, Quiz, Text

# Of one thing in so many parts, Moodle accepts the share; the numbers are those of its own list.
PARTS = (*range(1, 11), 20)


def tex(match: re.Match) -> str:
    """Return a formula as Moodle's filter reads it."""
    left, right = (r"\[", r"\]") if 'display="block"' in match["head"] else (r"\(", r"\)")
    return f"{left}{match['tex']}{right}"


def fraction(parts: int) -> str:
    """Return the share of one of so many answers, in percent, as Moodle writes it."""
    if parts not in PARTS:
        raise ValueError(f"Moodle has no share for one answer of {parts}")
    return f"{100 / parts:.5f}".rstrip("0").rstrip(".")


def add(parent: ET.Element, tag: str, text: Text) -> ET.Element:
    """Add an element with a text."""
    element = ET.SubElement(parent, tag, format="html")
    write(element, text)
    return element


def write(element: ET.Element, text: Text) -> None:
    """Write a text with its files into an element."""
    html = FORMULA.sub(tex, text.html)
    for name in text.files:
        html = html.replace(f'src="{name}"', f'src="@@PLUGINFILE@@/{name}"')
    ET.SubElement(element, "text").text = html
    for name, content in text.files.items():
        file = ET.SubElement(element, "file", name=name, path="/", encoding="base64")
        file.text = base64.b64encode(content).decode()


def value(parent: ET.Element, share: str, number: float, tolerance: float) -> ET.Element:
    """Add a number as an answer."""
    answer = ET.SubElement(parent, "answer", fraction=share, format="moodle_auto_format")
    ET.SubElement(answer, "text").text = f"{number:.12g}"
    ET.SubElement(answer, "tolerance").text = f"{tolerance:.12g}"
    return answer


def new(parent: ET.Element, kind: str, it: Question | Number) -> ET.Element:
    """Add what all questions have."""
    question = ET.SubElement(parent, "question", type=kind)
    ET.SubElement(ET.SubElement(question, "name"), "text").text = it.title
    add(question, "questiontext", it.text)
    ET.SubElement(question, "defaultgrade").text = "1"
    ET.SubElement(question, "idnumber").text = it.id
    return question


def choices(parent: ET.Element, it: Question) -> None:
    """Add a question with choices.

    If several are right, each is worth its share, and each wrong one costs its share: who ticks
    everything, or nothing, gets nothing.
    """
    right = sum(choice.right for choice in it.choices)
    several = right > 1
    question = new(parent, "multichoice", it)
    ET.SubElement(question, "single").text = "false" if several else "true"
    ET.SubElement(question, "shuffleanswers").text = "true"
    ET.SubElement(question, "answernumbering").text = "abc"
    for choice in it.choices:
        if choice.right:
            share = fraction(right)
        else:
            share = f"-{fraction(len(it.choices) - right)}" if several else "0"
        answer = ET.SubElement(question, "answer", fraction=share, format="html")
        write(answer, choice.text)
        add(answer, "feedback", choice.feedback)


def number(parent: ET.Element, it: Number) -> None:
    """Add a question with a number: Moodle says to each known mistake what it is."""
    question = new(parent, "numerical", it)
    add(question, "generalfeedback", it.feedback)
    value(question, "100", it.answer, it.tolerance)
    for wrong, words in it.mistakes:
        add(value(question, "0", wrong, it.tolerance), "feedback", words)


def category(root: ET.Element, *names: str) -> None:
    """Say in which category the next questions are."""
    path = "/".join(name.replace("/", "//") for name in ("top", TEXT["book"], *names))
    question = ET.SubElement(root, "question", type="category")
    ET.SubElement(ET.SubElement(question, "category"), "text").text = f"$course$/{path}"


def document(quiz: Quiz) -> bytes:
    """Return the file of a chapter."""
    root = ET.Element("quiz")
    category(root, quiz.title, TEXT["quiz"])
    for it in quiz.questions:
        choices(root, it)
    for name, variants in quiz.pools.items():
        category(root, quiz.title, name)
        for it in variants:
            number(root, it)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)
