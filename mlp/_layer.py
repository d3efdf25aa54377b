"""What a network asks of a layer: the ground that all layers and activation functions stand on."""

from __future__ import annotations

import copy

import numpy as np

from mlp import _checks


def written_in_place(name: str) -> property:
    """Return a property for the array `_name`: what is assigned is written into that array.

    Other arrays are views of it, or it of them. A new array in its place would leave them behind.
    """
    private = f"_{name}"

    def read(owner) -> np.ndarray:
        return getattr(owner, private)

    def write(owner, values) -> None:
        _checks.write(name, read(owner), values)

    return property(read, write)


class Layer:
    """One step of a network: `forward` computes it, `backward` takes the gradient back through it.

    A layer of your own is a class derived from this one, with these two methods. If it learns
    something, its constructor sets `parameters` to a vector of floats, `forward` reads that vector,
    and `backward` writes ∂L/∂(each of them) into `gradients`. The rest has a default that is right
    for every layer, and slower than need be: say more, and `fit` saves time and memory.

    Attributes
    ----------
    parameters : array (P,)
        What the layer learns. In a network this is a part of the network's vector, and assigning to
        it writes into that part.
    gradients : array (P,)
        ∂L/∂(each parameter), as the last `backward` found it.
    rng : numpy.random.Generator or None
        Where `forward` takes random numbers from, if it needs any; `fit` puts its own here.
    keeps : "input", "output" or None
        Which of them `backward` reads again: it must not be written over until then.
    same_shape : bool
        Whether the output has the shape of the input, whatever that is.
    takes_out : bool
        Whether `forward` and `backward` take ``out=``, an array for the result. If the layer is of
        the `same_shape`, too, `out` may be their own argument: then it is written over.
    d_in : int or None
        The number of inputs, if the layer takes one only.
    d_out : int or None
        The number of outputs, if it is always the same.

    Examples
    --------
    >>> class Scale(Layer):
    ...     def __init__(self, width):
    ...         self.parameters = np.ones(width)
    ...
    ...     def forward(self, x, training=False):
    ...         self.x = x
    ...         return x * self.parameters
    ...
    ...     def backward(self, grad_y):
    ...         self.gradients[:] = (grad_y * self.x).sum(axis=0)
    ...         return grad_y * self.parameters
    >>> from mlp import check_gradients
    >>> check_gradients(Scale(3), np.eye(3)) < 1e-6
    True
    """

    rng: np.random.Generator | None = None
    keeps: str | None = None
    same_shape = False
    takes_out = False
    gives_probabilities = False  # a loss with a softmax or sigmoid inside must not come after it
    d_in: int | None = None
    d_out: int | None = None

    _parameters = _gradients = np.zeros(0, np.float32)
    _in_place = False  # whether `parameters = ...` writes into the vector that is there
    _bound = False  # whether a network holds the parameters

    @property
    def parameters(self) -> np.ndarray:
        return self._parameters

    @parameters.setter
    def parameters(self, values) -> None:
        if self._in_place:
            _checks.write("parameters", self._parameters, values)
            return
        self._parameters = _checks.real_array("parameters", values)
        self._gradients = np.zeros_like(self._parameters)
        self._in_place = True

    @property
    def gradients(self) -> np.ndarray:
        return self._gradients

    @gradients.setter
    def gradients(self, values) -> None:
        if self._in_place:
            _checks.write("gradients", self._gradients, values)
        else:
            self._gradients = values

    def initialize(self, rng=None) -> None:
        """Draw anew from `rng` the parameters that the layer starts with at random."""

    def reseed(self, rng=None) -> None:
        """Take the random numbers of `forward`, if it needs any, from `rng` from now on."""
        if self.rng is not None:
            self.rng = _checks.generator(rng)

    def bind(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Move the layer's parameters, values kept, and gradients into these two vectors."""
        parameters[:] = self._parameters
        self._parameters, self._gradients = parameters, gradients

    def forward(self, x, training: bool = False, out: np.ndarray | None = None) -> np.ndarray:
        """Return the layer's output for a batch `x`, written into `out` if that is given."""
        raise NotImplementedError

    def backward(self, grad_y, out: np.ndarray | None = None) -> np.ndarray:
        """Return ∂L/∂x from ∂L/∂y; write the gradients of the layer's parameters, if it has any."""
        raise NotImplementedError

    def parts(self) -> dict[str, tuple[int, ...]]:
        """Return the names and shapes of the arrays that `parameters` consists of, in order."""
        return {"parameters": self.parameters.shape} if self.parameters.size else {}

    def config(self) -> dict:
        """Return the constructor's arguments, for saving and printing."""
        return {}

    def __call__(self, x) -> np.ndarray:
        return self.forward(x)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, self.config().values()))})"

    def __copy__(self) -> Layer:
        return copy.deepcopy(self)  # two layers with one vector would train each other

    def __setstate__(self, state: dict) -> None:
        vars(self).update(state)
        self._bound = False  # a copy is in no network, unless that is copied, too
