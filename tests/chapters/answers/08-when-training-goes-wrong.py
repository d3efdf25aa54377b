"""Chapter 8: wrong answers to the exercises, and what their checks must say of them."""

PROOFS = set()

PASSES = """
def passes(measure):
    y = {}
    outputs = {}
    return {}
"""
RATIO = """
def ratio_of_fall(program):
    eta, (x, y), parameters = {}, examples(10), start(2)
    grads = gradients(program, x, y, parameters)
    stepped = [p - eta * g for p, g in zip(parameters, grads, strict=True)]
    fall = loss_of(parameters, x, y) - loss_of(stepped, x, y)
    promised = eta * sum((g**2).sum() for g in grads)
    return {}
"""
REPAIRED = """
def repaired(x, y, parameters):
    w1, b1, w2, b2 = parameters
    z1 = x @ w1 + b1
    a1 = sigmoid(z1)
    a2 = sigmoid(a1 @ w2 + b2)
    delta2 = {}
    delta1 = {}
    return [x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, {}]
"""
DELTA_1 = "(delta2 @ w2.T) * a1 * (1 - a1)"
DELTA_2 = "2 * (a2 - y) * a2 * (1 - a2) / len(y)"
TWICE = """
def passes_test(line, x, y):
    {}
    return {}
"""
ALONE = """
def passes_alone(predict, net, x):
    return {}
"""
REVIVE = """
def revive(net, x, rng):
    first = net.layers[0]
    dead = np.ptp(hidden(net, x), axis=0) == 0
    new = mlp.he_normal(first.weight.shape, rng, first.weight.dtype)
    {}
    return net
"""
PERMUTED = """
def permutation_test(pipeline, x, y, rng):
    return {}
"""

WRONG = {
    "wrong-ex-nothing": {
        "ten classes": ("loss_three = np.log(10)", "loss_three: 2.303 is too large"),
        "the probability": ("loss_three = 1 / 3", "loss_three: 0.3333 is too small"),
        "the sign of the logarithm": ("loss_three = -np.log(3)", "loss_three: has the wrong sign"),
        "base 2": ("loss_binary = 1.0", "loss_binary: 1.0 is too large"),
        "the variance alone": ("loss_squared = 4", "loss_squared: is that of the answer 5"),
        "the mean alone": ("loss_squared = 25", "loss_squared: lacks the spread"),
        "not squared": ("loss_squared = 27", "loss_squared: 27 is too small"),
        "the answer 1/2": ("loss_constant = np.log(2)", "loss_constant: is that of the answer 1/2"),
        "the errors": ("loss_constant = 0.1", "loss_constant: is the share of wrong answers"),
        "one class alone": (
            "loss_constant = -0.1 * np.log(0.1)",
            "loss_constant: has only the rare class",
        ),
        "bits": ("loss_constant = 0.469", "loss_constant: 0.469 is too large"),
    },
    "wrong-ex-accuracy": {
        "one class": (
            PASSES.format("np.ones(100)", "np.ones((100, 1))", "measure(outputs, y) == 1"),
            "passes: asked for: the program of the task does not pass",
        ),
        "outputs of the wrong shape": (
            PASSES.format("np.arange(100) % 2", "2.0 * y - 1", "measure(outputs, y) == 1"),
            "passes: asked for: the program of the task does not pass",
        ),
        "true and false exchanged": (
            PASSES.format("np.arange(4) % 2", "2.0 * y[:, None] - 1", "measure(outputs, y) < 1"),
            "passes: asked for: the program of the task does not pass",
        ),
        "wrong outputs": (
            PASSES.format("np.arange(4) % 2", "1.0 - 2 * y[:, None]", "measure(outputs, y) == 1"),
            "passes: asked for: a right program passes",
        ),
        "always a half": (
            "def measured(r, s):\n    return 0.5",
            "measured gives 0.5 for every input",
        ),
        "pairs of ones": (
            "def measured(r, s):\n    return r * s",
            "measured: the pairs of two zeros are missing",
        ),
        "pairs that differ": (
            "def measured(r, s):\n    return r * (1 - s) + s * (1 - r)",
            "measured: is the share of pairs that differ",
        ),
        "each with its own": (
            "def measured(r, s):\n    return 1 - abs(r - s)",
            "measured(0.2, 0.1) gives 0.9, asked for 0.74",
        ),
    },
    "wrong-ex-downhill": {
        "upside down": (
            RATIO.format("1e-6", "promised / fall"),
            "ratio_of_fall('sum, not mean') gives 10",
        ),
        "after less before": (
            RATIO.format("1e-6", "-fall / promised"),
            "ratio_of_fall: has the wrong sign",
        ),
        "the length, not squared": (
            RATIO.format("1e-6", "fall / np.sqrt(eta * promised)"),
            "ratio_of_fall('mended') gives 0.17",
        ),
        "the fall alone": (RATIO.format("1e-6", "fall / eta"), "ratio_of_fall('mended') gives"),
        "a large step": (
            RATIO.format("10", "fall / promised"),
            "ratio_of_fall('mended') gives 0.01809",
        ),
    },
    "wrong-ex-friend": {
        "downhill is enough": (
            "def wrong_arrays(gradient):\n    return []",
            'asked for: w1 and b1, if "no derivative 1" is put back',
        ),
        "all or nothing": (
            "def wrong_arrays(gradient):\n"
            "    found = join(gradient(*examples(10), start(2)))\n"
            "    fine = agree(found, slopes(mended, 0, 4)[1])\n"
            "    return [] if fine else ['w1', 'b1', 'w2', 'b2']",
            'asked for: w1 and b1, if "no derivative 1" is put back',
        ),
        "the right ones": (
            "def wrong_arrays(gradient):\n"
            "    return [n for n, r in ratios_of(gradient).items() if agree(r, np.ones(r.shape))]",
            "asked for: none of the mended program",
        ),
        "sizes alone": (
            "def wrong_arrays(gradient):\n"
            "    pairs = ratios_of(gradient).items()\n"
            "    return [n for n, r in pairs if not agree(abs(r), np.ones(r.shape))]",
            "asked for: w2, if only its sign is turned",
        ),
        "the hidden layer as it was": (
            REPAIRED.format(DELTA_2, "(delta2 @ w2.T) * z1 * (1 - z1)", "delta2.sum(axis=0)"),
            "repaired: asked for: w1 agrees with differences",
        ),
        "the bias as it was": (
            REPAIRED.format(DELTA_2, DELTA_1, "delta2.mean(axis=0)"),
            "repaired: asked for: b2 agrees with differences",
        ),
        "mended elsewhere": (
            REPAIRED.format("2 * (a2 - y) * a2 * (1 - a2)", DELTA_1, "delta2.mean(axis=0)"),
            "repaired: asked for: w1 agrees with differences",
        ),
    },
    "wrong-ex-pile": {
        "the same array": (
            TWICE.format(
                "first, second = line.gradient(x, y), line.gradient(x, y)",
                "agree(first, second)",
            ),
            "passes_test: asked for: Line does not pass",
        ),
        "copied too late": (
            TWICE.format(
                "first, second = line.gradient(x, y), line.gradient(x, y)",
                "agree(first.copy(), second.copy())",
            ),
            "passes_test: asked for: Line does not pass",
        ),
        "two objects": (
            TWICE.format(
                "first, second = line.gradient(x, y).copy(), type(line)().gradient(x, y)",
                "agree(first, second)",
            ),
            "passes_test: asked for: Line does not pass",
        ),
        "it must change": (
            TWICE.format(
                "first, second = line.gradient(x, y).copy(), line.gradient(x, y).copy()",
                "agree(second, 2 * first)",
            ),
            "passes_test: asked for: Line does not pass",
        ),
        "a growing rate": ("algorithm = 'a'", "along the newest gradient alone"),
        "Adam": ("algorithm = 'd'", "here nothing is divided"),
        "as it should be": ("multiples = 1, 1, 1", "multiples: nothing would be wrong"),
        "doubled": ("multiples = 1, 2, 4", "multiples: 4 at index [2] is too large"),
    },
    "wrong-ex-company": {
        "another order": (
            ALONE.format("np.array_equal(predict(net, x[::-1]), predict(net, x)[::-1])"),
            "asked for: the program of the task does not pass",
        ),
        "twice the same": (
            ALONE.format("np.array_equal(predict(net, x), predict(net, x))"),
            "asked for: the program of the task does not pass",
        ),
        "the first row stays": (
            ALONE.format("predict(net, x[:2])[0] == predict(net, x[:3])[0]"),
            "asked for: the program of the task does not pass",
        ),
        "true and false exchanged": (
            ALONE.format("not np.array_equal(predict(net, x[:200]), predict(net, x)[:200])"),
            "asked for: the program of the task does not pass",
        ),
        "compared with other rows": (
            ALONE.format("np.array_equal(predict(net, x[:200]), predict(net, x)[200:])"),
            "asked for: a program that scales with numbers of the training set passes",
        ),
        "as if unchanged": ("numerator, denominator = 3, 1", "numerator: 3 is too large"),
    },
    "wrong-ex-rare": {
        "half of them sick": (
            "sick = np.arange(2000) % 2",
            "asked for: about 5 % are sick, in both halves",
        ),
        "the sick come first": (
            "sick = (np.arange(2000) < 100).astype(int)",
            "asked for: about 5 % are sick, in both halves",
        ),
        "a feature that tells": (
            "people = people + sick[:, None]",
            "asked for: the features say nothing about it",
        ),
        "on the training half": (
            "network_right = np.mean(doctor(people[:1000]).argmax(axis=1) == sick[:1000]) - 0.01",
            "network_right: ",
        ),
        "a coin": ("nobody_right = 0.5", "nobody_right: 0.5 is too small"),
        "of all people": ("sick_found = 0.95", "sick_found: 0.95 is too large"),
        "in percent": ("network_right = 95.0", "network_right: 95.0 is too large"),
    },
    "wrong-ex-raise": {
        "the biases are forgotten": (
            REVIVE.format("first.weight[:, dead] = new[:, dead]"),
            "revive: asked for: most dead units answer again",
        ),
        "the biases alone": (
            REVIVE.format("first.weight[:, dead] = 0; first.bias[dead] = 0"),
            "revive: asked for: most dead units answer again",
        ),
        "all units": (
            REVIVE.format("first.weight[:] = new; first.bias[dead] = 0"),
            "revive: asked for: the others keep what leads into them",
        ),
        "all biases": (
            REVIVE.format("first.weight[:, dead] = new[:, dead]; first.bias[:] = 0"),
            "revive: asked for: the others keep what leads into them",
        ),
        "rows for columns": (
            REVIVE.format("first.weight[dead] = new[dead]; first.bias[dead] = 0"),
            "IndexError",
        ),
        "a new start": (
            "def revive(net, x, rng):\n    return network(1)",
            "revive: asked for: the others keep what leads into them",
        ),
        "biases that help": (
            REVIVE.format("first.weight[:, dead] = new[:, dead]; first.bias[dead] = 1"),
            "revive: asked for: the biases of dead units are 0",
        ),
        "what leads out is drawn anew": (
            REVIVE.format(
                "first.weight[:, dead] = new[:, dead]; first.bias[dead] = 0; "
                "net.layers[-1].weight[dead] = 0"
            ),
            "revive: asked for: the second layer is left alone",
        ),
        "not revived": ("patient = dead", "patient: asked for: it reads more than 90 %"),
    },
    "wrong-ex-late": {
        "the smallest": (
            "def wrong_among_worst(net, x, y, flipped):\n"
            "    return flipped[np.argsort(losses_of_rows(net, x, y))[:50]].mean()",
            "wrong_among_worst: looks at the smallest losses",
        ),
        "the other share": (
            "def wrong_among_worst(net, x, y, flipped):\n"
            "    worst = np.argsort(losses_of_rows(net, x, y))[-50:]\n"
            "    return flipped[worst].sum() / flipped.sum()",
            "asked for",
        ),
        "the number": (
            "def wrong_among_worst(net, x, y, flipped):\n"
            "    return flipped[np.argsort(losses_of_rows(net, x, y))[-50:]].sum()",
            "wrong_among_worst: is 50 times what is asked for, everywhere",
        ),
        "the same network twice": (
            "early = late",
            "asked for: late has the smaller loss",
        ),
        "both too early": (
            "late = early",
            "asked for: late has the smaller loss",
        ),
        "exchanged": ("shares = shares[::-1]", "at index [0] is too small"),
        "on the training set": ("scores = 0.8, 1.0", "scores: 1.0 at index [1] is too large"),
    },
    "wrong-ex-permutation": {
        "new coins": (
            PERMUTED.format(
                "pipeline(x, y), [pipeline(x, rng.integers(0, 2, len(y))) for _ in range(19)]"
            ),
            "asked for: the others are scores of the same targets in another order",
        ),
        "twenty": (
            PERMUTED.format("pipeline(x, y), [pipeline(x, rng.permutation(y)) for _ in range(20)]"),
            "asked for: the score with the true targets, and nineteen others",
        ),
        "never shuffled": (
            PERMUTED.format("pipeline(x, y), [pipeline(x, y) for _ in range(19)]"),
            "asked for: the others are scores of the same targets in another order",
        ),
        "shuffled once": (
            "def permutation_test(pipeline, x, y, rng):\n"
            "    true, y = pipeline(x, y), rng.permutation(y)\n"
            "    return true, [pipeline(x, y) for _ in range(19)]",
            "asked for: the others are scores of the same targets in another order",
        ),
        "the true score shuffled": (
            PERMUTED.format(
                "pipeline(x, rng.permutation(y)), "
                "[pipeline(x, rng.permutation(y)) for _ in range(19)]"
            ),
            "asked for: the first score is that of pipeline(x, y)",
        ),
        "with the true targets": (
            "shuffled_honest = 72",
            "shuffled_honest: 72.0 at index [1] is too large",
        ),
        "the leak is not believed": (
            "shuffled_leaky = 50",
            "shuffled_honest: 50.0 at index [0] is too small",
        ),
    },
}
