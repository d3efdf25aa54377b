"""What chapter 8 concludes, found again without its code."""

import math

import numpy as np
import pytest

import mlp

# ---- The program ----------------------------------------------------------------------------

X = np.random.default_rng(0).standard_normal((30, 4))
Y = 1 / (1 + np.exp(-X @ np.array([[1.0], [-2.0], [0.5], [1.5]])))


def sigmoid_net():
    layers = mlp.Dense(4, 5), mlp.Sigmoid(), mlp.Dense(5, 1), mlp.Sigmoid()
    return mlp.Sequential(*layers, rng=3, dtype=np.float64)


def by_hand(net, x, y, *, sign=1, mean=True, output_slope=True, hidden_slope=True):
    """The gradient of the mean squared error, with one fault or none."""
    first, _, last, _ = net.layers
    a1 = 1 / (1 + np.exp(-(x @ first.weight + first.bias)))
    a2 = 1 / (1 + np.exp(-(a1 @ last.weight + last.bias)))
    delta2 = sign * 2 * (a2 - y) / (len(x) if mean else 1)
    if output_slope:
        delta2 = delta2 * a2 * (1 - a2)
    delta1 = delta2 @ last.weight.T
    if hidden_slope:
        delta1 = delta1 * a1 * (1 - a1)
    parts = x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)
    return np.concatenate([part.ravel() for part in parts])


def tried(net, x, y):
    loss = mlp.MeanSquaredError()
    return mlp.numerical_gradient(lambda _: loss(net(x), y), net.parameters)


def test_the_program_without_a_fault_has_the_gradient_of_mlp():
    net, loss = sigmoid_net(), mlp.MeanSquaredError()
    loss(net.forward(X), Y)
    net.backward(loss.backward())
    np.testing.assert_allclose(by_hand(net, X, Y), net.gradients, rtol=1e-10)


@pytest.mark.parametrize(("fault", "ratio"), [({"sign": -1}, -1), ({"mean": False}, 1 / 30)])
def test_a_constant_ratio_is_a_factor(fault, ratio):
    net = sigmoid_net()
    np.testing.assert_allclose(tried(net, X, Y) / by_hand(net, X, Y, **fault), ratio, rtol=1e-4)


def test_a_varying_ratio_is_a_derivative_and_the_first_wrong_array_is_the_place():
    net = sigmoid_net()
    output = slice(4 * 5 + 5, None)  # where the output layer stands in the vector
    for fault, wrong_output in (({"output_slope": False}, True), ({"hidden_slope": False}, False)):
        ratio = tried(net, X, Y) / by_hand(net, X, Y, **fault)
        assert ratio.std() > 0.01
        assert np.allclose(ratio[output], 1, rtol=1e-4) != wrong_output
        if wrong_output:
            assert np.ptp(ratio[output]) > 0.01


def test_targets_out_of_reach_leave_their_distance():
    """A sigmoid stays between 0 and 1, so a target t costs at least the square of its distance."""
    net, target = sigmoid_net(), 4 * Y - 1
    out_of_reach = np.maximum(0, np.maximum(target - 1, -target))
    floor = np.mean(out_of_reach**2)
    for _ in range(3000):
        net.parameters -= 2 * by_hand(net, X, target)
    loss = mlp.MeanSquaredError()(net(X), target)
    assert floor < loss < 1.2 * floor
    assert floor > 0.1


def descend(rate, steps, **fault):
    net, loss = sigmoid_net(), mlp.MeanSquaredError()
    for _ in range(steps):
        net.parameters -= rate * by_hand(net, X, Y, **fault)
    return loss(net(X), Y)


def test_what_a_curve_shows_and_what_it_hides():
    start, right = descend(0, 1), descend(1.0, 300)
    assert right < start / 10
    assert descend(1.0, 300, sign=-1) > start
    faulty = descend(1.0, 300, output_slope=False)
    assert faulty < right  # the wrong program looks better, at the same rate
    assert faulty == pytest.approx(descend(5.0, 300), rel=0.5)  # and no better at five times it
    assert descend(1.0, 300, hidden_slope=False) < start / 10
    assert descend(1.0 / 30, 300, mean=False) == pytest.approx(right, rel=1e-9)


def test_without_the_output_slope_it_is_the_gradient_of_cross_entropy():
    net, loss = sigmoid_net(), mlp.BinaryCrossEntropy()
    logits = mlp.Sequential(mlp.Dense(4, 5), mlp.Sigmoid(), mlp.Dense(5, 1), dtype=np.float64)
    logits.parameters[:] = net.parameters
    loss(logits.forward(X), Y)
    logits.backward(loss.backward())
    np.testing.assert_allclose(by_hand(net, X, Y, output_slope=False), 2 * logits.gradients)


def test_only_a_mean_is_the_same_for_the_batch_twice_over():
    net = sigmoid_net()
    x2, y2 = np.vstack([X, X]), np.vstack([Y, Y])
    np.testing.assert_allclose(by_hand(net, x2, y2), by_hand(net, X, Y))
    twice = by_hand(net, x2, y2, mean=False)
    np.testing.assert_allclose(twice, 2 * by_hand(net, X, Y, mean=False))


# ---- The field guide ------------------------------------------------------------------------

DIGITS = mlp.datasets.digits()


def network(seed, activation=mlp.ReLU, initializer=mlp.he_normal):
    layers = mlp.Dense(64, 32, initializer), activation(), mlp.Dense(32, 10, initializer)
    return mlp.Sequential(*layers, rng=seed)


def train(net, rate, epochs, seed=0, x=DIGITS.x_train, y=DIGITS.y_train, **options):
    options = {"loss": mlp.CrossEntropy(), "optimizer": mlp.SGD(rate)} | options
    return mlp.fit(net, x, y, epochs=epochs, rng=seed, progress=False, **options)["loss"][-1]


def score(net):
    return mlp.accuracy(net(DIGITS.x_test), DIGITS.y_test)


def hidden(net):
    return net.layers[1](net.layers[0](DIGITS.x_train))


def test_learning_rate_a_tenth_and_ten_times():
    for seed in range(3):
        loss = {
            rate: train(network(seed), rate, 3, seed) for rate in (1e-4, 1e-3, 0.01, 1, 10, 100)
        }
        assert loss[0.01] < loss[1e-3] < loss[1e-4]
        assert loss[1] < loss[10] < loss[100]


def test_it_is_the_distance_from_0_that_makes_every_rate_useless():
    x, y = mlp.datasets.moons(400, noise=0.2, rng=5)
    scale, offset = np.float32([1, 100]), np.float32([0, 300])
    inputs = {"raw": scale * x + offset, "far": x + offset, "scales": scale * x, "scaled": x}
    best = {}
    for name in inputs:
        nets = [
            mlp.Sequential(mlp.Dense(2, 16), mlp.Tanh(), mlp.Dense(16, 2), rng=1) for _ in range(5)
        ]
        rates = 10.0 ** np.arange(-3, 2)
        best[name] = min(
            train(net, r, 20, x=inputs[name], y=y) for net, r in zip(nets, rates, strict=True)
        )
    assert min(best["raw"], best["far"]) > math.log(2) - 0.01
    assert best["scaled"] + 0.1 < best["scales"] < 0.5


def test_broadcasting_adds_the_variance_and_mlp_refuses_it():
    rng = np.random.default_rng(4)
    prediction, target = rng.standard_normal((50, 1)), rng.standard_normal(50)
    table = np.mean([[(p - t) ** 2 for t in target] for p in prediction[:, 0]])
    split = np.mean((prediction - target.mean()) ** 2) + target.var()
    assert table == pytest.approx(split)
    assert np.mean((prediction - target) ** 2) == pytest.approx(table)
    with pytest.raises(ValueError, match=r"target must have shape \(50, 1\), got \(50,\)"):
        mlp.MeanSquaredError()(prediction, target)


def test_softmax_overflows_near_89_and_the_shifted_loss_does_not():
    for shift, finite in ((80, True), (110, False), (-80, True), (-110, False)):
        logits = np.array([[shift + 1, shift]], dtype=np.float32)
        with np.errstate(all="ignore"):
            powers = np.exp(logits)
            assert np.isfinite(powers / powers.sum()).all() == finite
        assert mlp.CrossEntropy()(logits, [0]) == pytest.approx(math.log1p(math.exp(-1)), rel=1e-5)


def half_cured(logits, y):
    """The softmax of shifted logits, then its logarithm, in float32."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = powers / powers.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        return -np.log(p[np.arange(len(y)), y]), p


def test_the_shifted_softmax_passes_the_shift_and_fails_at_the_gap():
    shifted, _ = half_cured(np.float32([[151, 150], [-149, -150]]), [0, 0])
    assert shifted == pytest.approx(math.log1p(math.exp(-1)), rel=1e-5)
    gap = np.float32([[0, 150]])
    assert np.isinf(half_cured(gap, [0])[0]).all()
    assert mlp.CrossEntropy()(gap, [0]) == pytest.approx(150)


def test_training_can_stop_with_the_shifted_softmax_and_runs_with_log_sum_exp():
    stopped = []
    for seed in range(4):
        rng, net, optimizer = np.random.default_rng(seed), network(seed), mlp.SGD(0.1)
        finite = True
        for _ in range(10):
            rows = rng.integers(0, len(DIGITS.x_train), 32)
            losses, p = half_cured(net.forward(16 * DIGITS.x_train[rows]), DIGITS.y_train[rows])
            finite = finite and bool(np.isfinite(losses).all())
            net.backward((p - np.eye(10, dtype=np.float32)[DIGITS.y_train[rows]]) / 32)
            optimizer.step(net.parameters, net.gradients)
        stopped.append(not finite)
        assert np.isfinite(train(network(seed), 0.1, 1, seed, x=16 * DIGITS.x_train))
    assert sum(stopped) >= 2


def test_dead_units_stay_dead_until_their_weights_are_drawn_anew():
    for seed in range(3):
        net = network(seed)
        train(net, 5, 5, seed)
        dead = hidden(net).max(axis=0) == 0
        assert dead.sum() >= 28
        assert train(net, 0.1, 10, seed) > 2.2
        dead = hidden(net).max(axis=0) == 0
        new = mlp.he_normal((64, 32), np.random.default_rng(0), np.float32)
        net.layers[0].weight[:, dead], net.layers[0].bias[dead] = new[:, dead], 0
        train(net, 0.1, 20, seed)
        assert score(net) > 0.9


def test_the_loss_of_the_start():
    zeros, good = network(0, mlp.Tanh, mlp.zeros), network(0, mlp.Tanh)
    loss = mlp.CrossEntropy()
    assert loss(zeros(DIGITS.x_train), DIGITS.y_train) == pytest.approx(math.log(10), rel=1e-5)
    assert loss(good(DIGITS.x_train), DIGITS.y_train) < 1.5 * math.log(10)
    train(zeros, 0.1, 15)
    assert len(np.unique(hidden(zeros), axis=1).T) == 1
    assert score(zeros) < 0.2
    equal = network(0, mlp.Tanh, lambda shape, rng, dtype: np.full(shape, 0.1, dtype))
    assert np.ptp(hidden(equal), axis=1).max() < 1e-4
    good.parameters *= 10
    assert loss(good(DIGITS.x_train), DIGITS.y_train) > 10


def test_data_in_order():
    order = np.argsort(DIGITS.y_train, kind="stable")
    x, y = DIGITS.x_train[order], DIGITS.y_train[order]
    net, loss, optimizer = network(0), mlp.CrossEntropy(), mlp.SGD(0.1)
    for start in 10 * list(range(0, len(x), 32)):
        loss(net.forward(x[start : start + 32]), y[start : start + 32])
        net.backward(loss.backward())
        optimizer.step(net.parameters, net.gradients)
    shuffled = network(0)
    train(shuffled, 0.1, 10)
    assert score(net) < 0.7 < 0.9 < score(shuffled)


def test_neighbors_know_which_labels_belong_where():
    x, y = DIGITS.x_train[:300].astype(np.float64), DIGITS.y_train[:300]
    distance = ((x[:, None] - x[None]) ** 2).sum(axis=2) + np.diag(np.full(300, np.inf))
    nearest = distance.argmin(axis=1)
    assert (y[nearest] == y).mean() > 0.9
    moved = np.roll(y, 1)
    assert (moved[nearest] == moved).mean() < 0.2
    order = np.argsort(y, kind="stable")
    assert (y[order] == np.roll(y[order], 1)).mean() > 0.95  # sorted, hardly a label moves


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_neighbors_agree_far_above_chance_however_few_the_classes(share):
    """The alarm of the doctor, in the middle between chance and 1, is silent for healthy data."""
    rng = np.random.default_rng(6)
    y = (rng.permutation(200) >= 200 * share).astype(int)
    x = rng.standard_normal((200, 2)) + 5 * y[:, None]
    distance = ((x[:, None] - x[None]) ** 2).sum(axis=2) + np.diag(np.full(200, np.inf))
    nearest = distance.argmin(axis=1)
    middle = (1 + share**2 + (1 - share) ** 2) / 2
    others = rng.permutation(y)
    assert (y[nearest] == y).mean() > middle > (others[nearest] == others).mean()
    assert np.mean(y[1:] == y[:-1]) < middle < np.mean(np.diff(np.sort(y)) == 0)


def test_wrong_labels_have_the_largest_losses():
    rng = np.random.default_rng(1)
    wrong = rng.random(len(DIGITS.y_train)) < 0.05
    y = np.where(wrong, (DIGITS.y_train + 3) % 10, DIGITS.y_train)
    net = network(1)
    train(net, 0.1, 10, 1, y=y)
    p = mlp.Softmax()(net(DIGITS.x_train))[np.arange(len(y)), y]
    assert wrong[np.argsort(p)[:50]].sum() >= 45


def test_dropout_left_on_costs_accuracy():
    first, last = mlp.Dense(64, 32, mlp.he_normal), mlp.Dense(32, 10)
    net = mlp.Sequential(first, mlp.ReLU(), mlp.Dropout(0.5), last, rng=0)
    train(net, 0.1, 15)
    x = DIGITS.x_test
    assert np.array_equal(net(x), net(x))
    assert not np.array_equal(net.forward(x, training=True), net.forward(x, training=True))
    assert mlp.accuracy(net.forward(x, training=True), DIGITS.y_test) < score(net) - 0.05


@pytest.mark.parametrize(("chosen_on", "low", "high"), [(100, 0.7, 1), (50, 0.4, 0.6)])
def test_coin_tosses_can_be_predicted_only_through_a_leak(chosen_on, low, high):
    """With the nearest class mean in place of a network: the leak is not the network's."""
    scores = []
    for seed in range(40):
        rng = np.random.default_rng(100 + seed)
        x, y = rng.standard_normal((100, 2000)), rng.integers(0, 2, 100)
        seen, sides = x[:chosen_on], 2 * y[:chosen_on] - 1
        features = np.argsort(np.abs(sides @ (seen - seen.mean(axis=0))))[-20:]
        means = [x[:50][y[:50] == k][:, features].mean(axis=0) for k in (0, 1)]
        far = [((x[50:][:, features] - mean) ** 2).sum(axis=1) for mean in means]
        scores.append(((far[1] < far[0]) == y[50:]).mean())
    assert low < np.mean(scores) < high


def test_shuffled_targets_give_the_leak_away_by_their_mean():
    """The nearest class mean again; a truth in feature 0 changes nothing for shuffled targets."""
    for chosen_on, low, high in ((100, 0.7, 1), (50, 0.4, 0.6)):
        scores = []
        for seed in range(40):
            rng = np.random.default_rng(200 + seed)
            x, y = rng.standard_normal((100, 2000)), rng.integers(0, 2, 100)
            x[:, 0] += 3 * y
            y = rng.permutation(y)
            seen, sides = x[:chosen_on], 2 * y[:chosen_on] - 1
            features = np.argsort(np.abs(sides @ (seen - seen.mean(axis=0))))[-20:]
            means = [x[:50][y[:50] == k][:, features].mean(axis=0) for k in (0, 1)]
            far = [((x[50:][:, features] - mean) ** 2).sum(axis=1) for mean in means]
            scores.append(((far[1] < far[0]) == y[50:]).mean())
        assert low < np.mean(scores) < high


def test_copies_of_seen_images_flatter_a_network():
    """The same networks, on copies of images that they have seen and on new images."""
    copies, new = [], []
    for seed in range(3):
        rng = np.random.default_rng(100 + seed)
        origin = np.repeat(rng.permutation(len(DIGITS.x_train))[:200], 5)
        x = DIGITS.x_train[origin] + rng.normal(0, 0.02, (1000, 64)).astype(np.float32)
        test = rng.random(1000) < 0.5
        net = network(seed)
        train(net, 0.2, 30, seed, x[~test], DIGITS.y_train[origin][~test])
        copies.append(np.mean(net(x[test]).argmax(axis=1) == DIGITS.y_train[origin][test]))
        new.append(score(net))
    assert np.mean(copies) > 0.97
    assert np.min(np.subtract(copies, new)) > 0.03


def test_writers_on_both_sides_make_the_same_images_easier():
    data = mlp.datasets.digits("position")
    x, y = np.vstack([data.x_train, data.x_test]), np.concatenate([data.y_train, data.y_test])
    right = {}
    for way, order in (
        ("mixed", np.random.default_rng(3).permutation(len(x))),
        ("file", np.arange(len(x))),
    ):
        right[way] = 0
        for test in np.array_split(order, 5):
            others, net = np.setdiff1d(order, test), network(1)
            train(net, 0.1, 15, x=x[others], y=y[others])
            right[way] += np.sum(net(x[test]).argmax(axis=1) == y[test])
    assert right["mixed"] > right["file"] + 0.02 * len(x)


def test_mlp_names_epoch_and_step_of_an_overflow():
    net = mlp.Sequential(mlp.Dense(1, 1))
    net.parameters[:] = 1
    options = {"loss": mlp.MeanSquaredError(), "batch_size": 8}
    with pytest.raises(FloatingPointError, match="inf at epoch 0, step 3"):
        train(net, 1.0, 1, x=np.full((32, 1), 1e3), y=np.zeros((32, 1)), **options)
