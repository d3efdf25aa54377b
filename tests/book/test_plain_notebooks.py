"""Plain copies of the chapters: the book's own Markdown becomes what all programs read."""

import re

import nbformat
import pytest
from sphinx.errors import ExtensionError

from chapter import Chapter
from extensions import plain_notebooks


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
            "```{exercise-start} Do it\n:label: ex\n:class: easy\n```\n\nLook:",
            "### Exercise 1.1: Do it (easy)\n\nLook:",
        ),
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


def test_a_plain_notebook_installs_mlp_where_the_book_has_an_address(tmp_path):
    path = tmp_path / "01-chapter.ipynb"
    cells = [nbformat.v4.new_markdown_cell("Text.", id="a")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    address = "https://example.org/live/mlp.whl"
    alone, installing = (
        plain_notebooks.plain_notebook(Chapter(path), NoBook(), wheel)["cells"]
        for wheel in ("", address)
    )
    assert [cell["id"] for cell in alone] == ["about", "a"]
    assert [cell["id"] for cell in installing] == ["about", "install", "a"]
    assert f"%pip install --quiet {address}" in installing[1]["source"]


def test_a_plain_notebook_says_how_long_a_section_takes_and_what_the_short_course_skips():
    """As the page does: for a section, for one that is skipped, for a part that is, for another."""

    def line(label: str) -> str:
        plain = plain_notebooks.plain_markdown(f"({label})=\n## Title\n\nText.", NoBook())
        return re.fullmatch(r"## Title\n\n(?:\*(.*)\*\n\n)?Text\.", plain)[1]

    assert re.fullmatch(r"\d+ to \d+ minutes\.", line("neurons-geometry"))
    skips = r"\d+ to \d+ minutes\. The short course skips this {}\."
    assert re.fullmatch(skips.format("section"), line("losses-calibration"))
    assert re.fullmatch(skips.format("part"), line("optim-nesterov"))
    assert line("networks-count") is None
