"""Take parts out of the book's finished pages, as they stand there: with numbers, formulas, links.

A page has a million characters, most of them formulas, so parts are cut out, and only then parsed.
"""

import re
from functools import cached_property
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from docutils.nodes import make_id

from chapter import Chapter

_SECTION = re.compile(
    r'<section [^>]*?id="(?P<id>[^"]+)">\n(?:<span id="[^"]+"></span>)*<h[23]>'
    r'(?:<span class="section-number">(?P<number>[\d.]+?)\.? *</span>)?(?P<title>.*?)'
    r'<a class="headerlink"',
    re.S,
)


class Page:
    """The finished page of a chapter, and where it is, seen from a deck."""

    def __init__(self, out: Path, chapter: Chapter):
        self.name = chapter.name
        self.address = f"../chapters/{chapter.name}.html"
        self.html = (out / "chapters" / f"{chapter.name}.html").read_text(encoding="utf-8")
        self.chapter = Section(self.address, chapter.number, escape(chapter.title))

    def start(self, mark: str) -> int:
        """Return where the tag with an attribute such as id="x" begins."""
        try:
            return self.html.rindex("<", 0, self.html.index(mark))
        except ValueError:
            raise ValueError(f"{self.name}.html has nothing with {mark}") from None

    def part(self, start: int) -> str:
        """Return the element that begins there; it must not hold another with the same tag."""
        tag = re.match(r"<(\w+)", self.html[start : start + 20])[1]
        end = self.html.index(f"</{tag}>", start) + len(f"</{tag}>")
        return self.html[start:end]

    def all(self, mark: str) -> list[int]:
        """Return where the elements begin that have such a tag."""
        return [it.start() for it in re.finditer(re.escape(mark), self.html)]

    def soup(self, html: str) -> BeautifulSoup:
        """Return a part for a deck: without ids, and with links that lead back to the page."""
        soup = BeautifulSoup(html, "html.parser")
        for link in soup.select("a.headerlink"):
            link.decompose()
        for tag in soup.find_all(True):
            tag.attrs.pop("id", None)
            if href := tag.get("href"):
                tag["href"] = self.link(href)
        return soup

    def link(self, href: str) -> str:
        """Return a link of the page, seen from a deck."""
        if href.startswith("#"):
            return self.address + href
        if re.match(r"\w+:", href) or href.startswith("../"):
            return href
        return f"../chapters/{href}"

    @cached_property
    def sections(self) -> list[tuple[int, str, str, str]]:
        """Where each section begins, its id, number and title."""
        return [(m.start(), m["id"], m["number"], m["title"]) for m in _SECTION.finditer(self.html)]

    def section_at(self, place: int) -> "Section":
        """Return the section in which something stands."""
        found = [it for it in self.sections if it[0] <= place]
        _, anchor, number, title = found[-1]
        return Section(f"{self.address}#{anchor}", number or "", title, self.chapter)

    def section(self, heading: str) -> "Section":
        """Return the section with a heading."""
        return self.section_at(self.start(f'id="{make_id(heading)}"') + 1)


class Section:
    """A section of the book: its address seen from a deck, its number and title, its chapter."""

    def __init__(self, address: str, number: str, title: str, chapter: "Section | None" = None):
        self.address, self.number, self.title = address, number, title
        self.chapter = chapter or self  # a chapter is its own

    @property
    def label(self) -> str:
        return f"{self.number} {self.title}".strip()


def inner(tag: Tag) -> str:
    """Return what an element holds."""
    return tag.decode_contents().strip()


def spoken(tag: Tag) -> str:
    """Return what an element holds, and change it: formulas are MathML alone."""
    for formula in tag.select(".katex"):
        formula.replace_with(formula.math)
    return bold(inner(tag))


def bold(html: str) -> str:
    """Let browsers show bold letters of MathML, where they know the attribute no longer."""
    style = 'style="font-weight: bold; text-transform: none"'
    return html.replace('mathvariant="bold"', f'mathvariant="bold" {style}')
