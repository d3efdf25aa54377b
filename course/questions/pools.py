"""Numeric questions: five pools a chapter, and as many variants of each as one wants.

A pool is a function of templates/, which draws numbers and computes the answer, and its words in
the file of the same name: the question, how the answer is found, and what to say to each of the
typical wrong answers.

    for pool in pools():
        for question in pool.variants("practice"):
            print(question.text, question.answer)
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml
from jinja2 import Environment, StrictUndefined

from course.homework.assignment import generator
from course.questions.draw import Drawn
from course.questions.numeric import Numeric

TEMPLATES = Path(__file__).parent / "templates"
CHAPTERS = ("neurons", "networks", "activations", "losses", "backprop")
CHAPTERS += ("optim", "training", "wrong", "frameworks", "outlook")
VARIANTS = 30
EXACT = 0.001  # the tolerance of answers that need no rounding
ROUND = {1: "Give one decimal.", 2: "Give two decimals.", 3: "Give three decimals."}
ROUND |= {4: "Give four decimals."}


def show(value: object) -> object:
    """Return a number as one writes it, and a vector in parentheses."""
    if isinstance(value, list | tuple | np.ndarray):
        return f"({', '.join(str(show(it)) for it in value)})"
    if isinstance(value, int | float | np.number):
        return f"{round(float(value), 10) + 0.0:.10g}"  # never -0
    return value


def plus(value: float) -> str:
    """Return what is added to something, with its sign."""
    return f"{'-' if value < 0 else '+'} {show(abs(value))}"


WRITER = Environment(undefined=StrictUndefined, finalize=show)
WRITER.filters["plus"] = plus


@cache
def _template(words: str):
    return WRITER.from_string(words)


def fill(words: str, values: dict[str, object]) -> str:
    """Return the words with their numbers; a name that has none is an error."""
    return _template(words).render(values).strip()


@dataclass(frozen=True)
class Pool:
    """One question with other numbers each time."""

    id: str  # such as neurons-distance
    chapter: int
    words: dict  # text, feedback, mistakes by name, and to how many decimals one rounds
    draw: Callable[[np.random.Generator], Drawn]

    def variant(self, rng: np.random.Generator, number: int = 1) -> Numeric:
        """Return a question whose wrong answers differ from the right one and from each other."""
        while True:
            drawn = self.draw(rng)
            tolerance = 10.0 ** -self.words["round"] if "round" in self.words else EXACT
            told = sorted([drawn.answer, *drawn.mistakes.values()])
            if min(np.diff(told)) > 2 * tolerance:
                break
        if drawn.mistakes.keys() != self.words["mistakes"].keys():
            raise ValueError(f"{self.id}: words and code do not name the same mistakes")
        values = drawn.values | {"answer": drawn.answer}
        text = fill(self.words["text"], values)
        return Numeric(
            id=f"{self.id}-{number:02}",
            chapter=self.chapter,
            text=f"{text} {ROUND[self.words['round']]}" if "round" in self.words else text,
            answer=float(drawn.answer),
            tolerance=tolerance,
            feedback=fill(self.words["feedback"], values),
            mistakes=tuple(
                (float(value), fill(self.words["mistakes"][name], values))
                for name, value in drawn.mistakes.items()
            ),
        )

    def variants(self, seed: str, count: int = VARIANTS) -> list[Numeric]:
        """Return different questions, which follow from the seed."""
        rng = generator(seed, self.id)
        found: dict[str, Numeric] = {}
        for _ in range(100 * count):
            question = self.variant(rng, len(found) + 1)
            found.setdefault(question.text, question)
            if len(found) == count:
                return list(found.values())
        raise ValueError(f"{self.id}: there are only {len(found)} different questions, not {count}")


@cache
def pools() -> tuple[Pool, ...]:
    """Return all pools, chapter by chapter."""
    found = []
    for number, chapter in enumerate(CHAPTERS, 1):
        module = importlib.import_module(f"course.questions.templates.{chapter}")
        words = yaml.safe_load((TEMPLATES / f"{chapter}.yml").read_text(encoding="utf-8"))
        found += [
            Pool(f"{chapter}-{name.replace('_', '-')}", number, entry, getattr(module, name))
            for name, entry in words.items()
        ]
    return tuple(found)
