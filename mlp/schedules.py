"""Schedules (chapter 6): the learning rate as a function η(t) of the number of the step, from 0.

Given to an optimizer as its `learning_rate`. Settings out of their range raise ValueError, those of
a wrong type TypeError.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from mlp import _checks


class StepDecay:
    """η(t) = initial · factor^⌊t / every⌋: a staircase.

    Parameters
    ----------
    initial : float >= 0
    every : int
        The steps between two drops.
    factor : float in (0, 1]

    Examples
    --------
    >>> [StepDecay(1.0, every=2, factor=0.5)(step) for step in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, initial: float, every: int, factor: float):
        self.initial = _checks.number("initial", initial, 0)
        self.every = _checks.count("every", every)
        self.factor = _checks.number("factor", factor, 0, 1, open_low=True)

    def __call__(self, step: int) -> float:
        return self.initial * self.factor ** (step // self.every)

    __repr__ = _checks.described


class ExponentialDecay:
    """η(t) = initial · e^(-rate · t).

    Parameters
    ----------
    initial : float >= 0
    rate : float >= 0
        The share by which η shrinks in a step, when small.

    Examples
    --------
    >>> [round(ExponentialDecay(1.0, rate=0.1)(step), 3) for step in (0, 10)]
    [1.0, 0.368]
    """

    def __init__(self, initial: float, rate: float):
        self.initial = _checks.number("initial", initial, 0)
        self.rate = _checks.number("rate", rate, 0)

    def __call__(self, step: int) -> float:
        return self.initial * math.exp(-self.rate * step)

    __repr__ = _checks.described


class CosineDecay:
    """η(t) = final + (initial - final) (1 + cos(π t / steps)) / 2 until `steps`, then `final`.

    Parameters
    ----------
    initial : float >= 0
    steps : int
    final : float >= 0

    References
    ----------
    Loshchilov and Hutter (2017), SGDR: stochastic gradient descent with warm restarts, ICLR
    (here without restarts).

    Examples
    --------
    >>> [round(CosineDecay(1.0, steps=4)(step), 3) for step in (0, 2, 4, 9)]
    [1.0, 0.5, 0.0, 0.0]
    """

    def __init__(self, initial: float, steps: int, final: float = 0.0):
        self.initial = _checks.number("initial", initial, 0)
        self.steps = _checks.count("steps", steps)
        self.final = _checks.number("final", final, 0)

    def __call__(self, step: int) -> float:
        fraction = min(step / self.steps, 1)
        return self.final + (self.initial - self.final) * (1 + math.cos(math.pi * fraction)) / 2

    __repr__ = _checks.described


class Warmup:
    """η rises in equal parts to the first rate of `then` over `steps` steps; then follows `then`.

    η(t) = then(0) · (t + 1) / steps for t < steps, then(t - steps) after that.

    Parameters
    ----------
    steps : int
    then : float >= 0 or schedule
        What follows; its own steps are counted from the end of the warmup.

    References
    ----------
    Goyal et al. (2017), Accurate, large minibatch SGD: training ImageNet in 1 hour,
    arXiv:1706.02677, section 2.2.

    Examples
    --------
    >>> [Warmup(4, then=1.0)(step) for step in range(6)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    """

    def __init__(self, steps: int, then: float | Callable[[int], float]):
        self.steps = _checks.count("steps", steps)
        self.then = _checks.rate("then", then)

    def __call__(self, step: int) -> float:
        then = self.then if callable(self.then) else lambda _: self.then
        return then(0) * (step + 1) / self.steps if step < self.steps else then(step - self.steps)

    __repr__ = _checks.described
