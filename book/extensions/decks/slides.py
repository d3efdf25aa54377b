"""Make HTML of a lecture's slides and notes, with what they show of the book's pages."""

import re
import string
from dataclasses import dataclass
from html import escape

from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

import lecture
from extensions import formulas, live
from extensions.decks.pages import Page, Section, bold, inner, spoken
from extensions.words import Words
from lecture import MARKDOWN, Book, Directive, Lecture, Slide, Text

TEXT = Words(
    "decks",
    {
        "lecture": "Lecture {number}",
        "optional": "Optional lecture {number}",
        "goals": "After this lecture you can",
        "leave": "Leave this slide at {clock}.",
        "stop": "If time is short, stop here. What is lost:",
        "right": "right",
        "wrong": "wrong",
        "answers": "Answers",
        "code": "Chapter {chapter}, cell {cell}",
        "figure": "Interactive figure",
    },
)
# The speaker's window has none of the book's styles: formulas there are MathML alone.
MATHML = re.compile(r"<math.*?</math>", re.S)
WIDE = 1.45  # a figure that is so many times as wide as high stands under the text, not beside it


def _math(display: bool):
    def rule(self, tokens, index, options, env):
        html = formulas.render(tokens[index].content.strip(), display)
        if env.get("spoken"):
            html = bold(MATHML.search(html)[0])
        tag = "div" if display else "span"
        return f'<{tag} class="math">{html}</{tag}>'

    return rule


def _role(self, tokens, index, options, env):
    token = tokens[index]
    return env["deck"].reference(token.meta["name"], token.content)


def _item(self, tokens, index, options, env):
    if tokens[index].markup == "+":
        tokens[index].attrJoin("class", "fragment")
    return self.renderToken(tokens, index, options, env)


MARKDOWN.add_render_rule("math_inline", _math(False))
for _name in ("math_block", "math_inline_double"):
    MARKDOWN.add_render_rule(_name, _math(True))
MARKDOWN.add_render_rule("myst_role", _role)
MARKDOWN.add_render_rule("list_item_open", _item)


def colored(code: str) -> str:
    return highlight(code, PythonLexer(), HtmlFormatter())


@dataclass
class Made:
    """The parts of a slide, as HTML."""

    classes: str
    heading: str
    body: str
    notes: str
    place: Section | None  # where in the book that stands which it shows
    figures: list[str]  # their numbers, with links


class Deck:
    """One lecture as HTML: `title`, `slides` (each the HTML of a section), `live` (its cells)."""

    def __init__(self, text: Lecture, book: Book, pages: dict[str, Page], drawn: set[str]):
        self.lecture, self.book, self.pages, self.drawn = text, book, pages, drawn
        self.live: list[str] = []
        self.number = int(text.name[1:])
        self.name = TEXT["optional" if text.optional else "lecture"].format(number=self.number)
        made = [self.slide(it) for it in text.slides]
        places = between(self.reading(text.reading[0]), [it.place for it in made])
        self.slides = [self.whole(it, i, places[i - 1]) for i, it in enumerate(made, 1)]

    def reading(self, name: str) -> Section:
        chapter, heading = self.book.named("section", name)
        return self.pages[chapter.name].section(heading)

    # ---- Text ----

    def markdown(self, text: str, spoken: bool = False) -> str:
        return MARKDOWN.render(text, {"deck": self, "spoken": spoken})

    def line(self, text: str) -> str:
        return MARKDOWN.renderInline(text, {"deck": self})

    def reference(self, role: str, label: str) -> str:
        page = self.pages[lecture.role(role, label, self.book).name]
        if role == "ref":
            section = self.reading(label)
            return f'<a href="{section.address}">{section.label}</a>'
        anchor = f"equation-{label.replace(':', '-')}" if role == "eq" else label
        number = self.number_of(page, anchor)
        return f'<a href="{page.address}#{anchor}">{number}</a>'

    def number_of(self, page: Page, anchor: str) -> str:
        part = page.part(page.start(f'id="{anchor}"'))
        found = re.search(r'class="(?:eqno|caption-number)">(.*?)[<]', part, re.S)
        if not found:
            raise ValueError(f"{anchor!r} has no number in {page.name}.html")
        return found[1].strip()

    # ---- What is shown ----

    def figure(self, it: Directive) -> str:
        chapter, figure = self.book.figures[it.argument]
        page = self.pages[chapter.name]
        place = page.start(f'id="{figure.name}"')
        soup = page.soup(page.part(place))
        self.section = page.section_at(place)
        image = soup.img
        if figure.name in self.drawn:
            image["src"] = f"../figures/{figure.name}.svg"
        image.attrs.pop("loading", None)
        self.say_caption(soup, f"{page.address}#{figure.name}")
        return f'<figure class="shown" role="none">{image}</figure>'

    def say_caption(self, soup: BeautifulSoup, address: str) -> None:
        """Put a figure's caption into the notes, and its number into the line at the foot."""
        number = soup.select_one(".caption-number").get_text(strip=True)
        for link in soup.select(".figure-svg"):
            link.decompose()
        caption = spoken(soup.select_one(".caption-text"))
        self.said.append(f"<p><strong>{number}</strong> {caption}</p>")
        self.figures.append(f'<a href="{address}">{number}</a>')

    def equation(self, it: Directive) -> str:
        page = self.pages[self.book.equations[it.argument].name]
        anchor = f"equation-{it.argument.replace(':', '-')}"
        place = page.start(f'id="{anchor}"')
        self.section = page.section_at(place)
        part = page.part(place)
        formula = part[part.index(">") + 1 : part.index('<span class="eqno">')].strip()
        number = self.number_of(page, anchor)
        return (
            f'<div class="math shown">{formula}<span class="eqno">'
            f'<a href="{page.address}#{anchor}">{number}</a></span></div>'
        )

    def table(self, it: Directive) -> str:
        table = lecture.shown(it, self.book)
        page = self.pages[table.chapter.name]
        # The tables that cells show are not of the Markdown.
        html = re.sub(r'<div class="output text_markdown.*?</table>', _blank, page.html, flags=re.S)
        places = [m.start() for m in re.finditer(r'<table class="[^"]*\btable\b', html)]
        place = places[table.number]
        self.section = page.section_at(place)
        soup = page.soup(page.part(place))
        return _rows(soup, table.rows, table.columns)

    def output(self, it: Directive) -> str:
        output = lecture.shown(it, self.book)
        page = self.pages[output.chapter.name]
        self.section = self.section_of_cell(page, output.cell)
        if output.table:
            whole = output.table.text.replace(" ± ", "\u00a0±\u00a0")  # on one line
            soup = BeautifulSoup(self.markdown(whole), "html.parser")
            return _rows(soup, output.table.rows, output.table.columns)
        lines = "\n".join(output.lines)
        return f'<pre class="printed shown"{_size(lines)}>{escape(lines)}</pre>'

    def code(self, it: Directive) -> str:
        code = lecture.shown(it, self.book)
        page = self.pages[code.chapter.name]
        self.section = self.section_of_cell(page, code.cell)
        size = _size(code.text)
        if "live" not in it.options:
            return f'<div class="listing shown"{size}>{colored(code.text)}</div>'
        after = lecture.lines_after(it, self.book)
        mark = code.chapter.code[code.cell - 1].id
        cells = []
        for source in lecture.before(code, after):
            cells.append(self.cell(f"<pre>{escape(source)}</pre>", source, "", f"{mark}-before"))
            cells[-1] = cells[-1].replace('class="cell', 'hidden class="cell', 1)
        html = f'<div class="highlight-python">{colored(code.text)}</div>'
        cells.append(self.cell(html, code.text, " tag_exercise shown", mark, size))
        return "\n".join(cells)

    def cell(self, html: str, source: str, classes: str, mark: str, size: str = "") -> str:
        self.live.append(source)
        number = len(self.live)
        bar = live.cell_bar(number, f"{mark}-{number}").astext()
        return (
            f'<div class="cell{classes}"{size} data-prevent-swipe><div class="cell_input">{html}'
            f'</div>{bar}<div class="cell_output"></div></div>'
        )

    def section_of_cell(self, page: Page, number: int) -> Section:
        cells = [it.start() for it in re.finditer(r'<div class="cell\b[^"]*docutils', page.html)]
        return page.section_at(cells[number - 1])

    def question(self, it: Directive) -> str:
        chapter, index, _ = lecture.shown(it, self.book)
        page = self.pages[chapter.name]
        place = page.all('<form class="quiz')[index]
        form = page.soup(page.part(place))
        asked = inner(form.legend)
        items, answers = [], []
        for letter, choice in zip(
            string.ascii_uppercase, form.select(".quiz-choice"), strict=False
        ):
            right = choice.has_attr("data-right")
            label, feedback = inner(choice.label), choice.details
            feedback.summary.decompose()
            words = " ".join(inner(p) for p in feedback.select("p"))
            verdict = TEXT["right" if right else "wrong"]
            sign = f'<span class="sign fragment" data-fragment-index="0">{"✓" if right else "✗"}'
            sign += f'<span class="visually-hidden"> {verdict}</span></span>'
            items.append(
                f'<li class="{"right" if right else "wrong"}"><span class="letter">{letter}</span>'
                f'<div><p>{label}</p><p class="feedback fragment" data-fragment-index="0">{words}'
                f"</p></div>{sign}</li>"
            )
            reason = " ".join(spoken(p) for p in feedback.select("p"))
            answers.append(f"<li><strong>{letter}, {verdict}.</strong> {reason}</li>")
        self.said.append(f'<p>{TEXT["answers"]}:</p><ul class="plain">{"".join(answers)}</ul>')
        return f'<div class="question shown"><p>{asked}</p><ol>{"".join(items)}</ol></div>'

    def widget(self, it: Directive) -> str:
        page = self.pages[self.book.widgets[it.argument].name]
        place = page.start(f'id="widget-{it.argument}"')
        self.section = page.section_at(place)
        soup = page.soup(page.part(place))
        self.say_caption(soup, f"{page.address}#widget-{it.argument}")
        picture = soup.select_one(".widget-picture")
        state = escape(it.options.get("state", ""), quote=True)
        return (
            f'<figure class="widget shown" role="none" data-widget="{it.argument}" '
            f'data-state="{state}" data-prevent-swipe>{picture}</figure>'
        )

    # ---- Slides ----

    def slide(self, slide: Slide) -> Made:
        self.said: list[str] = []  # what goes to the notes of what is shown
        self.figures: list[str] = []
        self.section: Section | None = None
        parts, kinds = [], []
        for it in slide.content:
            try:
                html = self.markdown(it.text) if isinstance(it, Text) else self.show(it)
            except (ValueError, IndexError) as error:
                line = f"{self.lecture.name}.md:{it.line}"
                raise ValueError(f"course/lectures/{line}: {error}") from None
            if isinstance(it, Text):
                html = f'<div class="text">{html}</div>'
            else:
                kinds.append(it.name)
            parts.append(html)
        beside = kinds == ["figure"] and len(parts) > 1 and not _is_wide("".join(parts))
        classes = "beside" if beside else "stacked" if kinds else "alone"
        if beside:
            texts = [it for it in parts if it.startswith('<div class="text">')]
            shown = [it for it in parts if it not in texts]
            parts = [f'<div class="text">{"".join(texts)}</div>', *shown]
        return Made(
            classes,
            self.line(slide.title),
            "".join(parts),
            self.notes(slide),
            self.section,
            self.figures,
        )

    def whole(self, it: Made, number: int, place: Section | None) -> str:
        return (
            f'<section class="{it.classes}" id="s{number}"><h2>{it.heading}</h2>\n'
            f'<div class="body">{it.body}</div>\n{self.foot(number, place, it.figures)}\n'
            f'<aside class="notes">{it.notes}</aside></section>'
        )

    def show(self, it: Directive) -> str:
        return getattr(self, it.name)(it)

    def notes(self, slide: Slide) -> str:
        clock = TEXT["leave"].format(clock=slide.notes.argument)
        parts = []
        for it in slide.notes.content:
            if isinstance(it, Text):
                parts.append(self.markdown(it.text, spoken=True))
            else:
                lost = self.markdown(it.words, spoken=True)
                parts.append(f'<div class="stop"><p>{TEXT["stop"]}</p>{lost}</div>')
        return f'<p class="clock">{clock}</p>' + "".join(parts + self.said)

    def foot(self, number: int, place: Section | None, figures: list[str]) -> str:
        where = [f'<a href="{place.address}">{place.label}</a>'] if place else []
        title = MARKDOWN.renderInline(self.lecture.title)
        return (
            f"<footer><span>{self.name}: {title}</span><span>{', '.join(where + figures)}</span>"
            f"<span>{number} / {len(self.lecture.slides)}</span></footer>"
        )


def between(first: Section, places: list[Section | None]) -> list[Section | None]:
    """Return where slides belong of which some show nothing of the book.

    Such a slide belongs where those before and after it do: to their section, or their chapter.
    """
    found = []
    before = first
    for i, place in enumerate(places):
        after = next(filter(None, places[i:]), before.chapter)
        if before.address == after.address:
            shared = before
        else:
            shared = before.chapter if before.chapter.address == after.chapter.address else None
        found.append(place or shared)
        before = place or before
    return found


def _is_wide(html: str) -> bool:
    height, width = re.search(r'<img [^>]*height="([\d.]+)"[^>]*width="([\d.]+)"', html).groups()
    return float(width) >= WIDE * float(height)


def _blank(match: re.Match) -> str:
    return " " * len(match[0])


def _size(text: str) -> str:
    """Return how many columns and lines a text has, from which its size on the slide comes."""
    lines = text.splitlines()
    return f' style="--columns: {max(map(len, lines))}; --lines: {len(lines)}"'


def _rows(soup: BeautifulSoup, rows: list[int] | None, columns: list[int] | None) -> str:
    """Return a table, or the chosen rows and columns of it; the head and the first column stay."""
    table = soup.table
    table["class"] = "table"
    body = table.tbody.find_all("tr")
    for i, row in enumerate(body):
        if rows is not None and i not in rows:
            row.decompose()
    if columns is not None:
        for row in table.find_all("tr"):
            for i, cell in enumerate(row.find_all(["th", "td"])):
                if i and i not in columns:
                    cell.decompose()
    for cell in table.select("thead th"):
        if not cell.get_text(strip=True):
            cell.name = "td"  # it heads nothing
    return f'<div class="shown">{table}</div>'
