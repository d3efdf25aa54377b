"""mlp.widgets in notebooks: what its classes hand to anywidget.

tests/book/test_figures.py opens it in Chromium.
"""

import inspect
import re
import sys

import pytest

from mlp import widgets


def test_settings_are_handed_over_as_texts():
    figure = widgets.Neuron(w1=-2, b=0.25, activation="tanh", x=[1, -0.5])
    handed = {"w1": "-2", "b": "0.25", "activation": "tanh", "x": "1,-0.5"}
    assert figure.settings == figure.widget.settings == handed
    assert widgets.OptimizerRace(runAdam=False).settings == {"runAdam": "no"}
    figure.widget.settings = {"w2": "1.5"}  # what a reader has done
    assert figure.settings == {"w2": "1.5"}
    shown = figure._repr_mimebundle_()
    data = shown[0] if isinstance(shown, tuple) else shown
    view = data["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == figure.widget.model_id


def test_settings_travel_and_modules_do_not_import_files():
    for name in widgets.__all__:
        state = getattr(widgets, name)().widget.get_state()
        assert state["settings"] == {}
        assert ".w-figure" in state["_css"]
        assert "data:text/javascript" in state["_esm"]
        assert '"./' not in state["_esm"]


def test_unknown_setting_is_named():
    with pytest.raises(TypeError, match="Neuron has no setting 'w3'; its settings are w1, w2, b"):
        widgets.Neuron(w3=1)


def test_missing_anywidget_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    widgets._widget_class.cache_clear()
    with pytest.raises(ImportError, match=r'pip install "neurons-to-networks\[widgets\]"'):
        widgets.Neuron()


def test_every_figure_is_documented():
    for name in widgets.__all__:
        figure = getattr(widgets, name)
        # Without indentation, which Python 3.13 and newer leave out.
        documented = re.findall(r"^(\w+(?:, \w+)*) : ", inspect.getdoc(figure), re.MULTILINE)
        assert ", ".join(documented).split(", ") == [*figure._names]
