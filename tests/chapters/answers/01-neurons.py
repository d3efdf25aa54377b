"""Chapter 1: wrong answers to the exercises, and what their checks must say of them."""

PROOFS = {"neurons-ex-rate"}

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
}
