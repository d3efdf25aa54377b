"""Training (chapters 6 and 7): the loop that runs forward, loss, backward and step, many times."""

from __future__ import annotations

import contextlib
import importlib.util
import math
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from mlp import _checks
from mlp._step import Step
from mlp.losses import Loss
from mlp.metrics import share_right
from mlp.networks import Sequential
from mlp.optimizers import Optimizer


class History(dict):
    """What `fit` recorded, by name, one number for each epoch: `history["loss"]`, and so on.

    Examples
    --------
    >>> history = History(loss=[0.5, 0.25])
    >>> history["loss"]
    [0.5, 0.25]
    >>> history
    History(2 epochs: loss=0.25)
    """

    def __repr__(self) -> str:
        last = ", ".join(f"{name}={values[-1]:.4g}" for name, values in self.items())
        return f"History({len(self.get('loss', []))} epochs: {last})"


class EarlyStopping:
    """Stop when validation has not improved for `patience` epochs; keep the best parameters.

    Parameters
    ----------
    patience : int
        The epochs to wait for an improvement.
    monitor : str
        The name of the number to watch: "val_loss" should fall, "val_accuracy" should rise.

    Attributes
    ----------
    best : float
        After `fit`: the best value of what was monitored.
    best_epoch : int
        Its epoch, from 0, whose parameters the network has.

    References
    ----------
    Prechelt (1998), Early stopping: but when?, in Neural Networks: Tricks of the Trade, Springer.

    Examples
    --------
    >>> EarlyStopping(patience=3)
    EarlyStopping(patience=3, monitor='val_loss')
    """

    def __init__(self, patience: int = 5, monitor: str = "val_loss"):
        self.patience = _checks.count("patience", patience)
        if monitor not in ("val_loss", "val_accuracy"):
            raise ValueError(f"monitor must be 'val_loss' or 'val_accuracy', got {monitor!r}")
        self.monitor = monitor

    def start(self) -> None:
        """Forget everything, before a training begins."""
        self.best = -math.inf if self.monitor == "val_accuracy" else math.inf
        self.best_epoch = -1
        self._parameters: np.ndarray | None = None

    def check(self, names) -> None:
        """Raise ValueError if what is monitored is none of these `names` of a history."""
        if self.monitor not in names:
            raise ValueError(f"monitor must be one of {sorted(names)}, got {self.monitor!r}")

    def should_stop(self, history: History, network: Sequential) -> bool:
        """Look at the last epoch; remember it if it is the best; say whether to stop."""
        self.check(history)
        value, epoch = history[self.monitor][-1], len(history["loss"]) - 1
        if value > self.best if self.monitor == "val_accuracy" else value < self.best:
            self.best, self.best_epoch = value, epoch
            self._parameters = network.parameters.copy()
        return epoch - self.best_epoch >= self.patience

    def restore(self, network: Sequential) -> None:
        """Give the network its best parameters back."""
        if self._parameters is not None:
            network.parameters[:] = self._parameters

    __repr__ = _checks.described


def fit(
    network: Sequential,
    x,
    y,
    *,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int = 32,
    validation_data: tuple | None = None,
    early_stopping: EarlyStopping | None = None,
    augment: Callable[[np.ndarray, np.random.Generator], np.ndarray] | None = None,
    rng=None,
    progress: bool = True,
) -> History:
    """Train `network` by minibatch gradient descent, in place.

    In each epoch the examples are shuffled and cut into batches B; for each batch the optimizer
    makes one step with g = ∂/∂θ of the mean of ℓ(f(x_n; θ), y_n) over n in B.

    Parameters
    ----------
    network : Sequential
    x : array (N, D)
        Converted to the network's type once, at the start.
    y : array
        Whatever `loss` takes as target: (N,) classes for `CrossEntropy`, (N, D_out) for the others.
    loss : Loss
        If it has a softmax or sigmoid inside, as `CrossEntropy` and `BinaryCrossEntropy` have, the
        network must end without one.
    optimizer : Optimizer
        Keeps its state: a second call of `fit` goes on where the first one ended. Another network
        needs an optimizer of its own, unless it is `SGD` without momentum at a constant rate.
    epochs : int
    batch_size : int
        The last batch of an epoch is smaller if the numbers do not divide.
    validation_data : (x, y), optional
        Evaluated after each epoch.
    early_stopping : EarlyStopping, optional
        Needs `validation_data`.
    augment : function, optional
        Called as augment(x_batch, rng) at each step; returns the batch to train on. It gets a copy
        that it may change.
    rng : int, numpy.random.Generator or None
        For shuffling, dropout and `augment`: the same number gives the same training, if the
        network starts the same.
    progress : bool
        Show a bar, if tqdm is installed.

    Returns
    -------
    History
        "loss": the mean over the epoch of the loss of each batch before its step (in training
        mode); with `validation_data` also "val_loss" and, if the loss is one of classes,
        "val_accuracy", after the epoch.

    Raises
    ------
    FloatingPointError
        As soon as the loss is not finite; the message names epoch and step.
    ValueError, TypeError
        If an argument does not fit: before the first step, as far as the arguments show it.

    Notes
    -----
    Whatever exception ends a training, an interrupt too, early stopping gives the network its best
    parameters back, and the exception has the `History` until then as its attribute ``history``.

    Examples
    --------
    >>> from mlp import activations, datasets, losses, networks, optimizers
    >>> x, y = datasets.moons(200, noise=0.1, rng=0)
    >>> net = networks.Sequential(networks.Dense(2, 16), activations.Tanh(),
    ...                           networks.Dense(16, 2), rng=0)
    >>> history = fit(net, x, y, loss=losses.CrossEntropy(), optimizer=optimizers.Adam(0.01),
    ...               epochs=60, rng=0, progress=False)
    >>> history["loss"][-1] < 0.1 < history["loss"][0]
    True
    """
    _checks.instance("optimizer", optimizer, Optimizer)
    if augment is not None:
        _checks.function("augment", augment)
    x, y = _data("x", x, "y", y, network, loss)
    x = np.ascontiguousarray(x)
    _checks.count("epochs", epochs)
    batch_size = min(_checks.count("batch_size", batch_size), len(x))
    if validation_data is not None:
        if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
            raise TypeError(f"validation_data must be a pair (x, y), got {validation_data!r:.60}")
        names = ("validation_data[0]", "validation_data[1]")
        x_val, y_val = _data(
            names[0], validation_data[0], names[1], validation_data[1], network, loss
        )
        try:  # now, not after the first epoch
            measured = _evaluate(network, x_val, y_val, loss, 1024)
        except ValueError as error:
            raise ValueError(f"validation_data must fit network and loss: {error}") from None
    if early_stopping is not None:
        _checks.instance("early_stopping", early_stopping, EarlyStopping)
        if validation_data is None:
            raise ValueError("early_stopping needs validation_data, got None")
        early_stopping.check([f"val_{name}" for name in measured])
        early_stopping.start()
    if rng is not None:
        rng = _checks.generator(rng)
        for layer in network.layers:
            layer.reseed(rng)
    else:
        rng = np.random.default_rng()

    measure = loss._forward if _is_plain(loss) else loss.forward  # `_data` has looked at all of y
    steps: dict[int, Step] = {}
    history = History(loss=[])
    starts = range(0, len(x), batch_size)

    def watch(name: str, value: float, where: str) -> None:
        if not math.isfinite(value):
            what = f"{name} became {value} at {where}"
            raise _diverged(what, network, optimizer, steps_made, early_stopping)

    steps_made = 0
    try:
        # Overflow needs no warning of its own: the loss shows it, at the latest in the next step.
        with (
            np.errstate(over="ignore", invalid="ignore"),
            _progress_bar(epochs * len(starts), progress) as bar,
        ):
            for epoch in range(epochs):
                order = rng.permutation(len(x))
                total = 0.0
                for start in starts:
                    rows = order[start : start + batch_size]
                    n = len(rows)
                    if n not in steps:
                        steps[n] = Step(network, n, x.shape[1])
                    step = steps[n]
                    # mode="clip": the default, "raise", goes through a buffer: twice as long.
                    x_batch = x.take(rows, axis=0, out=step.x, mode="clip")
                    if augment is not None:
                        x_batch = _checks.same_shape("augment(x)", augment(x_batch, rng), step.x)
                    value = _loss_or_nan(measure, step.forward(x_batch), y[rows])
                    watch("loss", value, f"epoch {epoch}, step {start // batch_size}")
                    step.backward(loss.backward())
                    optimizer.step(network.parameters, network.gradients)
                    steps_made += 1
                    total += value * n
                    bar.update()
                history["loss"].append(total / len(x))
                if validation_data is not None:
                    measured = _evaluate(network, x_val, y_val, loss, 1024)
                    watch("validation loss", measured["loss"], f"epoch {epoch}")
                    for name, value in measured.items():
                        history.setdefault(f"val_{name}", []).append(value)
                bar.set_postfix({name: f"{values[-1]:.4f}" for name, values in history.items()})
                if early_stopping is not None and early_stopping.should_stop(history, network):
                    break
    except BaseException as error:  # an interrupt, too: what was recorded until then is not lost
        error.history = history
        raise
    finally:
        if early_stopping is not None:
            early_stopping.restore(network)
    return history


def evaluate(network: Sequential, x, y, *, loss: Loss, batch_size: int = 1024) -> dict[str, float]:
    """Return the mean loss, and for losses of classes the accuracy, without training.

    Parameters
    ----------
    network, x, y, loss
        As for `fit`.
    batch_size : int
        Rows computed at a time; it changes memory and speed, not the result, up to rounding.

    Returns
    -------
    dict
        {"loss": …} or {"loss": …, "accuracy": …}.

    Raises
    ------
    ValueError
        If the shapes do not fit, there are no examples, the network's outputs are not finite, or it
        ends in probabilities where the loss takes logits.

    Examples
    --------
    >>> from mlp import losses, networks
    >>> net = networks.Sequential(networks.Dense(2, 2))
    >>> net.parameters[:] = 0
    >>> result = evaluate(net, [[1, 2], [3, 4]], [0, 1], loss=losses.CrossEntropy())
    >>> {name: round(value, 4) for name, value in result.items()}
    {'loss': 0.6931, 'accuracy': 0.5}
    """
    x, y = _data("x", x, "y", y, network, loss)
    _checks.count("batch_size", batch_size)
    with np.errstate(over="ignore", invalid="ignore"):  # told below, in words
        result = _evaluate(network, x, y, loss, batch_size)
    if math.isnan(result["loss"]):
        raise ValueError(
            "network must give finite outputs for x, got nan or inf: its parameters "
            f"{_size(network)}"
        )
    return result


def _evaluate(network, x, y, loss, batch_size: int) -> dict[str, float]:
    total = hits = 0.0
    for start in range(0, len(x), batch_size):
        target = y[start : start + batch_size]
        prediction = network.forward(x[start : start + batch_size])
        value = _loss_or_nan(loss.forward, prediction, target)
        total += value * len(target)
        if getattr(loss, "classifies", False) and math.isfinite(value):
            hits += share_right(prediction, target) * len(target)
    result = {"loss": total / len(x)}
    if getattr(loss, "classifies", False):
        result["accuracy"] = hits / len(x)
    return result


def _data(x_name: str, x, y_name: str, y, network, loss) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y as arrays of the network's type, if network, loss and they fit together."""
    _checks.instance("network", network, Sequential)
    _checks.loss("loss", loss)
    last = network.layers[-1]
    if getattr(loss, "takes_logits", False) and last.gives_probabilities:
        raise ValueError(
            f"network must end in logits for {loss!r}, which has the softmax or sigmoid inside; "
            f"got {last!r} as the last layer: leave it out"
        )
    x = _checks.batch(x_name, x, network.d_in, network.dtype)
    y = _checks.as_array(y_name, y)
    if y.ndim == 0 or len(y) != len(x):
        raise ValueError(f"{y_name} must have one row for each of {len(x)} rows, got {y.shape}")
    if y.dtype.kind == "f":
        y = _checks.finite(y_name, _checks.real_array(y_name, y, network.dtype))
    if _is_plain(loss):
        with np.errstate(over="ignore", invalid="ignore"):  # only its shape is looked at
            prediction = network.forward(x[:1])
        y = loss.check_target(y_name, y, (len(x), *prediction.shape[1:]), prediction.dtype)
    return x, y


def _is_plain(loss) -> bool:
    """Return whether the loss takes its arguments as those of mlp do: a reader's may not."""
    return getattr(type(loss), "forward", None) is Loss.forward


def _loss_or_nan(measure, prediction, target) -> float:
    """Return the loss; nan where the network's output is no longer finite."""
    try:
        return float(measure(prediction, target))
    except ValueError:
        if np.isfinite(prediction).all():
            raise
        return math.nan


def _diverged(what: str, network, optimizer, steps_made, early_stopping) -> FloatingPointError:
    """Return the error about a loss that is not finite; a note says what became of the network."""
    if steps_made == 0:
        return FloatingPointError(
            f"the {what} (from 0), before any step: the network's parameters {_size(network)}; if "
            "an earlier training ruined them, make a new network"
        )
    error = FloatingPointError(
        f"the {what} (from 0), with {optimizer!r}; a smaller learning rate often helps"
    )
    if early_stopping is not None and early_stopping.best_epoch >= 0:
        error.add_note(f"The network has its parameters of epoch {early_stopping.best_epoch} back.")
    else:
        error.add_note(f"The network's parameters {_size(network)}: make a new one to try again.")
    return error


def _size(network) -> str:
    size = float(np.abs(network.parameters).max(initial=0))
    return f"reach {size:.1e} in size" if math.isfinite(size) else "hold nan or inf"


def _progress_bar(total: int, progress: bool):
    """Return a context with a tqdm bar, or with something as silent as it is without."""
    if progress and importlib.util.find_spec("tqdm"):  # in the browser there is none
        from tqdm import tqdm

        return tqdm(total=total, unit="step")
    silent = SimpleNamespace(update=lambda: None, set_postfix=lambda _: None)
    return contextlib.nullcontext(silent)
