"""Lab 4: the answers, and wrong ones, with what the checks must say of them."""

LEARNED = """
def learned(x, scale, shift, grad_a):
    open_ = sigmoid(scale * x + shift)
    grad_u = grad_a * x * open_ * (1 - open_)
    return [(grad_u * x).sum(axis=0), grad_u.sum(axis=0)]
"""

PASSED = """
def passed_on(x, scale, shift, grad_a):
    open_ = sigmoid(scale * x + shift)
    as_factor = grad_a * open_
    through_switch = grad_a * x * open_ * (1 - open_) * scale
    return as_factor + through_switch
"""

ERRORS = """
def errors(gate, x, r):
    gate.forward(x)
    grad_x = gate.backward(r)
    grad_parameters = gate.gradients.copy()
    by_x = mlp.numerical_gradient(
        lambda it: np.sum(r * gate.output(it, gate.parameters)), x.copy()
    )
    by_parameters = mlp.numerical_gradient(
        lambda it: np.sum(r * gate.output(x, it)), gate.parameters.copy()
    )
    return [np.abs(grad_x - by_x).max(), np.abs(grad_parameters - by_parameters).max()]


wrong_in = faults.tolist()
"""

SOLUTION = {
    "lab4-cp1": LEARNED,
    "lab4-cp2": PASSED,
    "lab4-cp3": ERRORS,
    "lab4-extra": "h, h_small = 1e-5, 1e-13",
}

WRONG = {
    "lab4-cp1": {
        "the mean": (LEARNED.replace("sum", "mean"), "is the mean over the examples, not the sum"),
        "a factor x is missing": (LEARNED.replace("grad_a * x", "grad_a"), "lacks a factor"),
        "a row for each example": (LEARNED.replace(".sum(axis=0)", ""), "learned("),
    },
    "lab4-cp2": {
        "the factor only": (
            PASSED.replace("as_factor + through_switch", "as_factor"),
            "forgets the way through the switch",
        ),
        "the switch only": (
            PASSED.replace("as_factor + through_switch", "through_switch"),
            "forgets the way of the factor",
        ),
        "no scale": (PASSED.replace(" * scale\n", "\n"), "forgets what x is multiplied by"),
    },
    "lab4-cp3": {
        "without r": (ERRORS.replace("np.sum(r * ", "np.sum(1 * "), "errors"),
        "all are right": (ERRORS + "wrong_in = ['none'] * 4", "wrong_in: "),
        "in another order": (ERRORS + "wrong_in = wrong_in[::-1]", "wrong_in: "),
    },
    "lab4-extra": {
        "a large step": ("h, h_small = 0.1, 1e-13", "h misses by"),
        "both good": ("h, h_small = 1e-5, 1e-6", "h_small misses by"),
        "exchanged": ("h, h_small = 1e-5, 1e-4", "it is not smaller than h"),
    },
}
