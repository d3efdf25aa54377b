"""Initial weights (chapter 3): random numbers whose variance keeps signals alive through depth.

All initializers are called alike: with the shape (D_in, D_out) of a weight matrix, then `rng` (an
int, a numpy.random.Generator or None) and `dtype` (float32 or float64). They return an array of
that shape, and raise ValueError or TypeError if the shape is not a pair of positive whole numbers.
"""

from __future__ import annotations

import math

import numpy as np

from mlp import _checks


def _fans(shape) -> tuple[int, int]:
    if not isinstance(shape, tuple) or len(shape) != 2:
        raise ValueError(f"shape must be (D_in, D_out), got {shape!r}")
    return _checks.count("shape[0]", shape[0]), _checks.count("shape[1]", shape[1])


def _normal(shape, variance: float, rng, dtype) -> np.ndarray:
    weight = _checks.generator(rng).standard_normal(shape, dtype=_checks.floating(dtype))
    weight *= math.sqrt(variance)
    return weight


def _uniform(shape, variance: float, rng, dtype) -> np.ndarray:
    weight = _checks.generator(rng).random(shape, dtype=_checks.floating(dtype))
    weight -= 0.5
    weight *= 2 * math.sqrt(3 * variance)  # U(-a, a) has variance a²/3
    return weight


def zeros(shape: tuple[int, int], rng=None, dtype=np.float32) -> np.ndarray:
    """Return zeros; `rng` is ignored. Chapter 2 shows why hidden units must not start equal.

    Examples
    --------
    >>> zeros((1, 3))
    array([[0., 0., 0.]], dtype=float32)
    """
    return np.zeros(_fans(shape), _checks.floating(dtype))


def glorot_uniform(shape: tuple[int, int], rng=None, dtype=np.float32) -> np.ndarray:
    """Return weights from U(-a, a) with a² = 6 / (D_in + D_out), so Var w = 2 / (D_in + D_out).

    A compromise between keeping the variance of the signals on the way forward (1 / D_in) and of
    the gradients on the way back (1 / D_out), for activations with φ'(0) = 1 such as tanh.

    References
    ----------
    Glorot and Bengio (2010), Understanding the difficulty of training deep feedforward neural
    networks, AISTATS, equation 16.

    Examples
    --------
    >>> weight = glorot_uniform((300, 100), rng=0)
    >>> bool(np.abs(weight).max() <= np.sqrt(6 / 400)), round(float(weight.var()) * 200, 2)
    (True, 1.0)
    """
    return _uniform(shape, 2 / sum(_fans(shape)), rng, dtype)


def glorot_normal(shape: tuple[int, int], rng=None, dtype=np.float32) -> np.ndarray:
    """Return weights from N(0, 2 / (D_in + D_out)); see `glorot_uniform`.

    Examples
    --------
    >>> round(float(glorot_normal((300, 100), rng=0).var()) * 200, 1)
    1.0
    """
    return _normal(shape, 2 / sum(_fans(shape)), rng, dtype)


def he_uniform(shape: tuple[int, int], rng=None, dtype=np.float32) -> np.ndarray:
    """Return weights from U(-a, a) with a² = 6 / D_in, so Var w = 2 / D_in.

    The factor 2 makes up for the half of the signal that ReLU sets to zero.

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers, ICCV, equation 10.

    Examples
    --------
    >>> round(float(he_uniform((300, 100), rng=0).var()) * 150, 1)
    1.0
    """
    return _uniform(shape, 2 / _fans(shape)[0], rng, dtype)


def he_normal(shape: tuple[int, int], rng=None, dtype=np.float32) -> np.ndarray:
    """Return weights from N(0, 2 / D_in); see `he_uniform`.

    Examples
    --------
    >>> round(float(he_normal((300, 100), rng=0).var()) * 150, 1)
    1.0
    """
    return _normal(shape, 2 / _fans(shape)[0], rng, dtype)


def lecun_normal(shape: tuple[int, int], rng=None, dtype=np.float32) -> np.ndarray:
    """Return weights from N(0, 1 / D_in): Var z = Var x for inputs of mean 0 and a linear layer.

    References
    ----------
    LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.6.

    Examples
    --------
    >>> round(float(lecun_normal((300, 100), rng=0).var()) * 300, 1)
    1.0
    """
    return _normal(shape, 1 / _fans(shape)[0], rng, dtype)
