"""Homework 2: one network by hand, a layer, a loss, and a wrong line. Its words: hw2.md."""

import inspect

import numpy as np

import mlp
from course.homework import byhand
from course.homework.assignment import (
    COMPILED,
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

SETUP = f"{inspect.getsource(byhand)}\n{COMPILED}"


def assignment(seed: str) -> Assignment:
    """Return the variant of a seed."""
    return assemble("hw2", seed, SETUP, (hand, layer, loss, fault, words))


# ---- Backpropagation by hand -------------------------------------------------------------------


def hand(seed: str, words: Words) -> Task:
    """Return the network to work by hand."""
    rng = generator(seed, words.id)
    network = byhand.Network(rng)
    right = network.answers()
    shown = {name: latex(getattr(network, name)) for name in ("x", "w", "b", "v", "c", "y")}
    names = ("prediction", "grad_v", "grad_b", "grad_w", "grad_x")
    return words.task(
        shown | {"slope": network.slope},
        25,
        [
            words.check(name, 4, name, {}, equals(right[name], mistakes=network.mistakes(name)))
            for name in names
        ],
        practice=PRACTICE,
        start="\n".join(f"{name} = ..." for name in names),
        solution="\n".join(f"{name} = {np.round(right[name], 9).tolist()}" for name in names),
        tests=HAND_TESTS,
    )


PRACTICE = """
number = 1  # another number, another network
network = Network(np.random.default_rng(number))
print(network)
network.check(prediction=..., grad_v=..., grad_b=..., grad_w=..., grad_x=...)
"""

HAND_TESTS = """
shapes = [np.shape(it) for it in (prediction, grad_v, grad_b, grad_w, grad_x)]
assert shapes == [(), (2,), (2,), (2, 2), (2,)], f"the shapes are {shapes}"
assert np.linalg.matrix_rank(grad_w) == 1, "grad_w must be a column times a row"
"""


# ---- A layer -----------------------------------------------------------------------------------

# Name: function, formula, code, and code of its slope.
FUNCTIONS = {
    "tanh": (np.tanh, r"\tanh u_{ni}", "np.tanh(u)", "1 - np.tanh(u) ** 2"),
    "sigmoid": (
        lambda u: 1 / (1 + np.exp(-u)),
        r"\frac{1}{1 + e^{-u_{ni}}}",
        "1 / (1 + np.exp(-u))",
        "np.exp(-u) / (1 + np.exp(-u)) ** 2",
    ),
    "softplus": (
        lambda u: np.log1p(np.exp(u)),
        r"\log(1 + e^{u_{ni}})",
        "np.log1p(np.exp(u))",
        "1 / (1 + np.exp(-u))",
    ),
    "sine": (np.sin, r"\sin u_{ni}", "np.sin(u)", "np.cos(u)"),
    "bell": (
        lambda u: np.exp(-(u**2)),
        r"e^{-u_{ni}^2}",
        "np.exp(-u**2)",
        "-2 * u * np.exp(-u**2)",
    ),
}


def layer(seed: str, words: Words) -> Task:
    """Return the task about a new layer."""
    rng = generator(seed, words.id)
    name = str(rng.choice(list(FUNCTIONS)))
    function, formula, code, slope = FUNCTIONS[name]
    factor = int(rng.integers(15, 95)) / 100 * int(rng.choice([-1, 1]))

    def forward(x, scale, shift):
        return factor * x + function(scale * x + shift)

    def gradients(x, scale, shift, grad_a):
        """Return the three gradients by differences."""
        return [
            mlp.numerical_gradient(lambda it: np.sum(grad_a * forward(it, scale, shift)), x.copy()),
            mlp.numerical_gradient(lambda it: np.sum(grad_a * forward(x, it, shift)), scale.copy()),
            mlp.numerical_gradient(lambda it: np.sum(grad_a * forward(x, scale, it)), shift.copy()),
        ]

    def draw(n, d):
        x, grad_a = rng.normal(size=(2, n, d))
        sign = rng.choice([-1, 1], size=d)
        names = ("x", "scale", "shift", "grad_a")
        return dict(
            zip(names, (x, sign * rng.uniform(0.5, 2, d), rng.normal(size=d), grad_a), strict=True)
        )

    batch, one = draw(5, 3), draw(1, 4)
    right = gradients(**batch)
    says = words.says
    through = right[0] - factor * batch["grad_a"]
    slopes = through / batch["scale"] / batch["grad_a"]
    summed = batch["grad_a"].sum(axis=0)
    mistakes = (
        {
            says["skip"]: through,
            says["through"]: factor * batch["grad_a"],
            says["slope"]: batch["grad_a"] * (factor + batch["scale"]),
            says["scale"]: factor * batch["grad_a"] + through / batch["scale"],
        },
        {
            says["factor"]: right[2],
            says["mean"]: right[1] / 5,
            says["slope"]: (batch["grad_a"] * batch["x"]).sum(axis=0),
            says["first"]: (batch["grad_a"] * batch["x"] * slopes)[0],
        },
        {
            says["scale"]: right[2] * batch["scale"],
            says["mean"]: right[2] / 5,
            says["slope"]: summed,
            says["first"]: (batch["grad_a"] * slopes)[0],
        },
    )
    values = {
        "formula": rf"{factor:g}\, x_{{ni}} + {formula}",
        "numerical": "`mlp.numerical_gradient`",
    }
    values |= {"factor": f"{factor:g}", "code": code, "slope": slope}
    values["example"] = f"{forward(1.0, 2.0, -1.0):.6f}"
    sound = fill(BACKWARD, values)
    unsound = [
        sound.replace(f"{factor:g} * grad_a", f"{factor + 0.01:g} * grad_a"),
        sound.replace("(grad_u * x).sum(axis=0)", "(grad_u * x).mean(axis=0)"),
        sound.replace("grad_u.sum(axis=0)]", "grad_u[0]]"),
    ]
    compare = "[largest_error(compiled(it), x, scale, shift, grad_a) > 1e-4 for it in sources]"
    arguments = "(x, scale, shift, grad_a)"
    return words.task(
        values,
        40,
        [
            words.check(
                "forward",
                4,
                "layer_forward(x, scale, shift)",
                {name: batch[name] for name in ("x", "scale", "shift")},
                equals(forward(*list(batch.values())[:3])),
            ),
            *(
                words.check(
                    name,
                    4,
                    f"layer_backward{arguments}[{i}]",
                    batch,
                    equals(right[i], tolerance=1e-5, mistakes=mistakes[i]),
                )
                for i, name in enumerate(("grad_x", "grad_scale", "grad_shift"))
            ),
            words.check(
                "one",
                2,
                f"layer_backward{arguments}",
                one,
                equals(gradients(**one), tolerance=1e-5),
            ),
            words.check(
                "wrong",
                7,
                compare,
                batch | {"sources": [*unsound, sound]},
                exactly([True, True, True, False], says["passes"]),
            ),
        ],
        start=LAYER_START,
        solution=LAYER_SOLUTION,
        tests=LAYER_TESTS,
    )


BACKWARD = """
def layer_backward(x, scale, shift, grad_a):
    u = scale * x + shift
    grad_u = grad_a * ({{slope}})
    grad_x = {{factor}} * grad_a + grad_u * scale
    return [grad_x, (grad_u * x).sum(axis=0), grad_u.sum(axis=0)]
"""

LAYER_START = '''
def layer_forward(x, scale, shift):
    """Return the activations (N, D)."""
    return ...


def layer_backward(x, scale, shift, grad_a):
    """Return the gradients with respect to x, scale and shift."""
    grad_x = ...
    grad_scale = ...
    grad_shift = ...
    return [grad_x, grad_scale, grad_shift]


def largest_error(backward, x, scale, shift, grad_a):
    """Return the largest difference between a gradient and its difference quotient."""
    return ...
'''

LAYER_SOLUTION = """
def layer_forward(x, scale, shift):
    u = scale * x + shift
    return {{factor}} * x + ({{code}})


def layer_backward(x, scale, shift, grad_a):
    u = scale * x + shift
    grad_u = grad_a * ({{slope}})
    grad_x = {{factor}} * grad_a + grad_u * scale
    return [grad_x, (grad_u * x).sum(axis=0), grad_u.sum(axis=0)]


def largest_error(backward, x, scale, shift, grad_a):
    def loss(*arguments):
        return np.sum(grad_a * layer_forward(*arguments))

    differences = [
        mlp.numerical_gradient(lambda it: loss(it, scale, shift), x.copy()),
        mlp.numerical_gradient(lambda it: loss(x, it, shift), scale.copy()),
        mlp.numerical_gradient(lambda it: loss(x, scale, it), shift.copy()),
    ]
    found = backward(x, scale, shift, grad_a)
    return max(np.abs(a - b).max() for a, b in zip(found, differences, strict=True))
"""

LAYER_TESTS = """
rng = np.random.default_rng(0)
x, grad_a = rng.normal(size=(2, 4, 3))
scale, shift = rng.uniform(0.5, 2, size=3), rng.normal(size=3)
one = layer_forward(np.array([[1.0]]), np.array([2.0]), np.array([-1.0]))
assert np.allclose(one, {{example}}, atol=1e-5), f"for x = 1, s = 2, t = -1: {one}"
shapes = [np.shape(it) for it in layer_backward(x, scale, shift, grad_a)]
assert shapes == [(4, 3), (3,), (3,)], f"the gradients have the shapes {shapes}"
error = largest_error(layer_backward, x, scale, shift, grad_a)
assert error < 1e-6, f"layer_backward and your comparison disagree by {error:.1e}"
"""


# ---- A loss ------------------------------------------------------------------------------------

# Density with a number k; the loss of one example; its code, and that of its slope.
BELIEFS = {
    "gamma": (
        r"p(y) = C\, \mu^{-k}\, e^{-k y / \mu}, \qquad k = {{k}},",
        lambda z, y, k: k * z + k * y * np.exp(-z),
        "{{k}} * z + {{k}} * y * np.exp(-z)",
        "{{k}} - {{k}} * y * np.exp(-z)",
    ),
    "negative_binomial": (
        r"P(y) = C\, \frac{\mu^y}{(k + \mu)^{k + y}}, \qquad k = {{k}},",
        lambda z, y, k: (y + k) * np.log(k + np.exp(z)) - y * z,
        "({{k}} + y) * np.log({{k}} + np.exp(z)) - y * z",
        "({{k}} + y) * np.exp(z) / ({{k}} + np.exp(z)) - y",
    ),
    "inverse_gaussian": (
        r"p(y) = C\, \exp\Bigl(-\frac{k\,(y - \mu)^2}{2 \mu^2 y}\Bigr), \qquad k = {{k}},",
        lambda z, y, k: k * (y - np.exp(z)) ** 2 / (2 * np.exp(2 * z) * y),
        "{{k}} * (y * np.exp(-2 * z) / 2 - np.exp(-z))",
        "{{k}} * (np.exp(-z) - y * np.exp(-2 * z))",
    ),
}


def loss(seed: str, words: Words) -> Task:
    """Return the task about a new loss."""
    rng = generator(seed, words.id)
    name = str(rng.choice(list(BELIEFS)))
    density, each, code, slope = BELIEFS[name]
    k = int(rng.integers(3, 19)) / 2
    targets = rng.choice(np.arange(1, 30), size=4, replace=False).tolist()

    def mean_loss(z, y):
        return float(np.mean(each(z, y, k)))

    def draw(n):
        z, other = rng.uniform(-1, 1.5, size=(2, n))
        return {"z": z, "other": other, "y": rng.integers(1, 9, size=n).astype(float)}

    def gradient(inputs):
        return mlp.numerical_gradient(lambda z: mean_loss(z, inputs["y"]), inputs["z"].copy())

    batch, one = draw(6), draw(1)
    right = mean_loss(batch["z"], batch["y"]) - mean_loss(batch["other"], batch["y"])
    best = float(np.log(np.mean(targets)))
    says = words.says
    values = {"k": f"{k:g}", "mean": "e^z", "targets": targets, "best": f"{best:.4f}"}
    values |= {"story": says[f"{name}_story"], "law": says[f"{name}_law"]}
    values |= {"density": fill(density, values)}
    values |= {"code": fill(code, values), "slope": fill(slope, values)}
    return words.task(
        values,
        30,
        [
            words.check(
                "loss",
                7,
                "nll(z, y) - nll(other, y)",
                batch,
                equals(right, mistakes={says["sum"]: right * 6, says["negative"]: -right}),
            ),
            words.check(
                "gradient",
                7,
                "nll_gradient(z, y)",
                batch,
                equals(
                    gradient(batch),
                    tolerance=1e-5,
                    mistakes={
                        says["sum"]: gradient(batch) * 6,
                        says["mu"]: gradient(batch) / np.exp(batch["z"]),
                    },
                ),
            ),
            words.check("one", 2, "nll_gradient(z, y)", one, equals(gradient(one), tolerance=1e-5)),
            words.check(
                "best",
                4,
                "best",
                {},
                equals(best, tolerance=2e-4, mistakes={says["mean"]: float(np.mean(targets))}),
            ),
        ],
        start=LOSS_START,
        solution=LOSS_SOLUTION,
        tests=LOSS_TESTS,
    )


LOSS_START = '''
def nll(z, y):
    """Return the mean negative log-likelihood, without terms that do not depend on z."""
    return ...


def nll_gradient(z, y):
    """Return its gradient (N,) with respect to z."""
    return ...


best = ...
'''

LOSS_SOLUTION = """
def nll(z, y):
    return np.mean({{code}})


def nll_gradient(z, y):
    return ({{slope}}) / len(z)


best = {{best}}
"""

LOSS_TESTS = """
z, y = np.array([0.5, -0.3, 1.2]), np.array([2.0, 1.0, 4.0])
assert np.shape(nll(z, y)) == (), "the loss of a batch is one number"
differences = mlp.numerical_gradient(lambda it: nll(it, y), z.copy())
found = nll_gradient(z, y)
assert np.allclose(found, differences, atol=1e-6), f"{found}, but by differences {differences}"
assert np.ndim(best) == 0 and abs(best) < 10, "best is one number, the same z for every example"
"""


# ---- One wrong line ----------------------------------------------------------------------------

# Name: activation and its slope, as code.
ACTIVATIONS = {
    "tanh": ("np.tanh(z1)", "1 - a1**2"),
    "sigmoid": ("1 / (1 + np.exp(-z1))", "a1 * (1 - a1)"),
    "softplus": ("np.log1p(np.exp(z1))", "1 - np.exp(-a1)"),
    "sine": ("np.sin(z1)", "np.cos(z1)"),
}
PROGRAM = '''
def hidden(x, w1, b1):
    z1 = x @ w1 + b1
    return {{activation}}


def loss(x, y, w1, b1, w2, b2):
    """Return the mean cross-entropy plus a penalty for large weights."""
    z2 = hidden(x, w1, b1) @ w2 + b2
    log_p = z2 - np.log(np.exp(z2).sum(axis=1, keepdims=True))
    penalty = {{decay}} / 2 * ((w1**2).sum() + (w2**2).sum())
    return -log_p[np.arange(len(x)), y].mean() + penalty


{{backward}}
'''

BACKWARD_OF_ALL = '''
def backward(x, y, w1, b1, w2, b2):
    """Return the gradients of the loss with respect to w1, b1, w2 and b2."""
    z1 = x @ w1 + b1
    a1 = {{activation}}
    z2 = a1 @ w2 + b2
    p = np.exp(z2) / np.exp(z2).sum(axis=1, keepdims=True)
    grad_z2 = (p - np.eye(3)[y]) / len(x)  # (a)
    grad_w2 = a1.T @ grad_z2 + {{decay}} * w2  # (b)
    grad_b2 = grad_z2.sum(axis=0)  # (c)
    grad_a1 = grad_z2 @ w2.T  # (d)
    grad_z1 = grad_a1 * ({{slope}})  # (e)
    grad_w1 = x.T @ grad_z1 + {{decay}} * w1  # (f)
    grad_b1 = grad_z1.sum(axis=0)  # (g)
    return [grad_w1, grad_b1, grad_w2, grad_b2]
'''

SHAPES = {"w1": (2, 3), "b1": (3,), "w2": (3, 3), "b2": (3,)}
EARLY = ["w1", "b1"]
# Line: what stands there, what may stand there instead, and whose gradients are wrong then.
FAULTS = {
    "b": (" + {{decay}} * w2", ("", " - {{decay}} * w2", " + {{decay}} / 2 * w2"), ["w2"]),
    "c": ("grad_z2.sum(axis=0)", ("grad_z2.mean(axis=0)", "grad_z2[0]"), ["b2"]),
    "d": ("w2.T", ("w2", "np.sign(w2).T", "(2 * w2).T"), EARLY),
    "e": ("({{slope}})", ("({{slope}}) ** 2", "np.sqrt(a1**2)"), EARLY),
    "f": (" + {{decay}} * w1", ("", " - {{decay}} * w1", " + {{decay}} / 2 * w1"), ["w1"]),
    "g": ("grad_z1.sum(axis=0)", ("grad_z1.mean(axis=0)", "grad_z1[0]"), ["b1"]),
}


def program(seed: str) -> tuple[dict, str]:
    """Return what the program of a variant consists of, and the letter of its wrong line."""
    rng = generator(seed, "hw2-fault")
    activation, slope = ACTIVATIONS[str(rng.choice(list(ACTIVATIONS)))]
    decay = int(rng.integers(5, 50)) / 100
    values = {"activation": activation, "slope": slope, "decay": decay}
    return values, str(rng.choice(list(FAULTS)))


def with_fault(sound: str, letter: str, wrong: str, values: dict) -> str:
    """Return the program with something wrong in one line."""
    right, wrong = (fill(it, values) for it in (FAULTS[letter][0], wrong))
    return "\n".join(
        line.replace(right, wrong, 1) if line.endswith(f"({letter})") else line
        for line in sound.splitlines()
    )


def fault(seed: str, words: Words) -> Task:
    """Return the task about a wrong line in a program."""
    values, letter = program(seed)
    rng = generator(seed, f"{words.id}-data")
    sound = fill(BACKWARD_OF_ALL.strip(), values)
    arrays = FAULTS[letter][2]
    faulty = with_fault(sound, letter, str(rng.choice(FAULTS[letter][1])), values)
    values |= {"letter": letter, "wrong": arrays, "backward": faulty}
    values["mended"] = sound.replace("def backward", "def mended")
    x, y = rng.normal(size=(5, 2)), rng.integers(3, size=5)
    parameters = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    names: dict = {"np": np}
    exec(fill(PROGRAM, values), names)

    def gradient(name):
        def loss_of(array):
            return names["loss"](x, y, **(parameters | {name: array}))

        return mlp.numerical_gradient(loss_of, parameters[name].copy())

    tried = [
        ("tells_right", 2, sound, []),
        ("tells_one", 3, with_fault(sound, "b", "", values), ["w2"]),
        ("tells_two", 3, with_fault(sound, "e", "0.9", values), EARLY),
        ("tells_small", 3, sound.replace("grad_z1.sum", "1.002 * grad_z1.sum"), ["b1"]),
    ]
    says = words.says
    return words.task(
        values,
        35,
        [
            words.check("line", 5, "line", {}, exactly(letter, says["letter"])),
            words.check("wrong", 4, "wrong", {}, exactly(arrays, says["arrays"])),
            words.check(
                "mended",
                6,
                "mended(x, y, w1, b1, w2, b2)",
                {"x": x, "y": y} | parameters,
                equals([gradient(name) for name in SHAPES], tolerance=1e-5),
            ),
            *(
                words.check(
                    name,
                    points,
                    "tells(compiled(source))",
                    {"source": source},
                    exactly(right, says["missed"]),
                )
                for name, points, source, right in tried
            ),
        ],
        given=PROGRAM,
        start=FAULT_START,
        solution=FAULT_SOLUTION,
        tests=FAULT_TESTS,
    )


FAULT_START = '''
def tells(backward):
    """Return the names of the parameters whose gradients are wrong."""
    return ...


wrong = ...  # a list of names
line = ...  # a letter, such as "a"


def mended(x, y, w1, b1, w2, b2):
    """Return the gradients of the loss with respect to w1, b1, w2 and b2."""
    return ...
'''

FAULT_SOLUTION = """
def tells(backward):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 2)), rng.integers(3, size=6)
    shapes = {"w1": (2, 3), "b1": (3,), "w2": (3, 3), "b2": (3,)}
    parameters = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    found = []
    for name, gradient in zip(parameters, backward(x, y, **parameters), strict=True):
        right = mlp.numerical_gradient(
            lambda it: loss(x, y, **(parameters | {name: it})), parameters[name].copy()
        )
        if np.abs(gradient - right).max() > 1e-5 * np.abs(right).max():
            found.append(name)
    return found


wrong = {{wrong}}
line = "{{letter}}"

{{mended}}
"""

FAULT_TESTS = """
assert isinstance(tells(backward), list), "tells must return a list of names"
assert tells(backward), "tells finds no fault in the given program, which has one"
assert tells(backward) == wrong, f"tells finds {tells(backward)}, and wrong is {wrong}"
assert line in list("abcdefg"), "line must be one of the letters a to g"
assert tells(mended) == [], f"tells finds a fault in mended: {tells(mended)}"
"""


def words(seed: str, words: Words) -> Task:
    """Return the question by hand."""
    _, letter = program(seed)
    return words.by_hand({"letter": letter, "wrong_words": ", ".join(FAULTS[letter][2])}, 10, 9)
