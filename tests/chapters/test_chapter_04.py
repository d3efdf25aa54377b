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


def test_huber_need_not_lie_between_mean_and_median():
    """Both are 0. With delta = 1: 2 (c + 1) + 2 c - 1 = 0 at c = -1/4."""
    y = np.array([-1.0, -1.0, 0.0, 0.0, 2.0])
    trials = np.linspace(-2, 2, 401)
    assert y.mean() == np.median(y) == 0
    values = [mlp.Huber(1.0)(np.full_like(y, c), y) for c in trials]
    assert trials[np.argmin(values)] == pytest.approx(-0.25)


def test_distance_of_an_outlier_in_x_decides():
    """At x = 2 the line of MAE keeps its slope, at x = 20 it does not."""
    rng = np.random.default_rng(0)
    x = np.append(rng.uniform(0, 1, 40), 20)
    y = np.append(1 + 2 * x[:40] + 0.1 * rng.standard_normal(40), 0)
    for far, kept in ((2, True), (20, False)):
        x[-1] = far
        best = min(  # the best line passes through two of the points
            (np.abs(y[i] + s * (x - x[i]) - y).sum(), s)
            for i in range(41)
            for s in (y[i] - np.delete(y, i)) / (x[i] - np.delete(x, i))
        )
        assert (abs(best[1] - 2) < 0.3) == kept


def test_one_outlier_moves_the_mean_without_limit():
    def moved(loss, outlier):
        y = np.array([1.0, 2.0, 3.0, 4.0, outlier])[:, None]
        net = mlp.Sequential(mlp.Dense(1, 1, mlp.zeros), dtype=np.float64)
        mlp.fit(
            net,
            np.zeros((5, 1)),
            y,
            loss=loss,
            optimizer=mlp.Adam(mlp.CosineDecay(0.5, 600)),
            epochs=600,
            batch_size=5,
            rng=0,
            progress=False,
        )
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


def test_squared_error_aims_at_the_mean_under_lopsided_noise():
    """Exponential noise with mean 1 lifts the line by 1, its slope stays; MAE lifts by log 2."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 1, (4000, 1))
    y = 2 * x + rng.exponential(size=(4000, 1))
    for loss, lift in ((mlp.MeanSquaredError(), 1), (mlp.MeanAbsoluteError(), math.log(2))):
        net = mlp.Sequential(mlp.Dense(1, 1, mlp.zeros), dtype=np.float64)
        mlp.fit(
            net,
            x,
            y,
            loss=loss,
            optimizer=mlp.Adam(mlp.CosineDecay(0.2, 300)),
            epochs=300,
            batch_size=4000,
            rng=0,
            progress=False,
        )
        np.testing.assert_allclose(net.parameters, [2, lift], atol=0.15)


def test_densities_of_equal_spread():
    """At four standard deviations: Laplace 18 times, Huber 16 times the density of a Gaussian."""
    r, step = np.linspace(-60, 60, 1_200_001, retstep=True)
    shapes = {
        "Gaussian": -(r**2) / 2,
        "Laplace": -np.abs(r),
        "Huber": np.where(np.abs(r) < 1, -(r**2) / 2, 0.5 - np.abs(r)),
    }
    at_four = {}
    for name, log_f in shapes.items():
        f = np.exp(log_f) / (np.exp(log_f).sum() * step)
        spread = math.sqrt((r**2 * f).sum() * step)
        at_four[name] = spread * np.interp(4 * spread, r, f)
    assert round(at_four["Laplace"] / at_four["Gaussian"]) == 18
    assert round(at_four["Huber"] / at_four["Gaussian"]) == 16


def test_leverage():
    """At the minimum the pulls cancel, with weights 1 and x; the far point need not pull hard."""
    rng = np.random.default_rng(5)
    x = np.append(rng.uniform(0, 1, 40), 20)
    y = 1 + 2 * x + 0.1 * rng.standard_normal(41)
    y[-1] = 0
    # Least absolute deviations: the best line passes through two of the points. Try all pairs.
    totals = {}
    for i in range(41):
        for j in range(i):
            slope = (y[i] - y[j]) / (x[i] - x[j])
            totals[i, j] = np.abs(y[i] + slope * (x - x[i]) - y).sum()
    assert 40 in min(totals, key=totals.get)
    # Huber: the good points can set delta times their upper minus their lower half against it.
    net = mlp.Sequential(mlp.Dense(1, 1, mlp.zeros), dtype=np.float64)
    mlp.fit(
        net,
        x[:, None],
        y[:, None],
        loss=mlp.Huber(0.2),
        epochs=3000,
        batch_size=41,
        rng=0,
        optimizer=mlp.Adam(mlp.CosineDecay(0.1, 3000)),
        progress=False,
    )
    r = net(x[:, None])[:, 0] - y
    pulls = np.clip(r, -0.2, 0.2)
    assert abs(pulls.sum()) < 1e-3
    assert abs((pulls * x).sum()) < 1e-3
    ordered = np.sort(x[:40])
    most = 0.2 * (ordered[20:].sum() - ordered[:20].sum() + 1)
    assert abs(20 * r[-1]) < most < 0.2 * 20
    assert net.layers[0].weight[0, 0] < 0


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
    """At no rate does it come near what the cross-entropy reaches; from the usual start it does."""
    data = mlp.datasets.digits()
    one_hot = np.eye(10)[data.y_train]

    def score(last, loss, rate, scale):
        net = mlp.Sequential(
            mlp.Dense(64, 32, mlp.he_normal), mlp.ReLU(), mlp.Dense(32, 10), *last, rng=11
        )
        net.layers[2].weight *= scale
        mlp.fit(
            net,
            data.x_train,
            one_hot,
            loss=loss,
            optimizer=mlp.SGD(rate),
            epochs=8,
            rng=12,
            progress=False,
        )
        return mlp.accuracy(net(data.x_test), data.y_test)

    mse = [score([mlp.Sigmoid()], mlp.MeanSquaredError(), rate, 10) for rate in (0.1, 0.5, 2, 8)]
    assert max(mse) < 0.8
    assert score([], mlp.BinaryCrossEntropy(), 0.3, 10) > 0.85
    assert score([mlp.Sigmoid()], mlp.MeanSquaredError(), 8, 1) > 0.9


# ---- Probabilities --------------------------------------------------------------------------


def overconfident(seed, smoothing=0.0, images=200, epochs=100):
    """Train long on few digits; return logits and classes of other digits."""
    data = mlp.datasets.digits()
    order = np.random.default_rng(100 + seed).permutation(1437)
    train, rest = order[:images], order[images:]
    net = mlp.Sequential(
        mlp.Dense(64, 64, mlp.he_normal),
        mlp.ReLU(),
        mlp.Dense(64, 64, mlp.he_normal),
        mlp.ReLU(),
        mlp.Dense(64, 10),
        rng=200 + seed,
    )
    mlp.fit(
        net,
        data.x_train[train],
        data.y_train[train],
        loss=mlp.CrossEntropy(smoothing),
        optimizer=mlp.Adam(0.01),
        epochs=epochs,
        batch_size=20,
        rng=300 + seed,
        progress=False,
    )
    z = net(data.x_train).astype(np.float64)
    return z[train], data.y_train[train], z[rest], data.y_train[rest]


def best_temperature(z, y):
    temperatures = np.geomspace(0.1, 10, 81)
    return temperatures[np.argmin([mlp.CrossEntropy()(z / t, y) for t in temperatures])]


def test_training_on_makes_the_opinion_worse_and_not_the_knowledge():
    """The loss rises and the accuracy does not fall; with a temperature, the loss does not rise."""
    changes = []
    for seed in range(5):
        ends = []
        for epochs in (15, 100):
            *_, z, y = overconfident(seed, epochs=epochs)
            t = best_temperature(z[:400], y[:400])
            z, y, loss = z[400:], y[400:], mlp.CrossEntropy()
            ends.append([loss(z, y), loss(z / t, y), mlp.accuracy(z, y)])
        changes.append(np.subtract(*ends[::-1]))
    as_trained, scaled, accuracy = np.mean(changes, axis=0)
    assert as_trained > 0.01
    assert scaled < 0.005
    assert accuracy > -0.005


def test_what_keeps_the_order_of_the_logits():
    """One positive number for each example does, whatever it is; one for each class does not."""
    rng = np.random.default_rng(4)
    z = rng.standard_normal((1000, 10))
    chosen = z.argmax(axis=1)
    assert ((z / rng.uniform(0.1, 10, (1000, 1))).argmax(axis=1) == chosen).all()
    assert ((z / rng.uniform(0.1, 10, (1, 10))).argmax(axis=1) != chosen).mean() > 0.1


def test_without_mistakes_there_is_no_temperature():
    z = np.array([[3.0, 1.0, 0.0], [0.0, 2.0, 1.0]])
    losses = [mlp.CrossEntropy()(z / t, [0, 1]) for t in np.geomspace(0.05, 10, 50)]
    assert (np.diff(losses) > 0).all()


def test_confidence_temperature_and_smoothing():
    """Too sure without smoothing, too modest with it; one number mends both."""
    for smoothing, sign in ((0.0, 1), (0.1, -1)):
        excess, best = [], []
        for seed in range(3):
            z_train, y_train, z, y = overconfident(seed, smoothing)
            right = (z.argmax(axis=1) == y).mean()
            excess.append(probabilities(z).max(axis=1).mean() - right)
            best.append(best_temperature(z[:400], y[:400]))
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


def test_both_divergences_find_a_truth_that_is_among_the_choices():
    q = np.array([0.6, 0.3, 0.1])
    share = np.arange(1, 40) / 40
    choices = np.array([(a, b, 1 - a - b) for a in share for b in share if a + b < 0.99])
    for divergence in (q * np.log(q / choices), choices * np.log(choices / q)):
        np.testing.assert_allclose(choices[divergence.sum(axis=1).argmin()], q)


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
