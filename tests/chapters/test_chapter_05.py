"""What chapter 5 concludes, found again without its code."""

import math
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest

import mlp


class AlwaysOne(mlp.Layer):
    """ReLU with the derivative 1 everywhere: the mistake of the chapter."""

    def forward(self, x, training=False):
        self.mask = np.ones_like(x)
        return np.clip(x, 0, None)

    def backward(self, grad_y):
        return grad_y * self.mask


def complex_step(function, x):
    """Return the gradient without differences: Im f(x + ih) / h, exact to rounding."""
    steps = 1e-40j * np.eye(x.size)
    return np.array([function(x + step).imag / 1e-40 for step in steps])


# ---- Gradients ------------------------------------------------------------------------------


def test_network_worked_by_hand():
    def loss(p):
        hidden = 1 / (1 + np.exp(-(np.array([1, 2]) @ p[:4].reshape(2, 2) + p[4:6])))
        return (hidden @ p[6:8] + p[8] - 1) ** 2

    p = np.array([0.4, -0.5, -0.3, 0.8, 0.2, -0.1, 0.6, -0.4, 0.1])
    paper = [-0.2677, 0.1404, -0.5355, 0.2807, -0.2677, 0.1404, -0.8924, -1.3048, -1.7848]
    np.testing.assert_allclose(complex_step(loss, p), paper, atol=0.5e-4)
    assert round(float(loss(p)), 4) == 0.7964


@pytest.mark.parametrize("sizes", [(3, 4, 2), (5, 2, 6, 3)])
def test_backpropagation_equals_the_complex_step(sizes):
    rng = np.random.default_rng(sum(sizes))
    x, y = rng.standard_normal((7, sizes[0])), rng.integers(0, sizes[-1], 7)
    layers = []
    for d_in, d_out in pairwise(sizes):
        layers += [mlp.Dense(d_in, d_out), mlp.Tanh()]
    net = mlp.Sequential(*layers[:-1], rng=0, dtype=np.float64)

    def loss(parameters):
        a, end = x, 0
        for k, (d_in, d_out) in enumerate(pairwise(sizes)):
            w = parameters[end : end + d_in * d_out].reshape(d_in, d_out)
            b = parameters[end + d_in * d_out : end + (d_in + 1) * d_out]
            end += (d_in + 1) * d_out
            a = a @ w + b
            if k < len(sizes) - 2:
                a = np.tanh(a)
        return np.mean(np.log(np.exp(a).sum(axis=1)) - a[np.arange(7), y])

    cross_entropy = mlp.CrossEntropy()
    cross_entropy(net.forward(x), y)
    net.backward(cross_entropy.backward())
    expected = complex_step(loss, net.parameters.copy())
    np.testing.assert_allclose(net.gradients, expected, rtol=1e-11, atol=1e-14)


def test_a_derivative_counts_paths():
    values = [mlp.Value(0.0)]
    for width in (4, 5, 2, 1):
        values = [sum(values[1:], values[0]) * 1.0 for _ in range(width)]
    values[0].backward()
    leaf = values[0]
    while leaf._parents:
        leaf = leaf._parents[0][0]
    assert leaf.grad == 4 * 5 * 2  # walked once, though there are 40 ways


def test_a_second_pass_over_a_graph_needs_zeros():
    """Without them, k additions in a row give k + 1 times the slope; Value begins from 0."""
    leaf = total = mlp.Value(1.0)
    for _ in range(6):
        total = total + 1.0
    total.backward()
    node = total
    while node._parents:  # once more, and nothing set to zero
        node._parents[0][0].grad += node.grad
        node = node._parents[0][0]
    assert leaf.grad == 6 + 1
    total.backward()
    assert leaf.grad == 1


def test_thirty_lines_are_enough_for_the_digits():
    data = mlp.datasets.digits()
    scores = []
    for seed in range(5):
        net = mlp.Sequential(mlp.Dense(64, 32), mlp.Tanh(), mlp.Dense(32, 10), rng=seed)
        mlp.fit(
            net,
            data.x_train,
            data.y_train,
            loss=mlp.CrossEntropy(),
            optimizer=mlp.SGD(0.2),
            epochs=15,
            rng=seed,
            progress=False,
        )
        scores.append(mlp.evaluate(net, data.x_test, data.y_test, loss=mlp.CrossEntropy()))
    assert 0.945 < np.mean([score["accuracy"] for score in scores]) < 0.975


# ---- Differences ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_best_step_of_central_differences(dtype):
    """For 1/x, whose rounding IEEE 754 bounds: t* = (u/2)^(1/3), with the error 3 t*²."""
    u = np.finfo(dtype).eps / 2
    x = (1 + np.arange(0, 1024, 3) / 1024).astype(dtype)
    powers = np.arange(4, 40 if dtype == np.float64 else 19)
    errors = []
    for k in powers:
        slopes = [
            mlp.numerical_gradient(lambda v: dtype(1) / v[0], x[i : i + 1], step=0.5 ** int(k))[0]
            for i in range(len(x))
        ]
        errors.append(np.abs(slopes * -(x.astype(np.float64) ** 2) - 1).max())
    best = (u / 2) ** (1 / 3)
    assert 0.4 < 0.5 ** powers[np.argmin(errors)] / best < 2.5
    assert 0.5 < min(errors) / (3 * best**2) < 1.3
    assert errors[-1] > 100 * min(errors)  # a smaller step is not a better step
    assert errors[0] > 100 * min(errors)


# ---- A wrong derivative ---------------------------------------------------------------------


def deep(activation, depth, seed):
    layers = [mlp.Dense(64, 32, mlp.he_normal), activation()]
    for _ in range(depth - 1):
        layers += [mlp.Dense(32, 32, mlp.he_normal), activation()]
    return mlp.Sequential(*layers, mlp.Dense(32, 10), rng=seed, dtype=np.float64)


class Summed(mlp.CrossEntropy):
    """The gradient of the sum over a batch of 32, though the loss is the mean."""

    def backward(self):
        return 32 * super().backward()


def accuracy_after_training(activation, depth, seed, optimizer, loss=None):
    """Of other seeds than those of the chapter."""
    data, net = mlp.datasets.digits(), deep(activation, depth, 50 + seed)
    mlp.fit(
        net,
        data.x_train,
        data.y_train,
        loss=loss or mlp.CrossEntropy(),
        optimizer=optimizer,
        epochs=10,
        rng=90 + seed,
        progress=False,
    )
    return mlp.evaluate(net, data.x_test, data.y_test, loss=mlp.CrossEntropy())["accuracy"]


def test_a_wrong_derivative_learns_in_one_layer_and_overflows_in_four_with_sgd():
    right, wrong = (
        np.mean([accuracy_after_training(kind, 1, seed, mlp.SGD(0.1)) for seed in range(3)])
        for kind in (mlp.ReLU, AlwaysOne)
    )
    assert abs(right - wrong) < 0.03
    assert wrong > 0.9
    for seed in range(3):
        assert accuracy_after_training(mlp.ReLU, 4, seed, mlp.SGD(0.1)) > 0.85
        with pytest.raises(FloatingPointError):
            accuracy_after_training(AlwaysOne, 4, seed, mlp.SGD(0.1))


def test_adam_hides_the_length_and_leaves_the_direction():
    """Six layers: no overflow, but worse, by more than the seeds scatter."""
    right, wrong = (
        [accuracy_after_training(kind, 6, seed, mlp.Adam(3e-3)) for seed in range(5)]
        for kind in (mlp.ReLU, AlwaysOne)
    )
    assert np.mean(right) > 0.91
    assert 0.8 < np.mean(wrong) < np.mean(right) - 0.015


def test_a_sum_for_the_mean_shows_with_sgd_alone():
    with_adam = accuracy_after_training(mlp.ReLU, 1, 0, mlp.Adam(3e-3), Summed())
    with_sgd = accuracy_after_training(mlp.ReLU, 1, 0, mlp.SGD(0.1), Summed())
    assert with_adam > 0.92
    assert with_sgd < 0.2


def test_a_mistake_in_one_layer_is_found_in_that_layer():
    rng = np.random.default_rng(4)
    with pytest.raises(AssertionError):
        mlp.check_gradients(AlwaysOne(), rng.standard_normal((5, 7)))
    assert mlp.check_gradients(mlp.ReLU(), rng.standard_normal((5, 7))) < 1e-6


def test_the_check_finds_it_unless_all_units_are_on():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((6, 64)), rng.integers(0, 10, 6)
    assert mlp.check_gradients(deep(mlp.ReLU, 1, 0), x, y, mlp.CrossEntropy()) < 1e-6
    wrong = deep(AlwaysOne, 1, 0)
    with pytest.raises(AssertionError, match="gradient of x"):
        mlp.check_gradients(wrong, x, y, mlp.CrossEntropy())
    wrong.layers[0].bias[:] = 1000
    assert mlp.check_gradients(wrong, x, y, mlp.CrossEntropy()) < 1e-6


@pytest.mark.parametrize("gates", [1, 3, 6])
def test_cosine_after_ignored_gates(gates):
    """Random gates of one half, random weights between: cos = 2^(-k/2), length 2^(k/2)."""
    rng = np.random.default_rng(gates)
    gated = ignored = rng.standard_normal((400, 200))
    for _ in range(gates):
        w = rng.standard_normal((200, 200)) / math.sqrt(200)
        gated, ignored = rng.integers(0, 2, gated.shape) * gated @ w, ignored @ w
    cosine = (gated * ignored).sum() / np.linalg.norm(gated) / np.linalg.norm(ignored)
    assert cosine == pytest.approx(2 ** (-gates / 2), rel=0.05)
    length = np.linalg.norm(ignored) / np.linalg.norm(gated)
    assert length == pytest.approx(2 ** (gates / 2), rel=0.05)


def test_slopes_mislead_where_random_signs_do_not():
    data = mlp.datasets.digits()
    x = data.x_test.astype(np.float64)
    net, cross_entropy = deep(mlp.Tanh, 1, 7), mlp.CrossEntropy()
    mlp.fit(
        net,
        data.x_train,
        data.y_train,
        loss=cross_entropy,
        optimizer=mlp.SGD(0.1),
        epochs=10,
        rng=8,
        progress=False,
    )
    cross_entropy(net.forward(x), data.y_test)
    signs = np.sign(net.backward(cross_entropy.backward()))
    noise = np.random.default_rng(9).choice([-1.0, 1.0], x.shape)
    against, random = (
        np.mean(net(np.clip(x + 0.1 * d, 0, 1)).argmax(axis=1) == data.y_test)
        for d in (signs, noise)
    )
    assert random > 0.9
    assert against < 0.75


# ---- Costs ----------------------------------------------------------------------------------


def test_backward_takes_two_multiplications_for_each_one_forward():
    """Counted in a graph of single numbers: the slopes of a product are no constants."""
    rng = np.random.default_rng(0)
    a = [mlp.Value(v) for v in rng.standard_normal(3)]
    for d_in, d_out in ((3, 4), (4, 2)):
        w = [[mlp.Value(v) for v in row] for row in rng.standard_normal((d_in, d_out))]
        products = [[a[i] * w[i][j] for i in range(d_in)] for j in range(d_out)]
        a = [sum(row[1:], row[0]) for row in products]
    total = a[0] + a[1]
    seen, stack, forward, backward = set(), [total], 0, 0
    while stack:
        node = stack.pop()
        if node in seen:
            continue
        seen.add(node)
        slopes = [slope for _, slope in node._parents]
        forward += bool(slopes) and slopes != [1.0, 1.0]
        backward += sum(slope != 1.0 for slope in slopes)
        stack.extend(parent for parent, _ in node._parents)
    assert forward == 3 * 4 + 4 * 2
    assert backward == 2 * forward


def test_memory_of_activations():
    """What is still allocated after a forward pass: the outputs of all layers but the last."""
    net = mlp.Sequential(
        mlp.Dense(784, 512), mlp.ReLU(), mlp.Dense(512, 512), mlp.ReLU(), mlp.Dense(512, 10)
    )
    x = np.ones((128, 784), np.float32)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        net.forward(x, training=True)
        kept = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert kept + x.nbytes == pytest.approx(128 * (784 + 512 + 512) * 4, rel=0.01)
