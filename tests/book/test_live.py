"""Live cells: Python in the page, in every layer of it.

The worker's Python part runs all chapters in test_chapters.py; its JavaScript runs with a worker
that is none, in page.test.mjs; all of it in a real browser, with Python alone; and one chapter
there with NumPy and Matplotlib, which come from PyPI if `make live-wheels` has not fetched them.
`make test-live` runs every chapter in the browser.
"""

import ast
import email
import io
import json
import os
import re
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

import answers
import matplotlib.pyplot as plt
import nbformat
import needs
import numpy as np
import outputs
import pytest
from bs4 import BeautifulSoup
from conftest import QuietHandler, build_pages, serving
from homework import WRONG, judged, key, load, points, wrong_answer
from nbclient import NotebookClient
from places import EXTENSIONS, ROOT
from playwright.sync_api import expect
from sphinx.errors import ExtensionError

import live_wheels
from chapter import Chapter
from course.grading import runner
from course.grading.judge import decoded
from course.homework.assignment import NAMES
from extensions import live
from extensions.live import cells
from extensions.node import NODE
from mlp import _matmul

TESTS = ROOT / "tests" / "book" / "live"
CHAPTERS = [
    it for name in ("chapters", "course/labs") for it in sorted((ROOT / name).glob("*.ipynb"))
]
NUMPY_CHAPTERS = [path for path in CHAPTERS if not path.name.startswith("09")]


# ---- The worker's Python part ------------------------------------------------------------------


@pytest.fixture
def page():
    """Run cells; return whether each ran to its end, and what it sent."""
    plt.close("all")  # a new Python has no figures; doctests that ran before may have left some
    sent = []

    def run(source: str) -> tuple[bool, list]:
        sent.clear()
        ok = state.run(source, f"cell {len(state._files) + 1}")
        return ok, list(sent)

    with cells.Page(lambda kind, data: sent.append((kind, data)), live.TEXT) as state:
        yield run


def joined(sent, kind):
    return "".join(data for sent_kind, data in sent if sent_kind == kind)


def test_last_value_is_shown_as_in_a_notebook(page):
    assert page("x = 41\nx + 1") == (True, [("display", {"text/plain": "42"})])
    assert page("x += 1") == (True, [])
    assert page("_, x") == (True, [("display", {"text/plain": "(42, 42)"})])
    assert page("x;") == (True, [])
    assert page("None") == (True, [])
    assert page("# nothing") == (True, [])
    assert page("") == (True, [])


def test_text_comes_as_it_is_written(page):
    source = "import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')\n'd'"
    ok, sent = page(source)
    assert ok
    assert [kind for kind, _ in sent if kind != "display"] == [
        "stdout",
        "stdout",
        "stderr",
        "stderr",
        "stdout",
        "stdout",
    ]
    assert joined(sent, "stdout") == "a\nc\n"
    assert joined(sent, "stderr") == "b\n"
    assert sent[-1] == ("display", {"text/plain": "'d'"})


def test_values_show_themselves_in_their_own_forms(page):
    _, sent = page("from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>'))\n3")
    assert sent[0][1]["text/html"] == "<b>"
    assert sent[1] == ("display", {"text/plain": "3"})
    _, sent = page("Markdown('| a |')")
    text = "<IPython.core.display.Markdown object>"
    assert sent == [("display", {"text/markdown": "| a |", "text/plain": text})]
    _, sent = page("Markdown")  # the class itself has nothing to show
    assert list(sent[0][1]) == ["text/plain"]


def test_error_names_the_lines_of_cells_and_nothing_else(page):
    page("def f(x):\n    return 1 / x\n")
    ok, sent = page("print('before')\nf(0)")
    assert not ok
    assert joined(sent, "stdout") == "before\n"
    report = joined(sent, "error").splitlines()
    assert report[0] == "Traceback (most recent call last):"
    assert report[1:3] == ['  File "<cell 2>", line 2, in <module>', "    f(0)"]
    assert '  File "<cell 1>", line 2, in f' in report
    assert "    return 1 / x" in report
    assert report[-1] == "ZeroDivisionError: division by zero"
    ok, sent = page("import json\njson.loads('{')")
    report = joined(sent, "error")
    assert 'File "<cell 3>", line 2' in report
    assert report.count("File") == 1
    assert "JSONDecodeError: Expecting property name" in report


def test_errors_that_led_to_errors_are_trimmed_too(page):
    ok, sent = page("import json\ntry:\n    json.loads('{')\nexcept ValueError as e:\n    1 / 0")
    report = joined(sent, "error")
    assert not ok
    assert "During handling of the above exception" in report
    assert "JSONDecodeError" in report
    assert set(re.findall('File "(.*?)"', report)) == {"<cell 1>"}


def test_code_that_cannot_be_read_is_shown_with_its_line(page):
    ok, sent = page("x = 1\ny = (")
    report = joined(sent, "error")
    assert not ok
    assert report.startswith('  File "<cell 1>", line 2\n    y = (\n')
    assert "SyntaxError: '(' was never closed" in report
    assert "cells.py" not in report


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit", "MemoryError"])
def test_no_error_ends_the_session(page, error):
    ok, sent = page(f"x = 1\nraise {error}")
    assert not ok
    assert joined(sent, "error").endswith(f"{error}\n")
    assert page("x") == (True, [("display", {"text/plain": "1"})])


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("import pandas", "module"),
        ("from no.where import x", "module"),
        ("x = input('Your name: ')", "input"),
        ("x = 1\n%timeit x", "magic"),
        ("!pip install pandas", "magic"),
        ("pip install pandas", "magic"),
        ("files = !ls", "magic"),
        ("print?", "magic"),
        ("await x", "await"),
        ("async with x:\n    pass", "await"),
    ],
)
def test_what_a_page_cannot_do_is_told_under_the_error(page, source, word):
    ok, sent = page(source)
    assert not ok
    assert joined(sent, "error").splitlines()[-1].endswith(live.TEXT[word])


@pytest.mark.parametrize(
    "source",
    ["x = (1", "compile('%x', 'other', 'exec')", "import os\nfrom os import nowhere", "5 % 'a'"],
)
def test_other_errors_are_told_as_they_are(page, source):
    ok, sent = page(source)
    assert not ok
    assert not any(
        live.TEXT[word] in joined(sent, "error") for word in ("module", "magic", "await")
    )


def test_figure_of_an_earlier_cell_is_shown_again(page):
    _, first = page(
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nx = ax.plot([1, 2])"
    )
    _, again = page("ax.plot([2, 1])\nfig")
    _, shown = page("display(fig)\nplt.close(fig)")
    pictures = [[data["image/png"] for _, data in sent] for sent in (first, again, shown)]
    assert [len(them) for them in pictures] == [1, 1, 1]
    assert pictures[0] != pictures[1] == pictures[2]  # the second line is drawn, too
    assert again[0][1]["text/plain"].startswith("<Figure size")


def test_source_of_a_function_can_be_read(page):
    ok, sent = page("import inspect\ndef f():\n    return 7\nprint(inspect.getsource(f))")
    assert ok, sent
    assert joined(sent, "stdout") == "def f():\n    return 7\n\n"


@pytest.mark.parametrize(
    ("source", "uses", "binds", "changes"),
    [
        ("import numpy as np, a.b\nfrom c import d", "", "a d np", ""),
        ("x = np.ones(n)", "n np", "x", ""),
        ("x = 1\nprint(x)", "print", "x", ""),
        ("print(x)\nx = 1", "print x", "x", ""),
        ("def f(x, y=z):\n    w = x + g\n    return w", "g z", "f", ""),
        ("f = lambda x: x + w", "w", "f", ""),
        ("y = [x for x in values if x > low]", "low values", "y", ""),
        ("for i, a in enumerate(b):\n    c = a", "a b enumerate", "a c i", ""),
        ("net.weight[:, 0] = 1", "net", "", "net"),
        ("count += 1", "count", "", "count"),
        ("history = mlp.fit(net, x)", "mlp net x", "history", "net"),
        ("rows.append(a)", "a rows", "", "rows"),
        ("step(net, 1)", "net step", "", "net"),
        ("rows = []\nrows.append(a)", "a", "rows", ""),
        ("class A(B):\n    c = d", "B d", "A", ""),
        ("with open(p) as file:\n    pass", "open p", "file", ""),
        ("x = (", "", "", ""),
        ("", "", "", ""),
    ],
)
def test_what_a_cell_needs_and_gives(source, uses, binds, changes):
    found = {name: " ".join(it) for name, it in cells.names(source).items()}
    assert found == {"uses": uses, "binds": binds, "changes": changes}


def test_names_are_completed():
    with cells.Page(print) as page:
        page.run("import math\nclass Layer:\n    weight = 1\n    _hidden = 2\nlayer = Layer()", "1")
        assert page.complete("x = lay") == ["layer"]
        assert page.complete("2 * layer.") == ["layer.weight"]
        assert page.complete("layer._h") == ["layer._hidden"]
        assert page.complete("math.sq") == ["math.sqrt"]
        assert page.complete("retu") == ["return"]
        assert page.complete("layer.weight.bit_l") == ["layer.weight.bit_length"]
        for nothing in ("", "x = ", "none.", "layer", "f().", "1.", "'a'."):
            assert page.complete(nothing) == [], nothing


def test_names_are_explained():
    with cells.Page(print) as page:
        page.run(
            'import math\ndef f(x, y=2):\n    """Do it.\n\n    At length.\n    """\nx = 1.5', "1"
        )
        assert page.explain("2 + f") == "f(x, y=2)\nDo it."
        assert page.explain("f(1, ") == "f(x, y=2)\nDo it."
        assert page.explain("f(g(3), ") == "f(x, y=2)\nDo it."
        assert page.explain("x") == "x: float"
        assert page.explain("math").startswith("math\nThis module")
        assert page.explain("math.sqrt(").startswith("math.sqrt(x, /)\nReturn the square root")
        for nothing in ("", "unknown", "unknown(", "x.unknown"):
            assert page.explain(nothing) == "", nothing


def test_nothing_stays_behind():
    def state():
        names = ("__main__", "IPython", "IPython.display", "_live_figures")
        modules = [sys.modules.get(name) for name in names]
        return [modules, os.environ.get("MPLBACKEND"), list(sys.meta_path)]

    before = state()
    with cells.Page(lambda *_: None, live.TEXT):
        assert state() != before
    assert state() == before


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_chapters_import_is_there(path, node_modules):
    names = set().union(*(live.imported(cell.source) for cell in Chapter(path).code))
    # What the book has no browser for, its page says, and has no buttons.
    assert names - live.runnable() <= (set() if path in NUMPY_CHAPTERS else needs.FRAMEWORKS)


def test_imports_are_found_wherever_they_stand():
    source = "import a.b, c\nfrom d.e import f\ndef g():\n    import h"
    assert live.imported(source) == {"a", "c", "d", "h"}
    assert live.imported("x = 1") == set()


# ---- Python in the site ------------------------------------------------------------------------


@pytest.fixture
def lock(node_modules):
    return live.read_lock()


def test_wheel_holds_the_package_and_never_changes_by_itself(tmp_path):
    first = live.build_wheel(tmp_path).read_bytes()
    assert live.build_wheel(tmp_path).read_bytes() == first
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}  # not the clock's
        names = set(archive.namelist())
        package = {
            f"mlp/{path.relative_to(ROOT / 'mlp').as_posix()}"
            for path in (ROOT / "mlp").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        info = f"neurons_to_networks-{project['version']}.dist-info"
        made = {f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL")} | {"mlp/matmul.wasm"}
        assert names == package | made
        for name in package:
            assert archive.read(name) == (ROOT / name).read_bytes()
        metadata = email.message_from_bytes(archive.read(f"{info}/METADATA"))
        assert metadata["Version"] == project["version"]
        assert metadata["Requires-Python"] == project["requires-python"]
        assert metadata.get_all("Requires-Dist") == project["dependencies"]


def test_package_works_without_what_the_browser_lacks(tmp_path):
    """From the wheel, without tqdm, pooch and scikit-learn, which Pyodide's set need not have."""
    wheel = live.build_wheel(tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    program = """if True:
        import importlib.util, sys
        find_spec = importlib.util.find_spec
        class Absent:
            def find_spec(self, name, *rest):
                if name.partition(".")[0] in ("tqdm", "pooch", "sklearn"):
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        sys.meta_path.insert(0, Absent())
        importlib.util.find_spec = lambda name, *rest: None if name == "tqdm" else find_spec(name)
        import mlp
        assert "matplotlib" not in sys.modules
        data = mlp.datasets.digits()
        net = mlp.Sequential(mlp.Dense(64, 32), mlp.ReLU(), mlp.Dense(32, 10), rng=0)
        loss = mlp.CrossEntropy()
        adam = mlp.Adam(1e-3)
        mlp.fit(net, data.x_train, data.y_train, loss=loss, optimizer=adam, epochs=9, rng=0)
        result = mlp.evaluate(net, data.x_test, data.y_test, loss=loss)
        print(mlp.__file__, result["accuracy"] > 0.9)
    """
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        encoding="utf-8",
        env=environment,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "site" / "mlp" / "__init__.py"), "True"]


def test_closure_follows_dependencies():
    def entry(*depends):
        return {"depends": list(depends)}

    packages = {"a": entry("b", "c"), "b": entry("c"), "c": entry("a"), "d": entry("a")}
    assert live.closure(packages, ["b"]) == {"a", "b", "c"}
    assert live.closure(packages, []) == set()


def test_lock_leads_to_every_package(tmp_path, lock):
    live.write_python(tmp_path / "live", tmp_path / "none", "https://example.org/full/")
    written = json.loads((tmp_path / "live" / "pyodide-lock.json").read_text(encoding="utf-8"))
    needed = live.closure(lock["packages"], ["numpy", "matplotlib"])
    assert written["packages"].keys() == needed | {"mlp"}  # no other could be loaded
    numpy = written["packages"]["numpy"]
    original = lock["packages"]["numpy"]
    assert numpy == original | {"file_name": "https://example.org/full/" + original["file_name"]}
    mlp = written["packages"]["mlp"]
    assert (mlp["imports"], mlp["depends"]) == (["mlp"], ["numpy"])
    assert live.sha256((tmp_path / "live" / mlp["file_name"]).read_bytes()) == mlp["sha256"]
    version = json.loads((live.BOOK / "package.json").read_text())["dependencies"]["pyodide"]
    assert live.packages_address() == f"https://cdn.jsdelivr.net/pyodide/v{version}/full/"


@pytest.fixture
def distribution(tmp_path):
    """A folder like a Pyodide distribution, and what its lock file says of the packages."""
    folder = tmp_path / "distribution"
    folder.mkdir()
    depends = {"numpy": [], "matplotlib": ["numpy", "six"], "six": [], "scipy": ["numpy"]}
    packages = {}
    for name, wanted in depends.items():
        wheel = folder / f"{name}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{name}/__init__.py", f"name = '{name}'\n")
            archive.writestr(f"{name}/data.txt", "three\n")
        digest = live.sha256(wheel.read_bytes())
        packages[name] = {"file_name": wheel.name, "sha256": digest, "depends": wanted}
    return folder, packages


@pytest.fixture
def lock_names(distribution, lock, monkeypatch):
    """Pyodide's lock file, with the packages of the small distribution instead of its own."""
    lock["packages"] = distribution[1]
    monkeypatch.setattr(live, "read_lock", lambda: lock)


def test_wheels_are_fetched_checked_and_served(tmp_path, distribution, lock_names, capsys):
    folder, packages = distribution
    wheels = tmp_path / "wheels"
    live_wheels.fetch(str(folder), packages, wheels)
    assert {path.name for path in wheels.iterdir()} == {"matplotlib.whl", "numpy.whl", "six.whl"}
    assert (wheels / "six.whl").read_bytes() == (folder / "six.whl").read_bytes()
    capsys.readouterr()
    live_wheels.fetch("a folder that is not there", packages, wheels)  # all is here already
    assert capsys.readouterr().out == ""
    live.write_python(tmp_path / "live", wheels, "https://example.org/")
    written = json.loads((tmp_path / "live" / "pyodide-lock.json").read_text())["packages"]
    assert written["numpy"]["file_name"] == "numpy.whl"
    assert "scipy" not in written
    content = (tmp_path / "live" / "numpy.whl").read_bytes()
    assert written["numpy"]["sha256"] == live.sha256(content)  # or browsers refuse the file
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == ["numpy/__init__.pyc", "numpy/data.txt"]
        assert archive.read("numpy/data.txt") == b"three\n"


def test_wheels_are_fetched_from_an_address(tmp_path, distribution):
    folder, packages = distribution
    with serving(folder) as address:
        live_wheels.fetch(address.rstrip("/"), packages, tmp_path / "wheels")
        (folder / "six.whl").unlink()
        with pytest.raises(live_wheels.NotFetchedError, match=r"six\.whl could not .* 404"):
            live_wheels.fetch(address, packages, tmp_path / "again")
    expected = (folder / "numpy.whl").read_bytes()
    assert (tmp_path / "wheels" / "numpy.whl").read_bytes() == expected


def test_wheels_are_fetched_from_the_package_on_pypi(tmp_path, distribution, monkeypatch):
    folder, packages = distribution
    on_pypi = tmp_path / "carrier-1-py3-none-any.whl"
    with zipfile.ZipFile(on_pypi, "w") as archive:
        for wheel in folder.iterdir():
            archive.write(wheel, f"{live_wheels.FOLDER_ON_PYPI}/{wheel.name}")
        archive.writestr("carrier-1.dist-info/METADATA", "Name: carrier\nVersion: 1\n")
        archive.writestr("carrier-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("carrier-1.dist-info/RECORD", "")
    monkeypatch.setattr(live_wheels, "ON_PYPI", "carrier==1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # nothing but the folder
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    live_wheels.fetch("pypi", packages, tmp_path / "wheels")
    assert (tmp_path / "wheels" / "six.whl").read_bytes() == (folder / "six.whl").read_bytes()
    on_pypi.unlink()
    with pytest.raises(live_wheels.NotFetchedError, match="carrier==1 could not be had from PyPI:"):
        live_wheels.fetch("pypi", packages, tmp_path / "again")


def test_wheel_that_is_not_the_right_one_is_refused(tmp_path, distribution, lock_names):
    folder, packages = distribution
    (folder / "numpy.whl").write_bytes(b"something else")
    wheels = tmp_path / "wheels"
    message = r"numpy\.whl from .* has the SHA-256 \w+, not \w+"
    with pytest.raises(live_wheels.NotFetchedError, match=message):
        live_wheels.fetch(str(folder), packages, wheels)
    assert not (wheels / "numpy.whl").exists()
    with pytest.raises(ExtensionError, match=r"numpy\.whl is not the file"):
        live.write_python(tmp_path / "live", folder, "https://example.org/")


def test_what_cannot_be_fetched_is_said_in_one_line(tmp_path, node_modules):
    command = [sys.executable, ROOT / "book" / "live_wheels.py", tmp_path / "not there"]
    program = "import runpy, sys, pathlib; from extensions import live; "
    program += "live.WHEELS = pathlib.Path(sys.argv.pop(1)); "
    program += "sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
    command[1:1] = ["-c", program, tmp_path / "wheels"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "book")}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment)
    assert done.returncode == 1
    assert re.fullmatch(r"\S+\.whl could not be had from .*not there: .*\n", done.stderr)


def test_archives_are_compiled_by_the_python_that_reads_them(tmp_path, lock, monkeypatch):
    monkeypatch.setattr(live, "COMPILED", tmp_path / "compiled")
    archive = tmp_path / "shapes-1-py3-none-any.whl"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("shapes.py", "def area(width, height):\n    return width * height\n")
    (compiled,) = live.compiled([archive])
    with zipfile.ZipFile(compiled) as file:
        assert file.namelist() == ["shapes.pyc"]
        content = file.read("shapes.pyc")
        assert content[4:8] == b"\x01\0\0\0"  # PEP 552: by hash, and the source is not looked for
        assert b"/site-packages/shapes.py" in content
        assert file.infolist()[0].date_time[0] == 1980  # not the clock's
    written = compiled.stat().st_mtime_ns
    assert live.compiled([archive]) == [compiled]
    assert compiled.stat().st_mtime_ns == written
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("shapes.py", "1 +")
    with pytest.raises(ExtensionError, match=r"(?s)could not be compiled.*SyntaxError"):
        live.compiled([archive])
    assert not list(tmp_path.glob("compiled/*/shapes*"))[1:]


# ---- The JavaScript ----------------------------------------------------------------------------


def test_every_word_is_defined_and_used():
    scripts = [*(EXTENSIONS / "live").rglob("*.mjs"), EXTENSIONS / "live" / "cells.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in scripts)
    # By name, in a list of names, or as the reason of what went wrong.
    named = set(re.findall(r"text\.(\w+)|\"(\w+)\"", source))
    lists = re.findall(r"const \{ (.*?) \} = this\.text", source)
    named = {word for words in named for word in words} | set(", ".join(lists).split(", "))
    assert live.TEXT.keys() - live.WORDS_IN_HTML - named == set()
    assert set(re.findall(r"this\.text\.(\w+)", source)) <= live.TEXT.keys() - live.WORDS_IN_HTML


# ---- A page of plain Python in a real browser --------------------------------------------------

CODE = {
    "define": "x = 20\nprint('x is', x)",
    "use": "x + 1",
    "loop": "import time\nfor i in range(10**9):\n    if i % 10**6 == 0:\n        print('step', i)",
    "fail": "y = 1\ny / 0",
    "table": (
        "from IPython.display import Markdown\nMarkdown('| a | b |\\n| - | - |\\n| $x^2$ | two |')"
    ),
    "package": "import mlp\nprint(mlp.__file__, len(mlp.__all__) > 20)",
}
DEFINE, USE, LOOP, FAIL, TABLE, PACKAGE = range(len(CODE))
LAYOUT = """{% extends "!layout.html" %}
{% block extrahead %}
<link href="_static/site.css" rel="stylesheet" />
<script defer src="_static/site.js"></script>
{% endblock %}
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory, node_modules):
    """The address of a page whose cells need no package, and its folder."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "source").mkdir()
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
        cells=[nbformat.v4.new_markdown_cell("# Page\n\nText.")],
    )
    for code in CODE.values():
        output = nbformat.v4.new_output("stream", name="stdout", text="as stored in the book\n")
        notebook.cells.append(nbformat.v4.new_code_cell(code, outputs=[output]))
    nbformat.write(notebook, folder / "source" / "index.ipynb")
    notebook.metadata["orphan"] = True
    notebook.cells[1].source = "import torch\nfrom jax import numpy"
    nbformat.write(notebook, folder / "source" / "elsewhere.ipynb")
    (folder / "templates").mkdir()
    (folder / "templates" / "layout.html").write_text(LAYOUT, encoding="utf-8")
    ours = ["strict", "node", "base", "formulas", "live", "assets"]
    settings = {
        "extensions": ["myst_nb", *(f"extensions.{name}" for name in ours)],
        "source_suffix": {".ipynb": "myst-nb"},  # the default is one object, and builds change it
        "nb_execution_mode": "off",
        "html_theme": "basic",
        "html_favicon": str(EXTENSIONS / "base" / "favicon.svg"),
        "templates_path": [str(folder / "templates")],
        "live_timeout": 120_000,
    }
    assert build_pages(folder, settings) == ""
    out = folder / "out"
    with_fake_numpy(out / "live")
    with serving(out) as address:
        yield f"{address}index.html", out


def with_fake_numpy(folder: Path) -> None:
    """Put a NumPy that computes nothing beside Python: enough to see the wheel of mlp imported."""
    wheel = folder / "numpy-0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "numpy/__init__.py",
            "import sys\nfrom unittest.mock import MagicMock\n"
            "sys.modules[__name__] = MagicMock(name='numpy')\n",
        )
        archive.writestr("numpy-0.dist-info/METADATA", "Name: numpy\nVersion: 0\n")
        archive.writestr("numpy-0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    lock = json.loads((folder / "pyodide-lock.json").read_text())
    lock["packages"]["numpy"] |= {
        "file_name": wheel.name,
        "sha256": live.sha256(wheel.read_bytes()),
    }
    (folder / "pyodide-lock.json").write_text(json.dumps(lock))


class Cells:
    """A page opened in the browser, with the parts of its cells."""

    def __init__(self, tab, url):
        self.tab = tab
        self.page = tab.open(url)
        self.page.on("dialog", lambda dialog: dialog.accept())  # Reset asks first

    def at(self, number):
        return self.page.locator("div.cell").nth(number)

    def output(self, number):
        return self.at(number).locator(".cell_output")

    def status(self, number):
        return self.at(number).locator(".live-status")

    def press(self, name, number):
        self.at(number).get_by_role("button", name=name).click()

    def write(self, number, code):
        """Put code into a cell by its editor."""
        self.press("Edit", number)
        editor = self.at(number).get_by_role("textbox", name=f"Code of cell {number + 1}.")
        expect(editor).to_be_focused()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(code)


@pytest.fixture
def opened(visit, plain):
    url, _ = plain
    cells = Cells(visit(), url)
    yield cells
    assert cells.tab.errors == []


STARTED = {"timeout": 120_000}  # Python loads, on a machine that may be busy


def test_run_runs_the_cells_above_first(opened, plain):
    before = [url for url in opened.tab.requests if "/live/" in url]
    assert before == []
    opened.press("Run", USE)
    expect(opened.output(USE)).to_have_text("21", **STARTED)
    expect(opened.output(DEFINE)).to_have_text("x is 20")
    expect(opened.status(USE)).to_have_text(re.compile(r"Done in \d+\.\d s\."))
    origin = plain[0].removesuffix("index.html")
    assert [url for url in opened.tab.requests if not url.startswith(origin)] == []


def test_edit_run_error_reset(opened):
    editor = opened.at(DEFINE).get_by_role("textbox")
    opened.write(DEFINE, "x = 10 // 2\nprint('now', x)")  # "/" is a shortcut of the page
    opened.page.keyboard.press("Shift+Enter")
    expect(opened.output(DEFINE)).to_have_text("now 5", **STARTED)
    expect(editor).to_be_focused()
    opened.press("Run", USE)
    expect(opened.output(USE)).to_have_text("6")
    opened.write(LOOP, "print('short')")
    opened.press("Run", FAIL)
    error = opened.output(FAIL).locator(".live-error pre")
    expect(error).to_contain_text("ZeroDivisionError: division by zero")
    expect(error).to_contain_text('File "<cell 4>", line 2')
    assert "cells.py" not in error.inner_text()
    expect(opened.status(FAIL)).to_contain_text("Cell 4 failed")
    opened.press("Reset", DEFINE)
    expect(opened.output(DEFINE)).to_have_text("as stored in the book")
    expect(editor).to_have_count(0)
    expect(opened.at(DEFINE).get_by_role("button", name="Edit")).to_be_focused()
    opened.press("Run", USE)
    expect(opened.output(USE)).to_have_text("21")


def test_stop_interrupts_a_loop_and_keeps_the_variables(opened):
    """On the first visit, too: before Python starts, the page loads itself again, isolated."""
    assert not opened.page.evaluate("crossOriginIsolated")
    opened.press("Run", LOOP)
    expect(opened.output(LOOP)).to_contain_text("step 1000000", **STARTED)
    assert opened.page.evaluate("crossOriginIsolated")
    opened.press("Stop", LOOP)
    expect(opened.output(LOOP)).to_contain_text("KeyboardInterrupt")
    expect(opened.status(LOOP)).to_contain_text("All variables are kept")
    opened.write(LOOP, "i > 0, x")
    opened.press("Run", LOOP)
    expect(opened.output(LOOP)).to_have_text("(True, 20)")


def test_where_no_service_worker_may_run_stop_restarts_python(visit, plain):
    page = Cells(visit(service_workers="block"), plain[0])
    page.press("Run", LOOP)
    expect(page.output(LOOP)).to_contain_text("step 1000000", **STARTED)
    page.press("Stop", LOOP)
    expect(page.status(LOOP)).to_contain_text("all variables are gone")
    expect(page.output(LOOP)).to_contain_text("step 1000000")


def test_the_place_where_one_reads_stays_when_the_page_loads_itself_again(visit, plain):
    page = Cells(visit(viewport={"width": 390, "height": 500}), plain[0])
    page.write(DEFINE, "x = 30\n" * 40)
    button = page.at(USE).get_by_role("button", name="Run")
    button.scroll_into_view_if_needed()
    top = button.bounding_box()["y"]
    button.click()
    page.page.wait_for_function("crossOriginIsolated && document.activeElement?.dataset.live")
    assert abs(page.at(USE).get_by_role("button", name="Stop").bounding_box()["y"] - top) < 3
    expect(page.output(USE)).to_have_text("31", **STARTED)


def test_what_is_written_is_there_after_a_reload(opened):
    opened.write(USE, "x * 100")
    opened.page.reload()
    editor = opened.at(USE).get_by_role("textbox")
    expect(editor).to_have_text("x * 100")
    expect(opened.status(USE)).to_have_text("Your changes are still here.")
    opened.press("Run", USE)
    expect(opened.output(USE)).to_have_text("2000", **STARTED)
    opened.press("Reset", USE)
    opened.page.reload()
    expect(opened.at(USE)).to_contain_text("as stored in the book")
    expect(editor).to_have_count(0)


def test_a_change_runs_all_below_it_again_and_marks_older_results(opened):
    opened.write(LOOP, "x + 2")
    opened.press("Run", LOOP)
    expect(opened.output(LOOP)).to_have_text("22", **STARTED)
    note = opened.at(LOOP).locator(".live-note")
    expect(note).to_have_text("your result")
    opened.write(DEFINE, "x = 50")
    expect(note).to_have_text("from before the code changed")
    opened.press("Run", LOOP)
    expect(opened.output(LOOP)).to_have_text("52")
    expect(opened.output(USE)).to_have_text("51")
    expect(note).to_have_text("your result")
    expect(opened.at(FAIL).locator(".live-note")).to_have_text("from before the code changed")


def test_error_says_what_the_page_does_not_have_and_its_long_lines_are_in_sight(opened):
    opened.write(LOOP, "import pandas")
    opened.press("Run", LOOP)
    error = opened.output(LOOP).locator(".live-error")
    expect(error).to_contain_text("ModuleNotFoundError: No module named 'pandas'", **STARTED)
    expect(error).to_contain_text("The page has NumPy, Matplotlib, mlp")
    assert error.locator("pre").evaluate("node => node.scrollWidth <= node.clientWidth")
    opened.write(LOOP, "raise ValueError('a shape that is long ' * 30 + 'x' * 400)")
    opened.press("Run", LOOP)
    expect(error).to_contain_text("ValueError")
    assert error.locator("pre").evaluate("node => node.scrollWidth <= node.clientWidth")
    opened.write(LOOP, "x")
    opened.press("Run", LOOP)
    expect(opened.output(LOOP)).to_have_text("20")


def test_on_a_phone_nothing_jumps_while_a_cell_runs(visit, plain):
    page = Cells(visit(viewport={"width": 320, "height": 640}), plain[0])
    page.page.evaluate(
        """() => {
            window.heights = [];
            const bar = document.querySelectorAll(".cell > .live-bar")[0];
            new MutationObserver(() => heights.push(bar.offsetHeight))
                .observe(bar, {subtree: true, childList: true, characterData: true});
        }"""
    )
    page.page.evaluate("sessionStorage.setItem('live reloaded', 'yes')")  # to watch one page
    page.write(DEFINE, "import time\ntime.sleep(9)\nx = 1")
    height = page.at(DEFINE).locator(".live-bar").evaluate("node => node.offsetHeight")
    page.page.evaluate("heights.length = 0")
    page.press("Run", DEFINE)
    expect(page.status(DEFINE)).to_contain_text("Running … 2 s", **STARTED)
    assert set(page.page.evaluate("heights")) == {height}


def test_restart_forgets_all(opened):
    opened.press("Run", USE)
    expect(opened.output(USE)).to_have_text("21", **STARTED)
    opened.write(DEFINE, "print('x' in globals())")
    opened.page.get_by_role("button", name="Restart Python").click()
    expect(opened.page.locator(".live-page .live-status")).to_contain_text("restarted")
    opened.press("Run", DEFINE)
    expect(opened.output(DEFINE)).to_have_text("False", **STARTED)


def test_two_tabs_of_a_page_keep_what_is_written_in_both(opened, plain):
    other = Cells(opened.tab, plain[0])
    other.page = opened.page.context.new_page()
    other.page.goto(plain[0])
    opened.write(DEFINE, "x = 1  # here")
    there = other.at(DEFINE).get_by_role("textbox")
    expect(there).to_have_text("x = 1  # here")
    other.write(USE, "x  # there")
    expect(opened.at(USE).get_by_role("textbox")).to_have_text("x  # there")
    opened.write(DEFINE, "x = 2  # here")
    expect(there).to_have_text("x = 2  # here")
    opened.page.reload()
    expect(opened.at(DEFINE).get_by_role("textbox")).to_have_text("x = 2  # here")
    expect(opened.at(USE).get_by_role("textbox")).to_have_text("x  # there")
    other.page.on("dialog", lambda dialog: dialog.accept())
    other.press("Reset", DEFINE)
    expect(opened.at(DEFINE).get_by_role("textbox")).to_have_count(0)
    expect(opened.at(USE).get_by_role("textbox")).to_have_text("x  # there")


def test_seed_of_a_class_reaches_the_cells(visit, plain):
    page = Cells(visit(), f"{plain[0]}?seed=2031")
    page.write(DEFINE, "import os\nos.environ['MLP_SEED']")
    page.press("Run", DEFINE)
    expect(page.output(DEFINE)).to_have_text("'2031'", **STARTED)
    assert page.tab.errors == []


def test_keyboard_alone(opened):
    page = opened.page
    page.get_by_role("button", name="Run cell 1").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Edit cell 1")).to_be_focused()
    page.keyboard.press("Enter")
    editor = opened.at(DEFINE).get_by_role("textbox")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("if True:\nprint('typed')")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Run cell 1")).to_be_focused()
    page.keyboard.press("Enter")
    expect(opened.output(DEFINE)).to_have_text("typed", **STARTED)
    expect(page.get_by_role("button", name="Run cell 1")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("Done in")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")  # both indent and do not leave
    page.keyboard.type("print('more')")
    page.keyboard.press("Shift+Enter")
    expect(opened.output(DEFINE)).to_have_text(re.compile("typed\\s+more"))
    expect(editor).to_be_focused()


def test_tab_completes_names_and_explains_them(opened):
    opened.press("Run", DEFINE)
    expect(opened.output(DEFINE)).to_have_text("x is 20", **STARTED)
    opened.write(DEFINE, "value_of_mine = 3\nsor")
    keyboard = opened.page.keyboard
    keyboard.press("Tab")
    names = opened.at(DEFINE).get_by_role("option")
    expect(names).to_have_text(["sorted"])
    keyboard.press("Tab")
    editor = opened.at(DEFINE).get_by_role("textbox", name="Code of cell 1.")
    expect(editor).to_contain_text("sorted")
    keyboard.press("Tab")  # complete
    note = opened.at(DEFINE).locator(".live-explained")
    expect(note).to_contain_text("sorted(iterable, /, *, key=None, reverse=False)")
    keyboard.type("([3, 1])")
    expect(note).to_have_count(0)
    keyboard.press("Shift+Enter")
    expect(opened.output(DEFINE)).to_have_text("[1, 3]")
    keyboard.press("Control+End")
    keyboard.type("\nvalue")
    keyboard.press("Tab")
    expect(names).to_have_text(["value_of_mine"])
    keyboard.press("Escape")  # closes the list
    expect(names).to_have_count(0)
    expect(editor).to_be_focused()


def test_tables_and_the_wheel_of_mlp(opened):
    opened.write(LOOP, "pass")
    opened.write(FAIL, "pass")
    opened.press("Run", TABLE)
    expect(opened.output(TABLE).locator("td .katex-html").first).to_be_visible(**STARTED)
    expect(opened.output(TABLE).locator("td").last).to_have_text("two")
    opened.press("Run", PACKAGE)
    expect(opened.output(PACKAGE)).to_contain_text("/site-packages/mlp/__init__.py True")


def test_page_with_results_is_accessible(opened, node_modules):
    opened.press("Edit", USE)
    opened.press("Run", USE)
    expect(opened.output(USE)).to_have_text("21", **STARTED)
    opened.page.add_script_tag(path=node_modules / "axe-core" / "axe.min.js")
    rules = "{include: ['.live-page', '.cell']}, {resultTypes: ['violations']}"
    found = opened.page.evaluate(f"axe.run({rules})")
    problems = [
        f"{rule['id']}: {node['html'][:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    assert len(found["passes"]) > 10
    assert problems == []


def test_quotes_in_tables_are_as_the_cells_send_them(site):
    """Sphinx makes quotes typographic in all else."""
    compared = 0
    for path in CHAPTERS:
        tables = [
            it.data["text/markdown"]
            for cell in Chapter(path).code
            for it in cell.outputs
            if "text/markdown" in it.get("data", {})
        ]
        if '"' not in "".join(tables):
            continue  # pages are large
        page = site / path.relative_to(ROOT).with_suffix(".html")
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for table, shown in zip(tables, soup.select(".cell_output table"), strict=True):
            assert shown.get_text().count('"') == table.count('"')
            compared += table.count('"')
    assert compared


def test_page_that_no_browser_can_run_says_so(plain):
    html = (plain[1] / "elsewhere.html").read_text(encoding="utf-8")
    assert "The code on this page needs jax, torch, which no browser can run" in html
    assert "<button" not in html
    assert "live-config" not in html


@pytest.mark.parametrize(
    "blocked",
    [
        "**/live/pyodide.asm.wasm",
        "**/live/pyodide.mjs",
        "**/live/cells.py",
        "**/live/worker.mjs",
        "**/live/page.mjs",
        "**/live/numpy-*",
    ],
)
def test_where_python_cannot_load_the_results_stay(visit, plain, blocked):
    page = Cells(visit(service_workers="block"), plain[0])  # which would fetch what is blocked
    page.page.route(blocked, lambda route: route.abort())
    if "numpy" in blocked:
        page.write(DEFINE, "import mlp")
    page.press("Run", DEFINE)
    expect(page.status(DEFINE)).to_contain_text("could not be loaded", **STARTED)
    expect(page.page.get_by_role("status")).to_contain_text("could not be loaded")
    expect(page.output(DEFINE)).to_have_text("as stored in the book")
    page.page.unroute(blocked)
    if "page.mjs" not in blocked:  # which the browser remembers as failed
        page.press("Run", DEFINE)
        expect(page.status(DEFINE)).to_contain_text("Done", **STARTED)


def test_offline(visit, plain):
    page = Cells(visit(), plain[0])
    page.page.context.set_offline(True)
    page.press("Run", DEFINE)
    expect(page.status(DEFINE)).to_contain_text("could not be loaded")
    page.press("Edit", DEFINE)
    expect(page.status(DEFINE)).to_contain_text("could not be loaded")
    expect(page.output(DEFINE)).to_have_text("as stored in the book")


def test_from_the_disk(visit, plain):
    page = Cells(visit(), (plain[1] / "index.html").as_uri())
    page.press("Run", DEFINE)
    expect(page.status(DEFINE)).to_contain_text("needs a web server")
    expect(page.output(DEFINE)).to_have_text("as stored in the book")
    assert page.tab.errors == []


def test_without_javascript_there_are_no_buttons(visit, plain):
    page = Cells(visit(java_script_enabled=False), plain[0])
    expect(page.page.get_by_role("button")).to_have_count(0)
    expect(page.output(DEFINE)).to_have_text("as stored in the book")


# ---- Chapters in a real browser ----------------------------------------------------------------


@pytest.fixture(scope="module")
def python(alone, node_modules, tmp_path_factory):
    """A folder with all of Python, as the book serves it."""
    folder = tmp_path_factory.mktemp("python")
    with alone:
        try:
            live_wheels.fetch("pypi", live.read_lock()["packages"], live.WHEELS)
        except live_wheels.NotFetchedError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no NumPy for the browser: {error}")
        live.write_python(folder / "live", live.WHEELS, "no other host is asked: ")
    return folder


def test_products_in_the_page_are_numpys(python):
    command = [NODE, TESTS / "run_python.mjs", python / "live", TESTS / "products.py"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "all equal\n"


def test_homework_earns_in_the_page_what_it_earns_at_home(python, tmp_path):
    """Keys and typical wrong answers, run by the page's Python and judged here."""
    handed_in = [(load(name, "practice"), key(load(name, "practice"))) for name in NAMES]
    for task, them in WRONG.items():
        made = load(task.partition("-")[0], "practice")
        handed_in += [(made, wrong_answer(made, task, wrong)[0]) for wrong in them]

    def cells_of(made, filled_in):
        yield made.setup
        for task in made.tasks:
            yield from (task.given, task.practice, filled_in.get(task.id, ""))

    def calls(made):
        for check in made.checks:
            yield check.call, {name: runner.encode(it) for name, it in check.inputs.items()}

    given = {
        "runner": Path(runner.__file__).read_text(encoding="utf-8"),
        "answers": [(pair[0].name, [*cells_of(*pair)]) for pair in handed_in],
        "calls": {name: [*calls(load(name, "practice"))] for name in NAMES},
    }
    script = tmp_path / "homework.py"
    code = (TESTS / "homework_in_page.py").read_text(encoding="utf-8")
    script.write_text(code.replace('"GIVEN"', repr(json.dumps(given))), encoding="utf-8")
    command = [NODE, TESTS / "run_python.mjs", python / "live", script]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr

    for (made, filled_in), values in zip(handed_in, json.loads(done.stdout), strict=True):
        results = [decoded(value[0]) if value else None for value in values]
        earned = [points(*pair)[0] for pair in zip(made.checks, results, strict=True)]
        assert earned == [it for it, _ in judged(made, filled_in).values()]


def test_products_at_home_are_numpys():
    assert _matmul.matmul is np.matmul


@pytest.fixture(scope="module")
def complete(site, python):
    """The address of the book with all of Python."""

    class Handler(QuietHandler):
        def translate_path(self, path):
            ours = path.startswith("/live/")
            return str(python / path.lstrip("/")) if ours else super().translate_path(path)

    with serving(site, Handler) as address:
        yield address


def shown(page) -> list[str]:
    """Return what stands under each cell, without white space and the theme's buttons."""
    program = """cells => cells.map(cell => {
        const output = cell.querySelector(".cell_output")?.cloneNode(true);
        output?.querySelectorAll("button").forEach(button => button.remove());
        return output?.textContent.replace(/\\s+/g, "") ?? "";
    })"""
    return page.locator("div.cell").evaluate_all(program)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, marks=() if path is NUMPY_CHAPTERS[0] else pytest.mark.weekly)
        for path in NUMPY_CHAPTERS
    ],
    ids=lambda path: path.stem,
)
def test_chapter_runs_in_the_browser(path, complete, visit):
    name = path.relative_to(ROOT).with_suffix(".html").as_posix()
    page = Cells(visit(), f"{complete}{name}")
    of_the_book = shown(page.page)
    started = time.perf_counter()
    page.page.get_by_role("button", name="Run all cells").click()
    status = page.page.locator(".live-page .live-status")
    expect(status).to_contain_text(re.compile("Done|failed|not be loaded|in time"), timeout=300_000)
    print(f"{path.stem}: {time.perf_counter() - started:.0f} s")
    expect(status).to_contain_text("Done")
    for number, cell in enumerate(Chapter(path).code):
        stored = outputs.stored(cell)
        streams = page.output(number).locator(".stream pre").all_text_contents()
        assert "".join(streams) == stored["text"], f"cell {number + 1}"
        figures = page.output(number).locator("img[src^='data:image/png']").count()
        assert figures == len(stored["images"])
    assert shown(page.page) == of_the_book
    assert [url for url in page.tab.requests if not url.startswith((complete, "data:"))] == []
    assert not page.tab.errors


@pytest.mark.weekly
@pytest.mark.parametrize(
    "path", [it for it in CHAPTERS if it.parent.name == "labs"], ids=lambda path: path.stem
)
def test_lab_with_answers_runs_in_the_browser(path, complete, visit, tmp_path):
    """A wrong answer to each task, then the right one, and a receipt with all of them."""
    lab, wrong = Chapter(path), answers.wrong_answers(path)
    page = Cells(visit(), f"{complete}course/labs/{path.stem}.html")
    for label, code in answers.solutions(path).items():
        exercise = lab.exercises[label]
        cell = exercise.end - 1
        # A wrong answer may be to a part of the task: then the start of the rest stays.
        source = lab.code[cell].source
        start = "\n".join(source.splitlines()[: ast.parse(source).body[-1].lineno - 1])
        mistake, says = next(iter(wrong[label].values()))
        page.press("Edit", cell)
        editor = page.at(cell).get_by_role("textbox")
        for answer, state in ((mistake, "wrong"), (code, "right")):
            editor.fill(f"{start}\n{answer}\n\n{exercise.check}")
            page.page.keyboard.press("Shift+Enter")
            check = page.output(cell).locator(".check")
            expect(check).to_have_attribute("data-check", state, **STARTED)
            if state == "wrong":
                expect(check).to_contain_text(says)
    page.page.locator(".work summary").click()
    with page.page.expect_download() as download:
        page.page.get_by_role("button", name="Save a receipt").click()
    download.value.save_as(tmp_path / "receipt.json")
    receipt = json.loads((tmp_path / "receipt.json").read_text(encoding="utf-8"))
    assert {it["label"]: it["state"] for it in receipt["exercises"]} == dict.fromkeys(
        lab.exercises, "right"
    )
    assert page.tab.errors == []


def test_a_reader_works_on_an_exercise_goes_away_and_comes_back(complete, visit, tmp_path):
    page = Cells(visit(), f"{complete}chapters/01-neurons.html?seed=2031")
    exercise, second = page.page.locator(".cell.tag_exercise").all()[:2]
    progress = page.page.locator(".work-progress")
    expect(progress).to_be_hidden()
    exercise.get_by_role("button", name="Edit").click()
    editor = exercise.get_by_role("textbox")
    start = editor.inner_text()

    def answer(code: str) -> None:
        editor.fill(start.replace("w, b = ..., ...", code))
        page.page.keyboard.press("Shift+Enter")

    answer("w, b = np.ones(5), -1.5")
    check = exercise.locator(".check")
    expect(check).to_have_text("✗ majority(0, 0, 0, 1, 1) gives 1, asked for 0.", **STARTED)
    # It has not waited for the chapter's experiments.
    assert page.page.locator(".live-own").count() < 6
    answer("w, b = np.ones(5), -2.5")
    expect(check).to_have_text("✓ majority: right, on 32 inputs.")
    second.get_by_role("button", name="Edit").click()
    other = second.get_by_role("textbox")
    other.fill(other.inner_text().replace("    ...", "    return []"))
    page.page.keyboard.press("Shift+Enter")
    expect(second.locator(".check-wrong")).to_contain_text("mistakes_with: asked for", **STARTED)
    question = page.page.locator("form.quiz").first
    question.locator("[data-right] input").check()
    question.get_by_role("button").click()
    expect(progress).to_have_text(re.compile(r"^1 of \d+ exercises solved, 1 of \d+ questions"))

    page.page.reload()
    expect(progress).to_have_text(re.compile(r"^1 of \d+ exercises solved, 1 of \d+ questions"))
    expect(exercise.locator(".live-status")).to_have_text("Your changes are still here.")
    expect(editor).to_contain_text("np.ones(5), -2.5")
    expect(question.get_by_role("status")).to_have_text("Correct.")
    page.page.locator(".work summary").click()

    def downloaded(button: str) -> dict:
        with page.page.expect_download() as download:
            page.page.get_by_role("button", name=button).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return json.loads(path.read_text(encoding="utf-8"))

    receipt = downloaded("Save a receipt")
    assert receipt["exercises"][0]["label"] == "neurons-ex-majority"
    assert receipt["exercises"][0]["state"] == "right"
    assert "np.ones(5), -2.5" in receipt["exercises"][0]["code"]
    assert receipt["exercises"][1]["state"] == "wrong"
    assert receipt["questions"][0]["state"] == "right"
    assert receipt["seed"] == 2031
    notebook = nbformat.reads(json.dumps(downloaded("Download my notebook")), as_version=4)
    nbformat.validate(notebook)
    mine = next(it for it in notebook.cells if "exercise" in it.metadata.get("tags", []))
    assert "np.ones(5), -2.5" in mine.source
    assert mine.outputs == []
    # In JupyterLab all of it runs, with the seed of the class, and the checks say the same.
    notebook.cells.append(nbformat.v4.new_code_cell("mlp.check.seed()"))
    NotebookClient(notebook, resources={"metadata": {"path": ROOT / "chapters"}}).execute()
    found = [str(cell.get("outputs")) for cell in notebook.cells]
    assert "'text/plain': '2031'" in found[-1]
    assert "✓ majority: right" in found[notebook.cells.index(mine)]
    assert sum("✗ mistakes_with: asked for" in text for text in found) == 1

    with page.page.expect_navigation():
        page.page.get_by_role("button", name="Reset this page").click()
    expect(editor).to_have_count(0)
    expect(progress).to_be_hidden()
    with page.page.expect_navigation():
        page.page.locator(".work input").set_input_files(tmp_path / "01-neurons.ipynb")
    expect(editor).to_contain_text("np.ones(5), -2.5", **STARTED)
    page.page.locator(".work input").set_input_files(
        {"name": "a.ipynb", "mimeType": "", "buffer": b"{}"}
    )
    expect(page.page.locator(".work-status")).to_have_text("This file is not a notebook.")

    page.page.goto(f"{complete}book/intro.html")
    overview = page.page.locator(".work-overview")
    expect(overview.get_by_role("listitem")).to_have_count(1)
    expect(overview).to_contain_text("Neurons: 0 of")
    overview.get_by_role("button").click()
    expect(overview).to_be_hidden()
    assert not page.tab.errors
