"""What chapters and labs show holds when rounding changes, and when readers go back to a cell; the
checks of the exercises know right from wrong.

nbval runs each chapter as it is, in Jupyter's kernel, and tries the checks (see plugin.py). On its
day, one in ten, a chapter also runs in the Python part of the live cells (see outputs.py), with
every matrix product off by its last bit (see stir.py), and cells of up to a second run twice; that
takes up to five times as long as a plain run. `make robust` and `make again` do so with all, and
continuous integration every week.
"""

import ast
import datetime
import json
import subprocess
import sys

import answers
import nbformat
import needs
import outputs
import pytest
from conftest import ROOT

import dependencies
from chapter import Chapter

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
CHAPTERS += sorted((ROOT / "course" / "labs").glob("*.ipynb"))
TODAY = CHAPTERS[datetime.date.today().toordinal() % 10 :: 10]


@pytest.mark.parametrize("path", TODAY, ids=lambda path: path.stem)
def test_outputs_hold_and_checks_know_right_from_wrong(path):
    results = outputs.run(path, seed=1, again=1.0, answers=True)
    messages = outputs.differences(path, results) + answers.faults(results)
    assert not messages, "\n\n" + "\n\n".join(messages)


# A module that is None in sys.modules cannot be found, as if it were not installed.
HIDDEN = "import sys; sys.modules['tensorflow'] = None; del sys.argv[0]; "


def without_tensorflow(cells) -> list[str]:
    """Return what cells without the tag would miss where TensorFlow is not installed."""
    absent, missed = {"tensorflow", "keras"}, []
    for number, cell in enumerate(cells, 1):
        used, made = dependencies.names(cell.source)
        imports = [
            it
            for it in ast.walk(ast.parse(cell.source))
            if isinstance(it, ast.Import | ast.ImportFrom)
        ]
        made |= {it.asname or it.name.split(".")[0] for line in imports for it in line.names}
        if "tensorflow" in cell.metadata.get("tags", []):
            absent |= made
            continue
        used |= {it.name.split(".")[0] for line in imports for it in line.names}
        used |= {getattr(line, "module", "").split(".")[0] for line in imports}
        missed += [f"cell {number}: {name}" for name in sorted(used & absent)]
        absent -= made
    return missed


def test_cells_that_do_not_need_tensorflow_take_nothing_from_those_that_do():
    assert not without_tensorflow(Chapter(ROOT / "chapters" / "09-frameworks.ipynb").code)
    new = nbformat.v4.new_code_cell
    cells = [new("import keras as k\nnet = k.Sequential()"), new("net"), new("net = 1"), new("net")]
    cells[0].metadata["tags"] = ["tensorflow"]
    cells += [new("def start():\n    from keras.layers import Dense"), new("k")]
    assert without_tensorflow(cells) == ["cell 2: net", "cell 5: keras", "cell 6: k"]


@pytest.mark.weekly
def test_chapter_9_without_tensorflow():
    """The cells that do not need it run, and show what the book shows."""
    path = ROOT / "chapters" / "09-frameworks.ipynb"
    code = HIDDEN + "import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
    script = ROOT / "tests" / "run_chapter.py"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, script, path],
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    tagged = ["tensorflow" in c.metadata.get("tags", []) for c in Chapter(path).code]
    assert [result["skipped"] for result in results] == tagged
    assert 0 < sum(tagged) < len(tagged) / 2
    messages = outputs.differences(path, results)
    assert not messages, "\n\n" + "\n\n".join(messages)


def test_nbval_skips_visibly_what_needs_tensorflow(tmp_path):
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in ("1 / 0", "x = 1")]
    notebook.cells[0].metadata["tags"] = ["tensorflow"]
    nbformat.write(notebook, tmp_path / "chapter.ipynb")
    code = HIDDEN + "import pytest; sys.exit(pytest.main(sys.argv))"
    command = [sys.executable, "-c", code, "-c", ROOT / "pyproject.toml", "--rootdir", tmp_path]
    done = subprocess.run([*command, tmp_path], capture_output=True, encoding="utf-8", cwd=ROOT)
    assert "1 passed, 1 skipped" in done.stdout
    assert f"Cells and tests were skipped: {needs.WITHOUT}." in done.stdout


def nbval(path) -> str:
    """Test one notebook; return what pytest prints."""
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml"]
    command += ["--rootdir", path.parent, path]
    return subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT).stdout


def test_nbval_finds_a_stale_figure_and_counts_cells_from_one(tmp_path):
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, {}])\nplt.show()"
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in ("x = 1", draw.format(2))]
    path = tmp_path / "chapter.ipynb"
    nbformat.write(notebook, path)
    subprocess.run([sys.executable, ROOT / "book" / "execute.py", path], check=True)

    assert "2 passed" in nbval(path)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = draw.format(3)
    nbformat.write(notebook, path)
    report = nbval(path)
    assert "1 failed, 1 passed" in report
    assert "Cell 2" in report
    assert "pixels of the figure differ" in report or "the stored figure has" in report


EXERCISE = """\
:::{exercise} Two
:label: two
:class: easy

Which number comes after 1?
:::

```{solution-start} two
:label: two-solution
```
"""


def test_nbval_tries_the_checks_of_exercises(tmp_path):
    """The book's solution must pass, and what nobody could mean must not."""
    new = nbformat.v4

    def tested(check: str, solution: str) -> str:
        notebook = new.new_notebook()
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        asked, solved = EXERCISE.split("\n\n```")
        start = new.new_code_cell(f"import mlp\n\nn = ...\n\n{check};")
        start.metadata["tags"] = ["exercise"]
        notebook.cells = [
            new.new_markdown_cell(asked),
            start,
            new.new_markdown_cell("```" + solved),
            new.new_code_cell(solution),
            new.new_markdown_cell("```{solution-end}\n```"),
        ]
        nbformat.write(notebook, tmp_path / "chapter.ipynb")
        return nbval(tmp_path / "chapter.ipynb")

    assert "3 passed" in tested("mlp.check.value('n', n, 2)", "n = 2")
    report = tested("mlp.check.value('n', n, 2)", "n = 3")
    assert "1 failed, 2 passed" in report
    assert "two, solution: the check says" in report
    report = tested("mlp.check.that('n', n, {'a number after 1': lambda n: True})", "n = 2")
    assert "1 failed, 2 passed" in report
    assert "two, n is the text" in report
