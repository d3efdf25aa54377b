"""Chapter 9: wrong answers to the exercises, and what their checks must say of them."""

# A path of 20 steps by NumPy; the line in the middle is a step of another optimizer.
PATH = """
net, adam_path, m, v = plain(dtype=np.float64), [], 0, 0
for t, rows in enumerate(batches[:20], start=1):
    g = in_mlp(net, x64[rows], digits.y_train[rows])[1]
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    net.parameters[:] -= 1e-3 * {}
    adam_path.append(net.parameters.copy())
"""

WRONG = {
    "frameworks-ex-count": {
        "off": ("reason = 'a'", "reason: a layer that is switched off would keep"),
        "no name of a choice": ("reason = 'it is off'", 'asked for one of "a", "b", "c"'),
        "no biases": ("n_parameters = 784 * 128 + 128 * 10", "the biases are missing"),
        "biases of the hidden units only": (
            "n_parameters = 785 * 128 + 128 * 10",
            "the biases of one layer are missing",
        ),
        "of the small digits": (
            "n_parameters = mlp_classifier(0).parameters.size",
            "that is for digits of 8×8 pixels",
        ),
        "dropout counted": ("n_parameters = 785 * 128 + 129 * 10 + 128", "is too large"),
    },
    "frameworks-ex-eval": {
        "the switch was never forgotten": (
            "noisy = np.array([quiet] * 20)",
            "asked for: 20 noisy calls that differ",
        ),
        "scores, not answers": ("quiet = np.eye(10)[quiet]", "the shapes are (360, 10)"),
        "not trained": ("quiet = np.zeros(360)", "it reads 10%"),
        "the sign": ("lost_points = -lost_points", "lost_points: has the wrong sign"),
        "a share": ("lost_points /= 100", "is too small"),
        "a share of the images": ("n_changed = n_changed / 360", "is too small"),
        "wrong at least once": (
            "n_changed = (noisy != digits.y_test).any(axis=0).sum()",
            "is too large",
        ),
    },
    "frameworks-ex-silu": {
        "SiLU itself": (
            "def slope_in_torch(z):\n"
            "    tensor = torch.tensor(z)\n"
            "    return tensor / (1 + torch.exp(-tensor))",
            "slope_in_torch: that is SiLU itself, not its derivative",
        ),
        "still a part of the graph": (
            "def slope_in_torch(z):\n"
            "    tensor = torch.tensor(z, requires_grad=True)\n"
            "    return tensor / (1 + torch.exp(-tensor))",
            "Use tensor.detach().numpy() instead",
        ),
        "the mean": (
            "def slope_in_torch(z):\n"
            "    tensor = torch.tensor(z, requires_grad=True)\n"
            "    (tensor / (1 + torch.exp(-tensor))).mean().backward()\n"
            "    return tensor.grad",
            "slope_in_torch: is 0.009901 times what is asked for, everywhere",
        ),
        "the sigmoid": (
            "def slope_in_jax(z):\n"
            "    return jax.vmap(jax.grad(lambda z: 1 / (1 + jnp.exp(-z))))(z)",
            "slope_in_jax(an array of shape (101,))",
        ),
        "without vmap": (
            "def slope_in_jax(z):\n    return jax.grad(lambda z: z / (1 + jnp.exp(-z)))(z)",
            "raises TypeError",
        ),
    },
    "frameworks-ex-carry": {
        "another network": ("carried = keras_plain(plain())", "one differs by"),
        "the weights reshaped, not transposed": (
            "arrays = [p.detach().numpy() for p in trained.parameters()]\n"
            "carried.set_weights([\n"
            "    a.reshape(a.shape[::-1]) for a in arrays])",
            "one differs by",
        ),
        "before the training": (
            "trained = torch_plain(plain())\ncarried = keras_plain(plain())",
            "asked for: two epochs of training; the model of PyTorch reads",
        ),
        "not carried": ("carried = trained", "asked for: a model of PyTorch and one of Keras"),
    },
    "frameworks-ex-prefix": {
        "not wrapped": ("wrapped = torch_plain(plain(seed=3))", "the first one is '0.weight'"),
        "in a Sequential": (
            "wrapped = nn.Sequential(torch_plain(plain(seed=3)))",
            "the first one is '0.0.weight'",
        ),
        "lstrip, which strips letters": (
            "def without_prefix(state):\n"
            "    return {name.lstrip('module.'): w for name, w in state.items()}",
            "it gives ['weight', 'tput.bias']",
        ),
        "replaced everywhere": (
            "def without_prefix(state):\n"
            "    return {name.replace('module.', ''): w for name, w in state.items()}",
            "it gives ['weight', 'output.bias']",
        ),
        "the dot is left": (
            "def without_prefix(state):\n"
            "    return {name.removeprefix('module'): w for name, w in state.items()}",
            "it gives ['.0.weight'",
        ),
    },
    "frameworks-ex-adam": {
        "no correction": (PATH.format("m / (np.sqrt(v) + 1e-8)"), "step 1 is off by 2e-03"),
        "epsilon inside of the root": (
            PATH.format("m / (1 - 0.9**t) / np.sqrt(v / (1 - 0.999**t) + 1e-8)"),
            "asked for: the path of mlp.Adam on the first 20 batches",
        ),
        "the epsilon of Keras": (
            PATH.format("m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)"),
            "asked for: the path of mlp.Adam on the first 20 batches",
        ),
        "the start as step 0": ("adam_path = adam['mlp'][1:21]", "step 1 is off by 1e-03"),
        "in float32": (
            "adam_path = adam32['mlp'][:20]",
            "to the rounding of float64, not of float32",
        ),
        "the end only": ("adam_path = adam_path[-1]", "its shape is (9610,)"),
    },
    "frameworks-ex-shares": {
        "the half is forgotten": (
            "plain_counts = 1 / 20, 1 / 12",
            "20 and 12 of them make 2",
        ),
        "alike": (
            "plain_counts = 1 / 32, 1 / 32",
            "asked for: the plain mean of the two gradients",
        ),
        "exchanged": (
            "share_weights = 12 / 32, 20 / 32",
            "asked for: the gradient of the batch",
        ),
        "of sums": ("share_weights = 1 / 32, 1 / 32", "they make 0.0625"),
        "the plain mean": ("share_weights = 1 / 2, 1 / 2", "asked for: the gradient of the batch"),
    },
    "frameworks-ex-curvature": {
        "the slope along v": (
            "def hessian_times(loss, theta, v):\n    return jax.jvp(loss, (theta,), (v,))[1]",
            "hessian_times: that is the slope along v, a single number",
        ),
        "the gradient, not its derivative": (
            "def hessian_times(loss, theta, v):\n"
            "    return jax.jvp(jax.grad(loss), (theta,), (v,))[0]",
            "for every input",
        ),
        "the length of H v": (
            "def power_iteration(times, v):\n"
            "    for _ in range(100):\n"
            "        v = v / np.linalg.norm(v)\n"
            "        v = times(v)\n"
            "    return np.linalg.norm(v)",
            "power_iteration: the sign is missing",
        ),
        "one step": (
            "def power_iteration(times, v):\n"
            "    v = v / np.linalg.norm(v)\n"
            "    return v @ times(v)",
            "power_iteration(",
        ),
        "one over the curvature": (
            "def largest_rate(eigenvalue):\n    return 1 / eigenvalue",
            "asked for: with 1.01 of it, each step enlarges w",
        ),
        "twice the curvature": (
            "def largest_rate(eigenvalue):\n    return 2 * eigenvalue",
            "asked for: with 0.99 of it, each step of descent shrinks w",
        ),
    },
}
