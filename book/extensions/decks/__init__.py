"""Lecture decks: course/L01.html … in the site, and the page that lists them.

The lectures are Markdown, `course/lectures/L01.md` …, which book/lecture.py reads and checks. The
decks are made of the book's finished pages, at the end of each build: so they never show another
number than the book, what vanishes from the book stops the build, and no link to a deck is dead.
The PDFs take a browser; `make course` prints them, and the list links to those that are there.

    :::{lectures}
    :::
"""

from pathlib import Path

from docutils import nodes
from docutils.nodes import make_id
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import lecture
from extensions import assets, live
from extensions.decks.pages import Page
from extensions.decks.slides import TEXT, Deck
from extensions.words import Words

logger = logging.getLogger(__name__)
HERE = Path(__file__).parent
PDF = lecture.LECTURES.parents[1] / "build" / "course"  # where `make course` prints the decks

LIST = Words(
    "decks, list",
    {
        "lecture": "Lecture {number}: {title}",
        "optional": "Optional lecture {number}: {title}",
        "slides": "Slides",
        "pdf": "PDF",
        "pdfNotes": "PDF with notes",
        "goals": "Students can then",
        "reading": "Reading",
        "skips": "Left out",
    },
)


class Lectures(SphinxDirective):
    """The list of all lectures."""

    def run(self):
        book = lecture.book()
        return [self.entry(it, book) for it in lecture.lectures().values()]

    def entry(self, it: lecture.Lecture, book: lecture.Book) -> nodes.section:
        self.env.note_dependency(str(lecture.LECTURES / f"{it.name}.md"))
        words = LIST["optional" if it.optional else "lecture"]
        title = words.format(number=int(it.name[1:]), title=it.title)
        section = nodes.section("", nodes.title("", title), ids=[make_id(it.name)])
        links = nodes.paragraph()
        files = {f"{it.name}.html": "slides", f"{it.name}.pdf": "pdf"}
        files[f"{it.name}-notes.pdf"] = "pdfNotes"
        for name, words in files.items():
            if name.endswith(".html") or (PDF / name).exists():
                links += [nodes.Text(" · ")] if links.children else []
                links += nodes.reference("", LIST[words], refuri=name)
        section += links
        section += nodes.paragraph("", f"{LIST['goals']}:")
        section += self.items([self.state.inline_text(goal, self.lineno)[0] for goal in it.goals])
        for key, names in (("reading", it.reading), ("skips", it.skips)):
            if names:
                section += nodes.paragraph("", f"{LIST[key]}:")
                section += self.items([self.place(name, book) for name in names])
        return section

    def place(self, name: str, book: lecture.Book) -> list[nodes.Node]:
        chapter, heading = book.named("section", name)
        uri = f"../chapters/{chapter.name}.html#{make_id(heading)}"
        words, _ = self.state.inline_text(f"{chapter.title}: {heading}", self.lineno)
        return [nodes.reference("", "", *words, refuri=uri)]

    @staticmethod
    def items(contents: list[list[nodes.Node]]) -> nodes.bullet_list:
        return nodes.bullet_list(
            "", *(nodes.list_item("", nodes.paragraph("", "", *it)) for it in contents)
        )


def _path(name: str, resource: bool) -> str:
    """Return the address of a file of the site, seen from a deck."""
    return f"../{name}"


def write_decks(app, exception) -> None:
    if exception or app.builder.format != "html" or not lecture.LECTURES.exists():
        return
    out = Path(app.outdir)
    texts = lecture.lectures().values()
    book = lecture.book()
    try:
        pages = {name: Page(out, chapter) for name, chapter in book.chapters.items()}
    except FileNotFoundError:
        return  # a site without the chapters, as in tests
    folder = out / "course"
    folder.mkdir(exist_ok=True)
    environment = Environment(loader=FileSystemLoader(HERE), autoescape=True)
    template = environment.get_template("deck.html")
    drawn = {path.stem for path in (out / "figures").glob("*.svg")}
    for text in texts:
        problems = lecture.check(text, book)
        for problem in problems:
            logger.warning("course/lectures/%s.md:%d: %s", text.name, problem.line, problem.text)
        if problems:
            continue
        deck = Deck(text, book, pages, drawn)
        html = template.render(
            deck=deck,
            book=app.config.html_title,
            text=TEXT,
            language=app.config.language,
            page_bar=Markup(live.page_bar().astext()) if deck.live else "",
            config=Markup(live.page_config(deck.live, _path, app.config)),
        )
        (folder / f"{text.name}.html").write_text(html, encoding="utf-8")
    for path in PDF.glob("*.pdf"):
        (folder / path.name).write_bytes(path.read_bytes())


def write_look(app, exception) -> None:
    """Write the stylesheet and the script of all decks."""
    if exception or app.builder.format != "html" or not Path(app.outdir, "course").exists():
        return
    static = Path(app.outdir, "_static")
    styles = [static / "pygments.css", HERE / "deck.css"]
    assets.bundle(static, "deck", styles, [HERE / "deck.mjs"])


def find_lists(app, env, added, changed, removed) -> list[str]:
    """Have the list of lectures written again: there may be PDFs now."""
    return [name for name in env.found_docs if name == "course/index"]


def setup(app):
    app.add_directive("lectures", Lectures)
    app.connect("env-get-outdated", find_lists)
    # Before the formulas' process ends.
    app.connect("build-finished", write_decks, priority=450)
    # After the theme has written the colors of code.
    app.connect("build-finished", write_look, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
