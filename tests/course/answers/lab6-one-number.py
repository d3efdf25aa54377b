"""Answers to lab 6, right and wrong."""

SOLUTION = {
    "lab6-cp1": """
def split(person, share, rng):
    people = np.unique(person)
    drawn = rng.choice(people, round(share * len(people)), replace=False)
    return np.isin(person, drawn)


def shared(person, held_out):
    known = person[~held_out]
    return np.mean(np.isin(person[held_out], known))
""",
    "lab6-cp2": """
def constant(y_train, y_new):
    return np.mean(y_new == np.bincount(y_train).argmax())


def one_question(x, y):
    best, rule = 0.0, None
    for feature in range(x.shape[1]):
        for threshold in np.quantile(x[:, feature], np.linspace(0, 1, 21)):
            for answer in (0, 1):
                above = x[:, feature] > threshold
                right = np.mean(np.where(above, answer, 1 - answer) == y)
                if right > best:
                    best, rule = right, (feature, threshold, answer)
    return rule
""",
    "lab6-cp3": """
def interval(values, person, rng, draws=1000):
    rows_of = [np.flatnonzero(person == name) for name in np.unique(person)]
    means = []
    for _ in range(draws):
        drawn = rng.choice(len(rows_of), len(rows_of))
        rows = np.concatenate([rows_of[i] for i in drawn])
        means.append(values[rows].mean())
    return np.quantile(means, [0.025, 0.975])


lead = 1.0 * right["network"] - right["logistic regression"]
low, high = interval(lead, person[val], np.random.default_rng(0))
claim = "network" if low > 0 else "logistic regression" if high < 0 else "cannot tell"
""",
    "lab6-extra": """
def people_needed(low, high, people, width):
    return int(np.ceil(people * ((high - low) / width) ** 2 - 1e-9))
""",
}

SPLIT = """
def split(person, share, rng):
    people = np.unique(person)
    number = round(share * len(people))
    return {held_out}
"""

QUESTION = """
def one_question(x, y):
    best, rule = 0.0, None
    for feature in range(x.shape[1]):
        for threshold in np.quantile(x[:, feature], np.linspace(0, 1, 21)):
            for answer in {answers}:
                above = x[:, feature] > threshold
                right = np.mean({right})
                if {better}:
                    best, rule = right, (feature, threshold, answer)
    return rule
"""

INTERVAL = """
def interval(values, person, rng, draws=1000):
    rows_of = [np.flatnonzero(person == name) for name in np.unique(person)]
    means = []
    for _ in range(draws):
        rows = {rows}
        means.append(values[rows].mean())
    return np.quantile(means, {ends})
"""

ROWS = "np.concatenate([rows_of[i] for i in rng.choice(len(rows_of), len(rows_of))])"


def shared(what: str) -> str:
    return f"def shared(person, held_out):\n    return {what}"


def constant(what: str) -> str:
    return f"def constant(y_train, y_new):\n    return {what}"


def needed(what: str) -> str:
    return f"def people_needed(low, high, people, width):\n    return {what}"


WRONG = {
    "lab6-cp1": {
        "rows at random": (
            SPLIT.format(held_out="rng.random(len(person)) < share"),
            "all rows of a person on one side",
        ),
        "the names in place of the rows": (
            SPLIT.format(held_out="rng.choice(people, number, replace=False)"),
            "True or False for each row",
        ),
        "the first people": (
            SPLIT.format(held_out="np.isin(person, people[:number])"),
            "with another generator",
        ),
        "drawn with replacement": (
            SPLIT.format(held_out="np.isin(person, rng.choice(people, number))"),
            "25 of 50 people",
        ),
        "people counted": (
            shared("np.mean(np.isin(np.unique(person[held_out]), person[~held_out]))"),
            "people, not rows",
        ),
        "from the training rows": (
            shared("np.mean(np.isin(person[~held_out], person[held_out]))"),
            "wrong way round",
        ),
    },
    "lab6-cp2": {
        "the class of the new rows": (
            constant("max(np.mean(y_new), 1 - np.mean(y_new))"),
            "most frequent in y_new",
        ),
        "the share in the training set": (
            constant("max(np.mean(y_train), 1 - np.mean(y_train))"),
            "share in y_train",
        ),
        "one direction": (
            QUESTION.format(
                answers="(1,)",
                right="np.where(above, answer, 1 - answer) == y",
                better="right > best",
            ),
            "class 1 is low",
        ),
        "the last rule": (
            QUESTION.format(
                answers="(0, 1)",
                right="np.where(above, answer, 1 - answer) == y",
                better="right > 0.5",
            ),
            "best rule, where class 1 is high in feature 2; yours has",
        ),
        "the answer left out": (
            QUESTION.format(answers="(0, 1)", right="above == y", better="right > best"),
            "the best rule",
        ),
    },
    "lab6-cp3": {
        "rows drawn": (
            INTERVAL.format(rows="rng.choice(len(values), len(values))", ends="[0.025, 0.975]"),
            "10 equal rows, as wide as for 60 coins; yours is 0.3",
        ),
        "without replacement": (
            INTERVAL.format(
                rows="np.concatenate([rows_of[i] for i in rng.permutation(len(rows_of))])",
                ends="[0.025, 0.975]",
            ),
            "yours is 0.00 times",
        ),
        "5 % on each side": (INTERVAL.format(rows=ROWS, ends="[0.05, 0.95]"), "yours is 0.8"),
        "from the least to the greatest": (
            INTERVAL.format(rows=ROWS, ends="[0, 1]"),
            "yours is 1.",
        ),
        "no claim": ('claim = "the network is better"', "or"),
    },
    "lab6-extra": {
        "twice as many": (
            needed("np.ceil(people * (high - low) / width)"),
            "does not mean twice as many",
        ),
        "half the width": (
            needed("np.ceil(people * ((high - low) / 2 / width) ** 2)"),
            "half of the width",
        ),
        "rounded down": (
            needed("int(people * ((high - low) / width) ** 2)"),
            "rounded down",
        ),
    },
}
