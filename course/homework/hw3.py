"""Homework 3: steps by hand, an optimizer, a split with a fault, and a comparison. See hw3.md."""

from functools import partial

import numpy as np

import mlp
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
)

SETUP = f"""
import statistics

import numpy as np

import mlp

{COMPILED}"""


def assignment(seed: str) -> Assignment:
    """Return the variant of a seed."""
    return assemble("hw3", seed, SETUP, (steps, optimizer, split, compare, words))


# ---- Steps by hand -----------------------------------------------------------------------------


def steps(seed: str, words: Words) -> Task:
    """Return the task about three optimizers on a bowl."""
    rng = generator(seed, words.id)
    h = rng.choice([2, 3, 4, 5, 6, 8, 10], size=2, replace=False).astype(float)
    start = rng.choice([-4, -3, -2, 2, 3, 4], size=2).astype(float)
    rate = float(rng.choice([0.05, 0.1, 0.15, 0.2])) / 2
    momentum = float(rng.choice([0.5, 0.6, 0.7, 0.8]))
    adam_rate = float(rng.choice([0.01, 0.02, 0.03, 0.05, 0.1]))
    batch, other = rng.choice([16, 25, 32, 50, 64, 100, 128, 200], size=2, replace=False).tolist()
    spread = int(rng.integers(10, 99)) / 100

    def after(optimizer, count):
        theta = start.copy()
        for _ in range(count):
            optimizer.step(theta, h * theta)
        return theta

    damped = start - rate * (1 - momentum) * h * start
    velocity = momentum * (1 - momentum) * h * start + (1 - momentum) * h * damped
    two = after(mlp.SGD(rate, momentum=momentum), 2)
    adam = after(mlp.Adam(adam_rate, eps=1e-12), 1)
    noise = spread * np.sqrt(batch / other)
    says = words.says
    values = {
        "h1": f"{h[0]:g}",
        "h2": f"{h[1]:g}",
        "start": f"({start[0]:g}, {start[1]:g})",
        "rate": rate,
        "momentum": momentum,
        "adam_rate": adam_rate,
        "batch": batch,
        "other_batch": other,
        "spread": spread,
    }
    close = 1e-4 / max(1.0, np.abs(two).max())
    return words.task(
        values,
        25,
        [
            words.check(
                "largest_rate",
                3,
                "largest_rate",
                {},
                equals(
                    2 / h.max(),
                    tolerance=1e-3,
                    mistakes={says["one"]: 1 / h.max(), says["flat"]: 2 / h.min()},
                ),
            ),
            words.check(
                "after_two",
                5,
                "after_two",
                {},
                equals(
                    two,
                    tolerance=close,
                    mistakes={
                        says["plain"]: after(mlp.SGD(rate), 2),
                        says["damped"]: damped - rate * velocity,
                        says["nesterov"]: after(mlp.SGD(rate, momentum, nesterov=True), 2),
                        says["uphill"]: uphill(start, h, rate, momentum),
                    },
                ),
            ),
            words.check(
                "adam_one",
                5,
                "adam_one",
                {},
                equals(
                    adam,
                    tolerance=1e-4,
                    mistakes={
                        says["descent"]: start - adam_rate * h * start,
                        says["bias"]: start - adam_rate * np.sign(h * start) * 0.1 / 0.001**0.5,
                        says["uphill"]: 2 * start - adam,
                    },
                ),
            ),
            words.check(
                "noise",
                4,
                "noise",
                {},
                equals(
                    noise,
                    tolerance=1e-3,
                    mistakes={
                        says["straight"]: spread * batch / other,
                        says["wrong_way"]: spread * np.sqrt(other / batch),
                    },
                ),
            ),
        ],
        start="largest_rate = ...\nafter_two = [..., ...]\nadam_one = [..., ...]\nnoise = ...",
        solution=f"largest_rate = {2 / h.max():.6f}\nafter_two = {two.round(6).tolist()}\n"
        f"adam_one = {adam.round(6).tolist()}\nnoise = {noise:.6f}",
        tests="""
assert np.shape(after_two) == np.shape(adam_one) == (2,), "asked for two numbers"
assert np.ndim(largest_rate) == np.ndim(noise) == 0, "asked for a number"
moved = np.abs(np.array(adam_one) - np.array({{start}}))
assert moved.max() < 1, "Adam's first step is not as long as that"
""",
    )


def uphill(start: np.ndarray, h: np.ndarray, rate: float, momentum: float) -> np.ndarray:
    """Return where two steps with momentum lead that have the wrong sign."""
    first = start + rate * h * start
    return first + rate * (momentum * h * start + h * first)


# ---- An optimizer ------------------------------------------------------------------------------

# Name: the rule for v, its correction, and what stands under m; each as a formula and as code.
RULES = {
    "largest": (
        (r"\max({{beta2}}\,\mathbf{v},\; |\mathbf{g}|)", "np.maximum({{beta2}} * v, np.abs(g))"),
        (r"\mathbf{v}", "v"),
        (r"\hat{\mathbf{v}}", "v_hat"),
    ),
    "absolute": (
        (
            r"{{beta2}}\,\mathbf{v} + {{rest2}}\,|\mathbf{g}|",
            "{{beta2}} * v + {{rest2}} * np.abs(g)",
        ),
        (r"\mathbf{v} / (1 - {{beta2}}^t)", "v / (1 - {{beta2}}**t)"),
        (r"\hat{\mathbf{v}}", "v_hat"),
    ),
    "surprise": (
        (
            r"{{beta2}}\,\mathbf{v} + {{rest2}}\,(\mathbf{g} - \mathbf{m})^2",
            "{{beta2}} * v + {{rest2}} * (g - m) ** 2",
        ),
        (r"\mathbf{v} / (1 - {{beta2}}^t)", "v / (1 - {{beta2}}**t)"),
        (r"\sqrt{\hat{\mathbf{v}}}", "np.sqrt(v_hat)"),
    ),
    "cubes": (
        (
            r"{{beta2}}\,\mathbf{v} + {{rest2}}\,|\mathbf{g}|^3",
            "{{beta2}} * v + {{rest2}} * np.abs(g) ** 3",
        ),
        (r"\mathbf{v} / (1 - {{beta2}}^t)", "v / (1 - {{beta2}}**t)"),
        (r"\sqrt[3]{\hat{\mathbf{v}}}", "np.cbrt(v_hat)"),
    ),
}


def one_step(theta, g, m, v, t, *, rule, beta1, beta2, rate, eps, decay, fault=""):
    """Return the parameters and both averages after a step, or after a step with a usual fault."""
    shrunk = 0 if fault == "no_decay" else decay * theta
    if fault == "coupled":
        g, shrunk = g + shrunk, 0
    m = beta1 * m + (1 - beta1) * g
    size = {"largest": abs(g), "absolute": abs(g), "surprise": (g - m) ** 2, "cubes": abs(g) ** 3}
    if rule == "largest":
        v = np.maximum(beta2 * v, size[rule])
    else:
        v = beta2 * v + (1 - beta2) * size[rule]
    corrected = fault != "bias"
    m_hat = m / (1 - beta1**t) if corrected else m
    v_hat = v / (1 - beta2**t) if corrected and rule != "largest" else v
    power = {"surprise": 1 / 2, "cubes": 1 / 3}.get(rule, 1)
    under = (v_hat + eps) ** power if fault == "inside" else v_hat**power + eps
    sign = 1 if fault == "uphill" else -1
    return [theta + sign * rate * (m_hat / under + shrunk), m, v]


def optimizer(seed: str, words: Words) -> Task:
    """Return the task about an optimizer that is given by its formulas."""
    rng = generator(seed, words.id)
    rule = str(rng.choice(list(RULES)))
    chosen = {
        "beta1": int(rng.integers(60, 90)) / 100,
        "beta2": int(rng.integers(80, 98)) / 100,
        "rate": int(rng.integers(2, 20)) / 100,
        "eps": int(rng.integers(5, 50)) / 100,
        "decay": int(rng.integers(5, 50)) / 100,
    }
    step = partial(one_step, rule=rule, **chosen)
    theta, g, m = rng.normal(size=(3, 4))
    zero = np.zeros(4)
    first = {"theta": theta, "g": g, "m": zero, "v": zero, "t": 1}
    later = first | {"m": m, "v": rng.uniform(0.1, 1, size=4), "t": int(rng.integers(4, 9))}
    gradients = rng.normal(size=(6, 4))

    def run(anew=False):
        state = [theta, zero, zero]
        for t, gradient in enumerate(gradients, 1):
            if anew:
                state[1:] = zero, zero
            state = step(state[0], gradient, *state[1:], 1 if anew else t)
        return state[0]

    says = words.says
    values = chosen | {f"rest{i}": f"{1 - chosen[f'beta{i}']:.2f}" for i in (1, 2)}
    for name, (formula, code) in zip(("v_rule", "v_hat", "root"), RULES[rule], strict=True):
        values |= {name: fill(formula, values), f"{name}_code": fill(code, values)}
    values["note"] = f"{says['note']} " if rule == "surprise" else ""
    example = step(*(np.array([it]) for it in (1.0, 2.0, 0.0, 0.0)), 1)
    values["example"] = f"{example[0][0]:.6f}"
    faults = ("coupled", "inside", "uphill", "no_decay")
    call = "step(theta, g, m, v, t)"
    return words.task(
        values,
        40,
        [
            words.check(
                "first",
                4,
                f"{call}[0]",
                first,
                equals(
                    step(**first)[0],
                    mistakes={says[it]: step(**first, fault=it)[0] for it in (*faults, "bias")},
                ),
            ),
            words.check(
                "m",
                3,
                f"{call}[1]",
                later,
                equals(
                    step(**later)[1],
                    mistakes={says["coupled"]: step(**later, fault="coupled")[1]},
                ),
            ),
            words.check(
                "v",
                4,
                f"{call}[2]",
                later,
                equals(
                    step(**later)[2],
                    mistakes={says["coupled"]: step(**later, fault="coupled")[2]},
                ),
            ),
            words.check(
                "later",
                7,
                f"{call}[0]",
                later,
                equals(
                    step(**later)[0],
                    mistakes={says[it]: step(**later, fault=it)[0] for it in (*faults, "bias")},
                ),
            ),
            words.check(
                "run",
                6,
                "run(theta, gradients)",
                {"theta": theta, "gradients": gradients},
                equals(run(), mistakes={says["again"]: run(anew=True)}),
            ),
        ],
        start='''
def step(theta, g, m, v, t):
    """Return the new theta, m and v."""
    return [..., ..., ...]


def run(theta, gradients):
    """Return theta after a step with each row of gradients."""
    return ...
''',
        solution="""
def step(theta, g, m, v, t):
    m = {{beta1}} * m + {{rest1}} * g
    v = {{v_rule_code}}
    m_hat = m / (1 - {{beta1}}**t)
    v_hat = {{v_hat_code}}
    theta = theta - {{rate}} * (m_hat / ({{root_code}} + {{eps}}) + {{decay}} * theta)
    return [theta, m, v]


def run(theta, gradients):
    m = v = np.zeros_like(theta)
    for t, g in enumerate(gradients, 1):
        theta, m, v = step(theta, g, m, v, t)
    return theta
""",
        tests="""
one, two, zero = np.array([1.0]), np.array([2.0]), np.zeros(1)
theta, m, v = step(one, two, zero, zero, 1)
assert np.allclose(theta, {{example}}, atol=1e-5), f"from 1 with the gradient 2: {theta}"
assert one == 1 and zero == 0, "step has changed its arguments"
assert np.allclose(run(one, two[None]), theta), "run with one gradient is not one step"
start, slopes = np.array([1.0, -1.0]), np.ones((3, 2))
assert np.shape(run(start, slopes)) == (2,), "run returns theta"
""",
    )


# ---- A split with a fault ----------------------------------------------------------------------

SPLIT = '''
def split(groups, share, rng):
    """Return the rows of both sets."""
    people = np.unique(groups)  # (a)
    order = rng.permutation(people)  # (b)
    held = order[: int({{rule}}(share * len(people)))]  # (c)
    is_held = np.isin(groups, held)  # (d)
    train = np.flatnonzero(~is_held)  # (e)
    validation = np.flatnonzero(is_held)  # (f)
    return [{{order}}]
'''
RULES_OF_SIZE = {"round": round, "np.floor": np.floor, "np.ceil": np.ceil}
HELD = "np.flatnonzero(is_held)"
# Line: what may stand there instead, and what happens then.
SPLIT_FAULTS = {
    "a": (("people = groups",), ["size"]),
    "b": (("order = np.random.default_rng().permutation(people)",), ["seed"]),
    "c": (("held = order[: 1 + int({{rule}}(share * len(people)))]",), ["size"]),
    "d": (
        ("is_held = np.isin(groups, held) & (np.cumsum(np.isin(groups, held)) != 1)",),
        ["person"],
    ),
    "e": (
        ("train = np.flatnonzero(~is_held)[1:]", "train = np.flatnonzero(~is_held)[:-1]"),
        ["lost"],
    ),
    "f": (
        (f"validation = np.repeat({HELD}, 2)", f"validation = np.append({HELD}, {HELD}[0])"),
        ["twice"],
    ),
}


def split_with(letter: str, wrong: str) -> str:
    """Return the split with a wrong line."""
    return "\n".join(
        f"    {wrong}  # ({letter})" if line.endswith(f"({letter})") else line
        for line in SPLIT.strip().splitlines()
    )


def is_right(train, validation, groups, held: int) -> bool:
    """Whether each row is in one set, with all rows of its person, and `held` people held out."""
    rows = [*train, *validation]
    people = {*groups[validation]}
    return (
        sorted(rows) == [*range(len(groups))]
        and not {*groups[train]} & people
        and len(people) == held
    )


def split(seed: str, words: Words) -> Task:
    """Return the task about a split with a wrong line."""
    rng = generator(seed, words.id)
    letter = str(rng.choice(list(SPLIT_FAULTS)))
    lines, found = SPLIT_FAULTS[letter]
    says = words.says
    groups = rng.permutation(np.repeat(rng.choice(100, size=13, replace=False), 4))
    share = float(rng.choice([0.2, 0.3]))  # of 13 people: 2.6 or 3.9
    share = 0.26 if rng.random() < 0.5 else share  # 3.38
    rule = str(rng.choice(list(RULES_OF_SIZE)))
    held = int(RULES_OF_SIZE[rule](share * 13))
    train_first = bool(rng.random() < 0.5)

    def mended_is_right(answer):
        try:
            first, second = (np.asarray(it).astype(int) for it in answer)
            pair = (first, second) if train_first else (second, first)
            return None if is_right(*pair, groups, held) else says["missed_rows"]
        except (TypeError, ValueError, IndexError):
            return says["rows"]

    both_and_person = "train = np.flatnonzero(~is_held | (np.cumsum(is_held) == 1))"
    tried = [
        ("right", 2, SPLIT.strip(), []),
        ("person", 3, split_with("d", SPLIT_FAULTS["d"][0][0]), ["person"]),
        ("twice", 3, split_with("f", SPLIT_FAULTS["f"][0][0]), ["twice"]),
        ("seed", 3, split_with("b", SPLIT_FAULTS["b"][0][0]), ["seed"]),
        ("late", 3, split_with("e", both_and_person), ["both", "person"]),
    ]
    order = "train, validation" if train_first else "validation, train"
    values = {"rule": rule, "order": order, "letter": letter, "seen": found}
    values["first"] = order.partition(",")[0]
    values["sets"] = says["train_first" if train_first else "validation_first"]
    values["split"] = fill(split_with(letter, str(rng.choice(lines))), values)
    values["mended"] = fill(SPLIT.strip().replace("def split", "def mended"), values)
    return words.task(
        values,
        35,
        [
            words.check("line", 4, "line", {}, exactly(letter, says["letter"])),
            words.check("seen", 3, "seen", {}, exactly(found, says["words"])),
            words.check(
                "mended",
                3,
                "mended(groups, share, np.random.default_rng(5))",
                {"groups": groups, "share": share},
                mended_is_right,
            ),
            *(
                words.check(
                    name,
                    points,
                    "faults(compiled(source))",
                    {"source": fill(source, values)},
                    exactly(right, says["missed"]),
                )
                for name, points, source, right in tried
            ),
        ],
        given="{{split}}",
        start='''
def faults(split):
    """Return what happens, of "lost", "twice", "both", "person", "size" and "seed"."""
    return ...


seen = ...  # a list of words
line = ...  # a letter, such as "a"


def mended(groups, share, rng):
    """Return the rows of both sets."""
    return ...
''',
        solution="""
def faults(split):
    groups, share = np.random.default_rng(0).permutation(np.repeat(np.arange(43), 6)), 0.2
    ({{order}}), (again, _) = (split(groups, share, np.random.default_rng(1)) for _ in range(2))
    in_train, in_validation = (
        np.bincount(np.asarray(rows, int), minlength=len(groups)) for rows in (train, validation)
    )
    people = set(groups[validation].tolist())
    happens = {
        "lost": np.any(in_train + in_validation == 0),
        "twice": max(in_train.max(), in_validation.max()) > 1,
        "both": np.any((in_train > 0) & (in_validation > 0)),
        "person": bool(people & set(groups[train].tolist())),
        "size": len(people) != int({{rule}}(share * 43)),
        "seed": not np.array_equal({{first}}, again),
    }
    return [word for word, it in happens.items() if it]


seen = {{seen}}
line = "{{letter}}"


{{mended}}
""",
        tests="""
words = ["lost", "twice", "both", "person", "size", "seed"]
assert isinstance(faults(split), list), "faults must return a list of words"
assert set(faults(split)) <= set(words), f"faults may use the six words only, got {faults(split)}"
assert faults(split), "faults finds nothing in the given split, which has a fault"
assert faults(split) == seen, f"faults finds {faults(split)}, and seen is {seen}"
assert faults(mended) == [], f"faults finds in mended: {faults(mended)}"
assert line in list("abcdef"), "line must be one of the letters a to f"
""",
    )


# ---- Does the difference mean anything? --------------------------------------------------------


def compare(seed: str, words: Words) -> Task:
    """Return the task about two networks on the same images."""
    rng = generator(seed, words.id)
    n = int(rng.integers(6, 30)) * 50
    only_a = int(rng.integers(8, 20))
    only_b = only_a + int(rng.integers(5, 15))
    neither = int(n * rng.uniform(0.02, 0.06))
    both = n - only_a - only_b - neither
    lead = (only_b - only_a) / n
    a, b = (both + only_a) / n, (both + only_b) / n
    # Of one image, the lead is 1, 0 or -1.
    each = np.repeat([1.0, -1.0, 0.0], [only_b, only_a, both + neither])
    paired = each.std() / np.sqrt(n)
    of_a, of_b = np.sqrt(a * (1 - a) / n), np.sqrt(b * (1 - b) / n)
    unpaired = np.hypot(of_a, of_b)
    needed = n * (2 * paired / lead) ** 2
    right_a, right_b = (rng.random(size=(2, 30)) < 0.7).astype(int)
    draws = {"right_a": right_a, "right_b": right_b, "rows": rng.integers(30, size=(12, 30))}
    leads = (right_b - right_a)[draws["rows"]].mean(axis=1)
    q = float(rng.choice([0.025, 0.05, 0.1, 0.16, 0.2]))
    last = bool(rng.random() < 0.5)
    models = {"validation": rng.integers(2, size=(6, 11)), "test": rng.integers(2, size=(6, 14))}
    models["validation"][[1, 4]] = 1
    models["validation"][[1, 4], 0] = 0
    models["validation"][[0, 2, 3, 5], :3] = 0
    models["test"][2] = 1
    models["test"][[1, 4], :9] = [[0], [1]]
    scores = [models[name].mean(axis=1) for name in ("validation", "test")]
    says = words.says
    values = {
        "q": q,
        "which": says["last" if last else "first"],
    }
    values["best"] = "validation.mean(axis=1).argmax()"
    if last:
        values["best"] = "len(validation) - 1 - validation[::-1].mean(axis=1).argmax()"
    values |= {"n": n, "both": both, "only_a": only_a, "only_b": only_b, "neither": neither}
    return words.task(
        values,
        40,
        [
            words.check(
                "lead", 3, "lead", {}, equals(lead, tolerance=1e-2, mistakes={says["sign"]: -lead})
            ),
            words.check(
                "paired",
                5,
                "paired",
                {},
                equals(
                    paired,
                    tolerance=1e-2,
                    mistakes={says["alone"]: unpaired, says["variance"]: paired**2},
                ),
            ),
            words.check(
                "unpaired",
                4,
                "unpaired",
                {},
                equals(
                    unpaired,
                    tolerance=1e-2,
                    mistakes={
                        says["pairs"]: paired,
                        says["one"]: of_b,
                        says["variance"]: unpaired**2,
                    },
                ),
            ),
            words.check(
                "needed",
                4,
                "needed",
                {},
                equals(
                    needed,
                    tolerance=3e-2,
                    mistakes={
                        says["root"]: n * 2 * paired / lead,
                        says["once"]: n * (paired / lead) ** 2,
                        says["alone"]: n * (2 * unpaired / lead) ** 2,
                    },
                ),
            ),
            words.check(
                "resampled",
                6,
                "resampled(right_a, right_b, rows)",
                draws,
                equals(
                    np.quantile(leads, [q, 1 - q]),
                    mistakes={
                        says["sign"]: np.quantile(-leads, [q, 1 - q]),
                        says["tails"]: np.quantile(leads, [q / 2, 1 - q / 2]),
                    },
                ),
            ),
            words.check(
                "lucky",
                4,
                "lucky(validation, test)",
                models,
                equals(
                    [scores[0].max(), scores[1][4 if last else 1]],
                    mistakes={
                        says["best"]: [scores[0].max(), scores[1].max()],
                        says["ties"]: [scores[0].max(), scores[1][1 if last else 4]],
                    },
                ),
            ),
        ],
        start='''
lead = ...
paired = ...
unpaired = ...
needed = ...


def resampled(right_a, right_b, rows):
    """Return the two quantiles of the lead over images drawn anew."""
    return ...


def lucky(validation, test):
    """Return validation and test accuracy of the model that is best in validation."""
    return ...
''',
        solution=f"""
lead = {lead:.8f}
paired = {paired:.8f}
unpaired = {unpaired:.8f}
needed = {needed:.1f}


def resampled(right_a, right_b, rows):
    leads = (right_b - right_a)[rows].mean(axis=1)
    return np.quantile(leads, [{q}, 1 - {q}])


def lucky(validation, test):
    best = {values["best"]}
    return [validation[best].mean(), test[best].mean()]
""",
        tests="""
assert all(np.ndim(it) == 0 for it in (lead, paired, unpaired, needed)), "asked for numbers"
a = np.repeat([1, 1, 0, 0], [{{both}}, {{only_a}}, {{only_b}}, {{neither}}])
b = np.repeat([1, 0, 1, 0], [{{both}}, {{only_a}}, {{only_b}}, {{neither}}])
rows = np.random.default_rng(0).integers({{n}}, size=(1000, {{n}}))
low, high = resampled(a, b, rows)
wide = 2 * paired * statistics.NormalDist().inv_cdf(1 - {{q}})
assert abs((high - low) / wide - 1) < 0.2, f"predicted a width of {wide}, got {high - low}"
found = lucky(np.array([[0, 1], [1, 1]]), np.array([[1, 1], [0, 1]]))
assert np.allclose(found, [1, 0.5]), f"lucky gives {found}, asked for 1 and 0.5"
""",
    )


def words(seed: str, words: Words) -> Task:
    """Return the question by hand."""
    rng = generator(seed, words.id)
    values = {
        "tries": int(rng.integers(20, 90)),
        "accuracy": f"{rng.uniform(95, 99):.1f}",
        "images": int(rng.integers(4, 12)) * 50,
    }
    return words.by_hand(values, 10, 9)
