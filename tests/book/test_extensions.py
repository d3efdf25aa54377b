"""The book's own extensions: what they write, and that an author's slip is an error."""

import io
import os
import re

import npm_packages
import plain_notebooks
import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

CONFIGURATION = {
    "extensions": ["katex_math", "quiz", "myst_parser", "strict"],
    "source_suffix": {".md": "markdown"},  # the default is one object, and builds change it
    "myst_enable_extensions": ["amsmath", "colon_fence", "dollarmath"],
    "html_theme": "basic",
    "numfig": True,
    "math_numfig": True,
}


@pytest.fixture
def build(tmp_path, node_modules):
    """Build one page of Markdown; return its HTML and the warnings."""

    def run(markdown: str) -> tuple[BeautifulSoup, str]:
        source = tmp_path / "index.md"
        if not source.exists():  # built twice, it must be the same file
            source.write_text("# Page\n\n" + markdown, encoding="utf-8")
        warnings = io.StringIO()
        out = tmp_path / "out"
        with patch_docutils(tmp_path), docutils_namespace():
            app = Sphinx(
                tmp_path, None, out, tmp_path / "trees", "html", CONFIGURATION, None, warnings
            )
            app.build()
        html = (out / "index.html").read_text(encoding="utf-8")
        return BeautifulSoup(html, "html.parser"), warnings.getvalue()

    return run


def quiz(*choices: str) -> str:
    return "<!-- {quiz} -->\nWhy?\n\n" + "\n".join(choices) + "\n\nMore text.\n\n"


NO = "- [ ] No\n  > Because."
YES = "- [x] Yes\n  > Because."


def test_quiz_is_a_labelled_form(build):
    page, warnings = build(quiz("- [ ] The $b$\n  > No: see [x].", "- [x] `w`\n  > Yes."))
    assert warnings == ""
    form = page.select_one("form.quiz")
    assert form.select_one("fieldset > legend").text == "Why?"
    labels = form.select("label")
    assert [label.select_one(".katex-html, code").text for label in labels] == ["b", "w"]
    assert "[x]" not in "".join(label.text for label in labels)
    inputs = form.select("input[type=radio]")
    assert [item["id"] for item in inputs] == [label["for"] for label in labels]
    assert len({item["name"] for item in inputs}) == 1
    assert [note.find("p").text for note in form.select("details")] == ["No: see [x].", "Yes."]
    assert [choice.get("data-right") for choice in form.select(".quiz-choice")] == [None, ""]
    assert form.select_one("[role=status]").text == ""


def test_quiz_with_several_right_choices_has_check_boxes(build):
    page, warnings = build(quiz(YES, NO, YES) + "\n" + quiz(NO, YES))
    assert warnings == ""
    first, second = page.select("form.quiz")
    assert [item["type"] for item in first.select("input")] == ["checkbox"] * 3
    assert [item["type"] for item in second.select("input")] == ["radio"] * 2
    assert first.select_one("input")["name"] != second.select_one("input")["name"]


def test_question_may_hold_more_than_words(build):
    page, warnings = build("<!-- {quiz} -->\nWhat is `a`?\n\n```\na = 1\n```\n\n" + NO + "\n" + YES)
    assert warnings == ""
    form = page.select_one("form.quiz")
    assert form.select_one("legend code").text == "a"
    assert "a = 1" in form.select_one("pre").text
    assert len(form.select("input")) == 2


@pytest.mark.parametrize(
    ("markdown", "message"),
    [
        (quiz(NO, NO), "no choice is marked right"),
        (quiz(YES), "at least two choices"),
        (quiz(YES, "- [ ] No"), "choice “No” needs feedback"),
        (quiz(YES, "- [ ] No\n  > One.\n\n  More."), "choice “No” needs feedback"),
        (quiz(YES, "- No\n  > Because."), "must start with [x] or [ ], not with “No"),
        (quiz(YES, "-"), "must start with [x] or [ ]"),
        ("<!-- {quiz} -->\nWhy?\n\nNo list.", "there must be a list of choices"),
        ("<!-- {quiz} -->\nWhy?\n\n## Next\n\n" + YES, "there must be a list of choices"),
        ("<!-- {quiz} -->\nWhy?\n\n" + quiz(YES, NO), "there must be a list of choices"),
        ("<!-- {quiz} -->\n\n" + YES + "\n" + NO, "must be the question"),
        ("Text.\n\n<!-- {quiz} -->", "must be the question"),
    ],
)
def test_malformed_quiz_is_an_error(build, markdown, message):
    _, warnings = build(markdown)
    found = re.search(r"index\.md:\d+: WARNING: quiz 1: .*" + re.escape(message), warnings)
    assert found, warnings


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


def test_packages_are_installed_once_and_anew_when_the_lock_changes(tmp_path, monkeypatch):
    calls = []

    class Done:
        returncode, stdout, stderr = 0, "", ""

    def npm(args, **options):
        calls.append(args)
        (tmp_path / "node_modules").mkdir(exist_ok=True)
        return Done()

    monkeypatch.setattr(npm_packages, "npm", npm)
    lock = tmp_path / "package-lock.json"
    lock.write_text("{}")
    npm_packages.install(tmp_path)
    npm_packages.install(tmp_path)
    assert len(calls) == 1
    assert "--omit=dev" in calls[0]
    npm_packages.install(tmp_path, dev=True)
    npm_packages.install(tmp_path)
    assert len(calls) == 2
    assert "--omit=dev" not in calls[1]
    later = lock.stat().st_mtime + 10
    os.utime(lock, (later, later))
    npm_packages.install(tmp_path)
    assert len(calls) == 3


def test_failed_installation_says_why(tmp_path):
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "package-lock.json").write_text("not JSON")
    with pytest.raises(ExtensionError, match="npm ci failed in"):
        npm_packages.install(tmp_path)


@pytest.mark.parametrize("folder", ["book", "tests/book/live"])
def test_lock_file_names_hashes_but_no_registry(folder):
    lock = (npm_packages.BOOK.parent / folder / "package-lock.json").read_text(encoding="utf-8")
    assert lock.count('"integrity": "sha512-') > 2
    assert '"resolved"' not in lock


# ---- Plain notebooks ------------------------------------------------------------------------


class NoBook:
    """Stands in for the texts of a book with one exercise and one equation."""

    def __init__(self):
        self.numbers, self.cited = {"ex": "Exercise 1.1"}, set()

    def equation(self, label):
        return {"eq:one": "1.1"}[label]

    def plain(self, role, text, target):
        return f"<{role}|{text}|{target}>"


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("(here)=\n## Title", "## Title"),
        ("$$\na = b\n$$ (eq:one)\n\nText.", "$$\na = b\n\\tag{1.1}\n$$\n\nText."),
        ("See {term}`a\nb <c>` and {eq}`d`.", "See <term|a\nb|c> and <eq|None|d>."),
        (
            ":::{exercise} Do it\n:label: ex\n:class: hard\n\nText.\n\nMore.\n:::",
            "### Exercise 1.1: Do it (hard)\n\nText.\n\nMore.",
        ),
        (":::{warning}\nText.\n\nMore.\n:::", "> **Warning**\n>\n> Text.\n>\n> More."),
        ("```{solution-start} ex\n:label: sol\n```\n\nSo.", "#### Solution to Exercise 1.1\n\nSo."),
        ("So.\n\n```{solution-end}\n```", "So."),
        (
            "## Quiz\n\n<!-- {quiz} -->\nWhy?\n\n"
            "- [ ] This\n  way.\n  > No.\n  > Never.\n- [x] That.\n  > Yes.",
            "## Quiz\n\nWhy?\n\n- **A.** This way.\n- **B.** That.\n\n"
            "<details><summary>Answers</summary>\n\n"
            "- **A** ✗ No. Never.\n- **B** ✓ Yes.\n\n</details>",
        ),
    ],
)
def test_plain_markdown(source, plain):
    assert plain_notebooks.plain_markdown(source, NoBook()) == plain


def test_every_choice_of_a_long_quiz_is_in_the_plain_copy():
    source = "<!-- {quiz} -->\nWhich?\n\n- [x] First.\n  > Yes." + "\n- [ ] No.\n  > No." * 11
    plain = plain_notebooks.plain_markdown(source, NoBook())
    letters = [letter for letter in "ABCDEFGHIJKLM" if f"- **{letter}.**" in plain]
    assert "".join(letters) == "ABCDEFGHIJKL"


@pytest.mark.parametrize("source", [":::{note}\nNever closed.", "```{figure} a.png\n```"])
def test_markdown_without_a_rule_is_an_error(source):
    with pytest.raises(ExtensionError, match="there is no rule for"):
        plain_notebooks.plain_markdown(source, NoBook())


def test_a_plain_notebook_installs_mlp_where_the_book_has_an_address():
    chapter = {"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["Text."]}]}
    address = "https://example.org/live/mlp.whl"
    alone, installing = (
        plain_notebooks.plain_notebook(chapter, NoBook(), wheel)["cells"] for wheel in ("", address)
    )
    assert [cell["id"] for cell in alone] == ["about", "a"]
    assert [cell["id"] for cell in installing] == ["about", "install", "a"]
    assert f"%pip install --quiet {address}" in installing[1]["source"]
