"""Chapter 7: wrong answers to the exercises, and what their checks must say of them."""

PROOFS = set()

MIRRORED = """
def mirrored(batch, rng):
    images = batch.reshape(-1, side, side)
    {}
    return images.reshape(batch.shape)
"""
SAMPLED = """
def sampled_loss(inputs, target, w, p, rng):
    masked = dropout(np.broadcast_to(inputs, (1000, *inputs.shape)), p, rng)
    return {}
"""
OFF_ON = """
def off_on_together(net, images, classes):
    noisy = [net.forward(images, training=True) for _ in range(100)]
    off = mlp.accuracy(net(images), classes)
    on = np.mean([mlp.accuracy(output, classes) for output in noisy])
    return {}
"""

WRONG = {
    "training-ex-error": {
        "the deviation of one image": (
            "deviation = math.sqrt(0.988 * 0.012)",
            "deviation: is 100 times as large as asked for",
        ),
        "the root is missing": (
            "deviation = 0.988 * 0.012 / 10_000",
            "deviation: is the variance",
        ),
        "the shortcut": ("interval = shortcut(9880, 10_000)", "interval: is that of the shortcut"),
        "the interval in percent": (
            "interval = 100 * wilson(9880, 10_000)",
            "interval: 99.0 at index [1] is too large",
        ),
        "only the distance": ("interval = 0.0021", "interval: has the shape ()"),
        "points for a share": (
            "needed = 0.988 * 0.012 / 0.01**2",
            "needed: 0.01 points are the share 0.0001",
        ),
        "n and not its root": ("needed = 10_000 * 10.9", "needed: 109000.0 is too small"),
    },
    "training-ex-three": {
        "the rule for the exact number": (
            "exact = 3 / 360",
            "asked for: no mistake on 360 images has the probability 0.05; "
            "with this error it has 0.0492",
        ),
        "the accuracy for the error": ("exact = 0.05 ** (1 / 360)", "it has 0.0000"),
        "the probability of the opposite": ("exact = 1 - 0.95 ** (1 / 360)", "it has 0.9500"),
        "the end for the accuracy": (
            "upper = wilson(360, 360)[0]",
            "upper: is of the accuracy, not the error",
        ),
        "the other end": ("upper = 1 - wilson(360, 360)[1]", "is too small"),
        "the rule of three": ("upper = 3 / 360", "upper: 0.008333 is too small"),
    },
    "training-ex-mode": {
        "on in place of off": (OFF_ON.format("on, off, off"), "asked for [0.25, 0.375, 0.25]"),
        "the mean of accuracies twice": (
            OFF_ON.format("off, on, on"),
            "asked for [0.25, 0.375, 0.25]",
        ),
        "dropout never on": (OFF_ON.format("off, off, off"), "asked for [0.25, 0.375, 0.25]"),
        "one prediction": (
            OFF_ON.format("off, mlp.accuracy(noisy[0], classes), off"),
            "asked for [0.25, 0.375, 0.25]",
        ),
        "only two numbers": (OFF_ON.format("off, on"), "has the shape (2,), asked for (3,)"),
    },
    "training-ex-random": {
        "the true labels": (
            "random_y = y[split(0)[0][:200]]",
            "asked for: nothing to do with the true classes",
        ),
        "all images": (
            "random_y = np.random.default_rng(0).integers(0, 10, N)",
            "200 classes from 0 to 9",
        ),
        "one class": ("random_y = np.zeros(200, int)", "200 classes from 0 to 9"),
        "trained too briefly": (
            "memorizer = trained(x[rows[:200]], random_y, 0, epochs=5)\n"
            "on_training = mlp.accuracy(memorizer(x[rows[:200]]), random_y)\n"
            "on_validation = mlp.accuracy(memorizer(x[held_out]), y[held_out])",
            "asked for: trained until it can learn no more",
        ),
        "in percent": (
            "on_training = 100.0",
            "on_training: 100.0 is too large",
        ),
        "the loss of other images": (
            "on_validation = mlp.accuracy(memorizer(x[rows[:200]]), y[rows[:200]]) + 0.2",
            "is too large",
        ),
    },
    "training-ex-mirror": {
        "all of them": (
            MIRRORED.format("images = images[:, :, ::-1]"),
            "mirrored: asked for: half of the images are mirrored",
        ),
        "upside down": (
            MIRRORED.format("images[::2] = images[::2, ::-1]"),
            "mirrored: asked for: each image is as it was or mirrored",
        ),
        "one draw for the batch": (
            MIRRORED.format("images = images[:, :, ::-1] if rng.random() < 0.5 else images"),
            "mirrored: asked for: half of the images are mirrored",
        ),
        "the mean of the folds": (
            "gains_mirrored = gains_mirrored.mean()",
            "gains_mirrored: asked for: five differences",
        ),
        "against 60 epochs": (
            "gains_mirrored = gains_mirrored + 100 * (short - plain[0])",
            "gains_mirrored: asked for: in fold 0, the accuracy",
        ),
        "losses for gains": (
            "gains_shifts = -gains_shifts",
            "gains_shifts: asked for: in fold 0, the accuracy",
        ),
    },
    "training-ex-search": {
        "one over the share": ("tries = 20", "the probability is 0.642"),
        "rounded down": ("tries = 58", "the probability is 0.949"),
        "not rounded": ("tries = math.log(0.05) / math.log(0.95)", "is no whole number"),
        "one too many": ("tries = 60", "fewer would do"),
        "uniform": (
            "def draw_rate(rng):\n    return rng.uniform(1e-4, 1e-1)",
            "draw_rate: asked for: as many in each of the three powers of ten",
        ),
        "the exponent of e": (
            "def draw_rate(rng):\n    return np.exp(rng.uniform(-4, -1))",
            "draw_rate: asked for: all between 0.0001 and 0.1",
        ),
        "only the powers themselves": (
            "def draw_rate(rng):\n    return 10.0 ** rng.integers(-4, -1)",
            "draw_rate: asked for: any rate in between",
        ),
        "the exponent": (
            "def draw_rate(rng):\n    return rng.uniform(-4, -1)",
            "draw_rate: asked for: all between 0.0001 and 0.1",
        ),
        "two thirds": ("below = 2 / 3", "below: is that if the exponent is drawn"),
        "in percent": ("below = 9.91", "below: 9.91 is too large"),
        "all tries count": ("on_grid = 9", "counts the tries, not the different values"),
        "as on the grid": ("at_random = 3", "on_grid and at_random: 3 at index [1] is too small"),
    },
    "training-ex-stopping": {
        "upside down": (
            "def decay(rate, steps):\n    return rate * steps",
            "decay: is upside down",
        ),
        "steps alone": (
            "def decay(rate, steps):\n    return 1 / steps",
            "decay(0.01, 500) gives 0.002, asked for 0.2",
        ),
        "the rate on top": (
            "def decay(rate, steps):\n    return rate / steps",
            "decay: does not depend on the rate as it should",
        ),
        "the distance at s = 1": (
            "gap = 0.5 - math.exp(-1)",
            "gap: 0.1321 is too small",
        ),
        "at the end of the range": ("gap = gap * 0.1", "is too small"),
    },
    "training-ex-dropout": {
        "the mean before the square": (
            SAMPLED.format("np.mean(((masked @ w).mean(axis=0) - target) ** 2)"),
            "is the loss without dropout",
        ),
        "the formula of the task": (
            SAMPLED.format(
                "np.mean((inputs @ w - target) ** 2) "
                "+ p / (1 - p) * np.sum(w**2 * np.mean(inputs**2, axis=0))"
            ),
            "the masks: asked for: another generator, another mean",
        ),
        "one mask": (SAMPLED.format("np.mean((masked[0] @ w - target) ** 2)"), "sampled_loss("),
        "no division by 1 - p": (
            SAMPLED.format("np.mean(((1 - p) * masked @ w - target) ** 2)"),
            "sampled_loss(",
        ),
        "p keeps": (
            "def sampled_loss(inputs, target, w, p, rng):\n"
            "    masked = dropout(np.broadcast_to(inputs, (1000, *inputs.shape)), 1 - p, rng)\n"
            "    return np.mean((masked @ w - target) ** 2)",
            "is the loss with another p",
        ),
        "one loss for each example": (
            SAMPLED.format("np.mean((masked @ w - target) ** 2, axis=0)"),
            "has the shape (20,), asked for ()",
        ),
        "the sum of squares": (
            SAMPLED.format("np.sum((masked @ w - target) ** 2) / 1000"),
            "times what is asked for, everywhere",
        ),
    },
    "training-ex-maximum": {
        "a share": ("bound = bound / 100", "bound: is a share, asked for points"),
        "the other logarithm": (
            "bound = 100 * sigma * math.sqrt(2 * math.log10(40))",
            "is too small",
        ),
        "the 2 is missing": (
            "bound = 100 * sigma * math.sqrt(math.log(40))",
            "bound: lacks the 2 under the root",
        ),
        "the lead on A": (
            "excess = won[:, 0, -1].mean() - single.mean()",
            "excess: is the lead over the average network",
        ),
        "the winner of five": (
            "excess = (won[:, 0, 4] - won[:, 1, 4]).mean()",
            "is too small",
        ),
        "B less A": ("excess = -excess", "excess: has the wrong sign"),
    },
}
