"""Numbers for questions on chapter 8."""

import numpy as np

import mlp
from course.questions.draw import Drawn, pick, picks


def guess(rng):
    classes = int(rng.integers(3, 60))
    answer = mlp.CrossEntropy().forward(np.zeros((1, classes)), np.array([0]))
    mistakes = {"bits": np.log2(classes), "tens": np.log10(classes), "error": 1 - 1 / classes}
    return Drawn({"classes": classes}, answer, mistakes)


def broadcast(rng):
    predictions, targets = picks(rng, (0, 1, 2, 3, 4), 2), picks(rng, (0, 1, 2, 3, 4), 2)
    column = np.array(predictions)[:, None]
    squares = (column - np.array(targets)) ** 2  # all with all
    mistakes = {"meant": np.mean(np.diag(squares)), "sum": np.sum(squares)}
    return Drawn({"predictions": predictions, "targets": targets}, np.mean(squares), mistakes)


def rare(rng):
    ill, well = pick(rng, (10, 20, 40)), pick(rng, (80, 160, 200))
    found, cleared = ill * pick(rng, (1, 3, 5)) // 10, well * pick(rng, (18, 19)) // 20
    predicted = np.repeat([1, 0, 0, 1], [found, ill - found, cleared, well - cleared])
    true = np.repeat([1, 0], [ill, well])
    table = mlp.metrics.confusion_matrix(predicted, true, 2)
    shares = np.diag(table) / table.sum(axis=1)
    mistakes = {"accuracy": 100 * np.trace(table) / table.sum(), "rare_only": 100 * shares[1]}
    values = {"ill": ill, "well": well, "found": found, "cleared": cleared}
    return Drawn(values, 100 * shares.mean(), mistakes)


def ratio(rng):
    rows = pick(rng, (4, 5, 8, 10, 20, 25, 40, 50))
    slopes = np.array(picks(rng, (-0.3, -0.2, -0.1, 0.1, 0.2, 0.3), 2))
    mistakes = {"turned": rows, "difference": rows * slopes[0] - slopes[0]}
    return Drawn({"backward": rows * slopes, "numeric": slopes}, 1 / rows, mistakes)


def unit(rng):
    rate, factor = pick(rng, (0.4, 0.8, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8)), pick(rng, (2, 4, 5, 10))
    mistakes = {"not_squared": rate / factor, "same": rate, "turned": rate * factor**2}
    return Drawn({"rate": rate, "factor": factor}, rate / factor**2, mistakes)
