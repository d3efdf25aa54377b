"""Live cells: every code cell of a chapter can be run and edited in the reader's browser.

This extension puts buttons under the cells, and Python into the site: the core of Pyodide, from
npm; mlp, as a wheel made from the tree; and what `make live-wheels` has fetched of NumPy and
Matplotlib. All but mlp is compiled for a quick start. Wheels that are not there come from the
address `live_packages`. Nothing of it is loaded before a reader presses a button: live.mjs then
imports the modules of lazy/.
"""

import ast
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from chapter import Chapter
from extensions.live.cells import names as names_of
from extensions.node import BOOK, MODULES, NODE
from extensions.words import Words

ROOT = BOOK.parent
HERE = Path(__file__).parent
PYODIDE = MODULES / "pyodide"
CORE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"]
WHEELS = ROOT / "build" / "live"  # filled by live_wheels.py
COMPILER = [HERE / "compile.mjs", HERE / "compile.py"]
COMPILED = ROOT / "build" / "live-compiled"
NEEDED = ["numpy", "matplotlib"]  # and what they depend on: all that the page's Python has
# Matplotlib calls fontTools to write PDF and PostScript, and never calls pytz: 1.7 MB for nothing.
UNUSED = {"fonttools", "pytz"}

TEXT = Words(
    "live",
    {
        "all": "Run all cells",
        "restart": "Restart Python",
        "intro": "You can run and change the code on this page, here in your browser. The first "
        "run loads about {size} MB.",
        "introRemote": "You can run and change the code on this page, here in your browser. The "
        "first run loads about {size} MB, and NumPy and Matplotlib from {host}.",
        "about": "How this works",
        "about1": "Run first runs the cells above that have not run, or have changed. So change "
        "something, press Run further down, and see what it changes there. An exercise runs only "
        "the cells that it needs.",
        "about2": "Results from before a change are marked.",
        "about3": "Stop keeps all variables, except where Python does not react within 3 seconds, "
        "as during one long NumPy operation, or where the browser does not allow it. Then Python "
        "is restarted, and the variables are gone.",
        "about4": "Here are NumPy, Matplotlib, mlp and most of Python's standard library. Other "
        "packages, input(), IPython's lines with % and !, and await outside of functions do not "
        "work.",
        "about5": "Your changes stay in this browser until you reset them; results and variables "
        "go when the page is loaded again.",
        "about6": "While you write, Tab completes names, and Shift+Tab says what they are, once "
        "Python has started.",
        "elsewhere": "The code on this page needs {packages}, which no browser can run: download "
        "the notebook and open it with Python on your computer.",
        "cell": "cell {number}",
        "run": "Run",
        "runLabel": "Run cell {number}",
        "edit": "Edit",
        "editLabel": "Edit cell {number}",
        "resetButton": "Reset",
        "resetLabel": "Reset cell {number}",
        "stop": "Stop",
        "stopLabel": "Stop ({label})",
        "editor": "Code of cell {number}. Shift+Enter runs it, Escape leaves the editor.",
        "keys": "Shift+Enter runs, Tab completes, Escape leaves",
        "starting": "Starting Python …",
        "loading": "Loading: {now} of {all} MB",
        "waiting": "Waiting …",
        "running": "Running …",
        "runningOther": "Running cell {number} first …",
        "runningAll": "Running cell {number} of {count} …",
        "elapsed": "{status} {seconds} s",
        "done": "Done in {seconds} s.",
        "doneAfter": "Done in {seconds} s, with the variables of cells below still there.",
        "failed": "Cell {number} failed: its message stands under it.",
        "stopped": "Cell {number} was stopped. All variables are kept.",
        "lost": "Cell {number} was stopped by restarting Python: all variables are gone.",
        "restarted": "Python was restarted: all variables are gone.",
        "reset": "Cell {number} is again as in the book.",
        "own": "your result",
        "stale": "from before the code changed",
        "kept": "Your changes are still here.",
        "keptChanged": "Your changes are still here. The book's cell has changed since: Reset "
        "shows it.",
        "keptGone": "The book no longer has {count} of the cells that you changed; your notebook, "
        "to be downloaded under “Your work”, has them.",
        "confirmReset": "Delete what you have written in this cell?",
        "figure": "The figure that the changed cell draws.",
        "cut": "(The rest is left out.)",
        "module": "The page has NumPy, Matplotlib, mlp and most of Python's standard library. For "
        "other packages, download the notebook and open it with Python on your computer.",
        "input": "input() does not work in the page: write the value into the code.",
        "magic": "The page runs plain Python: IPython's commands that begin with % or !, pip, and "
        "? for help do not work here.",
        "await": "In the page, await and async work only inside of functions that are async.",
        "file": "Python needs a web server: open the book with make serve. The results are the "
        "book's.",
        "blocked": "Python could not be loaded, so the results stay as they are: is the network "
        "there, and does it let this page fetch Python?",
        "unloaded": "The packages that cell {number} imports could not be loaded: is the network "
        "there? All variables are kept.",
        "old": "This browser is too old to run Python, so the results stay those of the book.",
        "slow": "Python did not load in time, so the results stay as they are.",
        "broken": "Something went wrong in this page; please load it again.",
    },
)
ABOUT = ["about1", "about2", "about3", "about4", "about5", "about6"]
WORDS_IN_HTML = {"all", "restart", "intro", "introRemote", "about", *ABOUT, "elsewhere", "keys"}
WORDS_IN_HTML |= {"run", "runLabel", "edit", "editLabel", "resetButton", "resetLabel"}


# ---- The pages ---------------------------------------------------------------------------------


def _button(action: str, text: str, label: str = "", hidden: bool = False) -> str:
    attributes = f'type="button" class="book-button" data-live="{action}"'
    attributes += f' aria-label="{escape(label)}"' if label else ""
    attributes += " hidden" if hidden else ""
    return f"<button {attributes}>{escape(text)}</button>"


def _bar(*buttons: str, after: str = "", cell: str = "") -> nodes.raw:
    parts = f'{"".join(buttons)}<span class="live-status"></span>{after}'
    mark = f' data-cell="{cell}"' if cell else ""
    html = f'<div class="live-bar"{mark}>{parts}</div>\n'
    return nodes.raw("", html, format="html")


def page_bar() -> nodes.raw:
    """Return the buttons of a whole page."""
    return _bar(_button("all", TEXT["all"]), _button("restart", TEXT["restart"]))


def cell_bar(number: int, mark: str) -> nodes.raw:
    """Return the buttons of a cell, which keeps its `mark` when the page gets other cells."""
    buttons = [
        _button(name, TEXT[text], TEXT[f"{name}Label"].format(number=number), hidden)
        for name, text, hidden in [
            ("run", "run", False),
            ("edit", "edit", False),
            ("reset", "resetButton", True),
        ]
    ]
    name = escape(TEXT["cell"].format(number=number))
    after = f'<span class="live-keys">{escape(TEXT["keys"])}</span>'
    after += f'<span class="live-number">{name}</span>'
    return _bar(*buttons, after=after, cell=mark)


def imported(source: str) -> set[str]:
    """Return the packages that a cell imports."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    return {name.split(".")[0] for name in names}


def runnable() -> set[str]:
    """Return the packages that cells may import in a browser."""
    packages = read_lock()["packages"]
    modules = {name for it in closure(packages, NEEDED) for name in packages[it]["imports"]}
    # cells.py stands in for what cells use of IPython.
    return {"mlp", "IPython", *sys.stdlib_module_names, *modules}


def missing(sources) -> set[str]:
    """Return the packages that cells import and no browser can run."""
    return set().union(*map(imported, sources)) - runnable()


def code_cells(document) -> dict[nodes.container, str]:
    """Return the code cells of a page, each with its code."""
    return {
        node: next(node.findall(nodes.literal_block)).astext()
        for node in document.findall(nodes.container)
        if node.get("nb_element") == "cell_code"
    }


def wheels_of(sources) -> list[Path]:
    """Return the wheels that cells load: as the book serves them, or where they are missing."""
    names = set().union(*map(imported, sources))
    packages = read_lock()["packages"]
    wanted = [it for it in closure(packages, NEEDED) if names & set(packages[it]["imports"])]
    if "mlp" in names:
        wanted.append("numpy")
    wheels = [WHEELS / packages[it]["file_name"] for it in sorted(closure(packages, wanted))]
    at_hand = [it for it in wheels if it.exists()]
    return compiled(at_hand) + [it for it in wheels if it not in at_hand]


class KeepTables(SphinxTransform):
    """Leave quotes, dashes and dots in tables as a cell sends them, now and when it is run."""

    default_priority = 700  # before Sphinx makes them typographic

    def apply(self):
        for node in self.document.findall(nodes.container):
            if node.get("nb_element") == "cell_code_output":
                for table in node.findall(nodes.table):
                    table["support_smartquotes"] = False


class AddButtons(SphinxPostTransform):
    """Put a bar of buttons under every code cell, and one for the page before the first."""

    default_priority = 900  # after MyST-NB has wrapped hidden code
    formats = ("html",)

    def run(self):
        cells = code_cells(self.document)
        if not cells:
            return
        if packages := missing(cells.values()):
            names = ", ".join(sorted(packages))
            html = f"<p>{escape(TEXT['elsewhere'].format(packages=names))}</p>"
        else:
            html = self.introduction(wheels_of(cells.values()))
            self.add_bars(cells)
        html = f'<div class="live-page book-box">{html}</div>\n'
        first = next(iter(cells))
        place = first.parent
        place.insert(place.index(first), nodes.raw("", html, format="html"))

    def introduction(self, wheels) -> str:
        """Return what stands before the first cell."""
        files = core() + [it for it in wheels if it.exists()]
        size = f"{sum(it.stat().st_size for it in files) / 1e6:.0f}"
        remote = not all(it.exists() for it in wheels)
        host = urlsplit(self.config.live_packages or packages_address()).hostname
        intro = escape(TEXT["introRemote" if remote else "intro"].format(size=size, host=host))
        bar = page_bar().astext()
        about = "".join(f"<li>{escape(TEXT[name])}</li>" for name in ABOUT)
        return (
            f"<p>{intro}</p>{bar}"
            f"<details><summary>{escape(TEXT['about'])}</summary><ul>{about}</ul></details>"
            '<p id="live-announcer" role="status" class="visually-hidden"></p>'
        )

    def add_bars(self, cells) -> None:
        # A cell keeps its id when the book changes, and by it finds what a reader has written.
        path = Path(self.env.doc2path(self.env.docname))
        notebook = path.suffix == ".ipynb"
        ids = [cell.id for cell in Chapter(path).code] if notebook else [""] * len(cells)
        for number, (cell, mark) in enumerate(zip(cells, ids, strict=True), 1):
            cell.insert(1, cell_bar(number, mark))


def page_config(sources: list[str], path, config) -> str:
    """Return, as JSON, what the scripts have to know of a page's cells: places and words.

    `path` gives the address of a file of the site, seen from the page.
    """
    loaded = core()[2:] + wheels_of(sources)
    data = {
        "python": path("live/", 1),
        "editor": path("_static/live/editor.mjs", 1),
        "markdown": path("_static/live/markdown.mjs", 1),
        "isolation": path("isolation.mjs", 1),
        "sizes": {path.name: path.stat().st_size for path in loaded if path.exists()},
        "timeout": config.live_timeout,
        "names": [names_of(source) for source in sources],
        "text": {name: words for name, words in TEXT.items() if name not in WORDS_IN_HTML},
    }
    return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")


def add_config(app, pagename, templatename, context, doctree) -> None:
    """Tell the scripts where things are, and their words, on pages that have cells."""
    if 'id="live-announcer"' not in context.get("body", ""):
        return
    sources = list(code_cells(doctree).values())
    data = page_config(sources, context["pathto"], app.config)
    context["body"] += f'<script id="live-config" type="application/json">{data}</script>\n'


# ---- Python in the site ------------------------------------------------------------------------


def closure(packages: dict, names: list[str]) -> set[str]:
    """Return the names and everything they depend on, by the lock file's entries."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += packages[name]["depends"]
    return found


def read_lock() -> dict:
    """Return Pyodide's lock file, without what Matplotlib would load and never use."""
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))
    matplotlib = lock["packages"]["matplotlib"]
    matplotlib["depends"] = [name for name in matplotlib["depends"] if name not in UNUSED]
    return lock


def packages_address() -> str:
    """Return where Pyodide publishes its packages, for the version that book/package.json sets."""
    package = json.loads((PYODIDE / "package.json").read_text(encoding="utf-8"))
    return f"https://cdn.jsdelivr.net/pyodide/v{package['version']}/full/"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def compiled(archives: list[Path]) -> list[Path]:
    """Return copies of Python's archives that hold bytecode; what exists is not made again."""
    lock = (PYODIDE / "pyodide-lock.json").read_bytes()
    tools = b"".join(path.read_bytes() for path in COMPILER) + lock
    targets = [COMPILED / sha256(tools + it.read_bytes())[:16] / it.name for it in archives]
    missing = [pair for pair in zip(archives, targets, strict=True) if not pair[1].exists()]
    if not missing:
        return targets
    version = ".".join(json.loads(lock)["info"]["python"].split(".")[:2])
    places = {".whl": f"/lib/python{version}/site-packages"}
    places[".zip"] = f"/lib/python{version.replace('.', '')}.zip"  # the standard library
    jobs = []
    for archive, target in missing:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{os.getpid()}.part")  # two builds may be at it
        jobs.append([str(archive), str(part), places[archive.suffix]])
    command = [NODE, COMPILER[0], PYODIDE, json.dumps(jobs)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise ExtensionError(f"Python's files could not be compiled:\n{done.stderr}")
    for (_, target), (_, part, _) in zip(missing, jobs, strict=True):
        os.replace(part, target)  # never a file that is cut short
    return targets


def core() -> list[Path]:
    """Return the files of Python itself, the last of which is its standard library."""
    paths = [PYODIDE / name for name in CORE]
    return paths[:-1] + compiled(paths[-1:])


def read_project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def release() -> str:
    """Return name and version as the names of a wheel's files write them."""
    project = read_project()["project"]
    return f"{project['name'].replace('-', '_')}-{project['version']}"


def wheel_name() -> str:
    return f"{release()}-py3-none-any.whl"


def kernel() -> bytes:
    """Return what multiplies matrices for mlp in the browser; see mlp/_matmul.py."""
    with TemporaryDirectory() as folder:
        target = Path(folder, "matmul.wasm")
        command = [NODE, HERE / "matmul.mjs", target]
        done = subprocess.run(command, capture_output=True, encoding="utf-8")
        if done.returncode:
            raise ExtensionError(f"the kernel could not be compiled:\n{done.stderr}")
        return target.read_bytes()


def build_wheel(folder: Path) -> Path:
    """Write mlp as a wheel: the same bytes from the same files, so that browsers may keep it."""
    project = read_project()
    setuptools = project["tool"]["setuptools"]
    files = sorted(
        path
        for package in setuptools["packages"]
        for pattern in ["*.py", *setuptools["package-data"].get(package, [])]
        for path in ROOT.joinpath(*package.split(".")).glob(pattern)
    )
    contents = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}
    contents["mlp/matmul.wasm"] = kernel()
    info = f"{release()}.dist-info"
    about = project["project"]
    metadata = f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    metadata += f"Requires-Python: {about['requires-python']}\n"
    metadata += "".join(f"Requires-Dist: {it}\n" for it in about["dependencies"])
    contents[f"{info}/METADATA"] = metadata.encode()
    contents[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: live.py\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = ""
    for path, data in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(data)}\n"
    contents[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = folder / wheel_name()
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
    return wheel


def write_python(folder: Path, wheels: Path, address: str) -> None:
    """Write the core, mlp, the wheels at hand, and the lock file that says where each one is."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in core():
        shutil.copyfile(path, folder / path.name)
    lock = read_lock()
    packages = lock["packages"]
    # Python says itself that a package is not there, where the lock does not name it.
    lock["packages"] = {name: packages[name] for name in sorted(closure(packages, NEEDED))}
    at_hand = {}
    for name, entry in lock["packages"].items():
        wheel = wheels / entry["file_name"]
        if wheel.exists():
            if sha256(wheel.read_bytes()) != entry["sha256"]:
                raise ExtensionError(f"{wheel} is not the file that Pyodide's lock names")
            at_hand[name] = wheel
        else:
            entry["file_name"] = address + entry["file_name"]
    for name, wheel in zip(at_hand, compiled([*at_hand.values()]), strict=True):
        lock["packages"][name]["sha256"] = sha256(wheel.read_bytes())
        shutil.copyfile(wheel, folder / wheel.name)
    wheel = build_wheel(folder)
    lock["packages"]["mlp"] = {
        "name": "mlp",
        "version": wheel.name.split("-")[1],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(wheel.read_bytes()),
        "package_type": "package",
        "imports": ["mlp"],
        "depends": ["numpy"],
        "unvendored_tests": False,
    }
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def write_files(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    write_python(out / "live", WHEELS, app.config.live_packages or packages_address())
    served = out / "_static" / "live"
    served.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "cells.py", served / "cells.py")
    # A service worker reaches the pages beside and below it.
    shutil.copyfile(HERE / "isolation.mjs", out / "isolation.mjs")


def setup(app):
    app.add_config_value("live_packages", "", "env")
    app.add_config_value("live_timeout", 60_000, "html")
    app.add_transform(KeepTables)
    app.add_post_transform(AddButtons)
    app.connect("html-page-context", add_config)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
