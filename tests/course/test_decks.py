"""The decks in a browser: on every slide nothing runs over, nothing is asked of other hosts."""

import re
import sys

import pytest
from places import ROOT

import lecture
from extensions.decks.pages import Section
from extensions.decks.slides import between

NAMES = [path.stem for path in sorted(lecture.LECTURES.glob("*.md"))]
SIZES = [(1280, 720), (1920, 1080)]

# What reaches beyond the slide, or into the line at its foot, by slide.
OVER = """() => [...document.querySelectorAll(".slides > section")].flatMap((slide, i) => {
    const box = slide.getBoundingClientRect();
    const foot = slide.querySelector("footer")?.getBoundingClientRect().top ?? box.bottom;
    const parts = slide.querySelectorAll(
        `:scope > :not(aside, footer), .body > *,
         .body :is(p, li, pre, td, th, img, .katex, label, button, .w-limit)`
    );
    return [...parts].flatMap((part) => {
        const { width, left, right, top, bottom } = part.getBoundingClientRect();
        const beside = left >= box.left && right <= box.right;
        const within = top >= box.top && bottom <= foot + 1;
        const cut = part.matches("pre") && part.scrollWidth > part.clientWidth + 1;
        if (!width || (beside && within && !cut)) return [];
        return [`${i}: ${part.tagName} ${part.textContent.slice(0, 40)}`];
    });
})"""

# What is smaller than the smallest letters at 1920×1080: 24 pixels, and 18 in figures and for the
# number of an equation. Of a formula the letters on the line count. A drawn figure has letters of 9
# points or more, which are 12.5 pixels of the page; `width` is that of the figure there.
SMALL = """() => [...document.querySelectorAll(".slides > section")].flatMap((slide, i) => {
    const found = [];
    const walker = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const say = (size, least, text) =>
        size < least && found.push(`${i}: ${size.toFixed(1)} px, ${text.trim().slice(0, 40)}`);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        const part = node.parentElement.closest(".katex") ?? node.parentElement;
        range.selectNodeContents(node);
        if (!node.data.trim() || !range.getBoundingClientRect().width) continue;
        if (node.parentElement.closest("aside, .katex-mathml, .visually-hidden")) continue;
        const scale = part.ownerSVGElement?.getScreenCTM().a
            ?? part.currentCSSZoom * innerWidth / 1280;
        const least = part.closest("figure, .eqno") ? 18 : 24;
        say(parseFloat(getComputedStyle(part).fontSize) * scale, least, node.data);
    }
    for (const image of slide.querySelectorAll("figure > img")) {
        const { width, height } = image.getBoundingClientRect();
        const of = (name) => Number(image.getAttribute(name));
        say(12.5 * Math.min(width / of("width"), height / of("height")), 18, image.alt);
    }
    return found;
})"""

# Lay all slides out below each other, with all that key presses bring: so axe sees all of them.
UNROLL = """() => {
    const style = document.createElement("style");
    style.textContent = `
        html, body, .reveal, .slides { height: auto !important; overflow: visible !important; }
        .slides { position: static !important; transform: none !important; }
        .slides > section { position: static !important; visibility: visible !important;
            opacity: 1 !important; transform: none !important; }
        .fragment { opacity: 1 !important; visibility: visible !important;
            transition: none !important; }
        .progress, .controls { display: none !important; }`;
    document.head.append(style);
    for (const slide of document.querySelectorAll(".slides > section")) {
        slide.removeAttribute("hidden");
        slide.removeAttribute("aria-hidden");
    }
    for (const inside of document.querySelectorAll(".katex-html")) inside.remove();
}"""


@pytest.fixture
def opened(address, visit):
    """Opens a deck: a visit, whose page is laid out."""

    def open_deck(name: str, **options):
        visited = visit(**{"viewport": {"width": 1280, "height": 720}} | options)
        visited.open(f"{address}course/{name}.html").wait_for_selector("html[data-ready]")
        return visited

    return open_deck


@pytest.mark.parametrize("name", NAMES)
def test_every_slide(name, opened, address, node_modules):
    visited = opened(name)
    page = visited.page
    slides = lecture.read(lecture.LECTURES / f"{name}.md").slides
    assert page.locator(".slides > section").count() == len(slides) + 1
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(f"window.innerWidth === {width}")
        assert page.evaluate(OVER) == [], f"at {width}×{height}"
    assert page.evaluate(SMALL) == []
    alone = page.evaluate(
        """() => [...document.querySelectorAll(".slides > section[id] > .body")]
            .filter((body) => !body.textContent.trim() && !body.querySelector("img, svg"))
            .map((body) => body.parentElement.id)"""
    )
    assert alone == []
    page.evaluate(UNROLL)
    page.add_script_tag(path=node_modules / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    assert len(found["passes"]) > 10
    problems = [
        f"{rule['id']}: {node['html'][:120]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
    assert problems == []
    assert visited.errors == []
    assert [url for url in visited.requests if not url.startswith((address, "data:"))] == []


def test_a_slide_that_runs_over_is_found(opened):
    page = opened(NAMES[0]).page
    page.evaluate("document.querySelector('#s1 .body p').style.width = '1400px'")
    assert re.match("1: ", page.evaluate(OVER)[0])


def test_letters_that_are_small_are_found(opened):
    page = opened(NAMES[0], viewport={"width": 1920, "height": 1080}).page
    assert page.evaluate(SMALL) == []
    page.evaluate("document.querySelector('#s2 img').style.maxHeight = '200px'")
    page.evaluate("document.querySelector('#s3 li').style.fontSize = '15px'")
    assert [it.partition(" ")[0] for it in page.evaluate(SMALL)] == ["2:", "3:"]


def test_a_deck_works_from_a_folder(site, visit):
    visited = visit()
    page = visited.open((site / "course" / f"{NAMES[0]}.html").as_uri())
    page.wait_for_selector("html[data-ready]")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash === '#/s1'")
    assert page.locator("figure[data-widget] .w-figure").count() == 1
    assert visited.errors == []
    assert all(url.startswith(("file:", "data:")) for url in visited.requests)


def test_numbers_are_those_of_the_book(site):
    chapter = (site / "chapters" / "01-neurons.html").read_text(encoding="utf-8")
    deck = (site / "course" / "L01.html").read_text(encoding="utf-8")
    [number] = re.findall(
        r'id="neurons-fig-geometry">.*?caption-number">(Fig. [\d.]+)', chapter, re.S
    )
    assert f'<a href="../chapters/01-neurons.html#neurons-fig-geometry">{number}</a>' in deck


def test_a_slide_that_shows_nothing_of_the_book_belongs_where_its_neighbors_do():
    chapter, other = (Section(f"{it}.html", it, "") for it in "12")
    one, two = (Section(f"1.html#{it}", it, "", chapter) for it in ("1.1", "1.2"))
    far = Section("2.html#2.1", "2.1", "", other)
    places = [None, one, None, one, None, two, None, far, None]
    found = between(one, places)
    assert found == [one, one, one, one, chapter, two, None, far, other]


def test_links_lead_into_the_book(site):
    for name in NAMES:
        html = (site / "course" / f"{name}.html").read_text(encoding="utf-8")
        for link in set(re.findall(r'(?:href|src)="([^"]+)"', html)):
            path, _, anchor = link.partition("#")
            if re.match(r"https?:", link) or not path:
                continue
            target = (site / "course" / path).resolve()
            assert target.exists(), f"{name}: {link}"
            assert not anchor or f'id="{anchor}"' in target.read_text(encoding="utf-8"), link


LIVE = next(
    (path.stem, number)
    for path in sorted(lecture.LECTURES.glob("*.md"))
    for number, slide in enumerate(lecture.read(path).slides, 1)
    if any("live" in it.options for it in slide.shown)
)


@pytest.mark.parametrize(("width", "height"), [(896, 504), (1920, 1080)])  # scales 0.7 and 1.5
def test_keys_and_clicks_in_a_cell(width, height, opened):
    name, number = LIVE
    page = opened(name, viewport={"width": width, "height": height}).page
    page.evaluate(f"location.hash = '#/s{number}'")
    cell = page.locator(f"#s{number} .cell.shown")
    cell.get_by_role("button", name="Edit").click()
    line = cell.locator(".cm-line").first
    text = line.inner_text()
    # A click between two letters puts the caret there, whatever the scale.
    x, y = line.evaluate(
        """(line) => {
            const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
            const range = document.createRange();
            let node, seen = 0;
            while ((node = walker.nextNode()) && seen + node.length <= 6) seen += node.length;
            range.setStart(node, 6 - seen);
            range.setEnd(node, 7 - seen);
            const box = range.getBoundingClientRect();
            return [box.left + 1, box.top + box.height / 2];
        }"""
    )
    page.mouse.click(x, y)
    page.wait_for_function(
        """([slide, x]) => {
            const caret = document.querySelector(`#${slide} .cm-cursor-primary`);
            return Math.abs(caret.getBoundingClientRect().left - x) < 2.5;
        }""",
        arg=[f"s{number}", x - 1],
    )
    page.keyboard.type(" n")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert line.inner_text() == f"{text[:6]} n{text[6:]}"
    assert page.evaluate("location.hash") == f"#/s{number}"
    # Escape leaves the editor, then the cell: the keys are the deck's again.
    page.keyboard.press("Escape")
    cell.get_by_role("button", name="Edit").focus()
    page.keyboard.press(" ")  # presses the button, and moves no slide
    page.wait_for_function("document.activeElement.matches('.cm-content')")
    assert page.evaluate("location.hash") == f"#/s{number}"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"location.hash === '#/s{number + 1}'")


def test_notes_and_pictures_are_printed(opened, site, tmp_path):
    """PDF by the command that make course runs, from a deck of the built book."""
    sys.path.insert(0, str(ROOT / "course"))
    import pdf

    page = opened(NAMES[0]).page
    for suffix, view in pdf.VIEWS.items():
        pdf.save(page, site / "course" / f"{NAMES[0]}.html", view, tmp_path / f"deck{suffix}.pdf")
    plain, notes = ((tmp_path / f"deck{it}.pdf").read_bytes() for it in pdf.VIEWS)
    slides = len(lecture.read(lecture.LECTURES / f"{NAMES[0]}.md").slides)
    pages = [len(re.findall(rb"/Type\s*/Page\b", content)) for content in (plain, notes)]
    assert pages[0] == slides + 1
    assert pages[1] >= 2 * slides + 1  # long notes take two
    for content in (plain, notes):
        # Tags of all slides, not only of the first; each figure with its text; the outline.
        tags = {it: len(re.findall(rb"/S\s*/" + it + rb"\b", content)) for it in (b"H2", b"Figure")}
        assert tags[b"H2"] == slides
        assert tags[b"Figure"] == len(re.findall(rb"/Alt\s*[(<]", content)) > 3
        assert len(re.findall(rb"/Title\s*[(<]", content)) == slides + 2  # lecture, and file
