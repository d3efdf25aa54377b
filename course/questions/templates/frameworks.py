"""Numbers for questions on chapter 9."""

import numpy as np

import mlp
from course.questions.draw import Drawn, pick
from course.questions.templates.optim import steps


def memory(rng):
    sizes = pick(rng, (10, 20, 50, 64, 100)), pick(rng, (10, 20, 32, 50)), pick(rng, (1, 2, 5, 10))
    first, hidden, last = sizes
    net = mlp.Sequential(mlp.Dense(first, hidden), mlp.ReLU(), mlp.Dense(hidden, last), rng=0)
    held = net.parameters.nbytes + net.gradients.nbytes
    mistakes = {"parameters": net.parameters.nbytes, "no_averages": held}
    mistakes["one_average"] = held + net.parameters.nbytes
    return Drawn({"sizes": "–".join(map(str, sizes))}, 2 * held, mistakes)


def zero_grad(rng):
    rate, start = pick(rng, (0.1, 0.2, 0.5)), pick(rng, (0, 1, 2))
    gradients = np.array([pick(rng, (-3, -2, -1, 1, 2, 3)) for _ in range(3)])
    sgd = mlp.SGD(rate)
    mistakes = {"meant": steps(sgd, start, gradients)}
    mistakes["turned"] = steps(sgd, start, np.cumsum(gradients[::-1]))
    answer = steps(sgd, start, np.cumsum(gradients))
    return Drawn({"rate": rate, "start": start, "gradients": gradients}, answer, mistakes)


def softmax_twice(rng):
    classes = int(rng.integers(3, 60))
    best = np.eye(classes)[:1]  # what the first softmax gives at its surest
    answer = mlp.CrossEntropy().forward(best, np.array([0]))
    mistakes = {"zero": 0, "guess": np.log(classes)}
    return Drawn({"classes": classes}, answer, mistakes)


def shares(rng):
    rows = pick(rng, ((10, 30), (30, 10), (20, 80), (80, 20), (40, 60), (60, 40)))
    slopes = pick(rng, (-2, -1, 1, 3)), pick(rng, (2, 4, 5, 6))
    answer = np.dot(rows, slopes) / np.sum(rows)
    mistakes = {"plain": np.mean(slopes), "sum": np.sum(slopes)}
    mistakes["swapped"] = np.dot(rows[::-1], slopes) / np.sum(rows)
    return Drawn({"rows": rows, "slopes": slopes}, answer, mistakes)


def velocity(rng):
    kept, first = pick(rng, (0.5, 0.8, 0.9)), pick(rng, (0.2, 0.4, 0.5))
    gradients = pick(rng, (-2, -1, 1, 2)), pick(rng, (-4, -2, 2, 4))
    later = first / 10
    inner = first * gradients[0] * (1 + kept) + later * gradients[1]
    rates = [first, later]
    answer = steps(mlp.SGD(lambda step: rates[step], momentum=kept), 0, gradients)
    mistakes = {"inside": -inner, "no_memory": -np.dot(rates, gradients)}
    values = {"kept": kept, "rates": rates, "gradients": gradients}
    return Drawn(values, answer, mistakes)
