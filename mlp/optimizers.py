"""Optimizers (chapter 6): how the gradient becomes a step.

`step(parameters, gradients)` updates the vector θ in place. g stands for ∂L/∂θ, η for the learning
rate, t for the number of the step, from 1. Conventions and defaults are PyTorch's, except that
`SGD` has no default rate. `learning_rate` is a number >= 0 or a schedule, called with the step from
0. Bad settings raise ValueError or TypeError.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from mlp import _checks

# Vectors are walked in pieces, so that the temporary of each operation stays in the cache.
_PIECE = 65_536
# Averages of gradients that stay 0 (pixels that are never lit) decay toward 0 without end, through
# numbers so small that processors handle them ten times slower. Every so often they become 0.
_FLUSH_EVERY = 128


class Optimizer:
    """What all optimizers share; a subclass says its number of states and, in `_update`, a step.

    Examples
    --------
    >>> class SignDescent(Optimizer):
    ...     def _update(self, theta, g, states, work, rate):
    ...         theta -= rate * np.sign(g)
    >>> theta = np.array([1.0, 1.0])
    >>> SignDescent(0.5).step(theta, np.array([7.0, -0.01])); theta
    array([0.5, 1.5])
    """

    _n_states = 0
    _parameters: np.ndarray | None = None
    _gradients: np.ndarray | None = None

    def __init__(self, learning_rate: float | Callable[[int], float]):
        self.learning_rate = _checks.rate("learning_rate", learning_rate)
        self._steps = 0
        self._states: list[np.ndarray] = []

    def step(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Update `parameters` in place.

        Both are contiguous float arrays of one shape, and the parameters are the same array at
        every call: momentum, averages and the step number of a schedule belong to it. Else
        ValueError or TypeError is raised; but `SGD` without momentum, at a constant rate, remembers
        nothing and takes any array. A copy of an optimizer may go on with another array.
        """
        if (
            parameters is not self._parameters
            or gradients is not self._gradients
            or len(self._states) != self._n_states
        ):
            self._prepare(parameters, gradients)
        rate = self.learning_rate
        if callable(rate):
            rate = _checks.number("learning_rate(step)", rate(self._steps), 0)
        self._steps += 1
        for theta, g, *states, work in self._pieces:
            self._update(theta, g, states, work, rate)
        if self._steps % _FLUSH_EVERY == 0:
            for state in self._states:
                state *= np.abs(state) > 1e8 * np.finfo(state.dtype).tiny

    def _prepare(self, parameters, gradients) -> None:
        """Make the states, if need be, and cut all vectors into pieces."""
        for name, array in (("parameters", parameters), ("gradients", gradients)):
            if not (isinstance(array, np.ndarray) and array.flags.c_contiguous):
                raise TypeError(f"{name} must be a contiguous array, got {type(array).__name__}")
            if array.dtype not in _checks.FLOATS or array.dtype != parameters.dtype:
                raise TypeError(f"{name} must be float32 or float64 alike, got {array.dtype}")
        _checks.same_shape("gradients", gradients, parameters)
        if self._steps and (self._states or callable(self.learning_rate)):
            self._refuse_another(parameters)
        if len(self._states) != self._n_states:
            self._states = [np.zeros_like(parameters) for _ in range(self._n_states)]
        self._parameters, self._gradients = parameters, gradients
        work = np.empty(min(_PIECE, parameters.size), parameters.dtype)
        flat = [a.reshape(-1) for a in (parameters, gradients, *self._states)]
        self._pieces = [
            (*(a[i : i + _PIECE] for a in flat), work[: min(_PIECE, parameters.size - i)])
            for i in range(0, parameters.size, _PIECE)
        ]

    def _refuse_another(self, parameters: np.ndarray) -> None:
        """Raise ValueError if these are not the parameters of the steps before."""
        known = [a for a in (self._parameters, *self._states) if a is not None]
        same = all(a.shape == parameters.shape and a.dtype == parameters.dtype for a in known)
        if self._parameters is not None:  # in a copy that has not been used yet, it is
            same = same and _address(parameters) == _address(self._parameters)
        if not same:
            raise ValueError(
                f"parameters must stay the same array, {known[0].dtype} of shape {known[0].shape}, "
                f"got another, {parameters.dtype} of shape {parameters.shape}; make a new optimizer"
            )

    def _update(self, theta, g, states, work, rate) -> None:
        """Make the step on one piece of θ, g and each state, with `work` for what is in between."""
        raise NotImplementedError

    def __getstate__(self) -> dict:
        # A copy holds no views of the original's arrays, and none that would be copies of views.
        own = ("_pieces", "_parameters", "_gradients")
        return {name: value for name, value in vars(self).items() if name not in own}

    __repr__ = _checks.described


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


class SGD(Optimizer):
    """Gradient descent with momentum: v ← μ v + g, θ ← θ - η v; without momentum θ ← θ - η g.

    Nesterov's form looks one step ahead: θ ← θ - η (g + μ v). Weight decay adds λ θ to g first.
    Equal to PyTorch's ``SGD`` (dampening 0). Other texts put η inside v; for a constant η the path
    is the same.

    Parameters
    ----------
    learning_rate : float or schedule
    momentum : float in [0, 1)
        μ.
    nesterov : bool
    weight_decay : float >= 0
        λ: L2 regularization, of all parameters, the biases included.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.
    Sutskever, Martens, Dahl and Hinton (2013), On the importance of initialization and momentum
    in deep learning, ICML (Nesterov's form).

    Examples
    --------
    >>> theta, g = np.array([1.0]), np.array([2.0])
    >>> sgd = SGD(0.1, momentum=0.5)
    >>> sgd.step(theta, g); theta
    array([0.8])
    >>> sgd.step(theta, g); theta
    array([0.5])
    """

    def __init__(
        self,
        learning_rate: float | Callable[[int], float],
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ):
        super().__init__(learning_rate)
        self.momentum = _checks.number("momentum", momentum, 0, 1, open_high=True)
        self.nesterov = bool(nesterov)
        self.weight_decay = _checks.number("weight_decay", weight_decay, 0)
        if nesterov and not momentum:
            raise ValueError("nesterov needs momentum > 0, got momentum=0")

    @property
    def _n_states(self) -> int:
        return 1 if self.momentum else 0

    def _update(self, theta, g, states, work, rate):
        if self.weight_decay:
            np.multiply(theta, self.weight_decay, out=work)
            g = np.add(g, work, out=work)
        if self.momentum:
            (v,) = states
            v *= self.momentum
            v += g
            g = np.add(g, self.momentum * v, out=work) if self.nesterov else v
        theta -= np.multiply(g, rate, out=work)


class AdaGrad(Optimizer):
    """s ← s + g², θ ← θ - η g / (√s + ε): each parameter's rate shrinks with its own history.

    Equal to PyTorch's ``Adagrad``, with ε outside the root.

    Parameters
    ----------
    learning_rate : float or schedule
    eps : float > 0

    References
    ----------
    Duchi, Hazan and Singer (2011), Adaptive subgradient methods for online learning and stochastic
    optimization, Journal of Machine Learning Research 12.

    Examples
    --------
    >>> theta = np.array([1.0, 1.0])
    >>> AdaGrad(0.1).step(theta, np.array([5.0, -0.01])); theta
    array([0.9, 1.1])
    """

    _n_states = 1

    def __init__(self, learning_rate: float | Callable[[int], float] = 0.01, eps: float = 1e-10):
        super().__init__(learning_rate)
        self.eps = _checks.number("eps", eps, 0, open_low=True)

    def _update(self, theta, g, states, work, rate):
        (s,) = states
        s += np.multiply(g, g, out=work)
        np.sqrt(s, out=work)
        work += self.eps
        np.divide(g, work, out=work)
        work *= rate
        theta -= work


class RMSprop(Optimizer):
    """s ← α s + (1 - α) g², θ ← θ - η g / (√s + ε): AdaGrad that forgets.

    Equal to PyTorch's ``RMSprop`` (α = 0.99, ε outside the root). Keras has α = 0.9 and ε inside.

    Parameters
    ----------
    learning_rate : float or schedule
    alpha : float in [0, 1)
        How much of the average of squares stays at each step.
    eps : float > 0

    References
    ----------
    Tieleman and Hinton (2012), Lecture 6.5 of Neural networks for machine learning, Coursera.

    Examples
    --------
    >>> theta = np.array([1.0])
    >>> RMSprop(0.01).step(theta, np.array([3.0])); theta.round(6)
    array([0.9])
    """

    _n_states = 1

    def __init__(
        self,
        learning_rate: float | Callable[[int], float] = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
    ):
        super().__init__(learning_rate)
        self.alpha = _checks.number("alpha", alpha, 0, 1, open_high=True)
        self.eps = _checks.number("eps", eps, 0, open_low=True)

    def _update(self, theta, g, states, work, rate):
        (s,) = states
        s *= self.alpha
        np.multiply(g, g, out=work)
        work *= 1 - self.alpha
        s += work
        np.sqrt(s, out=work)
        work += self.eps
        np.divide(g, work, out=work)
        work *= rate
        theta -= work


class Adam(Optimizer):
    """Momentum over RMSprop, both corrected for their start at 0.

    m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², then with m̂ = m / (1 - β₁ᵗ) and
    v̂ = v / (1 - β₂ᵗ): θ ← θ - η m̂ / (√v̂ + ε).

    Equal to PyTorch's ``Adam`` (ε outside the root, after the correction).

    Parameters
    ----------
    learning_rate : float or schedule
    beta1, beta2 : float in [0, 1)
        How much of the averages of g and g² stays at each step.
    eps : float > 0

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization, ICLR, algorithm 1.

    Examples
    --------
    The first step moves each parameter by η, whatever the size of its gradient, if that is well
    above ε:

    >>> theta = np.array([1.0, 1.0])
    >>> Adam(0.1).step(theta, np.array([5.0, -0.01])); theta.round(6)
    array([0.9, 1.1])
    """

    _n_states = 2

    def __init__(
        self,
        learning_rate: float | Callable[[int], float] = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ):
        super().__init__(learning_rate)
        self.beta1 = _checks.number("beta1", beta1, 0, 1, open_high=True)
        self.beta2 = _checks.number("beta2", beta2, 0, 1, open_high=True)
        self.eps = _checks.number("eps", eps, 0, open_low=True)

    def _update(self, theta, g, states, work, rate):
        m, v = states
        # They are kept without their factors 1 - β, which saves two passes over the vector; the
        # factors and both corrections go into two numbers: θ ← θ - scale · m / (√v + eps).
        m *= self.beta1
        m += g
        v *= self.beta2
        v += np.multiply(g, g, out=work)
        root = math.sqrt((1 - self.beta2) / (1 - self.beta2**self._steps))
        scale = rate * (1 - self.beta1) / (1 - self.beta1**self._steps) / root
        np.sqrt(v, out=work)
        work += self.eps / root
        np.divide(m, work, out=work)
        work *= scale
        theta -= work


class AdamW(Adam):
    """Adam with decoupled weight decay: θ ← θ - η λ θ, then Adam's step on g alone.

    Equal to PyTorch's ``AdamW``. Decay inside g, as in `SGD`, would be divided by √v̂ and so bind
    most where gradients are small; here it shrinks all parameters alike, the biases, too.

    Parameters
    ----------
    learning_rate, beta1, beta2, eps
        As for `Adam`.
    weight_decay : float >= 0
        λ.

    References
    ----------
    Loshchilov and Hutter (2019), Decoupled weight decay regularization, ICLR.

    Examples
    --------
    >>> theta = np.array([1.0])
    >>> AdamW(0.1, weight_decay=0.5).step(theta, np.array([0.0])); theta
    array([0.95])
    """

    def __init__(
        self,
        learning_rate: float | Callable[[int], float] = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        super().__init__(learning_rate, beta1, beta2, eps)
        self.weight_decay = _checks.number("weight_decay", weight_decay, 0)

    def _update(self, theta, g, states, work, rate):
        theta *= 1 - rate * self.weight_decay
        super()._update(theta, g, states, work, rate)
