"""Metrics (chapter 7): numbers for people, where a loss is a number for the optimizer."""

from __future__ import annotations

import numpy as np

from mlp import _checks


def as_classes(name: str, values) -> np.ndarray:
    """Return int64 classes (N,) from classes (N,), scores (N, K) or logits of one class (N, 1)."""
    array = _checks.as_array(name, values)
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one example, got shape {array.shape}")
    if array.ndim == 1 and array.dtype.kind in "iub":
        return array.astype(np.int64)
    if array.ndim == 2:
        array = _checks.finite(name, _checks.real_array(name, array))
        return array.argmax(axis=1) if array.shape[1] > 1 else (array[:, 0] > 0).astype(np.int64)
    raise ValueError(
        f"{name} must be int classes (N,) or scores (N, K), got {array.dtype} {array.shape}"
    )


def _pair(prediction, target) -> tuple[np.ndarray, np.ndarray]:
    predicted, wanted = as_classes("prediction", prediction), as_classes("target", target)
    _checks.same_shape("target", wanted, predicted)
    return predicted, wanted


def accuracy(prediction, target) -> float:
    """Return the share of predictions that name the right class, from 0 to 1.

    Parameters
    ----------
    prediction : int array (N,) of classes, or float array (N, K) of scores
        The class is the largest score; with one column, it is 1 where the logit is positive.
    target : int array (N,) of classes, or array (N, K) of probabilities, or (N, 1) of 0 and 1

    Raises
    ------
    ValueError
        If the numbers of examples differ or are 0.

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
        If the numbers of examples differ or are 0, or a class is not from 0 to K - 1.

    Examples
    --------
    >>> confusion_matrix([0, 1, 1, 1], [0, 0, 1, 1])
    array([[1, 1],
           [0, 2]])
    """
    predicted, wanted = _pair(prediction, target)
    low, high = min(predicted.min(), wanted.min()), max(predicted.max(), wanted.max())
    k = int(high) + 1 if n_classes is None else _checks.count("n_classes", n_classes)
    if low < 0 or high >= k:
        raise ValueError(f"classes must be from 0 to {k - 1}, got {low} to {high}")
    return np.bincount(wanted * k + predicted, minlength=k * k).reshape(k, k)
