"""The tools that compare a chapter with the book and stir rounding notice what they should."""

import base64
import io
import subprocess
import sys
from types import SimpleNamespace

import images
import matplotlib
import nbformat
import numpy as np
import outputs
import pytest
import stir
from conftest import ROOT
from matplotlib.figure import Figure
from PIL import Image


@pytest.fixture
def stirred():
    """Stir products with a seed, in this process; and stop at the end."""
    modules = {name: it for name, it in sys.modules.items() if name.split(".")[0] == "mlp"}
    for name in modules:
        del sys.modules[name]
    stir.install(0)
    yield SimpleNamespace(plain=stir._plain["matmul"])
    stir.uninstall()
    sys.modules.update(modules)


# ---- Rounding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shapes", [((40, 30), (30, 20)), ((30,), (30,)), ((30,), (30, 20))])
def test_products_move_by_one_unit_in_the_last_place_at_most(stirred, dtype, shapes):
    rng = np.random.default_rng(1)
    pairs = [[rng.standard_normal(shape).astype(dtype) for shape in shapes] for _ in range(20)]
    moved = []
    for a, b in pairs:
        plain, found = stirred.plain(a, b), np.matmul(a, b)
        assert found.dtype == plain.dtype == dtype
        moved.append(np.asarray(np.abs(found - plain) / np.spacing(np.abs(plain))))
        np.testing.assert_array_equal(np.matmul(a, b), found)  # the same on each call
    moved = np.concatenate([steps.ravel() for steps in moved])
    assert set(moved) <= {0.0, 0.5, 1.0}  # half a unit where a power of two lies between
    assert 0.4 < np.mean(moved > 0) < 0.9  # two of three


def test_noise_depends_on_the_seed_and_on_each_operand(stirred):
    rng = np.random.default_rng(2)
    a, b = rng.standard_normal((50, 60)), rng.standard_normal((60, 70))
    first = np.matmul(a, b)
    noise = first - stirred.plain(a, b)
    changed = a.copy()
    changed[3, 4] += 1e-7
    assert ((np.matmul(changed, b) - stirred.plain(changed, b) != 0) != (noise != 0)).any()
    stir.uninstall()
    stir.install(1)
    assert (np.matmul(a, b) != first).any()


def test_what_every_machine_computes_exactly_is_left_alone(stirred):
    rng = np.random.default_rng(3)
    whole = rng.integers(-9, 9, (20, 30)) / 8
    real = rng.standard_normal((30, 40))
    one_hot = np.eye(30)[rng.integers(0, 30, 25)]
    column, row = rng.standard_normal((20, 1)), rng.standard_normal((1, 9))
    for a, b in [(whole, whole.T), (one_hot, real), (real.T, one_hot.T), (column, row)]:
        np.testing.assert_array_equal(np.matmul(a, b), stirred.plain(a, b))
    with np.errstate(invalid="ignore"):
        extreme = np.matmul([[np.inf, 1.5, 0.1], [np.nan, 0.3, 1]], [[1.1], [0.7], [0.3]])
    assert np.isposinf(extreme[0, 0])
    assert np.isnan(extreme[1, 0])
    assert np.matmul([0.3, 0.7], [0.0, 0.0]) == 0


def test_every_way_to_write_a_product_is_stirred(stirred):
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((30, 40)), rng.standard_normal((40, 50))
    plain = stirred.plain(a, b)
    names = {"np": np, "a": a, "b": b, "out": np.empty((30, 50)), "mlp": __import__("mlp")}
    for source in (
        "c = a @ b",
        "c = np.matmul(a, b)",
        "c = np.matmul(a, b, out=out)",
        "c = np.dot(a, b)",
        "c = np.einsum('ij,jk', a, b)",
        "c = np.inner(a, b.T)",
        "c = np.tensordot(a, b, 1)",
        "d = mlp.Dense(40, 50, dtype=np.float64); d.weight[:] = b; c = d(a)",
        "n = mlp.Neuron(b[:, 0], 0.0, mlp.Identity()); c = n.forward(a)[:, None]",
    ):
        exec(compile(stir.parse(source), "<cell>", "exec"), names)
        c = names["c"]
        assert (c != plain[:, : c.shape[1]]).any(), source
        np.testing.assert_allclose(c, plain[:, : c.shape[1]], rtol=1e-12)


def test_mlp_that_was_imported_before_is_an_error(stirred):
    stir.uninstall()
    import mlp  # noqa: F401 - its products are plain

    with pytest.raises(RuntimeError, match="mlp must be imported after"):
        stir.install(0)


# ---- Figures -----------------------------------------------------------------------------------


def drawn(shift=0.0, color="#0072B2", label="82 ± 12", more=False) -> str:
    """A figure such as the book's, as it is stored: base64, 256 colors."""
    with matplotlib.rc_context({"figure.dpi": 100}):
        figure = Figure(figsize=(5, 3))
        ax = figure.add_subplot()
        x = np.linspace(0, 6, 200)
        ax.plot(x, np.sin(x + shift), color=color)
        ax.plot(x, np.cos(x), "C1--")
        ax.text(3, 0.5, label)
        ax.set(ylim=(-1.1, 1.1), xlabel="step", ylabel="loss")
        if more:
            ax.plot([2.0], [-0.5], "k.")
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=200)
    image = Image.open(file).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    file = io.BytesIO()
    image.save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


def test_antialiasing_passes():
    # 6 radians are about 780 pixels wide: 0.003 radians move the curve by 0.4 of a pixel.
    assert drawn(shift=0.003) != drawn()
    assert images.difference(drawn(), drawn(shift=0.003)) == ""
    assert images.difference(drawn(), drawn()) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"shift": 0.05},
        {"color": "#0092B2"},
        {"label": "82 ± 13"},
        {"label": "83 ± 12"},
        {"more": True},
    ],
)
def test_a_changed_curve_color_digit_or_point_fails(change):
    assert "pixels of the figure differ" in images.difference(drawn(), drawn(**change))
    assert "pixels of the figure differ" in images.difference(drawn(**change), drawn())


def test_a_figure_of_another_size_fails():
    small = Image.new("RGB", (30, 20), "white")
    file = io.BytesIO()
    small.save(file, "png")
    words = images.difference(drawn(), base64.b64encode(file.getvalue()).decode())
    assert "30×20" in words


# ---- Chapters ----------------------------------------------------------------------------------


@pytest.fixture
def chapter(tmp_path):
    """Write a chapter with the given cells and the outputs stored under them."""

    def write(*cells):
        notebook = nbformat.v4.new_notebook()
        for source, text in cells:
            output = nbformat.v4.new_output("stream", text=text)
            notebook.cells.append(
                nbformat.v4.new_code_cell(source, outputs=[output] if text else [])
            )
        path = tmp_path / "chapter.ipynb"
        nbformat.write(notebook, path)
        return path

    return write


def test_differences_name_chapter_cell_and_lines(chapter):
    path = chapter(("x = 1", ""), ("print('a')\nprint(x)", "a\n2\n"), ("1 / 0", ""))
    second, third = outputs.differences(path, outputs.run(path))
    assert second == "chapter.ipynb, cell 2:\nstored 2\nfound  1"
    assert third.startswith("chapter.ipynb, cell 3:\n")
    assert "ZeroDivisionError" in third


def test_a_printed_last_bit_is_found_and_a_rounded_number_is_not(chapter):
    product = "import numpy as np\na = np.random.default_rng(0).standard_normal((50, 50))\n"

    def shows(what):
        """A chapter that shows something of a product, as this machine gives it."""
        source = f"{product}print({what})"
        (result,) = outputs.run(chapter((source, "")))
        return chapter((source, outputs.sent(result)["text"]))

    rounded = shows("(a @ a)[0].round(3).tolist()")
    assert outputs.differences(rounded, outputs.run(rounded, seed=1)) == []
    exact = shows("(a @ a)[0].tolist()")
    assert outputs.differences(exact, outputs.run(exact)) == []
    (message,) = outputs.differences(exact, outputs.run(exact, seed=1))
    assert message.startswith("chapter.ipynb, cell 1:\nstored ")


def test_cells_that_depend_on_a_later_one_are_found_when_run_again(chapter):
    path = chapter(("x = 1", ""), ("print(x)", "1\n"), ("x = 2", ""), ("y = 3; print(y)", "3\n"))
    results = outputs.run(path, again=60)
    assert outputs.differences(path, results[:4]) == []
    (message,) = outputs.differences(path, results)
    assert message == "chapter.ipynb, cell 2, run again after the last:\nstored 1\nfound  2"


def test_command_says_what_differs_and_fails(chapter):
    path = chapter(("print(1)", "2\n"))
    command = [sys.executable, ROOT / "tests" / "outputs.py", "--seeds", "2", path]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert "seed 1: chapter.ipynb, cell 1:\nstored 2\nfound  1" in done.stdout
    assert "2 runs of" in done.stdout
    path = chapter(("print(1)", "1\n"))
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert (done.returncode, "0 cells differ" in done.stdout) == (0, True)
