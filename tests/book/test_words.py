"""The words of the features can be in any language: here in one that puts brackets around them."""

import io
import json
import re

import nbformat
import pytest
from babel.messages.pofile import read_po, write_po
from bs4 import BeautifulSoup
from conftest import build_pages
from sphinx import locale

from extensions import sections, words

PAGE = """\
# Page

:::{hero}
Caption.
:::

$$
y = x
$$ (eq:y)

<!-- {widget} neuron -->
A.

<!-- {widget} activation -->
B.

<!-- {widget} loss -->
C.

<!-- {widget} backprop -->
D.

<!-- {widget} race -->
E.

<!-- {quiz} -->
Why?

- [x] So.
  > Since.
- [ ] No.
  > Never.

:::{exercise} Task
:label: task
:class: easy

Do it.
:::

```{work}
```

(losses-calibration)=
## A section that the short course skips

(optim-nesterov)=
## A part that it skips

## ⟦Key points⟧

- One.
"""
OURS = ["node", "words", "formulas", "quiz", "widgets", "hero", "live", "work"]
OURS += ["exercises", "sections", "assets"]
SETTINGS = {
    "extensions": ["myst_nb", "sphinx_exercise", *(f"extensions.{it}" for it in OURS)],
    "source_suffix": {".ipynb": "myst-nb"},
    "myst_enable_extensions": ["colon_fence", "dollarmath"],
    "nb_execution_mode": "off",
    "html_theme": "basic",
    "language": "zh_CN",  # one of Sphinx's own, which adds a script for it to each page
    "suppress_warnings": ["myst.domains"],
}
# Where each is not on this page: two of three levels, and what stands in copies of the notebooks.
ELSEWHERE = {"plain_notebooks", "exercises: medium", "exercises: hard", "sections: common-mistakes"}
ELSEWHERE |= {"exercises: solution", "exercises: hint", "live: introRemote", "live: elsewhere"}
ELSEWHERE |= {"sections: minute", *(f"sections: {it}" for it in sections.TABLE)}
ELSEWHERE |= {f"sections: {it}{part}" for it in ("result", "lab") for part in ("", "-part")}
ELSEWHERE |= {"decks", "decks, list", "drawings", "guide"}  # decks, drawn figures, the guide
ELSEWHERE |= {"sample_exam", "launch"}  # the latter in the head of the book's theme
ELSEWHERE |= {"quiz: several", "quiz: answers", "quiz: isRight", "quiz: isWrong"}


@pytest.fixture(scope="module")
def built(tmp_path_factory, node_modules):
    """A page with all features, in the language of brackets, and the warnings of its build."""
    folder = tmp_path_factory.mktemp("words")
    catalog = read_po(io.BytesIO((words.FOLDER / "book.pot").read_bytes()))
    for message in catalog:
        message.string = f"⟦{message.id}⟧" if message.id else ""
    with (folder / "zh_CN.po").open("wb") as file:
        write_po(file, catalog)
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "3", "language": "python"}},
        cells=[nbformat.v4.new_markdown_cell(PAGE), nbformat.v4.new_code_cell("x = 1")],
    )
    (folder / "source").mkdir()
    nbformat.write(notebook, folder / "source" / "index.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "FOLDER", folder)
        patch.setattr(locale, "translators", dict(locale.translators))
        warnings = build_pages(folder, SETTINGS)
    return (folder / "out" / "index.html").read_text("utf-8"), warnings


@pytest.fixture(scope="module")
def page(built):
    return BeautifulSoup(built[0], "html.parser")


def test_a_book_in_another_language_is_built_without_a_warning(built):
    assert built[1] == ""


def test_list_for_translators_is_up_to_date():
    written = (words.FOLDER / "book.pot").read_bytes().replace(b"\r\n", b"\n")
    assert written == words.template(), "make lint writes it"


def said(data) -> list[str]:
    """Return the words in the data of a script, without their names."""
    if isinstance(data, dict | list):
        values = data.values() if isinstance(data, dict) else data
        return [word for value in values for word in said(value)]
    return [data] if isinstance(data, str) else []


def test_every_word_of_a_page_is_translated(page):
    attributes = [
        value
        for tag in page.find_all(True)
        for name, value in tag.attrs.items()
        if isinstance(value, str) and (name in ("title", "aria-label") or name.startswith("data-"))
    ]
    texts = [*page.find("body").stripped_strings, *attributes]
    scripts = page.find_all("script", type="application/json")
    texts += [word for tag in scripts for word in said(json.loads(tag.string))]
    shown = "\n".join(texts)
    outside = shown
    while "⟦" in outside:
        outside, count = re.subn("⟦[^⟦⟧]*⟧", "", outside)
        assert count
    for group in words.every_words:
        for name, english in group.data.items():
            if {group.feature, f"{group.feature}: {name}"} & ELSEWHERE:
                continue
            start = re.match("[^{]*", english)[0]  # up to the first value that is put in
            assert f"⟦{start}" in shown, name
            assert start not in outside or len(start) < 8, name


def test_sections_are_known_by_their_translated_titles(page):
    assert page.select_one("section.key-points h2").text.startswith("⟦Key points⟧")
