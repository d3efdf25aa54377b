"""Backpropagation (chapter 5): three ways to a gradient, so that each can check the others.

By hand in `forward` and `backward` of the layers, by differences in `numerical_gradient`, and by
a graph of scalars in `Value`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real

import numpy as np

from mlp import _checks
from mlp._layer import Layer


def numerical_gradient(
    function: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-5
) -> np.ndarray:
    """Return ∂f/∂x by central differences: (f(x + h eᵢ) - f(x - h eᵢ)) / 2h for each element i.

    The error of the formula falls with h², that of rounding grows with 1/h; in float64 they meet
    near h = 1e-5. It costs two calls for each element: a check, not a way to train.

    Parameters
    ----------
    function : callable
        Called with `x`, returns a number. `x` is changed in place for each call and restored, so
        the function may also read the array elsewhere, such as through a network's layers.
    x : float array
    step : float > 0
        h, for elements up to 1 in size; larger elements get a proportionally larger step.

    Returns
    -------
    array of the shape of x, float64

    Raises
    ------
    TypeError
        If `x` is not an array of floats, or `function` does not return a number.
    ValueError
        If `step` is not positive, or too small or too large to change an element.

    Examples
    --------
    >>> numerical_gradient(lambda x: float((x**2).sum()), np.array([1.0, -2.0])).round(6)
    array([ 2., -4.])
    """
    if not isinstance(x, np.ndarray) or x.dtype not in _checks.FLOATS:
        raise TypeError(f"x must be an array of floats, got {x!r:.60}")
    _checks.function("function", function)
    _checks.number("step", step, 0, open_low=True)
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        kept = x[i]
        h = step * max(1.0, abs(float(kept)))
        try:
            x[i] = kept + h
            above, high = _number(function(x)), float(x[i])
            x[i] = kept - h
            below, low = _number(function(x)), float(x[i])
        finally:
            x[i] = kept
        if not 0 < high - low < math.inf:
            raise ValueError(f"step must change {kept:g} to another number, got {step!r}")
        gradient[i] = (above - below) / (high - low)  # x + h is rounded: divide by the true step
    return gradient


def _number(result) -> float:
    if np.ndim(result) or np.asarray(result).dtype.kind not in "fiub":
        found = f"an array of shape {np.shape(result)}" if np.ndim(result) else f"{result!r:.60}"
        raise TypeError(f"function must return a number, got {found}")
    return float(result)


def check_gradients(network, x, target=None, loss=None, tolerance: float = 1e-6, rng=0) -> float:
    """Compare `backward` with central differences, for the input and all of `parameters`.

    Without a loss, the number differentiated is Σ r ⊙ y, with y the output and r random numbers.
    The error of each array is max |a - n| / max(|a|, |n|, 0.001), where a and n are its two
    gradients and the maxima are over the array; differences cannot resolve less.

    Parameters
    ----------
    network : Sequential or Layer
        In float64; float32 is too coarse for differences. Dropout keeps one mask throughout.
    x : array (N, D)
        Keep away from kinks, such as 0 for ReLU: there is no derivative to compare with.
    target, loss : optional
        With both, the number differentiated is loss(network(x), target).
    tolerance : float > 0
    rng : int, numpy.random.Generator or None
        For r.

    Returns
    -------
    float
        The largest error.

    Raises
    ------
    AssertionError
        If it exceeds `tolerance`; the message names the array and the element.
    TypeError
        If `network` is neither of the two, or its parameters are not float64.
    ValueError
        If `x` is not finite, only one of `target` and `loss` is given, or the layers' `parts` do
        not name all parameters.

    Examples
    --------
    >>> from mlp import CrossEntropy, Dense, Sequential, Tanh
    >>> net = Sequential(Dense(3, 4), Tanh(), Dense(4, 2), rng=0, dtype=np.float64)
    >>> check_gradients(net, np.eye(3), target=[0, 1, 0], loss=CrossEntropy()) < 1e-6
    True
    """
    x = _checks.finite("x", _checks.real_array("x", x, np.float64).copy())
    if (loss is None) != (target is None):
        raise ValueError("target and loss must be given together")
    _checks.number("tolerance", tolerance, 0, open_low=True)
    layers = (network,) if isinstance(network, Layer) else getattr(network, "layers", None)
    if layers is None:
        raise TypeError(f"network must be a Sequential or a layer, got {network!r:.60}")
    learned, end = [], 0
    for i, layer in enumerate(layers):
        for name, shape in layer.parts().items():
            start, end = end, end + math.prod(shape)
            arrays = (a[start:end].reshape(shape) for a in (network.parameters, network.gradients))
            learned.append((f"{name} of layer {i}, {layer!r}", *arrays))
    if end != network.parameters.size:
        raise ValueError(
            f"parts() of the layers must name all parameters, got {end} of "
            f"{network.parameters.size}"
        )
    for name, array, _ in learned:
        if array.dtype != np.float64:
            raise TypeError(f"{name} must be made with dtype=float64, got {array.dtype}")
    if loss is not None:
        _checks.loss("loss", loss)
    # The same dropout masks at every call: the generators go back to where they were.
    bits = [layer.rng.bit_generator for layer in layers if layer.rng is not None]
    states = [generator.state for generator in bits]

    def forward() -> np.ndarray:
        y = network.forward(x, training=True)
        for generator, state in zip(bits, states, strict=True):
            generator.state = state
        return y

    weights = _checks.generator(rng).standard_normal(forward().shape)

    def value(_=None) -> float:
        y = forward()
        return float((weights * y).sum()) if loss is None else loss.forward(y, target)

    value()
    grad_x = network.backward(weights if loss is None else loss.backward())
    worst = 0.0
    for name, array, gradient in [("x", x, grad_x), *learned]:
        analytic = np.array(gradient)  # a copy: the differences call forward many times
        numeric = numerical_gradient(value, array)
        difference = np.abs(analytic - numeric)
        error = float(difference.max() / max(np.abs(analytic).max(), np.abs(numeric).max(), 1e-3))
        if not error <= tolerance:  # put so that nan fails
            i = tuple(int(k) for k in np.unravel_index(difference.argmax(), difference.shape))
            raise AssertionError(
                f"gradient of {name} at {i}: backward says {analytic[i]:.9g}, "
                f"differences say {numeric[i]:.9g} (error {error:.1e})"
            )
        worst = max(worst, error)
    return worst


class Value:
    """A number that remembers how it was computed, so that it can find its derivatives.

    Every operation makes a new node of a graph and notes ∂(result)/∂(operand) for each operand.
    `backward` walks the graph from the result to the leaves and adds up, by the chain rule, over
    all paths: ∂L/∂u = Σ_v ∂L/∂v · ∂v/∂u, over the nodes v made directly from u. It starts from 0
    each time, where PyTorch adds to the gradients of the last call. Exponents are plain numbers.

    Parameters
    ----------
    data : float

    Attributes
    ----------
    data : float
        The value.
    grad : float
        ∂L/∂(this), after `L.backward()`.

    Raises
    ------
    TypeError
        If `data`, or what a Value is combined with, is not a number.
    ValueError, ZeroDivisionError, OverflowError
        Where floats raise them, such as for the logarithm of 0.

    Examples
    --------
    >>> w, x = Value(2.0), Value(3.0)
    >>> loss = (w * x - 1) ** 2
    >>> loss.backward()
    >>> loss.data, w.grad, x.grad
    (25.0, 30.0, 20.0)
    """

    def __init__(self, data: float, _parents: tuple[tuple[Value, float], ...] = ()):
        if isinstance(data, bool) or not isinstance(data, Real):
            raise TypeError(f"data must be a number, got {data!r:.60}")
        self.data = float(data)
        self.grad = 0.0
        self._parents = _parents  # pairs (operand, ∂self/∂operand)

    def backward(self) -> None:
        """Write ∂(this)/∂v into `grad` of every node v that this was computed from."""
        order: list[Value] = []
        seen = set()
        stack = [(self, False)]
        while stack:  # a loop, not recursion: long sums make deep graphs
            node, done = stack.pop()
            if done:
                order.append(node)
            elif node not in seen:
                seen.add(node)
                stack.append((node, True))
                stack.extend((parent, False) for parent, _ in node._parents)
        for node in order:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(order):  # every node after all that were made from it
            for parent, local in node._parents:
                parent.grad += node.grad * local

    def __add__(self, other) -> Value:
        other = _value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other) -> Value:
        other = _value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, exponent: float) -> Value:
        _checks.number("exponent", exponent)
        slope = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, ((self, slope),))

    def exp(self) -> Value:
        """Return eᵛ; its derivative is itself."""
        y = math.exp(self.data)
        return Value(y, ((self, y),))

    def log(self) -> Value:
        """Return log v; its derivative is 1/v."""
        return Value(math.log(self.data), ((self, 1 / self.data),))

    def tanh(self) -> Value:
        """Return tanh v; its derivative is 1 - tanh² v."""
        y = math.tanh(self.data)
        return Value(y, ((self, 1 - y * y),))

    def sigmoid(self) -> Value:
        """Return σ(v) = (1 + tanh(v/2)) / 2; its derivative is σ (1 - σ)."""
        y = (1 + math.tanh(self.data / 2)) / 2
        return Value(y, ((self, y * (1 - y)),))

    def relu(self) -> Value:
        """Return max(v, 0); its derivative is 1 for v > 0, else 0."""
        return Value(max(self.data, 0.0), ((self, float(self.data > 0)),))

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other) -> Value:
        return self + -_value(other)

    def __rsub__(self, other) -> Value:
        return _value(other) - self

    def __truediv__(self, other) -> Value:
        return self * _value(other) ** -1

    def __rtruediv__(self, other) -> Value:
        return _value(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"Value({self.data:.6g}, grad={self.grad:.6g})"


def _value(number) -> Value:
    return number if isinstance(number, Value) else Value(number)
