"""Feedforward networks (chapter 2): layers, and layers in sequence.

Rows are examples: x is (N, D_in), a weight matrix (D_in, D_out), and y = x W + b. Shapes that do
not fit, and `backward` before `forward`, raise ValueError.
"""

from __future__ import annotations

import copy

import numpy as np

from mlp import _checks
from mlp._layer import Layer, written_in_place
from mlp._matmul import matmul
from mlp.initializers import glorot_uniform


class Dense(Layer):
    """A fully connected layer: y = x W + b.

    PyTorch's ``Linear`` stores the transpose, (D_out, D_in), and computes x Wᵀ + b; Keras'
    ``Dense`` stores W as it is here.

    Parameters
    ----------
    d_in, d_out : int
        The numbers of inputs and outputs.
    initializer : function
        One of `mlp.initializers`, for W. The biases start at 0.
    rng : int, numpy.random.Generator or None
        For the initializer; `Sequential(..., rng=)` draws the weights anew.
    dtype : float32 or float64

    Attributes
    ----------
    weight : array (D_in, D_out)
        The matrix W. Assigning to it, or to one of the next three, writes into the array that is
        there.
    bias : array (D_out,)
        The vector b.
    weight_grad : array (D_in, D_out)
        ∂L/∂W, as the last `backward` found it.
    bias_grad : array (D_out,)
        ∂L/∂b.

    Examples
    --------
    >>> layer = Dense(2, 1)
    >>> layer.weight[:] = [[1], [2]]
    >>> layer([[3, 4], [0, 0]])
    array([[11.],
           [ 0.]], dtype=float32)
    """

    weight = written_in_place("weight")
    bias = written_in_place("bias")
    weight_grad = written_in_place("weight_grad")
    bias_grad = written_in_place("bias_grad")
    keeps = "input"
    takes_out = True
    _x: np.ndarray | None = None

    def __init__(
        self, d_in: int, d_out: int, initializer=glorot_uniform, rng=None, dtype=np.float32
    ):
        self.d_in = _checks.count("d_in", d_in)
        self.d_out = _checks.count("d_out", d_out)
        if isinstance(initializer, Layer):
            raise TypeError(
                f"initializer must be one of mlp.initializers, got {initializer!r}; an activation "
                "is a layer of its own, after this one"
            )
        self.initializer = _checks.function("initializer", initializer)
        size = (self.d_in + 1) * self.d_out
        self._parameters = np.zeros(size, _checks.floating(dtype))
        self.bind(self._parameters, np.zeros_like(self._parameters))
        self.initialize(rng)
        self._in_place = True

    def initialize(self, rng=None) -> None:
        """Draw W anew from the initializer and set b to 0."""
        rng = None if rng is None else _checks.generator(rng)
        try:
            weight = self.initializer((self.d_in, self.d_out), rng, self._weight.dtype)
        except TypeError as error:
            raise TypeError(
                "initializer must be a function of (shape, rng, dtype) such as mlp.he_normal, got "
                f"{self.initializer!r:.60}: {error}"
            ) from error
        _checks.write("initializer(shape, rng, dtype)", self._weight, weight)
        self._bias[:] = 0

    def bind(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Move W and b, values kept, and their gradients into these vectors: W first, by rows."""
        super().bind(parameters, gradients)
        split, shape = self.d_in * self.d_out, (self.d_in, self.d_out)
        self._weight, self._bias = parameters[:split].reshape(shape), parameters[split:]
        self._weight_grad, self._bias_grad = gradients[:split].reshape(shape), gradients[split:]

    def parts(self) -> dict[str, tuple[int, ...]]:
        """Return {"weight": (D_in, D_out), "bias": (D_out,)}: the parameters, in order."""
        return {"weight": self._weight.shape, "bias": self._bias.shape}

    def forward(self, x, training: bool = False, out: np.ndarray | None = None) -> np.ndarray:
        """Return y = x W + b, shape (N, D_out), for x of shape (N, D_in)."""
        x = _checks.real_array("x", x, self._weight.dtype)
        if x.ndim != 2 or x.shape[1] != self.d_in:
            raise ValueError(f"x must have shape (N, {self.d_in}) for {self!r}, got {x.shape}")
        self._x = x
        y = matmul(x, self._weight, out=out)
        y += self._bias
        return y

    def backward(self, grad_y, out: np.ndarray | None = None) -> np.ndarray:
        """Write ∂L/∂W and ∂L/∂b and return ∂L/∂x = ∂L/∂y Wᵀ, shape (N, D_in)."""
        grad_y = self.parameter_gradients(grad_y)
        return matmul(grad_y, self._weight.T, out=out)

    def parameter_gradients(self, grad_y) -> np.ndarray:
        """Write ∂L/∂W = xᵀ ∂L/∂y and ∂L/∂b = Σ_n ∂L/∂y_n: all that the first layer needs."""
        x = _checks.remembered(self, "_x")
        grad_y = _checks.real_array("grad_y", grad_y, x.dtype)
        _checks.shape("grad_y", grad_y, (len(x), self.d_out))
        matmul(x.T, grad_y, out=self._weight_grad)
        # The sum over rows as a product with ones: twice as fast as np.sum(axis=0).
        matmul(np.ones(len(x), x.dtype), grad_y, out=self._bias_grad)
        return grad_y

    def config(self) -> dict:
        return {"d_in": self.d_in, "d_out": self.d_out}

    def __getstate__(self) -> dict:
        views = ("_weight", "_bias", "_weight_grad", "_bias_grad")
        return {name: value for name, value in vars(self).items() if name not in views}

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self.bind(self._parameters, self._gradients)  # views of the copy, not copies of the views


class Dropout(Layer):
    """In training, zero each number with probability p and divide the others by 1 - p.

    The expectation of the output is the input, so prediction needs no correction.

    Parameters
    ----------
    p : float in [0, 1)
        Rounded to a multiple of 1/256, from 0 to 255/256, for mask and scale: up to 1/512 it is 0,
        and nothing is dropped. So one random byte decides about a number, which is cheaper
        than a random float.
    rng : int, numpy.random.Generator or None
        For the masks; `Sequential` and `fit` put their own here if they are given one.

    References
    ----------
    Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting,
    Journal of Machine Learning Research 15.

    Examples
    --------
    >>> y = Dropout(0.5, rng=0).forward(np.ones((9, 9)), training=True)
    >>> np.unique(y)
    array([0., 2.])
    """

    same_shape = True
    takes_out = True
    _mask: np.ndarray | None = None
    _like: np.ndarray | None = None

    def __init__(self, p: float, rng=None):
        self.p = p
        self.rng = _checks.generator(rng)

    @property
    def p(self) -> float:
        return self._p

    @p.setter
    def p(self, p: float) -> None:
        self._p = _checks.number("p", p, 0, 1, open_high=True)
        self._threshold = min(round(256 * self._p), 255)
        self._scale = 256 / (256 - self._threshold)

    def forward(self, x, training: bool = False, out: np.ndarray | None = None) -> np.ndarray:
        """Return x, or in training x ⊙ mask / (1 - p) with a new random mask."""
        x = _checks.real_array("x", x)
        self._like, self._mask = x, None
        if not training or self._threshold == 0:
            return np.positive(x, out=out)
        random_bytes = np.frombuffer(self.rng.bytes(x.size), np.uint8).reshape(x.shape)
        self._mask = random_bytes >= self._threshold
        y = np.multiply(x, self._mask, out=out)
        y *= self._scale
        return y

    def backward(self, grad_y, out: np.ndarray | None = None) -> np.ndarray:
        """Return ∂L/∂y ⊙ mask / (1 - p), with the mask of the last `forward`."""
        grad_y = _checks.same_shape("grad_y", grad_y, _checks.remembered(self, "_like"))
        if self._mask is None:
            return np.positive(grad_y, out=out)
        grad_x = np.multiply(grad_y, self._mask, out=out)
        grad_x *= self._scale
        return grad_x

    def config(self) -> dict:
        return {"p": self.p}


class Sequential:
    """Layers one after another, with all their parameters in one vector.

    Parameters
    ----------
    *layers : Layer
        Activations are layers, too.
    rng : int, numpy.random.Generator or None
        If given, all weights are drawn anew from it, and dropout takes its masks from it; else the
        layers keep the weights and the generators that they have.
    dtype : float32 or float64

    Attributes
    ----------
    layers : tuple
    parameters : array (P,)
        All parameters θ, layer by layer, W before b. The layers hold views of it: to change one is
        to change the other, and assigning to it writes into the array that is there. So a layer
        with parameters can be in one network only. A copy of a network, or a pickle, has its own.
    gradients : array (P,)
        ∂L/∂θ, in the same order and held in the same way.

    Examples
    --------
    >>> from mlp import ReLU
    >>> net = Sequential(Dense(64, 32), ReLU(), Dense(32, 10), rng=0)
    >>> net.parameters.shape == (64 * 32 + 32 + 32 * 10 + 10,)
    True
    """

    parameters = written_in_place("parameters")
    gradients = written_in_place("gradients")

    def __init__(self, *layers, rng=None, dtype=np.float32):
        _check_layers(layers)
        dtype = _checks.floating(dtype)
        rng = None if rng is None else _checks.generator(rng)
        self._layers = layers
        self._parameters = np.zeros(sum(layer.parameters.size for layer in layers), dtype)
        self._gradients = np.zeros_like(self._parameters)
        self._bind()
        if rng is not None:
            for layer in layers:
                layer.initialize(rng)
                layer.reseed(rng)

    def _bind(self) -> None:
        """Make each layer's parameters and gradients a part of the network's."""
        end = 0
        for layer in self._layers:
            start, end = end, end + layer.parameters.size
            if end > start:
                vectors = self._parameters[start:end], self._gradients[start:end]
                layer._in_place = False  # in a bind of a reader's own, `parameters` is assigned to
                layer.bind(*vectors)
                layer._parameters, layer._gradients = vectors
                layer._in_place = True
            layer._bound = end > start or layer.rng is not None

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self._layers

    @property
    def dtype(self) -> np.dtype:
        """The type of the parameters and of everything computed from them."""
        return self._parameters.dtype

    @property
    def d_in(self) -> int | None:
        """The number of inputs, that of the first layer with a fixed one; None if any will do."""
        for layer in self._layers:
            if layer.d_in is not None or not layer.same_shape:
                return layer.d_in
        return None

    def forward(self, x, training: bool = False) -> np.ndarray:
        """Return the network's output for a batch x of shape (N, D_in), not empty, all finite."""
        y = _checks.batch("x", x, self.d_in, self.dtype)
        for layer in self._layers:
            y = layer.forward(y, training)
        return y

    def backward(self, grad_y) -> np.ndarray:
        """Write all of ∂L/∂θ into `gradients` and return ∂L/∂x, from ∂L/∂y."""
        grad = _checks.real_array("grad_y", grad_y, self.dtype)
        for layer in reversed(self._layers):
            grad = layer.backward(grad)
        return grad

    def __call__(self, x) -> np.ndarray:
        return self.forward(x)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"

    def save(self, path) -> None:
        """Write the network to the file `path`; see `mlp.saving`."""
        from mlp import saving  # which imports this module

        saving.save(self, path)

    def __copy__(self) -> Sequential:
        return copy.deepcopy(self)  # two networks with one vector would train each other

    def __setstate__(self, state: dict) -> None:
        vars(self).update(state)
        self._bind()  # the layers' views of the copied vectors were copied, too


def _check_layers(layers) -> None:
    if not layers:
        raise ValueError("Sequential needs at least one layer, got none")
    width = None
    for i, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(f"layer {i} must be a Layer or an Activation, got {layer!r}")
        # Its parameters can live in one network's vector only, and it remembers one forward only.
        if any(layer is other for other in layers[:i]) or layer._bound:
            raise ValueError(f"layer {i}, {layer!r}, is in a network already; make a second one")
        if np.ndim(layer.parameters) != 1:
            raise ValueError(
                f"the parameters of layer {i}, {layer!r}, must have shape (P,), got "
                f"{np.shape(layer.parameters)}"
            )
        if layer.d_in is not None:
            if width not in (None, layer.d_in):
                raise ValueError(
                    f"layer {i}, {layer!r}, gets {width} inputs, expected {layer.d_in}"
                )
            width = layer.d_in
        if not layer.same_shape:
            width = layer.d_out
