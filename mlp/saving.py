"""Saving and loading networks (chapter 7), without pickle: no file can run code."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy as np

from mlp import _checks, activations
from mlp.activations import Activation
from mlp.networks import Dense, Dropout, Layer, Sequential

# What `load` can make again, by name.
_LAYERS = {
    cls.__name__: cls
    for cls in (Dense, Dropout, *vars(activations).values())
    if isinstance(cls, type) and issubclass(cls, Layer) and cls not in (Layer, Activation)
}


def save(network: Sequential, path) -> None:
    """Write names, sizes and parameters of `network` to the file `path`, by convention an .npz.

    Initializers and random generators are not in it. The file appears whole or not at all, and an
    older one stays until then. If `path` is a symbolic link, the file is written where it leads.
    """
    for layer in network.layers:
        if _LAYERS.get(type(layer).__name__) is not type(layer):
            raise TypeError(f"network must consist of the layers of mlp to be saved, got {layer!r}")
    layers = json.dumps([[type(layer).__name__, layer.config()] for layer in network.layers])
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, layers=np.array(layers), parameters=network.parameters)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def load(path) -> Sequential:
    """Return the network that `Sequential.save` wrote to `path`; its parameters are bit-identical.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not such a file, is cut short, or what it holds does not fit together.

    Examples
    --------
    >>> import tempfile
    >>> net = Sequential(Dense(2, 1), activations.Sigmoid(), rng=0)
    >>> path = Path(tempfile.mkdtemp()) / "net.npz"
    >>> net.save(path)
    >>> load(path)
    Sequential(Dense(2, 1), Sigmoid())
    """
    with open(os.fspath(path), "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                layers = json.loads(str(_read(archive, "layers")))
                parameters = _read(archive, "parameters")
            size = sum(
                (_checks.count("d_in", config["d_in"]) + 1)
                * _checks.count("d_out", config["d_out"])
                for name, config in layers
                if name == "Dense"
            )
            _checks.shape("parameters", parameters, (size,))  # before layers take any memory
            network = Sequential(
                *(_LAYERS[name](**config) for name, config in layers), dtype=parameters.dtype
            )
            network.parameters[:] = _checks.finite("parameters", parameters)
        except Exception as error:  # whatever a broken or hostile file makes the parsers raise
            message = f"path must be a network saved by mlp, got {path}: {error!r}"
            raise ValueError(message) from error
    return network


def _read(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    """Return an array of the archive, from no more bytes than there are: its header may lie."""
    if archive.getinfo(f"{name}.npy").compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} must not be compressed: a few bytes could become gigabytes")
    with archive.open(f"{name}.npy") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        return np.frombuffer(file.read(), dtype).reshape(shape)  # refuses objects
