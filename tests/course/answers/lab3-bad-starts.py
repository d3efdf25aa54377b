"""Lab 3: the answers, and wrong ones, with what the checks must say of them."""

CHANGE = """
def change(widths, variances):
    factor = 1.0
    for d_in, v in zip(widths[1:-1], variances[1:], strict=True):
        factor *= d_in * v / 2
    return factor**0.5
"""

MEND = """
def mend(weights, x):
    a, mended = x, []
    for w in weights:
        z = a @ w
        factor = 1 / rms(z)
        mended.append(factor * w)
        a = np.maximum(factor * z, 0)
    return mended
"""

HEARD = """
def heard(z, y):
    p = 1 / (1 + np.exp(-z))
    off = np.abs(p - y) > 0.9
    pull_cross_entropy = np.abs(p - y)
    pull_squared_error = np.abs(p - y) * p * (1 - p)
    return [
        pull_cross_entropy[off].sum() / pull_cross_entropy.sum(),
        pull_squared_error[off].sum() / pull_squared_error.sum(),
    ]
"""

WITH_SIGNS = HEARD.replace("_entropy = np.abs(p - y)", "_entropy = p - y").replace(
    "_error = np.abs(p - y)", "_error = (p - y)"
)

EXCHANGED = """

in_order = heard


def heard(z, y):
    return in_order(z, y)[::-1]
"""

FACTORS = """
def gradient_factors(k):
    return [1 / k, k, 1]
"""

SOLUTION = {
    "lab3-cp1": CHANGE,
    "lab3-cp2": MEND,
    "lab3-cp3": HEARD,
    "lab3-extra": FACTORS,
}

WRONG = {
    "lab3-cp1": {
        "the mean square": (CHANGE.replace("**0.5", ""), "is the factor of the mean square"),
        "no ReLU": (CHANGE.replace(" / 2", ""), "leaves out what ReLU does"),
        "half of the size": (
            CHANGE.replace(" / 2", " / 4"),
            "halves the size with each ReLU",
        ),
        "the way back": (
            CHANGE.replace("widths[1:-1]", "widths[2:]"),
            "takes the outputs of each layer",
        ),
        "sums": (CHANGE.replace("*= d_in", "+= d_in"), "change("),
    },
    "lab3-cp2": {
        "through the old weights": (
            MEND.replace("factor * z, 0", "z, 0"),
            "sends on what the old weights give",
        ),
        "the standard deviation": (MEND.replace("rms(z)", "np.std(z)"), "is the mean of z"),
        "without ReLU": (
            MEND.replace("np.maximum(factor * z, 0)", "factor * z"),
            "sends on z, not what ReLU makes of it",
        ),
        "the mean square": (MEND.replace("rms(z)", "rms(z) ** 2"), "mend("),
        "of the weights": (MEND.replace("rms(z)", "rms(w)"), "mend("),
    },
    "lab3-cp3": {
        "no sigmoid": (HEARD.replace(" * p * (1 - p)", ""), "but not through the sigmoid"),
        "with signs": (WITH_SIGNS, "with their signs"),
        "the losses": (
            HEARD.replace("np.abs(p - y) * p * (1 - p)", "(p - y) ** 2").replace(
                "= np.abs(p - y)\n", "= -np.log(np.abs(1 - y - p))\n"
            ),
            "is the share of the losses",
        ),
        "the other way round": (HEARD + EXCHANGED, "heard("),
    },
    "lab3-extra": {
        "as the weights": (
            FACTORS.replace("1 / k, k, 1", "k, 1 / k, 1"),
            "is what happens to the weights",
        ),
        "layer 5, too": (FACTORS.replace("k, 1]", "k, k]"), "comes back to layer 5"),
        "nothing changes": (FACTORS.replace("1 / k, k", "1, 1"), "holds for the output"),
        "the square": (FACTORS.replace("1 / k, k", "1 / k**2, k**2"), "gradient_factors("),
    },
}
