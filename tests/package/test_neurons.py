"""mlp.neurons: one neuron, its plane and its gradients; the perceptron and its bound."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlp

sizes = st.integers(1, 6)
seeds = st.integers(0, 10**6)
CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# --- Neuron ---------------------------------------------------------------------------------------


def test_neuron_worked_by_hand():
    neuron = mlp.Neuron([3.0, -4.0], bias=5.0, activation=mlp.ReLU())
    np.testing.assert_array_equal(neuron([[1, 1], [0, 2], [-1, 0]]), [4, 0, 2])  # z = 4, -3, 2
    np.testing.assert_array_equal(neuron.backward([1.0, 1.0, 2.0]), [[3, -4], [0, 0], [6, -8]])
    np.testing.assert_array_equal(neuron.weight_grad, [1 - 2, 1])
    assert neuron.bias_grad == 3
    np.testing.assert_array_equal(neuron.distance([[1, 1], [0, 2], [-1, 0]]), [0.8, -0.6, 0.4])


@given(n=sizes, d=sizes, seed=seeds, activation=st.sampled_from([None, mlp.Sigmoid(), mlp.Tanh()]))
def test_neuron_against_differences(n, d, seed, activation):
    neuron = mlp.Neuron(normal(d, seed=seed), bias=0.5, activation=activation)
    x, r = normal(n, d, seed=seed + 1), normal(n, seed=seed + 2)

    def value(_=None):
        return float(r @ neuron(x))

    def value_of_bias(bias):
        return float(r @ mlp.Neuron(neuron.weight, float(bias[0]), activation)(x))

    value()
    grad_x = neuron.backward(r)
    grads = neuron.weight_grad.copy(), neuron.bias_grad
    close = {"rtol": 1e-6, "atol": 1e-8}
    np.testing.assert_allclose(grad_x, mlp.numerical_gradient(value, x), **close)
    np.testing.assert_allclose(grads[0], mlp.numerical_gradient(value, neuron.weight), **close)
    bias_slope = mlp.numerical_gradient(value_of_bias, np.array([neuron.bias]))
    np.testing.assert_allclose([grads[1]], bias_slope, **close)


@given(n=sizes, d=sizes, seed=seeds)
def test_distance_is_measured_along_the_normal(n, d, seed):
    """From each point, the signed distance along w/‖w‖ back must end on the plane."""
    neuron = mlp.Neuron(normal(d, seed=seed), bias=float(normal(1, seed=seed + 1)[0]))
    x = normal(n, d, seed=seed + 2)
    normal_vector = neuron.weight / math.sqrt(sum(neuron.weight**2))
    foot = x - neuron.distance(x)[:, None] * normal_vector
    scale = 1 + np.abs(neuron.weight).max() * np.abs(foot).max()
    np.testing.assert_allclose(neuron(foot), np.zeros(n), atol=1e-12 * scale)


def test_distance_does_not_count_as_forward():
    neuron = mlp.Neuron([1.0, 2.0])
    neuron([[1.0, 0.0]])
    neuron.distance([[5.0, 5.0], [6.0, 6.0]])
    np.testing.assert_array_equal(neuron.backward([1.0]), [[1, 2]])
    np.testing.assert_array_equal(neuron.weight_grad, [1, 0])


def test_neuron_equals_a_dense_layer_with_one_unit():
    neuron = mlp.Neuron([0.5, -1.0, 2.0], 0.25, mlp.Sigmoid())
    net = mlp.Sequential(mlp.Dense(3, 1), mlp.Sigmoid(), dtype=np.float64)
    net.parameters[:] = [0.5, -1.0, 2.0, 0.25]
    x, grad = normal(7, 3), normal(7, seed=1)
    np.testing.assert_allclose(neuron(x), net(x)[:, 0], rtol=1e-14)
    np.testing.assert_allclose(neuron.backward(grad), net.backward(grad[:, None]), rtol=1e-13)
    gradients = [*neuron.weight_grad, neuron.bias_grad]
    np.testing.assert_allclose(gradients, net.gradients, rtol=1e-13)


def test_neuron_copies_its_weights_and_keeps_their_type():
    weight = np.array([1.0, 2.0], np.float32)
    neuron = mlp.Neuron(weight)
    neuron.weight += 1
    np.testing.assert_array_equal(weight, [1, 2])
    assert neuron(np.ones((1, 2))).dtype == np.float32
    assert neuron.backward(np.ones(1, np.float32)).dtype == np.float32
    assert neuron.weight_grad.dtype == np.float32
    assert mlp.Neuron([1, 2])([[1, 2]]).dtype == np.float64
    assert repr(neuron) == "Neuron(2 inputs, Identity())"


def test_a_neuron_learns_and():
    neuron = mlp.Neuron([0.0, 0.0])
    loss = mlp.BinaryCrossEntropy()
    target = np.array([0.0, 0.0, 0.0, 1.0])
    for _ in range(400):
        loss(neuron(CORNERS), target)
        neuron.backward(loss.backward())
        neuron.weight -= 2 * neuron.weight_grad
        neuron.bias -= 2 * neuron.bias_grad
    np.testing.assert_array_equal(neuron(CORNERS) > 0, target)


# --- Perceptron -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target", [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]]
)
def test_perceptron_learns_what_a_line_separates(target):
    perceptron = mlp.Perceptron(2)
    per_epoch = perceptron.fit(CORNERS, target)
    assert per_epoch[-1] == 0
    assert 0 not in per_epoch[:-1]  # the first pass without a mistake is the last
    assert perceptron.mistakes == sum(per_epoch)
    np.testing.assert_array_equal(perceptron(CORNERS), target)
    assert perceptron.fit(CORNERS, target) == [0]


def test_perceptron_does_not_learn_xor():
    perceptron = mlp.Perceptron(2)
    per_epoch = perceptron.fit(CORNERS, [0, 1, 1, 0], epochs=500)
    assert len(per_epoch) == 500
    assert min(per_epoch) > 0
    assert not np.array_equal(perceptron(CORNERS), [0, 1, 1, 0])


def test_perceptron_worked_by_hand():
    perceptron = mlp.Perceptron(2)
    x, y = [[1, 2], [3, 0], [-1, 1]], [1, 0, 1]
    # (1, 2): 0 is not > 0, wrong: w = (1, 2), b = 1.   (3, 0): 4 > 0, wrong: w = (-2, 2), b = 0.
    # (-1, 1): 4 > 0, right.
    assert perceptron.fit(x, y, epochs=1) == [2]
    np.testing.assert_array_equal(perceptron.weight, [-2, 2])
    assert perceptron.bias == 0
    # Second pass: (1, 2): 2 > 0, right. (3, 0): -6, right. (-1, 1): right. It went on, not anew.
    assert perceptron.fit(x, y) == [0]
    assert perceptron.mistakes == 2
    np.testing.assert_array_equal(perceptron([[0, 0], [0, 1]]), [0, 1])
    assert perceptron([[0, 1]]).dtype == np.int64
    assert repr(perceptron) == "Perceptron(2)"


@given(n=st.integers(1, 30), d=st.integers(1, 4), seed=seeds, shuffled=st.booleans())
def test_mistakes_stay_within_novikoffs_bound(n, d, seed, shuffled):
    rng = np.random.default_rng(seed)
    plane = rng.standard_normal(d + 1)
    plane /= np.linalg.norm(plane)
    with_one = np.hstack([rng.uniform(-2, 2, (n, d)), np.ones((n, 1))])
    margins = with_one @ plane
    far = np.abs(margins) >= 0.2
    with_one, margins = with_one[far], margins[far]
    if not len(margins):
        return
    gamma, radius = np.abs(margins).min(), np.linalg.norm(with_one, axis=1).max()
    bound = (radius / gamma) ** 2
    perceptron = mlp.Perceptron(d)
    y = (margins > 0).astype(int)
    per_epoch = perceptron.fit(
        with_one[:, :d], y, epochs=math.floor(bound) + 1, rng=seed if shuffled else None
    )
    assert per_epoch[-1] == 0  # each pass before the last made at least one mistake
    assert perceptron.mistakes == sum(per_epoch) <= bound
    np.testing.assert_array_equal(perceptron(with_one[:, :d]), y)


def test_perceptron_shuffles_only_when_told_to_and_by_its_seed():
    x, y = normal(60, 2), np.arange(60) % 2
    runs = {}
    for name, rng in [("a", 1), ("same", 1), ("other", 2), ("order", None), ("order again", None)]:
        perceptron = mlp.Perceptron(2)
        perceptron.fit(x, y, epochs=3, rng=rng)
        runs[name] = perceptron.weight.tolist()
    assert runs["a"] == runs["same"]
    assert runs["order"] == runs["order again"]
    assert len({str(runs[name]) for name in ("a", "other", "order")}) == 3
    np.testing.assert_array_equal(x, normal(60, 2))


# --- wrong use ------------------------------------------------------------------------------------


def fit(x=CORNERS, y=(0, 0, 0, 1), **settings):
    return lambda: mlp.Perceptron(2).fit(x, y, **settings)


def neuron(**settings):
    return mlp.Neuron(**{"weight": [1.0, 2.0], **settings})


def forwarded():
    one = neuron()
    one([[1.0, 2.0], [3.0, 4.0]])
    return one


WRONG = [
    (lambda: neuron(weight=[[1.0, 2.0]]), ValueError, "weight must ... (D,) ... got (1, 2)"),
    (lambda: neuron(weight=3.0), ValueError, "weight must ... (D,) ... got ()"),
    (lambda: neuron(weight=[]), ValueError, "weight must ... (D,) ... got (0,)"),
    (lambda: neuron(weight=[1.0, np.nan]), ValueError, "weight must ... finite ... index (1,)"),
    (lambda: neuron(weight=["a"]), TypeError, "weight must ... real numbers ... <U1"),
    (lambda: neuron(weight=[1j]), TypeError, "weight must ... complex128"),
    (lambda: neuron(bias=np.inf), ValueError, "bias must ... got inf"),
    (lambda: neuron(bias="1"), TypeError, "bias must ... got '1'"),
    (lambda: neuron(bias=True), TypeError, "bias must ... got True"),
    (lambda: neuron(bias=[1.0]), TypeError, "bias must ... got [1.0]"),
    (lambda: neuron(bias=10**400), ValueError, "bias must"),
    (lambda: neuron(activation="relu"), TypeError, "activation must ... got 'relu'"),
    (lambda: neuron(activation=mlp.ReLU), TypeError, "activation must ... ReLU"),
    (lambda: neuron()([1.0, 2.0]), ValueError, "x must ... (N, 2) ... got (2,)"),
    (lambda: neuron()([[1.0]]), ValueError, "x must ... (N, 2) ... got (1, 1)"),
    (lambda: neuron()(np.ones((0, 2))), ValueError, "x must ... at least one ... (0, 2)"),
    (lambda: neuron()([[1.0, np.inf]]), ValueError, "x must ... finite ... inf at index (0, 1)"),
    (lambda: neuron().distance([[1.0]]), ValueError, "x must ... (N, 2) ... got (1, 1)"),
    (lambda: neuron(weight=[0, 0]).distance([[1, 2]]), ValueError, "weight must not be all zeros"),
    (lambda: neuron().backward([1.0]), ValueError, "Neuron.backward ... forward"),
    (lambda: forwarded().backward([1.0]), ValueError, "grad_y must ... (2,) ... got (1,)"),
    (lambda: forwarded().backward([[1.0]] * 2), ValueError, "grad_y must ... (2,) ... got (2, 1)"),
    (lambda: mlp.Perceptron(0), ValueError, "n_inputs must ... >= 1 ... got 0"),
    (lambda: mlp.Perceptron(2.0), TypeError, "n_inputs must ... whole number ... got 2.0"),
    (lambda: mlp.Perceptron(True), TypeError, "n_inputs must ... whole number ... got True"),
    (lambda: mlp.Perceptron(2)([[1.0]]), ValueError, "x must ... (N, 2) ... got (1, 1)"),
    (fit(x=[[0, 0]]), ValueError, "y must ... 1 rows"),
    (fit(x=np.ones((0, 2)), y=[]), ValueError, "x must ... at least one"),
    (fit(x=[[np.nan, 0]] * 4), ValueError, "x must ... finite ... got nan"),
    (fit(y=[-1, -1, -1, 1]), ValueError, "y must ... 0 or 1"),
    (fit(y=[[0], [0], [0], [1]]), ValueError, "y must ... 4 rows"),
    (fit(y=[0.5, 0, 0, 1]), ValueError, "y must ... 0 or 1 ... 0.5"),
    (fit(y=["a", "b", "c", "d"]), ValueError, "y must ... 0 or 1"),
    (fit(epochs=0), ValueError, "epochs must ... >= 1 ... got 0"),
    (fit(epochs=1.5), TypeError, "epochs must ... whole number ... got 1.5"),
    (fit(rng="0"), TypeError, "rng must ... got '0'"),
    (fit(rng=False), TypeError, "rng must ... got False"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_use_is_named(call, error, message):
    with pytest.raises(error, match=".*".join(map(re.escape, message.split(" ... ")))):
        call()


def test_a_refused_fit_changes_nothing():
    perceptron = mlp.Perceptron(2)
    perceptron.fit(CORNERS, [0, 1, 1, 1])
    before = perceptron.weight.tolist(), perceptron.bias, perceptron.mistakes
    with pytest.raises(ValueError, match="y must"):
        perceptron.fit(CORNERS, [0, 1, 1, 2])
    with pytest.raises(TypeError, match="rng must"):
        perceptron.fit(CORNERS, [1, 0, 0, 0], rng="0")
    assert (perceptron.weight.tolist(), perceptron.bias, perceptron.mistakes) == before
