"""mlp.widgets, with a stand-in for anywidget, which the tests do without.

tests/book/test_figures.py opens in Chromium what these classes hand to it.
"""

import sys
from types import SimpleNamespace

import pytest
import traitlets

from mlp import widgets


class AnyWidget(traitlets.HasTraits):
    def _repr_mimebundle_(self, **options):
        return {"text/plain": "a widget"}, options


@pytest.fixture
def anywidget(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", SimpleNamespace(AnyWidget=AnyWidget))
    widgets._widget_class.cache_clear()
    yield
    widgets._widget_class.cache_clear()


def test_settings_are_handed_over_as_texts(anywidget):
    figure = widgets.Neuron(w1=-2, b=0.25, activation="tanh", x=[1, -0.5])
    handed = {"w1": "-2", "b": "0.25", "activation": "tanh", "x": "1,-0.5"}
    assert figure.settings == figure.widget.settings == handed
    assert widgets.OptimizerRace(runAdam=False).settings == {"runAdam": "no"}
    figure.widget.settings = {"w2": "1.5"}  # what a reader has done
    assert figure.settings == {"w2": "1.5"}
    assert figure._repr_mimebundle_(include=None) == ({"text/plain": "a widget"}, {"include": None})


def test_settings_travel_and_modules_do_not_import_files(anywidget):
    for name in widgets.__all__:
        kind = type(getattr(widgets, name)().widget)
        assert kind.class_traits(sync=True).keys() == {"settings"}
        assert ".w-figure" in kind._css
        assert "data:text/javascript" in kind._esm
        assert '"./' not in kind._esm


def test_unknown_setting_is_named(anywidget):
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
        assert all(
            f"    {it}" in figure.__doc__ or f", {it}" in figure.__doc__ for it in figure._names
        )
