"""Render every formula while the book is built, with KaTeX: no script runs in the reader's browser.

One Node process (server.mjs) turns TeX into HTML and MathML. A formula that KaTeX cannot read
is a warning naming page and line, and so an error in the book's strict build.
Only labelled equations are numbered: what one can refer to has a number.
"""

import atexit
import json
import re
import subprocess
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from chapter import EQUATION
from extensions.node import NODE
from extensions.words import Words

logger = logging.getLogger(__name__)
TEXT = Words("formulas", {"link": "Link to this equation"})
SERVER = Path(__file__).with_name("server.mjs")


class FormulaError(ValueError):
    """TeX that KaTeX cannot render."""


@cache
def _server() -> subprocess.Popen:
    atexit.register(_stop)  # exams and exports render formulas outside of a build
    return subprocess.Popen(
        [NODE, SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def _stop(*event) -> None:
    """Stop the renderer, if it runs; for Sphinx at the end of a build, too."""
    if _server.cache_info().currsize:
        _server().stdin.close()
        _server().wait()
        _server().stdout.close()
        _server.cache_clear()


@cache
def render(tex: str, display: bool) -> str:
    """Return the HTML of one formula; raise `FormulaError` where KaTeX cannot read it."""
    server = _server()
    server.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
    server.stdin.flush()
    answer = server.stdout.readline()
    if not answer:
        raise RuntimeError(f"the formula renderer stopped (exit status {server.wait()})")
    answer = json.loads(answer)
    if "error" in answer:
        raise FormulaError(answer["error"])
    return answer["html"]


def _html(node, display: bool) -> str:
    tex = node.astext()
    if numbered := re.search(r"\\begin\{(align|alignat|equation|gather)\}", tex):
        logger.warning(
            "%s numbers its lines by itself; write %s*, or aligned between $$ and $$ (label)",
            numbered[1],
            numbered[1],
            location=node,
        )
    try:
        return render(tex, display)
    except FormulaError as error:
        logger.warning("cannot render formula: %s", error, location=node)
        return f"<code>{tex}</code>"


def visit_math(self, node) -> None:
    self.body.append(f'<span class="math">{_html(node, display=False)}</span>')
    raise nodes.SkipNode


def visit_math_block(self, node) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(_html(node, display=True))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, TEXT["link"])
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def plain(source, texts):
    """Give numbers to the equations that have labels."""
    return EQUATION.sub(lambda match: f"\\tag{{{texts.equation(match[1])}}}\n$$", source)


def setup(app):
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.connect("build-finished", _stop)
    # Processes forked after the first formula would all talk to the one that renders.
    return {"parallel_read_safe": True, "parallel_write_safe": False}
