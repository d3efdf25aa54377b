"""Chapter 1: wrong answers to the exercises, and what their checks must say of them."""

RATE = """
def mistakes_with(rate, x, y, w, b):
    numbers = []
    for _ in range(100):
        for n in range(len(x)):
            error = y[n] - int(x[n] @ w + b > 0)
            if error:
                w, b = {}
                numbers.append(n)
    return numbers
"""

WRONG = {
    "neurons-ex-majority": {
        "the limit itself does not count": (
            "w, b = np.ones(5), -3",
            "majority(0, 0, 1, 1, 1) gives 0, asked for 1",
        ),
        "two are enough": (
            "w, b = np.ones(5), -1.5",
            "majority(0, 0, 0, 1, 1) gives 1, asked for 0",
        ),
        "the sign of the bias": ("w, b = np.ones(5), 2.5", "gives 1 for every input"),
        "one input is forgotten": ("w, b = np.ones(4), -2.5", "raises ValueError"),
    },
    "neurons-ex-rate": {
        "the sign": (
            RATE.format("w - rate * error * x[n], b - rate * error"),
            "with rate 1 from zero",
        ),
        "no rate for the bias": (
            RATE.format("w + rate * error * x[n], b + error"),
            "with rate 0, the same mistakes",
        ),
        "the rate is not used": (
            RATE.format("w + error * x[n], b + error"),
            "with rate 0, the same mistakes",
        ),
        "it holds everywhere": ("elsewhere = 'none'", "a start from which rates 1 and 1/64 differ"),
        "zero itself": ("elsewhere = (0, 0, 0)", "a start from which rates 1 and 1/64 differ"),
        "no bias": ("elsewhere = (3, 3)", "w1, w2 and b are three numbers"),
    },
    "neurons-ex-bump": {
        "other inputs": ("reason = 'c'", "reason: the four inputs are the same"),
        "another limit": ("reason = 'd'", "reason: the proof allows every threshold"),
        "an activation that rises": (
            "def bump(z): return sigmoid(z)\nw_bump, b_bump = (1, 1), -0.5",
            "bump neuron(1, 1) gives 1, asked for 0",
        ),
        "the bump at 0": (
            "def bump(z): return np.exp(-4 * z**2)",
            "bump neuron(0, 0) gives 1, asked for 0",
        ),
        "OR": ("w_product, b_product = (1, 1, 0), -0.5", "product neuron(1, 1) gives 1"),
        "half of the correction": ("w_product = (1, 1, -1)", "product neuron(1, 1) gives 1"),
        "no third weight": ("w_product = (1, 1)", "ValueError"),
    },
    "neurons-ex-three": {
        "too few biases": (
            """found_by_search = {
    tuple((cube @ w + b > 0).astype(int).tolist()): (w, b)
    for *w, b in itertools.product(small, small, small, (-1.5, -0.5, 0.5, 1.5))
}""",
            "asked for: 104 functions; found",
        ),
        "another order of the inputs": (
            "found_by_search = {k[::-1]: v for k, v in found_by_search.items()}",
            "asked for: neurons that give these answers; w = ",
        ),
        "the limit counts": (
            """found_by_search = {
    tuple((cube @ w + b >= 0).astype(int).tolist()): (w, b)
    for *w, b in itertools.product(small, small, small, range(-6, 7))
}""",
            "asked for: neurons that give these answers; w = ",
        ),
        "one epoch": (
            """learned_by_rule = {}
for truth in itertools.product((0, 1), repeat=8):
    learner = mlp.Perceptron(3)
    if learner.fit(cube, np.array(truth), epochs=3)[-1] == 0:
        learned_by_rule[truth] = (learner.weight, learner.bias)""",
            "learned_by_rule: asked for: 104 functions; found",
        ),
        "the functions without neurons": (
            "learned_by_rule = set(learned_by_rule)",
            "learned_by_rule: asked for: neurons",
        ),
    },
    "neurons-ex-truth": {
        "class 0": ("def probability(x): return sigmoid(2 * x[:, 0])", "is that of class 0"),
        "the density of class 1": (
            "def probability(x): return density(x, [-1, 0])",
            "probability(",
        ),
        "the fraction of the densities": (
            "def probability(x): return density(x, [-1, 0]) / density(x, [1, 0])",
            "is one density divided by the other",
        ),
        "the shares of class 0": ("shares = 1 - np.array(shares)", "are those of class 0"),
        "the share of all points": (
            "shares = [y[(x[:, 0] > a) & (x[:, 0] < a + 0.1)].sum() / len(x) for a in "
            "(-1, -0.5, 0, 0.5)]",
            "at index [0] is too small",
        ),
        "too few points": ("shares = [0.9, 0.6, 0.5, 0.3]", "at index [1] is too small"),
    },
    "neurons-ex-pairs": {
        "the right answers": (
            "consecutive = 71 - consecutive",
            "asked for: mistakes on consecutive fifths; for (1, 8) there are [6",
        ),
        "the order of the digits": (
            "consecutive = consecutive[::-1]",
            "asked for: mistakes on consecutive fifths; for (1, 8) there are [",
        ),
        "random ones twice": ("consecutive = random", "asked for: mistakes on consecutive fifths"),
        "no random ones": ("random = consecutive", "asked for: random fifths"),
        "sums": (
            "consecutive = consecutive.sum(axis=1)",
            "five numbers for each of 45 pairs; got (45,) and (45, 5)",
        ),
        "equal ones count": ("more = int((excess >= 0).sum())", "at index [0] is too large"),
        "the other way round": ("more, fewer = fewer, more", "at index [0] is too small"),
        "one pair for both": (
            "hardest = hardest_last",
            "most mistakes on all consecutive fifths; (3, 8) has 17",
        ),
        "the fewest": ("hardest_last = (0, 1)", "on the last fifth; (0, 1) has 0"),
    },
    "neurons-ex-time": {
        "milliseconds": (
            "def spikes_in_a_second(current): return simulate(current)[1] / 1000",
            "a whole number; for 1.1 it gives 0.02",
        ),
        "no leak": (
            "def spikes_in_a_second(current): return round(current / 0.02)",
            "none for 0.5 and 0.95",
        ),
        "coarse steps": (
            "def spikes_in_a_second(current): return simulate(current, time_step=4e-3)[1]",
            "asked for",
        ),
        "the voltage does not fall": (
            "def spikes_in_a_second(current): return 1e5 * (simulate(current)[1] > 0)",
            "for 1.1 it gives 1e+05",
        ),
        "the formula": (
            "def spikes_in_a_second(current): return rate_by_formula(current)",
            "a whole number; for 1.1 it gives 20.85",
        ),
        "another tau": (
            "def spikes_in_a_second(current): return simulate(current, tau=0.2)[1]",
            "asked for",
        ),
    },
    "neurons-ex-tight": {
        "one epoch": (
            """def mistakes_without_bias(x, y):
    w, counted = np.zeros(x.shape[1]), 0
    for x_n, y_n in zip(x, y):
        error = y_n - int(x_n @ w > 0)
        w, counted = w + error * x_n, counted + abs(error)
    return counted""",
            "mistakes_without_bias(",
        ),
        "with a bias": (
            """def mistakes_without_bias(x, y):
    learner = mlp.Perceptron(x.shape[1])
    learner.fit(x, y)
    return learner.mistakes""",
            "mistakes_without_bias(",
        ),
        "all alike": (
            "def worst_case(m): return np.ones((m, 3)), np.ones(m, int), np.ones(3)",
            "asked for: m mistakes; m = 2 gives 1",
        ),
        "all of class 0": (
            "def worst_case(m): return np.eye(m), np.zeros(m, int), -np.ones(m)",
            "asked for: m mistakes; m = 1 gives 0",
        ),
        "another direction": (
            "def worst_case(m): return np.eye(m), np.ones(m, int), np.arange(1, m + 1)",
            "R/γ = √m, with the margin of u; m = 2 gives 2.236",
        ),
        "the wrong side": (
            "def worst_case(m): return np.eye(m), np.ones(m, int), -np.ones(m)",
            "R/γ = √m, with the margin of u; m = 1 gives -1",
        ),
    },
    "neurons-ex-convex": {
        "no division by N": (
            "right = hessian\ndef hessian(w, b, x): return len(x) * right(w, b, x)",
            "is 9 times what is asked for, everywhere",
        ),
        "no bias": (
            "right = hessian\ndef hessian(w, b, x): return right(w, b, x)[:2, :2]",
            "has the shape (2, 2), asked for (3, 3)",
        ),
        "no factor p (1 - p)": (
            """def hessian(w, b, x):
    x = np.column_stack([x, np.ones(len(x))])
    return x.T @ x / len(x)""",
            "the factor p (1 - p) is missing",
        ),
        "the bias first": (
            "right = hessian\ndef hessian(w, b, x): return right(w, b, x)[::-1, ::-1]",
            "hessian(",
        ),
        "the largest": (
            "smallest = np.linalg.eigvalsh(hessian(np.zeros(2), 0.0, clouds[0][0])).max()",
            "smallest: is the largest",
        ),
        "rounded": ("smallest = 0.2", "smallest: 0.2 is too small"),
    },
    "neurons-ex-margin": {
        "no signs": ("v = s[:, None] * v", "v: the signs s are missing"),
        "no ones": ("v = v[:, :-1]", "v: has the shape (288, 64), asked for (288, 65)"),
        "the plain mean": (
            "mixture = np.full(288, 1 / 288)",
            "asked for: sides that differ by less than 1 %; they are",
        ),
        "negative weights": (
            "mixture = np.linalg.lstsq(v.T, c, rcond=None)[0]",
            "asked for: weights that are not negative",
        ),
        "margins": ("low_bound, high_bound = low, high", "at index [1] is too small"),
        "no square": (
            "low_bound, high_bound = low_bound**0.5, high_bound**0.5",
            "at index [1] is too small",
        ),
    },
}
