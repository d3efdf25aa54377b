"""Lab 2: the answers, and wrong ones, with what the checks must say of them."""

WON = """
def share_won(first, second):
    return np.mean(first[:, None] > second)
"""

ONE = """
def one_unit(w, b, v):
    return w[:, :1], b[:1], v.sum(axis=0, keepdims=True)
"""

UNITS = """
numbers_of = {
    "w all 0.5, v all 0.5": 1,
    "w all 0.5, v all different": 16,
    "w 0.5 or -0.5, v all 0.5": 2,
    "w all 0, v all 0": 1,
}
different = [numbers_of[starts[name][2]] for name in "ABCD"]
"""

BEST = """
def best_of(runs, k):
    return np.mean([max(it) for it in itertools.combinations(runs, k)])
"""

SOLUTION = {
    "lab2-cp1": WON,
    "lab2-cp2": ONE,
    "lab2-cp3": UNITS,
    "lab2-extra": BEST,
}

WRONG = {
    "lab2-cp1": {
        "in equal places": (
            "def share_won(first, second):\n"
            "    n = min(len(first), len(second))\n"
            "    return np.mean(first[:n] > second[:n])",
            "compares runs in equal places only",
        ),
        "ties": (WON.replace(">", ">="), "counts ties as won"),
        "a count": (WON.replace("np.mean", "np.sum"), "share_won"),
        "the means": ("def share_won(a, b):\n    return float(a.mean() > b.mean())", "share_won"),
    },
    "lab2-cp2": {
        "one unit's share": (
            ONE.replace("v.sum(axis=0, keepdims=True)", "v[:1]"),
            "takes what one unit contributes",
        ),
        "the mean": (ONE.replace("sum", "mean"), "takes the mean of what the units contribute"),
        "all units": (
            "def one_unit(w, b, v):\n    return w, b, v",
            "one hidden unit has one bias",
        ),
        "the sum over the outputs": (ONE.replace("axis=0", "axis=1"), "one_unit"),
    },
    "lab2-cp3": {
        "as they start": (
            UNITS.replace('v all different": 16', 'v all different": 1'),
            "what does v do to w?",
        ),
        "all become different": (UNITS.replace("2,", "16,"), "different: "),
        "zeros become different": (UNITS.replace('v all 0": 1', 'v all 0": 16'), "different: "),
    },
    "lab2-extra": {
        "with repeats": (
            BEST.replace("combinations(runs, k)", "product(runs, repeat=k)"),
            "draws the same run more than once",
        ),
        "the best of all": ("def best_of(runs, k):\n    return max(runs)", "best_of("),
        "the mean": ("def best_of(runs, k):\n    return np.mean(runs)", "best_of("),
    },
}
