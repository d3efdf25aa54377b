"""Homework 1: a line, three switches, two kinds of mistakes, and layers that add. See hw1.md."""

import itertools

import numpy as np

import mlp
from course.homework.assignment import (
    Assignment,
    Task,
    Words,
    assemble,
    equals,
    exactly,
    fill,
    generator,
    latex,
)

SETUP = """
import itertools

import numpy as np

import mlp
"""


def assignment(seed: str) -> Assignment:
    """Return the variant of a seed."""
    return assemble("hw1", seed, SETUP, (line, gates, cost, depth, words))


# ---- One neuron, three points ------------------------------------------------------------------


def line(seed: str, words: Words) -> Task:
    """Return the task about the geometry of a neuron."""
    rng = generator(seed, words.id)
    w = np.array([(3, 4), (4, 3), (6, 8), (8, 6), (5, 12), (12, 5), (8, 15)][rng.integers(7)])
    w = (w * rng.choice([-1, 1], size=2)).astype(float)
    while True:
        b = float(rng.integers(-9, 10))
        points = rng.choice([*range(-6, 0), *range(1, 7)], size=(3, 2)).astype(float)
        z = points @ w + b
        if b and np.abs(z).min() > 1 and z.min() < 0 < z.max():
            break
    length = float(np.linalg.norm(w))
    p = float(rng.choice([0.8, 0.85, 0.9, 0.95, 0.98]))
    p = p if z[2] > 0 else round(1 - p, 2)
    distances = mlp.Neuron(w, b).distance(points)
    moved = -float(points[0] @ w)
    foot = points[1] - distances[1] * w / length
    sharper = float(np.log(p / (1 - p)) / z[2])
    says = words.says
    values = {"w": latex(w), "b": f"{b:g}", "p": p, "length": length}
    values |= {f"p{i}": latex(point) for i, point in enumerate(points, 1)}
    near = 1e-4 / min(1.0, np.abs(distances).max(), np.abs(foot).max(), abs(sharper))
    return words.task(
        values,
        20,
        [
            words.check(
                "distances",
                5,
                "distances",
                {},
                equals(
                    distances,
                    tolerance=near,
                    mistakes={
                        says["length"]: z,
                        says["squared"]: z / length**2,
                        says["bias"]: (z - b) / length,
                        says["sides"]: np.abs(distances),
                    },
                ),
            ),
            words.check(
                "moved_bias",
                3,
                "moved_bias",
                {},
                equals(moved, mistakes={says["sign"]: -moved, says["keep"]: moved - b}),
            ),
            words.check(
                "foot",
                5,
                "foot",
                {},
                equals(
                    foot,
                    tolerance=near,
                    mistakes={
                        says["away"]: points[1] + distances[1] * w / length,
                        says["steps"]: points[1] - distances[1] * w,
                    },
                ),
            ),
            words.check(
                "sharper",
                4,
                "sharper",
                {},
                equals(
                    sharper,
                    tolerance=near,
                    mistakes={says["odds"]: p / (1 - p) / z[2]},
                ),
            ),
        ],
        start="distances = [..., ..., ...]\nmoved_bias = ...\nfoot = [..., ...]\nsharper = ...",
        solution=f"distances = {distances.round(4).tolist()}\nmoved_bias = {moved}\n"
        f"foot = {foot.round(4).tolist()}\nsharper = {sharper:.6f}",
        tests="""
assert np.shape(distances) == (3,), "distances holds three numbers"
assert np.shape(foot) == (2,), "foot holds two numbers"
assert np.ndim(moved_bias) == np.ndim(sharper) == 0, "moved_bias and sharper are numbers"
assert sharper > 0, "a negative factor would exchange the sides"
""",
    )


# ---- Three switches ----------------------------------------------------------------------------

INPUTS = np.array(list(itertools.product((0, 1), repeat=3)))
NOISE = 0.15
# With these weights a neuron computes every function of three inputs that a neuron can compute.
ONE_NEURON = {
    tuple((INPUTS @ w + b > 0).astype(int).tolist())
    for *w, b in itertools.product(range(-3, 4), range(-3, 4), range(-3, 4), np.arange(-4.5, 5))
}


def gates(seed: str, words: Words) -> Task:
    """Return the task about a network built by hand."""
    rng = generator(seed, words.id)

    def table(one_neuron: bool) -> tuple[int, ...]:
        while True:
            drawn = tuple(rng.integers(2, size=8).tolist())
            if 2 <= sum(drawn) <= 6 and (drawn in ONE_NEURON) == one_neuron:
                return drawn

    one_neuron = rng.permutation([True, True, False, False]).tolist()
    tables = [table(it) for it in one_neuron]
    lamp = np.array(table(False))
    inexact = np.array(list(itertools.product((-NOISE, NOISE), repeat=3)))
    off = (INPUTS[:, None] + inexact).reshape(-1, 3)
    says = words.says

    def judge(inputs, targets):
        def compare(found):
            try:
                w1, b1, w2, b2 = (np.asarray(it, float) for it in found)
            except (TypeError, ValueError):
                return says["shapes"]
            units = b1.size
            if (w1.shape, b1.shape, w2.shape) != ((3, units), (units,), (units,)):
                return says["shapes"]
            if b2.ndim or not 1 <= units <= 4:
                return says["shapes"]
            outputs = ((inputs @ w1 + b1 > 0) @ w2 + b2 > 0).astype(int)
            wrong = int((outputs != targets).sum())
            return fill(says["wrong"], {"n": wrong, "of": len(inputs)}) if wrong else None

        return compare

    ones = INPUTS[lamp == 1] if lamp.sum() <= 4 else INPUTS[lamp == 0]
    sign = 1 if lamp.sum() <= 4 else -1
    values = {
        "tables": ", ".join("`" + "".join(map(str, it)) + "`" for it in tables),
        "lamp": "`" + "".join(map(str, lamp)) + "`",
        "one_neuron": one_neuron,
        "lamp_array": lamp[:4].tolist(),
        "w1": (2 * ones.T - 1).tolist(),
        "b1": (0.5 - ones.sum(axis=1)).tolist(),
        "w2": [sign] * len(ones),
        "b2": -0.5 * sign,
    }
    network = "[w1, b1, w2, b2]"
    return words.task(
        values,
        35,
        [
            words.check("one_neuron", 5, "one_neuron", {}, exactly(one_neuron, says["tables"])),
            words.check("lamp", 11, network, {}, judge(INPUTS, lamp)),
            words.check("noise", 6, network, {}, judge(off, np.repeat(lamp, 8))),
        ],
        start="""
one_neuron = [..., ..., ..., ...]

w1 = np.array(...)  # (3, H)
b1 = np.array(...)  # (H,)
w2 = np.array(...)  # (H,)
b2 = ...
""",
        solution="""
one_neuron = {{one_neuron}}

w1 = np.array({{w1}})
b1 = np.array({{b1}})
w2 = np.array({{w2}})
b2 = {{b2}}
""",
        tests="""
units = np.size(b1)
shapes = [np.shape(it) for it in (w1, b1, w2, b2)]
assert shapes == [(3, units), (units,), (units,), ()], f"the shapes are {shapes}"
assert units <= 4, f"{units} hidden units are too many"
switches = np.array(list(itertools.product((0, 1), repeat=3)))
outputs = ((switches @ w1 + b1 > 0) @ w2 + b2 > 0).astype(int)
assert outputs[:4].tolist() == {{lamp_array}}, f"the outputs are {outputs}"
assert len(one_neuron) == 4 and set(one_neuron) <= {True, False}, "four times True or False"
""",
    )


# ---- Two kinds of mistakes ---------------------------------------------------------------------


def cost(seed: str, words: Words) -> Task:
    """Return the task about a neuron that fears one mistake more than the other."""
    rng = generator(seed, words.id)
    c0 = int(rng.integers(5, 16)) / 10
    c1 = int(rng.integers(20, 80)) / 10
    decay = int(rng.integers(5, 60)) / 100

    def loss(x, y, w, b, c1=c1, c0=c0, decay=decay):
        p = mlp.Sigmoid()(x @ w + b)
        parts = -c1 * y * np.log(p) - c0 * (1 - y) * np.log(1 - p)
        return float(parts.mean() + decay / 2 * w @ w)

    def gradients(x, y, w, b, **other):
        grad_w = mlp.numerical_gradient(lambda it: loss(x, y, it, b, **other), w.copy())
        grad_b = mlp.numerical_gradient(lambda it: loss(x, y, w, it[0], **other), np.array([b]))
        return [grad_w, grad_b[0]]

    def draw(n, d):
        x = rng.normal(size=(n, d))
        y = rng.permutation(np.arange(n) % 3 == 0).astype(float)
        return {"x": x, "y": y, "w": rng.normal(size=d), "b": float(rng.normal())}

    def trained(x, y, rate, steps, sign=-1):
        w, b = np.zeros(x.shape[1]), 0.0
        for _ in range(steps):
            grad_w, grad_b = gradients(x, y, w, b)
            w, b = w + sign * rate * grad_w, b + sign * rate * grad_b
        return [w, b]

    batch, one = draw(7, 3), draw(1, 2)
    run = {"x": batch["x"], "y": batch["y"], "rate": 0.3, "steps": 5}
    right = gradients(**batch)
    equal, free = gradients(**batch, c1=1, c0=1), gradients(**batch, decay=0)
    swapped, double = gradients(**batch, c1=c0, c0=c1), gradients(**batch, decay=2 * decay)
    says = words.says
    mistakes_w = {
        says["equal"]: equal[0],
        says["penalty"]: free[0],
        says["swapped"]: swapped[0],
        says["double"]: double[0],
        says["sum"]: right[0] * 7,
    }
    mistakes_b = {
        says["equal"]: equal[1],
        says["swapped"]: swapped[1],
        says["on_bias"]: right[1] + decay * batch["b"],
        says["sum"]: right[1] * 7,
    }
    call = "cost_gradient(x, y, w, b)"
    values = {"c0": c0, "c1": c1, "decay": decay, "at_zero": f"{np.log(2) * (c1 + c0) / 2:.6f}"}
    return words.task(
        values,
        40,
        [
            words.check(
                "cost",
                5,
                "cost(x, y, w, b)",
                batch,
                equals(
                    loss(**batch),
                    mistakes={
                        says["equal"]: loss(**batch, c1=1, c0=1),
                        says["swapped"]: loss(**batch, c1=c0, c0=c1),
                        says["penalty"]: loss(**batch, decay=0),
                    },
                ),
            ),
            words.check(
                "grad_w",
                6,
                f"{call}[0]",
                batch,
                equals(right[0], tolerance=1e-5, mistakes=mistakes_w),
            ),
            words.check(
                "grad_b",
                5,
                f"{call}[1]",
                batch,
                equals(right[1], tolerance=1e-5, mistakes=mistakes_b),
            ),
            words.check("one", 3, call, one, equals(gradients(**one), tolerance=1e-5)),
            words.check(
                "train",
                8,
                "train(x, y, rate, steps)",
                run,
                equals(
                    trained(**run),
                    tolerance=1e-4,
                    mistakes={says["uphill"]: trained(**run, sign=1)},
                ),
            ),
        ],
        start='''
def cost(x, y, w, b):
    """Return the loss of a batch."""
    return ...


def cost_gradient(x, y, w, b):
    """Return its gradients with respect to w and to b."""
    grad_w = ...
    grad_b = ...
    return [grad_w, grad_b]


def train(x, y, rate, steps):
    """Return w and b after gradient descent from zero."""
    return ...
''',
        solution="""
def cost(x, y, w, b):
    p = 1 / (1 + np.exp(-(x @ w + b)))
    parts = -{{c1}} * y * np.log(p) - {{c0}} * (1 - y) * np.log(1 - p)
    return parts.mean() + {{decay}} / 2 * w @ w


def cost_gradient(x, y, w, b):
    p = 1 / (1 + np.exp(-(x @ w + b)))
    grad_z = ({{c0}} * (1 - y) * p - {{c1}} * y * (1 - p)) / len(x)
    return [x.T @ grad_z + {{decay}} * w, grad_z.sum()]


def train(x, y, rate, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        grad_w, grad_b = cost_gradient(x, y, w, b)
        w, b = w - rate * grad_w, b - rate * grad_b
    return [w, b]
""",
        tests="""
rng = np.random.default_rng(0)
x, y = rng.normal(size=(6, 2)), np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
w, b = rng.normal(size=2), 0.3
at_zero = cost(x, y, np.zeros(2), 0.0)
assert np.isclose(at_zero, {{at_zero}}, atol=1e-5), f"with all parameters 0, the loss is {at_zero}"
grad_w, grad_b = cost_gradient(x, y, w, b)
by_w = mlp.numerical_gradient(lambda it: cost(x, y, it, b), w.copy())
by_b = mlp.numerical_gradient(lambda it: cost(x, y, w, it[0]), np.array([b]))
assert np.allclose(grad_w, by_w, atol=1e-6), f"grad_w is {grad_w}, by differences {by_w}"
assert np.allclose(grad_b, by_b, atol=1e-6), f"grad_b is {grad_b}, by differences {by_b}"
assert cost(x, y, *train(x, y, 0.1, 50)) < at_zero, "after training, the loss is not smaller"
""",
    )


# ---- Layers that add ---------------------------------------------------------------------------


def depth(seed: str, words: Words) -> Task:
    """Return the task about the growth of signals in a residual network."""
    rng = generator(seed, words.id)
    slope = int(rng.integers(10, 80)) / 100
    v = int(rng.integers(10, 60)) / 100
    layers = int(rng.integers(5, 13))
    times = int(rng.integers(3, 30))
    layers_more = int(rng.integers(20, 60))
    half = (1 + slope**2) / 2  # the mean square of the function's value
    growth = (1 + v * half) ** layers
    needed = (times ** (1 / layers_more) - 1) / half
    narrow = {"x": rng.normal(size=(4, 3)), "weights": rng.normal(size=(5, 3, 3))}

    def mean_squares(x, weights):
        activation, found = mlp.LeakyReLU(slope), []
        for weight in weights:
            x = x + activation(x) @ weight
            found.append((x**2).mean())
        return np.array(found)

    says = words.says
    values = {"slope": slope, "v": v, "layers": layers, "times": times, "depth": layers_more}
    values |= {"growth": f"{growth:.4f}", "v_needed": f"{needed:.6f}", "positive": f"{1 + v:.2f}"}
    return words.task(
        values,
        35,
        [
            words.check(
                "growth",
                6,
                "growth",
                {},
                equals(
                    growth,
                    tolerance=1e-3,
                    mistakes={
                        says["skip"]: (v * half) ** layers,
                        says["relu"]: (1 + v / 2) ** layers,
                        says["plain"]: (1 + v * (1 + slope) / 2) ** layers,
                        says["linear"]: (1 + v) ** layers,
                        says["added"]: 1 + layers * v * half,
                    },
                ),
            ),
            words.check(
                "v_needed",
                6,
                "v_needed",
                {},
                equals(
                    needed,
                    tolerance=1e-3,
                    mistakes={
                        says["skip"]: times ** (1 / layers_more) / half,
                        says["relu"]: 2 * (times ** (1 / layers_more) - 1),
                        says["linear"]: times ** (1 / layers_more) - 1,
                        says["added"]: (times - 1) / layers_more / half,
                    },
                ),
            ),
            words.check(
                "from_positive",
                4,
                "from_positive",
                {},
                equals(
                    1 + v,
                    tolerance=1e-3,
                    mistakes={says["half"]: 1 + v * half, says["skip"]: v},
                ),
            ),
            words.check(
                "narrow",
                9,
                "mean_squares(x, weights)",
                narrow,
                equals(
                    mean_squares(**narrow),
                    mistakes={says["inputs"]: [(narrow["x"] ** 2).mean(), *mean_squares(**narrow)]},
                ),
            ),
        ],
        start='''
growth = ...
v_needed = ...
from_positive = ...


def mean_squares(x, weights):
    """Return the mean square after each layer, in a list."""
    return ...
''',
        solution="""
growth = {{growth}}
v_needed = {{v_needed}}
from_positive = {{positive}}


def mean_squares(x, weights):
    found = []
    for w in weights:
        x = x + np.where(x > 0, x, {{slope}} * x) @ w
        found.append(float((x**2).mean()))
    return found
""",
        tests="""
rng = np.random.default_rng(0)
runs = []
for _ in range(20):
    x = rng.normal(size=(10, 200))
    weights = rng.normal(size=({{layers}}, 200, 200)) * np.sqrt({{v}} / 200)
    runs.append(mean_squares(x, weights))
assert np.shape(runs) == (20, {{layers}}), "asked for {{layers}} numbers"
measured = np.mean(runs, axis=0)[-1]
off = measured / growth - 1
assert abs(off) < 0.1, f"measured {measured:.2f}, predicted {growth:.2f}"
assert 0 < v_needed < 10 and from_positive > 1
""",
    )


def words(seed: str, words: Words) -> Task:
    """Return the question by hand."""
    start = int(generator(seed, words.id).integers(1, 10)) / 10
    return words.by_hand({"start": start}, 10, 9)
