"""The diagnosis for week 0: arrays, vectors, slopes and chances, as in appendix A. See hw0.md."""

import numpy as np

import mlp
from course.homework.assignment import (
    Assignment,
    Task,
    Words,
    assemble,
    equals,
    exactly,
    generator,
    latex,
)

SETUP = """
import numpy as np
"""


def assignment(seed: str) -> Assignment:
    """Return the variant of a seed."""
    return assemble("hw0", seed, SETUP, (arrays, vectors, slopes, chances))


def by_hand(
    words: Words,
    values: dict,
    minutes: int,
    points: dict[str, float],
    right: dict[str, object],
    mistakes: dict[str, dict],
) -> Task:
    """Return a task whose answers are numbers; the mistakes are named by their words."""
    shapes = {name: np.shape(it) for name, it in right.items()}
    return words.task(
        values,
        minutes,
        [
            words.check(
                name,
                points[name],
                name,
                {},
                equals(
                    it,
                    tolerance=1e-4 / min(1.0, np.abs(it).max()),
                    mistakes={words.says[kind]: wrong for kind, wrong in mistakes[name].items()},
                ),
            )
            for name, it in right.items()
        ],
        start="\n".join(f"{name} = ..." for name in right),
        solution="\n".join(f"{name} = {np.round(it, 6).tolist()}" for name, it in right.items()),
        tests=f"""
for name, shape in {shapes}.items():
    found = np.shape(np.asarray(globals()[name], float))
    assert found == shape, f"{{name}} has the shape {{found}}, asked for {{shape}}"
""",
    )


# ---- Arrays ------------------------------------------------------------------------------------

COLUMNS = {
    "mean": (np.mean, "x.mean(axis=0)"),
    "median": (np.median, "np.median(x, axis=0)"),
    "minimum": (np.min, "x.min(axis=0)"),
    "maximum": (np.max, "x.max(axis=0)"),
}
WHOLE = {
    "mean": (np.mean, "np.mean(found)"),
    "sum": (np.sum, "np.sum(found)"),
    "product": (np.prod, "np.prod(found)"),
    "spread": (np.ptp, "np.ptp(found)"),
}


def arrays(seed: str, words: Words) -> Task:
    """Return the task about arrays."""
    rng = generator(seed, words.id)
    what, how = str(rng.choice(list(COLUMNS))), str(rng.choice(list(WHOLE)))
    of_columns, column_code = COLUMNS[what]
    of_all, whole_code = WHOLE[how]
    shift = int(rng.integers(2, 60)) / 10
    n, d, k = rng.choice(np.arange(2, 10), size=3, replace=False).tolist()

    def prepared(x, weights, axis=0, rows=True, shift=shift):
        centered = x - of_columns(x, axis=axis, keepdims=True)
        return centered * (weights[:, None] if rows else weights) + shift

    oblong = {"x": rng.normal(size=(5, 3)), "weights": rng.normal(size=5)}
    square = {"x": rng.normal(size=(4, 4)), "weights": rng.normal(size=4)}
    table = {"x": rng.normal(size=(6, 4)), "y": rng.integers(4, size=6)}
    says = words.says
    shapes = [[n, k], [d, n], [k]]
    chosen = np.choose(table["y"], table["x"].T)
    values = {
        "what": says[what],
        "how": says[how],
        "shift": shift,
        "a": (n, d),
        "b": (d, k),
        "c": (d,),
        "columns": column_code,
        "whole": whole_code,
        "shapes": shapes,
    }
    return words.task(
        values,
        20,
        [
            words.check(
                "prepared",
                8,
                "prepared(x, weights)",
                oblong,
                equals(
                    prepared(**oblong),
                    mistakes={
                        says["rows"]: prepared(**oblong, axis=1),
                        says["shift"]: prepared(**oblong, shift=0),
                    },
                ),
            ),
            words.check(
                "square",
                6,
                "prepared(x, weights)",
                square,
                equals(
                    prepared(**square),
                    mistakes={
                        says["rows"]: prepared(**square, axis=1),
                        says["columns"]: prepared(**square, rows=False),
                        says["shift"]: prepared(**square, shift=0),
                    },
                ),
            ),
            words.check(
                "chosen",
                8,
                "chosen(x, y)",
                table,
                equals(
                    of_all(chosen),
                    mistakes={says["all"]: of_all(table["x"][:, table["y"]])},
                ),
            ),
            words.check("shapes", 8, "shapes", {}, exactly(shapes, says["sizes"])),
        ],
        start='''
def prepared(x, weights):
    """Return the array (N, D)."""
    return ...


def chosen(x, y):
    """Return one number."""
    return ...


shapes = [..., ..., ...]
''',
        solution="""
def prepared(x, weights):
    return (x - {{columns}}) * weights[:, None] + {{shift}}


def chosen(x, y):
    found = x[np.arange(len(y)), y]
    return {{whole}}


shapes = {{shapes}}
""",
        tests="""
x, weights = np.arange(6.0).reshape(3, 2) ** 2, np.array([1.0, 0.0, 2.0])
assert np.shape(prepared(x, weights)) == (3, 2), "prepared returns the shape (N, D)"
assert np.allclose(prepared(x, weights)[1], {{shift}}), "a row with the weight 0 holds one number"
assert np.ndim(chosen(x, np.array([0, 1, 0]))) == 0, "chosen returns one number"
assert [len(it) for it in shapes] == [2, 2, 1], "two arrays have two axes, one has one"
""",
    )


# ---- Vectors and matrices ----------------------------------------------------------------------


def vectors(seed: str, words: Words) -> Task:
    """Return the task about vectors and matrices."""
    rng = generator(seed, words.id)
    a, b = rng.integers(-4, 6, size=(2, 3, 3))
    u = v = np.zeros(3, int)
    while not u @ v or np.array_equal(u, v):
        u, v = rng.choice([-4, -3, -2, -1, 1, 2, 3, 4], size=(2, 3))
    lengths = np.linalg.norm(u) * np.linalg.norm(v)
    distance = float(np.linalg.norm(u - v))
    right = {
        "product": a @ b,
        "row": u @ a,
        "cosine": float(u @ v / lengths),
        "distance": distance,
    }
    values = {"a": latex(a), "b": latex(b), "u": latex(u), "v": latex(v)}
    mistakes = {
        "product": {"other_order": b @ a},
        "row": {"column": a @ u},
        "cosine": {"dot": float(u @ v)},
        "distance": {"plus": float(np.linalg.norm(u + v)), "squared": distance**2},
    }
    points = {"product": 8, "row": 5, "cosine": 6, "distance": 4}
    return by_hand(words, values, 15, points, right, mistakes)


# ---- Slopes ------------------------------------------------------------------------------------


def slopes(seed: str, words: Words) -> Task:
    """Return the task about derivatives."""
    rng = generator(seed, words.id)
    c3, c1, c0, k1, k0, h1, h2 = rng.integers(2, 8, size=7).tolist()
    t, s = int(rng.integers(1, 5)), int(rng.integers(1, 6)) / 10
    p, q = rng.choice(np.arange(1, 6), size=2, replace=False).tolist()
    dp, dq = (rng.choice(np.arange(1, 6), size=2, replace=False) / 100).tolist()
    values = {"c3": c3, "c1": c1, "c0": c0, "k1": k1, "k0": k0, "h1": h1, "h2": h2}
    values |= {"t": t, "s": s, "p": p, "q": q, "dp": dp, "dq": dq}

    def slope(function, at):
        return mlp.numerical_gradient(lambda it: float(function(*it)), np.array(at, float)).round(6)

    def cubic(x):
        return c3 * x**3 - c1 * x + c0

    def chain(x):
        return (k1 * x + k0) ** 4

    partial = slope(lambda p, q: h1 * p**2 * q + h2 * q**3, [p, q])
    right = {
        "cubic": slope(cubic, [t])[0],
        "chain": slope(chain, [s])[0],
        "partial": partial,
        "change": float(partial @ [dp, dq]),
    }
    mistakes = {
        "cubic": {"value": cubic(t), "constant": right["cubic"] + c0},
        "chain": {"value": chain(s), "inner": right["chain"] / k1},
        "partial": {"swapped": partial[::-1]},
        "change": {"one": partial[0] * dp, "equal": partial.sum()},
    }
    points = {"cubic": 5, "chain": 7, "partial": 7, "change": 5}
    return by_hand(words, values, 20, points, right, mistakes)


# ---- Logarithms and chances --------------------------------------------------------------------


def chances(seed: str, words: Words) -> Task:
    """Return the task about logarithms and probabilities."""
    rng = generator(seed, words.id)
    k, m = rng.choice(np.arange(2, 9), size=2, replace=False).tolist()
    value = int(rng.integers(20, 400))
    log_a, log_b = (rng.integers(3, 30, size=2) / 10).tolist()
    share, alarm = int(rng.integers(1, 12)), int(rng.integers(3, 16))
    finds = int(rng.integers(80, 99))
    n, sd = int(rng.choice([4, 9, 16, 25, 64, 100, 400])), int(rng.integers(11, 99)) / 10
    values = {"k": k, "m": m, "value": value, "log_a": log_a, "log_b": log_b}
    values |= {"share": share, "finds": finds, "alarm": alarm, "n": n, "sd": sd}
    together = share * finds / 1e4
    right = {
        "exponent": float(np.log(value) / k),
        "logarithm": m * log_a - log_b,
        "ill": together / (together + (100 - share) * alarm / 1e4),
        "spread": sd / np.sqrt(n),
    }
    mistakes = {
        "exponent": {"power": float(np.log(value)), "base": float(np.log10(value) / k)},
        "logarithm": {"added": m * log_a + log_b, "lifted": log_a**m - log_b},
        "ill": {"test": finds / 100, "both": together},
        "spread": {"total": sd * np.sqrt(n), "count": sd / n},
    }
    points = {"exponent": 5, "logarithm": 5, "ill": 8, "spread": 5}
    return by_hand(words, values, 20, points, right, mistakes)
