"""Numbers for questions on chapter 7."""

import math

import numpy as np

import mlp
from course.questions.draw import Drawn, pick, some


def dropout(rng):
    rate, sent = pick(rng, (0.2, 0.4, 0.5, 0.6, 0.75, 0.8)), pick(rng, (1, 2, 3, 4, 5, 6))
    a = sent * (1 - rate)
    mistakes = {"not_scaled": a, "shrunk": a * (1 - rate), "wrong_rate": a / rate}
    return Drawn({"rate": rate, "a": a}, a / (1 - rate), mistakes)


def interval(rng):
    percent, images = (
        pick(rng, (50, 64, 80, 90, 96, 98)),
        pick(rng, (100, 225, 400, 900, 1600, 2500)),
    )
    share = percent / 100
    variance = share * (1 - share)
    mistakes = {"one_image": 100 * np.sqrt(variance), "no_root": 100 * variance / images}
    mistakes["share_only"] = 100 * np.sqrt(share / images)
    answer = 100 * np.sqrt(variance / images)
    return Drawn({"percent": percent, "images": images}, answer, mistakes)


def decay(rng):
    weight, gradient = pick(rng, (-4, -2, 2, 4, 5)), pick(rng, (-2, -1, 1, 2, 3))
    rate, strength = pick(rng, (0.1, 0.2, 0.5)), pick(rng, (0.1, 0.2, 0.5))
    theta = np.array([float(weight)])
    mlp.SGD(rate, weight_decay=strength).step(theta, np.array([float(gradient)]))
    mistakes = {"no_decay": weight - rate * gradient}
    mistakes["no_rate"] = (1 - strength) * weight - rate * gradient
    mistakes["grows"] = (1 + rate * strength) * weight - rate * gradient
    values = {"weight": weight, "gradient": gradient, "rate": rate, "strength": strength}
    return Drawn(values, theta.item(), mistakes)


def mcnemar(rng):
    few, many = pick(rng, (0, 1, 2)), pick(rng, (5, 6, 7, 8, 9, 10))
    tail = sum(math.comb(few + many, k) for k in range(few + 1)) / 2 ** (few + many)
    mistakes = {"one_sided": tail, "share": few / (few + many)}
    wins = some(rng, (few, many), 2)
    return Drawn({"first": wins[0], "second": wins[1]}, 2 * tail, mistakes)


def scaling(rng):
    mean, spread = pick(rng, (10, 20, 30, 50)), pick(rng, (2, 4, 5, 10))
    rows = np.array(some(rng, (mean - spread, mean + spread) * 2, 4))
    new = mean + pick(rng, (-3, -2, 2, 3, 4)) * spread
    both = np.append(rows, new)
    mistakes = {"not_divided": new - mean, "variance": (new - mean) / spread**2}
    mistakes["leak"] = (new - both.mean()) / both.std()
    return Drawn({"rows": rows, "new": new}, (new - rows.mean()) / rows.std(), mistakes)
