"""What chapter 3 concludes about activation functions and first weights, apart from its code."""

import math
from itertools import pairwise

import kinds
import numpy as np
import pytest

import mlp

ELEMENTWISE = [make for name, make in kinds.ACTIVATIONS.items() if name != "Softmax"]


def rms(values):
    return float(np.sqrt(np.mean(np.square(values))))


def through(activation, initializer, seed, depth=30, width=100):
    """Return log10 of the change of z (last against first layer) and of its gradient (reverse)."""
    layers = []
    for _ in range(depth):
        layers += [mlp.Dense(width, width, initializer), activation()]
    mlp.Sequential(*layers, rng=seed, dtype=np.float64)
    rng = np.random.default_rng(seed + 1000)
    y, grad = rng.standard_normal((2, 100, width))
    sizes, gradients = [], []
    for layer in layers:
        y = layer(y)
        sizes.append(rms(y))
    for layer in reversed(layers):
        grad = layer.backward(grad)
        gradients.append(rms(grad))
    z, delta = sizes[0::2], gradients[0::2]
    return math.log10(z[-1] / z[0]), math.log10(delta[-1] / delta[0])


def half_of_lecun(shape, rng, dtype):
    return mlp.initializers.lecun_normal(shape, rng, dtype) / math.sqrt(2)


def mean_change(activation, initializer):
    return np.mean([through(activation, initializer, seed) for seed in range(4)], axis=0)


# ---- Functions and slopes -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ELEMENTWISE)
def test_the_output_is_the_integral_of_the_slope(kind):
    z = (np.arange(-80_000, 80_000) + 0.5) / 10_000  # midpoints
    activation = kind()
    area = activation.derivative(z).sum() / 10_000
    assert area == pytest.approx(activation(8.0) - activation(-8.0), abs=1e-7)


def test_slopes_that_the_chapter_states():
    z = np.linspace(-9, 9, 2001)
    largest = {kind: kind().derivative(z).max() for kind in ELEMENTWISE}
    assert largest[mlp.Sigmoid] == 0.25 == mlp.Sigmoid().derivative(0.0)
    assert largest[mlp.Tanh] == 1 == mlp.Tanh().derivative(0.0)
    assert 1.09 < largest[mlp.SiLU] < 1.11
    assert 1.12 < largest[mlp.GELU] < 1.14
    np.testing.assert_allclose(np.tanh(z), 2 * mlp.Sigmoid()(2 * z) - 1, atol=1e-15)
    assert mlp.SiLU()(z).min() == pytest.approx(-0.2785, abs=1e-4)
    assert mlp.GELU()(z).min() == pytest.approx(-0.1700, abs=1e-4)


def test_error_of_the_tanh_form_of_gelu():
    z = np.linspace(-6, 6, 2401)
    exact = np.array([0.5 * v * math.erfc(-v / math.sqrt(2)) for v in z])
    error = np.abs(mlp.GELU()(z) - exact)
    assert 4.7e-4 < error.max() < 4.8e-4
    assert abs(abs(z[error.argmax()]) - 2.7) < 0.01


def test_thirty_sigmoids_in_a_row_multiply_their_slopes():
    def chain(kind):
        layers = []
        for _ in range(30):
            layers += [mlp.Dense(1, 1), kind()]
        net = mlp.Sequential(*layers, dtype=np.float64)
        for dense in layers[::2]:
            dense.weight[:] = 1
        net.forward([[1.0]])
        return float(net.backward([[1.0]])[0, 0])

    assert 0 < chain(mlp.Sigmoid) < 4.0**-30
    assert 0.005 < chain(mlp.Tanh) < 0.02
    assert chain(mlp.ReLU) == 1


# ---- First weights --------------------------------------------------------------------------


def test_relu_halves_the_mean_square_and_he_makes_up_for_it():
    glorot, he = (mean_change(mlp.ReLU, init) for init in (mlp.glorot_normal, mlp.he_normal))
    np.testing.assert_allclose(glorot, -14.5 * math.log10(2), atol=0.6)
    np.testing.assert_allclose(he, 0, atol=0.6)


def test_sigmoid_keeps_the_size_of_z_and_loses_the_gradient():
    forward, back = mean_change(mlp.Sigmoid, mlp.glorot_uniform)
    assert abs(forward) < 0.5
    assert -19.5 < back < -17
    assert mean_change(mlp.Sigmoid, mlp.he_normal)[1] < -13.5


def test_sigmoid_makes_all_images_alike_and_tanh_does_not():
    x = mlp.datasets.digits().x_test
    spreads = {}
    for kind in (mlp.Sigmoid, mlp.Tanh):
        layers = [mlp.Dense(64, 32), kind()]
        for _ in range(9):
            layers += [mlp.Dense(32, 32), kind()]
        net = mlp.Sequential(*layers, mlp.Dense(32, 10), rng=7, dtype=np.float64)
        logits = net(x)
        spreads[kind] = rms(logits - logits.mean(axis=0)) / rms(logits)
    # Ten slopes of at most 1/4 on the way, weights that keep the mean square in a linear network.
    assert spreads[mlp.Sigmoid] < 4.0**-10
    assert spreads[mlp.Tanh] > 0.1


def test_tanh_and_elu_stay_within_a_factor_of_ten_or_so():
    for kind in (mlp.Tanh, mlp.ELU):
        for initializer in (mlp.glorot_normal, mlp.he_uniform):
            assert abs(mean_change(kind, initializer)[1]) < 1.3
        assert mean_change(kind, half_of_lecun)[1] < -4


def test_silu_needs_more_than_he():
    assert mean_change(mlp.SiLU, mlp.he_normal)[1] < -2
    assert mean_change(mlp.SiLU, mlp.glorot_normal)[1] < -8


def test_forward_and_backward_numbers():
    """By random numbers; the chapter integrates."""
    z = np.random.default_rng(0).standard_normal(400_000)
    numbers = {k: (1 / rms(k()(z)) ** 2, 1 / rms(k().derivative(z)) ** 2) for k in ELEMENTWISE}
    np.testing.assert_allclose(numbers[mlp.ReLU], (2, 2), rtol=0.02)
    np.testing.assert_allclose(numbers[mlp.Sigmoid], (3.41, 22.3), rtol=0.02)
    np.testing.assert_allclose(numbers[mlp.Tanh], (2.54, 2.15), rtol=0.02)
    np.testing.assert_allclose(numbers[mlp.SiLU], (2.81, 2.64), rtol=0.02)
    np.testing.assert_allclose(numbers[mlp.Softplus], (1.09, 3.41), rtol=0.02)


def test_deviations_grow_with_silu_and_gelu_and_shrink_with_tanh():
    """By a small step in the mean square and random numbers; the chapter differentiates."""
    z = np.random.default_rng(1).standard_normal(400_000)
    growth = {}
    for kind in (mlp.Tanh, mlp.ReLU, mlp.ELU, mlp.SiLU, mlp.GELU):
        high, low = (np.mean(kind()(math.sqrt(tau) * z) ** 2) for tau in (1.001, 0.999))
        growth[kind] = (high - low) / 0.002 / np.mean(kind()(z) ** 2)
    assert 0.44 < growth[mlp.Tanh] < 0.48
    assert growth[mlp.ReLU] == pytest.approx(1)
    assert 0.87 < growth[mlp.ELU] < 0.91
    assert 1.15 < growth[mlp.SiLU] < 1.19
    assert 1.13 < growth[mlp.GELU] < 1.16


def test_intermediate_widths_cancel_under_he():
    widths = [100, 400, 50, 300, 100]
    changes = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        layers = []
        for d_in, d_out in pairwise(widths):
            layers += [mlp.Dense(d_in, d_out, mlp.he_normal), mlp.ReLU()]
        net = mlp.Sequential(*layers, rng=seed, dtype=np.float64)
        net.forward(rng.standard_normal((100, 100)))
        grad = rng.standard_normal((100, 100))
        changes.append(math.log(rms(net.backward(grad)) / rms(grad)))
    assert abs(np.mean(changes)) < 0.15


# ---- Dying units ----------------------------------------------------------------------------


def silent(kind, rate, bias, seed, centered=False):
    data, first = mlp.datasets.digits(), mlp.Dense(64, 32, mlp.he_normal)
    shift = data.x_train.mean(axis=0) if centered else 0
    x = data.x_train - shift
    net = mlp.Sequential(first, kind, mlp.Dense(32, 10), rng=seed, dtype=np.float64)
    first.bias[:] = bias
    before = (first(x) <= 0).all(axis=0)
    dead_weights = first.weight[:, before].copy()
    mlp.fit(
        net,
        x,
        data.y_train,
        loss=mlp.CrossEntropy(),
        optimizer=mlp.SGD(rate),
        epochs=8,
        rng=seed,
        progress=False,
    )
    after = (first(x) <= 0).all(axis=0)
    unchanged = np.array_equal(first.weight[:, before], dead_weights)
    score = mlp.evaluate(net, data.x_test - shift, data.y_test, loss=mlp.CrossEntropy())
    return before, after, unchanged, score["accuracy"]


def test_a_dead_relu_never_changes_and_a_leaky_one_can_come_back():
    before, after, unchanged, _ = silent(mlp.ReLU(), 0.1, -1.5, 0)
    assert 15 < before.sum() < 32
    assert unchanged
    assert np.all(after[before])
    woken = {}
    for slope in (0.01, 0.3):
        before, after, unchanged, _ = silent(mlp.LeakyReLU(slope), 0.1, -1.5, 0)
        assert not unchanged
        woken[slope] = (before & ~after).sum()
    assert woken[0.01] < 3 < 5 < woken[0.3]


@pytest.mark.parametrize("seed", [10, 11, 12])
def test_large_rates_kill_unless_the_pixels_are_centered(seed):
    assert silent(mlp.ReLU(), 0.1, 0, seed)[1].sum() < 5
    _, after, _, score = silent(mlp.ReLU(), 2, 0, seed)
    assert after.sum() > 25
    assert score < 0.2
    _, after, _, score = silent(mlp.ReLU(), 2, 0, seed, centered=True)
    assert after.sum() == 0
    assert score > 0.93


# ---- Softmax --------------------------------------------------------------------------------


def test_softmax():
    rng = np.random.default_rng(0)
    z = rng.normal(scale=2, size=6)
    softmax = mlp.Softmax()
    np.testing.assert_allclose(softmax(z), softmax(z - 40), rtol=1e-12)

    def complex_softmax(v):
        return np.exp(v) / np.exp(v).sum()

    columns = [complex_softmax(z + step).imag / 1e-40 for step in 1e-40j * np.eye(6)]
    np.testing.assert_allclose(softmax.jacobian(z), np.column_stack(columns), rtol=1e-11)
    assert softmax(np.float32([89, 88, 0])).tolist() == pytest.approx([0.731, 0.269, 0], abs=1e-3)
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(np.float32([89, 88, 0]))
        assert np.isnan((e / e.sum())[0])
    entropy = [-(y @ np.log(y)) for y in (softmax(z / t) for t in (0.5, 1, 2, 4))]
    assert np.all(np.diff(entropy) > 0)


def test_relu_layers_turn_inputs_toward_each_other():
    u, n = np.random.default_rng(0).standard_normal((2, 400_000))
    for angle in (0.5, 1.5, 2.5):
        v = u * math.cos(angle) + n * math.sin(angle)
        measured = 2 * np.mean(np.maximum(u, 0) * np.maximum(v, 0))
        theory = (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / math.pi
        assert measured == pytest.approx(theory, abs=0.01)
        assert theory > math.cos(angle)


def test_angle_after_thirty_relu_layers():
    """By a sum over the circle; the chapter integrates."""
    t = 2 * math.pi * (np.arange(20_000) + 0.5) / 20_000
    angle = math.pi / 2
    for _ in range(30):
        # For a standard normal point in the plane, E[r²] = 2, and its direction is uniform.
        both = np.maximum(np.cos(t), 0) * np.maximum(np.cos(t - angle), 0)
        angle = math.acos(min(4 * both.mean(), 1))
    assert round(math.cos(angle), 2) == 0.97
    assert round(math.degrees(angle)) == 14


def test_best_numbers_of_the_tanh_form():
    z = np.linspace(0, 5, 3001)
    exact = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in z])

    def worst(kappa, factor):
        phi = 1 / (1 + np.exp(-2 * math.sqrt(2 / math.pi) * (z + kappa * z**3)))
        return np.abs(factor * (phi - exact)).max()

    for factor, best in ((1, 0.044715), (z, 0.0444)):
        assert worst(best, factor) < min(worst(best - 2e-4, factor), worst(best + 2e-4, factor))


# ---- Training -------------------------------------------------------------------------------


def scores(kind, initializer, depth, rate, seeds, epochs=10, batch_size=64, centered=True):
    data = mlp.datasets.digits()
    shift = data.x_train.mean(axis=0) if centered else 0
    found = []
    for seed in seeds:
        layers = [mlp.Dense(64, 32, initializer), kind()]
        for _ in range(depth - 1):
            layers += [mlp.Dense(32, 32, initializer), kind()]
        net = mlp.Sequential(*layers, mlp.Dense(32, 10), rng=seed, dtype=np.float64)
        mlp.fit(
            net,
            data.x_train - shift,
            data.y_train,
            loss=mlp.CrossEntropy(),
            optimizer=mlp.SGD(rate),
            epochs=epochs,
            batch_size=batch_size,
            rng=seed + 1000,
            progress=False,
        )
        result = mlp.evaluate(net, data.x_test - shift, data.y_test, loss=mlp.CrossEntropy())
        found.append(result["accuracy"])
    return np.array(found)


def test_ten_layers_learn_or_not():
    settings = {"depth": 10, "rate": 0.02, "epochs": 15, "batch_size": 32, "centered": False}
    seeds = range(20, 23)
    assert scores(mlp.Sigmoid, mlp.glorot_uniform, seeds=seeds, **settings).max() < 0.15
    assert scores(mlp.Tanh, mlp.glorot_uniform, seeds=seeds, **settings).min() > 0.8
    he = scores(mlp.ReLU, mlp.he_normal, seeds=seeds, **settings)
    glorot = scores(mlp.ReLU, mlp.glorot_uniform, seeds=seeds, **settings)
    assert he.mean() > 0.8
    assert (he > glorot).all()
    assert he.mean() > glorot.mean() + 0.15


def test_two_layers_sigmoid_is_behind_tanh_start_by_start_and_softplus_on_average():
    seeds = range(30, 35)
    tanh = scores(mlp.Tanh, mlp.glorot_uniform, 2, 1, seeds)
    sigmoid = scores(mlp.Sigmoid, mlp.glorot_uniform, 2, 3, seeds)
    softplus = scores(mlp.Softplus, mlp.he_normal, 2, 1, seeds)
    assert (tanh > sigmoid).sum() >= 4
    assert tanh.mean() > softplus.mean()
    assert scores(mlp.Sigmoid, mlp.glorot_uniform, 2, 1, seeds).max() < sigmoid.min()
    assert abs(scores(mlp.Identity, mlp.glorot_uniform, 2, 0.3, seeds) - tanh).max() < 0.03


def test_six_layers_large_weights_help_the_sigmoid():
    def large(shape, rng, dtype):
        return 8 * mlp.initializers.lecun_normal(shape, rng, dtype)

    seeds = range(30, 33)
    for rate in (0.1, 1):
        assert scores(mlp.Sigmoid, mlp.glorot_uniform, 6, rate, seeds).max() < 0.15
    assert scores(mlp.Sigmoid, large, 6, 1, seeds).min() > 0.7
    assert scores(mlp.Tanh, mlp.glorot_uniform, 6, 0.3, seeds).min() > 0.9
