"""What chapter 6 concludes, found again without its code."""

import math

import numpy as np
import pytest

import mlp


def bowl(eigenvalues, seed=0):
    """Return H with these eigenvalues and its eigenvectors, from a product of reflections."""
    rng, size = np.random.default_rng(seed), len(eigenvalues)
    Q = np.eye(size)
    for u in rng.standard_normal((size, size)):
        Q = Q - 2 * np.outer(Q @ u, u) / (u @ u)
    return (Q * eigenvalues) @ Q.T, Q


def walk(optimizer, slope, start, steps):
    """Return where an optimizer of the package is after each step, shape (steps + 1, P)."""
    theta = np.array(start, dtype=np.float64)
    path, g = [theta.copy()], np.empty_like(theta)
    for _ in range(steps):
        g[:] = slope(theta)
        optimizer.step(theta, g)
        path.append(theta.copy())
    return np.array(path)


def shrinkage(path, first):
    """The factor per step, from a straight line through the logarithms of the distances."""
    distance = np.log(np.linalg.norm(path[first:], axis=1))
    return math.exp(np.polyfit(np.arange(len(distance)), distance, 1)[0])


# ---- Bowls ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.19, 0.1995, 0.201])
def test_gradient_descent_shrinks_as_the_slowest_direction(rate):
    curvatures = np.array([0.5, 1.0, 4.0, 10.0])
    H, Q = bowl(curvatures)
    path = walk(mlp.SGD(rate), lambda theta: theta @ H, Q.sum(axis=1), 600)
    expected = max(abs(1 - rate * 0.5), abs(1 - rate * 10))
    assert shrinkage(path, 300) == pytest.approx(expected, rel=1e-3)
    assert (expected < 1) == (rate < 2 / 10)  # the largest stable rate
    assert (np.linalg.norm(path[-1]) < np.linalg.norm(path[0])) == (rate < 2 / 10)


@pytest.mark.parametrize("kappa", [4, 30, 300])
def test_no_rate_beats_the_condition_number(kappa):
    H, Q = bowl(np.geomspace(2 / kappa, 2, 4), seed=kappa)
    best = 2 / (2 / kappa + 2)
    rates = best * np.array([0.9, 0.97, 1.0, 1 + 0.3 / kappa])  # the last: below the limit
    found = [
        shrinkage(walk(mlp.SGD(rate), lambda theta: theta @ H, Q.sum(axis=1), 8 * kappa), 4 * kappa)
        for rate in rates
    ]
    assert int(np.argmin(found)) == 2
    assert found[2] == pytest.approx((kappa - 1) / (kappa + 1), rel=0.01)


@pytest.mark.parametrize("kappa", [9, 100, 2500])
def test_momentum_puts_a_square_root_over_the_condition_number(kappa):
    """Largest modulus of the roots of the two-step map, over a grid of rates and momenta."""
    root = math.sqrt(kappa)
    best = (root - 1) / (root + 1)

    def modulus(rate, mu):
        maps = [[[1 + mu - rate * c, -mu], [1.0, 0.0]] for c in (1 / kappa, 1.0)]
        return np.abs(np.linalg.eigvals(np.array(maps))).max()

    grid = [
        modulus(rate, mu)
        for mu in best**2 + np.linspace(-0.2, 0.2, 41) * (1 - best**2)
        for rate in (1 + best) ** 2 * np.linspace(0.8, 1.1, 31)
    ]
    assert min(grid) > best - 1e-6
    assert min(grid) == pytest.approx(best, rel=0.01)
    # A little more momentum than the best, so that no two roots fall together: still one rate for
    # all curvatures.
    H, Q = bowl(np.array([1 / kappa, 0.3, 1.0]), seed=kappa)
    mu = best**2 + 0.02 * (1 - best)
    steps = round(60 * root)
    heavy = mlp.SGD((1 + best) ** 2, momentum=mu)
    path = walk(heavy, lambda theta: theta @ H, Q.sum(axis=1), steps)
    for direction in Q.T:
        along = (path @ direction)[:, None]
        assert shrinkage(along, steps // 3) == pytest.approx(math.sqrt(mu), rel=0.01)


def test_nesterov_damps_the_steep_direction_more():
    """On a parabola its momentum acts as mu (1 - rate * curvature)."""
    curvature, rate, mu = 9.0, 0.1, 0.9
    path = walk(mlp.SGD(rate, momentum=mu, nesterov=True), lambda t: curvature * t, [1.0], 30)
    c, less = path[:, 0], mu * (1 - rate * curvature)
    np.testing.assert_allclose(
        c[2:], (1 - rate * curvature + less) * c[1:-1] - less * c[:-2], atol=1e-14
    )
    heavy = walk(mlp.SGD(rate, momentum=mu), lambda t: curvature * t, [1.0], 30)
    assert abs(heavy[15:]).max() > 1000 * abs(path[15:]).max()


@pytest.mark.parametrize("mu", [0.3, 0.9, 0.99])
def test_nesterov_is_stable_for_shorter_steps_than_the_heavy_ball(mu):
    """Largest root of the two-step map of the look-ahead point, on either side of the limit."""

    def largest(product):  # of the rate and the curvature
        left = 1 - product
        return np.abs(np.roots([1, -(1 + mu) * left, mu * left])).max()

    limit = (2 + 2 * mu) / (1 + 2 * mu)
    below = np.linspace(0.01, 0.999, 50) * limit
    assert max(largest(product) for product in below) < 1
    assert largest(1.001 * limit) > 1
    assert limit < 2 < 2 * (1 + mu)
    for product, grows in ((0.98 * limit, False), (1.02 * limit, True)):
        nesterov = mlp.SGD(product / 3, momentum=mu, nesterov=True)
        path = walk(nesterov, lambda t: 3 * t, [1.0], 3000)
        assert (abs(path[-1, 0]) > 1) == grows


def test_heavy_ball_with_the_best_settings_circles_forever():
    """The counterexample of Lessard, Recht and Packard (2016): slopes 25, 1 and 25."""

    def slope(theta):
        return np.interp(theta, [-9, 1, 2, 9], [-225, 25, 26, 201])

    circle = walk(mlp.SGD(1 / 9, momentum=4 / 9), slope, [3.3], 900)[-6:, 0]
    np.testing.assert_allclose(circle[:3], circle[3:], rtol=1e-9)
    np.testing.assert_allclose(sorted(circle[:3]), [-1.8, 0.65, 2.12], atol=0.01)
    assert abs(walk(mlp.SGD(1 / 13), slope, [3.3], 900)[-1, 0]) < 1e-9


# ---- Noise ----------------------------------------------------------------------------------


def test_noise_of_a_minibatch_is_one_over_its_size():
    """A softmax layer, whose gradient of one example is an outer product: exact expectations."""
    data = mlp.datasets.digits()
    x, y = data.x_train[:60].astype(np.float64), data.y_train[:60]
    scores = x @ np.random.default_rng(0).normal(0, 0.3, (64, 10))
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    p[np.arange(60), y] -= 1
    single = (x[:, :, None] * p[:, None, :]).reshape(60, -1)
    rest = single - single.mean(axis=0)
    sigma2 = (rest**2).sum(axis=1).mean()

    net = mlp.Sequential(mlp.Dense(64, 10), rng=0, dtype=np.float64)
    loss = mlp.CrossEntropy()
    rng = np.random.default_rng(1)
    for size in (2, 6, 30):
        squares = {True: [], False: []}
        for replace, found in squares.items():
            for _ in range(1500):
                rows = rng.choice(60, size, replace=replace)
                found.append((rest[rows].mean(axis=0) ** 2).sum())
        assert np.mean(squares[True]) == pytest.approx(sigma2 / size, rel=0.06)
        without = sigma2 / size * (60 - size) / 59
        assert np.mean(squares[False]) == pytest.approx(without, rel=0.06)

    net.layers[0].weight[:] = np.random.default_rng(0).normal(0, 0.3, (64, 10))
    rows = rng.choice(60, 6, replace=False)
    loss(net.forward(x[rows], training=True), y[rows])
    net.backward(loss.backward())
    np.testing.assert_allclose(net.layers[0].weight_grad.ravel(), single[rows].mean(axis=0))


@pytest.mark.parametrize(("rate", "curvature"), [(0.5, 1.0), (0.1, 2.0), (0.3, 5.0)])
def test_a_constant_rate_stops_at_a_floor(rate, curvature):
    """Exactly: the variance obeys its own recursion, and 1/t gives the mean of the noise."""
    variance = 7.0
    for _ in range(2000):
        variance = (1 - rate * curvature) ** 2 * variance + rate**2
    assert variance == pytest.approx(rate / (curvature * (2 - rate * curvature)))
    rng = np.random.default_rng(0)
    theta = walk(
        mlp.SGD(rate), lambda t: curvature * t + rng.standard_normal(4000), np.zeros(4000), 150
    )
    assert theta[-1].var() == pytest.approx(variance, rel=0.1)
    noise = rng.standard_normal(500)
    falling = mlp.SGD(lambda step: 1 / (curvature * (step + 1)))
    draws = iter(noise)
    end = walk(falling, lambda t: curvature * t + next(draws), [3.0], 500)[-1, 0]
    assert end == pytest.approx(-noise.mean() / curvature, abs=1e-12)


def test_no_floor_where_one_setting_fits_all_examples():
    """More weights than examples: with one example per step and a constant rate, to zero."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20, 50))
    solvable, hopeless = x @ rng.standard_normal(50), rng.standard_normal(20)
    cut = x[:, :5]  # five weights cannot fit 20 random targets

    def loss_after(x, y):
        def slope(w):
            n = draws.integers(20)
            return (x[n] @ w - y[n]) * x[n]

        draws, start = np.random.default_rng(1), np.zeros(x.shape[1])
        rate = 0.3 / (x**2).sum(axis=1).max()
        path = walk(mlp.SGD(rate), slope, start, 6000)
        return ((x @ path[-1] - y) ** 2).mean(), ((x @ start - y) ** 2).mean()

    end, begin = loss_after(x, solvable)
    assert end < 1e-6 * begin
    end, begin = loss_after(cut, hopeless)
    assert end > 0.1 * begin


# ---- A rate for every parameter -------------------------------------------------------------

ADAPTIVE = [mlp.AdaGrad, mlp.RMSprop, mlp.Adam]


@pytest.mark.parametrize("make", ADAPTIVE)
def test_adaptive_methods_do_not_see_the_scale_of_a_gradient(make):
    units = np.array([1e-2, 1.0, 1e3])
    plain = walk(make(0.05, eps=1e-30), lambda t: t + t**3, [1.0, 1.0, 1.0], 80)
    scaled = walk(make(0.05, eps=1e-30), lambda t: units * (t + t**3), [1.0, 1.0, 1.0], 80)
    np.testing.assert_allclose(scaled, plain, rtol=1e-9)
    sgd = walk(mlp.SGD(1e-3), lambda t: units * (t + t**3), [1.0, 1.0, 1.0], 1)
    assert np.ptp(sgd[1]) > 0.5


@pytest.mark.parametrize(("make", "power"), [(mlp.SGD, 2), *((make, 1) for make in ADAPTIVE)])
@pytest.mark.parametrize("unit", [0.01, 7.0])
def test_a_unit_enters_twice_or_once(make, power, unit):
    """The loss (t - 3)^4 of t = unit * phi, from t = 1: the first step, measured in t."""

    def step(unit):
        path = walk(make(1e-3), lambda phi: unit * 4 * (unit * phi - 3) ** 3, [1 / unit], 1)
        return unit * (path[1, 0] - path[0, 0])

    assert step(unit) / step(1.0) == pytest.approx(unit**power, rel=1e-5)


def test_lengths_of_steps_under_equal_gradients():
    def lengths(optimizer):
        return -np.diff(walk(optimizer, lambda t: 0 * t + 8.0, [0.0], 400)[:, 0])

    t = np.arange(1, 401)
    np.testing.assert_allclose(lengths(mlp.Adam(0.01)), 0.01, rtol=1e-8)
    np.testing.assert_allclose(lengths(mlp.AdaGrad(0.01)), 0.01 / np.sqrt(t), rtol=1e-8)
    first = lengths(mlp.RMSprop(0.01))
    assert first[0] == pytest.approx(0.1, rel=1e-6)
    assert first[-1] == pytest.approx(0.01, rel=0.01)


@pytest.mark.parametrize("g", [1e-4, -3e-2, 7.0, -1e5])
@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9)])
def test_bias_correction_makes_adam_s_first_step_the_rate(g, betas):
    """Without it the step would be (1 - beta1) / sqrt(1 - beta2) times as long: 3.16 or 1.58."""
    path = walk(mlp.Adam(0.2, *betas), lambda t: 0 * t + g, [0.0], 1)
    assert path[1, 0] == pytest.approx(-math.copysign(0.2, g), rel=1e-3)


def test_adam_is_momentum_when_epsilon_is_huge():
    H, _ = bowl(np.array([0.2, 1.0, 3.0]))
    adam = walk(mlp.Adam(0.5e9, eps=1e9), lambda t: t @ H, [1.0, -1.0, 2.0], 60)
    heavy = mlp.SGD(lambda step: 0.05 / (1 - 0.9 ** (step + 1)), momentum=0.9)
    sgd = walk(heavy, lambda t: t @ H, [1.0, -1.0, 2.0], 60)
    np.testing.assert_allclose(adam, sgd, atol=1e-6)


def test_adamw_decays_all_alike_and_adam_with_l2_does_not():
    """Gradients of +s and -s in turn: no direction to go, so only the decay is left."""
    size = np.array([10.0, 0.5])

    def mean_left(optimizer, decay_inside):
        sign = [1.0]

        def slope(theta):
            sign[0] = -sign[0]
            return sign[0] * size + decay_inside * theta

        return walk(optimizer, slope, [1.0, 1.0], 4000)[-2:].mean(axis=0)

    outside = mean_left(mlp.AdamW(0.01, weight_decay=0.05), 0.0)
    np.testing.assert_allclose(outside, (1 - 0.01 * 0.05) ** 4000, atol=0.01)
    inside = mean_left(mlp.Adam(0.01), 0.05)
    lost = -np.log(np.abs(inside))
    np.testing.assert_allclose(lost, 4000 * 0.01 * 0.05 / size, rtol=0.1)


# ---- Landscapes -----------------------------------------------------------------------------


def steps_to_the_bottom(make, degrees):
    """The fewest steps, over 25 rates, that bring a ravine's loss below 0.001 for good."""
    turn = np.exp(1j * np.radians(degrees))
    Q = np.array([[turn.real, turn.imag], [-turn.imag, turn.real]])
    H = Q.T @ np.diag([1.0, 40.0]) @ Q
    needed = []
    for rate in np.geomspace(1e-3, 10, 25):
        with np.errstate(over="ignore", invalid="ignore"):
            path = walk(make(rate), lambda t: t @ H, np.array([-3.0, 0.7]) @ Q, 400)
            high = ~(np.einsum("ti,ij,tj->t", path, H, path) / 2 < 1e-3)
        needed.append(np.inf if high[-1] else 1 + np.flatnonzero(high).max())
    return min(needed)


def test_adagrad_knows_the_axes_and_sgd_does_not():
    along, across = (steps_to_the_bottom(mlp.AdaGrad, angle) for angle in (0, 45))
    assert across > 8 * along
    plain = [steps_to_the_bottom(mlp.SGD, angle) for angle in (0, 20, 45)]
    assert max(plain) - min(plain) <= 2


def test_adam_arrives_in_the_ravine_and_leaves_again():
    """With the rate that arrives soonest, and only because of the long memory of 0.999."""
    turn = np.radians(30)
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-np.sin(turn), np.cos(turn)])
    H = np.outer(along, along) + 50 * np.outer(across, across)
    path = walk(mlp.Adam(10**-0.25), lambda t: t @ H, -3 * along - 0.8 * across, 3000)
    losses = np.einsum("ti,ij,tj->t", path, H, path) / 2
    assert losses[100:600].max() < 1e-3
    assert losses[600:].max() > 1e-2


def test_saddle_sgd_leaves_slowly_and_adagrad_at_once():
    def slope(t):
        return np.array([t[0], t[1] ** 3 - t[1]])

    sgd = walk(mlp.SGD(0.3), slope, [-1.5, 1e-3], 40)[:, 1]
    np.testing.assert_allclose(sgd[:15], 1e-3 * 1.3 ** np.arange(15), rtol=0.01)
    adagrad = walk(mlp.AdaGrad(0.3), slope, [-1.5, 1e-3], 40)[:, 1]
    assert adagrad[1] == pytest.approx(0.301, abs=1e-6)


# ---- Digits ---------------------------------------------------------------------------------


def trained(optimizer, seed, units=1.0, width=32, epochs=12):
    """A network with one hidden layer, trained on the digits, and its training loss."""
    data = mlp.datasets.digits()
    x = np.asarray(data.x_train * units, dtype=np.float64)
    layers = mlp.Dense(64, width), mlp.ReLU(), mlp.Dense(width, 10)
    net = mlp.Sequential(*layers, rng=seed, dtype=np.float64)
    loss = mlp.CrossEntropy()
    mlp.fit(
        net,
        x,
        data.y_train,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        batch_size=64,
        rng=seed,
        progress=False,
    )
    return net, mlp.evaluate(net, x, data.y_train, loss=loss)["loss"]


def score(optimizer, seed, units=1.0):
    """The test accuracy."""
    data = mlp.datasets.digits()
    net, _ = trained(optimizer, seed, units)
    x_test = np.asarray(data.x_test * units, dtype=np.float64)
    return mlp.evaluate(net, x_test, data.y_test, loss=mlp.CrossEntropy())["accuracy"]


def test_the_rate_decides_more_than_the_method():
    """The two advertisements: the same rate for both favors whom one likes."""

    def mean(make, rate):
        return np.mean([score(make(rate), seed) for seed in range(30, 33)])

    assert mean(mlp.Adam, 0.01) > mean(mlp.SGD, 0.01) + 0.2
    assert mean(mlp.SGD, 0.3) > mean(mlp.Adam, 0.3) + 0.2
    tuned = [mean(mlp.SGD, 0.5), mean(mlp.Adam, 0.02)]
    assert min(tuned) > 0.92
    assert np.ptp(tuned) < 0.03


@pytest.mark.parametrize(("width", "helps"), [(32, False), (4, True)])
def test_a_falling_rate_helps_where_noise_stays(width, helps):
    """The rate falls in a straight line to 0; four units cannot fit all digits, 32 can."""
    steps = 20 * 23
    for seed in (50, 51, 52):
        plans = 0.3, lambda step: 0.3 * (1 - step / steps)
        constant, falling = (
            trained(mlp.SGD(plan, momentum=0.9), seed, width=width, epochs=20)[1] for plan in plans
        )
        assert (falling < constant) == helps


def test_mixed_units_cost_sgd_more_than_adam():
    """The best of some rates each, for pixels in units of their own, new ones for each seed."""

    def mean(make, rate):
        draws = ((s, 10 ** np.random.default_rng(s).uniform(-1, 1, 64)) for s in (40, 41, 42))
        return np.mean([score(make(rate), seed, units) for seed, units in draws])

    sgd = max(mean(mlp.SGD, rate) for rate in (0.01, 0.03, 0.1, 0.3))
    adam = max(mean(mlp.Adam, rate) for rate in (0.003, 0.01, 0.03))
    assert adam > sgd + 0.02
