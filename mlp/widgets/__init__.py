"""The interactive figures of the pages, for JupyterLab: ``import mlp.widgets``, one line in a cell.

The keyword arguments of a figure are its settings, those that stand in the address on a page. What
the reader does with it can be read again: ``figure.settings`` is a dict of what differs from the
first view, as texts. ``figure.widget`` stands beside other widgets of ipywidgets. A setting that a
figure does not have is a `TypeError`.

They need anywidget: ``pip install "neurons-to-networks[widgets]"``. Without it, making a figure is
an `ImportError`.
"""

from __future__ import annotations

import base64
import functools
import re
from pathlib import Path

__all__ = ["ActivationExplorer", "BackpropStepper", "LossExplorer", "Neuron", "OptimizerRace"]

# Each figure is an ES module in this folder, with its words in a JSON file beside it.
_FOLDER = Path(__file__).parent
_MODULE = re.compile(r'^(import [^;"]* from )"\./(\w+)\.mjs"', re.MULTILINE)
_JSON = re.compile(r'^import (\w+) from "\./(\w+\.json)".*;$', re.MULTILINE)


def _read(file: str) -> str:
    return (_FOLDER / file).read_text(encoding="utf-8")


def _source(module: str) -> str:
    """Return an ES module with what it imports inside: modules as data URLs, words as they are."""

    def inside(found: re.Match) -> str:
        code = base64.b64encode(_source(found[2]).encode()).decode()
        return f'{found[1]}"data:text/javascript;base64,{code}"'

    source = _MODULE.sub(inside, _read(f"{module}.mjs"))
    return _JSON.sub(lambda found: f"const {found[1]} = {_read(found[2]).strip()};", source)


@functools.cache
def _widget_class(module: str) -> type:
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise ImportError(
            "the interactive figures need anywidget; install it with "
            'pip install "neurons-to-networks[widgets]"'
        ) from error
    members = {
        "_esm": _source(module),
        "_css": _read("kit.css"),
        "settings": traitlets.Dict().tag(sync=True),
    }
    return type("Figure", (anywidget.AnyWidget,), members)


def _text(value) -> str:
    """Return a setting as it stands in an address."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    try:
        return ",".join(str(one) for one in value)
    except TypeError:
        return str(value)


class _Figure:
    """An interactive figure, shown as the value of a cell.

    A subclass names its module and its settings.
    """

    module: str
    _names: tuple[str, ...]

    def __init__(self, **settings):
        unknown = sorted(set(settings) - set(self._names))
        if unknown:
            known = ", ".join(self._names)
            raise TypeError(
                f"{type(self).__name__} has no setting {unknown[0]!r}; its settings are {known}"
            )
        texts = {name: _text(value) for name, value in settings.items()}
        self.widget = _widget_class(self.module)(settings=texts)

    @property
    def settings(self) -> dict[str, str]:
        """What differs from the first view, as texts; it follows what the reader does."""
        return dict(self.widget.settings)

    def _repr_mimebundle_(self, **options):
        return self.widget._repr_mimebundle_(**options)


class Neuron(_Figure):
    """One neuron with two inputs: its line, its output over the plane, the perceptron's steps.

    Parameters
    ----------
    w1, w2, b : float, -99 to 99
        Weights and bias.
    activation : {"step", "identity", "sigmoid", "tanh", "relu"}
        The activation function.
    x : sequence of two floats, -3 to 3
        The input for which z and a are told.
    points : sequence of float
        The examples: x₁, x₂ and the class, 0 or 1, of each, one after the other.
    """

    module = "neuron"
    _names = ("w1", "w2", "b", "activation", "x", "points")


class ActivationExplorer(_Figure):
    """An activation function, its derivative, and what 30 layers make of signal and gradient.

    Parameters
    ----------
    activation : str
        The name of an activation function of `mlp`, such as "Tanh".
    initializer : str
        The name of an initializer of `mlp`, such as "he_normal"; not "zeros".
    gain : float, 0.25 to 12
        By what the drawn weights are multiplied.
    seed : int, 1 to 99
        Which random network.
    z : float, -4 to 4
        Where value and slope are read off.
    """

    module = "activation"
    _names = ("activation", "initializer", "gain", "seed", "z")


class LossExplorer(_Figure):
    """What an outlier does to lines fitted with three losses; a logit, its loss, its gradient.

    Parameters
    ----------
    view : {"outlier", "logit"}
        Which of the two is shown.
    x, y : float, 0 to 2.5 and -1 to 6
        The point that the reader drags.
    delta : float, 0.05 to 3
        Huber's δ.
    z : float, -8 to 8
        The logit.
    target : {"1", "0"}
        Its target.
    """

    module = "loss"
    _names = ("view", "x", "y", "delta", "z", "target")


class BackpropStepper(_Figure):
    """Chapter 5's network of 2, 2 and 1 units: forward and back, one node at a time.

    Parameters
    ----------
    step : int, 0 to 11
        How many steps are done.
    mode : {"watch", "practice"}
        Whether the numbers are shown, or filled in by the reader.
    x1, x2, y : float, -5 to 5
        The inputs and the target.
    w11, w12, w21, w22, b1, b2 : float, -5 to 5
        The hidden units' weights, from input i to unit j, and biases.
    v1, v2, c : float, -5 to 5
        The output's weights and bias.
    """

    module = "backprop"
    _names = ("step", "mode", "x1", "x2", "y", "w11", "w12", "w21", "w22", "b1", "b2")
    _names += ("v1", "v2", "c")


class OptimizerRace(_Figure):
    """Several optimizers on one surface, from a point that the reader drags.

    Parameters
    ----------
    surface : {"ravine", "aligned", "saddle", "rosenbrock"}
        Chapter 6's landscapes; the second is a ravine along the axes.
    x, y : float, -4 to 4
        The point where all start, moved into the piece of the surface that is shown.
    t : int, 0 to 600
        How many steps are made.
    speed : float, 1 to 60
        Steps in a second.
    SGD, momentum, Nesterov, AdaGrad, RMSprop, Adam, AdamW : float, -4 to 1
        The power of ten that is the optimizer's rate.
    runSGD, runMomentum, runNesterov, runAdaGrad, runRMSprop, runAdam, runAdamW : bool
        Whether the optimizer takes part.
    """

    module = "race"
    _names = ("surface", "x", "y", "t", "speed", "SGD", "momentum", "Nesterov", "AdaGrad")
    _names += ("RMSprop", "Adam", "AdamW", "runSGD", "runMomentum", "runNesterov")
    _names += ("runAdaGrad", "runRMSprop", "runAdam", "runAdamW")
