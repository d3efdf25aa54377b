"""Activation functions (chapter 3): what a neuron makes of its weighted sum.

Every activation works elementwise on arrays of any shape, except `Softmax`, which works along the
last axis. `forward` remembers what `backward` needs: the output wherever the derivative can be had
from it (then a network may compute in place), else the input.
"""

from __future__ import annotations

import math

import numpy as np

from mlp import _checks
from mlp._layer import Layer


def sigmoid(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return 1 / (1 + e⁻ˣ), computed from e^(-|x|), which cannot overflow."""
    small = np.exp(-np.abs(x))
    return np.divide(np.where(x < 0, small, 1), 1 + small, out=out)


class Activation(Layer):
    """What all activations share: calling, `forward`, `backward`, `derivative`.

    A subclass says `_forward(x, out)` and `_derivative(kept)`, and in `keeps` which of its "input"
    and "output" the derivative is computed from.

    Examples
    --------
    >>> class Square(Activation):
    ...     keeps = "input"
    ...
    ...     def _forward(self, x, out):
    ...         np.multiply(x, x, out=out)
    ...
    ...     def _derivative(self, x):
    ...         return 2 * x
    >>> Square()([-3.0, 2.0]), Square().derivative([-3.0, 2.0])
    (array([9., 4.]), array([-6.,  4.]))
    """

    keeps = "output"
    same_shape = True
    takes_out = True
    _kept: np.ndarray | None = None

    def forward(self, x, training: bool = False, out: np.ndarray | None = None) -> np.ndarray:
        """Return φ(x), of the shape of `x`, written into `out` if that is given, as in NumPy.

        `out` may be `x` itself if `keeps` is "output". `training` makes no difference.
        """
        x = _checks.real_array("x", x)
        y = np.empty_like(x) if out is None else out
        self._forward(x, y)
        self._kept = y if self.keeps == "output" else x
        return y if y.ndim else y[()]

    def backward(self, grad_y, out: np.ndarray | None = None) -> np.ndarray:
        """Return ∂L/∂x = ∂L/∂y ⊙ φ'(x), with the x of the last `forward`; `out` may be `grad_y`.

        Without a `forward` before, or with another shape than its x, it raises ValueError.
        """
        kept = _checks.remembered(self, "_kept")
        grad_y = _checks.same_shape("grad_y", grad_y, kept)
        return np.multiply(grad_y, self._derivative(kept), out=out)

    def derivative(self, x) -> np.ndarray:
        """Return φ'(x), elementwise, of the shape of `x`."""
        x = _checks.real_array("x", x)
        kept = x
        if self.keeps == "output":
            kept = np.empty_like(x)
            self._forward(x, kept)
        return self._derivative(kept).astype(x.dtype, copy=False)[()]

    def config(self) -> dict[str, float]:
        """Return the constructor's arguments by name."""
        return _checks.settings(self)

    __repr__ = _checks.described


class Identity(Activation):
    """φ(x) = x, φ'(x) = 1, range (-∞, ∞): no activation at all.

    Examples
    --------
    >>> Identity()([-1.0, 2.0])
    array([-1.,  2.])
    """

    def _forward(self, x, out):
        np.copyto(out, x)

    def _derivative(self, y):
        return np.ones_like(y)


class Sigmoid(Activation):
    """φ(x) = 1 / (1 + e⁻ˣ), φ' = φ (1 - φ), range (0, 1); rounding may give 0 or 1 far out.

    Examples
    --------
    >>> Sigmoid()([-1e4, 0.0, 1e4])
    array([0. , 0.5, 1. ])
    """

    gives_probabilities = True

    def _forward(self, x, out):
        sigmoid(x, out)

    def _derivative(self, y):
        return y * (1 - y)


class Tanh(Activation):
    """φ(x) = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ), φ' = 1 - φ², range (-1, 1); rounding may give ±1 far out.

    Examples
    --------
    >>> Tanh()([-1e4, 0.0, 1e4])
    array([-1.,  0.,  1.])
    """

    def _forward(self, x, out):
        np.tanh(x, out=out)

    def _derivative(self, y):
        return 1 - y * y


class ReLU(Activation):
    """φ(x) = max(x, 0), φ'(x) = 1 for x > 0, else 0, range [0, ∞).

    At the kink we take φ'(0) = 0, as PyTorch, TensorFlow and JAX do.

    References
    ----------
    Nair and Hinton (2010), Rectified linear units improve restricted Boltzmann machines.

    Examples
    --------
    >>> ReLU()([-2.0, 0.0, 3.0])
    array([0., 0., 3.])
    """

    def _forward(self, x, out):
        # Against a row of zeros: for a single number NumPy has no vectorized loop (3 times slower).
        np.maximum(x, np.zeros(x.shape[-1:], x.dtype), out=out)

    def _derivative(self, y):
        return y > 0  # multiplying by a mask is much faster than assigning through one


class LeakyReLU(Activation):
    """φ(x) = x for x > 0, else s·x; φ'(x) = 1 for x > 0, else s; range (-∞, ∞) if s > 0.

    Parameters
    ----------
    negative_slope : float in [0, 1)

    References
    ----------
    Maas, Hannun and Ng (2013), Rectifier nonlinearities improve neural network acoustic models,
    ICML Workshop on Deep Learning for Audio, Speech and Language Processing.

    Examples
    --------
    >>> LeakyReLU(0.1)([-2.0, 3.0])
    array([-0.2,  3. ])
    """

    def __init__(self, negative_slope: float = 0.01):
        self.negative_slope = _checks.number("negative_slope", negative_slope, 0, 1, open_high=True)

    def _forward(self, x, out):
        np.maximum(x, self.negative_slope * x, out=out)

    def _derivative(self, y):
        return np.where(y > 0, 1, y.dtype.type(self.negative_slope))


class ELU(Activation):
    """φ(x) = x for x > 0, else α (eˣ - 1); φ' = 1 for x > 0, else φ + α; range (-α, ∞).

    Rounding may give -α far out.

    Parameters
    ----------
    alpha : float > 0

    References
    ----------
    Clevert, Unterthiner and Hochreiter (2016), ICLR, arXiv:1511.07289.

    Examples
    --------
    >>> ELU()([-1e4, 0.0, 3.0])
    array([-1.,  0.,  3.])
    """

    def __init__(self, alpha: float = 1.0):
        self.alpha = _checks.number("alpha", alpha, 0, open_low=True)

    def _forward(self, x, out):
        negative = self.alpha * np.expm1(np.minimum(x, 0))
        np.copyto(out, np.where(x > 0, x, negative))

    def _derivative(self, y):
        return np.where(y > 0, 1, y + y.dtype.type(self.alpha))


class GELU(Activation):
    """φ(x) = x/2 (1 + tanh u), u = √(2/π) (x + 0.044715 x³), range about [-0.17, ∞).

    φ'(x) = (1 + tanh u)/2 + x/2 (1 - tanh² u) √(2/π) (1 + 0.134145 x²). PyTorch's
    ``GELU(approximate="tanh")``: within 0.0005 of x Φ(x), with the normal distribution function Φ.

    References
    ----------
    Hendrycks and Gimpel (2016), Gaussian error linear units, arXiv:1606.08415.

    Examples
    --------
    >>> GELU()([-1e4, 0.0, 1e4]).tolist()
    [-0.0, 0.0, 10000.0]
    """

    keeps = "input"

    @staticmethod
    def _tanh(x):
        x = np.clip(x, -10, 10)  # beyond, tanh u is ±1 to the last digit, but x³ can overflow
        return np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x))

    def _forward(self, x, out):
        np.multiply(0.5 * x, 1 + self._tanh(x), out=out)

    def _derivative(self, x):
        t = self._tanh(x)
        near = np.clip(x, -10, 10)
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * near * near)
        return 0.5 * (1 + t) + 0.5 * near * (1 - t * t) * slope


class SiLU(Activation):
    """φ(x) = x σ(x), φ' = σ (1 + x (1 - σ)), range about [-0.28, ∞); also called swish.

    References
    ----------
    Elfwing, Uchibe and Doya (2018), Sigmoid-weighted linear units, Neural Networks 107.

    Examples
    --------
    >>> SiLU()([-1e4, 0.0, 1e4]).tolist()
    [-0.0, 0.0, 10000.0]
    """

    keeps = "input"

    def _forward(self, x, out):
        np.multiply(x, sigmoid(x), out=out)

    def _derivative(self, x):
        s = sigmoid(x)
        return s * (1 + x * (1 - s))


class Softplus(Activation):
    """φ(x) = log(1 + eˣ), φ' = σ(x) = 1 - e^(-φ), range (0, ∞): a smooth ReLU.

    Computed as max(x, 0) + log(1 + e^(-|x|)), which cannot overflow; rounding may give 0 far out.

    Examples
    --------
    >>> Softplus()([-1e4, 0.0, 1e4]).round(4).tolist()
    [0.0, 0.6931, 10000.0]
    """

    def _forward(self, x, out):
        np.add(np.maximum(x, 0), np.log1p(np.exp(-np.abs(x))), out=out)

    def _derivative(self, y):
        return -np.expm1(-y)


class Softmax(Activation):
    """φ(x)_i = e^(x_i) / Σ_j e^(x_j) along the last axis: positive numbers that sum to 1.

    The largest x is subtracted first, against overflow; rounding may give 0. The Jacobian is
    ∂y_i/∂x_j = y_i (δ_ij - y_j), so ∂L/∂x = y ⊙ (g - Σ_j g_j y_j) for g = ∂L/∂y.

    Examples
    --------
    >>> Softmax()([[0.0, 0.0], [1e4, -1e4]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    >>> Softmax().jacobian([0.0, 0.0])
    array([[ 0.25, -0.25],
           [-0.25,  0.25]])
    """

    gives_probabilities = True

    def _forward(self, x, out):
        if x.ndim == 0 or x.shape[-1] == 0:
            raise ValueError(f"x must have shape (..., K), K > 0, for Softmax, got {x.shape}")
        with np.errstate(over="ignore"):  # -inf is right where the difference is too large
            np.subtract(x, x.max(axis=-1, keepdims=True), out=out)
        np.exp(out, out=out)
        out /= out.sum(axis=-1, keepdims=True)

    def backward(self, grad_y, out=None):
        """Return ∂L/∂x = y ⊙ (g - Σ_j g_j y_j), with g = `grad_y` and y the last output."""
        y = _checks.remembered(self, "_kept")
        grad_y = _checks.same_shape("grad_y", grad_y, y)
        return np.multiply(y, grad_y - (grad_y * y).sum(axis=-1, keepdims=True), out=out)

    def derivative(self, x):
        raise TypeError("Softmax has no elementwise derivative; use jacobian(x)")

    def jacobian(self, x) -> np.ndarray:
        """Return ∂y_i/∂x_j, shape (..., K, K) for x of shape (..., K)."""
        x = _checks.real_array("x", x)
        y = np.empty_like(x)
        self._forward(x, y)
        return y[..., :, None] * (np.eye(x.shape[-1], dtype=x.dtype) - y[..., None, :])
