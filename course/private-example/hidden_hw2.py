"""Further hidden tests of homework 2. Their points are added to the total."""

import numpy as np

from course.homework.assignment import Check, equals


def checks(assignment):
    """Return them; the assignment is the variant of this course."""
    z, y = np.array([0.3, 0.3]), np.array([2.0, 2.0])
    return [
        Check(
            task="hw2-loss",
            name="the same example twice",
            points=2,
            call="nll(z, y) - nll(z[:1], y[:1])",
            inputs={"z": z, "y": y},
            judge=equals(0.0),
        )
    ]
