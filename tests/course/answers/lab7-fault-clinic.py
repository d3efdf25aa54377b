"""Answers to lab 7, right and wrong."""

SOLUTION = {
    "lab7-cp1": """
def serves_all(batches):
    x = np.arange(10)[:, None]
    y = np.arange(10)
    given = list(batches(x, y, 4, np.random.default_rng(0)))
    x_given = np.concatenate([a for a, _ in given])[:, 0]
    y_given = np.concatenate([b for _, b in given])
    return np.array_equal(x_given, y_given) and sorted(y_given) == list(range(10))


seen = sum(len(b) for _, b in patient_1(x_digits, y_digits, 256, np.random.default_rng(0)))
never_given = len(y_digits) - seen
their_digit = y_digits[seen]
""",
    "lab7-cp2": """
def steps_each_alone(make):
    arrays = [np.ones((2, 3)), np.zeros((2, 3)), np.ones((3, 2))]
    grads = [np.ones((2, 3)), np.full((2, 3), 5.0), np.full((3, 2), 7.0)]
    together = [it.copy() for it in arrays]
    make().step(together, grads)
    for array, grad, result in zip(arrays, grads, together, strict=True):
        alone = array.copy()
        make().step([alone], [grad])
        if not np.allclose(alone, result):
            return False
    return True


_, arrays, grads = arrays_and_gradients(new_network())
together = [it.copy() for it in arrays]
Patient2().step(together, grads)
wrong_at_first = []
for name, array, grad, result in zip(names, arrays, grads, together, strict=True):
    Patient2().step([array], [grad])
    if not np.allclose(array, result):
        wrong_at_first.append(name)
""",
    "lab7-cp3": """
def stops_in_time(stops_after):
    cases = [
        ([5, 6, 4, 5, 3, 4, 2, 3], 2, 8),
        ([5, 4, 9, 8, 7, 6], 2, 4),
        ([3, 4, 5, 6, 7], 3, 4),
    ]
    return all(
        stops_after(losses, patience) == right for losses, patience, right in cases
    )


def waited_in_a_row(losses, patience):
    since = 0
    for epoch in range(1, len(losses)):
        since = 0 if losses[epoch] < min(losses[:epoch]) else since + 1
        if since == patience:
            return epoch + 1


should_stop, does_stop = waited_in_a_row(log, 3), patient_3(log, 3)
""",
    "lab7-extra": """
def sly(x, y, size, rng):
    for first in range(0, len(x), size):
        yield x[first : first + size], y[first : first + size]


def finds_sly(batches):
    def first_batch(rng):
        return next(iter(batches(np.arange(40)[:, None], np.arange(40), 10, rng)))[1].tolist()

    rng = np.random.default_rng(0)
    return first_batch(rng) != first_batch(rng)
""",
}

SERVES = """
def serves_all(batches):
    x, y = np.arange({n})[:, None], np.arange({n})
    given = list(batches(x, y, {size}, np.random.default_rng(0)))
    return {decision}
"""

ALL_CLASSES = "sorted(np.concatenate([b for _, b in given])) == [*range(10)]"

ALONE = """
def steps_each_alone(make):
    arrays, grads = {arrays}, {grads}
    together = [it.copy() for it in arrays]
    make().step(together, grads)
    alone = [it.copy() for it in arrays]
    for array, grad in zip(alone, grads, strict=True):
        make().step([array], [grad])
    return all(np.allclose(a, b) for a, b in zip(alone, together, strict=True))
"""

IN_TIME = """
def stops_in_time(stops_after):
    cases = [{cases}]
    return all(stops_after(losses, patience) == right for losses, patience, right in cases)
"""

WRONG = {
    "lab7-cp1": {
        "full batches only": (
            SERVES.format(
                n=10,
                size=5,
                decision=ALL_CLASSES,
            ),
            "does not pass: the patient",
        ),
        "counts only": (
            SERVES.format(n=10, size=4, decision="sum(len(b) for _, b in given) == 10"),
            "draws each batch anew",
        ),
        "classes alone": (
            SERVES.format(
                n=10,
                size=4,
                decision=ALL_CLASSES,
            ),
            "inputs and classes apart",
        ),
        "asks for the order of the file": (
            SERVES.format(
                n=10,
                size=4,
                decision="given[0][1][0] == 0",
            ),
            "passes: a program with a last batch",
        ),
        "those that are given": ("never_given = n // 256 * 256", "that is what it gives"),
        "first digit": ("their_digit = y_digits[0]", "first in the file"),
    },
    "lab7-cp2": {
        "arrays of different shapes": (
            ALONE.format(
                arrays="[np.zeros((2, 3)), np.zeros(4)]", grads="[np.ones((2, 3)), np.ones(4)]"
            ),
            "does not pass: the patient",
        ),
        "the same shape only": (
            ALONE.format(
                arrays="[np.zeros((2, 3)), np.zeros((2, 3))]",
                grads="[np.zeros((2, 3)), np.zeros((2, 3))]",
            ),
            "does not pass: the patient",
        ),
        "asks for no change": (
            "def steps_each_alone(make):\n"
            "    arrays = [np.zeros(3), np.zeros(3)]\n"
            "    make().step(arrays, [np.ones(3), np.ones(3)])\n"
            "    return np.allclose(arrays[0], 0)",
            "passes: a sound optimizer",
        ),
        "all arrays": ("wrong_at_first = list(names)", "gets a right first step"),
        "one of them": ("wrong_at_first = sorted(truly_wrong())[:1]", "there are more"),
    },
    "lab7-cp3": {
        "never a new lowest": (
            IN_TIME.format(cases="([1, 2, 3, 4, 5], 3, 4)"),
            "does not pass: the patient",
        ),
        "falls each time": (
            IN_TIME.format(cases="([5, 4, 3, 2, 1], 2, 5)"),
            "does not pass: the patient",
        ),
        "no jump": (
            IN_TIME.format(cases="([5, 6, 4, 5, 3, 4], 2, 6), ([3, 4, 5, 6], 2, 3)"),
            "the epoch before",
        ),
        "the last one counts": (
            IN_TIME.format(cases="([5, 6, 4, 5, 3, 4], 2, 5)"),
            "passes: a sound program",
        ),
        "the patient's epoch": ("should_stop = patient_3(log, 3)", "when the patient stops"),
        "the lowest": (
            "should_stop = int(np.argmin(log)) + 1",
            "epoch with the lowest loss",
        ),
    },
    "lab7-extra": {
        "a sound one": ("sly = sound_batches", "ten points worse"),
        "classes of others": ("sly = twice_shuffled", "with its own class"),
        "refuses everything": (
            "sly = sound_batches\n\n\ndef finds_sly(batches):\n    return batches is sly",
            "of another kind passes",
        ),
    },
}
