"""Homework 4: weights to carry, known numbers, two wrong functions, and a loss. See hw4.md."""

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
)

SETUP = '''
import numpy as np

import mlp


def compiled(source):
    """Return the functions that a text defines, by name."""
    names = {"np": np}
    exec(source, names)
    return {name: it for name, it in names.items() if hasattr(it, "__code__")}
'''


def assignment(seed: str) -> Assignment:
    """Return the variant of a seed."""
    return assemble("hw4", seed, SETUP, (carry, known, program, loss, words))


# ---- Carry it over -----------------------------------------------------------------------------

# Its name, and its code.
ACTIVATIONS = {
    "ReLU": "np.maximum(z, 0)",
    "tanh": "np.tanh(z)",
    "sigmoid": "1 / (1 + np.exp(-z))",
    "softplus": "np.log1p(np.exp(z))",
}
PARTS = ("norm.mean", "norm.var", "0.weight", "0.bias", "1.weight", "1.bias")


def carry(seed: str, words: Words) -> Task:
    """Return the task about a network from another library."""
    rng = generator(seed, words.id)
    eps = int(rng.integers(10, 99)) / 100
    temperature = int(rng.integers(15, 50)) / 10
    activation = str(rng.choice(list(ACTIVATIONS)))
    divides, turned = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    prefix = str(rng.choice(["", "module.", "model.", "net."]))
    factor = 1 / temperature if divides else temperature

    def draw(d_in, d_hidden, d_out):
        """Return names and arrays in some order, and all by name with weights (in, out)."""
        held = {
            "norm.mean": rng.normal(size=d_in),
            "norm.var": rng.uniform(0.2, 3, size=d_in),
            "0.weight": rng.normal(size=(d_in, d_hidden)),
            "0.bias": rng.normal(size=d_hidden),
            "1.weight": rng.normal(size=(d_hidden, d_out)),
            "1.bias": rng.normal(size=d_out),
        }
        order = rng.permutation(PARTS).tolist()
        arrays = [held[it].T if turned and it.endswith("weight") else held[it] for it in order]
        return {"names": [prefix + it for it in order], "arrays": arrays}, held

    def carried(held):
        w1 = held["0.weight"] / np.sqrt(held["norm.var"] + eps)[:, None]
        b1 = held["0.bias"] - held["norm.mean"] @ w1
        return [w1, b1, held["1.weight"] * factor, held["1.bias"] * factor]

    file, held = draw(4, 3, 2)
    square_file, square = draw(3, 3, 3)
    right = carried(held)
    x = rng.normal(size=(5, 4))
    first = mlp.Dense(4, 3)
    last = mlp.Dense(3, 2)
    kinds = {"ReLU": mlp.ReLU, "tanh": mlp.Tanh, "sigmoid": mlp.Sigmoid, "softplus": mlp.Softplus}
    net = mlp.Sequential(first, kinds[activation](), last, dtype=np.float64)
    first.weight, first.bias, last.weight, last.bias = right
    says = words.says
    values = {
        "list": "\n".join(f"- `{prefix}{it}`" for it in PARTS),
        "prefix": prefix,
        "eps": eps,
        "temperature": temperature,
        "activation": activation,
        "scaling": says["divided" if divides else "multiplied"],
        "operation": "/" if divides else "*",
        "layout": says["layout_out" if turned else "layout_in"],
        "turn": ".T" if turned else "",
        "code": ACTIVATIONS[activation],
    }
    call = "carry(names, arrays)"
    mistakes = (
        {
            says["raw"]: held["0.weight"],
            says["variance"]: held["0.weight"] / (held["norm.var"] + eps)[:, None],
        },
        {says["mean"]: held["0.bias"]},
        {says["cold"]: held["1.weight"], says["inverse"]: held["1.weight"] / factor},
        {says["cold"]: held["1.bias"], says["inverse"]: held["1.bias"] / factor},
    )
    return words.task(
        values,
        40,
        [
            *(
                words.check(name, 4, f"{call}[{i}]", file, equals(right[i], mistakes=mistakes[i]))
                for i, name in enumerate(("w1", "b1", "w2", "b2"))
            ),
            words.check("logits", 5, "logits(names, arrays, x)", file | {"x": x}, equals(net(x))),
            words.check("square", 5, call, square_file, equals(carried(square))),
        ],
        start='''
def carry(names, arrays):
    """Return w1, b1, w2 and b2, for raw inputs."""
    return [..., ..., ..., ...]


def logits(names, arrays, x):
    """Return the library's logits (N, K) for a batch."""
    return ...
''',
        solution="""
def carry(names, arrays):
    held = dict(zip(names, arrays, strict=True))
    spread = np.sqrt(held["{{prefix}}norm.var"] + {{eps}})
    w1 = held["{{prefix}}0.weight"]{{turn}} / spread[:, None]
    b1 = held["{{prefix}}0.bias"] - held["{{prefix}}norm.mean"] @ w1
    w2 = held["{{prefix}}1.weight"]{{turn}} {{operation}} {{temperature}}
    b2 = held["{{prefix}}1.bias"] {{operation}} {{temperature}}
    return [w1, b1, w2, b2]


def logits(names, arrays, x):
    held = dict(zip(names, arrays, strict=True))
    x = (x - held["{{prefix}}norm.mean"]) / np.sqrt(held["{{prefix}}norm.var"] + {{eps}})
    z = x @ held["{{prefix}}0.weight"]{{turn}} + held["{{prefix}}0.bias"]
    a = {{code}}
    z = a @ held["{{prefix}}1.weight"]{{turn}} + held["{{prefix}}1.bias"]
    return z {{operation}} {{temperature}}
""",
        tests="""
rng = np.random.default_rng(0)
one = {
    "{{prefix}}1.bias": rng.normal(size=2),
    "{{prefix}}norm.var": rng.uniform(0.5, 2, size=5),
    "{{prefix}}0.weight": rng.normal(size=(5, 3)){{turn}},
    "{{prefix}}1.weight": rng.normal(size=(3, 2)){{turn}},
    "{{prefix}}0.bias": rng.normal(size=3),
    "{{prefix}}norm.mean": rng.normal(size=5),
}
file = [list(one), list(one.values())]
shapes = [np.shape(it) for it in carry(*file)]
assert shapes == [(5, 3), (3,), (3, 2), (2,)], f"the shapes are {shapes}"
w1, b1, w2, b2 = carry(*file)
x = rng.normal(size=(4, 5))
z = x @ w1 + b1
carried = ({{code}}) @ w2 + b2
off = np.abs(logits(*file, x) - carried).max()
assert off < 1e-9, f"logits and the carried network differ by {off:.1e}"
""",
    )


# ---- What it must show -------------------------------------------------------------------------


def known(seed: str, words: Words) -> Task:
    """Return the task about numbers that are known beforehand."""
    rng = generator(seed, words.id)
    k, k2 = rng.choice(np.arange(3, 30), size=2, replace=False).tolist()
    counts = rng.choice(np.arange(2, 60), size=3, replace=False)
    shares = counts / counts.sum()
    targets = rng.choice(np.arange(-9, 20), size=5, replace=False)
    batch, eta = int(rng.choice([16, 32, 50, 64, 100])), int(rng.integers(1, 20)) / 20
    logits = np.log(shares)[None].repeat(counts.sum(), axis=0)
    constant = mlp.CrossEntropy()(logits, np.repeat([0, 1, 2], counts))
    answers = {
        "guessing": mlp.CrossEntropy()(np.zeros((1, k)), [0]),
        "constant": constant,
        "twice": mlp.CrossEntropy()(np.eye(k2)[:1], [0]),
        "broadcast": float(np.mean((targets[:, None] - targets) ** 2.0)),
        "rate": eta / batch,
    }
    says = words.says
    mistakes = {
        "guessing": {says["bits"]: np.log2(k)},
        "constant": {
            says["bits"]: constant / np.log(2),
            says["equal"]: np.log(3),
            says["right"]: -np.log(shares).sum(),
        },
        "twice": {says["never"]: 0.0, says["others"]: -np.log(np.e / (np.e + 1))},
        "broadcast": {says["zero"]: 0.0, says["half"]: targets.var()},
        "rate": {says["times"]: eta * batch},
    }
    points = {"guessing": 3, "constant": 5, "twice": 5, "broadcast": 4, "rate": 3}
    return words.task(
        {
            "k": k,
            "k2": k2,
            "classes": "0, 1 and 2",
            "counts": ", ".join(map(str, counts)),
            "targets": ", ".join(map(str, targets)),
            "batch": batch,
            "eta": eta,
        },
        25,
        [
            words.check(
                name,
                points[name],
                name,
                {},
                equals(right, tolerance=2e-4 / min(1, right), mistakes=mistakes[name])
                if name != "rate"
                else equals(right, tolerance=1e-3, mistakes=mistakes[name]),
            )
            for name, right in answers.items()
        ],
        start="\n".join(f"{name} = ..." for name in answers),
        solution="\n".join(f"{name} = {right:.8f}" for name, right in answers.items()),
        tests="""
five = (guessing, constant, twice, broadcast, rate)
assert all(np.ndim(it) == 0 and np.isfinite(it) for it in five), "asked for five numbers"
assert all(it > 0 for it in five), "none of the five is 0 or negative"
""",
    )


# ---- Two functions are wrong -------------------------------------------------------------------

SCALINGS = {
    "by_range": ("train.min(axis=0)", "(train.max(axis=0) - train.min(axis=0))"),
    "by_deviation": ("train.mean(axis=0)", "train.std(axis=0)"),
    "by_median": (
        "np.median(train, axis=0)",
        "(np.quantile(train, 0.75, axis=0) - np.quantile(train, 0.25, axis=0))",
    ),
}
FUNCTIONS = {
    "scaled": '''
def scaled(train, x):
    """Return x in the units of the training set."""
    center = {{center}}
    width = {{width}}
    return (x - center) / width
''',
    "batches": '''
def batches(n, size, rng):
    """Return the rows of all batches of an epoch."""
    order = rng.permutation(n)
    return [order[i : i + size] for i in range(0, n, size)]
''',
    "gradient": '''
def gradient(z, y):
    """Return the gradient of the mean cross-entropy."""
    n, k = z.shape
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    q = np.full((n, k), {{smoothing}} / (k - 1))
    q[np.arange(n), y] = 1 - {{smoothing}}
    return (p - q) / n
''',
    "updated": '''
def updated(theta, g, rate):
    """Return the parameters after a step."""
    step = rate * (g + {{decay}} * theta)
    return theta - step
''',
    "accuracy": '''
def accuracy(z, y):
    """Return the share of rows that are read right."""
    answers = z.argmax(axis=1)
    return (answers == y).mean()
''',
}
# Function: what stands there, and what may stand there instead.
WRONG = {
    "scaled": [
        ("center = {{center}}", "train = x\n    center = {{center}}"),
        ("axis=0", "axis=None"),
    ],
    "batches": [
        ("rng.permutation(n)", "np.arange(n)"),
        ("rng.permutation(n)", "rng.integers(n, size=n)"),
        ("range(0, n, size)", "range(0, n - size + 1, size)"),
    ],
    "gradient": [
        ("(p - q) / n", "p - q"),
        ("(p - q) / n", "(p - q) / k"),
        ("(k - 1)", "k"),
        ("e.sum(axis=1, keepdims=True)", "e.sum(axis=0, keepdims=True)"),
    ],
    "updated": [
        ("return theta - step", "theta -= step\n    return theta"),
        ("(g + {{decay}} * theta)", "g + {{decay}} * theta"),
        ("(g + {{decay}} * theta)", "(g - {{decay}} * theta)"),
    ],
    "accuracy": [
        ("(answers == y).mean()", "(answers[:, None] == y).mean()"),
        ("z.argmax(axis=1)", "(z > 0).argmax(axis=1)"),
        ("z.argmax(axis=1)", "np.abs(z).argmax(axis=1)"),
    ],
}


def written(values: dict, wrong: dict[str, tuple[str, str]]) -> str:
    """Return the program, with some of its functions in a wrong form."""
    parts = []
    for name, code in FUNCTIONS.items():
        text = fill(code.strip(), values)
        if name in wrong:
            text = text.replace(*(fill(it, values) for it in wrong[name]))
        parts.append(text)
    return "\n\n\n".join(parts)


def program(seed: str, words: Words) -> Task:
    """Return the task about a program with two wrong functions."""
    rng = generator(seed, words.id)
    says = words.says
    kind = str(rng.choice(list(SCALINGS)))
    smoothing, decay = int(rng.integers(5, 30)) / 100, int(rng.integers(5, 50)) / 100
    center, width = SCALINGS[kind]
    values = {"center": center, "width": width, "smoothing": smoothing, "decay": decay}
    pair = sorted(rng.choice(len(WRONG), size=2, replace=False).tolist())
    names = [list(WRONG)[i] for i in pair]
    faults = {name: WRONG[name][rng.integers(len(WRONG[name]))] for name in names}
    train, x = rng.normal(2, 3, size=(9, 3)), rng.normal(size=(4, 3))
    z, y = rng.normal(0, 2, size=(7, 4)), rng.integers(4, size=7)
    theta, g = rng.normal(size=(2, 5))
    span = {
        "by_range": (train.min(0), np.ptp(train, axis=0)),
        "by_deviation": (train.mean(0), train.std(0)),
        "by_median": (np.median(train, 0), np.subtract(*np.quantile(train, [0.75, 0.25], axis=0))),
    }[kind]
    q = np.full((7, 4), smoothing / 3)
    q[np.arange(7), y] = 1 - smoothing
    smooth = mlp.CrossEntropy()
    smooth(z, q)

    def complete(found):
        """Judge [batches as a flat list, their lengths, the same again with another seed]."""
        try:
            rows, lengths, other = (np.asarray(it).tolist() for it in found)
        except (TypeError, ValueError):
            return says["missed"]
        good = sorted(rows) == [*range(11)] and lengths == [4, 4, 3] and rows != other
        return None if good else says["not_repaired"]

    epoch = "repaired['batches'](11, 4, np.random.default_rng({}))"
    one, two = (epoch.format(rng.integers(100, 999)) for _ in range(2))
    checked = {
        "scaled": ("(train, x)", {"train": train, "x": x}, equals((x - span[0]) / span[1])),
        "gradient": ("(z, y)", {"z": z, "y": y}, equals(smooth.backward())),
        "updated": (
            "(theta, g, 0.1)",
            {"theta": theta, "g": g},
            equals(theta - 0.1 * (g + decay * theta)),
        ),
        "accuracy": ("(z, y)", {"z": z, "y": y}, equals(mlp.accuracy(z, y))),
    }

    def repaired(name):
        if name == "batches":
            call = f"[np.concatenate({one}), [len(it) for it in {one}], np.concatenate({two})]"
            return call, {}, complete
        arguments, inputs, judge = checked[name]
        return f"repaired[{name!r}]{arguments}", inputs, judge

    tried = [
        ("right", 2, {}),
        ("scaled", 3, {"scaled": WRONG["scaled"][0]}),
        ("batches", 3, {"batches": WRONG["batches"][2]}),
        ("gradient", 3, {"gradient": WRONG["gradient"][2], "accuracy": WRONG["accuracy"][2]}),
        ("updated", 3, {"updated": WRONG["updated"][0]}),
    ]
    values |= {"scaling_rule": says[kind], "names": names}
    mended = "\n\n\n".join(fill(FUNCTIONS[name].strip(), values) for name in names)
    values |= {
        "program": written(values, faults),
        "mended": mended,
        "replaced": ", ".join(f'"{name}": {name}' for name in names),
    }
    return words.task(
        values,
        45,
        [
            words.check("wrong_ones", 5, "wrong_ones", {}, exactly(names, says["not_these"])),
            *(
                words.check(which, 4, *repaired(name))
                for which, name in zip(("first", "second"), names, strict=True)
            ),
            *(
                words.check(
                    name,
                    points,
                    "suspects(compiled(source))",
                    {"source": written(values, wrong)},
                    exactly([*wrong], says["missed"]),
                )
                for name, points, wrong in tried
            ),
        ],
        given="""
{{program}}


program = {
    "scaled": scaled,
    "batches": batches,
    "gradient": gradient,
    "updated": updated,
    "accuracy": accuracy,
}
""",
        start='''
def suspects(program):
    """Return the names of the functions that are wrong."""
    return ...


wrong_ones = ...  # a list of two names
repaired = ...  # program | {...}
''',
        solution="""
def suspects(program):
    rng = np.random.default_rng(0)
    found = []
    train, x = rng.normal(5, 3, size=(30, 2)) * [1, 10], rng.normal(size=(6, 2))
    center = {{center}}
    width = {{width}}
    if not np.allclose(program["scaled"](train, x), (x - center) / width):
        found.append("scaled")
    one, two = (program["batches"](50, 8, np.random.default_rng(i)) for i in range(2))
    rows = np.concatenate(one).tolist()
    lengths = [len(it) for it in one]
    shuffled = rows != np.concatenate(two).tolist()
    if sorted(rows) != list(range(50)) or lengths != [8] * 6 + [2] or not shuffled:
        found.append("batches")
    z, y = rng.normal(0, 3, size=(6, 3)), np.array([0, 1, 2, 2, 1, 0])
    q = np.full((6, 3), {{smoothing}} / 2)
    q[np.arange(6), y] = 1 - {{smoothing}}
    loss = mlp.CrossEntropy()
    by_differences = mlp.numerical_gradient(lambda it: loss(it, q), z.copy())
    if not np.allclose(program["gradient"](z, y), by_differences, atol=1e-6):
        found.append("gradient")
    theta, g = rng.normal(size=(2, 4))
    kept = theta.copy()
    after = program["updated"](theta, g, 0.1)
    right = kept - 0.1 * (g + {{decay}} * kept)
    if not np.allclose(after, right) or not np.array_equal(theta, kept):
        found.append("updated")
    z = rng.normal(-1, 3, size=(200, 3))
    y = rng.integers(3, size=200)
    if not np.isclose(program["accuracy"](z, y), mlp.accuracy(z, y)):
        found.append("accuracy")
    return found


wrong_ones = {{names}}


{{mended}}


repaired = program | {{{replaced}}}
""",
        tests="""
assert isinstance(suspects(program), list), "suspects must return a list of names"
assert set(suspects(program)) <= set(program), f"these are not all names: {suspects(program)}"
assert suspects(program), "suspects finds nothing, but two functions are wrong"
assert suspects(program) == wrong_ones, f"it finds {suspects(program)}, you say {wrong_ones}"
assert set(repaired) == set(program), "repaired must hold five functions"
assert suspects(repaired) == [], f"suspects finds in repaired: {suspects(repaired)}"
""",
    )


# ---- Somebody else's loss ----------------------------------------------------------------------


def loss(seed: str, words: Words) -> Task:
    """Return the task about a loss with weights and rows that do not count."""
    rng = generator(seed, words.id)
    k = int(rng.integers(3, 6))
    weights = rng.choice(np.arange(2, 40), size=k, replace=False) / 10
    ignore = int(rng.choice([-1, -100, 99, 255]))
    temperature = int(rng.integers(12, 40)) / 10

    def shares(y, weights, by_rows, all_count):
        """Return which rows count, and the share of each in the loss."""
        counts = y != ignore
        c = weights[y[counts]]
        return counts, c / (len(y) if all_count else counts.sum() if by_rows else c.sum())

    def their_loss(z, y, weights=weights, by_rows=False, all_count=False):
        counts, share = shares(y, weights, by_rows, all_count)
        rows = zip(z[counts] / temperature, y[counts], strict=True)
        return float(share @ [mlp.CrossEntropy()(row[None], [i]) for row, i in rows])

    def gradient(z, y, weights=weights, by_rows=False, all_count=False):
        counts, share = shares(y, weights, by_rows, all_count)
        mean = mlp.CrossEntropy()
        mean(z[counts] / temperature, y[counts])
        found = np.zeros(z.shape)
        found[counts] = share[:, None] * mean.backward() * counts.sum() / temperature
        return found

    z = rng.normal(size=(6, k))
    y = rng.permutation(np.arange(6) % k)
    partly = np.where(np.arange(6) % 3 == 1, ignore, y)
    large = {"z": 10_000 * np.eye(k)[:2], "y": np.array([1, 1])}
    plain = np.ones(k)
    says = words.says
    right = gradient(z, partly)
    values = {
        "k": k,
        "weights": f"({', '.join(f'{it:g}' for it in weights)})",
        "list": weights.tolist(),
        "ignore": ignore,
        "temperature": temperature,
    }
    return words.task(
        values,
        30,
        [
            words.check(
                "loss",
                5,
                "their_loss(z, y)",
                {"z": z, "y": y},
                equals(
                    their_loss(z, y),
                    mistakes={
                        says["plain"]: their_loss(z, y, weights=plain),
                        says["mean"]: their_loss(z, y, by_rows=True),
                    },
                ),
            ),
            words.check(
                "gradient",
                6,
                "their_gradient(z, y)",
                {"z": z, "y": y},
                equals(
                    gradient(z, y),
                    tolerance=1e-5,
                    mistakes={
                        says["plain"]: gradient(z, y, weights=plain),
                        says["mean"]: gradient(z, y, by_rows=True),
                        says["inner"]: gradient(z, y) * temperature,
                    },
                ),
            ),
            words.check(
                "ignored",
                3,
                "their_gradient(z, y)",
                {"z": z, "y": partly},
                equals(
                    right,
                    tolerance=1e-5,
                    mistakes={
                        says["mean"]: gradient(z, partly, all_count=True),
                    },
                ),
            ),
            words.check(
                "large",
                4,
                "their_loss(z, y)",
                large,
                equals(their_loss(**large)),
            ),
        ],
        start='''
def their_loss(z, y):
    """Return the loss of a batch."""
    return ...


def their_gradient(z, y):
    """Return its gradient (N, K) with respect to z."""
    return ...
''',
        solution="""
def log_p(z):
    z = z / {{temperature}}
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def row_weights(y):
    counts = y != {{ignore}}
    c = np.where(counts, np.array({{list}})[np.where(counts, y, 0)], 0)
    return c / c.sum(), np.where(counts, y, 0)


def their_loss(z, y):
    c, y = row_weights(y)
    return -(c * log_p(z)[np.arange(len(y)), y]).sum()


def their_gradient(z, y):
    c, y = row_weights(y)
    return c[:, None] * (np.exp(log_p(z)) - np.eye({{k}})[y]) / {{temperature}}
""",
        tests="""
rng = np.random.default_rng(0)
z, y = rng.normal(size=(4, {{k}})), np.array([0, 1, {{ignore}}, 2])
even = their_loss(np.zeros((3, {{k}})), np.arange(3))
assert np.isclose(even, np.log({{k}})), f"with equal logits, the loss is {even}"
differences = mlp.numerical_gradient(lambda it: their_loss(it, y), z.copy())
slopes = their_gradient(z, y)
assert np.shape(slopes) == z.shape, f"the gradient has the shape {np.shape(slopes)}"
assert np.allclose(slopes, differences, atol=1e-6), f"{slopes}, but by differences {differences}"
assert np.isfinite(their_loss(10_000 * z, y)), "for large logits, the loss is not finite"
""",
    )


def words(seed: str, words: Words) -> Task:
    """Return the question by hand."""
    return words.by_hand({"n": int(generator(seed, words.id).integers(3, 40))}, 10, 9)
