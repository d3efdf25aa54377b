"""Answers to lab 5, right and wrong."""

SOLUTION = {
    "lab5-cp1": """
def log_rates(low, high, steps):
    return low * (high / low) ** (np.arange(steps) / (steps - 1))


def smoothed(losses, beta):
    m, means = 0.0, []
    for t, loss in enumerate(losses, 1):
        m = beta * m + (1 - beta) * loss
        means.append(m / (1 - beta**t))
    return np.array(means)
""",
    "lab5-cp2": """
def tune(score, rates, seeds):
    means = [np.mean([score(rate, seed) for seed in seeds]) for rate in rates]
    best = int(np.argmax(means))
    return rates[best], 0 < best < len(rates) - 1
""",
    "lab5-cp3": """
def lead(first, second):
    difference = second - first
    return difference.mean(), difference.std(ddof=1) / np.sqrt(len(difference))


def verdict(mean, error):
    if abs(mean) <= 2 * error:
        return "cannot tell"
    return "second" if mean > 0 else "first"


race = verdict(*lead(results["SGD"], results["Adam"]))
""",
    "lab5-extra": """
tried_rates = np.geomspace(3e-4, 3, 9)
adam_leads_at = next(rate for rate in tried_rates if lead_of_adam(rate) >= 10)
sgd_leads_at = next(rate for rate in tried_rates[::-1] if lead_of_adam(rate) <= -10)
""",
}

SMOOTHED = """
def smoothed(losses, beta):
    m, means = 0.0, []
    for t, loss in enumerate(losses, 1):
        m = {update}
        means.append({corrected})
    return np.array(means)
"""

TUNE = """
def tune(score, rates, seeds):
    means = [{of_rate} for rate in rates]
    best = int(np.argmax(means))
    return rates[best], {valid}
"""

LEAD = """
def lead(first, second):
    difference = second - first
    return difference.mean(), {error}
"""

VERDICT = """
def verdict(mean, error):
    return {decision}
"""

WRONG = {
    "lab5-cp1": {
        "even distances": (
            "def log_rates(low, high, steps):\n    return np.linspace(low, high, steps)",
            "not the ratios",
        ),
        "high left out": (
            "def log_rates(low, high, steps):\n"
            "    return low * (high / low) ** (np.arange(steps) / steps)",
            "the last rate is not",
        ),
        "not corrected": (
            SMOOTHED.format(update="beta * m + (1 - beta) * loss", corrected="m"),
            "too small at first",
        ),
        "beta with the new loss": (
            SMOOTHED.format(
                update="(1 - beta) * m + beta * loss", corrected="m / (1 - (1 - beta) ** t)"
            ),
            "changed places",
        ),
        "one step too late": (
            SMOOTHED.format(
                update="beta * m + (1 - beta) * loss", corrected="m / (1 - beta ** (t + 1))"
            ),
            "power t + 1",
        ),
    },
    "lab5-cp2": {
        "the luckiest run": (
            TUNE.format(
                of_rate="max(score(rate, seed) for seed in seeds)",
                valid="0 < best < len(rates) - 1",
            ),
            "not of the highest run",
        ),
        "one seed": (
            TUNE.format(of_rate="score(rate, seeds[0])", valid="0 < best < len(rates) - 1"),
            "every seed",
        ),
        "always valid": (
            TUNE.format(of_rate="np.mean([score(rate, seed) for seed in seeds])", valid="True"),
            "low end",
        ),
        "the last one counts": (
            TUNE.format(of_rate="np.mean([score(rate, seed) for seed in seeds])", valid="best > 0"),
            "high end",
        ),
    },
    "lab5-cp3": {
        "not in pairs": (
            LEAD.format(error="np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / len(first))"),
            "not in pairs",
        ),
        "deviation of one run": (LEAD.format(error="difference.std(ddof=1)"), "not of the mean"),
        "n in the denominator": (
            LEAD.format(error="difference.std() / np.sqrt(len(first))"),
            "not n - 1",
        ),
        "whoever is ahead": (
            VERDICT.format(decision='"second" if mean > 0 else "first"'),
            "error of 0.7",
        ),
        "the sign is lost": (
            VERDICT.format(decision='"second" if abs(mean) > 2 * error else "cannot tell"'),
            "-1.0",
        ),
        "who is no method": (
            SOLUTION["lab5-cp3"] + 'race = "Adam"',
            '"first", "second"',
        ),
    },
    "lab5-extra": {
        "a rate that suits both": (
            "adam_leads_at = best_rate['Adam'] * 2",
            "Adam leads by ten points or more; it leads",
        ),
        "a rate at which nothing happens": (
            "sgd_leads_at = 1e-7",
            "SGD leads by ten points or more; it leads",
        ),
        "the other way round": ("sgd_leads_at = best_rate['Adam'] / 3", "it leads by -"),
    },
}
