"""mlp.metrics against counting by hand."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlp

classes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


@given(pairs=classes)
def test_both_against_counting(pairs):
    predicted, wanted = zip(*pairs, strict=True)
    assert mlp.accuracy(predicted, wanted) == sum(p == w for p, w in pairs) / len(pairs)
    matrix = mlp.confusion_matrix(predicted, wanted, n_classes=5)
    assert (matrix.shape, matrix.dtype) == ((5, 5), np.int64)
    for i, j in np.ndindex(5, 5):
        assert matrix[i, j] == sum(w == i and p == j for p, w in pairs)  # row: the true class
    k = max(predicted + wanted) + 1
    np.testing.assert_array_equal(mlp.confusion_matrix(predicted, wanted), matrix[:k, :k])


@given(n=st.integers(1, 10), k=st.integers(2, 5), seed=st.integers(0, 999))
def test_scores_name_the_class_with_the_largest(n, k, seed):
    rng = np.random.default_rng(seed)
    scores, target = rng.standard_normal((n, k)), rng.integers(0, k, n)
    best = [max(range(k), key=row.__getitem__) for row in scores.tolist()]
    assert mlp.accuracy(scores, target) == mlp.accuracy(best, target)
    assert mlp.accuracy(scores, np.eye(k)[target]) == mlp.accuracy(best, target)
    np.testing.assert_array_equal(
        mlp.confusion_matrix(scores, target, k), mlp.confusion_matrix(best, target, k)
    )


def test_one_logit_is_class_1_where_it_is_positive():
    logits = [[-2.0], [0.0], [0.1], [3.0]]
    assert mlp.accuracy(logits, [[0.0], [0.0], [1.0], [0.0]]) == 0.75
    assert mlp.accuracy(logits, [0, 1, 1, 1]) == 0.75
    np.testing.assert_array_equal(mlp.confusion_matrix(logits, [0, 0, 1, 0]), [[2, 1], [0, 1]])


@pytest.mark.parametrize("kind", [int, np.uint8, bool])
def test_an_integer_column_is_classes(kind):
    """As many data sets give them, and scikit-learn's encoders."""
    target = np.array([[0], [1], [2]]).astype(kind)
    right = [0, 1, 2] if kind is not bool else [0, 1, 1]
    assert mlp.accuracy(np.eye(3)[right], target) == 1
    assert mlp.accuracy(target, right) == 1
    np.testing.assert_array_equal(
        mlp.confusion_matrix(target, right), mlp.confusion_matrix(right, right)
    )


def test_a_column_of_probabilities_is_told_from_one_of_logits():
    probabilities, target = np.array([[0.9], [0.2], [0.6]]), [[1.0], [0.0], [0.0]]
    assert mlp.accuracy(probabilities > 0.5, target) == 2 / 3
    logits = np.log(probabilities / (1 - probabilities))
    assert mlp.accuracy(logits, target) == 2 / 3
    # Two columns need no threshold, and 0 and 1 stand for the same classes in both readings.
    assert mlp.accuracy(np.hstack([1 - probabilities, probabilities]), [1, 0, 0]) == 2 / 3
    assert mlp.accuracy([[1.0], [0.0], [1.0]], target) == 2 / 3


def test_a_column_of_target_probabilities_is_class_1_above_one_half():
    assert mlp.accuracy([1, 0, 0, 1], [[0.9], [0.3], [0.5], [0.51]]) == 1


def test_worked_by_hand():
    predicted, wanted = [0, 2, 2, 1, 0], [0, 2, 1, 1, 2]
    accuracy = mlp.accuracy(predicted, wanted)
    assert (accuracy, type(accuracy)) == (0.6, float)
    matrix = mlp.confusion_matrix(predicted, wanted)
    np.testing.assert_array_equal(matrix, [[1, 0, 0], [0, 1, 1], [1, 0, 1]])


@pytest.mark.parametrize("kind", ["i1", "u1", "i8", "u8", ">i8", "?"])
def test_classes_of_every_integer_type(kind):
    predicted, wanted = np.array([0, 1, 1], kind), np.array([1, 1, 0], kind)
    assert mlp.accuracy(predicted, wanted) == 1 / 3
    np.testing.assert_array_equal(mlp.confusion_matrix(predicted, wanted), [[0, 1], [1, 1]])


def test_more_classes_than_a_small_integer_type_can_count():
    classes = np.array([100, 120], np.int8)
    assert mlp.confusion_matrix(classes, classes)[120, 120] == 1


def accuracy(prediction, target):
    return lambda: mlp.accuracy(prediction, target)


def matrix(prediction, target, n_classes=None):
    return lambda: mlp.confusion_matrix(prediction, target, n_classes)


WRONG = [
    (accuracy([], []), ValueError, "prediction must ... at least one"),
    (accuracy([0], []), ValueError, "target must ... at least one"),
    (accuracy(np.zeros((0, 3)), []), ValueError, "prediction must ... at least one ... (0, 3)"),
    (accuracy([0, 1], [0, 1, 1]), ValueError, "target must ... (2,) ... got (3,)"),
    (accuracy([0.5, 1.0], [0, 1]), ValueError, "prediction must ... (N, K) ... float64 (2,)"),
    (accuracy([0, 1], [0.0, 1.0]), ValueError, "target must ... (N, K) ... float64 (2,)"),
    (accuracy(["a"], ["a"]), ValueError, "prediction must ... int classes ... <U1"),
    (accuracy(1, 1), ValueError, "prediction must ... int classes ... got int64 ()"),
    (accuracy(np.zeros((1, 2, 3)), [0]), ValueError, "prediction must ... got float64 (1, 2, 3)"),
    (accuracy([[np.nan, 1.0]], [0]), ValueError, "prediction must ... finite ... nan"),
    (accuracy([[np.inf]], [0]), ValueError, "prediction must ... finite ... inf"),
    (accuracy([[1j, 0]], [0]), TypeError, "prediction must ... real numbers ... complex128"),
    (accuracy([0], [["a"]]), TypeError, "target must ... real numbers ... <U1"),
    (matrix([], []), ValueError, "prediction must ... at least one"),
    (matrix([0, 1], [0]), ValueError, "target must ... (2,) ... got (1,)"),
    (matrix([0, 3], [0, 1], 3), ValueError, "prediction must hold classes from 0 to 2, got 3"),
    (matrix([0, 1], [0, 3], 3), ValueError, "target must hold classes from 0 to 2, got 3"),
    (matrix([0, -1], [0, 1]), ValueError, "prediction must hold classes from 0 on, got -1"),
    (accuracy([0, 1], [0, -1]), ValueError, "target must hold classes from 0 on, got -1"),
    (accuracy(np.eye(3), [1, 2, 3]), ValueError, "target must hold classes from 0 to 2, got 3"),
    (accuracy([1, 2, 3], np.eye(3)), ValueError, "prediction must ... from 0 to 2, got 3"),
    (matrix(np.eye(3), [1, 2, 3]), ValueError, "target must hold classes from 0 to 2, got 3"),
    (matrix(np.eye(3), [1, 2, 3], 4), ValueError, "target must hold classes from 0 to 2, got 3"),
    (accuracy([[-1.0], [2.0]], [1, 2]), ValueError, "target must hold classes from 0 to 1, got 2"),
    (accuracy(np.eye(3), np.eye(4)[:3]), ValueError, "target must be of 3 classes ... got 4"),
    (accuracy([[-1], [2]], [0, 1]), ValueError, "prediction must hold classes from 0 on, got -1"),
    (accuracy([[-1.0], [2.0]], [[0.0], [2.0]]), ValueError, "target must ... from 0 to 2"),
    (accuracy([[0.9], [0.2]], [1, 0]), ValueError, "prediction must be logits ... > 0.5"),
    (accuracy([[1.0], [0.2]], [1, 0]), ValueError, "prediction must be logits ... > 0.5"),
    (matrix([[0.9], [0.2]], [1, 0]), ValueError, "prediction must be logits ... > 0.5"),
    (matrix([0, 1], [0, 1], 0), ValueError, "n_classes must ... >= 1 ... got 0"),
    (matrix([0, 1], [0, 1], 2.0), TypeError, "n_classes must ... whole number ... got 2.0"),
    (matrix([0, 1], [0, 1], True), TypeError, "n_classes must ... whole number ... got True"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_use_is_named(call, error, message):
    with pytest.raises(error, match=".*".join(map(re.escape, message.split(" ... ")))):
        call()
