"""Lab 8: the answers, and wrong ones, with what the checks must say of them."""

SLOPES = """
def slopes(x, w, stride, grad_z):
    grad_w, grad_x = np.zeros(len(w)), np.zeros(len(x))
    for n, slope in enumerate(grad_z):
        first = n * stride
        window = slice(first, first + len(w))
        to_w = slope * x[window]
        to_x = slope * w
        grad_w = grad_w + to_w
        grad_x[window] = grad_x[window] + to_x
    return [grad_w, grad_x]
"""

LOOK = """
w_k = np.eye(8)
w_q = 30 * np.roll(np.eye(8), -back, axis=1)
"""

FIELD = """
def field(layers, k, stride):
    return 1 + (k - 1) * sum(stride**layer for layer in range(layers))


layers_for_224 = 7
"""

SOLUTION = {
    "lab8-cp1": "kernel = digit - digit.mean()",
    "lab8-cp2": SLOPES,
    "lab8-cp3": LOOK,
    "lab8-extra": FIELD,
}

WRONG = {
    "lab8-cp1": {
        "the digit": ("kernel = digit", "asked for: no answer to even gray; it answers"),
        "half a gray less": ("kernel = digit - 0.5", "it answers -"),
        "the sign": (
            "kernel = digit.mean() - digit",
            "the digit found in 95 % of the scenes; it is found in",
        ),
        "a row": ("kernel = (digit - digit.mean()).ravel()", "it has the shape (64,)"),
    },
    "lab8-cp2": {
        "without the stride": (
            SLOPES.replace("n * stride", "n"),
            "the window of output n begins at n times the stride",
        ),
        "a mean": (
            SLOPES.replace("return [grad_w,", "return [grad_w / len(grad_z),"),
            "slopes in w are a mean over the places, not a sum",
        ),
        "turned around": (
            SLOPES.replace("slope * w\n", "slope * w[::-1]\n"),
            "the kernel is turned around on the way to x",
        ),
        "exchanged": (
            SLOPES.replace("slope * x[window]", "slope * w"),
            "slopes",
        ),
        "not added": (
            SLOPES.replace("grad_x[window] + to_x", "to_x"),
            "slopes",
        ),
    },
    "lab8-cp3": {
        "ahead": (LOOK.replace("-back", "back"), "each looks as many places ahead"),
        "not hard enough": (LOOK.replace("30 * ", ""), "one weight is 0."),
        "nowhere": ("w_q = w_k = np.zeros((8, 8))", "every item looks at all alike"),
        "at itself": ("w_q = w_k = 10 * np.eye(8)", "0% of the items do"),
        "other shapes": (
            "w_q, w_k = np.ones((8, 8)), np.ones((8, 4))",
            "they have the shapes (8, 8) and (8, 4)",
        ),
    },
    "lab8-extra": {
        "as without a stride": (
            FIELD.replace("stride**layer", "1"),
            "field: that would be so with a stride of 1",
        ),
        "windows that do not overlap": (
            "def field(layers, k, stride):\n    return k * stride ** (layers - 1)",
            "field: windows of neighbors overlap",
        ),
        "as many as with stride 1": (FIELD + "layers_for_224 = 112", "layers_for_224: 112 is too"),
    },
}
