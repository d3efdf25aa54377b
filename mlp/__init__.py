"""mlp: the NumPy package under the book Neurons to Networks, whose modules follow its chapters.

>>> import mlp
>>> data = mlp.datasets.digits()
>>> net = mlp.Sequential(mlp.Dense(64, 32), mlp.ReLU(), mlp.Dense(32, 10), rng=0)
>>> history = mlp.fit(net, data.x_train, data.y_train, loss=mlp.CrossEntropy(),
...                   optimizer=mlp.Adam(1e-3), epochs=20, rng=0, progress=False)
>>> mlp.evaluate(net, data.x_test, data.y_test, loss=mlp.CrossEntropy())["accuracy"] > 0.94
True
"""

from importlib import import_module

from mlp import datasets, interop, plots
from mlp.activations import (
    ELU,
    GELU,
    Identity,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from mlp.backprop import Value, check_gradients, numerical_gradient
from mlp.initializers import (
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    lecun_normal,
    zeros,
)
from mlp.losses import BinaryCrossEntropy, CrossEntropy, Huber, MeanAbsoluteError, MeanSquaredError
from mlp.metrics import accuracy, confusion_matrix
from mlp.networks import Dense, Dropout, Layer, Sequential
from mlp.neurons import Neuron, Perceptron
from mlp.optimizers import SGD, AdaGrad, Adam, AdamW, RMSprop
from mlp.saving import load
from mlp.schedules import CosineDecay, ExponentialDecay, StepDecay, Warmup
from mlp.training import EarlyStopping, History, evaluate, fit

__version__ = "0.1.0"

# Frozen by tests/package/test_package.py: readers' notebooks rely on these names.
__all__ = [
    "ELU",
    "GELU",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "BinaryCrossEntropy",
    "CosineDecay",
    "CrossEntropy",
    "Dense",
    "Dropout",
    "EarlyStopping",
    "ExponentialDecay",
    "History",
    "Huber",
    "Identity",
    "Layer",
    "LeakyReLU",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Neuron",
    "Perceptron",
    "RMSprop",
    "ReLU",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "StepDecay",
    "Tanh",
    "Value",
    "Warmup",
    "accuracy",
    "check",
    "check_gradients",
    "confusion_matrix",
    "datasets",
    "evaluate",
    "fit",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "interop",
    "lecun_normal",
    "load",
    "numerical_gradient",
    "plots",
    "zeros",
]


def __getattr__(name: str):
    """Import what few programs need only when it is asked for: mlp.check, mlp.widgets."""
    if name in ("check", "widgets"):
        return import_module(f"mlp.{name}")
    raise AttributeError(f"module 'mlp' has no attribute {name!r}")
