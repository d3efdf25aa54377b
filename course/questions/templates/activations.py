"""Numbers for questions on chapter 3."""

import numpy as np

import mlp
from course.questions.draw import Drawn, pick, some

WEIGHTS = (0.8, 1, 1.2, 1.6, 2, 2.4, 2.8, 3, 3.2, 3.6, 4.4, 4.8)


def tanh(rng):
    a = pick(rng, (-0.9, -0.8, -0.6, -0.5, 0.5, 0.6, 0.8, 0.9))
    g = pick(rng, (-4, -3, -2, 2, 3, 4))
    layer = mlp.Tanh()
    layer.forward(np.array([[np.arctanh(a)]]))
    answer = layer.backward(np.array([[float(g)]])).item()
    mistakes = {"sigmoid": g * a * (1 - a), "not_squared": g * (1 - a), "value": g * a}
    return Drawn({"a": a, "g": g}, answer, mistakes)


def vanish(rng):
    w, layers = pick(rng, WEIGHTS), pick(rng, (2, 3, 4))
    steepest = mlp.Sigmoid().derivative(np.zeros(1)).item()
    mistakes = {"no_slope": w**layers, "no_weight": steepest**layers}
    mistakes["once"] = w**layers * steepest
    return Drawn({"w": w, "layers": layers}, (w * steepest) ** layers, mistakes)


def he(rng):
    inputs = pick(rng, (8, 18, 32, 50, 72, 98, 128, 200))
    units = pick(rng, (10, 20, 25, 40, 64, 100))
    mistakes = {"variance": 2 / inputs, "units": np.sqrt(2 / units), "lecun": np.sqrt(1 / inputs)}
    return Drawn({"inputs": inputs, "units": units}, np.sqrt(2 / inputs), mistakes)


def softmax(rng):
    odds = some(rng, (1, 2, 3, 4, 5, 6), 3)
    scores = np.log(np.array([odds], float))
    answer, same, half = (mlp.Softmax()(scores * c)[0, 0] for c in (2, 1, 0.5))
    return Drawn({"odds": odds}, answer, {"same": same, "warmer": half})


def jacobian(rng):
    p = pick(rng, ((0.1, 0.2, 0.7), (0.1, 0.3, 0.6), (0.2, 0.3, 0.5), (0.1, 0.4, 0.5)))
    p = np.array(some(rng, p, 3))
    i, j = some(rng, (0, 1, 2), 2)
    slopes = np.diag(p) - np.outer(p, p)
    mistakes = {"sign": p[i] * p[j], "diagonal": p[i] * (1 - p[i]), "mixed": p[i] * (1 - p[j])}
    return Drawn({"p": p, "i": i + 1, "j": j + 1}, slopes[i, j], mistakes)
