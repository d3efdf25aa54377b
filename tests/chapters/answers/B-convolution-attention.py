"""Appendix B: wrong answers to the exercises, and what their checks must say of them."""

WRONG = {
    "structure-ex-count": {
        "as if padded": ("output_shape = (32, 32, 16)", "that would be so with padding"),
        "one place is missing": ("output_shape = (27, 27, 16)", "one place is missing"),
        "without biases": (
            "convolution_parameters = 5 * 5 * 3 * 16",
            "convolution_parameters: the biases are missing",
        ),
        "one channel only": ("convolution_parameters = 26 * 16", "spans all channels"),
        "dense, without biases": (
            "dense_parameters = 32 * 32 * 3 * math.prod(output_shape)",
            "dense_parameters: the biases are missing",
        ),
    },
    "structure-ex-field": {
        "windows side by side": (
            "def field(layers, k):\n    return layers * k",
            "windows of neighbors overlap",
        ),
        "multiplied": (
            "def field(layers, k):\n    return k**layers",
            "a layer does not multiply the width",
        ),
        "one pixel less": (
            "def field(layers, k):\n    return layers * (k - 1)",
            "the first layer adds its whole window",
        ),
    },
    "structure-ex-turned": {
        "the same kernel": (
            "def input_gradient(grad_z, w):\n"
            "    return convolve_line(np.pad(grad_z, len(w) - 1), w)",
            "the kernel has to be another one",
        ),
        "not enough zeros": (
            "def input_gradient(grad_z, w):\n    return convolve_line(grad_z, w[::-1])",
            "has the shape (5,), asked for (9,)",
        ),
        "the wrong sign": (
            "def input_gradient(grad_z, w):\n    return -np.convolve(grad_z, w)",
            "has the wrong sign",
        ),
    },
    "structure-ex-pool": {
        "the mean": (
            "def largest(x, n_channels):\n"
            "    return x.reshape(len(x), -1, n_channels).mean(axis=1)",
            "is the mean over the places",
        ),
        "over the wrong axis": (
            "def largest(x, n_channels):\n    return x.reshape(len(x), n_channels, -1).max(axis=2)",
            "the channels are the last axis",
        ),
        "over the channels": (
            "def largest(x, n_channels):\n    return x.reshape(len(x), -1, n_channels).max(axis=2)",
            "has the shape (2, 4), asked for (2, 3)",
        ),
        "the slope goes everywhere": (
            "def largest_backward(x, n_channels, grad_y):\n"
            "    return np.tile(grad_y, x.shape[1] // n_channels)",
            "not all places get the slope",
        ),
        "shared out": (
            "def largest_backward(x, n_channels, grad_y):\n"
            "    return np.tile(grad_y, x.shape[1] // n_channels) / (x.shape[1] // n_channels)",
            "largest_backward",
        ),
    },
    "structure-ex-self": {
        "not divided": ("def own_score(d):\n    return d", "before the division"),
        "as for others": (
            "def own_score(d):\n    return 1",
            "is its standard deviation over two different items",
        ),
        "a mean of 0": ("def own_score(d):\n    return 0", "own_score gives 0 for every input"),
        "the standard deviation": ("score_of_others = 1", "score_of_others: asked for"),
    },
    "structure-ex-by-hand": {
        "the last item counts, too": ("w_v = w_v / 2", "an output is 0.50 off"),
        "too soft": ("w_q = w_k = np.eye(20, 16)", "it is there in"),
        "numbers for names": (
            "w_q = w_k = 10 * np.eye(20)[:, 4:]",
            "asked for: the largest output at the right number",
        ),
        "transposed": ("w_q, w_k, w_v = w_q.T, w_k.T, w_v.T", "they have the shapes (16, 20)"),
    },
}
