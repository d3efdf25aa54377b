"""Metrics (chapter 7): numbers for people, where a loss is a number for the optimizer."""

from __future__ import annotations

import numpy as np

from mlp import _checks


def as_classes(name: str, values, *, logits: bool = False) -> tuple[np.ndarray, int | None]:
    """Return the classes (N,), int64, that `values` stand for, and how many there can be, or None.

    Scores (N, K) stand for the largest of K, one column of logits for 1 where it is positive. That
    column must not look like probabilities, unless the caller knows that they are `logits`.
    """
    array, k = _checks.as_array(name, values), None
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one example, got shape {array.shape}")
    column = array.ndim == 2 and array.shape[1] == 1
    if (array.ndim == 1 or column) and array.dtype.kind in "iub":
        classes = array.reshape(-1).astype(np.int64)
    elif array.ndim == 2:
        array = _checks.finite(name, _checks.real_array(name, array))
        if column and not logits and _between_0_and_1(array):
            raise ValueError(
                f"{name} must be logits if it has one column, but all of it is between 0 and 1, as "
                f"probabilities are; give classes: {name} > 0 for logits, {name} > 0.5 for "
                "probabilities"
            )
        classes = (array[:, 0] > 0).astype(np.int64) if column else array.argmax(axis=1)
        k = max(array.shape[1], 2)
    else:
        raise ValueError(
            f"{name} must be int classes (N,) or scores (N, K), got {array.dtype} {array.shape}"
        )
    return classes, k


def _between_0_and_1(array: np.ndarray) -> bool:
    """Return whether all numbers are in [0, 1] and some are neither 0 nor 1."""
    inside = (array > 0) & (array < 1)
    return bool(inside.any() and (inside | (array == 0) | (array == 1)).all())


def _target_classes(target) -> tuple[np.ndarray, int | None]:
    """Return what `as_classes` does; but one column of floats is the probability of class 1."""
    array = _checks.as_array("target", target)
    if array.ndim == 2 and array.shape[1] == 1 and array.dtype.kind == "f" and array.size:
        _checks.finite("target", array)
        if array.min() < 0 or array.max() > 1:
            raise ValueError(
                "target must be int classes, or in [0, 1] if it is one column of floats, got "
                f"numbers from {array.min():g} to {array.max():g}"
            )
        return (array[:, 0] > 0.5).astype(np.int64), 2
    return as_classes("target", array)


def _pair(prediction, target, logits: bool = False) -> tuple[np.ndarray, np.ndarray]:
    predicted, k = as_classes("prediction", prediction, logits=logits)
    wanted, k_target = _target_classes(target)
    _checks.same_shape("target", wanted, predicted)
    if None not in (k, k_target) and k != k_target:
        raise ValueError(f"target must be of {k} classes, as prediction is, got {k_target}")
    k = k or k_target
    _in_range("prediction", predicted, k)
    _in_range("target", wanted, k)
    return predicted, wanted


def _in_range(name: str, classes: np.ndarray, k: int | None) -> None:
    low, high = int(classes.min()), int(classes.max())
    if low < 0 or (k is not None and high >= k):
        wanted = "from 0 on" if k is None else f"from 0 to {k - 1}"
        raise ValueError(f"{name} must hold classes {wanted}, got {low if low < 0 else high}")


def share_right(logits, target) -> float:
    """Return `accuracy` for predictions that are known to be logits."""
    predicted, wanted = _pair(logits, target, logits=True)
    return float((predicted == wanted).mean())


def accuracy(prediction, target) -> float:
    """Return the share of predictions that name the right class, from 0 to 1.

    Parameters
    ----------
    prediction : int array (N,) or (N, 1) of classes, or float array (N, K) of scores
        The class is the largest score. One column of floats is logits, and the class is 1 where
        they are positive; probabilities of one class are refused: give ``prediction > 0.5``.
    target : int array (N,) or (N, 1) of classes, or array (N, K) of probabilities
        One column of floats is the probability of class 1, and the class is 1 where it is above ½.

    Raises
    ------
    ValueError
        If the numbers of examples differ or are 0, if a class is negative or none of the K that
        there are scores for, or if one column of predictions lies between 0 and 1.

    Examples
    --------
    >>> accuracy([[0.1, 2.0], [3.0, 1.0]], [1, 1])
    0.5
    """
    predicted, wanted = _pair(prediction, target)
    return float((predicted == wanted).mean())


def confusion_matrix(prediction, target, n_classes: int | None = None) -> np.ndarray:
    """Return how often class i (row) was taken for class j (column), int64 (K, K).

    Parameters
    ----------
    prediction, target : as in `accuracy`
    n_classes : int, optional
        K; one more than the largest class found if left out.

    Raises
    ------
    ValueError
        As in `accuracy`, or if a class is not from 0 to `n_classes` - 1.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 1], [0, 0, 1, 1])
    array([[1, 1],
           [0, 2]])
    """
    predicted, wanted = _pair(prediction, target)
    if n_classes is None:
        k = int(max(predicted.max(), wanted.max())) + 1
    else:
        k = _checks.count("n_classes", n_classes)
        _in_range("prediction", predicted, k)
        _in_range("target", wanted, k)
    return np.bincount(wanted * k + predicted, minlength=k * k).reshape(k, k)
