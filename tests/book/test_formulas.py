"""Formulas: what the extension writes, and that one it cannot read is an error."""

import re
import subprocess
import sys

import pytest
from places import BOOK


def test_formulas_are_html_and_mathml(build):
    page, warnings = build(
        "Inline $x^2$.\n\n$$\n\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\n$$\n"
    )
    assert warnings == ""
    inline, block = page.select(".katex")
    assert inline.select_one("annotation").text == "x^2"
    assert block.find_parent(class_="katex-display")
    assert page.select(".katex-mathml math")


def test_only_labelled_equations_are_numbered(build):
    page, warnings = build(
        "$$\na\n$$\n\n$$\nb\n$$ (eq:b)\n\n"
        "\\begin{align*}\nc &= d \\\\\ne &= f\n\\end{align*}\n\n"
        "$$\ng\n$$ (eq:g)\n\nSee {eq}`eq:b` and {eq}`eq:g`.\n"
    )
    assert warnings == ""
    assert [re.sub(r"[^()\d]", "", tag.text) for tag in page.select(".eqno")] == ["(1)", "(2)"]
    assert [tag.text for tag in page.select("p a.reference")] == ["(1)", "(2)"]
    assert len(page.select(".katex-display")) == 4
    assert not page.select(".katex .eqn-num")


@pytest.mark.parametrize("fence", ["", "$$"])
def test_environment_that_numbers_itself_is_an_error(build, fence):
    _, warnings = build(f"Text.\n\n{fence}\n\\begin{{align}}\na &= b\n\\end{{align}}\n{fence}\n")
    assert re.search(r"index\.md:\d+: WARNING: align numbers its lines by itself", warnings)


@pytest.mark.parametrize("formula", ["$\\frac{1}{2$", "$\\mycommand$", "$$\na & b\n$$", "$é$"])
def test_formula_that_katex_cannot_read_is_an_error(build, formula):
    _, warnings = build(f"Text.\n\n{formula}\n")
    assert re.search(r"index\.md:\d+: WARNING: cannot render formula: ", warnings)


def test_build_that_warned_warns_again(build):
    assert "cannot render" in build("$\\nothing$")[1]
    assert "cannot render" in build("$\\nothing$")[1]


def test_renderer_ends_with_its_python(node_modules):
    """Exams and exports set formulas without a build, which would stop it."""
    code = "from extensions import formulas; formulas.render('x', display=False)"
    command = [sys.executable, "-W", "always", "-c", code]
    done = subprocess.run(command, cwd=BOOK, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
