"""What several tests share: the book's npm packages, its extensions, the list of its pages, the
built site, a browser, and the profile of hypothesis.
"""

import contextlib
import functools
import http.server
import io
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from filelock import FileLock
from hypothesis import settings
from places import BOOK, ROOT

import chromium

collect_ignore = [
    "package/reference/make_reference.py",  # run by hand: it needs PyTorch, JAX and optax
]
collect_ignore_glob = ["book/live/*"]  # run by Pyodide

if "PYTEST_XDIST_WORKER" in os.environ:
    # Two BLAS threads in each of two processes would wait for each other.
    os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")

# The same examples at every run, on every machine: a failure is a change, never bad luck.
settings.register_profile("stable", max_examples=30, derandomize=True, deadline=None, database=None)
settings.load_profile("stable")


@pytest.fixture(scope="session")
def alone():
    """A lock for what only one of the processes that run tests may do at a time."""
    (ROOT / "build").mkdir(exist_ok=True)
    return FileLock(ROOT / "build" / "tests.lock")


@pytest.fixture(scope="session")
def node_modules(alone) -> Path:
    """The folder of the book's npm packages, those for tests included."""
    from extensions import node

    with alone:
        node.install(dev=True)
    return node.MODULES


def toc_pages() -> list[str]:
    """Every page of the table of contents, without suffix, in its order."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    return [toc["root"], *chapters]


# ---- Pages ----------------------------------------------------------------------------------


def build_pages(folder: Path, settings: dict, builder: str = "html") -> str:
    """Build the pages in folder/source into folder/out with Sphinx; return the warnings."""
    from sphinx import locale
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    locale.translators.clear()  # a build before may have spoken another language

    warnings = io.StringIO()
    source, out, trees = (folder / name for name in ("source", "out", "trees"))
    with patch_docutils(source), docutils_namespace():
        Sphinx(source, None, out, trees, builder, settings, None, warnings).build()
    return warnings.getvalue()


@pytest.fixture
def build(tmp_path, node_modules):
    """Build one page of Markdown; return its HTML and the warnings."""
    from bs4 import BeautifulSoup

    settings = {
        "extensions": [
            "extensions.strict",
            "extensions.node",
            "extensions.formulas",
            "extensions.quiz",
            "myst_parser",
        ],
        "source_suffix": {".md": "markdown"},  # the default is one object, and builds change it
        "myst_enable_extensions": ["amsmath", "colon_fence", "dollarmath"],
        "html_theme": "basic",
        "numfig": True,
        "math_numfig": True,
    }

    def run(markdown: str) -> tuple:
        source = tmp_path / "source" / "index.md"
        if not source.exists():  # built twice, it must be the same file
            source.parent.mkdir()
            source.write_text("# Page\n\n" + markdown, encoding="utf-8")
        warnings = build_pages(tmp_path, settings)
        html = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
        return BeautifulSoup(html, "html.parser"), warnings

    return run


# ---- The site, a server, a browser ----------------------------------------------------------


@pytest.fixture(scope="session")
def site(alone, node_modules) -> Path:
    """The folder of the built book, brought up to date by the command that the README gives.

    Of several processes that run tests, the first brings it up to date.
    """
    folder = ROOT / "build" / "_build" / "html"
    tests = os.environ.get("PYTEST_XDIST_TESTRUNUID", "")
    mark = ROOT / "build" / "tests.built"
    jupyter_book = shutil.which("jupyter-book", path=Path(sys.executable).parent)
    assert jupyter_book, "jupyter-book is not installed beside this Python"
    command = [jupyter_book, "build", ".", "--config", "book/_config.yml"]
    command += ["--toc", "book/_toc.yml", "--path-output", "build", "-W", "-n", "--keep-going"]
    with alone:
        if tests and mark.exists() and mark.read_text() == tests:
            return folder
        built = subprocess.run(
            command, cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace", timeout=600
        )
        assert built.returncode == 0, built.stdout[-2000:] + built.stderr
        mark.write_text(tests)
    return folder


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serving(folder: Path, handler: type = QuietHandler):
    """Serve a folder; the value is its address, http://127.0.0.1:port/"""
    handler = functools.partial(handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def address(site):
    """Where the book is served."""
    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once."""
    from playwright.sync_api import Error, sync_playwright

    quiet = ["background-networking", "component-update", "sync", "gpu"]
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=chromium.path(),
                args=["--no-sandbox", *(f"--disable-{it}" for it in quiet)],
            )
        except Error as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no browser: set CHROMIUM or install chromium ({error.message[:200]})")
        yield browser
        browser.close()


LAPTOP = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}


@dataclass
class Visit:
    """What happened while a page was open."""

    page: object  # of Playwright
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    at_once: int = 0  # files that were asked for until the page was there; see test_site.py

    def open(self, url: str):
        page = self.page
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda m: m.type == "error" and self.errors.append(m.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        # A request that the browser itself gives up, because a link was followed, is no error.
        page.on(
            "requestfailed",
            lambda r: r.failure == "net::ERR_ABORTED" or self.errors.append(f"failed: {r.url}"),
        )
        page.on(
            "response",
            lambda r: r.status >= 400 and self.errors.append(f"{r.status} for {r.url}"),
        )
        page.goto(url)
        return page


@pytest.fixture
def visit(browser):
    """A fresh tab, light and as wide as a laptop; call it with other options for another."""
    contexts = []

    def new(**options) -> Visit:
        contexts.append(browser.new_context(**LAPTOP | options))
        return Visit(contexts[-1].new_page())

    yield new
    for context in contexts:
        context.close()
