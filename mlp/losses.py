"""Loss functions (chapter 4): one number that says how wrong a batch of predictions is.

`forward` returns the mean, over all elements (over rows for `CrossEntropy`); `backward` returns the
gradient of that mean with respect to the prediction.
"""

from __future__ import annotations

import math

import numpy as np

from mlp import _checks
from mlp.activations import sigmoid


class Loss:
    """What all losses share: calling, and the checks of their arguments.

    A subclass says `_forward(prediction, target)`: it returns the loss and leaves the gradient in
    `_grad`. What `fit` needs of a loss is less: an object with `forward` and `backward`.

    Examples
    --------
    >>> class CubedError(Loss):
    ...     def _forward(self, prediction, target):
    ...         error = np.abs(prediction - target)
    ...         self._grad = 3 * error * (prediction - target) / error.size
    ...         return (error**3).mean()
    >>> loss = CubedError()
    >>> loss([[1.0], [2.0]], [[1.0], [4.0]])
    4.0
    >>> loss.backward().tolist()
    [[0.0], [-6.0]]
    """

    # Whether the prediction stands for classes, so that its accuracy can be computed.
    classifies = False
    # Whether a softmax or a sigmoid is inside, so that the network must end without one.
    takes_logits = False
    _grad: np.ndarray | None = None

    def forward(self, prediction, target) -> float:
        """Return the mean loss of a batch.

        Parameters
        ----------
        prediction : array (N, D)
        target : array of exactly the same shape; for `CrossEntropy` also int array (N,)
            (N,) against (N, 1) is an error: broadcasting would compare everything with everything.

        Raises
        ------
        ValueError
            If the shapes do not fit, the batch is empty, something is not finite, or the target is
            none of those that the loss takes.
        """
        prediction = _checks.real_array("prediction", prediction)
        if prediction.size == 0:
            raise ValueError(f"prediction must not be empty, got shape {prediction.shape}")
        target = self.check_target("target", target, prediction.shape, prediction.dtype)
        # One look at the result instead of two passes over the arguments: if they hold a number
        # that is not finite, the mean is not finite either.
        with np.errstate(invalid="ignore", over="ignore"):
            value = self._forward(prediction, target)
        if not math.isfinite(value):
            _checks.finite("prediction", prediction)
            _checks.finite("target", target)
        return float(value)

    def backward(self) -> np.ndarray:
        """Return ∂L/∂prediction at the last `forward`, of the prediction's shape.

        Raises
        ------
        ValueError
            If `forward` was not called before.
        """
        return _checks.remembered(self, "_grad")

    def check_target(self, name: str, target, shape: tuple[int, ...], dtype) -> np.ndarray:
        """Return `target` as an array that fits predictions of this shape and type.

        `forward` looks at each batch; `fit` looks once, at all of y, and calls it by its `name`.
        """
        return _checks.shape(name, _checks.real_array(name, target, dtype), shape)

    def __call__(self, prediction, target) -> float:
        return self.forward(prediction, target)

    __repr__ = _checks.described

    def _forward(self, prediction: np.ndarray, target: np.ndarray) -> float:
        """Return the loss and leave its gradient in `_grad`; the arguments have been checked."""
        raise NotImplementedError


class MeanSquaredError(Loss):
    """L = mean (ŷ - y)², ∂L/∂ŷ = 2 (ŷ - y) / n, over all n elements.

    Minus the log-likelihood, up to constants, of targets with Gaussian noise around ŷ.

    Examples
    --------
    >>> loss = MeanSquaredError()
    >>> loss([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    >>> loss.backward().tolist()
    [[0.0], [-2.0]]
    """

    def _forward(self, prediction, target):
        error = prediction - target
        self._grad = error * (2 / error.size)
        return np.square(error).mean()


class MeanAbsoluteError(Loss):
    """L = mean |ŷ - y|, ∂L/∂ŷ = sign(ŷ - y) / n, with sign 0 at ŷ = y.

    Minus the log-likelihood, up to constants, of targets with Laplace noise around ŷ.

    Examples
    --------
    >>> loss = MeanAbsoluteError()
    >>> loss([[1.0], [2.0]], [[1.0], [4.0]])
    1.0
    >>> loss.backward().tolist()
    [[0.0], [-0.5]]
    """

    def _forward(self, prediction, target):
        error = prediction - target
        self._grad = np.sign(error) / error.size
        return np.abs(error).mean()


class Huber(Loss):
    """L = mean h(ŷ - y), h(e) = e²/2 for |e| ≤ δ, else δ (|e| - δ/2): straight beyond δ.

    ∂L/∂ŷ = clip(ŷ - y, -δ, δ) / n: an outlier pulls with force δ and no more. PyTorch's
    ``HuberLoss``.

    Parameters
    ----------
    delta : float > 0
        The error δ at which the square becomes a line.

    References
    ----------
    Huber (1964), Robust estimation of a location parameter, Annals of Mathematical Statistics 35.

    Examples
    --------
    >>> loss = Huber(delta=1.0)
    >>> loss([[0.5], [3.0]], [[0.0], [0.0]])
    1.3125
    >>> loss.backward().tolist()
    [[0.25], [0.5]]
    """

    def __init__(self, delta: float = 1.0):
        self.delta = _checks.number("delta", delta, 0, open_low=True)

    def _forward(self, prediction, target):
        error = prediction - target
        clipped = np.clip(error, -self.delta, self.delta)
        self._grad = clipped / error.size
        return (clipped * (error - clipped / 2)).mean()  # both branches of h in one expression


class BinaryCrossEntropy(Loss):
    """L = mean [log(1 + eᶻ) - y z] for logits z: minus the log-likelihood of y under σ(z).

    The sigmoid is inside the loss, so no logarithm of 0 can arise, and ∂L/∂z = (σ(z) - y) / n.
    PyTorch's ``BCEWithLogitsLoss``.

    Targets are 0 or 1, or probabilities between them, in exactly the shape of the logits.

    Examples
    --------
    >>> loss = BinaryCrossEntropy()
    >>> round(loss([[0.0], [1e4]], [[1.0], [1.0]]), 4)
    0.3466
    >>> loss.backward().tolist()
    [[-0.25], [0.0]]
    """

    classifies = True
    takes_logits = True

    def check_target(self, name, target, shape, dtype):
        target = super().check_target(name, target, shape, dtype)
        if not (target.min() >= 0 and target.max() <= 1):
            _checks.finite(name, target)
            raise ValueError(
                f"{name} must be in [0, 1], got numbers from {target.min():g} to {target.max():g}"
            )
        return target

    def _forward(self, prediction, target):
        self._grad = (sigmoid(prediction) - target) / target.size
        softplus = np.maximum(prediction, 0) + np.log1p(np.exp(-np.abs(prediction)))
        return (softplus - target * prediction).mean()


class CrossEntropy(Loss):
    """L = mean over rows of -Σ_k q_k log p_k, with p = softmax(logits) and target distribution q.

    For an integer class y, q is 1 at y and 0 elsewhere: L = mean [log Σ_k e^(z_k) - z_y]. The
    softmax is inside the loss, so ∂L/∂z = (p - q) / N. PyTorch's ``CrossEntropyLoss``.

    Predictions are logits z of shape (N, K): any real numbers, not probabilities. Targets are int
    classes (N,) from 0 to K - 1, or float probabilities (N, K), in rows that sum to 1.

    Parameters
    ----------
    label_smoothing : float in [0, 1)
        The ε of q ← (1 - ε) q + ε / K: a little doubt about every label.

    References
    ----------
    Szegedy et al. (2016), Rethinking the Inception architecture for computer vision, CVPR,
    section 7 (label smoothing).

    Examples
    --------
    >>> loss = CrossEntropy()
    >>> round(loss([[0.0, 0.0], [1e4, -1e4]], [1, 0]), 4)
    0.3466
    >>> loss.backward().tolist()
    [[0.25, -0.25], [0.0, 0.0]]
    """

    classifies = True
    takes_logits = True

    def __init__(self, label_smoothing: float = 0.0):
        self.label_smoothing = _checks.number(
            "label_smoothing", label_smoothing, 0, 1, open_high=True
        )

    def check_target(self, name, target, shape, dtype):
        if len(shape) != 2:
            raise ValueError(f"prediction must have shape (N, K), got {shape}")
        n, k = shape
        target = _checks.as_array(name, target)
        if target.shape == (n,) and target.dtype.kind in "iu":
            target = target.astype(np.int64, copy=False)
            # Seen as unsigned, negative numbers are huge: one pass finds both kinds of wrong ones.
            if target.view(np.uint64).max() >= k:
                _refuse_row(
                    f"{name} must hold classes from 0 to {k - 1}",
                    target,
                    (target < 0) | (target >= k),
                )
            return target
        if target.shape == (n, k) and target.dtype.kind == "f":
            _checks.finite(name, target)
            wrong = (target < 0).any(axis=1) | (np.abs(target.sum(axis=1) - 1) > 1e-4)
            if wrong.any():
                _refuse_row(
                    f"{name} must hold probabilities: rows >= 0 that sum to 1", target, wrong
                )
            return target
        raise ValueError(
            f"{name} must be int classes of shape ({n},) or float probabilities of shape "
            f"({n}, {k}), got {target.dtype} of shape {target.shape}"
        )

    def _forward(self, prediction, target):
        n, k = prediction.shape
        eps = self.label_smoothing
        shifted = prediction - prediction.max(axis=1, keepdims=True)
        p = np.exp(shifted)
        total = p.sum(axis=1, keepdims=True)
        p *= 1 / (n * total)  # softmax and the mean's 1/N in one pass
        if target.ndim == 1:
            q = np.zeros_like(p)
            q[np.arange(n), target] = 1
        else:
            q = target.astype(p.dtype, copy=False)
        if eps:
            q = (1 - eps) * q + eps / k
        self._grad = p - q * (1 / n)
        log_p = np.subtract(shifted, np.log(total), out=shifted)
        terms = q * log_p
        value = -float(terms.sum()) / n
        if math.isnan(value) and np.isfinite(prediction).all():
            # Logits so far apart that their difference overflows: 0 · (-∞), which stands for 0.
            value = -float(terms.sum(where=q > 0)) / n
        return value


def _refuse_row(message: str, target: np.ndarray, wrong: np.ndarray) -> None:
    """Raise ValueError about the first row that is wrong, with its index in a note."""
    i = int(np.flatnonzero(wrong)[0])
    error = ValueError(f"{message}, got {target[i]!s:.60}")
    error.add_note(f"at index {i}, the first of {int(wrong.sum())}")
    raise error
