"""What chapter 2 concludes about feedforward networks, tested apart from its own code."""

import itertools
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

import mlp


def network(*matrices):
    """Return a network from (weight, bias) pairs, with ReLUs between them."""
    layers = []
    for weight, bias in matrices:
        weight = np.asarray(weight, float)
        layer = mlp.Dense(*weight.shape, dtype=np.float64)
        layer.weight[:], layer.bias[:] = weight, bias
        layers += [layer, mlp.ReLU()]
    return mlp.Sequential(*layers[:-1], dtype=np.float64)


def test_two_hidden_units_compute_xor_and_map_class_1_to_one_point():
    net = network(([[1, 1], [1, 1]], [0, -1]), ([[1], [-2]], [0]))
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert net(corners)[:, 0].tolist() == [0, 1, 1, 0]
    hidden = net.layers[1](net.layers[0](corners))
    assert hidden[1].tolist() == hidden[2].tolist() == [1, 0]


def test_layers_without_activation_are_one_affine_map():
    net = mlp.Sequential(mlp.Dense(5, 9), mlp.Dense(9, 7), mlp.Dense(7, 3), rng=0, dtype=np.float64)
    rng = np.random.default_rng(1)
    net.parameters[:] = rng.normal(size=net.parameters.size)
    # An affine map is known from its values at 0 and at the unit vectors.
    b = net(np.zeros((1, 5)))[0]
    w = net(np.eye(5)) - b
    x = rng.normal(size=(40, 5))
    np.testing.assert_allclose(net(x), x @ w + b, atol=1e-10)
    assert net.parameters.size == 9 * 6 + 7 * 10 + 3 * 8


@pytest.mark.parametrize(
    ("f", "largest_curvature"), [(np.sin, 1.0), (np.exp, np.e), (np.square, 2.0)]
)
def test_error_of_the_hats_falls_with_the_square_of_the_width(f, largest_curvature):
    errors = []
    widths = np.array([16, 32, 64, 128])
    x = np.linspace(-1, 1, 128 * 40 + 1)
    for n in widths:
        knots = np.linspace(-1, 1, n + 1)
        slopes = np.diff(f(knots)) * n / 2
        bends = np.concatenate([slopes[:1], np.diff(slopes)])
        net = network((np.ones((1, n)), -knots[:-1]), (bends[:, None], f(knots[0])))
        output = net(x[:, None])[:, 0]
        np.testing.assert_allclose(output, np.interp(x, knots, f(knots)), atol=1e-12)
        errors.append(np.abs(output - f(x)).max())
        assert errors[-1] <= (2 / n) ** 2 / 8 * largest_curvature * (1 + 1e-6)
    slope = np.polyfit(np.log(widths), np.log(errors), 1)[0]
    assert abs(slope + 2) < 0.03


def sawtooth(k):
    first, between = ([[1, 1]], [0, -0.5]), ([[2, 2], [-4, -4]], [0, -0.5])
    return network(first, *[between] * (k - 1), ([[2], [-4]], [0]))


@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_sawtooth_has_two_to_the_k_pieces(k):
    net = sawtooth(k)
    assert net.parameters.size == 6 * k + 1

    def exact(x):  # the tent k times, in fractions
        for _ in range(k):
            x = 2 * x if 2 * x < 1 else 2 - 2 * x
        return x

    corners = [Fraction(i, 2**k) for i in range(2**k + 1)]
    assert [exact(x) for x in corners] == [i % 2 for i in range(2**k + 1)]
    middles = [(p + q) / 2 for p, q in pairwise(corners)]
    assert {exact(x) for x in middles} == {Fraction(1, 2)}
    points = np.array(corners + middles, float)
    expected = [float(exact(x)) for x in corners + middles]
    assert net(points[:, None])[:, 0].tolist() == expected


def bends(net, x):
    slopes = np.diff(net(x[:, None])[:, 0])
    turns = np.abs(np.diff(slopes)) > 1e-9
    return int(turns[0] + (turns[1:] & ~turns[:-1]).sum())  # one bend shows at up to two points


def test_one_hidden_layer_has_at_most_one_bend_for_each_unit():
    x = np.linspace(-50, 50, 200_001)
    for seed in range(5):
        net = mlp.Sequential(
            mlp.Dense(1, 20), mlp.ReLU(), mlp.Dense(20, 1), rng=seed, dtype=np.float64
        )
        net.parameters[:] = np.random.default_rng(seed).normal(size=net.parameters.size)
        assert 10 < bends(net, x) <= 20


@pytest.mark.parametrize("activation", [mlp.Tanh, mlp.ReLU, mlp.Sigmoid])
@pytest.mark.parametrize("start", ["equal", "random"])
def test_hidden_units_that_start_equal_stay_equal(activation, start):
    x, y = mlp.datasets.moons(200, noise=0.2, rng=0)
    net = mlp.Sequential(
        mlp.Dense(2, 6),
        activation(),
        mlp.Dense(6, 4),
        activation(),
        mlp.Dense(4, 2),
        rng=0,
        dtype=np.float64,
    )
    if start == "equal":
        for layer in net.layers[::2]:
            layer.weight[:] = 0.5
    before = net.parameters.copy()
    mlp.fit(
        net,
        x,
        y,
        loss=mlp.CrossEntropy(),
        optimizer=mlp.Adam(0.02),
        epochs=20,
        rng=0,
        progress=False,
    )
    assert np.abs(net.parameters - before).max() > 0.05
    first, second = net.layers[0].weight, net.layers[2].weight
    differences = [np.ptp(first, axis=1).max(), np.ptp(second, axis=1).max()]
    assert (max(differences) < 1e-9) == (start == "equal")


def test_from_zeros_only_the_output_bias_moves():
    x, y = mlp.datasets.moons(200, noise=0.2, rng=0)
    y = y[:, None]
    net = mlp.Sequential(mlp.Dense(2, 6), mlp.ReLU(), mlp.Dense(6, 1), dtype=np.float64)
    net.parameters[:] = 0
    mlp.fit(
        net,
        x[:90],
        y[:90],
        loss=mlp.BinaryCrossEntropy(),
        optimizer=mlp.SGD(0.1),
        epochs=20,
        rng=0,
        progress=False,
    )
    assert np.abs(net.parameters[:-1]).max() == 0
    assert net.parameters[-1] != 0


def test_without_biases_there_are_at_most_two_pieces_at_any_depth():
    """r(αz) = α r(z) for α > 0, so f(αx) = α f(x): powers of two scale without rounding."""
    x = np.random.default_rng(0).normal(size=(50, 1))
    for depth in (1, 2, 4, 8):
        sizes = [1, *[64 // depth] * depth, 1]
        rng = np.random.default_rng(depth)
        net = network(
            *((rng.normal(0, (2 / d) ** 0.5, (d, e)), np.zeros(e)) for d, e in pairwise(sizes))
        )
        for scale in (0.25, 4.0):
            np.testing.assert_allclose(net(scale * x), scale * net(x), rtol=1e-10)
        net.layers[0].bias[:] = 1
        assert np.abs(net(4 * x) - 4 * net(x)).max() > 0.1


def test_lines_cut_the_plane_into_as_many_regions_as_the_chapter_counts():
    side = np.linspace(-5, 5, 200)  # without 0, where lines may meet
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)

    def regions(lines, offsets):
        return len(np.unique(plane @ lines + offsets > 0, axis=0))

    triangle = np.array([[0, 1, -1], [1, -1, -1]])  # three sides, which cut the plane in 7
    assert regions(triangle, np.ones(3)) == 7
    assert regions(triangle, np.zeros(3)) == 6  # all through one point
    for units in range(1, 9):
        rng = np.random.default_rng(units)
        found = regions(rng.normal(size=(2, units)), rng.normal(size=units))
        assert units < found <= 1 + units * (units + 1) // 2


def sine_on_same_bends(n):
    """Return the RMS errors of a chain that interpolates and of the best one."""
    knots = np.linspace(-np.pi, np.pi, n + 1)
    x = np.linspace(-np.pi, np.pi, 100 * n + 1)
    hats = np.array([np.interp(x, knots, row) for row in np.eye(n + 1)]).T
    best = hats @ np.linalg.lstsq(hats, np.sin(x), rcond=None)[0]
    chains = np.interp(x, knots, np.sin(knots)), best
    return [np.sqrt(np.mean((chain - np.sin(x)) ** 2)) for chain in chains]


def test_best_heights_beat_interpolation_by_the_root_of_six():
    """Errors of h² f''/√120 and h² f''/√720: the parabola on a piece, less its mean or not."""
    interpolated, best = sine_on_same_bends(64)
    assert abs(interpolated / best - np.sqrt(6)) < 0.05
    # f'' of the sine has the root mean square √½.
    assert abs(interpolated / ((2 * np.pi / 64) ** 2 * np.sqrt(0.5 / 120)) - 1) < 0.01


def test_training_does_not_reach_the_best_heights_on_equal_bends():
    x = np.linspace(-np.pi, np.pi, 200)[:, None]
    for seed in range(100, 103):
        net = mlp.Sequential(
            mlp.Dense(1, 16), mlp.ReLU(), mlp.Dense(16, 1), rng=seed, dtype=np.float64
        )
        mlp.fit(
            net,
            x,
            np.sin(x),
            loss=mlp.MeanSquaredError(),
            optimizer=mlp.Adam(0.01),
            epochs=1500,
            batch_size=200,
            rng=seed,
            progress=False,
        )
        assert np.sqrt(np.mean((net(x) - np.sin(x)) ** 2)) > sine_on_same_bends(16)[1]


def test_two_units_rarely_find_xor_and_wait_in_vain():
    x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
    errors = []
    for seed in range(100, 120):
        net = mlp.Sequential(
            mlp.Dense(2, 2), mlp.ReLU(), mlp.Dense(2, 1), rng=seed, dtype=np.float64
        )
        mlp.fit(
            net,
            x,
            y,
            loss=mlp.MeanSquaredError(),
            optimizer=mlp.Adam(0.05),
            epochs=1000,
            batch_size=4,
            rng=seed,
            progress=False,
        )
        errors.append(np.abs(net(x) - y).max())
    errors = np.array(errors)
    assert (errors < 0.1).sum() < 8
    assert errors[errors >= 0.1].min() > 0.49


def accuracy(draw, widths, activation, seed, epochs=100):
    rng = np.random.default_rng(seed)
    x, y = draw(rng)
    layers, d_in = [], 2
    for width in widths:
        layers += [mlp.Dense(d_in, width, mlp.he_normal), activation()]
        d_in = width
    net = mlp.Sequential(*layers, mlp.Dense(d_in, 2), rng=rng)
    mlp.fit(
        net,
        x,
        y,
        loss=mlp.CrossEntropy(),
        optimizer=mlp.Adam(0.02),
        epochs=epochs,
        rng=rng,
        progress=False,
    )
    return mlp.evaluate(net, *draw(2000, 2000), loss=mlp.CrossEntropy())["accuracy"]


def moons(rng, n=200):
    return mlp.datasets.moons(n, noise=0.2, rng=rng)


def spirals(rng, n=300):
    return mlp.datasets.spirals(n, noise=0.03, rng=rng)


def test_width_bends_the_boundary_around_the_moons():
    seeds = range(100, 104)
    straight = [accuracy(moons, [8, 8], mlp.Identity, seed) for seed in seeds]
    narrow = [accuracy(moons, [1], mlp.ReLU, seed) for seed in seeds]
    wide = [accuracy(moons, [32], mlp.ReLU, seed) for seed in seeds]
    assert 0.85 < np.mean(straight) < 0.89
    assert max(narrow) < 0.89  # one unit draws a straight line, at best
    assert min(wide) > 0.94


def test_on_the_spirals_eight_units_beat_four_and_three():
    leads = [
        accuracy(spirals, [8], mlp.ReLU, seed, 200) - accuracy(spirals, [4, 3], mlp.ReLU, seed, 200)
        for seed in range(100, 106)
    ]
    assert np.mean(leads) > 0.03


@pytest.mark.parametrize("k", [1, 2, 3])
def test_one_hidden_layer_needs_as_many_units_as_the_sawtooth_has_pieces(k):
    """With a unit less, each choice of the units' directions leaves an error; least squares."""
    corners = np.arange(1, 2**k) / 2**k
    x = np.linspace(0, 1, 2 ** (k + 3) + 1)
    teeth = np.abs((x * 2**k + 1) % 2 - 1)

    def best_error(directions, corners):
        units = np.maximum(directions * (x[:, None] - corners), 0)
        features = np.column_stack([units, np.ones(len(x))])
        weights = np.linalg.lstsq(features, teeth)[0]
        return np.abs(features @ weights - teeth).max()

    directions = itertools.product([-1, 1], repeat=len(corners))
    assert min(best_error(np.array(d), corners) for d in directions) > 0.05
    assert best_error(np.ones(2**k), np.append(corners, 0)) < 1e-9
