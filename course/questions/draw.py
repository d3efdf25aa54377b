"""Draw numbers that are friendly to calculate with by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Drawn:
    """What a template draws: the numbers of a question, its answer, and wrong ones by name."""

    values: dict[str, object]  # numbers and vectors, by their names in the words
    answer: float
    mistakes: dict[str, float]


def pick(rng: np.random.Generator, choices: Sequence):
    """Return one of the choices, as it stands there."""
    return choices[rng.integers(len(choices))]


def picks(rng: np.random.Generator, choices: Sequence, count: int) -> list:
    """Return several of the choices; one may come twice."""
    return [pick(rng, choices) for _ in range(count)]


def some(rng: np.random.Generator, choices: Sequence, count: int) -> list:
    """Return several of the choices, each at most once."""
    return [choices[i] for i in rng.permutation(len(choices))[:count]]


SMALL = (-3, -2, -1, 1, 2, 3)  # weights and inputs
