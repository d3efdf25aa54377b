"""Numbers for questions on chapter 5."""

import numpy as np

import mlp
from course.questions.draw import SMALL, Drawn, pick, picks


def neuron(rng):
    w, x, b = mlp.Value(pick(rng, SMALL)), pick(rng, SMALL), pick(rng, SMALL)
    y = pick(rng, (-2, -1, 0, 1, 2))
    error = w * x + b - y
    (error * error).backward()
    mistakes = {"no_two": w.grad / 2, "no_input": 2 * error.data, "sign": -w.grad}
    return Drawn({"w": w.data, "x": x, "b": b, "y": y}, w.grad, mistakes)


def hidden(rng):
    weight = np.reshape(picks(rng, SMALL, 4), (2, 2))
    delta, a = picks(rng, SMALL, 2), pick(rng, (0.2, 0.5, 0.8))
    slope = a * (1 - a)
    back = np.dot(weight, delta)[0]
    mistakes = {"column": np.dot(delta, weight)[0] * slope, "no_slope": back, "value": back * a}
    values = {"rows": weight, "delta": delta, "a": a}
    return Drawn(values, back * slope, mistakes)


def weights(rng):
    a, delta = picks(rng, SMALL, 3), picks(rng, (-0.4, -0.2, -0.1, 0.1, 0.2, 0.5), 3)
    dense = mlp.Dense(1, 1)
    mlp.Sequential(dense, rng=0, dtype=np.float64)
    dense.forward(np.array(a, float)[:, None], training=True)
    dense.backward(np.array(delta)[:, None])
    answer = dense.weight_grad.item()
    mistakes = {"mean": answer / 3, "sums": np.sum(a) * np.sum(delta), "bias": np.sum(delta)}
    return Drawn({"a": a, "delta": delta}, answer, mistakes)


def twice(rng):
    x = mlp.Value(pick(rng, SMALL))
    c, d = pick(rng, (2, 3, 4, 5)), pick(rng, (-3, -2, -1, 1, 2, 3))
    line = x * c + d
    square = x * x
    (square * line).backward()
    one, other = 2 * x.data * line.data, c * square.data
    mistakes = {"first_path": one, "second_path": other, "product": 2 * x.data * c}
    return Drawn({"x": x.data, "c": c, "d": d}, x.grad, mistakes)


def difference(rng):
    c, x = pick(rng, (1, 2, 3, 4)), pick(rng, (-3, -2, -1, 1, 2, 3))
    h = pick(rng, (0.1, 0.2, 0.5))

    def f(x):
        return c * x**3

    answer = (f(x + h) - f(x - h)) / (2 * h)
    mistakes = {"derivative": 3 * c * x**2, "one_sided": (f(x + h) - f(x)) / h}
    mistakes["not_halved"] = 2 * answer
    return Drawn({"c": c, "x": x, "h": h}, answer, mistakes)
