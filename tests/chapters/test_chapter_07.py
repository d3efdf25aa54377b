"""What chapter 7 concludes, found again without its code."""

import json
import math

import numpy as np
import pytest
from conftest import ROOT

import mlp


def network(widths, seed, p=0.0):
    layers = []
    for d_in, d_out in zip((64, *widths), (*widths, 10), strict=True):
        layers += [mlp.Dense(d_in, d_out, mlp.he_uniform), mlp.ReLU(), mlp.Dropout(p)]
    return mlp.Sequential(*layers[:-2], rng=seed, dtype=np.float64)


def train(net, x, y, seed, epochs, rate=5e-3, **options):
    mlp.fit(
        net,
        x,
        y,
        loss=mlp.CrossEntropy(),
        optimizer=mlp.Adam(rate),
        epochs=epochs,
        batch_size=64,
        rng=seed,
        progress=False,
        **options,
    )
    return net


def train_falling(net, x, y, seed, epochs, rate=0.02, **options):
    """Train with a rate that falls to zero on a straight line, unlike the chapter's."""
    steps = epochs * -(-len(x) // 64)
    return train(net, x, y, seed, epochs, lambda t: rate * (1 - t / steps), **options)


def right(net, x, y):
    return net(x).argmax(axis=1) == y


def shift(batch, rng, pixels=0.8):
    """Move each image by interpolation between it and its neighbors at whole pixels."""
    images = np.pad(batch.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    for axis in (1, 2):
        move = rng.uniform(-pixels, pixels, (len(batch), 1, 1))
        neighbor = np.where(move > 0, np.roll(images, 1, axis), np.roll(images, -1, axis))
        images = (1 - abs(move)) * images + abs(move) * neighbor
    return images[:, 1:-1, 1:-1].reshape(batch.shape).astype(batch.dtype)


def chance(b, c):
    """Return how often fair coins are at least as uneven as b to c, by counting all outcomes."""
    heads = np.array([bin(outcome).count("1") for outcome in range(2 ** (b + c))])
    return np.mean(abs(2 * heads - b - c) >= abs(b - c))


# ---- Choosing and judging -------------------------------------------------------------------


def test_the_winner_is_worse_on_images_that_did_not_choose_it():
    data = mlp.datasets.digits()
    x, y = data.x_train, data.y_train
    hits = np.array(
        [
            right(
                train(network([16], seed), x[:1149], y[:1149], seed, 10, 3e-3), x[1149:], y[1149:]
            )
            for seed in range(25)
        ]
    )
    rng, on_a, on_b = np.random.default_rng(1), [], []
    for _ in range(300):
        half = rng.permutation(hits.shape[1]) < hits.shape[1] // 2
        winner = hits[:, half].mean(axis=1).argmax()
        on_a.append(hits[winner, half].mean())
        on_b.append(hits[winner, ~half].mean())
    assert np.mean(on_a) - np.mean(on_b) > 0.01
    assert np.mean(on_b) - hits.mean() < np.mean(on_a) - hits.mean() - 0.01


def test_wilson_keeps_its_promise_where_the_shortcut_does_not():
    rng, z, n = np.random.default_rng(0), 1.96, 360
    for q, worst in ((0.95, 0.95), (0.99, 0.90), (0.995, 0.86)):
        share = rng.binomial(n, q, 100_000) / n
        plain = np.abs(share - q) <= z * np.sqrt(share * (1 - share) / n)
        wilson = np.abs(share - q) <= z * np.sqrt(q * (1 - q) / n)  # before solving for q
        assert plain.mean() < worst
        assert 0.93 < wilson.mean() < 0.98
    ends = np.roots([1 + z**2 / n, -2 * 351 / n - z**2 / n, (351 / n) ** 2])
    np.testing.assert_allclose(np.sort(100 * ends), [95.3, 98.7], atol=0.05)


def test_paired_counts_that_the_text_and_the_quiz_speak_of():
    assert round(chance(6, 2), 2) == 0.29
    assert round(chance(7, 2), 2) == 0.18
    assert chance(3, 6) > 0.5
    assert 2 * sum(math.comb(24, k) for k in range(4)) / 2**24 < 0.001


def test_gain_shows_on_new_writers_and_not_on_old_ones():
    gains = {}
    for split in ("random", "position"):
        data = mlp.datasets.digits(split)
        x, y = data.x_train, data.y_train
        gains[split] = []
        for seed in (11, 12, 13):
            plain = train_falling(network([96], seed), x, y, seed, 20)
            other = train_falling(network([96], seed, 0.2), x, y, seed, 40, augment=shift)
            hits = [right(net, data.x_test, data.y_test).mean() for net in (plain, other)]
            gains[split].append(hits[1] - hits[0])
    assert abs(np.mean(gains["random"])) < 0.015
    assert np.mean(gains["position"]) > 0.015
    assert min(gains["position"]) > -0.005


def test_four_fifths_of_the_images_by_other_writers_are_training_images_of_the_random_split():
    data, other = mlp.datasets.digits(), mlp.datasets.digits("position")
    seen = {row.tobytes() for row in data.x_train}
    assert np.mean([row.tobytes() in seen for row in other.x_test]) == pytest.approx(0.8, abs=0.02)


# ---- Fitting --------------------------------------------------------------------------------


def test_ten_images_and_random_classes_are_learned_by_heart():
    data = mlp.datasets.digits()
    x, y, loss = data.x_train, data.y_train, mlp.CrossEntropy()
    few = network([96], 0)
    assert mlp.evaluate(few, x, y, loss=loss)["loss"] == pytest.approx(math.log(10), rel=0.15)
    assert mlp.evaluate(few, 16 * x, y, loss=loss)["loss"] > 3 * math.log(10)
    train(few, x[:10], y[:10], 0, 200)
    after = mlp.evaluate(few, x[:10], y[:10], loss=loss)
    assert after["loss"] < 0.01
    smooth, soft = mlp.CrossEntropy(label_smoothing=0.1), network([96], 0)
    mlp.fit(
        soft,
        x[:10],
        y[:10],
        loss=smooth,
        optimizer=mlp.Adam(0.01),
        epochs=300,
        rng=0,
        progress=False,
    )
    entropy = -(0.91 * math.log(0.91) + 9 * 0.01 * math.log(0.01))
    assert smooth(soft(x[:10]), y[:10]) == pytest.approx(entropy, rel=0.02)
    noise = np.random.default_rng(3).integers(0, 10, 200)
    net = train_falling(network([96], 1), x[:200], noise, 1, 200)
    assert right(net, x[:200], noise).all()
    assert right(net, x[200:], y[200:]).mean() < 0.25


def test_on_a_hundred_images_the_validation_loss_turns_and_the_accuracy_does_not():
    data = mlp.datasets.digits()
    x, y, watch = data.x_train, data.y_train, (data.x_train[1149:], data.y_train[1149:])
    history = mlp.fit(
        network([96], 5),
        x[:100],
        y[:100],
        loss=mlp.CrossEntropy(),
        optimizer=mlp.Adam(0.01),
        epochs=150,
        batch_size=100,
        validation_data=watch,
        rng=5,
        progress=False,
    )
    best = int(np.argmin(history["val_loss"]))
    assert best < 75
    assert history["val_loss"][-1] > 1.05 * history["val_loss"][best]
    assert history["loss"][-1] < history["loss"][best]
    assert history["val_accuracy"][-1] > history["val_accuracy"][best] - 0.01


def test_a_stiff_layer_has_bias_and_a_network_variance():
    data = mlp.datasets.digits()
    x, y = data.x_train, data.y_train
    images = x.reshape(-1, 8, 8).astype(np.float64)
    means = [
        images[:, 2 * i : 2 * i + 2, 4 * j : 4 * j + 4].mean(axis=(1, 2))
        for i in range(4)
        for j in range(2)
    ]
    few = np.stack(means, axis=1)
    few = (few - few[:1149].mean(axis=0)) / few[:1149].std(axis=0)
    errors = {}
    for n in (143, 1149):
        stiff = mlp.Sequential(mlp.Dense(8, 10), rng=0, dtype=np.float64)
        train_falling(stiff, few[:n], y[:n], 0, 25 * 1149 // n, 0.2)
        errors[n] = [
            1 - right(stiff, few[part], y[part]).mean() for part in (slice(n), slice(1149, None))
        ]
    assert errors[143][0] < errors[1149][0] < errors[1149][1] < errors[143][1]
    assert errors[1149][0] > 0.1
    assert errors[1149][1] - errors[1149][0] < 0.06
    falling = []
    for n in (143, 574):
        wide = train(network([96], 0), x[:n], y[:n], 0, 40 * 1149 // n)
        assert right(wide, x[:n], y[:n]).all()
        falling.append(1 - right(wide, x[1149:], y[1149:]).mean())
    assert falling[1] < 0.6 * falling[0]


def test_baselines():
    data = mlp.datasets.digits()
    (x, x_val), (y, y_val) = (np.split(rows, [1149]) for rows in (data.x_train, data.y_train))
    distance = ((x_val[:, None] - x) ** 2).sum(axis=-1)
    neighbor = np.mean(y[distance.argmin(axis=1)] == y_val)
    linear = mlp.Sequential(mlp.Dense(64, 10), rng=0, dtype=np.float64)
    train_falling(linear, x, y, 0, 100)
    assert np.mean(y_val == np.bincount(y).argmax()) < 0.13
    assert 0.94 < right(linear, x_val, y_val).mean() < neighbor
    hidden = train_falling(network([96], 0), x, y, 0, 40)
    assert right(hidden, x_val, y_val).mean() < neighbor + 0.01


# ---- Regularization -------------------------------------------------------------------------


def test_on_folds_shifts_need_time_and_with_dropout_gain_the_most_loss():
    data = mlp.datasets.digits()
    x, y = data.x_train, data.y_train
    fold = np.random.default_rng(5).permutation(len(x)) % 5

    def cross_validate(p=0.0, epochs=40, **options):
        """Return accuracy and loss, one row for each."""
        results = []
        for k in range(5):
            net = network([96], k, p)
            train_falling(net, x[fold != k], y[fold != k], k, epochs, **options)
            result = mlp.evaluate(net, x[fold == k], y[fold == k], loss=mlp.CrossEntropy())
            results.append([result["accuracy"], result["loss"]])
        return np.array(results).T

    plain, hasty = cross_validate(), cross_validate(epochs=8, augment=shift)
    both = cross_validate(p=0.2, augment=shift)
    assert (hasty[0] < plain[0]).sum() >= 4
    assert plain[0].mean() - hasty[0].mean() > 0.01
    assert abs(both[0].mean() - plain[0].mean()) < 0.012
    assert both[1].mean() < 0.85 * plain[1].mean()


def test_decay_in_the_loss_and_in_the_step():
    """Ten steps of a network with the penalty's gradient added by hand."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((20, 64)), rng.integers(0, 10, 20)

    def after(optimizer, penalty=0.0, shrink=1.0):
        net = mlp.Sequential(mlp.Dense(64, 5), mlp.Tanh(), mlp.Dense(5, 10), rng=0, dtype=float)
        loss = mlp.CrossEntropy()
        for _ in range(10):
            loss(net.forward(x, training=True), y)
            net.backward(loss.backward())
            net.gradients += penalty * net.parameters
            net.parameters *= shrink
            optimizer.step(net.parameters, net.gradients)
        return net.parameters

    in_loss, in_step = after(mlp.SGD(0.1), penalty=0.3), after(mlp.SGD(0.1), shrink=0.97)
    np.testing.assert_allclose(in_loss, in_step, rtol=1e-9)
    np.testing.assert_allclose(in_loss, after(mlp.SGD(0.1, weight_decay=0.3)), rtol=1e-9)
    adam = after(mlp.Adam(0.1), shrink=0.97)
    np.testing.assert_allclose(adam, after(mlp.AdamW(0.1, weight_decay=0.3)), rtol=1e-9)
    assert np.abs(adam - after(mlp.Adam(0.1), penalty=0.3)).max() > 0.1


def test_the_penalty_and_early_stopping_prefer_the_same_directions():
    h, best, decay = np.array([0.01, 1.0, 5.0]), np.array([1.0, -2.0, 3.0]), 0.5
    theta = np.zeros(3)
    for _ in range(3000):
        theta -= 0.1 * (h * (theta - best) + decay * theta)
    np.testing.assert_allclose(theta, h / (h + decay) * best, rtol=1e-6)
    stopped = np.zeros(3)
    for _ in range(200):  # 1 / (0.01 * 200) = 0.5
        stopped -= 0.01 * h * (stopped - best)
    assert np.all(np.abs(stopped - theta) <= 0.21 * np.abs(best))
    assert stopped[0] == pytest.approx(theta[0], rel=0.1)


@pytest.mark.parametrize("p", [0.25, 0.5])
def test_moments_of_dropout(p):
    a = np.tile([0.5, 1.0, 3.0], (200_000, 1))
    out = mlp.Dropout(p, rng=0).forward(a, training=True)
    np.testing.assert_allclose(out.mean(axis=0), a[0], rtol=0.01)
    np.testing.assert_allclose(out.var(axis=0), p / (1 - p) * a[0] ** 2, rtol=0.02)
    w, y = np.array([1.0, -2.0, 0.5]), 0.7
    expected = (a[0] @ w - y) ** 2 + p / (1 - p) * np.sum((w * a[0]) ** 2)
    assert np.mean((out @ w - y) ** 2) == pytest.approx(expected, rel=0.01)


def test_early_stopping_leaves_the_best_epoch():
    data = mlp.datasets.digits()
    x, y, watch = data.x_train, data.y_train, (data.x_train[1149:], data.y_train[1149:])
    net, stop = network([128], 0), mlp.EarlyStopping(5)
    history = mlp.fit(
        net,
        x[:100],
        y[:100],
        loss=mlp.CrossEntropy(),
        optimizer=mlp.Adam(0.01),
        epochs=500,
        validation_data=watch,
        early_stopping=stop,
        rng=0,
        progress=False,
    )
    values = history["val_loss"]
    assert len(values) == np.argmin(values) + 6 < 500
    assert mlp.evaluate(net, *watch, loss=mlp.CrossEntropy())["loss"] == pytest.approx(min(values))


def test_shift_as_two_matrix_products():
    rng, i = np.random.default_rng(0), np.arange(8)
    image = rng.random((8, 8))
    for d in (-1, -0.4, 0.0, 0.7):
        matrix = np.maximum(0, 1 - np.abs(i[:, None] - i - d))
        for column, moved in zip(image.T, (matrix @ image).T, strict=True):
            expected = np.interp(i - d, np.arange(-1, 9), np.pad(column, 1))
            np.testing.assert_allclose(moved, expected, atol=1e-12)


# ---- Keeping --------------------------------------------------------------------------------


def test_same_seeds_same_bits_and_a_file_without_pickle(tmp_path):
    data = mlp.datasets.digits()
    first, second = (
        train(network([32], 3, 0.5), data.x_train, data.y_train, 3, 2, augment=shift)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.parameters, second.parameters)
    first.save(tmp_path / "net.npz")
    np.testing.assert_array_equal(mlp.load(tmp_path / "net.npz")(data.x_test), second(data.x_test))
    with np.load(tmp_path / "net.npz", allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)


def test_recorded_results_are_those_of_the_benchmarks():
    """Each row of the chapter's two tables of recorded results stands in RESULTS.md."""

    def rows(text):
        return [
            [cell.strip() for cell in line.split("|")[1:-1]]
            for line in text.splitlines()
            if line.startswith("|") and "±" in line
        ]

    recorded = (ROOT / "benchmarks" / "RESULTS.md").read_text("utf-8")
    recorded = {row[0].split(",")[0]: row for row in rows(recorded)}
    cells = json.loads((ROOT / "chapters" / "07-training-in-practice.ipynb").read_text("utf-8"))
    text = "\n".join("".join(c["source"]) for c in cells["cells"] if c["cell_type"] == "markdown")
    quoted = rows(text)
    assert len(quoted) == 6
    for row in quoted:
        numbers = [cell for cell in row if "±" in cell]
        assert numbers == [cell for cell in recorded[row[0].split(",")[0]] if "±" in cell]
