"""Lab 1: the answers, and wrong ones, with what the checks must say of them."""

PICTURE = """
...++...
..-++-..
.--++--.
.--++--.
.--++--.
.--++--.
..-++-..
...++...
"""

DRAWN = """
z = x @ weights_of(picture)
b = -(z[y == 0].mean() + z[y == 1].mean()) / 2
"""


def drawn(picture, code=DRAWN):
    return f"picture = {picture!r}\n{code}"


ADAPTED = """
def adapted(w, b, paper, ink):
    w_new = -w / ink
    b_new = b + paper / ink * w.sum()
    return w_new, b_new
"""

CLOSE = """
def share_close(x, within):
    nearest = differences(x).argmin(axis=1)
    return np.mean(np.abs(nearest - np.arange(len(x))) <= within)


fifth = "consecutive"
"""

PIXEL = """
shares = {}
for p in range(64):
    for limit in (np.arange(-1, 17) + 0.5) / 16:
        share = np.mean((x[:, p] > limit) == (y == 1))
        shares[p] = max(share, 1 - share, shares.get(p, 0))
pixel = max(shares, key=shares.get)
best = shares[pixel]
"""

SOLUTION = {
    "lab1-cp1": drawn(PICTURE),
    "lab1-cp2": ADAPTED,
    "lab1-cp3": CLOSE,
    "lab1-extra": PIXEL,
}

WRONG = {
    "lab1-cp1": {
        "the signs turned around": (
            drawn(PICTURE.replace("-", "*").replace("+", "-").replace("*", "+")),
            "85 % read right, with the bias halfway; it is",
        ),
        "only ink that speaks for a one": (
            drawn(PICTURE.replace("-", ".")),
            "asked for: both kinds of ink",
        ),
        "the sign of the bias": (
            drawn(PICTURE, DRAWN.replace("b = -(", "b = (")),
            "b: has the wrong sign",
        ),
        "the mean over all": (
            drawn(PICTURE) + "b = -z.mean()",
            "the more frequent digit counts more",
        ),
    },
    "lab1-cp2": {
        "the bias is as before": (
            ADAPTED.replace("b + paper / ink * w.sum()", "b"),
            "z from the new scans",
        ),
        "paper counted once": (
            ADAPTED.replace("w.sum()", "1"),
            "z from the new scans",
        ),
        "the sign of the weights": (ADAPTED.replace("-w", "w"), "z from the new scans"),
        "times the ink": (ADAPTED.replace("-w / ink", "-w * ink"), "z from the new scans"),
    },
    "lab1-cp3": {
        "without the sign": (
            CLOSE.replace("np.abs(nearest - np.arange(len(x)))", "nearest - np.arange(len(x))"),
            "counts all that come earlier as near",
        ),
        "a count": (CLOSE.replace("np.mean", "np.sum"), "counts, and does not divide"),
        "the least similar": (CLOSE.replace("argmin", "argmax"), "share_close gives 1"),
        "a random fifth": (
            CLOSE.replace("consecutive", "random"),
            "asked for: a test set by other people than the training set",
        ),
    },
    "lab1-extra": {
        "weights of -1 only": (
            PIXEL.replace("max(share, 1 - share,", "max(1 - share,"),
            "is too small",
        ),
        "another pixel": (PIXEL + "pixel = 0", "a pixel with which a neuron reads this share"),
    },
}
