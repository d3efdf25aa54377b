"""Feedforward networks (chapter 2): layers, and layers in sequence.

Rows are examples: x is (N, D_in), a weight matrix (D_in, D_out), and y = x W + b. Shapes that do
not fit, and `backward` before `forward`, raise ValueError.
"""

from __future__ import annotations

import numpy as np

from mlp import _checks
from mlp._matmul import matmul
from mlp.activations import Activation
from mlp.initializers import glorot_uniform


class Layer:
    """What `Sequential` asks of a layer, besides `Activation`s: `forward` and `backward`.

    `keeps` says which of its "input" and "output" the layer needs for `backward`; a layer may
    be computed in place only where nobody needs the array that it would overwrite.
    """

    keeps: str | None = None
    parameters: np.ndarray = np.zeros(0, np.float32)
    _bound = False  # whether a network holds the parameters

    def initialize(self, rng=None) -> None:
        """Draw from `rng` whatever the layer starts with at random."""

    def bind(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Move the layer's parameters, values kept, and gradients into these two vectors."""

    def forward(self, x, training: bool = False, out: np.ndarray | None = None) -> np.ndarray:
        """Return the layer's output for a batch `x`, written into `out` if that is given."""
        raise NotImplementedError

    def backward(self, grad_y, out: np.ndarray | None = None) -> np.ndarray:
        """Return ∂L/∂x from ∂L/∂y; write the gradients of the layer's parameters, if it has any."""
        raise NotImplementedError

    def config(self) -> dict:
        """Return the constructor's arguments, for saving and printing."""
        return {}

    def __call__(self, x) -> np.ndarray:
        return self.forward(x)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, self.config().values()))})"


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
    weight, weight_grad : array (D_in, D_out)
        W, and ∂L/∂W as the last `backward` found it.
    bias, bias_grad : array (D_out,)
        b, and ∂L/∂b.

    Examples
    --------
    >>> layer = Dense(2, 1)
    >>> layer.weight[:] = [[1], [2]]
    >>> layer([[3, 4], [0, 0]])
    array([[11.],
           [ 0.]], dtype=float32)
    """

    keeps = "input"

    def __init__(
        self, d_in: int, d_out: int, initializer=glorot_uniform, rng=None, dtype=np.float32
    ):
        self.d_in = _checks.count("d_in", d_in)
        self.d_out = _checks.count("d_out", d_out)
        self.initializer = _checks.function("initializer", initializer)
        self._x: np.ndarray | None = None
        self.parameters = np.zeros((self.d_in + 1) * self.d_out, _checks.floating(dtype))
        self.bind(self.parameters, np.zeros_like(self.parameters))
        self.initialize(rng)

    def initialize(self, rng=None) -> None:
        """Draw W anew from the initializer and set b to 0."""
        self.weight[:] = self.initializer((self.d_in, self.d_out), rng, self.weight.dtype)
        self.bias[:] = 0

    def bind(self, parameters: np.ndarray, gradients: np.ndarray) -> None:
        """Move W and b, values kept, and their gradients into these vectors: W first, by rows."""
        parameters[:] = self.parameters
        self.parameters = parameters
        split, shape = self.d_in * self.d_out, (self.d_in, self.d_out)
        self.weight, self.bias = parameters[:split].reshape(shape), parameters[split:]
        self.weight_grad, self.bias_grad = gradients[:split].reshape(shape), gradients[split:]

    def forward(self, x, training: bool = False, out: np.ndarray | None = None) -> np.ndarray:
        """Return y = x W + b, shape (N, D_out), for x of shape (N, D_in)."""
        x = _checks.real_array("x", x, self.weight.dtype)
        if x.ndim != 2 or x.shape[1] != self.d_in:
            raise ValueError(f"x must have shape (N, {self.d_in}) for {self!r}, got {x.shape}")
        self._x = x
        y = matmul(x, self.weight, out=out)
        y += self.bias
        return y

    def backward(self, grad_y, out: np.ndarray | None = None) -> np.ndarray:
        """Write ∂L/∂W and ∂L/∂b and return ∂L/∂x = ∂L/∂y Wᵀ, shape (N, D_in)."""
        grad_y = self.parameter_gradients(grad_y)
        return matmul(grad_y, self.weight.T, out=out)

    def parameter_gradients(self, grad_y) -> np.ndarray:
        """Write ∂L/∂W = xᵀ ∂L/∂y and ∂L/∂b = Σ_n ∂L/∂y_n: all that the first layer needs."""
        x = _checks.remembered(self, "_x")
        grad_y = _checks.real_array("grad_y", grad_y, x.dtype)
        _checks.shape("grad_y", grad_y, (len(x), self.d_out))
        matmul(x.T, grad_y, out=self.weight_grad)
        # The sum over rows as a product with ones: twice as fast as np.sum(axis=0).
        matmul(np.ones(len(x), x.dtype), grad_y, out=self.bias_grad)
        return grad_y

    def config(self) -> dict:
        return {"d_in": self.d_in, "d_out": self.d_out}


class Dropout(Layer):
    """In training, zero each number with probability p and divide the others by 1 - p.

    The expectation of the output is the input, so prediction needs no correction.

    Parameters
    ----------
    p : float in [0, 1)
        Rounded to a multiple of 1/256, for mask and scale: one random byte for each number
        decides, which is several times cheaper than a random float.
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

    def __init__(self, p: float, rng=None):
        self.p = _checks.number("p", p, 0, 1, open_high=True)
        self._threshold = min(round(256 * p), 255)
        self._scale = 256 / (256 - self._threshold)
        self._mask: np.ndarray | None = None
        self._like: np.ndarray | None = None
        self.initialize(rng)

    def initialize(self, rng=None) -> None:
        """Take the masks from `rng` from now on."""
        self.rng = _checks.generator(rng)

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
    *layers : Layer or Activation
    rng : int, numpy.random.Generator or None
        If given, all weights are drawn anew from it, and dropout takes its masks from it; else the
        layers keep the weights that they have.
    dtype : float32 or float64

    Attributes
    ----------
    layers : tuple
    parameters, gradients : array (P,)
        All parameters θ, and ∂L/∂θ, layer by layer, W before b. The layers hold views of them: to
        change one is to change the other. So a layer can be in one network only.

    Examples
    --------
    >>> from mlp import ReLU
    >>> net = Sequential(Dense(64, 32), ReLU(), Dense(32, 10), rng=0)
    >>> net.parameters.shape == (64 * 32 + 32 + 32 * 10 + 10,)
    True
    """

    def __init__(self, *layers, rng=None, dtype=np.float32):
        _check_layers(layers)
        self.layers = layers
        dtype = _checks.floating(dtype)
        learners = [layer for layer in layers if isinstance(layer, Layer)]
        self.parameters = np.zeros(sum(layer.parameters.size for layer in learners), dtype)
        self.gradients = np.zeros_like(self.parameters)
        rng = None if rng is None else _checks.generator(rng)
        end = 0
        for layer in learners:
            start, end = end, end + layer.parameters.size
            layer.bind(self.parameters[start:end], self.gradients[start:end])
            layer._bound = True
            if rng is not None:
                layer.initialize(rng)

    @property
    def dtype(self) -> np.dtype:
        """The type of the parameters and of everything computed from them."""
        return self.parameters.dtype

    @property
    def d_in(self) -> int | None:
        """The number of inputs, that of the first `Dense`; None if any number will do."""
        for layer in self.layers:
            if not isinstance(layer, (Activation, Dropout)):
                return getattr(layer, "d_in", None)
        return None

    def forward(self, x, training: bool = False) -> np.ndarray:
        """Return the network's output for a batch x of shape (N, D_in), not empty, all finite."""
        y = _checks.batch("x", x, self.d_in, self.dtype)
        for layer in self.layers:
            y = layer.forward(y, training)
        return y

    def backward(self, grad_y) -> np.ndarray:
        """Write all of ∂L/∂θ into `gradients` and return ∂L/∂x, from ∂L/∂y."""
        grad = _checks.real_array("grad_y", grad_y, self.dtype)
        for layer in reversed(self.layers):
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


def _check_layers(layers) -> None:
    if not layers:
        raise ValueError("Sequential needs at least one layer, got none")
    width = None
    for i, layer in enumerate(layers):
        if not isinstance(layer, (Layer, Activation)):
            raise TypeError(f"layer {i} must be a Layer or an Activation, got {layer!r}")
        # Its parameters can live in one network's vector only, and it remembers one forward only.
        if any(layer is other for other in layers[:i]) or getattr(layer, "_bound", False):
            raise ValueError(f"layer {i}, {layer!r}, is in a network already; make a second one")
        if isinstance(layer, Dense):
            if width not in (None, layer.d_in):
                raise ValueError(
                    f"layer {i}, {layer!r}, gets {width} inputs, expected {layer.d_in}"
                )
            width = layer.d_out
        elif not isinstance(layer, (Activation, Dropout)):
            width = None  # a reader's own layer may change it
