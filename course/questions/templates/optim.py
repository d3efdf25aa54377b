"""Numbers for questions on chapter 6."""

import numpy as np

import mlp
from course.questions.draw import Drawn, pick, some


def steps(optimizer, start: float, gradients) -> float:
    """Return where a parameter is after steps with these gradients."""
    theta = np.array([float(start)])
    for gradient in gradients:
        optimizer.step(theta, np.array([float(gradient)]))
    return theta.item()


def bowl(rng):
    curvature = pick(rng, (1, 2, 4, 5))
    rate = pick(rng, (0.2, 0.5, 0.8, 1.2, 1.5, 1.8)) / curvature
    start, count = pick(rng, (10, 20, 40)), pick(rng, (2, 3))
    sgd, theta = mlp.SGD(rate), np.array([float(start)])
    for _ in range(count):
        sgd.step(theta, curvature * theta)
    mistakes = {"uphill": start * (1 + rate * curvature) ** count}
    mistakes["same_slope"] = start * (1 - count * rate * curvature)
    mistakes["no_curvature"] = start * (1 - rate) ** count
    values = {"curvature": curvature, "rate": rate, "start": start, "count": count}
    return Drawn(values, theta.item(), mistakes)


def stable(rng):
    small, large = pick(rng, (0.1, 0.2, 0.5, 1, 2)), pick(rng, (4, 5, 8, 10, 16, 20, 25, 40))
    mistakes = {"small": 2 / small, "one": 1 / large, "best": 2 / (small + large)}
    middle = large / 2
    return Drawn({"curvatures": some(rng, (small, middle, large), 3)}, 2 / large, mistakes)


def momentum(rng):
    memory, rate = pick(rng, (0.5, 0.8, 0.9)), pick(rng, (0.1, 0.2, 0.5))
    start, gradients = pick(rng, (1, 2, 3, 4)), [pick(rng, (-4, -2, 1, 2, 3, 4)) for _ in range(2)]
    answer = steps(mlp.SGD(rate, momentum=memory), start, gradients)
    velocity = memory * gradients[0] + gradients[1]
    mistakes = {"no_memory": steps(mlp.SGD(rate), start, gradients)}
    mistakes["one_step"] = start - rate * velocity
    mistakes["average"] = start - rate * (1 - memory) * (gradients[0] + velocity)
    values = {"memory": memory, "rate": rate, "start": start, "gradients": gradients}
    return Drawn(values, answer, mistakes)


def adam(rng):
    rate = pick(rng, (0.01, 0.02, 0.05, 0.1))
    gradient, start = pick(rng, (-8, -4, -2, 2, 4, 8)), pick(rng, (-1, 0, 1, 2))
    sign = np.sign(gradient)
    mistakes = {"sgd": start - rate * gradient, "uphill": start + rate * sign}
    mistakes["not_corrected"] = start - rate * sign * 0.1 / np.sqrt(0.001)
    values = {"rate": rate, "gradient": gradient, "start": start}
    return Drawn(values, steps(mlp.Adam(rate), start, [gradient]), mistakes)


def noise(rng):
    spread, batch = pick(rng, (1.2, 2.4, 3, 4.8, 6, 12)), pick(rng, (4, 9, 16, 25, 36, 64, 100))
    mistakes = {
        "variance": spread**2 / batch,
        "no_root": spread / batch,
        "grows": spread * np.sqrt(batch),
    }
    return Drawn({"spread": spread, "batch": batch}, spread / np.sqrt(batch), mistakes)
