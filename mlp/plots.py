"""Figures and tables of the book. Matplotlib is imported with the first figure, not the package.

Functions that take `ax` draw on it, or on a new figure, and return it; `images` and
`learning_curves` return the figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mlp import _checks
from mlp.metrics import as_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_STYLE = "mlp.book"


def use_style() -> None:
    """Draw all figures from now on in the style of the book; crisp ones in a notebook.

    Examples
    --------
    >>> use_style()
    """
    import matplotlib.pyplot as plt

    plt.style.use(_STYLE)
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("retina")


def decision_regions(
    predict: Callable[[np.ndarray], np.ndarray], x, y, ax: Axes | None = None, steps: int = 200
) -> Axes:
    """Color the plane by the class that `predict` gives each point, with the examples on top.

    Parameters
    ----------
    predict : callable
        Takes points (M, 2), returns int classes (M,), scores (M, K), or one logit for each point,
        (M, 1) or (M,). Probabilities of one class are refused: return ``probability > 0.5``.
    x : array (N, 2)
    y : int array (N,) or (N, 1)
        The classes of the examples.
    steps : int
        Points of the grid in each direction.

    Examples
    --------
    >>> ax = decision_regions(lambda points: points[:, 0] > 0, [[-1, 0], [1, 1]], [0, 1])
    >>> len(ax.collections) >= 2
    True
    """
    x = _checks.batch("x", x, 2)
    y = _class_of_each("y", np.ravel(y), len(x))
    _checks.count("steps", steps, 2)
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.1 * np.maximum(high - low, 1e-3)
    sides = [np.linspace(a, b, steps) for a, b in zip(low - margin, high + margin, strict=True)]
    grid = np.stack(np.meshgrid(*sides), axis=-1)
    scores = np.asarray(_checks.function("predict", predict)(grid.reshape(-1, 2)))
    if scores.ndim == 1 and scores.dtype.kind == "f":
        scores = scores[:, None]
    regions = _class_of_each("predict(points)", scores, steps**2)
    classes = max(int(y.max()), int(regions.max())) + 1
    colors = _colors(max(classes, 2))
    levels = np.arange(classes + 1) - 0.5
    ax = _axes(ax)
    ax.contourf(*sides, regions.reshape(steps, steps), levels=levels, colors=colors, alpha=0.2)
    for k, marker in zip(range(classes), "osD^vP*X<>" * classes, strict=False):
        shown = x[y == k]
        ax.scatter(
            *shown.T,
            s=18,
            marker=marker,
            color=colors[k],
            edgecolor="white",
            linewidth=0.5,
            label=f"class {k}",
        )
    ax.grid(False)
    return ax


def images(
    rows,
    titles: Sequence[str] | None = None,
    columns: int = 10,
    cmap: str = "gray_r",
    symmetric: bool = False,
) -> Figure:
    """Show rows of pixels as small square images in a grid.

    Parameters
    ----------
    rows : array (N, D)
        D is a square number: 64 for 8×8 pixels.
    titles : N strings, optional
    columns : int
        Images in a row of the grid.
    cmap : str
        Matplotlib's name of the colors.
    symmetric : bool
        One scale from -max to max for all images, blue to red, white at 0: for weights.

    Examples
    --------
    >>> len(images(np.zeros((3, 64)), titles="abc").axes)
    3
    """
    import matplotlib.pyplot as plt

    rows = _checks.batch("rows", rows)
    side = round(rows.shape[1] ** 0.5)
    if side * side != rows.shape[1]:
        raise ValueError(f"rows must have a square number of pixels, got {rows.shape[1]}")
    if titles is not None and len(titles) != len(rows):
        raise ValueError(f"titles must have {len(rows)} strings, got {len(titles)}")
    columns = min(_checks.count("columns", columns), len(rows))
    lines = -(-len(rows) // columns)
    height = 0.85 if titles is None else 1.05
    figure, axes = plt.subplots(
        lines, columns, figsize=(7, height * lines * 8 / columns + 0.1), squeeze=False
    )
    scale = {}
    if symmetric:
        limit = float(np.abs(rows).max())
        scale, cmap = {"vmin": -limit, "vmax": limit}, "RdBu_r"
    for i, ax in enumerate(axes.flat):
        if i >= len(rows):
            ax.remove()
            continue
        ax.imshow(rows[i].reshape(side, side), cmap=cmap, **scale)
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color="0.8", linewidth=0.8)
        ax.grid(False)
        if titles is not None:
            ax.set_title(titles[i], fontsize=9, fontweight="normal")
    return figure


def learning_curves(history: dict[str, list[float]], axes: Sequence[Axes] | None = None) -> Figure:
    """Draw what `fit` recorded against the epoch: losses on the left, accuracy on the right.

    Parameters
    ----------
    history : History
    axes : matplotlib Axes or sequence of them, optional
        As many as there are kinds of numbers: 1, or 2 with accuracies.

    Examples
    --------
    >>> len(learning_curves({"loss": [2.0, 1.0], "val_loss": [2.1, 1.3]}).axes)
    1
    """
    import matplotlib.pyplot as plt

    if not _checks.instance("history", history, dict).get("loss"):
        raise ValueError(f"history must hold 'loss' for at least one epoch, got {history!r}")
    kinds = [kind for kind in ("loss", "accuracy") if any(name.endswith(kind) for name in history)]
    if axes is None:
        axes = plt.subplots(1, len(kinds), figsize=(3.5 * len(kinds), 2.8), squeeze=False)[1][0]
    axes = [_checks.instance("each of axes", ax, plt.Axes) for ax in np.ravel(axes)]
    if len(axes) != len(kinds):
        raise ValueError(f"axes must be {len(kinds)}, for {' and '.join(kinds)}, got {len(axes)}")
    for kind, ax in zip(kinds, axes, strict=True):
        for name in (kind, f"val_{kind}"):
            if name in history:
                epochs = np.arange(1, len(history[name]) + 1)
                label = "validation" if name.startswith("val_") else "training"
                ax.plot(
                    epochs, history[name], label=label, linestyle="--" if label[0] == "v" else "-"
                )
        ax.set(xlabel="epoch", ylabel=kind)
        ax.legend()
    return axes[0].figure


def confusion_matrix(matrix, labels: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Show a confusion matrix: rows are true classes, columns predicted ones.

    The colors show the mistakes only; the diagonal would drown them.

    Parameters
    ----------
    matrix : int array (K, K)
        As `mlp.confusion_matrix` gives it.
    labels : K strings, optional

    Examples
    --------
    >>> confusion_matrix([[5, 1], [0, 4]]).get_xlabel()
    'predicted class'
    """
    matrix = np.asarray(matrix)
    if matrix.dtype.kind not in "iu" or matrix.ndim != 2 or len(set(matrix.shape)) > 1:
        raise ValueError(f"matrix must be ints (K, K), got {matrix.dtype} of shape {matrix.shape}")
    k = _checks.count("K", len(matrix))
    labels = [str(i) for i in range(k)] if labels is None else list(labels)
    if len(labels) != k:
        raise ValueError(f"labels must have {k} strings, got {len(labels)}")
    ax = _axes(ax, figsize=(4.4, 4.2))
    mistakes = np.where(np.eye(k, dtype=bool), 0, matrix)
    ax.imshow(mistakes, cmap="Oranges", vmin=0, vmax=max(1, mistakes.max() * 1.6))
    for i, j in np.ndindex(k, k):
        if matrix[i, j]:
            weight = "bold" if i == j else "normal"
            ax.text(j, i, str(matrix[i, j]), ha="center", va="center", fontsize=8, weight=weight)
    ax.set(xticks=range(k), xticklabels=labels, xlabel="predicted class")
    ax.set(yticks=range(k), yticklabels=labels, ylabel="true class")
    ax.grid(False)
    return ax


def network_diagram(
    sizes: Sequence[int],
    labels: Sequence[str] | None = None,
    ax: Axes | None = None,
    at_most: int = 6,
) -> Axes:
    """Draw a network as circles and lines, one column for each layer.

    Parameters
    ----------
    sizes : sequence of int
        Units in each layer, inputs first.
    labels : one string for each layer, optional
    at_most : int
        Of a larger layer so many circles are drawn, with dots for the rest.

    Examples
    --------
    >>> len(network_diagram([2, 3, 1]).lines)
    9
    """
    sizes = [_checks.count("sizes", size) for size in (sizes if np.ndim(sizes) else [sizes])]
    if not sizes:
        raise ValueError("sizes must have at least one number, got none")
    _checks.count("at_most", at_most)
    if labels is not None and len(labels) != len(sizes):
        raise ValueError(f"labels must have {len(sizes)} strings, got {len(labels)}")
    ax = _axes(ax)
    spread = 0.9 / max(1, min(max(sizes), at_most) - 1)
    columns = []
    for i, size in enumerate(sizes):
        shown = min(size, at_most)
        heights = (np.arange(shown)[::-1] - (shown - 1) / 2) * spread
        columns.append([(i, h) for h in heights])
    for left, right in pairwise(columns):
        for x0, y0 in left:
            for x1, y1 in right:
                ax.plot([x0, x1], [y0, y1], color="#AAAAAA", linewidth=0.8, zorder=1)
    colors = _colors(3)
    for i, (size, column) in enumerate(zip(sizes, columns, strict=True)):
        color = colors[0] if i == 0 else colors[1] if i == len(sizes) - 1 else colors[2]
        ax.scatter(*zip(*column, strict=True), s=260, color=color, edgecolor="white", zorder=2)
        text = f"{size}" if labels is None else labels[i]
        ax.text(i, -0.62, text, ha="center", va="top")
        if size > len(column):
            ax.text(i, column[-1][1] - 0.07, "⋮", ha="center", va="top", fontsize=14)
    ax.set(xlim=(-0.4, len(sizes) - 0.6), ylim=(-0.75, 0.55))
    ax.axis("off")
    return ax


class Table:
    """Rows under a header, as `table` makes them: Markdown in a notebook, aligned text elsewhere.

    Attributes
    ----------
    header : list of str
    rows : list of lists of str
        The cells as they are shown.
    """

    def __init__(self, header: list[str], rows: list[list[str]], right: list[bool]):
        self.header, self.rows = header, rows
        self._right = right  # which columns are numbers, aligned to the right

    def __repr__(self) -> str:
        lines = [self.header, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, self._right, strict=True)
            ).rstrip()
            for line in lines
        )

    def _repr_markdown_(self) -> str:
        rule = ["---:" if right else ":---" for right in self._right]
        lines = [self.header, rule, *self.rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def table(
    header: Sequence[str], rows: Sequence[Sequence], digits: int | Sequence[int] = 2
) -> Table:
    """Return a table of computed numbers, to be the last value of a cell.

    Parameters
    ----------
    header : K strings
        May hold Markdown, formulas too.
    rows : sequence of sequences of K cells
        A string or an int is shown as it is, a float rounded. Several floats, such as the results
        of runs with other seeds, are shown as mean ± standard deviation (with n - 1).
    digits : int or K ints
        Decimals of all columns, or of each.

    Raises
    ------
    ValueError
        If the rows are not as long as the header.

    Examples
    --------
    >>> table(["rate", "steps", "accuracy in %"], [[0.1, 12, [97.0, 98.0, 99.0]]], digits=1)
    rate  steps  accuracy in %
     0.1     12     98.0 ± 1.0
    """
    header = [str(name) for name in header]
    k = _checks.count("the number of columns", len(header))
    digits = [digits] * k if np.ndim(digits) == 0 else list(digits)
    if len(digits) != k:
        raise ValueError(f"digits must be one number or {k}, got {len(digits)}")
    rows = [list(row) for row in rows]
    for i, row in enumerate(rows):
        if len(row) != k:
            raise ValueError(f"row {i} must have {k} cells, got {len(row)}: {row!r:.80}")
    right = [
        not any(isinstance(cell, str) for cell in column) for column in zip(*rows, strict=True)
    ]
    shown = [[_cell(*pair) for pair in zip(row, digits, strict=True)] for row in rows]
    return Table(header, shown, right or [False] * k)


def _cell(value, digits: int) -> str:
    """Return what a table shows of a value."""
    if isinstance(value, str):
        return value
    if np.ndim(value):
        values = np.asarray(value, np.float64)
        if values.ndim != 1 or len(values) < 2:
            raise ValueError(
                f"a cell must be a string, a number or at least two, got shape {values.shape}"
            )
        return f"{_cell(float(values.mean()), digits)} ± {values.std(ddof=1):.{digits}f}"
    if isinstance(value, (int, np.integer)):
        text = str(value)
    else:
        text = f"{value:.{digits}f}"
        if float(text) == 0:  # the sign of a zero is a matter of rounding
            text = text.removeprefix("-")
    return text.replace("-", "−")


def _class_of_each(name: str, values, n: int) -> np.ndarray:
    """Return `values` as classes >= 0, one for each of n points."""
    classes, _ = as_classes(name, values)
    if len(classes) != n or classes.min() < 0:
        raise ValueError(
            f"{name} must give a class >= 0 for each of {n} points, got {len(classes)} classes "
            f"from {classes.min()}"
        )
    return classes


def _colors(n: int) -> list[str]:
    """Return n colors of the book's cycle."""
    import matplotlib.style

    with matplotlib.style.context(_STYLE):
        cycle = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"]
    return [cycle[i % len(cycle)] for i in range(n)]


def _axes(ax: Axes | None, figsize: tuple[float, float] = (5, 3.5)) -> Axes:
    """Return `ax`, or the axes of a new figure."""
    import matplotlib.pyplot as plt

    if ax is None:
        return plt.subplots(figsize=figsize)[1]
    return _checks.instance("ax", ax, plt.Axes)
