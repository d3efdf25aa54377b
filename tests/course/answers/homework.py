"""Wrong answers to the homework in the variant "practice": what people do instead of the key.

From the task and a label to: the code, made from that of the key; the check that must fail; and a
part of what its judge must say.
"""


def swap(old, new):
    """Return the key with a part of it in another form."""

    def change(code):
        assert old in code, f"{old} is not in the key"
        return code.replace(old, new)

    return change


def then(more):
    """Return the key with an answer written over."""
    return lambda code: f"{code}\n{more}"


WRONG = {
    "hw0-arrays": {
        "means of rows": (
            swap("x.min(axis=0)", "x.min(axis=1, keepdims=True)"),
            "columns and rows",
            "takes rows for columns",
        ),
        "weights of columns": (
            swap("weights[:, None]", "weights"),
            "columns and rows of a square array",
            "multiplies columns instead of rows",
        ),
        "whole columns": (
            swap("x[np.arange(len(y)), y]", "x[:, y]"),
            "one number from each row",
            "takes whole columns",
        ),
        "tuples in another order": (then("shapes = shapes[::-1]"), "the shapes", "are not right"),
    },
    "hw0-vectors": {
        "the dot product": (
            then("cosine = 7.0 * cosine"),
            "the angle between two vectors",
            "is too",
        ),
        "the transpose": (
            then("product = np.transpose(product)"),
            "the product of two matrices",
            "is the transpose of what is asked for",
        ),
        "the square": (
            then("distance = distance**2"),
            "the distance of two points",
            "is the square of the distance",
        ),
    },
    "hw0-slopes": {
        "swapped": (
            then("partial = partial[::-1]"),
            "two partial derivatives",
            "has the two in the other order",
        ),
        "all changes equal": (
            then("change = sum(partial)"),
            "a small change",
            "forgets how far each of the two moves",
        ),
    },
    "hw0-chances": {
        "base ten": (
            then("exponent = exponent / np.log(10)"),
            "an exponent",
            "takes a logarithm with base 10",
        ),
        "a quotient adds": (
            then("logarithm = -logarithm"),
            "a logarithm",
            "has the wrong sign",
        ),
        "the spread of one": (then("spread = 2 * spread"), "the spread of a mean", "is too large"),
    },
    "hw1-line": {
        "no side": (
            then("distances = [abs(it) for it in distances]"),
            "the signed distances",
            "have no side",
        ),
        "the sign of the bias": (
            then("moved_bias = -moved_bias"),
            "the bias that moves the line",
            "what must z be on the line",
        ),
    },
    "hw1-gates": {
        "a negative lamp": (
            then("w2, b2 = -w2, -b2"),
            "the network on the eight inputs",
            "is wrong for 8 of 8 inputs",
        ),
        "tight thresholds": (
            swap("b1 = np.array([", "b1 = -0.45 + np.array(["),
            "the network on switches that are not exact",
            "is wrong for",
        ),
        "five units": (
            then("w1, b1, w2 = np.zeros((3, 5)), np.zeros(5), np.zeros(5)"),
            "the network on the eight inputs",
            "with H from 1 to 4",
        ),
        "all tables": (
            then("one_neuron = [True] * 4"),
            "which tables one neuron computes",
            "not right for all four",
        ),
    },
    "hw1-cost": {
        "a sum": (
            swap(" / len(x)", ""),
            "the gradient with respect to b",
            "is the sum over the examples",
        ),
        "no penalty": (
            swap("x.T @ grad_z + ", "x.T @ grad_z + 0 * "),
            "the gradient with respect to w",
            "leaves out the part that holds large weights back",
        ),
        "uphill": (
            swap("w - rate * grad_w, b - rate * grad_b", "w + rate * grad_w, b + rate * grad_b"),
            "the neuron after training",
            "goes uphill",
        ),
        "both mistakes alike": (
            then(
                "def cost_gradient(x, y, w, b):\n"
                "    p = 1 / (1 + np.exp(-(x @ w + b)))\n"
                "    return [x.T @ (p - y) / len(x), (p - y).mean()]"
            ),
            "the gradient with respect to b",
            "takes both kinds of mistakes for equally bad",
        ),
    },
    "hw1-depth": {
        "the inputs are half": (
            then("from_positive = 1 + (from_positive - 1) * 0.9"),
            "one layer on positive inputs",
            "is too small",
        ),
        "the inputs in front": (
            swap("    found = []", "    found = [float((x**2).mean())]"),
            "the measurement, in layers of three units",
            "has the mean square of the input in front",
        ),
        "nothing is added to": (
            swap("x = x + np.where", "x = np.where"),
            "the measurement, in layers of three units",
            "is too",
        ),
    },
    "hw2-hand": {
        "half": (
            then("grad_v = [it / 2 for it in grad_v]"),
            "the gradient with respect to v",
            "lacks the factor 2",
        ),
        "without the input": (
            then("grad_w = [grad_b, grad_b]"),
            "the gradient with respect to W",
            "leaves the input out",
        ),
        "uphill": (
            then("grad_x = [-it for it in grad_x]"),
            "the gradient with respect to x",
            "has the wrong sign",
        ),
    },
    "hw2-layer": {
        "no way past": (
            swap(" * grad_a + grad_u * scale", " * 0 + grad_u * scale"),
            "the gradient with respect to the input",
            "leaves out the way past the activation function",
        ),
        "no inner derivative": (
            swap("grad_u * scale", "grad_u"),
            "the gradient with respect to the input",
            "forgets what x is multiplied by",
        ),
        "a mean": (
            swap("(grad_u * x).sum(axis=0)", "(grad_u * x).mean(axis=0)"),
            "the gradient with respect to the scales",
            "is the mean over the examples",
        ),
        "no factor x": (
            swap("(grad_u * x)", "(grad_u)"),
            "the gradient with respect to the scales",
            "forgets what the scale is multiplied by",
        ),
        "a comparison that is always content": (
            then("def largest_error(*arguments):\n    return 0.0"),
            "your comparison, on gradients that are right or wrong",
            "does not tell right gradients from wrong ones",
        ),
    },
    "hw2-loss": {
        "a sum": (
            swap(" / len(z)", ""),
            "the gradient",
            "is the sum over the batch",
        ),
        "with respect to the mean": (
            swap(" / len(z)", " / len(z) / np.exp(z)"),
            "the gradient",
            "with respect to the mean, not to z",
        ),
        "the mean itself": (
            then("best = np.exp(best)"),
            "the best constant output",
            "which z belongs to it",
        ),
        "the likelihood": (
            swap("return np.mean(", "return -np.mean("),
            "the difference of two losses",
            "not its negative",
        ),
    },
    "hw2-fault": {
        "a test that sees shapes only": (
            then("def tells(backward):\n    return []"),
            "your test, where one gradient is wrong",
            "does not name the gradients that are wrong",
        ),
        "a coarse test": (
            swap("> 1e-5 *", "> 1e-1 *"),
            "your test, where the error is small",
            "does not name the gradients that are wrong",
        ),
        "another line": (
            then("line = 'a' if line != 'a' else 'b'"),
            "the letter of the line",
            "is not the line that causes it",
        ),
    },
    "hw3-steps": {
        "the flat direction": (
            then("largest_rate = 2 * largest_rate"),
            "the largest stable rate",
            "is too large",
        ),
        "no correction": (
            then("adam_one = [3 - 0.02 * 0.1 / 0.001**0.5, 4 - 0.02 * 0.1 / 0.001**0.5]"),
            "the first step of Adam",
            "leaves the corrections of the two averages out",
        ),
        "half the rate": (then("largest_rate /= 2"), "the largest stable rate", "in one step"),
    },
    "hw3-optimizer": {
        "no corrections": (
            swap("**t)", "**1e9)"),
            "the parameters after a later step",
            "leaves the corrections for the first steps out",
        ),
        "uphill": (
            swap("theta = theta - ", "theta = theta + "),
            "the parameters after the first step",
            "goes uphill",
        ),
        "averages anew": (
            swap(
                "        theta, m, v = step(theta, g, m, v, t)",
                "        theta, *_ = step(theta, g, m, v, 1)",
            ),
            "many steps",
            "starts the averages or the count of steps anew",
        ),
    },
    "hw3-split": {
        "people are not looked at": (
            swap('"person": bool(', '"person": bool(0 and '),
            "your test, on a person in both sets",
            "does not name what happens",
        ),
        "never the same seed": (
            swap('"seed": not', '"seed": False and not'),
            "your test, on a split that is not repeatable",
            "does not name what happens",
        ),
        "no split": (
            then("def mended(groups, share, rng):\n    return 1"),
            "the mended split",
            "asked for two arrays of rows",
        ),
    },
    "hw3-compare": {
        "the lead of A": (then("lead = -lead"), "the lead", "is A's lead"),
        "a variance": (
            then("paired = paired**2"),
            "its standard deviation in pairs",
            "is the variance",
        ),
        "without pairs": (
            then("paired = unpaired"),
            "its standard deviation in pairs",
            "is for images that each network reads alone",
        ),
        "one standard deviation": (
            then("needed = needed / 4"),
            "the images needed",
            "asks for one standard deviation",
        ),
        "the best test accuracy": (
            then(
                "def lucky(validation, test):\n"
                "    return [validation.mean(axis=1).max(), test.mean(axis=1).max()]"
            ),
            "the best of many models",
            "takes the best test accuracy",
        ),
    },
    "hw4-carry": {
        "the variance": (
            swap("np.sqrt(held", "(held"),
            "the first weights",
            "divides by the variance",
        ),
        "the mean is forgotten": (
            swap('norm.mean"] @ w1', 'norm.mean"] @ (0 * w1)'),
            "the first biases",
            "leaves out what the mean does to the biases",
        ),
        "the temperature is forgotten": (
            then(
                "one_way = carry\n\n\ndef carry(names, arrays):\n"
                "    held = dict(zip(names, arrays, strict=True))\n"
                "    last = next(held[it] for it in held if it.endswith('1.bias'))\n"
                "    return [*one_way(names, arrays)[:3], last]"
            ),
            "the second biases",
            "does not take the factor of the logits in",
        ),
    },
    "hw4-known": {
        "bits": (
            then("guessing = guessing / np.log(2)"),
            "the loss of guessing",
            "is in bits",
        ),
        "half": (
            then("broadcast = broadcast / 2"),
            "the loss of shapes that do not fit",
            "how far apart are two targets",
        ),
        "the floor is 0": (
            then("twice = 0.0"),
            "the floor under two softmaxes",
            "is out of reach",
        ),
    },
    "hw4-program": {
        "rows are not counted": (
            swap("if sorted(rows) != list(range(50)) or ", "if 0 and "),
            "your tests, on rows that are lost",
            "does not name the wrong functions",
        ),
        "arguments may change": (
            swap(" or not np.array_equal(theta, kept)", ""),
            "your tests, on an update that changes its arguments",
            "does not name the wrong functions",
        ),
        "only the first": (
            then("wrong_ones = wrong_ones[:1]"),
            "the names of the wrong functions",
            "does not name the two",
        ),
    },
    "hw4-loss": {
        "no weights": (
            swap("return c / c.sum()", "c = (c > 0) * 1.0\n    return c / c.sum()"),
            "the loss, where all rows count",
            "leaves the weights of the classes out",
        ),
        "the mean of rows": (
            swap("return c / c.sum()", "return c / len(y)"),
            "its gradient, where all rows count",
            "divides by the number of rows",
        ),
        "no temperature in the slope": (
            then(
                "cool = their_gradient\n\n\ndef their_gradient(z, y):\n"
                "    scale = np.abs(cool(z, y)).max() / np.abs(hot(z, y)).max()\n"
                "    return cool(z, y) / scale\n\n\n"
                "def hot(z, y):\n    c, y = row_weights(y)\n"
                "    return c[:, None] * (np.exp(log_p(z)) - np.eye(z.shape[1])[y])"
            ),
            "its gradient, where all rows count",
            "leaves out the factor that the temperature brings",
        ),
        "overflow": (
            swap("z = z - z.max(axis=1, keepdims=True)", "z = z + 0"),
            "the loss of large logits",
            "holds inf",
        ),
    },
}
