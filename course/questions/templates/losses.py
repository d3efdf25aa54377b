"""Numbers for questions on chapter 4."""

import numpy as np

import mlp
from course.questions.draw import Drawn, pick, some


def surprise(rng):
    p = some(rng, (0.1, 0.2, 0.25, 0.4, 0.5, 0.6, 0.75, 0.8, 0.9), 3)
    logits = np.array([[np.log(it / (1 - it)), 0] for it in p])
    answer = mlp.CrossEntropy().forward(logits, np.zeros(3, int))
    mistakes = {"sum": 3 * answer, "log_of_mean": -np.log(np.mean(p)), "bits": answer / np.log(2)}
    return Drawn({"p": p}, answer, mistakes)


def pull(rng):
    p = pick(rng, ((0.1, 0.2, 0.7), (0.1, 0.3, 0.6), (0.2, 0.3, 0.5), (0.1, 0.1, 0.8)))
    p, rows = np.array(some(rng, p, 3)), pick(rng, (2, 4, 5, 10))
    right = pick(rng, (0, 1, 2))
    loss = mlp.CrossEntropy()
    loss.forward(np.log(np.tile(p, (rows, 1))), np.full(rows, right))
    answer = loss.backward()[0, right]
    mistakes = {"not_averaged": answer * rows, "uphill": -answer, "no_target": p[right] / rows}
    return Drawn({"p": p, "right": right + 1, "rows": rows}, answer, mistakes)


def huber(rng):
    delta, small = pick(rng, (1, 2)), pick(rng, (-1, -0.5, 0.5, 1))
    large = pick(rng, (-6, -5, -4, -3, 3, 4, 5, 6))
    errors = np.array([[float(small)], [float(large)]])
    answer = mlp.Huber(delta).forward(errors, np.zeros((2, 1)))
    mistakes = {"squares": np.mean(errors**2) / 2, "absolute": np.mean(np.abs(errors))}
    mistakes["sum"] = 2 * answer
    return Drawn({"delta": delta, "errors": [small, large]}, answer, mistakes)


def smoothing(rng):
    classes = pick(rng, (2, 4, 5, 10, 20, 50))
    weight = pick(rng, (0.05, 0.1, 0.2, 0.3, 0.4, 0.5))
    mistakes = {"no_share": 1 - weight, "share_only": weight / classes}
    mistakes["others_only"] = 1 - weight - weight / classes
    return Drawn({"classes": classes, "weight": weight}, 1 - weight + weight / classes, mistakes)


def bits(rng):
    q, p = (np.array(some(rng, (1 / 2, 1 / 4, 1 / 8, 1 / 8), 4)) for _ in range(2))
    answer = -np.sum(q * np.log2(p))
    entropy = -np.sum(q * np.log2(q))
    mistakes = {
        "entropy": entropy,
        "divergence": answer - entropy,
        "turned": -np.sum(np.log2(p)) / 4,
    }
    return Drawn({"q": q, "p": p}, answer, mistakes)
