"""Checks of arguments, written once so that every error reads the same.

Each message names the argument, what was expected and what came. And how objects print theirs.
"""

from __future__ import annotations

import math
from numbers import Integral, Real

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def generator(rng) -> np.random.Generator:
    """Return `rng` as a Generator; an int seeds a new one, None takes fresh entropy."""
    if rng is None or isinstance(rng, np.random.Generator):
        return np.random.default_rng(rng)
    if isinstance(rng, Integral) and not isinstance(rng, bool):
        return np.random.default_rng(count("rng", rng, 0))
    raise TypeError(f"rng must be an int, a numpy.random.Generator or None, got {rng!r}")


def floating(dtype) -> np.dtype:
    """Return `dtype` if it is float32 or float64."""
    try:
        known = FLOATS[FLOATS.index(np.dtype(dtype))]
    except (TypeError, ValueError):
        known = None
    if known is None or dtype is None:  # None would mean float64 to NumPy
        raise TypeError(f"dtype must be float32 or float64, got {dtype!r}")
    return known


def number(name: str, value, low=-math.inf, high=math.inf, *, open_low=False, open_high=False):
    """Return `value` if it is a finite real number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, Real):
        error = TypeError
    else:
        try:
            # NumPy's scalars would set the type of everything computed with them.
            plain = value if type(value) is int else float(value)
            above = plain > low if open_low else plain >= low
            if math.isfinite(plain) and above and (plain < high if open_high else plain <= high):
                return plain
        except OverflowError:
            pass
        error = ValueError
    left = "(" if open_low or low == -math.inf else "["
    right = ")" if open_high or high == math.inf else "]"
    raise error(f"{name} must be a number in {left}{low:g}, {high:g}{right}, got {value!r:.60}")


def rate(name: str, value):
    """Return `value` if it is a schedule or a number >= 0."""
    return value if callable(value) else number(name, value, 0)


def count(name: str, value, low: int = 1) -> int:
    """Return `value` as an int if it is a whole number of at least `low`."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number >= {low}, got {value!r}")
    if value < low:
        raise ValueError(f"{name} must be a whole number >= {low}, got {value!r}")
    return int(value)


def as_array(name: str, value) -> np.ndarray:
    """Return `value` as an array of whatever type; rows of different lengths make none."""
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array: {error}") from None


def real_array(name: str, value, dtype=None) -> np.ndarray:
    """Return `value` as a float array: of `dtype`, else its own float dtype, else float64."""
    fits = type(value) is np.ndarray and value.dtype in FLOATS
    if fits and (dtype is None or value.dtype == dtype):
        return value
    array = as_array(name, value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got {_kind_of(value, array)}")
    if dtype is None:
        dtype = array.dtype if array.dtype in FLOATS else np.float64
    if array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):  # what is too large becomes inf, which `finite` finds
        return array.astype(dtype)


def _kind_of(value, array: np.ndarray) -> str:
    """Return in words what `value` is, of which NumPy makes an `array` of no numbers."""
    kind = f"dtype {array.dtype}"
    if array.dtype.kind != "O":
        return kind
    for i in np.ndindex(array.shape):
        if array.ndim and not isinstance(array[i], Real):
            kind = f"{type(array[i]).__name__} {array[i]!r:.40} at index {i}"
            break
    if not isinstance(value, (np.ndarray, list, tuple)):
        kind = f"{type(value).__name__} ({kind}); make a NumPy array of floats of it first"
    return kind


def finite(name: str, array: np.ndarray) -> np.ndarray:
    """Return `array` if all its numbers are finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(array.sum()):  # nan and inf would show in it: no array of answers needed
            return array
    good = np.isfinite(array)
    if not good.all():
        where = tuple(int(i) for i in np.argwhere(~good)[0])
        raise ValueError(f"{name} must hold finite numbers, got {array[where]} at index {where}")
    return array


def batch(name: str, value, n_features: int | None = None, dtype=None) -> np.ndarray:
    """Return `value` as a non-empty, finite (N, `n_features`) float array."""
    array = real_array(name, value, dtype)
    wanted = "D" if n_features is None else n_features
    if array.ndim != 2 or (n_features is not None and array.shape[1] != n_features):
        raise ValueError(f"{name} must have shape (N, {wanted}), got {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one example, got shape {array.shape}")
    return finite(name, array)


def remembered(owner, name: str):
    """Return the attribute that `owner.forward` wrote for `backward`."""
    value = getattr(owner, name)
    if value is None:
        raise ValueError(f"{type(owner).__name__}.backward needs a call of forward before it")
    return value


def same_shape(name: str, value, like: np.ndarray) -> np.ndarray:
    """Return `value` as an array of the type and shape of `like`; nothing is broadcast."""
    return shape(name, real_array(name, value, like.dtype), like.shape)


def write(name: str, target: np.ndarray, values) -> None:
    """Write `values`, of the same shape, into `target`, which others hold views of."""
    target[...] = same_shape(name, values, target)


def shape(name: str, array: np.ndarray, wanted: tuple[int, ...]) -> np.ndarray:
    """Return `array` if it has the shape `wanted`."""
    if array.shape != wanted:
        raise ValueError(f"{name} must have shape {wanted}, got {array.shape}")
    return array


def instance(name: str, value, kind):
    """Return `value` if it is a `kind`."""
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIO" else "a"
        raise TypeError(f"{name} must be {article} {kind.__name__}, got {value!r:.60}")
    return value


def function(name: str, value):
    """Return `value` if it can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {value!r:.60}")
    return value


def loss(name: str, value):
    """Return `value` if it can serve as a loss."""
    if isinstance(value, type) or not (hasattr(value, "forward") and hasattr(value, "backward")):
        raise TypeError(f"{name} must be an object such as mlp.CrossEntropy(), got {value!r:.60}")
    return value


def settings(owner) -> dict:
    """Return the public attributes of `owner`, by name: what its constructor was given."""
    return {name: value for name, value in vars(owner).items() if name[0] != "_"}


def described(owner) -> str:
    """Return `owner` as a call of its constructor, such as ``SGD(learning_rate=0.1)``."""
    arguments = ", ".join(f"{name}={value!r}" for name, value in settings(owner).items())
    return f"{type(owner).__name__}({arguments})"
