"""Small networks to work by hand: as many as one likes, each with its key and the usual mistakes.

The code of this module stands in the students' notebook, too, so it needs NumPy and mlp only.
"""

import numpy as np

import mlp

MISTAKES = {
    "half": "lacks the factor 2 that the square has",
    "linear": "leaves the slope of the hidden units out",
    "dead": "takes 0 for the slope of a unit below zero, as a ReLU has",
    "before": "takes the sum where the activation belongs",
    "turned": "takes a wrong weight: which weights leave the unit, which ones enter it?",
    "input": "leaves the input out, which the weight is multiplied by",
    "stepped": "uses the output weights after a step, not those of the forward pass",
}


class Network:
    """Two inputs, two hidden units with leaky ReLU, one output without activation function.

    The loss is (prediction - y)². One hidden unit is above zero, the other one below.
    """

    def __init__(self, rng: np.random.Generator):
        self.slope = float(rng.choice([0.1, 0.2, 0.25, 0.4, 0.5]))
        while True:
            x, v = rng.choice([-3, -2, -1, 1, 2, 3], size=(2, 2))
            w = rng.choice([-3, -2, -1, 1, 2, 3], size=(2, 2))
            b = rng.integers(-2, 3, size=2)
            c, y = rng.integers(-3, 4, size=2)
            z = x @ w + b
            error = np.where(z > 0, z, self.slope * z) @ v + c - y
            differ = w[0, 1] != w[1, 0] and abs(v[0]) != abs(v[1]) and abs(x[0]) != abs(x[1])
            if z.min() < 0 < z.max() and 1 <= abs(error) <= 8 and differ:
                break
        self.x, self.w, self.b, self.v = (it.astype(float) for it in (x, w, b, v))
        self.c, self.y = float(c), float(y)

    def answers(self) -> dict[str, np.ndarray]:
        """Return what is right, by name."""
        first, last = mlp.Dense(2, 2), mlp.Dense(2, 1)
        net = mlp.Sequential(first, mlp.LeakyReLU(self.slope), last, dtype=np.float64)
        first.weight, first.bias = self.w, self.b
        last.weight, last.bias = self.v[:, None], [self.c]
        loss = mlp.MeanSquaredError()
        prediction = net(self.x[None])
        loss(prediction, np.array([[self.y]]))
        grad_x = net.backward(loss.backward())
        return {
            "prediction": prediction[0, 0],
            "grad_v": last.weight_grad[:, 0],
            "grad_b": first.bias_grad,
            "grad_w": first.weight_grad,
            "grad_x": grad_x[0],
        }

    def mistakes(self, name: str) -> dict:
        """Return what to say of the usual wrong answers for one name."""
        right = self.answers()
        z = self.x @ self.w + self.b
        error = 2 * (right["prediction"] - self.y)
        if name == "prediction":
            dead = np.maximum(z, 0) @ self.v + self.c
            wrong = {"linear": z @ self.v + self.c, "dead": dead}
        elif name == "grad_v":
            wrong = {"half": right[name] / 2, "before": error * z, "dead": error * np.maximum(z, 0)}
        else:
            slopes = np.where(z > 0, 1, self.slope)
            wrong = {
                "half": right["grad_b"] / 2,
                "linear": error * self.v,
                "dead": error * self.v * (z > 0),
                "stepped": error * (self.v - 0.1 * right["grad_v"]) * slopes,
            }
            if name == "grad_w":
                wrong = {kind: np.outer(self.x, grad_z) for kind, grad_z in wrong.items()}
                wrong["input"] = np.tile(right["grad_b"], (2, 1))
            elif name == "grad_x":
                wrong = {kind: self.w @ grad_z for kind, grad_z in wrong.items()}
                wrong["turned"] = self.w.T @ right["grad_b"]
        return {MISTAKES[kind]: value for kind, value in wrong.items()}

    def check(self, **answers) -> mlp.check.Report:
        """Say of each answer whether it is right, and if not, how it shows."""
        right = self.answers()
        return mlp.check.all_of(
            *(
                mlp.check.value(name, answer, right[name], mistakes=self.mistakes(name))
                for name, answer in answers.items()
            )
        )

    def __repr__(self) -> str:
        rows = [f"{name} = {getattr(self, name).tolist()}" for name in ("x", "w", "b", "v")]
        return "\n".join([*rows, f"c = {self.c}", f"y = {self.y}", f"slope = {self.slope}"])
