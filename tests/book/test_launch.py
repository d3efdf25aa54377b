"""Buttons that open a notebook elsewhere: where they lead, and that none leads nowhere."""

from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, build_pages
from sphinx.errors import ConfigError

from chapter import Chapter
from extensions.launch import links

HOME = "https://github.com/owner/name"
SITE = "https://owner.github.io/name"
HUB = "https://hub.example.edu"


def places(chapter="01-neurons", repository="", book="", hub=""):
    config = {"launch_repository": repository, "launch_book": book, "launch_hub": hub}
    return links(config, Chapter(ROOT / "chapters" / f"{chapter}.ipynb"))


def asked(query):
    return {name: value for name, (value,) in parse_qs(query).items()}


PULL = {"repo": HOME, "branch": "notebooks", "urlpath": "lab/tree/name/01-neurons.ipynb"}


def test_binder_pulls_the_plain_notebook_into_the_image_of_the_repository():
    link = urlsplit(places(repository=HOME)["Binder"])
    assert (link.netloc, link.path) == ("mybinder.org", "/v2/gh/owner/name/HEAD")
    opened = urlsplit(asked(link.query)["urlpath"])
    assert opened.path == "git-pull"
    assert asked(opened.query) == PULL


def test_a_hub_pulls_the_plain_notebook():
    link = urlsplit(places(repository=f"{HOME}/", hub=f"{HUB}/")["JupyterHub"])
    assert (link.netloc, link.path) == ("hub.example.edu", "/hub/user-redirect/git-pull")
    assert asked(link.query) == PULL


def test_colab_opens_the_plain_notebook_of_the_branch():
    link = places(repository=HOME, book=SITE)["Colab"]
    path = "/github/owner/name/blob/notebooks/01-neurons.ipynb"
    assert link == f"https://colab.research.google.com{path}"


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({}, []),
        ({"book": SITE, "hub": HUB}, []),
        ({"repository": HOME}, ["Binder"]),  # no address from which Colab could install mlp
        ({"repository": HOME, "book": SITE, "hub": HUB}, ["Colab", "Binder", "JupyterHub"]),
        ({"repository": "https://gitlab.example.org/a/b", "book": SITE}, []),
        ({"repository": "https://gitlab.example.org/a/b", "hub": HUB}, ["JupyterHub"]),
    ],
)
def test_a_place_is_offered_where_its_link_leads_somewhere(known, found):
    assert list(places(**known)) == found


def test_no_image_has_the_frameworks_of_chapter_9():
    assert list(places("09-frameworks", HOME, SITE, HUB)) == ["Colab"]


@pytest.fixture
def page(tmp_path):
    """Build one notebook with the theme of the book; return what its buttons and its list link."""
    source = tmp_path / "source"
    source.mkdir()
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    for cell in ("# Title", "```{hub-links}\n```"):
        notebook.cells.append(nbformat.v4.new_markdown_cell(cell))
    nbformat.write(notebook, source / "index.ipynb")

    def run(**addresses):
        settings = {
            "extensions": ["extensions.launch", "myst_nb", "sphinx_book_theme"],
            "html_theme": "sphinx_book_theme",
            "html_theme_options": {"use_download_button": False},
            "nb_execution_mode": "off",
        }
        addresses = {f"launch_{name}": value for name, value in addresses.items()}
        empty = dict.fromkeys(("launch_repository", "launch_book", "launch_hub"), "")
        build_pages(tmp_path, settings | empty | addresses)
        html = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
        found = [
            {
                item.get_text(strip=True): item["href"]
                for item in BeautifulSoup(html, "html.parser").select(where)
            }
            for where in (".dropdown-launch-buttons a", "article li a")
        ]
        return *found, html

    return run


def test_buttons_and_links_come_and_go_with_the_addresses(page):
    """In one folder, as an author builds: no page keeps a link of the build before."""
    for _ in range(2):
        buttons, listed, html = page()
        assert buttons == listed == {}
        assert "rocket" not in html
        assert "https://HUB/hub/user-redirect/git-pull" in html  # the form of the links
        buttons, listed, html = page(repository=HOME, hub=HUB)
        assert list(buttons) == ["Binder", "JupyterHub"]
        assert listed == {"Title": buttons["JupyterHub"]}
        assert "index.ipynb" in buttons["JupyterHub"]
        assert "https://HUB" not in html
        assert "https://hub.example.edu/hub/user-redirect/git-pull" in html


def test_an_address_that_no_link_can_hold_is_an_error(page):
    with pytest.raises(ConfigError, match=r"REPOSITORY_URL must begin with https://, .*git@"):
        page(repository="git@github.com:owner/name.git")
