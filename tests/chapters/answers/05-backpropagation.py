"""Chapter 5: wrong answers to the exercises, and what their checks must say of them."""

PROOFS = set()

WRONG = {
    "backprop-ex-neuron": {
        "the slope of the sigmoid": (
            "slope_w, slope_b, slope_x = -1, -0.5, -0.25",
            "the slope of tanh is not that of the sigmoid",
        ),
        "the sign of the error": (
            "slope_w, slope_b, slope_x = 4, 2, 1",
            "has the wrong sign",
        ),
        "w and x mixed up": (
            "slope_w, slope_b, slope_x = -1, -2, -4",
            "have changed places",
        ),
        "the 2 of the square is missing": (
            "slope_w, slope_b, slope_x = -2, -1, -0.5",
            "is 0.5 times what is asked for",
        ),
    },
    "backprop-ex-shapes": {
        "PyTorch's order": (
            "weight_grad_shapes = [(50, 100), (20, 50), (3, 20)]",
            "they are transposed",
        ),
        "units first": (
            "delta_shapes = [(50, 64), (20, 64), (3, 64)]",
            "rows are for examples",
        ),
        "the slopes in the weights": (
            "delta_shapes = [(100, 50), (50, 20), (20, 3)]",
            "not of weights",
        ),
        "a bias for each example": (
            "bias_grad_shapes = [(64, 50), (64, 20), (64, 3)]",
            "has the shape (3, 2), asked for (3, 1)",
        ),
        "the output is kept": (
            "bytes_kept = 64 * (100 + 50 + 20 + 3) * 4",
            "nothing needs the output",
        ),
        "the input is not kept": (
            "bytes_kept = 64 * (50 + 20) * 4",
            "needs its input",
        ),
        "two passes": (
            "multiplications = 775_680",
            "the slopes in the input are among them",
        ),
        "one example": ("multiplications = 7_120", "that is for one example"),
    },
    "backprop-ex-paths": {
        "all inputs": ("slope_in_first_input = 120", "from all three inputs"),
        "connections": ("slope_in_first_input = 44", "these are the connections"),
        "the sum of the units": ("slope_in_first_input = 12", "along a path multiply"),
        "one": ("slope_in_first_input = 1", "1 is too small"),
    },
    "backprop-ex-residual": {
        "the way around is forgotten": (
            "def grad_x_of(grad_y, w):\n    return grad_y @ w.T",
            "the way around is missing",
        ),
        "a transpose is forgotten": (
            "def grad_x_of(grad_y, w):\n    return grad_y + grad_y @ w",
            "W is not transposed",
        ),
        "the input is added, not its slope": (
            """
class Residual(mlp.Dense):
    def forward(self, x, training=False, out=None):
        return x + super().forward(x)

    def backward(self, grad_y, out=None):
        return 1 + super().backward(grad_y)
""",
            "backward: asked for: the slopes",
        ),
        "no way around in backward": (
            """
class Residual(mlp.Dense):
    def forward(self, x, training=False, out=None):
        return x + super().forward(x)
""",
            "backward: asked for: the slopes",
        ),
        "no way around in forward": ("Residual = mlp.Dense", "forward: asked for: X + XW + b"),
    },
    "backprop-ex-tied": {
        "as if used in the first layer only": (
            """
def tied_gradient(x, w):
    a = np.tanh(x @ w)
    delta2 = 2 / x.size * (a @ w.T - x)
    return x.T @ ((delta2 @ w) * (1 - a**2))
""",
            "the use in the second layer is missing",
        ),
        "as if used in the second layer only": (
            """
def tied_gradient(x, w):
    a = np.tanh(x @ w)
    return (2 / x.size * (a @ w.T - x)).T @ a
""",
            "the use in the first layer is missing",
        ),
        "a mean over the examples": (
            """
def tied_gradient(x, w):
    a = np.tanh(x @ w)
    delta2 = 2 / len(x) * (a @ w.T - x)
    return x.T @ ((delta2 @ w) * (1 - a**2)) + delta2.T @ a
""",
            "D times smaller",
        ),
        "without the slope of tanh": (
            """
def tied_gradient(x, w):
    a = np.tanh(x @ w)
    delta2 = 2 / x.size * (a @ w.T - x)
    return x.T @ (delta2 @ w) + delta2.T @ a
""",
            "is too",
        ),
    },
    "backprop-ex-onesided": {
        "the step of central differences": (
            "def one_sided_step(u, f, f2):\n    return (3 * u * f / f2) ** (1 / 3)",
            "the step of central differences",
        ),
        "the rounding error of central differences": (
            "def one_sided_step(u, f, f2):\n    return (2 * u * f / f2) ** 0.5",
            "is 0.707",
        ),
        "half of the sum": (
            "def one_sided_error(u, f, f2):\n    return (u * f * f2) ** 0.5",
            "is 0.5 times what is asked for",
        ),
    },
    "backprop-ex-adversarial": {
        "against the slopes": (
            """
def attack(net, x, y, eps):
    cross_entropy(net.forward(x), y)
    return np.clip(x - eps * np.sign(net.backward(cross_entropy.backward())), 0, 1)
""",
            "the loss rises",
        ),
        "not clipped": (
            """
def attack(net, x, y, eps):
    cross_entropy(net.forward(x), y)
    return x + eps * np.sign(net.backward(cross_entropy.backward()))
""",
            "pixels stay in [0, 1]",
        ),
        "only the change": (
            """
def attack(net, x, y, eps):
    cross_entropy(net.forward(x), y)
    return eps * np.abs(np.sign(net.backward(cross_entropy.backward())))
""",
            "no pixel changes by more than eps",
        ),
        "the slopes, scaled": (
            """
def attack(net, x, y, eps):
    cross_entropy(net.forward(x), y)
    slopes = net.backward(cross_entropy.backward())
    return np.clip(x + eps * slopes / np.abs(slopes).max(axis=1, keepdims=True), 0, 1)
""",
            "each pixel changes by eps",
        ),
        "in percent": ("under_attack = [86, 59, 5]", "under_attack: 86 at index [0] is too large"),
        "under random signs": (
            "under_attack = [0.95, 0.94, 0.9]",
            "under_attack: 0.9 at index [2] is too large",
        ),
    },
    "backprop-ex-order": {
        "right minus wrong": (
            """
def error_of_delta1(a1, delta2, eta):
    return eta * (delta2 @ (a1.T @ delta2).T) * (1 - a1**2)
""",
            "has the wrong sign",
        ),
        "without the slope of tanh": (
            """
def error_of_delta1(a1, delta2, eta):
    return -eta * delta2 @ (a1.T @ delta2).T
""",
            "the slope of tanh is missing",
        ),
        "without the rate": (
            """
def error_of_delta1(a1, delta2, eta):
    return -(delta2 @ (a1.T @ delta2).T) * (1 - a1**2)
""",
            "not proportional to eta",
        ),
        "found": ("found_by_check_gradients = True", "it tests backward"),
    },
    "backprop-ex-complex": {
        "twice as large": (
            "def truncation_error(h, f3):\n    return h**2 * f3 / 3",
            "is 2 times what is asked for",
        ),
        "one power of h more": (
            "def truncation_error(h, f3):\n    return h**3 * f3 / 6",
            "truncation_error(",
        ),
        "a difference with this step": (
            """
def complex_gradient(f, theta):
    return np.array([(f(theta + 1e-30 * e) - f(theta)) / 1e-30 for e in np.eye(theta.size)])
""",
            "complex_gradient",
        ),
        "a central difference": (
            """
def complex_gradient(f, theta):
    return mlp.numerical_gradient(f, theta)
""",
            "off by",
        ),
        "not divided by h": (
            """
def complex_gradient(f, theta):
    return np.array([f(theta + 1e-30j * e).imag for e in np.eye(theta.size)])
""",
            "is 1e-30 times what is asked for",
        ),
        "all parameters moved at once": (
            """
def complex_gradient(f, theta):
    return f(theta + 1e-30j).imag / 1e-30
""",
            "has the shape ()",
        ),
        "a sum in place of the mean": (
            """
def network_loss(theta, x, classes):
    z = np.tanh(x @ theta[:20].reshape(4, 5) + theta[20:25])
    z = z @ theta[25:40].reshape(5, 3) + theta[40:]
    return (np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(x)), classes]).sum()
""",
            "is 8 times what is asked for",
        ),
        "a loss of real numbers": (
            """
def network_loss(theta, x, classes):
    z = np.tanh(x @ theta[:20].reshape(4, 5) + theta[20:25])
    z = z @ theta[25:40].reshape(5, 3) + theta[40:]
    return float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(x)), classes]).mean())
""",
            "both together: asked for",
        ),
    },
    "backprop-ex-checkpoints": {
        "in reverse order": (
            """
right_one = gradients_with_checkpoints
def gradients_with_checkpoints(x, weights, grad_y, s):
    grads, most, computed = right_one(x, weights, grad_y, s)
    return grads[::-1], most, computed
""",
            "they are in reverse order",
        ),
        "transposed": (
            """
right_one = gradients_with_checkpoints
def gradients_with_checkpoints(x, weights, grad_y, s):
    grads, most, computed = right_one(x, weights, grad_y, s)
    return [grad.T for grad in grads], most, computed
""",
            "gradients(",
        ),
        "everything is kept": (
            """
def gradients_with_checkpoints(x, weights, grad_y, s):
    activations = forward(x, weights, [0] * len(weights))
    return backward(activations, weights, grad_y)[0], len(activations), len(weights)
""",
            "nearly all layers are computed twice",
        ),
        "one checkpoint is forgotten": (
            """
right_one = gradients_with_checkpoints
def gradients_with_checkpoints(x, weights, grad_y, s):
    grads, most, computed = right_one(x, weights, grad_y, s)
    return grads, most - 1, computed
""",
            "all checkpoints and one segment are held",
        ),
        "the first pass is not counted": (
            """
right_one = gradients_with_checkpoints
def gradients_with_checkpoints(x, weights, grad_y, s):
    grads, most, computed = right_one(x, weights, grad_y, s)
    return grads, most, computed - len(weights)
""",
            "nearly all layers are computed twice",
        ),
        "every activation": ("best_s = 1", "that keeps every activation"),
        "one checkpoint": ("best_s = 64", "the whole chain"),
        "a quarter": ("best_s = 16", "16 is too large"),
    },
}
