"""mlp.losses: worked cases, other forms of the same formulas, differences, and wrong use."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlp

LOSSES = [
    mlp.MeanSquaredError(),
    mlp.MeanAbsoluteError(),
    mlp.Huber(),
    mlp.Huber(2.0),
    mlp.BinaryCrossEntropy(),
    mlp.CrossEntropy(),
    mlp.CrossEntropy(label_smoothing=0.3),
]
every = pytest.mark.parametrize("loss", LOSSES, ids=repr)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])
regressions = pytest.mark.parametrize("loss", LOSSES[:5], ids=repr)
seeds = st.integers(0, 10**6)
sizes = st.integers(1, 6)


def example(loss, n, d, seed, dtype=np.float64):
    """Return predictions and targets that suit the loss, away from its kinks."""
    rng = np.random.default_rng(seed)
    prediction = rng.uniform(-4, 4, (n, d)).astype(dtype)
    if isinstance(loss, mlp.CrossEntropy):
        return prediction, rng.integers(0, d, n)
    if isinstance(loss, mlp.BinaryCrossEntropy):
        return prediction, rng.integers(0, 2, (n, d)).astype(dtype)
    # Errors of 0, where |e| has its kink, and of 1 and 2, where Huber's curvature jumps, are rare:
    # each error is in (0.01, 0.99), (1.01, 1.99) or (2.01, 2.99), on either side.
    error = rng.integers(0, 3, (n, d)) + rng.uniform(0.01, 0.99, (n, d))
    return prediction, (prediction + error * rng.choice([-1, 1], (n, d))).astype(dtype)


# --- worked by hand -------------------------------------------------------------------------------

Z3 = np.log([[1.0, 2.0, 5.0]])  # softmax gives 1/8, 2/8, 5/8
LN3 = np.log(3.0)  # the sigmoid gives 3/4
P, T = [[1.0, 2.0], [3.0, 4.0]], [[0.0, 2.0], [5.0, 4.0]]  # errors 1, 0, -2, 0
BY_HAND = {
    "MSE": (mlp.MeanSquaredError(), P, T, 5 / 4, [[0.5, 0], [-1, 0]]),
    "MAE": (mlp.MeanAbsoluteError(), P, T, 3 / 4, [[0.25, 0], [-0.25, 0]]),
    "Huber 1": (mlp.Huber(), P, T, (0.5 + 1.5) / 4, [[0.25, 0], [-0.25, 0]]),
    "Huber 1.5": (mlp.Huber(1.5), P, T, (0.5 + 1.5 * 1.25) / 4, [[0.25, 0], [-0.375, 0]]),
    "Huber 2": (mlp.Huber(2.0), P, T, (0.5 + 2.0) / 4, [[0.25, 0], [-0.5, 0]]),
    "BCE": (
        mlp.BinaryCrossEntropy(),
        [[LN3], [LN3], [-LN3], [0.0]],
        [[1.0], [0.0], [1.0], [0.5]],
        -(np.log(3 / 4) + np.log(1 / 4) + np.log(1 / 4) + np.log(1 / 2)) / 4,
        [[-1 / 16], [3 / 16], [-3 / 16], [0]],
    ),
    "CE": (mlp.CrossEntropy(), Z3, [2], -np.log(5 / 8), [[1 / 8, 2 / 8, -3 / 8]]),
    "CE of two": (
        mlp.CrossEntropy(),
        np.vstack([Z3, 0 * Z3 + 7]),
        [0, 1],
        (np.log(8) + np.log(3)) / 2,
        [[-7 / 16, 2 / 16, 5 / 16], [1 / 6, -2 / 6, 1 / 6]],
    ),
    "CE of probabilities": (
        mlp.CrossEntropy(),
        Z3,
        [[0.5, 0.5, 0.0]],
        -(np.log(1 / 8) + np.log(2 / 8)) / 2,
        [[-3 / 8, -2 / 8, 5 / 8]],
    ),
    "CE smoothed": (  # q is 0.1, 0.1, 0.8
        mlp.CrossEntropy(0.3),
        Z3,
        [2],
        -(0.1 * np.log(1 / 8) + 0.1 * np.log(2 / 8) + 0.8 * np.log(5 / 8)),
        [[1 / 8 - 0.1, 2 / 8 - 0.1, 5 / 8 - 0.8]],
    ),
}


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "value", "gradient"), BY_HAND.values(), ids=BY_HAND
)
def test_worked_by_hand(loss, prediction, target, value, gradient):
    assert loss.forward(prediction, target) == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-14, atol=1e-16)
    assert loss(prediction, target) == loss.forward(prediction, target)


# --- against differences and against other forms --------------------------------------------------


@every
@given(n=sizes, d=sizes, seed=seeds)
def test_backward_against_differences(loss, n, d, seed):
    prediction, target = example(loss, n, d, seed)
    assert mlp.check_gradients(mlp.Identity(), prediction, target, loss) < 1e-6


@every
@given(n=sizes, d=sizes, seed=seeds, copies=st.integers(2, 4))
def test_the_loss_is_a_mean(loss, n, d, seed, copies):
    """Every example several times: the same loss, and the gradient of each as many times less."""
    prediction, target = example(loss, n, d, seed)
    value, gradient = loss(prediction, target), loss.backward().copy()
    repeated = loss(np.concatenate([prediction] * copies), np.concatenate([target] * copies))
    assert repeated == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(
        loss.backward(), np.concatenate([gradient] * copies) / copies, rtol=1e-12, atol=1e-16
    )


@given(n=sizes, d=sizes, seed=seeds, delta=st.sampled_from([0.5, 1.0, 2.0]))
def test_losses_of_numbers_element_by_element(n, d, seed, delta):
    prediction, target = example(mlp.Huber(), n, d, seed)
    errors = [p - t for p, t in zip(prediction.flat, target.flat, strict=True)]
    huber = [e * e / 2 if abs(e) <= delta else delta * (abs(e) - delta / 2) for e in errors]
    for loss, values in [
        (mlp.MeanSquaredError(), [e * e for e in errors]),
        (mlp.MeanAbsoluteError(), [abs(e) for e in errors]),
        (mlp.Huber(delta), huber),
    ]:
        assert loss(prediction, target) == pytest.approx(sum(values) / len(values), rel=1e-12)


def test_huber_is_half_the_square_within_delta_and_a_line_beyond():
    rng = np.random.default_rng(0)
    target = rng.uniform(-1, 1, (20, 3))
    near = target + rng.uniform(-0.5, 0.5, target.shape)
    far = target + rng.choice([-1, 1], target.shape) * rng.uniform(0.5, 9, target.shape)
    huber, square, line = mlp.Huber(0.5), mlp.MeanSquaredError(), mlp.MeanAbsoluteError()
    assert huber(near, target) == pytest.approx(square(near, target) / 2, rel=1e-12)
    np.testing.assert_allclose(huber.backward(), square.backward() / 2, rtol=1e-12)
    assert huber(far, target) == pytest.approx(0.5 * (line(far, target) - 0.25), rel=1e-12)
    np.testing.assert_allclose(huber.backward(), 0.5 * line.backward(), rtol=1e-12)


@given(n=sizes, d=sizes, seed=seeds)
def test_bce_is_minus_the_log_likelihood(n, d, seed):
    rng = np.random.default_rng(seed)
    z, y = rng.uniform(-10, 10, (n, d)), rng.uniform(0, 1, (n, d))
    p, not_p = 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(z))
    loss = mlp.BinaryCrossEntropy()
    assert loss(z, y) == pytest.approx(-(y * np.log(p) + (1 - y) * np.log(not_p)).mean(), rel=1e-10)
    np.testing.assert_allclose(loss.backward(), (p - y) / y.size, rtol=1e-10, atol=1e-16)


@given(n=sizes, k=sizes, seed=seeds, eps=st.sampled_from([0.0, 0.1, 0.5]))
def test_cross_entropy_is_the_plain_formula(n, k, seed, eps):
    rng = np.random.default_rng(seed)
    z, y = rng.uniform(-10, 10, (n, k)), rng.integers(0, k, n)
    q = (1 - eps) * np.eye(k)[y] + eps / k
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = mlp.CrossEntropy(label_smoothing=eps)
    wanted = -(q * np.log(p)).sum() / n
    assert loss(z, y) == pytest.approx(wanted, rel=1e-10, abs=1e-14)
    np.testing.assert_allclose(loss.backward(), (p - q) / n, rtol=1e-9, atol=1e-15)


@given(n=sizes, k=sizes, seed=seeds, eps=st.sampled_from([0.0, 0.1, 0.5]))
def test_classes_equal_their_one_hot_probabilities(n, k, seed, eps):
    rng = np.random.default_rng(seed)
    z, y = rng.uniform(-10, 10, (n, k)), rng.integers(0, k, n)
    classes, rows = mlp.CrossEntropy(eps), mlp.CrossEntropy(eps)
    assert classes(z, y) == pytest.approx(rows(z, np.eye(k)[y]), rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(classes.backward(), rows.backward(), rtol=1e-10, atol=1e-15)


@given(n=sizes, k=sizes, seed=seeds)
def test_smoothing_is_a_change_of_the_probabilities(n, k, seed):
    rng = np.random.default_rng(seed)
    z, q = rng.uniform(-10, 10, (n, k)), rng.dirichlet(np.ones(k), n)
    smoothed, plain = mlp.CrossEntropy(0.2), mlp.CrossEntropy()
    wanted = plain(z, 0.8 * q + 0.2 / k)
    assert smoothed(z, q) == pytest.approx(wanted, rel=1e-12, abs=1e-14)
    np.testing.assert_allclose(smoothed.backward(), plain.backward(), rtol=1e-10, atol=1e-15)


def test_two_classes_are_one_logit():
    """A softmax over (0, z) is the sigmoid of z: both losses must agree."""
    z, y = np.linspace(-5, 5, 11), np.arange(11) % 2
    binary, classes = mlp.BinaryCrossEntropy(), mlp.CrossEntropy()
    two = classes(np.stack([np.zeros(11), z], axis=1), y)
    assert binary(z[:, None], y[:, None]) == pytest.approx(two, rel=1e-14)
    np.testing.assert_allclose(binary.backward()[:, 0], classes.backward()[:, 1], rtol=1e-13)


# --- extremes -------------------------------------------------------------------------------------


@both_dtypes
def test_bce_of_saturated_logits_is_exact(dtype):
    loss = mlp.BinaryCrossEntropy()
    z, y = np.array([[1e4], [1e4], [-1e4], [-1e4]], dtype), np.array([[1], [0], [1], [0]], dtype)
    assert loss(z, y) == 5e3
    np.testing.assert_array_equal(loss.backward(), [[0], [0.25], [-0.25], [0]])


@both_dtypes
@pytest.mark.parametrize("one_hot", [False, True])
def test_cross_entropy_of_saturated_logits_is_exact(dtype, one_hot):
    loss = mlp.CrossEntropy()
    z, y = np.array([[1e4, -1e4], [1e4, -1e4]], dtype), np.array([0, 1])
    assert loss(z, np.eye(2, dtype=dtype)[y] if one_hot else y) == 1e4
    np.testing.assert_array_equal(loss.backward(), [[0, 0], [0.5, -0.5]])


def test_small_losses_keep_their_digits():
    # log(1 + e^-30) = e^-30 to 13 digits; 1 - p would give 0.
    assert mlp.BinaryCrossEntropy()([[-30.0]], [[0.0]]) == pytest.approx(np.exp(-30), rel=1e-12)


@pytest.mark.parametrize("loss", LOSSES[:1] + LOSSES[2:4], ids=repr)
def test_a_loss_too_large_for_floats_is_inf_without_a_warning(loss):
    huge = np.array([[np.finfo(np.float64).max]])
    assert loss(huge, -huge) == np.inf


@both_dtypes
def test_many_rows_do_not_lose_the_mean(dtype):
    prediction = np.full((200_000, 1), 0.1, dtype)
    target = np.zeros_like(prediction)
    for loss, value in [
        (mlp.MeanSquaredError(), 0.01),
        (mlp.MeanAbsoluteError(), 0.1),
        (mlp.Huber(), 0.005),
        (mlp.BinaryCrossEntropy(), np.log1p(np.exp(0.1))),
    ]:
        assert loss(prediction, target) == pytest.approx(value, rel=1e-5)
    two = np.hstack([prediction, target])
    for target in [np.ones(len(two), int), np.tile([dtype(0.0), dtype(1.0)], (len(two), 1))]:
        wanted = np.log1p(np.exp(0.1))
        assert mlp.CrossEntropy()(two, target) == pytest.approx(wanted, rel=1e-5)


# --- arrays: types, shapes, memory ----------------------------------------------------------------


@every
@both_dtypes
@given(n=sizes, d=sizes, seed=seeds)
def test_the_type_of_floats_stays(loss, dtype, n, d, seed):
    prediction, target = example(loss, n, d, seed, dtype)
    value = loss(prediction, target)
    assert type(value) is float
    assert loss.backward().dtype == dtype
    assert loss.backward().shape == (n, d)
    wide = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in (prediction, target)]
    narrow_gradient = loss.backward().copy()
    assert value == pytest.approx(loss(*wide), rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(narrow_gradient, loss.backward(), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (mlp.Huber(np.float64(0.7)), np.array([[0.0, 2.0]], np.float32)),
        (mlp.CrossEntropy(np.float64(0.1)), np.array([1])),
        (mlp.MeanSquaredError(), np.array([[0.0, 2.0]])),
        (mlp.MeanAbsoluteError(), np.array([[0, 2]])),
        (mlp.BinaryCrossEntropy(), np.array([[False, True]])),
        (mlp.CrossEntropy(), np.array([[0.5, 0.5]])),
    ],
    ids=repr,
)
def test_settings_and_targets_do_not_widen_float32(loss, target):
    loss(np.array([[0.5, -1.0]], np.float32), target)
    assert loss.backward().dtype == np.float32


@every
def test_arguments_stay_and_the_gradient_is_new(loss):
    prediction, target = example(loss, 4, 3, 0)
    kept = prediction.copy(), target.copy()
    loss(prediction, target)
    gradient = loss.backward()
    np.testing.assert_array_equal(prediction, kept[0])
    np.testing.assert_array_equal(target, kept[1])
    assert not np.shares_memory(gradient, prediction)
    assert not np.shares_memory(gradient, target)


@every
@pytest.mark.parametrize("layout", ["columns first", "strided"])
def test_the_layout_in_memory_makes_no_difference(loss, layout):
    prediction, target = example(loss, 4, 3, 1)
    value, gradient = loss(prediction, target), loss.backward().copy()
    other = (
        np.asfortranarray(prediction)
        if layout == "columns first"
        else np.repeat(prediction, 2, axis=1)[:, ::2]
    )
    assert loss(other, target) == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(loss.backward(), gradient, rtol=1e-13, atol=1e-17)


@pytest.mark.parametrize(
    "kind", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", ">i8", "<i8"]
)
def test_classes_of_every_integer_type(kind):
    prediction, target = example(mlp.CrossEntropy(), 5, 3, 2)
    loss = mlp.CrossEntropy()
    value, gradient = loss(prediction, target), loss.backward().copy()
    assert loss(prediction, target.astype(kind)) == value
    np.testing.assert_array_equal(loss.backward(), gradient)
    assert loss(prediction, np.repeat(target.astype(kind), 2)[::2]) == value
    with pytest.raises(ValueError, match="target must hold classes from 0 to 2, got 3"):
        loss(prediction, np.full(5, 3, kind))


def test_more_classes_than_a_small_integer_type_can_count():
    loss = mlp.CrossEntropy()
    assert loss(np.zeros((2, 300)), np.array([0, 255], np.uint8)) == pytest.approx(np.log(300))


@every
def test_backward_twice_is_the_same(loss):
    loss(*example(loss, 4, 3, 1))
    first = loss.backward().copy()
    np.testing.assert_array_equal(loss.backward(), first)


def test_which_losses_have_an_accuracy():
    assert [loss.classifies for loss in LOSSES] == [False] * 4 + [True] * 3


def test_defaults_and_repr():
    assert repr(mlp.Huber()) == "Huber(delta=1.0)"
    assert repr(mlp.CrossEntropy(0.25)) == "CrossEntropy(label_smoothing=0.25)"
    assert mlp.CrossEntropy().label_smoothing == 0
    assert repr(mlp.MeanSquaredError()) == "MeanSquaredError()"


# --- wrong use ------------------------------------------------------------------------------------

Z = np.zeros((4, 3))


def ce(target, prediction=Z):
    return lambda: mlp.CrossEntropy()(prediction, target)


def bce(target):
    return lambda: mlp.BinaryCrossEntropy()(np.zeros((2, 1)), target)


def rows(*first):
    return np.array([first, [1, 0, 0], [1, 0, 0], [1, 0, 0]], dtype=float)


WRONG = [
    (lambda: mlp.Huber(0), ValueError, "delta must ... (0, inf) ... got 0"),
    (lambda: mlp.Huber(np.nan), ValueError, "delta must ... (0, inf) ... got nan"),
    (lambda: mlp.Huber("1"), TypeError, "delta must ... (0, inf) ... got '1'"),
    (lambda: mlp.Huber(True), TypeError, "delta must ... (0, inf) ... got True"),
    (lambda: mlp.CrossEntropy(1.0), ValueError, "label_smoothing must ... [0, 1) ... got 1"),
    (lambda: mlp.CrossEntropy(-0.1), ValueError, "label_smoothing must ... got -0.1"),
    (lambda: mlp.CrossEntropy(True), TypeError, "label_smoothing must ... got True"),
    (ce([0, 1, 2, 3]), ValueError, "target must ... 0 to 2 ... got 3"),
    (ce([0, -1, 2, 1]), ValueError, "target must ... 0 to 2 ... got -1"),
    (ce([0, 1, 2]), ValueError, "target must ... (4,) ... got int64 of shape (3,)"),
    (ce([[0], [1], [2], [0]]), ValueError, "target must ... (4,) ... got int64 of shape (4, 1)"),
    (ce([0.0, 1, 2, 0]), ValueError, "target must ... int ... float64"),
    (ce([True] * 4), ValueError, "target must ... int ... bool"),
    (ce(["a"] * 4), ValueError, "target must ... int ... <U1"),
    (ce(np.eye(4, 3, dtype=int)), ValueError, "target must ... float ... int64"),
    (ce(rows(0.5, 0.5, 0.1)), ValueError, "target must ... sum to 1"),
    (ce(rows(0.5, 0.499, 0)), ValueError, "target must ... sum to 1"),
    (ce(rows(1.5, -0.5, 0)), ValueError, "target must ... >= 0"),
    (ce(rows(np.nan, 1, 0)), ValueError, "target must ... nan at index (0, 0)"),
    (ce([0], np.zeros(3)), ValueError, "prediction must ... (N, K) ... got (3,)"),
    (ce([], np.zeros((0, 3))), ValueError, "prediction must not be empty ... (0, 3)"),
    (ce([0], np.zeros((1, 0))), ValueError, "prediction must not be empty ... (1, 0)"),
    (ce([0], [["a"]]), TypeError, "prediction must ... <U1"),
    (ce([0, 1], [[1, 2], [3]]), ValueError, "prediction must"),
    (bce([[0.0], [2.0]]), ValueError, "target must ... [0, 1] ... from 0 to 2"),
    (bce([[-1.0], [1.0]]), ValueError, "target must ... [0, 1] ... from -1 to 1"),
    (bce([[np.nan], [1.0]]), ValueError, "target must ... finite ... got nan"),
    (bce([[np.inf], [1.0]]), ValueError, "target must ... finite ... got inf"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_use_is_named(call, error, message):
    with pytest.raises(error, match=".*".join(map(re.escape, message.split(" ... ")))):
        call()


@regressions
@pytest.mark.parametrize(
    ("prediction", "target"), [((4, 1), (4,)), ((4,), (4, 1)), ((4, 2), (4, 1)), ((4, 2), (2,))]
)
def test_nothing_is_broadcast(loss, prediction, target):
    with pytest.raises(ValueError, match="target must have shape") as caught:
        loss(np.zeros(prediction), np.zeros(target))
    assert str(prediction) in str(caught.value)
    assert str(target) in str(caught.value)


@regressions
def test_empty_text_and_complex_are_refused(loss):
    with pytest.raises(ValueError, match=r"prediction must .* got shape \(0, 2\)"):
        loss(np.zeros((0, 2)), np.zeros((0, 2)))
    with pytest.raises(TypeError, match="prediction must hold real numbers, got dtype <U1"):
        loss([["a"]], [[0.0]])
    with pytest.raises(TypeError, match="target must hold real numbers, got dtype complex128"):
        loss([[0.0]], [[1j]])


@every
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_predictions_that_are_not_finite_are_refused(loss, bad, column):
    prediction, target = example(loss, 4, 3, 3)
    prediction[1, column] = bad
    where = rf"prediction must hold finite numbers, got {bad} at index \(1, {column}\)"
    with pytest.raises(ValueError, match=where):
        loss(prediction, target)


@pytest.mark.parametrize("loss", LOSSES[:4], ids=repr)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_targets_that_are_not_finite_are_refused(loss, bad):
    prediction, target = example(loss, 4, 3, 3)
    target[1, 2] = bad
    with pytest.raises(ValueError, match=rf"target must .* finite .* {bad} at index \(1, 2\)"):
        loss(prediction, target)


@pytest.mark.parametrize(
    ("target", "where"),
    [
        ([0, 1, 3, -1], "at index 2, the first of 2"),
        (rows(0.5, 0.5, 0.1), "at index 0, the first of 1"),
    ],
)
def test_the_row_of_a_wrong_target_is_noted(target, where):
    with pytest.raises(ValueError, match="target must hold") as caught:
        mlp.CrossEntropy()(Z, target)
    assert caught.value.__notes__ == [where]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logits_further_apart_than_floats_can_be(dtype):
    """The right class is certain, and costs 0; the other is impossible, and costs infinitely much.

    By the definition with the softmax p = (1, 0): -log 1 = 0, -log 0 = ∞.
    """
    far = np.array([[1, -1], [-1, 1]], dtype) * (0.9 * np.finfo(dtype).max)
    for target in ([0, 1], [[1.0, 0.0], [0.0, 1.0]]):
        loss = mlp.CrossEntropy()
        assert loss(far, target) == 0
        np.testing.assert_array_equal(loss.backward(), np.zeros((2, 2)))
    assert mlp.CrossEntropy()(far, [0, 0]) == np.inf
    assert mlp.CrossEntropy(0.1)(far, [0, 1]) == np.inf


@every
def test_backward_needs_a_forward(loss):
    with pytest.raises(ValueError, match=rf"{type(loss).__name__}\.backward .* forward"):
        type(loss)().backward()
