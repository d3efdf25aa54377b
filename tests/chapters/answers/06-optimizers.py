"""Chapter 6: wrong answers to the exercises, and what their checks must say of them."""

PROOFS = set()

WRONG = {
    "optim-ex-hand": {
        "the limit of the flat direction": ("largest_rate = 2 / 3", "0.99 of it converges"),
        "1 in place of 2": ("largest_rate = 1 / 12", "1.01 of it does not"),
        "one step for the steep direction": (
            "best_rate = 1 / 12",
            "that is best for the steep direction alone",
        ),
        "the mean of the two": ("best_rate = (1 / 3 + 1 / 12) / 2", "is too large"),
        "the condition number": ("shrink_factor = 4", "that is the condition number"),
        "one step too many": ("steps_needed = 15", "not after one less"),
        "one step too few": ("steps_needed = 13", "1000 times closer"),
        "not a whole number": ("steps_needed = 13.5", "13.5 is no whole number"),
    },
    "optim-ex-convention": {
        "as in the paper": ("rate_for_mlp = 0.5", "yours is 10 times as long"),
        "divided in place of multiplied": ("rate_for_mlp = 5", "yours is 100 times as long"),
        "the wrong share": ("rate_for_mlp = 0.45", "yours is 9 times as long"),
    },
    "optim-ex-settings": {
        "with the usual mu, and the root": (
            "fewest_steps, theory_mu = [93, 62], 0.75",
            "fewest_steps: that is with mu = 0.9.\n✗ theory_mu: that is the rate of convergence",
        ),
        "Nesterov first, all stay": (
            "fewest_steps, staying = [30, 23], [0.95, 0.99, 0.999]",
            "30 at index [0] is too large",
        ),
    },
    "optim-ex-center": {
        "without the 2 of the square": ("raw_limit = 2 * 0.0956", "0.99 of it is stable"),
        "1 in place of 2": ("raw_limit = 0.0956 / 2", "1.01 of it is not"),
        "not centered": ("centered_limit = 0.0956", "1.01 of it is not"),
        "not divided by N": ("centered_limit = 1.43 / 1437", "1.01 of it is not"),
    },
    "optim-ex-scaling": {
        "the rate is scaled twice": (
            """
right_one = last_loss
def last_loss(size, rate, seed):
    return right_one(size, rate * size / 64 * 2, seed)
""",
            "last_loss of batches of 64",
        ),
        "the first epoch": (
            """
def last_loss(size, rate, seed):
    return scaling_run(size, rate, seed)[0][0]
""",
            "last_loss of batches of 64",
        ),
        "too early": ("rule_ends_at = 256", "far above that of 64"),
        "not of the four": ("rule_ends_at = 1000", "a batch size of the four"),
    },
    "optim-ex-epsilon": {
        "without the share": (
            "adam_rate, adam_eps = 0.05 * 1e8, 1e8",
            "Adam's is 0.1 times as long",
        ),
        "multiplied by the share": (
            "adam_rate, adam_eps = 0.05 * 1e8 * 0.1, 1e8",
            "Adam's is 0.01 times as long",
        ),
        "the rate of SGD": ("adam_rate, adam_eps = 0.05, 1e8", "times as long"),
        "the usual epsilon": ("adam_rate, adam_eps = 0.05, 1e-8", "adam_eps is huge"),
    },
    "optim-ex-average": {
        "the floor": (
            """
def variance_of_mean(noise, curvature, T):
    return 0.3 * noise / (curvature * (2 - 0.3 * curvature))
""",
            "that is the floor",
        ),
        "one curvature": (
            """
def variance_of_mean(noise, curvature, T):
    return noise / (curvature * T)
""",
            "the curvature counts twice",
        ),
        "the standard deviation": (
            """
def variance_of_mean(noise, curvature, T):
    return (noise / T) ** 0.5 / curvature
""",
            "the standard deviation",
        ),
        "the noise squared": (
            """
def variance_of_mean(noise, curvature, T):
    return noise**2 / (curvature**2 * T)
""",
            "noise is a variance already",
        ),
    },
    "optim-ex-nesterov": {
        "the limit of the heavy ball": (
            "def largest_stable(mu):\n    return 2 + 2 * mu",
            "0.99 of it converges",
        ),
        "1": ("def largest_stable(mu):\n    return 1", "1.01 of it does not"),
        "for mu = 0.9 only": ("def largest_stable(mu):\n    return 3.8 / 2.8", "1.01 of it"),
        "the heavy ball's": (
            """
def best_mu_for(kappa):
    return ((kappa**0.5 - 1) / (kappa**0.5 + 1)) ** 2
""",
            "that is the best of the heavy ball",
        ),
        "the rate": (
            "def best_mu_for(kappa):\n    return 1 - kappa**-0.5",
            "that is the rate of convergence",
        ),
        "without the root": (
            "def best_mu_for(kappa):\n    return (kappa - 1) / (kappa + 1)",
            "best_mu_for(4) gives 0.6, asked for 0.33",
        ),
    },
    "optim-ex-cycle": {
        "the flat part too steep": (
            """
def bent_slope(theta):
    return np.where(theta < 2, 25 * theta, 25 * theta - 24)
""",
            "bent_slope(",
        ),
        "the flat part everywhere above 1": (
            "def bent_slope(theta):\n    return np.where(theta < 1, 25 * theta, theta + 24)",
            "bent_slope(",
        ),
        "it converges": ("cycle_points = [0, 0, 0]", "cycle_points"),
        "in the order of the run": (
            "cycle_points = [2.12, -1.8, 0.65]",
            "cycle_points",
        ),
        "it does not converge": ("descent_end = 0.65", "0.65 is too large"),
    },
    "optim-ex-climb": {
        "it counts only": ("reason = 'a'", "reason: they come twice as often for SGD, too"),
        "the rate": ("reason = 'b'", "reason: the other two have the same rates"),
        "not kept in the interval": (
            """
def last_place(optimizer, steps):
    theta = np.zeros(1)
    for step in range(steps):
        optimizer.step(theta, np.array([3.0 if step % 3 == 0 else -1.0]))
    return float(theta[0])
""",
            "last_place of mlp.SGD(0.05) gives -5, asked for -0.9",
        ),
        "the 3 comes last": (
            """
def last_place(optimizer, steps):
    theta = np.zeros(1)
    for step in range(steps):
        optimizer.step(theta, np.array([3.0 if step % 3 == 2 else -1.0]))
        np.clip(theta, -1, 1, out=theta)
    return float(theta[0])
""",
            "last_place of mlp.SGD gives -1 for every input",
        ),
        "Adam arrives": ("ends_at = [-1, -1, -1]", "ends_at: -1 at index [0] is too small"),
        "only one": ("ends_at = [1]", "has the shape (1,), asked for (3,)"),
    },
}
