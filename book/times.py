"""How long a chapter takes: its words, formulas, lines of code and figures, at stated rates.

Usage: python book/times.py chapters/01-neurons.ipynb ...

writes the line **Time** in the opening box of these chapters; what follows its semicolon, the time
to run, is the author's. The page for instructors shows the times of all sections, and these rates.

There are two readers, a fast one and a slow one. The rates are estimates. NOBODY HAS MEASURED THEM
ON READERS, and authors' estimates are often too short. Reading is what stands on the page unfolded:
folded code is not counted, and neither are outputs other than figures, nor what a reader spends on
changing cells. Quiz and exercises are counted apart.
"""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from canonical import canonical
from chapter import QUIZ, ROLE, TARGET, WIDGET, Chapter, Section

QUESTION = 2  # minutes for a question of the quiz
EXERCISE = {"easy": 15, "medium": 30, "hard": 60}  # minutes, by level

FOLDED = {"hide-input", "hide-cell"}
DISPLAYED = re.compile(r"\$\$.+?\$\$(?: *\([\w:-]+\))?", re.DOTALL)
INLINE = re.compile(r"\$[^$]+\$")
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
FENCE = re.compile(r"^(?::::+|```).*\n?(?:^:\w+:.*\n)*", re.MULTILINE)
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
WORD = re.compile(r"\w+(?:[.,'’–-]\w+)*")

LINE = re.compile(r"^\*\*Time:\*\* (?P<reading>[^;]*?); (?P<running>[^;]*?)$(?=\n:::)", re.M | re.S)


@dataclass(frozen=True)
class Reader:
    """How fast somebody reads."""

    words: float  # in a minute
    formula: float  # seconds for one that is displayed, with its derivation
    inline: float  # seconds for one within a line
    line: float  # seconds for a line of code
    figure: float  # seconds, its caption included


FAST = Reader(words=240, formula=30, inline=2, line=3, figure=24)
SLOW = Reader(words=160, formula=90, inline=4, line=7, figure=45)


@dataclass(frozen=True)
class Amount:
    """What there is to read."""

    words: int = 0
    formulas: int = 0
    inline: int = 0
    lines: int = 0
    figures: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(**{name: n + getattr(other, name) for name, n in vars(self).items()})

    def minutes(self, reader: Reader) -> float:
        return (
            self.words / reader.words
            + (
                self.formulas * reader.formula
                + self.inline * reader.inline
                + self.lines * reader.line
                + self.figures * reader.figure
            )
            / 60
        )


def amount(section: Section) -> Amount:
    """Count what a section holds, its parts included, but no quiz and no exercise."""
    if re.search(r"^(?::::|```)\{exercise", section.text, re.MULTILINE):
        return Amount()  # the section of the exercises
    found = sum(map(amount, section.parts), Amount())
    for cell in section.cells:
        found += _of_text(cell.source) if cell.cell_type == "markdown" else _of_code(cell)
    return found


def _of_code(cell: nbformat.NotebookNode) -> Amount:
    folded = FOLDED & set(cell.metadata.get("tags", []))
    lines = 0 if folded else sum(bool(line.strip()) for line in cell.source.splitlines())
    figures = sum("image/png" in output.get("data", {}) for output in cell.outputs)
    return Amount(lines=lines, figures=figures)


def _of_text(text: str) -> Amount:
    text, widgets = WIDGET.subn("", QUIZ.sub("", LINE.sub("", text) + "\n"))
    text, formulas = DISPLAYED.subn("", TARGET.sub("", text))
    text, inline = INLINE.subn("", text)
    text = FENCE.sub("", COMMENT.sub("", text))
    text = ROLE.sub(lambda match: match["text"] or match["to"] or match["alone"], text)
    words = len(WORD.findall(LINK.sub(r"\1", text)))
    return Amount(words, formulas, inline, figures=widgets)


def reading(sections: Iterable[Section]) -> tuple[float, float]:
    """Return the minutes that these sections take to read, by a fast and by a slow reader."""
    total = sum(map(amount, sections), Amount())
    return total.minutes(FAST), total.minutes(SLOW)


def quiz(chapter: Chapter) -> int:
    """Return the minutes for all questions."""
    return QUESTION * len(chapter.questions)


def exercises(chapter: Chapter) -> int:
    """Return the minutes for all exercises."""
    return sum(EXERCISE[exercise.level] for exercise in chapter.exercises.values())


def line(chapter: Chapter) -> str:
    """Return what the line Time says of reading, quiz and exercises."""
    fast, slow = (5 * round(minutes / 5) for minutes in reading(chapter.sections))
    parts = [f"{fast} to {slow} minutes to read"]
    if chapter.questions:
        parts.append(f"{quiz(chapter)} for the quiz")
    if chapter.exercises:
        halves = (exercises(chapter) + 15) // 30
        parts.append(f"{halves // 2}{'½' * (halves % 2)} hours for all exercises")
    return ", ".join(parts)


def write(path: Path) -> None:
    """Bring the line Time of a chapter up to date."""
    chapter = Chapter(path)
    opening = chapter.cells[0]
    found = LINE.search(opening.source)
    if not found:
        raise ValueError(f"{path}: the opening box ends with no '**Time:** ...; 1 minute to run.'")
    new = f"**Time:** {line(chapter)}; {' '.join(found['running'].split())}"
    opening.source = opening.source[: found.start()] + new + opening.source[found.end() :]
    nbformat.write(canonical(chapter.notebook), path)


def rounded(sections: Iterable[Section]) -> tuple[int, int]:
    """Return the minutes that these sections take to read, in whole ones."""
    fast, slow = (max(1, round(it)) for it in reading(sections))
    return fast, slow


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write(Path(name))
