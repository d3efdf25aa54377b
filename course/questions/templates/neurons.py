"""Numbers for questions on chapter 1."""

import numpy as np

import mlp
from course.questions.draw import SMALL, Drawn, pick, picks


def weighted_sum(rng):
    w, x = picks(rng, SMALL, 2), picks(rng, SMALL, 2)
    b = pick(rng, (-5, -4, 4, 5))
    answer = np.dot(x, w) + b
    mistakes = {"no_bias": answer - b, "minus_bias": answer - 2 * b}
    mistakes["swapped"] = np.dot(x, w[::-1]) + b
    return Drawn({"w": w, "x": x, "b": b}, answer, mistakes)


def distance(rng):
    w = np.array(pick(rng, ((3, 4), (4, -3), (-3, 4), (6, 8), (-8, 6), (8, -6))))
    x, b = picks(rng, SMALL, 2), pick(rng, (-10, -5, 5, 10))
    z, length = np.dot(x, w) + b, np.linalg.norm(w)
    mistakes = {"not_divided": z, "squared": z / length**2, "no_bias": (z - b) / length}
    return Drawn({"w": w, "x": x, "b": b}, z / length, mistakes)


def perceptron(rng):
    w, x = picks(rng, SMALL, 2), picks(rng, SMALL, 2)
    b = pick(rng, (-1, 0, 1))
    y = 1 - int(np.dot(x, w) + b > 0)  # it is wrong here
    push = (2 * y - 1) * x[0]
    mistakes = {"wrong_way": w[0] - push, "no_push": w[0]}
    return Drawn({"w": w, "x": x, "b": b, "y": y}, w[0] + push, mistakes)


def bound(rng):
    radius, margin = pick(rng, (2, 3, 4, 5, 6, 8, 9)), pick(rng, (0.1, 0.2, 0.25, 0.4, 0.5))
    answer = (radius / margin) ** 2
    mistakes = {"not_squared": radius / margin, "margin_not_squared": radius**2 / margin}
    return Drawn({"radius": radius, "margin": margin}, answer, mistakes)


def slope(rng):
    p, y = pick(rng, (0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)), pick(rng, (0, 1))
    x = picks(rng, (-4, -3, -2, 2, 3, 4), 2)
    loss = mlp.BinaryCrossEntropy()
    loss.forward(np.array([[np.log(p / (1 - p))]]), np.array([[y]]))
    pull = loss.backward().item()  # p − y
    mistakes = {"uphill": -pull * x[0], "squared_error": pull * p * (1 - p) * x[0]}
    mistakes["no_input"] = pull
    return Drawn({"p": p, "y": y, "x": x}, pull * x[0], mistakes)
