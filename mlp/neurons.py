"""One neuron (chapter 1): a weighted sum, a bias and an activation; and the perceptron's rule."""

from __future__ import annotations

import numpy as np

from mlp import _checks
from mlp.activations import Activation, Identity


class Neuron:
    """One artificial neuron: z = x · w + b, y = φ(z).

    Parameters
    ----------
    weight : array (D,)
        The weights w, copied.
    bias : float
        The bias b.
    activation : Activation, optional
        The activation function φ; `Identity` if left out.

    Attributes
    ----------
    weight : array (D,)
        The vector w.
    bias : float
        The number b.
    weight_grad : array (D,)
        ∂L/∂w, as the last `backward` found it.
    bias_grad : float
        ∂L/∂b.

    Raises
    ------
    ValueError
        If `weight` is not one row of finite numbers.

    Examples
    --------
    A neuron whose sign is the logical AND of two inputs, + for true:

    >>> neuron = Neuron(weight=[1.0, 1.0], bias=-1.5)
    >>> neuron([[0, 0], [0, 1], [1, 0], [1, 1]])
    array([-1.5, -0.5, -0.5,  0.5])
    >>> neuron.distance([[1, 1]]).round(3)
    array([0.354])
    """

    def __init__(self, weight, bias: float = 0.0, activation: Activation | None = None):
        weight = _checks.finite("weight", _checks.real_array("weight", weight))
        if weight.ndim != 1 or weight.size == 0:
            raise ValueError(f"weight must have shape (D,), got {weight.shape}")
        self.weight = weight.copy()
        self.bias = float(_checks.number("bias", bias))
        activation = Identity() if activation is None else activation
        self.activation = _checks.instance("activation", activation, Activation)
        self.weight_grad = np.zeros_like(self.weight)
        self.bias_grad = 0.0
        self._x: np.ndarray | None = None

    def forward(self, x) -> np.ndarray:
        """Return φ(x · w + b), shape (N,), for x of shape (N, D)."""
        self._x = _checks.batch("x", x, self.weight.size, self.weight.dtype)
        return self.activation.forward(self._x @ self.weight + self.bias)

    def backward(self, grad_y) -> np.ndarray:
        """Write ∂L/∂w and ∂L/∂b; return ∂L/∂x, shape (N, D), from ∂L/∂y, shape (N,).

        With δ = ∂L/∂z = ∂L/∂y ⊙ φ'(z): ∂L/∂w = Σ_n δ_n x_n, ∂L/∂b = Σ_n δ_n, ∂L/∂x_n = δ_n w.
        """
        x = _checks.remembered(self, "_x")
        grad_z = self.activation.backward(grad_y)
        self.weight_grad = grad_z @ x
        self.bias_grad = float(grad_z.sum())
        return grad_z[:, None] * self.weight

    def distance(self, x) -> np.ndarray:
        """Return the signed distance (x · w + b) / ‖w‖ of each row to the plane x · w + b = 0.

        Positive on the side that w points to. Shape (N,) for x of shape (N, D).
        """
        length = np.linalg.norm(self.weight)
        if length == 0:
            raise ValueError("weight must not be all zeros: the neuron has no plane")
        x = _checks.batch("x", x, self.weight.size, self.weight.dtype)
        return (x @ self.weight + self.bias) / length

    def __call__(self, x) -> np.ndarray:
        return self.forward(x)

    def __repr__(self) -> str:
        return f"Neuron({self.weight.size} inputs, {self.activation!r})"


class Perceptron:
    """Rosenblatt's perceptron: ŷ = 1 if x · w + b > 0, else 0; it learns from its mistakes.

    After each example (x, y) with y in {0, 1}: w ← w + (y - ŷ) x, b ← b + (y - ŷ). Nothing
    changes when the prediction is right. If a plane through the origin of (x, 1)-space separates
    the classes with margin γ, and every ‖(x, 1)‖ ≤ R, there are at most (R/γ)² mistakes, ever
    (Novikoff).

    Parameters
    ----------
    n_inputs : int
        The number D of inputs.

    Attributes
    ----------
    weight : float64 array (D,)
    bias : float
    mistakes : int
        All corrections made so far.

    References
    ----------
    Rosenblatt (1958), The perceptron, Psychological Review 65(6).
    Rosenblatt (1962), Principles of neurodynamics, Spartan Books (this rule).
    Novikoff (1962), On convergence proofs on perceptrons, Symposium on the Mathematical Theory of
    Automata 12.

    Examples
    --------
    >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> perceptron = Perceptron(2)
    >>> perceptron.fit(x, np.array([0, 1, 1, 1]))    # mistakes in each pass, the last without any
    [1, 2, 1, 0]
    >>> perceptron(x)
    array([0, 1, 1, 1])
    """

    def __init__(self, n_inputs: int):
        self.weight = np.zeros(_checks.count("n_inputs", n_inputs))
        self.bias = 0.0
        self.mistakes = 0

    def forward(self, x) -> np.ndarray:
        """Return the predicted classes, int64 0 or 1, shape (N,), for x of shape (N, D)."""
        x = _checks.batch("x", x, self.weight.size, np.float64)
        return (x @ self.weight + self.bias > 0).astype(np.int64)

    def fit(self, x, y, epochs: int = 100, rng=None) -> list[int]:
        """Learn until a pass makes no mistake, for `epochs` passes at most.

        Parameters
        ----------
        x : array (N, D)
        y : int array (N,) of 0 and 1
        epochs : int
            The largest number of passes; data that no plane separates would go on forever.
        rng : int, numpy.random.Generator or None
            If given, each pass takes the examples in a new random order, else in the order of `x`.

        Returns
        -------
        list of int
            The mistakes made in each pass; the last is 0 if the data were separated.

        Raises
        ------
        ValueError
            If the shapes do not fit or `y` holds anything but 0 and 1.
        """
        x = _checks.batch("x", x, self.weight.size, np.float64)
        y = _checks.as_array("y", y)
        if y.shape != (len(x),) or not np.isin(y, (0, 1)).all():
            raise ValueError(f"y must hold 0 or 1 for each of {len(x)} rows, got {y!r:.60}")
        _checks.count("epochs", epochs)
        order = np.arange(len(x))
        rng = None if rng is None else _checks.generator(rng)
        per_epoch = []
        for _ in range(epochs):
            if rng is not None:
                rng.shuffle(order)
            mistakes = 0
            for i in order:
                error = int(y[i]) - int(x[i] @ self.weight + self.bias > 0)
                if error:
                    self.weight += error * x[i]
                    self.bias += error
                    mistakes += 1
            self.mistakes += mistakes
            per_epoch.append(mistakes)
            if mistakes == 0:
                break
        return per_epoch

    def __call__(self, x) -> np.ndarray:
        return self.forward(x)

    def __repr__(self) -> str:
        return f"Perceptron({self.weight.size})"
