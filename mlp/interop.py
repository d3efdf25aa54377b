"""Weights to and from other frameworks (chapter 9); each is imported only when it is called for.

`to_...` returns copies of the parameters of a network in the framework's own form, for the same
architecture written there. `from_...` copies such a form back into `network`; what does not fit
raises ValueError or TypeError, and then nothing has been changed.
"""

from __future__ import annotations

import numpy as np

from mlp import _checks
from mlp.networks import Dense, Sequential


def to_keras(network: Sequential) -> list[np.ndarray]:
    """Return [W, b, W, b, ...], the argument of ``keras.Model.set_weights``.

    Keras keeps weights as mlp does, W of shape (D_in, D_out), so nothing is transposed.

    Examples
    --------
    >>> net = Sequential(Dense(3, 2), rng=0)
    >>> [array.shape for array in to_keras(net)]
    [(3, 2), (2,)]
    """
    return [array.copy() for _, array in _parameters(network)]


def from_keras(network: Sequential, weights) -> None:
    """Copy into `network` what ``keras.Model.get_weights`` returns.

    Examples
    --------
    >>> one, other = (Sequential(Dense(3, 2), rng=seed) for seed in (0, 1))
    >>> from_keras(other, to_keras(one))
    >>> bool((one.parameters == other.parameters).all())
    True
    """
    names = [name for name, _ in _parameters(network)]
    if len(weights) != len(names):
        raise ValueError(
            f"weights must be {len(names)} arrays, {', '.join(names)}; got {len(weights)}"
        )
    _write(network, dict(zip(names, weights, strict=True)))


def to_torch(network: Sequential) -> dict:
    """Return a state_dict for a ``torch.nn.Sequential`` with its layers in the same places.

    PyTorch's ``Linear`` computes x Wᵀ + b and keeps the transpose, of shape (D_out, D_in).

    A `Dense` at place 2 becomes the entries "2.weight" and "2.bias".
    """
    import torch

    return {name: torch.tensor(array.T) for name, array in _parameters(network)}


def from_torch(network: Sequential, state_dict) -> None:
    """Copy into `network` a state_dict with the names that `to_torch` gives."""
    _same_names("state_dict", state_dict, [name for name, _ in _parameters(network)])
    for name, tensor in state_dict.items():  # NumPy has no bfloat16, so this comes before it
        if (kind := str(getattr(tensor, "dtype", type(tensor)))) != f"torch.{network.dtype}":
            raise ValueError(f"{name} must be a tensor of torch.{network.dtype}, got {kind}")
    _write(network, {name: t.detach().cpu().numpy().T for name, t in state_dict.items()})


def to_jax(network: Sequential) -> list[dict]:
    """Return a pytree: for each `Dense`, in order, {"weight": W, "bias": b} as JAX arrays.

    JAX leaves the form of the parameters to its users. W is of shape (D_in, D_out), as here and in
    Flax. A float64 network needs ``jax.config.update("jax_enable_x64", True)``.
    """
    import jax.numpy as jnp

    arrays = [jnp.array(array) for _, array in _parameters(network)]
    return [{"weight": w, "bias": b} for w, b in zip(arrays[::2], arrays[1::2], strict=True)]


def from_jax(network: Sequential, pytree) -> None:
    """Copy into `network` a pytree of the form that `to_jax` gives."""
    names = [name for name, _ in _parameters(network)]
    if len(pytree) != len(names) // 2:
        raise ValueError(f"pytree must have {len(names) // 2} layers, got {len(pytree)}")
    for i, layer in enumerate(pytree):
        _same_names(f"pytree[{i}]", layer, ["weight", "bias"])
    arrays = [layer[kind] for layer in pytree for kind in ("weight", "bias")]
    _write(network, dict(zip(names, arrays, strict=True)))


def _parameters(network: Sequential) -> list[tuple[str, np.ndarray]]:
    """Return the name, as PyTorch forms it from the layer's place, and the array of each."""
    if not isinstance(network, Sequential):
        raise TypeError(f"network must be a Sequential, got {type(network).__name__}")
    found = []
    for i, layer in enumerate(network.layers):
        if type(layer) is Dense:  # a class derived from it may use its weight in another way
            found += [(f"{i}.weight", layer.weight), (f"{i}.bias", layer.bias)]
        elif layer.parameters.size:
            raise TypeError(
                f"layer {i}, {layer!r}, has parameters that only its author can convert"
            )
    return found


def _same_names(name: str, entries, expected: list[str]) -> None:
    if sorted(entries) != sorted(expected):
        raise ValueError(
            f"{name} must have the entries {', '.join(expected)}; got "
            f"{', '.join(map(str, entries))}"
        )


def _write(network: Sequential, arrays: dict) -> None:
    """Copy the arrays into the network once all of them are seen to fit."""
    target = dict(_parameters(network))
    for name, array in arrays.items():
        array = _checks.as_array(name, array)
        if array.dtype != network.dtype:
            raise ValueError(f"{name} must be {network.dtype}, got {array.dtype}")
        arrays[name] = _checks.finite(name, _checks.shape(name, array, target[name].shape))
    for name, array in arrays.items():
        target[name][...] = array
