"""Chapter 2: wrong answers to the exercises, and what their checks must say of them."""

PARITY = """
def parity_network(n):
    slopes = 2.0 * (-1) ** np.arange(n)
    slopes[0] = 1
    return [np.ones((n, n)), slopes[:, None]], [-np.arange(n), np.zeros(1)]
"""

WRONG = {
    "networks-ex-count": {
        "no biases": ("n_parameters = 109_184", "the biases are missing"),
        "the units": ("n_parameters = 986", "counts the units"),
        "one layer too few": ("n_parameters = 108_736", "too small"),
        "a share of 1": ("output_share = 650 / 109_386", "is a share of 1, not in percent"),
        "the first layer": ("output_share = 92", "too large"),
    },
    "networks-ex-xnor": {
        "XOR": ("w_xnor, b_xnor = [[1], [-2]], [0]", "xnor(0, 0) gives 0"),
        "no bias": ("w_xnor, b_xnor = [[-1], [2]], [0]", "xnor(0, 0) gives 0"),
        "the bias alone": ("w_xnor, b_xnor = [[1], [-2]], [1]", "xnor"),
        "a row": ("w_xnor, b_xnor = [[-1, 2]], [1]", "ValueError"),
    },
    "networks-ex-parity": {
        "the slope of the first piece": (
            PARITY.replace("slopes[0] = 1", ""),
            "asked for: 1 if an odd number of bits is 1, else 0; (0, 1) gives 2",
        ),
        "no changes of slope": (
            PARITY.replace("2.0 *", "1.0 *"),
            "1 if an odd number of bits is 1, else 0; (1, 1) gives 1",
        ),
        "the sign of the biases": (
            PARITY.replace("-np.arange", "np.arange"),
            "1 if an odd number of bits is 1, else 0; (0, 0) gives",
        ),
        "a unit for each sum": (
            """def parity_network(n):
    slopes = 2.0 * (-1) ** np.arange(n + 1)
    slopes[0] = 1
    return [np.ones((n, n + 1)), slopes[:, None]], [-np.arange(n + 1), np.zeros(1)]""",
            "asked for: n hidden units for n bits",
        ),
        "XOR for all n": (
            "def parity_network(n): return [np.ones((n, 2)), [[1], [-2]]], [[0, -1], [0]]",
            "n hidden units for n bits; for n = 3 the shapes are [(3, 2), (2, 1)]",
        ),
    },
    "networks-ex-max": {
        "v only if it is positive": (
            "weights_2 = [np.array([[1, 0, 0], [-1, 1, 0]]), w_out]",
            "of two(",
        ),
        "the minimum": ("weights_2 = [w_in, -w_out]", "of two: has the wrong sign"),
        "two hidden units": (
            "weights_2, biases_2 = [w_in[:, :2], w_out[:2]], [np.zeros(2), np.zeros(1)]",
            "three hidden units for two numbers",
        ),
        "three hidden layers": (
            "weights_4 = [two_in, two_out, w_in, w_out]",
            "two hidden layers for four numbers",
        ),
        "the sum of the winners": (
            "weights_4 = [two_in, two_out @ w_in, np.ones((3, 1))]",
            "of four(",
        ),
        "the units alone": ("architecture = '6-3'", "the widths of the matrices"),
        "layers not collapsed": ("architecture = '4-6-2-3-1'", "the widths of the matrices"),
    },
    "networks-ex-permute": {
        "the rows of w2 stay": (
            "def reordered(w1, b1, w2, order): return w1[:, order], b1[order], w2",
            "reordered: w2 still has the order of before",
        ),
        "the biases stay": (
            "def reordered(w1, b1, w2, order): return w1[:, order], b1, w2[order]",
            "reordered: b1 still has the order of before",
        ),
        "the columns of w2": (
            "def reordered(w1, b1, w2, order): return w1[:, order], b1[order], w2[:, order]",
            "IndexError",
        ),
        "the bias is not scaled": (
            "def rescaled(w1, b1, w2, alpha): return w1 * alpha, b1, w2 / alpha[:, None]",
            "rescaled: b1 is not multiplied",
        ),
        "the outgoing weights are multiplied": (
            "def rescaled(w1, b1, w2, alpha): return w1 * alpha, b1 * alpha, w2 * alpha[:, None]",
            "rescaled: w2 is multiplied",
        ),
        "the outgoing weights stay": (
            "def rescaled(w1, b1, w2, alpha): return w1 * alpha, b1 * alpha, w2",
            "rescaled: w2 is not divided",
        ),
        "nothing happens": ("def reordered(w1, b1, w2, order): return w1, b1, w2", "number 1"),
        "pairs": ("n_orders = 496", "n_orders: is the number of pairs"),
        "with repetition": ("n_orders = 32**32", "a unit could stand in several places"),
        "31!": ("n_orders = math.factorial(31)", "too small"),
    },
    "networks-ex-polynomial": {
        "no factor 2": (
            "def coefficients(w, b, v, c): return v @ w**2, v @ (w * b), v @ b**2 + c",
            "the factor 2 in (p + q)² = p² + 2pq + q² is missing",
        ),
        "no mixed term": (
            "def coefficients(w, b, v, c): return v @ w**2, 0, v @ b**2 + c",
            "the mixed terms 2pq of (p + q)² are missing",
        ),
        "the other order": (
            "def coefficients(w, b, v, c): return v @ b**2 + c, 2 * v @ (w * b), v @ w**2",
            "the polynomial(",
        ),
        "no output bias": (
            "def coefficients(w, b, v, c): return v @ w**2, 2 * v @ (w * b), v @ b**2",
            "the polynomial(",
        ),
    },
    "networks-ex-tower": {
        "no second bias": (
            "tower_biases = [b1, np.array([0]), np.array([0])]",
            "tower(-2.0, -0.75) gives 0.25, asked for 0",
        ),
        "the cross": (
            "tower_weights, tower_biases = [w1, w2], [b1, np.array([0])]",
            "the widths 2-6-1-1; the shapes are [(2, 6), (6, 1)]",
        ),
        "the peaks at 1": (
            "tower_biases = [np.array([0, -1, -2, 0, -1, -2]), b2, np.array([0])]",
            "tower(-0.75, 0.0) gives 0, asked for 0.25",
        ),
        "one layer is enough": ("beyond = 'none'", "a point outside the square"),
        "inside": ("beyond = (0, 0)", "a point outside the square"),
        "too far on both sides": ("beyond = (3, 3)", "a point outside the square"),
    },
    "networks-ex-gray": {
        "binary digits": (
            "def bits(k): return (np.arange(2**k)[:, None] >> np.arange(k)[::-1]) & 1",
            "are the binary digits of the number of the piece",
        ),
        "the last layer first": (
            "right = bits\ndef bits(k): return right(k)[:, ::-1]",
            "bits(2)",
        ),
        "the first units": (
            "right = bits\ndef bits(k): return np.ones_like(right(k))",
            "are all 1",
        ),
        "layers as rows": (
            "right = bits\ndef bits(k): return right(k).T",
            "is the transpose of what is asked for",
        ),
    },
    "networks-ex-symmetry": {
        "the outgoing weights stay": (
            "def exchange(w_in, b, w_out): return w_in[:, [1, 0, 2, 3]], b[[1, 0, 2, 3]], w_out",
            "exchange: w_out is as before",
        ),
        "the biases stay": (
            "def exchange(w_in, b, w_out):\n"
            "    return w_in[:, [1, 0, 2, 3]], b, w_out[[1, 0, 2, 3]]",
            "exchange: b is as before",
        ),
        "rows of the incoming weights": (
            "def exchange(w_in, b, w_out):\n"
            "    return w_in[[1, 0, 2, 3]], b[[1, 0, 2, 3]], w_out[[1, 0, 2, 3]]",
            "exchange(",
        ),
        "a sum over the examples": (
            "right = gradients_of\n"
            "def gradients_of(net, x, y): return [len(x) * it for it in right(net, x, y)]",
            "gradients_of: is 20 times what is asked for, everywhere",
        ),
        "the layer before": (
            "right = gradients_of\n"
            "def gradients_of(net, x, y):\n"
            "    right(net, x, y)\n"
            "    first, middle = net.layers[0], net.layers[2]\n"
            "    return [first.weight_grad, first.bias_grad, middle.weight_grad]",
            "gradients_of(",
        ),
        "downhill": (
            "right = gradients_of\n"
            "def gradients_of(net, x, y): return [-it for it in right(net, x, y)]",
            "gradients_of: has the wrong sign",
        ),
    },
}
