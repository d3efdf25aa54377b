"""mlp.plots: what is on the figures, and that nothing else is left behind."""

import re
from itertools import pairwise

import matplotlib
import numpy as np
import pytest

matplotlib.use("agg", force=True)

import matplotlib.pyplot as plt
from matplotlib.colors import to_rgb

import mlp
from mlp import plots

BLUE, RED, GREEN = "#0072B2", "#D55E00", "#009E73"  # the first three of Okabe and Ito
X = np.array([[-1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])


@pytest.fixture(autouse=True)
def _no_figures():
    """Every test starts without figures, in Matplotlib's own style, and leaves none."""
    plt.close("all")
    with plt.rc_context():
        yield
    plt.close("all")


def drawn(figure):
    """Draw the figure and return its pixels, (height, width, 4)."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())


def color_at(ax, x, y):
    """Return the color that is drawn at this point of the axes."""
    pixels = drawn(ax.figure)
    column, row = ax.transData.transform((x, y))
    return pixels[len(pixels) - 1 - round(row), round(column), :3] / 255


def tint(color):
    """Return what a fifth of a color on white looks like."""
    return 0.2 * np.array(to_rgb(color)) + 0.8


# --- decision_regions -----------------------------------------------------------------------------

THREE_WAYS = [
    lambda points: points[:, 0] > 0,  # bool
    lambda points: (points[:, 0] > 0).astype(int),  # classes
    lambda points: points[:, 0],  # one logit (M,)
    lambda points: points[:, :1],  # one logit (M, 1)
    lambda points: np.stack([-points[:, 0], points[:, 0]], axis=1),  # scores (M, 2)
    lambda points: points[:, 0].astype(np.float32),
]


@pytest.mark.parametrize("predict", THREE_WAYS)
def test_the_plane_has_the_color_of_the_predicted_class(predict):
    ax = plots.decision_regions(predict, X, [0, 1, 1])
    for x, y, color in [(-0.7, 1.5, BLUE), (-0.2, 0.4, BLUE), (0.7, 0.3, RED), (0.3, 0.6, RED)]:
        np.testing.assert_allclose(color_at(ax, x, y), tint(color), atol=0.02)


def test_three_classes_and_networks():
    # Scores 0 for x < -1/3, 1 between, 2 for x > 1/3.
    net = mlp.Sequential(mlp.Dense(2, 3))
    net.parameters[:] = [-3, 0, 3, 0, 0, 0, 0, 1, 0]
    ax = plots.decision_regions(net, X, [0, 2, 1])
    for x, color in [(-0.7, BLUE), (0.1, GREEN), (0.7, RED)]:
        wanted = {BLUE: BLUE, GREEN: RED, RED: GREEN}[color]
        np.testing.assert_allclose(color_at(ax, x, 0.5), tint(wanted), atol=0.02)


def test_every_example_is_drawn_in_the_color_of_its_class():
    y = np.array([0, 1, 1])
    ax = plots.decision_regions(lambda points: points[:, 0] > 0, X, y)
    handles, labels = ax.get_legend_handles_labels()
    assert labels == ["class 0", "class 1"]
    for k, (scatter, color) in enumerate(zip(handles, (BLUE, RED), strict=True)):
        np.testing.assert_array_equal(scatter.get_offsets(), X[y == k])
        np.testing.assert_allclose(scatter.get_facecolor()[0, :3], to_rgb(color), atol=0.01)
    for point in X:
        assert ax.viewLim.contains(*point)


@pytest.mark.parametrize("y", [[0, 1, 1], np.array([[0], [1], [1]])])
def test_classes_come_as_rows_or_columns(y):
    ax = plots.decision_regions(lambda points: points[:, 0] > 0, X, y)
    counts = [len(scatter.get_offsets()) for scatter in ax.get_legend_handles_labels()[0]]
    assert counts == [1, 2]


def test_the_grid_is_asked_once_with_all_its_points():
    asked = []

    def predict(points):
        asked.append(points)
        return points[:, 0]

    plots.decision_regions(predict, X, [0, 1, 1], steps=7)
    assert [points.shape for points in asked] == [(49, 2)]
    low, high = asked[0].min(axis=0), asked[0].max(axis=0)
    assert (low < X.min(axis=0)).all()
    assert (high > X.max(axis=0)).all()
    # A class that is predicted but not among the examples, and one example alone.
    plots.decision_regions(lambda points: np.full(len(points), 3), X, [0, 1, 1], steps=2)
    plots.decision_regions(lambda points: points[:, 0] > 0, X[:1], [0])


# --- images ---------------------------------------------------------------------------------------


def test_images_show_each_row_as_a_square():
    rows = np.arange(7 * 9.0).reshape(7, 9)
    figure = plots.images(rows, titles="abcdefg", columns=3)
    assert len(figure.axes) == 7
    for row, title, ax in zip(rows, "abcdefg", figure.axes, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), row.reshape(3, 3))
        assert ax.get_title() == title
        assert len(ax.get_xticks()) == len(ax.get_yticks()) == 0
    drawn(figure)
    places = [ax.get_position() for ax in figure.axes]
    left = sorted({round(place.x0, 3) for place in places})
    top = sorted({round(place.y1, 3) for place in places})
    assert (len(left), len(top)) == (3, 3)
    assert places[0].y0 > places[3].y0 > places[6].y0
    assert places[6].x0 == pytest.approx(places[0].x0)


def test_images_have_dark_ink_and_symmetric_ones_are_white_at_zero():
    rows = np.array([[0.0, 0, 0, 4], [0, -8, 0, 0]])
    plain, symmetric = plots.images(rows), plots.images(rows, symmetric=True)
    shade = [ax.images[0].cmap(ax.images[0].norm(rows.max())) for ax in plain.axes[:1]]
    assert sum(shade[0][:3]) < 0.1  # the largest value is black
    for ax in symmetric.axes:
        assert ax.images[0].get_clim() == (-8, 8)
        assert min(ax.images[0].cmap(ax.images[0].norm(0.0))[:3]) > 0.95
    red, blue = (symmetric.axes[0].images[0].cmap(end) for end in (1.0, 0.0))
    assert red[0] > red[2]
    assert blue[2] > blue[0]


def test_images_of_digits_and_of_nothing():
    digits = mlp.datasets.digits()
    assert len(plots.images(digits.x_test[:12]).axes) == 12
    drawn(plots.images(np.zeros((1, 16)), symmetric=True))


# --- learning_curves ------------------------------------------------------------------------------

HISTORY = {
    "loss": [3.0, 2.0, 1.5],
    "val_loss": [3.5, 2.5, 2.0],
    "val_accuracy": [0.1, 0.5, 0.6],
}


def test_learning_curves_draw_every_number_against_its_epoch():
    figure = plots.learning_curves(mlp.History(HISTORY))
    losses, accuracies = figure.axes
    lines = [(ax.get_ylabel(), line.get_label(), line) for ax in figure.axes for line in ax.lines]
    assert [line[:2] for line in lines] == [
        ("loss", "training"),
        ("loss", "validation"),
        ("accuracy", "validation"),
    ]
    for (_, _, line), values in zip(lines, HISTORY.values(), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert [line.get_linestyle() for line in losses.lines] == ["-", "--"]
    assert losses.get_xlabel() == accuracies.get_xlabel() == "epoch"
    assert [text.get_text() for text in losses.get_legend().get_texts()] == [
        "training",
        "validation",
    ]


def test_learning_curves_take_axes():
    figure, axes = plt.subplots(1, 2)
    assert plots.learning_curves(HISTORY, axes=axes) is figure
    assert len(axes[0].lines) == 2
    assert len(plots.learning_curves({"loss": [1.0]}).axes) == 1


# --- confusion_matrix -----------------------------------------------------------------------------


def test_confusion_matrix_has_true_classes_in_rows():
    matrix = [[50, 7, 0], [0, 60, 0], [1, 2, 70]]
    ax = plots.confusion_matrix(matrix, labels=["a", "b", "c"])
    texts = {text.get_position(): text.get_text() for text in ax.texts}
    wanted = {(j, i): str(matrix[i][j]) for i in range(3) for j in range(3) if matrix[i][j]}
    assert texts == wanted
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")
    for axis in (ax.xaxis, ax.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == ["a", "b", "c"]
    shades = np.asarray(ax.images[0].get_array())
    assert shades[0, 1] == 7
    assert (np.diag(shades) == 0).all()  # the diagonal would drown the mistakes
    low, high = ax.get_ylim()
    assert low > high  # row 0 on top


def test_confusion_matrix_of_a_perfect_classifier():
    ax = plots.confusion_matrix(np.diag([5, 6]))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "1"]
    drawn(ax.figure)


# --- network_diagram ------------------------------------------------------------------------------


def test_network_diagram_has_a_line_for_each_weight():
    ax = plots.network_diagram([2, 3, 1], labels=["in", "hidden", "out"])
    units = [scatter.get_offsets() for scatter in ax.collections]
    assert [len(column) for column in units] == [2, 3, 1]
    places = [{tuple(map(float, unit)) for unit in column} for column in units]
    ends = {tuple(zip(*line.get_data(), strict=True)) for line in ax.lines}
    assert ends == {(a, b) for left, right in pairwise(places) for a in left for b in right}
    assert [text.get_text() for text in ax.texts] == ["in", "hidden", "out"]


def test_network_diagram_abbreviates_large_layers():
    ax = plots.network_diagram([784, 4, 10], at_most=5)
    assert [len(scatter.get_offsets()) for scatter in ax.collections] == [5, 4, 5]
    assert len(ax.lines) == 5 * 4 + 4 * 5
    assert [text.get_text() for text in ax.texts].count("⋮") == 2
    assert {"784", "4", "10"} < {text.get_text() for text in ax.texts}
    assert "⋮" not in {text.get_text() for text in plots.network_diagram([6, 6]).texts}


# --- style ----------------------------------------------------------------------------------------


def test_use_style_sets_the_books_colors():
    plots.use_style()
    cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert [color.upper().lstrip("#") for color in cycle[:3]] == ["0072B2", "D55E00", "009E73"]
    figure, ax = plt.subplots()
    assert not ax.spines["top"].get_visible()
    drawn(figure)


def test_the_colors_of_functions_are_those_of_the_style():
    """In whatever style the figure is, and beyond the last color from the first one on."""
    with plt.style.context("mlp.book"):
        cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert [color.upper().lstrip("#") for color in cycle] == [
        "0072B2",
        "D55E00",
        "009E73",
        "CC79A7",
        "E69F00",
        "56B4E9",
        "000000",
    ]
    before = dict(plt.rcParams)
    classes = np.arange(9)
    ax = plots.decision_regions(
        lambda points: np.zeros(len(points), int), normal_points(9), classes
    )
    assert dict(plt.rcParams) == before
    scatters, _ = ax.get_legend_handles_labels()
    for scatter, color in zip(scatters, [*cycle, *cycle[:2]], strict=True):
        np.testing.assert_allclose(scatter.get_facecolor()[0, :3], to_rgb(color), atol=0.01)


def normal_points(n):
    return np.random.default_rng(0).standard_normal((n, 2))


def test_one_axes_is_enough_for_one_kind_of_numbers():
    figure, (left, right) = plt.subplots(1, 2)
    assert plots.learning_curves({"loss": [2.0, 1.0]}, axes=left) is figure
    assert left.has_data()
    assert plots.learning_curves({"loss": [2.0, 1.0]}, axes=[right]) is figure
    assert right.has_data()
    both = {"loss": [2.0, 1.0], "val_accuracy": [0.5, 0.6]}
    with pytest.raises(ValueError, match="axes must be 2, for loss and accuracy, got 1"):
        plots.learning_curves(both, axes=left)


# --- all of them ----------------------------------------------------------------------------------

ON_AXES = [
    lambda ax=None: plots.decision_regions(lambda points: points[:, 0], X, [0, 1, 1], ax=ax),
    lambda ax=None: plots.confusion_matrix([[3, 1], [0, 2]], ax=ax),
    lambda ax=None: plots.network_diagram([2, 8, 1], ax=ax),
]
FIGURES = [
    lambda: plots.images(np.ones((3, 4)), titles="abc"),
    lambda: plots.learning_curves(HISTORY),
]


@pytest.mark.parametrize("draw", ON_AXES)
def test_given_axes_are_drawn_on_and_returned(draw):
    figure, (left, right) = plt.subplots(1, 2)
    assert draw(ax=left) is left
    assert plt.get_fignums() == [figure.number]
    assert left.has_data()
    assert not right.has_data()


@pytest.mark.parametrize("style", ["own", "book"])
@pytest.mark.parametrize("draw", ON_AXES + FIGURES)
def test_each_makes_one_figure_that_can_be_drawn(draw, style):
    if style == "book":
        plots.use_style()
    result = draw()
    assert len(plt.get_fignums()) == 1
    figure = plt.figure(plt.get_fignums()[0])
    assert result in (figure, figure.axes[0])
    assert np.ptp(drawn(figure)[..., :3]) > 100  # there is something on it


def regions(predict=lambda points: points[:, 0], x=X, y=(0, 1, 1), **settings):
    return lambda: plots.decision_regions(predict, x, y, **settings)


def fails(points):
    raise RuntimeError("on purpose")


WRONG = [
    (regions(x=[1.0, 2.0]), ValueError, "x must ... (N, 2) ... got (2,)"),
    (regions(x=np.ones((3, 3))), ValueError, "x must ... (N, 2) ... got (3, 3)"),
    (regions(x=[[np.nan, 0]] * 3), ValueError, "x must ... finite ... nan"),
    (regions(x=np.ones((0, 2)), y=[]), ValueError, "x must ... at least one"),
    (regions(y=[0, 1]), ValueError, "y must ... 3 points ... got 2"),
    (regions(y=["a", "b", "c"]), ValueError, "y must ... <U1"),
    (regions(y=[0.5, 0, 1]), ValueError, "y must ... int ... float64"),
    (regions(y=[-1, 0, 1]), ValueError, "y must ... >= 0 ... -1"),
    (regions(steps=1), ValueError, "steps must ... >= 2 ... got 1"),
    (regions(steps=10.5), TypeError, "steps must ... whole number ... got 10.5"),
    (regions(lambda points: points[:3]), ValueError, "predict(points) must ... got 3"),
    (regions(lambda points: None), ValueError, "predict(points) must ... got object"),
    (regions(lambda points: np.full(len(points), -1)), ValueError, "predict(points) must ... -1"),
    (regions("net"), TypeError, "predict must ... got 'net'"),
    (regions(fails), RuntimeError, "on purpose"),
    (lambda: plots.images(np.ones((2, 5))), ValueError, "rows must ... square ... got 5"),
    (lambda: plots.images(np.ones(4)), ValueError, "rows must ... (N, D) ... got (4,)"),
    (lambda: plots.images(np.ones((0, 4))), ValueError, "rows must ... at least one"),
    (lambda: plots.images(np.ones((2, 4)), titles="a"), ValueError, "titles must ... 2 ... got 1"),
    (lambda: plots.images(np.ones((2, 4)), columns=0), ValueError, "columns must ... got 0"),
    (lambda: plots.learning_curves({}), ValueError, "history must ... 'loss'"),
    (lambda: plots.learning_curves({"loss": []}), ValueError, "history must ... 'loss'"),
    (lambda: plots.learning_curves([1.0, 0.5]), TypeError, "history must"),
    (regions(lambda p: 1 / (1 + np.exp(-p[:, 0]))), ValueError, "predict(points) must be logits"),
    (regions(lambda p: 0.5 + 0 * p[:, :1]), ValueError, "predict(points) must be logits ... > 0.5"),
    (lambda: plots.learning_curves({"loss": [1.0]}, axes="ax"), TypeError, "axes must be an Axes"),
    (lambda: plots.confusion_matrix([[1]], ax="ax"), TypeError, "ax must be an Axes, got 'ax'"),
    (lambda: plots.confusion_matrix([1, 2]), ValueError, "matrix must ... (K, K) ... (2,)"),
    (lambda: plots.confusion_matrix([[1, 2]]), ValueError, "matrix must ... (K, K) ... (1, 2)"),
    (lambda: plots.confusion_matrix(np.ones((0, 0))), ValueError, "matrix must ... (K, K)"),
    (lambda: plots.confusion_matrix([[1]], labels="ab"), ValueError, "labels must ... 1 ... got 2"),
    (lambda: plots.network_diagram([]), ValueError, "sizes must"),
    (lambda: plots.network_diagram([2, 0]), ValueError, "sizes must ... >= 1 ... got 0"),
    (lambda: plots.network_diagram([2, 1.5]), TypeError, "sizes must ... whole ... got 1.5"),
    (lambda: plots.network_diagram([2, 1], labels="a"), ValueError, "labels must ... 2 ... got 1"),
    (lambda: plots.network_diagram([2, 1], at_most=0), ValueError, "at_most must ... got 0"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_use_is_named_and_leaves_no_figure(call, error, message):
    with pytest.raises(error, match=".*".join(map(re.escape, message.split(" ... ")))):
        call()
    assert plt.get_fignums() == []


# ---- Tables ----------------------------------------------------------------------------------


def test_a_table_shows_strings_integers_floats_and_several_runs():
    shown = plots.table(
        ["name", "n", "x", "runs"], [["a", 3, 0.125, [1.0, 3.0]]], digits=[0, 0, 2, 1]
    )
    assert shown.rows == [["a", "3", "0.12", "2.0 ± 1.4"]]  # sqrt(2) = 1.41, with n - 1
    assert repr(shown).splitlines() == ["name  n     x       runs", "a     3  0.12  2.0 ± 1.4"]
    assert shown._repr_markdown_().splitlines() == [
        "| name | n | x | runs |",
        "| :--- | ---: | ---: | ---: |",
        "| a | 3 | 0.12 | 2.0 ± 1.4 |",
    ]


def test_a_table_writes_minus_and_gives_zero_no_sign():
    assert plots.table(["x"], [[-1.5], [-0.001], [np.float32(-2)], [-3]], digits=1).rows == [
        ["−1.5"],
        ["0.0"],
        ["−2.0"],
        ["−3"],
    ]


@pytest.mark.parametrize(
    ("rows", "digits", "words"),
    [
        ([[1]], 2, r"row 0 must have 2 cells, got 1"),
        ([[1, 2]], [1, 2, 3], r"digits must be one number or 2, got 3"),
        ([[1, [2.0]]], 2, r"at least two, got shape \(1,\)"),
    ],
)
def test_a_table_that_does_not_fit_says_so(rows, digits, words):
    with pytest.raises(ValueError, match=words):
        plots.table(["a", "b"], rows, digits)
