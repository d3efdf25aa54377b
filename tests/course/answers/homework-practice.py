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
        "no shift": (
            swap(" + 4.1", ""),
            "columns and rows",
            "forgets to add the number",
        ),
    },
    "hw0-vectors": {
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
        "B times A": (
            then(
                "a = [[-3, 4, -3], [0, -4, 3], [0, 3, 4]]\n"
                "product = np.array([[-2, 0, 5], [-1, 4, 4], [2, 0, -4]]) @ a"
            ),
            "the product of two matrices",
            "the order matters",
        ),
        "A times the column": (
            then("row = (np.array([[-3, 4, -3], [0, -4, 3], [0, 3, 4]]) @ [-2, 2, -3]).tolist()"),
            "a row times a matrix",
            "is A times the column",
        ),
        "the dot product": (
            then("cosine = -16"),
            "the angle between two vectors",
            "is the dot product",
        ),
        "a sum": (
            then("distance = 6**0.5"),
            "the distance of two points",
            "is the length of the sum",
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
        "the value": (
            then("cubic = 6 - 3 + 2"),
            "the derivative of a polynomial",
            "is the value of the function",
        ),
        "the constant": (
            then("cubic = 18 - 3 + 2"),
            "the derivative of a polynomial",
            "keeps the constant",
        ),
        "no inner derivative": (
            then("chain = 4 * 6.8**3"),
            "the derivative of a chain",
            "leaves the inner derivative out",
        ),
        "one change": (
            then("change = 42 * 0.05"),
            "a small change",
            "takes only one of the two",
        ),
    },
    "hw0-chances": {
        "base ten": (
            then("exponent = exponent / np.log(10)"),
            "an exponent",
            "takes a logarithm with base 10",
        ),
        "no factor": (
            then("exponent = np.log(66)"),
            "an exponent",
            "leaves the factor of the exponent out",
        ),
        "a quotient adds": (
            then("logarithm = 5 * 2.5 + 0.9"),
            "a logarithm",
            "adds where",
        ),
        "a power": (
            then("logarithm = 2.5**5 - 0.9"),
            "a logarithm",
            "takes a power",
        ),
        "the test's chance": (
            then("ill = 0.83"),
            "a probability after a test",
            "how often the test finds",
        ),
        "both": (
            then("ill = 0.07 * 0.83"),
            "a probability after a test",
            "disease and report together",
        ),
        "the sum": (
            then("spread = 8.6 * 20"),
            "the spread of a mean",
            "is the spread of the sum",
        ),
        "by the number": (
            then("spread = 8.6 / 400"),
            "the spread of a mean",
            "divides by the number",
        ),
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
        "sums": (
            then("distances = [-46, -12, 6]"),
            "the signed distances",
            "are the sums z",
        ),
        "the square of the length": (
            then("distances = [-0.46, -0.12, 0.06]"),
            "the signed distances",
            "squared length",
        ),
        "no bias": (
            then("distances = [-4.2, -0.8, 1.0]"),
            "the signed distances",
            "leave the bias out",
        ),
        "from the old bias": (
            then("moved_bias = 46"),
            "the bias that moves the line",
            "is measured from the given line",
        ),
        "away": (
            then("foot = [3.28, -4.96]"),
            "the nearest point of the line",
            "goes away from the line",
        ),
        "w is not 1 long": (
            then("foot = [11.2, 5.6]"),
            "the nearest point of the line",
            "whose length is not 1",
        ),
        "odds": (
            then("sharper = 19 / 6"),
            "the factor for a given probability",
            "is the odds divided by z",
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
        "the factor one half": (
            swap("0.35 * w", "0.7 * w"),
            "the gradient with respect to w",
            "without the factor one half",
        ),
        "a penalty for the bias": (
            swap("grad_z.sum()]", "grad_z.sum() + 0.35 * b]"),
            "the gradient with respect to b",
            "holds the bias back, too",
        ),
        "costs exchanged": (
            swap("1.1 * (1 - y) * p - 3.5 * y", "3.5 * (1 - y) * p - 1.1 * y"),
            "the gradient with respect to b",
            "exchanges the costs",
        ),
    },
    "hw1-depth": {
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
        "without the input": (
            then("growth = (0.53 * 0.50605) ** 7"),
            "the predicted growth",
            "leaves out what the layer adds to",
        ),
        "a ReLU": (
            then("growth = 1.265**7"),
            "the predicted growth",
            "takes 0 for the slope",
        ),
        "no square": (
            then("growth = (1 + 0.53 * 1.11 / 2) ** 7"),
            "the predicted growth",
            "does not square",
        ),
        "the identity": (
            then("growth = 1.53**7"),
            "the predicted growth",
            "takes the function for the identity",
        ),
        "a sum": (
            then("growth = 1 + 7 * 0.53 * 0.50605"),
            "the predicted growth",
            "it multiplies",
        ),
        "divided by layers": (
            then("v_needed = 11 / 52 / 0.50605"),
            "the variance that is needed",
            "it multiplies",
        ),
        "half of the inputs": (
            then("from_positive = 1 + 0.53 * 0.50605"),
            "one layer on positive inputs",
            "here none is",
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
        "only the way past": (
            swap("-0.36 * grad_a + grad_u * scale", "-0.36 * grad_a"),
            "the gradient with respect to the input",
            "leaves out the way through",
        ),
        "no slope": (
            swap("grad_u = grad_a * (1 - np.tanh(u) ** 2)", "grad_u = grad_a"),
            "the gradient with respect to the shifts",
            "leaves the slope of the activation function out",
        ),
        "one example": (
            swap("grad_u.sum(axis=0)]", "grad_u[0]]"),
            "the gradient with respect to the shifts",
            "takes the first example only",
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
        "one array too many": (
            then("wrong = ['w1', 'b1']"),
            "the gradients that the line makes wrong",
            "are not the ones that differences find",
        ),
    },
    "hw3-steps": {
        "no correction": (
            then("adam_one = [3 - 0.02 * 0.1 / 0.001**0.5, 4 - 0.02 * 0.1 / 0.001**0.5]"),
            "the first step of Adam",
            "leaves the corrections of the two averages out",
        ),
        "half the rate": (then("largest_rate /= 2"), "the largest stable rate", "in one step"),
        "the flat direction": (
            then("largest_rate = 1.0"),
            "the largest stable rate",
            "is right for the flat direction",
        ),
        "no memory": (
            then("after_two = [1.92, 1.44]"),
            "two steps with momentum",
            "has no memory",
        ),
        "damped": (
            then("after_two = [2.28, 2.16]"),
            "two steps with momentum",
            "which mlp.SGD does not",
        ),
        "Nesterov": (
            then("after_two = [1.32, 0.24]"),
            "two steps with momentum",
            "looks ahead",
        ),
        "uphill": (
            then("after_two = [4.62, 8.64]"),
            "two steps with momentum",
            "goes uphill",
        ),
        "the gradient": (
            then("adam_one = [2.88, 3.68]"),
            "the first step of Adam",
            "is a step of gradient descent",
        ),
        "1 / B": (
            then("noise = 0.032"),
            "the noise of another batch size",
            "proportional to 1 / B",
        ),
        "with the batch": (
            then("noise = 0.4 * 12.5**0.5"),
            "the noise of another batch size",
            "grows with the batch",
        ),
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
        "no decay": (
            swap(" + 0.33 * theta)", ")"),
            "the parameters after the first step",
            "leaves the weight decay out",
        ),
        "eps inside": (
            swap("np.cbrt(v_hat) + 0.46", "np.cbrt(v_hat + 0.46)"),
            "the parameters after a later step",
            "adds the small number before the root",
        ),
        "decay in the gradient": (
            lambda code: swap("    m = 0.86", "    g = g + 0.33 * theta\n    m = 0.86")(
                code
            ).replace(" + 0.33 * theta)", ")"),
            "the first average",
            "gets into the averages",
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
        "another line": (
            then("line = 'a'"),
            "the letter of the line",
            "is not the line that causes it",
        ),
        "another fault": (
            then("seen = ['size']"),
            "what happens in the given split",
            "is not what happens",
        ),
        "not mended": (
            then("mended = split"),
            "the mended split",
            "is not a right split yet",
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
        "in pairs": (
            then("unpaired = paired"),
            "its standard deviation without pairs",
            "is for images that both read",
        ),
        "one accuracy": (
            then("unpaired = (0.91 * 0.09 / 500) ** 0.5"),
            "its standard deviation without pairs",
            "of one of the two accuracies",
        ),
        "no square": (
            then("needed = 500 * 2 * paired / lead"),
            "the images needed",
            "not with its square",
        ),
        "both tails together": (
            swap("[0.2, 1 - 0.2]", "[0.1, 1 - 0.1]"),
            "the quantiles by drawing anew",
            "leaves half as much",
        ),
        "the last of ties": (
            swap(
                "validation.mean(axis=1).argmax()",
                "len(validation) - 1 - validation[::-1].mean(axis=1).argmax()",
            ),
            "the best of many models",
            "takes another of several models",
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
        "raw weights": (
            swap(" / spread[:, None]", ""),
            "the first weights",
            "does not take the scaling of the inputs in",
        ),
        "the wrong way round": (
            swap('["model.1.weight"] / 4.2', '["model.1.weight"] * 4.2'),
            "the second weights",
            "the wrong way round",
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
        "equal probabilities": (
            then("constant = np.log(3)"),
            "the best constant answer",
            "is that the best constant",
        ),
        "a sum without shares": (
            then("constant = -np.log([16 / 79, 54 / 79, 9 / 79]).sum()"),
            "the best constant answer",
            "its share times the surprise",
        ),
        "two classes": (
            then("twice = np.log(1 + np.exp(-1))"),
            "the floor under two softmaxes",
            "forgets that the other classes",
        ),
        "shapes that fit": (
            then("broadcast = 0.0"),
            "the loss of shapes that do not fit",
            "would be right if the shapes fitted",
        ),
        "the wrong way": (
            then("rate = 0.95 * 50"),
            "the rate for a sum",
            "goes the wrong way",
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
