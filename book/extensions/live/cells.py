"""Run the cells of a page, as a notebook would: the Python part of the worker.

`Page.run` executes one cell and tells what comes of it through `send(kind, data)`: pieces of text
("stdout", "stderr"), what is shown ("display": a dict from media type to content) and what failed
("error": a traceback with the lines of the cells). `text` says what does not work in a page.
worker.mjs runs this file in the reader's browser, and tests/run_chapter.py in CPython, over the
cells of every chapter.
"""

import ast
import base64
import builtins
import inspect
import io
import json
import keyword
import linecache
import os
import pprint
import re
import symtable
import sys
import traceback
import types
from contextlib import redirect_stderr, redirect_stdout
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

SCALE = 2  # figures are drawn with twice the pixels that they take on the page

# Lines for IPython or the shell: %timeit, !ls, a = !ls, pip install, print?
MAGIC = re.compile(r"^\s*(\w+\s*=\s*)?[%!?]|^\s*pip\b|\?\s*$")

WORD = re.compile(r"(?:[^\W\d]\w*(?:\.\w*)*)?\Z")  # a dotted name at the end of a text, or nothing


class Stream(io.TextIOBase):
    """A text file that passes on what is written to it."""

    def __init__(self, write):
        self._write = write

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._write(text)
        return len(text)


# ---- What cells need of each other -------------------------------------------------------------

# Methods that change their object; of functions, such as mlp.fit, it is the first argument.
CHANGING = {"add", "append", "backward", "extend", "fit", "shuffle", "step", "update"}
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
SCOPES = FUNCTIONS | ast.ClassDef | ast.Lambda
SCOPES |= ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def names(source: str) -> dict[str, list[str]]:
    """Return the names a cell uses of others, those it binds, and those whose objects it changes.

    So an exercise runs without the cells that it does not need. Code that cannot be read has none.
    """
    uses, binds, changes = set(), set(), set()
    try:
        body = ast.parse(source).body
    except SyntaxError:
        body = []
    for statement in body:
        uses |= _free(symtable.symtable(ast.unparse(statement), "", "exec")) - binds
        bound, changed = _bound(statement)
        changes |= changed - binds  # what the cell itself has made is its own
        binds |= bound - changes
    uses |= changes
    return {"uses": sorted(uses), "binds": sorted(binds), "changes": sorted(changes)}


def _free(table: symtable.SymbolTable) -> set[str]:
    """Return the global names that a piece of code reads, its functions included."""
    is_module = table.get_type() == "module"
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (is_module or symbol.is_global())
    }
    return found.union(*map(_free, table.get_children()))


def _bound(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Return the global names that a statement binds, and those whose objects it changes."""
    binds, changes = set(), set()
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        if isinstance(node, FUNCTIONS | ast.ClassDef):
            binds.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            binds |= {(it.asname or it.name).partition(".")[0] for it in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            binds.add(node.id)
        elif isinstance(node, ast.AugAssign):
            changes |= _root(node.target)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            changes |= _root(node)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            owner = _root(node.func)
            if name in CHANGING and owner in ({name}, {"mlp"}):
                changes = changes.union(*map(_root, node.args[:1]))
            elif name in CHANGING:
                changes |= owner
        if not isinstance(node, SCOPES):  # what is bound in there is theirs
            todo += ast.iter_child_nodes(node)
    return binds, changes


def _root(node: ast.AST) -> set[str]:
    """Return the name at the start of `name.attribute[index]`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


# ---- What cells may show, without IPython ------------------------------------------------------


class _Content:
    """Text of one media type, to be shown."""

    def __init__(self, data: str):
        self.data = data

    def __repr__(self) -> str:
        return f"<IPython.core.display.{type(self).__name__} object>"


class Markdown(_Content):
    """Text in Markdown, as IPython's."""

    def _repr_markdown_(self) -> str:
        return self.data


class HTML(_Content):
    """A piece of HTML, as IPython's."""

    def _repr_html_(self) -> str:
        return self.data


def png(figure) -> str:
    """Return the picture of a figure, in Base64."""
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=SCALE * figure.dpi, bbox_inches="tight")
    return base64.b64encode(image.getvalue()).decode()


def bundle(value) -> dict[str, str]:
    """Return all forms of a value that the page can show, and its repr."""
    data = {}
    matplotlib = sys.modules.get("matplotlib.figure")
    if matplotlib and isinstance(value, matplotlib.Figure):
        data["image/png"] = png(value)
    methods = {"text/html": "_repr_html_", "text/markdown": "_repr_markdown_"}
    for media_type, name in methods.items():
        if (method := getattr(value, name, None)) and not isinstance(value, type):
            data[media_type] = method()
    plain = isinstance(value, dict | list | set | tuple)
    data["text/plain"] = pprint.pformat(value, sort_dicts=False) if plain else repr(value)
    return {media_type: text for media_type, text in data.items() if text is not None}


def _modules(page) -> dict[str, types.ModuleType]:
    """Return stand-ins for what cells import of IPython."""
    package, display = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    package.display = display
    # Matplotlib asks for these two.
    package.get_ipython, package.version_info = (lambda: None), (9, 0)
    display.HTML, display.Markdown, display.display = HTML, Markdown, page.display
    return {"IPython": package, "IPython.display": display}


class _Figures(Loader, MetaPathFinder):
    """Matplotlib's way to show figures: a module that imports Matplotlib only when it does."""

    name = "_live_figures"

    def __init__(self, show):
        self._show = show

    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name == self.name else None

    def exec_module(self, module):
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        module.FigureCanvas = FigureCanvasAgg
        module.show = lambda *args, **kwargs: self._show()


# ---- Cells -------------------------------------------------------------------------------------


class Page:
    """The state that the cells of a page share."""

    def __init__(self, send, text=()):
        self._send = send
        self._text = dict(text)
        self._main = types.ModuleType("__main__")
        self._main.__dict__["display"] = self.display
        self._files = set()
        self._modules = _modules(self) | {"__main__": self._main}
        self._old_modules = {}
        self._old_input = builtins.input
        self._figures = _Figures(self.show_figures)

    def __enter__(self):
        self._old_modules = {name: sys.modules.get(name) for name in self._modules}
        sys.modules.update(self._modules)
        builtins.input = self.input
        sys.meta_path.insert(0, self._figures)
        os.environ["MPLBACKEND"] = f"module://{_Figures.name}"
        return self

    def __exit__(self, *exception):
        del os.environ["MPLBACKEND"]
        sys.meta_path.remove(self._figures)
        sys.modules.pop(_Figures.name, None)
        builtins.input = self._old_input
        for name, module in self._old_modules.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module

    @property
    def variables(self) -> dict:
        """What the cells have defined, by name."""
        return self._main.__dict__

    def display(self, *values) -> None:
        """Show values in the page."""
        for value in values:
            self._send("display", bundle(value))

    def input(self, prompt="") -> str:
        """Stand in for Python's own, which would wait for what nobody can type."""
        raise NotImplementedError(self._text.get("input", "input"))

    def complete(self, before: str) -> list[str]:
        """Return the names that go on with the last word of a text: `mlp.De` gives `mlp.Dense`."""
        word = WORD.search(before)[0]
        owner, dot, start = word.rpartition(".")
        if dot:
            found = self._find(owner)
            names = [] if found is None else dir(found[0])
        elif start:
            names = {*self.variables, *vars(builtins), *keyword.kwlist}
        else:
            names = []
        # Names that begin with _ are shown to those who ask for them.
        hidden = () if start.startswith("_") else ("_",)
        return sorted(
            f"{owner}{dot}{it}"
            for it in names
            if it.startswith(start) and it != start and not it.startswith(hidden)
        )

    def explain(self, before: str) -> str:
        """Return how the last name of a text is called, and the first lines of its docstring.

        Within a call that is the function's: `mlp.Dense(64, ` gives the arguments of `mlp.Dense`.
        """
        while not WORD.search(before)[0] or self._find(WORD.search(before)[0]) is None:
            before, open_, _ = before.rpartition("(")
            if not open_:
                return ""
        word = WORD.search(before)[0]
        thing = self._find(word)[0]
        try:
            call = f"{word}{inspect.signature(thing)}"
        except (TypeError, ValueError):  # no function, or one that does not say
            call = word
        if not callable(thing) and not isinstance(thing, types.ModuleType):
            return f"{word}: {type(thing).__name__}"
        text = (inspect.getdoc(thing) or "").partition("\n\n")[0]
        return f"{call}\n{text}".rstrip()

    def names(self, source: str) -> str:
        """Return what a cell needs and gives, as JSON."""
        return json.dumps(names(source))

    def _find(self, path: str):
        """Return what a dotted name stands for, in a tuple; None if there is no such thing."""
        first, *rest = path.split(".")
        spaces = [space for space in (self.variables, vars(builtins)) if first in space]
        if not spaces:
            return None
        thing = spaces[0][first]
        for name in rest:
            try:
                thing = getattr(thing, name)
            except Exception:  # a property may raise whatever it likes
                return None
        return (thing,)

    def show_figures(self) -> None:
        """Show the figures drawn so far, and close them."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        for number in pyplot.get_fignums():
            self.display(pyplot.figure(number))
        pyplot.close("all")

    def run(self, source: str, name: str) -> bool:
        """Execute a cell, whose name stands in tracebacks; return whether it ran to its end."""
        filename = f"<{name}>"
        self._files.add(filename)
        # Where traceback and inspect look for the lines of a cell.
        linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
        out = Stream(lambda text: self._send("stdout", text))
        err = Stream(lambda text: self._send("stderr", text))
        with redirect_stdout(out), redirect_stderr(err):
            try:
                tree = ast.parse(source, filename)
                last = tree.body[-1] if tree.body else None
                if isinstance(last, ast.Expr):
                    tree.body.pop()
                exec(compile(tree, filename, "exec"), self._main.__dict__)
                if isinstance(last, ast.Expr):
                    code = compile(ast.Expression(last.value), filename, "eval")
                    value = eval(code, self._main.__dict__)
                    if value is not None and not source.rstrip().endswith(";"):
                        self._main.__dict__["_"] = value
                        self.display(value)
                self.show_figures()
            except BaseException as error:
                self._close_figures()
                self._explain(error, source, filename)
                self._send("error", self._report(error))
                return False
        return True

    def _close_figures(self) -> None:
        """Forget half-drawn figures, which would appear under the next cell."""
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close("all")

    def _explain(self, error: BaseException, source: str, filename: str) -> None:
        """Add to an error what a notebook can do and a page cannot."""
        word = ""
        if isinstance(error, ModuleNotFoundError):
            if error.name and error.name.partition(".")[0] not in sys.modules:
                word = "module"
        elif isinstance(error, SyntaxError) and error.filename == filename:
            if MAGIC.search(source.splitlines()[error.lineno - 1]):
                word = "magic"
            elif error.msg.startswith(("'await'", "'async", "asynchronous")):
                word = "await"
        if word in self._text:
            error.add_note(self._text[word])

    def _report(self, error: BaseException) -> str:
        """Return the traceback with the lines of cells only, not those of libraries or of ours."""
        report = traceback.TracebackException.from_exception(error)
        part = report
        while part is not None:
            frames = [frame for frame in part.stack if frame.filename in self._files]
            part.stack = traceback.StackSummary.from_list(frames)
            part = part.__cause__ or part.__context__
        return "".join(report.format())
