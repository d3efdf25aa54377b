"""Numbers for questions on chapter 10."""

import numpy as np

import mlp
from course.questions.draw import SMALL, Drawn, pick, picks


def count(rng):
    rate, percent = pick(rng, (4, 5, 8, 10, 20, 25, 40, 50)), pick(rng, (5, 10, 20, 25))
    error = percent / 100
    answer = 1 / (rate * error**2)
    mistakes = {"not_squared": 1 / (rate * error), "spikes": 1 / error**2}
    return Drawn({"rate": rate, "percent": percent}, answer, mistakes)


def attack(rng):
    slopes = np.array(picks(rng, (-0.8, -0.5, -0.4, -0.2, 0.1, 0.3, 0.4, 0.6), 4))
    change = pick(rng, (0.1, 0.2, 0.5))
    mistakes = {"signed": change * slopes.sum(), "length": change * np.linalg.norm(slopes)}
    mistakes["one_pixel"] = change * np.abs(slopes).max()
    answer = change * np.sign(slopes) @ slopes
    return Drawn({"slopes": slopes, "change": change}, answer, mistakes)


def oja(rng):
    w, x = np.array(picks(rng, SMALL, 2)), np.array(picks(rng, (-2, -1, 1, 2), 2))
    rate = pick(rng, (0.1, 0.2, 0.5))
    a = w @ x
    mistakes = {"hebb": w[0] + rate * a * x[0], "change": rate * a * (x[0] - a * w[0])}
    mistakes["no_activation"] = w[0] + rate * (x[0] - a * w[0])
    return Drawn({"w": w, "x": x, "rate": rate}, w[0] + rate * a * (x[0] - a * w[0]), mistakes)


def convolution(rng):
    width, channels = pick(rng, (3, 5, 7)), pick(rng, (1, 2, 3, 4))
    filters = pick(rng, (4, 6, 8, 10, 16))
    answer = np.ones((width, width, channels, filters)).size + filters
    mistakes = {"no_biases": answer - filters, "one_channel": width**2 * filters + filters}
    mistakes["width_once"] = (width * channels + 1) * filters
    return Drawn({"width": width, "channels": channels, "filters": filters}, answer, mistakes)


def attention(rng):
    odds, items = pick(rng, (1.5, 3, 4, 7, 9)), picks(rng, (-20, -10, 10, 20, 30, 40), 2)
    weights = mlp.Softmax()(np.array([[np.log(odds), 0]]))[0]
    mistakes = {"equal": np.mean(items), "winner": items[0], "turned": weights[::-1] @ items}
    return Drawn({"odds": odds, "items": items}, weights @ items, mistakes)
