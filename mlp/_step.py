"""One step of `fit` without new memory, equal to the plain one."""

from __future__ import annotations

import numpy as np

from mlp.networks import Dense, Sequential


class Step:
    """Forward and backward for one batch size, in arrays made once.

    `Sequential.forward` returns new arrays, which are the caller's to keep. Here nobody else sees
    them, so they are used again at each step, and shared between layers that do not need them.
    """

    def __init__(self, network: Sequential, size: int, n_features: int):
        self.layers = network.layers
        self.x = np.empty((size, n_features), network.dtype)
        self.outputs: list[np.ndarray | None] = []
        self.grads: list[np.ndarray | None] = []
        buffer: np.ndarray | None = self.x
        needed = None  # by the layer before, for its backward
        for layer in self.layers:
            # The gradient for the input gets an array, unless it is written over the output's.
            has_array = layer.takes_out and not layer.same_shape
            has_array = has_array and buffer is not None and buffer is not self.x
            self.grads.append(np.empty_like(buffer) if has_array else None)
            if not layer.takes_out:
                buffer = None  # the layer makes its own arrays, of whatever shape
            elif not layer.same_shape:
                buffer = layer.d_out and np.empty((size, layer.d_out), network.dtype)
            elif buffer is not None and (needed == "output" or layer.keeps == "input"):
                buffer = np.empty_like(buffer)
            self.outputs.append(buffer)
            needed = layer.keeps
        first = self.layers[0]
        # Nobody asks for the gradient of the data, and its product is as large as the others. But a
        # class derived from Dense may do more in its backward than that of Dense.
        plain = type(first).backward is Dense.backward
        self.first_backward = first.parameter_gradients if plain else first.backward

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the network's output in training mode, in an array that the next step reuses."""
        for layer, out in zip(self.layers, self.outputs, strict=True):
            x = layer.forward(x, True) if out is None else layer.forward(x, True, out)
        return x

    def backward(self, grad: np.ndarray) -> None:
        """Write ∂L/∂θ into the network's `gradients`."""
        owned = False  # the first gradient is the loss's, which must not be written over
        for layer, out in zip(reversed(self.layers[1:]), reversed(self.grads[1:]), strict=True):
            if layer.takes_out and layer.same_shape:
                out = grad if owned else None
            grad = layer.backward(grad) if out is None else layer.backward(grad, out)
            owned = layer.takes_out  # others may return an array that they keep
        self.first_backward(grad)
