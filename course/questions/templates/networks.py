"""Numbers for questions on chapter 2."""

import numpy as np

import mlp
from course.questions.draw import SMALL, Drawn, pick, picks, some


def network(*pairs) -> mlp.Sequential:
    """Return a ReLU network with these weights and biases, in float64."""
    layers = []
    for weight, _ in pairs:
        dense = mlp.Dense(*np.shape(weight))
        layers += [dense, mlp.ReLU()]
    net = mlp.Sequential(*layers[:-1], rng=0, dtype=np.float64)
    for dense, (weight, bias) in zip(net.layers[::2], pairs, strict=True):
        dense.weight[...], dense.bias[...] = weight, bias
    return net


def parameters(rng):
    sizes = pick(rng, (2, 3, 4, 5, 8)), pick(rng, (3, 4, 6, 10, 16)), pick(rng, (1, 2, 3, 5))
    first, hidden, last = sizes
    net = mlp.Sequential(mlp.Dense(first, hidden), mlp.ReLU(), mlp.Dense(hidden, last), rng=0)
    answer = net.parameters.size
    weights = answer - hidden - last
    mistakes = {"no_biases": weights, "one_bias": weights + 2, "bias_of_inputs": answer + first}
    return Drawn({"sizes": "–".join(map(str, sizes))}, answer, mistakes)


def forward(rng):
    weight = np.reshape(picks(rng, SMALL, 4), (2, 2))
    bias, out = picks(rng, (-1, 0, 1), 2), picks(rng, (-2, -1, 1, 2), 2)
    x, last = picks(rng, (1, 2, 3), 2), pick(rng, (-1, 1))

    def run(inner):
        return network((inner, bias), (np.reshape(out, (2, 1)), [last]))(np.array([x])).item()

    linear = np.dot(np.dot(x, weight) + bias, out) + last
    values = {"columns": weight.T, "bias": bias, "out": out, "last": last, "x": x}
    return Drawn(values, run(weight), {"no_relu": linear, "rows": run(weight.T)})


def collapse(rng):
    bias, out = picks(rng, (-3, -2, 2, 3), 2), picks(rng, SMALL, 2)
    last = pick(rng, (-3, -2, -1, 1, 2, 3))
    columns = picks(rng, SMALL, 2), picks(rng, SMALL, 2)
    mistakes = {"last_only": last, "sum": np.sum(bias) + last, "no_last": np.dot(bias, out)}
    values = {"columns": columns, "bias": bias, "out": out, "last": last}
    return Drawn(values, np.dot(bias, out) + last, mistakes)


def bend(rng):
    heights = picks(rng, (-5, -4, -2, 2, 3, 4, 6), 3)
    kinks = sorted(some(rng, (0, 1, 2, 3, 4, 5), 3))
    x = pick(rng, kinks[1:]) - 0.5
    on = np.array(kinks) < x
    mistakes = {"all_units": np.sum(heights), "off_units": np.dot(heights, ~on)}
    mistakes["value"] = np.dot(heights, np.maximum(0, x - np.array(kinks)))
    values = {"heights": heights, "kinks": kinks, "x": x}
    return Drawn(values, np.dot(heights, on), mistakes)


def multiplications(rng):
    rows = pick(rng, (4, 5, 8, 10, 20))
    sizes = pick(rng, (2, 3, 5, 8)), pick(rng, (4, 6, 10)), pick(rng, (1, 2, 3))
    one = sizes[0] * sizes[1] + sizes[1] * sizes[2]
    mistakes = {"one_example": one, "with_biases": rows * (one + sizes[1] + sizes[2])}
    mistakes["chain"] = rows * sizes[0] * sizes[1] * sizes[2]
    return Drawn({"sizes": "–".join(map(str, sizes)), "rows": rows}, rows * one, mistakes)
