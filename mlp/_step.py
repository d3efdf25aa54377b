"""Parts of `fit`: a step without new memory, equal to the plain one; its alarm; the bar."""

from __future__ import annotations

import contextlib
import importlib.util
import math
from types import SimpleNamespace

import numpy as np

from mlp.activations import Activation
from mlp.networks import Dense, Dropout, Sequential


class Step:
    """Forward, loss and backward for one batch size, in arrays made once.

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
            # The gradient for a Dense layer's input gets an array; others write over what they get.
            needs_array = isinstance(layer, Dense) and buffer is not None and buffer is not self.x
            self.grads.append(np.empty_like(buffer) if needs_array else None)
            if isinstance(layer, Dense):
                buffer = np.empty((size, layer.d_out), network.dtype)
            elif not isinstance(layer, (Activation, Dropout)):
                buffer = None  # a reader's own layer makes its own arrays, of whatever shape
            elif buffer is not None and (needed == "output" or layer.keeps == "input"):
                buffer = np.empty_like(buffer)
            self.outputs.append(buffer)
            needed = layer.keeps

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the network's output in training mode, in an array that the next step reuses."""
        for layer, out in zip(self.layers, self.outputs, strict=True):
            x = layer.forward(x, True) if out is None else layer.forward(x, True, out)
        return x

    def backward(self, grad: np.ndarray) -> None:
        """Write ∂L/∂θ into the network's `gradients`."""
        first, *rest = self.layers
        owned = False  # the first gradient is the loss's, which must not be written over
        for layer, out in zip(reversed(rest), reversed(self.grads), strict=False):
            if isinstance(layer, (Activation, Dropout)):
                out = grad if owned else None
            owned = isinstance(layer, (Dense, Activation, Dropout))
            grad = layer.backward(grad) if out is None else layer.backward(grad, out)
        # Nobody asks for the gradient of the data, and its product is as large as the others.
        if isinstance(first, Dense):
            first.parameter_gradients(grad)
        else:
            first.backward(grad)


def loss_or_nan(loss, prediction, target) -> float:
    """Return the loss; nan where the network's output is no longer finite."""
    try:
        return loss.forward(prediction, target)
    except ValueError:
        if np.isfinite(prediction).all():
            raise
        return math.nan


def stop_if_not_finite(name: str, value: float, where: str, optimizer) -> None:
    """Raise FloatingPointError, in words, if the value is not finite."""
    if not math.isfinite(value):
        raise FloatingPointError(
            f"the {name} became {value} at epoch {where} (from 0), with {optimizer!r}; "
            "a smaller learning rate often helps"
        )


def progress_bar(total: int, progress: bool):
    """Return a context with a tqdm bar, or with something as silent as it is without."""
    if progress and importlib.util.find_spec("tqdm"):  # in the browser there is none
        from tqdm import tqdm

        return tqdm(total=total, unit="step")
    silent = SimpleNamespace(update=lambda: None, set_postfix=lambda _: None)
    return contextlib.nullcontext(silent)
