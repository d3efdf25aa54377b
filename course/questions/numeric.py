"""A question whose answer is a number."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Numeric:
    """One variant of a numeric question: what the learning platforms and the book show of it."""

    id: str  # such as neurons-distance-07
    chapter: int
    text: str  # Markdown with $formulas$
    answer: float
    tolerance: float  # an answer may be as far away as this
    feedback: str  # how the answer is found
    mistakes: tuple[tuple[float, str], ...]  # typical wrong values, each with what to say to it

    def right(self, value: float) -> bool:
        """Return whether a value is near enough to the answer."""
        return abs(value - self.answer) <= self.tolerance
