"""Figures as SVG: what they say of themselves, and the links on pages that lead to them."""

import re
import sys
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest
from conftest import ROOT, build_pages
from PIL import Image

import lecture
from extensions import drawings

NAME = "neurons-fig-xor"
SVG = "{http://www.w3.org/2000/svg}"
DC = "{http://purl.org/dc/elements/1.1/}"


@pytest.fixture
def drawn(monkeypatch) -> str:
    """A figure as course/figures.py draws it."""
    monkeypatch.syspath_prepend(ROOT / "course")
    monkeypatch.delitem(sys.modules, "figures", raising=False)
    import figures

    figure, ax = plt.subplots()
    ax.set_title("a < b")
    text = figures.drawing(figure, NAME, NAME, "What < one & sees.", "Neurons to Networks, cell 1")
    plt.close(figure)
    return text


def test_a_drawing_says_what_it_shows_and_whose_it_is(drawn):
    root = ElementTree.fromstring(drawn)
    assert root.findtext(f"{SVG}desc") == "What < one & sees."
    assert root.findtext(f".//{DC}description") == "What < one & sees."
    assert root.findtext(f".//{DC}source") == "Neurons to Networks, cell 1"
    rights = "".join(root.find(f".//{DC}rights").itertext())
    assert rights.strip() == "https://creativecommons.org/licenses/by/4.0/"
    assert root.findall(f".//{SVG}text") == []  # letters are outlines


def test_each_figure_that_is_drawn_has_a_link(drawn, tmp_path, node_modules, monkeypatch):
    monkeypatch.setattr(drawings, "DRAWN", tmp_path / "drawn")
    source = tmp_path / "source" / "chapters"
    for folder in (drawings.DRAWN, source):
        folder.mkdir(parents=True)
    (drawings.DRAWN / f"{NAME}.svg").write_text(drawn, encoding="utf-8")
    Image.new("RGB", (2, 2)).save(source / "dot.png")
    page = "# Page\n\n```{figure} dot.png\n:name: %s\n\nCaption\n```\n" * 2
    (source / "page.md").write_text(page % (NAME, "other"), encoding="utf-8")
    (source.parent / "index.md").write_text("# Book\n\n```{toctree}\nchapters/page\n```\n")
    used = ["strict", "node", "formulas", "drawings"]
    settings = {
        "extensions": [*(f"extensions.{it}" for it in used), "myst_parser", "sphinxcontrib.bibtex"],
        "source_suffix": {".md": "markdown"},
        "bibtex_bibfiles": [],
        "numfig": True,
        "numfig_format": {"figure": "Fig. %s"},
    }
    assert build_pages(tmp_path, settings) == ""
    html = (tmp_path / "out" / "chapters" / "page.html").read_text(encoding="utf-8")
    assert re.findall(r'class="figure-svg[^>]* href="([^"]+)"', html) == [f"../figures/{NAME}.svg"]
    root = ElementTree.parse(tmp_path / "out" / "figures" / f"{NAME}.svg").getroot()
    _, figure = lecture.book().figures[NAME]
    title = f"Fig. 1. {figure.caption}"
    assert root.findtext(f"{SVG}title") == root.findtext(f".//{DC}title") == title
