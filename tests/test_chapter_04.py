"""What chapter 4 concludes, found again without its code."""

import math
from fractions import Fraction
from statistics import NormalDist

import numpy as np
import pytest

import mlp


def probabilities(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# ---- Noise and constants --------------------------------------------------------------------


def minus_log_density(e, kind):
    """Minus the logarithm of a density of errors, its constant found by a sum over a grid."""
    shapes = {
        "Gaussian": lambda e: np.exp(-(e**2) / 2),
        "Laplace": lambda e: np.exp(-np.abs(e)),
        "Huber": lambda e: np.where(np.abs(e) < 2, np.exp(-(e**2) / 2), np.exp(2 - 2 * np.abs(e))),
    }
    grid = np.linspace(-40, 40, 800_001)
    area = np.trapezoid(shapes[kind](grid), grid)
    return -np.log(shapes[kind](e) / area)


@pytest.mark.parametrize(
    ("kind", "loss", "factor"),
    [
        ("Gaussian", mlp.MeanSquaredError(), 2),
        ("Laplace", mlp.MeanAbsoluteError(), 1),
        ("Huber", mlp.Huber(delta=2.0), 1),
    ],
)
def test_losses_are_negative_log_likelihoods(kind, loss, factor):
    """Up to a factor and a constant: the same difference between any two predictions."""
    rng = np.random.default_rng(0)
    y, first, second = 2 * rng.standard_normal((3, 400, 1))
    difference = (minus_log_density(first - y, kind) - minus_log_density(second - y, kind)).mean()
    assert loss(first, y) - loss(second, y) == pytest.approx(factor * difference, rel=1e-6)


def test_constants_that_minimize():
    y = np.array([3.0, -1.0, 8.0, 2.0, 50.0, 2.5, 0.0])
    trials = np.linspace(-2, 51, 5301)
    best = {}
    for loss in (mlp.MeanSquaredError(), mlp.MeanAbsoluteError(), mlp.Huber(4.0)):
        values = [loss(np.full_like(y, c), y) for c in trials]
        best[type(loss).__name__] = trials[np.argmin(values)]
    assert best["MeanSquaredError"] == pytest.approx(y.mean(), abs=0.006)
    assert best["MeanAbsoluteError"] == pytest.approx(2.5)
    # 8 and 50 pull with 4 each, the others with their errors: 3 - 1 + 2 + 2.5 + 0 - 5 c + 8 = 0.
    assert best["Huber"] == pytest.approx(14.5 / 5, abs=0.006)


def test_one_outlier_moves_the_mean_without_limit():
    def moved(loss, outlier):
        y = np.array([1.0, 2.0, 3.0, 4.0, outlier])[:, None]
        net = mlp.Sequential(mlp.Dense(1, 1, mlp.zeros), dtype=np.float64)
        mlp.fit(net, np.zeros((5, 1)), y, loss=loss, optimizer=mlp.Adam(mlp.CosineDecay(0.5, 600)),
                epochs=600, batch_size=5, rng=0, progress=False)  # fmt: skip
        return net.layers[0].bias[0]

    assert moved(mlp.MeanSquaredError(), 100.0) == pytest.approx(22, abs=0.1)
    assert moved(mlp.MeanAbsoluteError(), 100.0) == pytest.approx(3, abs=0.1)
    assert moved(mlp.Huber(5.0), 100.0) == pytest.approx(3.75, abs=0.1)
    assert moved(mlp.Huber(5.0), 1000.0) == pytest.approx(3.75, abs=0.1)


def test_price_of_the_median():
    """π/2 times the variance of the mean for Gaussian noise, half of it for Laplace noise."""
    rng = np.random.default_rng(1)
    for noise, ratio in (
        (rng.standard_normal((1500, 2001)), math.pi / 2),
        (rng.laplace(size=(1500, 2001)), 1 / 2),
    ):
        measured = np.median(noise, axis=1).var() / noise.mean(axis=1).var()
        assert measured == pytest.approx(ratio, rel=0.12)


# ---- Entropy --------------------------------------------------------------------------------


def test_cross_entropy_is_entropy_plus_divergence():
    """In exact arithmetic, with logarithms to base 2 of powers of 2."""
    q = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
    bits = {Fraction(1, 2**k): k for k in range(1, 4)}
    assert sum(p * bits[p] for p in q) == Fraction(7, 4)
    assert sum(p * bits[r] for p, r in zip(q, q[::-1], strict=True)) == Fraction(21, 8)
    z = np.log(2.0) * -np.array([[bits[r] for r in q[::-1]]], dtype=float)
    nats = mlp.CrossEntropy()(z, np.array([q], dtype=float))
    assert nats / math.log(2) == pytest.approx(21 / 8)


def test_truth_minimizes_the_cross_entropy():
    """By descent on the logits alone: the softmax ends at q, and the loss at its entropy."""
    q = np.array([[0.6, 0.3, 0.08, 0.02]])
    z, loss = np.zeros((1, 4)), mlp.CrossEntropy()
    for _ in range(4000):
        loss(z, q)
        z = z - 2 * loss.backward()
    np.testing.assert_allclose(probabilities(z), q, atol=1e-6)
    assert loss(z, q) == pytest.approx(-(q * np.log(q)).sum())
    for nudge in np.eye(4) * 0.1:
        assert loss(z + nudge, q) > loss(z, q)


# ---- Logits ---------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_survive_huge_logits(dtype):
    z = np.array([[3e4, 0, -3e4], [-3e4, -3e4, -3e4]], dtype)
    loss = mlp.CrossEntropy()
    assert loss(z, [2, 0]) == pytest.approx((6e4 + math.log(3)) / 2, rel=1e-6)
    np.testing.assert_allclose(loss.backward(), [[0.5, 0, -0.5], [-1 / 3, 1 / 6, 1 / 6]], rtol=1e-6)
    with np.errstate(over="ignore", divide="ignore"):
        assert np.isinf(-np.log(probabilities(z))[0, 2])  # two steps: the loss is lost
    assert mlp.BinaryCrossEntropy()(z[:1], np.array([[0, 1, 1]], dtype)) == pytest.approx(
        (3e4 + math.log(2) + 3e4) / 3, rel=1e-6
    )


def test_gradient_is_prediction_minus_target():
    """By complex steps, which need no differences: Im f(x + ih) / h."""
    rng = np.random.default_rng(2)
    z, q = 2 * rng.standard_normal((5, 4)), rng.dirichlet(np.ones(4), 5)

    def value(z):
        return np.mean(np.log(np.exp(z).sum(axis=1)) - (q * z).sum(axis=1))

    slopes = np.empty_like(z)
    for i in np.ndindex(z.shape):
        step = np.zeros(z.shape, complex)
        step[i] = 1e-30j
        slopes[i] = value(z + step).imag / 1e-30
    loss = mlp.CrossEntropy()
    assert loss(z, q) == pytest.approx(value(z))
    np.testing.assert_allclose(loss.backward(), slopes, rtol=1e-10)
    np.testing.assert_allclose(slopes, (probabilities(z) - q) / 5, rtol=1e-10)


# ---- Squared error on a sigmoid --------------------------------------------------------------


@pytest.mark.parametrize("z", [-12.0, -8.0, -3.0, 0.0, 2.0])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_squared_error_is_quieter_by_the_factor(z, y):
    net = mlp.Sequential(mlp.Dense(1, 1), mlp.Sigmoid(), dtype=np.float64)
    net.parameters[:] = [0, z]
    target, mse, bce = np.array([[y]]), mlp.MeanSquaredError(), mlp.BinaryCrossEntropy()
    mse(net.forward(np.ones((1, 1))), target)
    net.backward(mse.backward())
    squared = net.layers[0].bias_grad[0]
    bce(np.array([[z]]), target)
    p = 1 / (1 + math.exp(-z))
    assert squared == pytest.approx(bce.backward()[0, 0] * 2 * p * (1 - p))
    if abs(z) == 8 and (z < 0) == (y == 1):  # sure and wrong
        assert abs(squared) < abs(bce.backward()[0, 0]) / 1000


def test_time_to_turn_around():
    """Steps of mlp from z = -6 until the neuron is undecided, against the integrals."""
    steps = {}
    for name, layers, loss in (
        ("CE", (), mlp.BinaryCrossEntropy()),
        ("MSE", (mlp.Sigmoid(),), mlp.MeanSquaredError()),
    ):
        net = mlp.Sequential(mlp.Dense(1, 1), *layers, dtype=np.float64)
        net.parameters[:] = [0, -6]
        x, y, sgd, count = np.zeros((1, 1)), np.ones((1, 1)), mlp.SGD(0.1), 0
        while net.layers[0].bias[0] < 0:
            loss(net.forward(x), y)
            net.backward(loss.backward())
            sgd.step(net.parameters, net.gradients)
            count += 1
        steps[name] = 0.1 * count
    u = np.linspace(-6, 0, 100_001)
    p = 1 / (1 + np.exp(-u))
    assert steps["CE"] == pytest.approx(np.trapezoid(1 / (1 - p), u), rel=0.03)
    assert steps["MSE"] == pytest.approx(np.trapezoid(0.5 / (p * (1 - p) ** 2), u), rel=0.03)
    assert steps["MSE"] > 25 * steps["CE"]


def test_saturated_outputs_stop_the_squared_error():
    data = mlp.datasets.digits()
    one_hot = np.eye(10)[data.y_train]
    scores = {}
    for name, last, loss, rate in (
        ("CE", [], mlp.BinaryCrossEntropy(), 0.3),
        ("MSE", [mlp.Sigmoid()], mlp.MeanSquaredError(), 1.0),
    ):
        for scale in (1, 10):
            net = mlp.Sequential(
                mlp.Dense(64, 32, mlp.he_normal), mlp.ReLU(), mlp.Dense(32, 10), *last, rng=0
            )
            net.layers[2].weight *= scale
            mlp.fit(net, data.x_train, one_hot, loss=loss, optimizer=mlp.SGD(10 if name == "MSE"
                    and scale == 1 else rate), epochs=8, rng=0, progress=False)  # fmt: skip
            scores[name, scale] = mlp.accuracy(net(data.x_test), data.y_test)
    assert scores["CE", 10] > 0.8
    assert scores["MSE", 10] < 0.7
    assert scores["MSE", 1] > 0.9  # from the usual start, nothing is wrong with it


# ---- Probabilities --------------------------------------------------------------------------


def overconfident(seed, smoothing=0.0, images=200):
    """Train long on few digits; return logits and classes of other digits."""
    data = mlp.datasets.digits()
    order = np.random.default_rng(100 + seed).permutation(1437)
    train, rest = order[:images], order[images:]
    net = mlp.Sequential(
        mlp.Dense(64, 64, mlp.he_normal), mlp.ReLU(), mlp.Dense(64, 64, mlp.he_normal), mlp.ReLU(),
        mlp.Dense(64, 10), rng=seed,
    )  # fmt: skip
    mlp.fit(net, data.x_train[train], data.y_train[train], loss=mlp.CrossEntropy(smoothing),
            optimizer=mlp.Adam(0.01), epochs=100, batch_size=20, rng=seed,
            progress=False)  # fmt: skip
    z = net(data.x_train).astype(np.float64)
    return z[train], data.y_train[train], z[rest], data.y_train[rest]


def test_confidence_temperature_and_smoothing():
    """Too sure without smoothing, too modest with it; one number mends both."""
    for smoothing, sign in ((0.0, 1), (0.1, -1)):
        excess, best = [], []
        for seed in range(3):
            z_train, y_train, z, y = overconfident(seed, smoothing)
            right = (z.argmax(axis=1) == y).mean()
            excess.append(probabilities(z).max(axis=1).mean() - right)
            temperatures = np.geomspace(0.1, 10, 81)
            losses = [mlp.CrossEntropy()(z[:400] / t, y[:400]) for t in temperatures]
            best.append(temperatures[np.argmin(losses)])
            scaled = z[400:] / best[-1]
            assert mlp.accuracy(scaled, y[400:]) == mlp.accuracy(z[400:], y[400:])
            assert mlp.CrossEntropy()(scaled, y[400:]) < mlp.CrossEntropy()(z[400:], y[400:])
            mended = probabilities(scaled).max(axis=1).mean() - mlp.accuracy(scaled, y[400:])
            assert abs(mended) < 0.03
            if smoothing:
                true = z_train[np.arange(200), y_train]
                others = (z_train.sum(axis=1) - true) / 9
                assert np.median(true - others) == pytest.approx(math.log(91), abs=0.2)
        assert sign * np.mean(excess) > 0.02
        assert sign * np.log(best).mean() > 0.3


def test_smallest_loss_with_smoothing_is_the_entropy_of_the_targets():
    target = np.array([0.91] + [0.01] * 9)
    loss = mlp.CrossEntropy(label_smoothing=0.1)
    z = np.zeros((1, 10))
    z[0, 0] = math.log(91)
    assert loss(z, [0]) == pytest.approx(-(target * np.log(target)).sum())
    for other in (0.9 * z, 1.1 * z, 100 * z):
        assert loss(other, [0]) > loss(z, [0])


def test_accuracy_is_flat_and_blind_to_scale():
    rng = np.random.default_rng(0)
    z, y = rng.standard_normal((200, 5)), rng.integers(0, 5, 200)
    assert (mlp.numerical_gradient(lambda z: mlp.accuracy(z, y), z, 1e-6) == 0).all()
    assert mlp.accuracy(z, y) == mlp.accuracy(7 * z, y)
    assert mlp.CrossEntropy()(7 * z, y) > 2 * mlp.CrossEntropy()(z, y)


def test_floor_of_the_loss_on_overlapping_clouds():
    """The mean entropy of the truth, by quantiles of the normal distribution: 0.356."""
    x1 = 1 + np.array([NormalDist().inv_cdf((i + 0.5) / 4000) for i in range(4000)])
    p = 1 / (1 + np.exp(2 * x1))  # the truth is symmetric, so one of the clouds is enough
    floor = -(p * np.log(p) + (1 - p) * np.log1p(-p)).mean()
    assert floor == pytest.approx(0.356, abs=0.001)
    x, y = mlp.datasets.blobs(50_000, classes=2, noise=1.0, rng=3)
    z = -2 * x[:, :1].astype(np.float64)
    truth = mlp.BinaryCrossEntropy()(z, y[:, None])
    assert truth == pytest.approx(floor, abs=0.006)
    for wrong in (0.5 * z, 1.5 * z, z + 0.4):
        assert mlp.BinaryCrossEntropy()(wrong, y[:, None]) > truth + 0.005
