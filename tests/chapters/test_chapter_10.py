"""What chapter 10 concludes, found again without its code."""

import math

import numpy as np
import pytest

import mlp

DATA = mlp.datasets.digits()
X, Y = DATA.x_train.astype(np.float64), DATA.y_train
X_TEST, Y_TEST = DATA.x_test.astype(np.float64), DATA.y_test


def trained(hidden, seed):
    net = mlp.Sequential(
        mlp.Dense(64, hidden), mlp.Tanh(), mlp.Dense(hidden, 10), rng=seed, dtype=np.float64
    )
    mlp.fit(
        net,
        X,
        Y,
        loss=mlp.CrossEntropy(),
        optimizer=mlp.Adam(5e-3),
        epochs=15,
        rng=seed,
        progress=False,
    )
    return net


@pytest.fixture(scope="module")
def nets():
    return [trained(32, seed) for seed in (10, 11)]


def right(net, x):
    return np.mean(net(x).argmax(1) == Y_TEST)


# ---- Spikes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("current", [1.05, 1.5, 4.0])
def test_rate_of_an_integrate_and_fire_neuron(current):
    """The time from 0 to the threshold, summed up from the equation dt = τ dv / (c - v)."""
    tau, dead = 0.020, 0.002
    v = (np.arange(200_000) + 0.5) / 200_000  # midpoints
    numerically = 1 / (dead + tau * np.mean(1 / (current - v)))
    assert numerically == pytest.approx(
        1 / (dead + tau * math.log(current / (current - 1))), rel=1e-6
    )


# ---- Learning without the gradient -------------------------------------------------------------


def test_the_average_of_ojas_rule_rests_at_the_first_component_only():
    x = X - X.mean(axis=0)
    _, vectors = np.linalg.eigh(x.T @ x / len(x))

    def change(w):
        a = x @ w
        return (a[:, None] * (x - a[:, None] * w)).mean(axis=0)

    for v in vectors.T[-3:]:
        assert np.abs(change(v)).max() < 1e-12  # all of them are places of rest
    nudge = 1e-4 * vectors[:, -2]
    assert change(vectors[:, -1] + nudge) @ nudge < 0  # stable
    nudge = 1e-4 * vectors[:, -1]
    assert change(vectors[:, -2] + nudge) @ nudge > 0  # not stable


def test_random_feedback_trains_the_first_layers():
    """By hand, one hidden layer of 12 units: random feedback against none."""
    scores = {}
    for feedback in ("random", "none"):
        rng = np.random.default_rng(3)
        w1, w2 = rng.normal(size=(64, 12)) / 8, rng.normal(size=(12, 10)) / 4
        back = rng.normal(size=(10, 12)) / 4 if feedback == "random" else np.zeros((10, 12))
        for _ in range(1500):
            rows = rng.choice(len(X), 64)
            a = np.tanh(X[rows] @ w1)
            p = np.exp(a @ w2)
            p /= p.sum(axis=1, keepdims=True)
            p[np.arange(64), Y[rows]] -= 1
            w1 -= 0.3 * X[rows].T @ ((p @ back) * (1 - a**2)) / 64
            w2 -= 0.3 * a.T @ p / 64
        scores[feedback] = np.mean((np.tanh(X_TEST @ w1) @ w2).argmax(1) == Y_TEST)
    assert scores["random"] > scores["none"] + 0.1


# ---- Robustness --------------------------------------------------------------------------------


def test_the_sign_of_the_gradient_beats_noise_of_the_same_size(nets):
    for net in nets:
        gradient = mlp.numerical_gradient(  # of one image, without backpropagation
            lambda x, net=net: mlp.CrossEntropy().forward(net(x), Y_TEST[:1]), X_TEST[:1].copy()
        )
        loss = mlp.CrossEntropy()
        loss.forward(net.forward(X_TEST), Y_TEST)
        all_gradients = len(X_TEST) * net.backward(loss.backward())
        np.testing.assert_allclose(all_gradients[:1], gradient, atol=1e-7)

        noise = np.random.default_rng(0).choice([-1.0, 1.0], X_TEST.shape)
        attacked = np.clip(X_TEST + 3 / 16 * np.sign(all_gradients), 0, 1)
        noisy = np.clip(X_TEST + 3 / 16 * noise, 0, 1)
        assert right(net, attacked) < 0.15
        assert right(net, noisy) > 0.8


def test_no_corner_of_the_cube_is_worse_for_a_linear_loss():
    g = np.array([0.5, -2.0, 0.1, -0.3])
    corners = np.stack(np.meshgrid(*[[-1, 1]] * 4), axis=-1).reshape(-1, 4)
    assert (corners @ g).max() == pytest.approx(np.sign(g) @ g) == pytest.approx(2.9)


def test_the_worst_change_is_at_most_root_d_times_a_random_one():
    """Equal slopes reach the bound; others stay below it, by Cauchy and Schwarz."""
    equal = np.array([1.0, -1.0] * 32)
    rng = np.random.default_rng(0)
    drawn = rng.normal(size=(100, 64)) * rng.exponential(size=(100, 64))
    random = rng.choice([-1.0, 1.0], (20_000, 64)) @ np.column_stack([equal, drawn.T])
    worst = np.array([abs(equal).sum(), *abs(drawn).sum(axis=1)])
    factor = worst / random.std(axis=0)
    assert factor[0] == pytest.approx(8, rel=0.03)
    assert factor[1:].max() < 8


def test_the_margin_is_nearly_linear_and_the_loss_is_not(nets):
    """Along the attack of two shades, with slopes from steps of a thousandth of it."""

    def loss(net, x):
        z = net(x)
        return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(x)), Y_TEST])

    def margins(net, x, rival):
        z = net(x)
        return z[np.arange(len(x)), Y_TEST] - z[np.arange(len(x)), rival]

    for net in nets:
        losses = mlp.CrossEntropy()
        losses.forward(net.forward(X_TEST), Y_TEST)
        change = 2 / 16 * np.sign(net.backward(losses.backward()))
        change = np.clip(X_TEST + change, 0, 1) - X_TEST
        rival = np.where(np.eye(10)[Y_TEST] == 1, -np.inf, net(X_TEST)).argmax(axis=1)
        slope = 1000 * (loss(net, X_TEST + change / 1000) - loss(net, X_TEST))
        assert loss(net, X_TEST + change) - loss(net, X_TEST) > 2.5 * slope
        start = margins(net, X_TEST, rival).mean()
        slope = 1000 * (margins(net, X_TEST + change / 1000, rival).mean() - start)
        assert margins(net, X_TEST + change, rival).mean() - start == pytest.approx(slope, rel=0.25)


def test_other_hands_are_harder():
    other = mlp.datasets.digits("position")
    x, x_test = other.x_train.astype(np.float64), other.x_test.astype(np.float64)

    def nearest(x, y, x_test, y_test):  # another method than the chapter's
        distance = (x**2).sum(1) - 2 * x_test @ x.T
        return np.mean(y[distance.argmin(axis=1)] == y_test)

    known = nearest(X, Y, X_TEST, Y_TEST)
    assert nearest(x, other.y_train, x_test, other.y_test) < known - 0.01


# ---- What is inside, and what could be left out ------------------------------------------------


def test_no_single_unit_is_needed(nets):
    for net in nets:
        whole = right(net, X_TEST)
        weight = net.layers[2].weight
        for unit in range(32):
            kept = weight[unit].copy()
            weight[unit] = 0
            assert right(net, X_TEST) > whole - 0.12
            weight[unit] = kept


def test_trained_weights_keep_much_of_the_initial_ones(nets):
    for seed, net in zip((10, 11), nets, strict=True):
        start = mlp.Sequential(
            mlp.Dense(64, 32), mlp.Tanh(), mlp.Dense(32, 10), rng=seed, dtype=np.float64
        )
        pair = [n.layers[0].weight.ravel() for n in (start, net)]
        assert 0.4 < np.corrcoef(pair)[0, 1] < 0.95


def test_random_features_alone_read_most_digits_if_there_are_many():
    """The best linear readout of fixed random features, by least squares."""
    scores = {}
    for width in (8, 64):
        rng = np.random.default_rng(5)
        weight = rng.normal(size=(64, width)) / 4
        hidden, hidden_test = np.tanh(X @ weight), np.tanh(X_TEST @ weight)
        readout = np.linalg.lstsq(hidden, np.eye(10)[Y], rcond=None)[0]
        scores[width] = np.mean((hidden_test @ readout).argmax(1) == Y_TEST)
    assert scores[64] > 0.85 > scores[8] + 0.1


def test_nearest_neighbor_is_ahead_with_thirty_images_of_each_digit():
    """Over 4 draws, against networks of another size, trained for 600 steps."""
    for seed in range(20, 24):
        rng = np.random.default_rng(seed)
        rows = np.concatenate(
            [rng.permutation(np.flatnonzero(DATA.y_train == k))[:30] for k in range(10)]
        )
        net = mlp.Sequential(
            mlp.Dense(64, 48), mlp.ReLU(), mlp.Dense(48, 10), rng=seed, dtype=np.float64
        )
        mlp.fit(
            net,
            X[rows],
            Y[rows],
            loss=mlp.CrossEntropy(),
            optimizer=mlp.Adam(3e-3),
            epochs=60,
            rng=seed + 50,
            progress=False,
        )
        distance = (X_TEST**2).sum(1)[:, None] - 2 * X_TEST @ X[rows].T + (X[rows] ** 2).sum(1)
        assert np.mean(Y[rows][distance.argmin(1)] == Y_TEST) > right(net, X_TEST)


def test_operations_of_a_training():
    """Multiplications of one image in 64-64-10, counted product by product."""
    forward = 64 * 64 + 64 * 10
    weight_gradients = 64 * 64 + 64 * 10
    hidden_gradient = 10 * 64  # the input needs none
    total = 2 * (forward + weight_gradients + hidden_gradient) * 1437 * 30
    assert round(total / 1e9, 1) == 0.9
    assert f"{3.14e23 / total:.0e}" == "4e+14"


def test_oja_is_hebb_with_the_length_kept():
    """To first order in the rate: the difference falls with its square."""
    rng = np.random.default_rng(2)
    w, x = rng.normal(size=(2, 6))
    w /= np.linalg.norm(w)
    errors = []
    for eta in (1e-2, 1e-3):
        hebb = w + eta * (x @ w) * x
        oja = w + eta * (x @ w) * (x - (x @ w) * w)
        errors.append(np.abs(hebb / np.linalg.norm(hebb) - oja).max())
    assert errors[1] / errors[0] == pytest.approx(1e-2, rel=0.2)


def test_attention_does_not_know_the_order():
    q, k, v = np.random.default_rng(1).normal(size=(3, 6, 3))

    def attend(q, k, v):
        rows = []
        for query in q:
            weights = np.array([math.exp(query @ key / math.sqrt(3)) for key in k])
            rows.append(weights @ v / weights.sum())
        return np.array(rows)

    ours = mlp.Softmax()(q @ k.T / math.sqrt(3)) @ v
    np.testing.assert_allclose(ours, attend(q, k, v))
    np.testing.assert_allclose(attend(q[::-1], k[::-1], v[::-1]), ours[::-1])
