"""The built book in a real browser: what a reader meets on every page."""

import functools
import gzip
import inspect
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString
from conftest import LAPTOP, ROOT, Visit, toc_pages
from fontTools.ttLib import TTFont
from playwright.sync_api import Locator, Page, expect

import mlp
from chapter import Chapter
from extensions import assets

PAGES = [f"{page}.html" for page in toc_pages()]
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]
ALL = [*PAGES, "search.html", "genindex.html"]

MAX_BYTES = 700_000  # of a page read to its end, as sent by a server that compresses
MAX_REQUESTS = 25  # until it is shown; figures further down load when they are reached
PHONE = {"width": 390, "height": 844}

# What is left in the text when markup or a formula has not been understood.
RAW = re.compile(
    r":::|```|\$\$|\$[^$\s][^$\n]*\$|\\[a-zA-Z]{2,}|\{(cite|ref|eq|term|numref|doc|py)[:\w]*\}|\*\*"
    r"|^:\w+:|^- \[[ x]\]|%s|\(eq:",
    re.MULTILINE,
)

# ---- A page -----------------------------------------------------------------------------------


def settle(page: Page) -> None:
    """Wait until the page is laid out, its fonts are there, and nothing more comes."""
    page.evaluate(
        """async () => {
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            await document.fonts.ready;
            const files = () => performance.getEntriesByType("resource").length;
            let before;
            do {
                before = files();
                await new Promise((done) => setTimeout(done, 300));
            } while (files() !== before);
        }"""
    )


def scroll_through(page: Page) -> None:
    """Show all of a page that has settled, so that its late images load."""
    page.evaluate(
        """async () => {
            for (const image of document.images) image.loading = "eager";
            await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
        }"""
    )


@functools.cache
def soup(site: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((site / page).read_text(encoding="utf-8"), "html.parser")


# ---- Every page -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(request, address, browser):
    """A page on a laptop, read to its end by a guest who has not been here before."""
    context = browser.new_context(**LAPTOP)
    tab = Visit(context.new_page())
    tab.open(address + request.param)
    settle(tab.page)
    tab.at_once = len(set(tab.requests))
    scroll_through(tab.page)
    yield tab
    context.close()


on_desk = functools.partial(pytest.mark.parametrize, "desk", indirect=True)


@on_desk(ALL)
def test_page_opens_without_errors_and_asks_no_other_host(desk, address):
    assert "Neurons to Networks" in desk.page.title()
    assert desk.page.locator("article h1, .bd-search-container h1").count() == 1
    assert not desk.errors
    assert [url for url in desk.requests if not url.startswith((address, "data:"))] == []
    # Python, the editor and what drives them load when a reader presses a button.
    assert [url for url in desk.requests if "/live/" in url] == []


@on_desk(PAGES)
def test_page_keeps_to_its_budget(desk, address, site):
    sizes = {}
    for url in desk.requests:
        if url.startswith(address):
            content = (site / unquote(urlsplit(url).path).lstrip("/")).read_bytes()
            sizes[url] = min(len(content), len(gzip.compress(content)))
    total = sum(sizes.values())
    print(f"{desk.at_once} requests, {len(sizes)} when read to its end, {total:,} bytes")
    assert desk.at_once <= MAX_REQUESTS, desk.requests
    assert total <= MAX_BYTES, sizes


@on_desk(PAGES)
def test_icons_are_in_the_font(desk, site):
    shown = desk.page.evaluate(
        """() => [...document.querySelectorAll("[class*=fa-]")]
            .map((icon) => getComputedStyle(icon, "::before").content.slice(1, -1))"""
    )
    assert len(shown) > 5
    font = TTFont(site / "_static" / "icons.woff").getBestCmap()
    assert [hex(ord(char)) for char in shown if ord(char) not in font] == []


@on_desk(CHAPTERS)
def test_download_gives_the_notebook_in_plain_markdown(desk, address, site):
    opened, page = desk.page, desk.page.url.removeprefix(address)
    opened.get_by_label("Download this page").click()
    with opened.expect_download() as download:
        opened.get_by_role("link", name=".ipynb").click()
    path = Path(page).with_suffix(".ipynb")
    assert download.value.suggested_filename == path.name
    plain, ours = (nbformat.read(it, as_version=4) for it in (download.value.path(), ROOT / path))
    nbformat.validate(plain)
    # Where the book has an address (BOOK_URL), a cell installs mlp from there.
    code = [
        [cell for cell in it.cells if cell.cell_type == "code" and cell.id != "install"]
        for it in (plain, ours)
    ]
    assert code[0] == code[1]
    text = "\n".join(cell.source for cell in plain.cells if cell.cell_type == "markdown")
    assert not re.search(
        r"^:::|^```\{|\{[\w:]+\}`|^\([\w:-]+\)=$|<!--|\[[ x]\]", text, re.MULTILINE
    )
    # What a reference says on the page, it says in the copy.
    article = soup(site, page).find("article")
    said = [
        " ".join(link.get_text().split())
        for link in article.select(".std-numref, a[href*='#equation-']")
    ]
    said += [
        " ".join(link.get_text().split())
        for link in article.select("a[href*='bibliography.html#']")
    ]
    assert len(said) > 5
    assert [words for words in said if words not in text] == []
    assert text.count("<details>") == len(article.select("form.quiz, details.exercise-hint"))


# Opens all that a reader can open, and takes away what axe would look at for minutes: the inside of
# formulas, which it cannot judge and whose colors are those of the text around them, and in code,
# all tokens but one of each look in each kind of block.
FOR_AXE = """() => {
  const page = document.body.cloneNode(true);
  const seen = new Set();
  for (const formula of page.querySelectorAll(".katex")) formula.replaceWith("x");
  for (const token of page.querySelectorAll("pre span:not(:has(*))")) {
    let look = "";
    for (let it = token; it; it = it.parentElement) look += `${it.tagName}.${it.className} `;
    if (seen.has(look)) token.replaceWith(token.textContent);
    seen.add(look);
  }
  for (const part of page.querySelectorAll("details")) part.open = !(part.hidden = false);
  document.body.replaceWith(page);
}"""
# Leaves one text of each look, and what holds it: others like it have the same colors.
ONE_OF_EACH_LOOK = """() => {
  const seen = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    let look = "";
    for (let it = texts.currentNode.parentElement; it; it = it.parentElement) {
      look += `${it.tagName}.${it.getAttribute("class")}.${it.getAttribute("style")} `;
    }
    if (seen.has(look)) texts.currentNode.data = "";
    else if (texts.currentNode.data.trim()) seen.add(look);
  }
  for (const it of document.querySelectorAll("body *")) {
    if (!it.textContent.trim() && !it.closest("svg")) it.remove();
  }
}"""
# What opens or changes color does so at once.
AT_ONCE = "document.getAnimations().forEach((animation) => animation.finish())"


@on_desk(ALL)
def test_accessibility(desk, node_modules):
    """The last one on this desk: it takes things away."""
    opened = desk.page
    opened.add_script_tag(path=node_modules / "axe-core" / "axe.min.js")
    opened.evaluate(FOR_AXE)
    opened.evaluate(AT_ONCE)
    options = "{rules: {'color-contrast': {enabled: false}}, resultTypes: ['violations']}"
    found = opened.evaluate(f"axe.run({options})")
    assert len(found["passes"]) > 10
    violations = found["violations"]
    opened.evaluate(ONE_OF_EACH_LOOK)
    for theme in ("light", "dark"):
        opened.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        opened.evaluate(AT_ONCE)
        colors = opened.evaluate(
            "axe.run({runOnly: 'color-contrast', resultTypes: ['violations']})"
        )
        assert len(colors["passes"]) == 1
        violations += colors["violations"]
    assert [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for rule in violations
        for node in rule["nodes"]
    ] == []


# One page of each folder: that what pages load lies beside them, test_links_lead_somewhere asks of
# every page.
@pytest.mark.parametrize("page", {str(Path(page).parent): page for page in ALL[::-1]}.values())
def test_page_opens_from_the_disk(page, site, visit):
    tab = visit()
    opened = tab.open((site / page).as_uri())
    settle(opened)
    scroll_through(opened)
    assert not tab.errors
    assert [url for url in tab.requests if not url.startswith((site.as_uri(), "data:"))] == []


def test_index_leads_to_the_front_page(address, visit):
    page = visit().open(address)
    expect(page).to_have_url(address + PAGES[0])


@pytest.mark.parametrize("page", ALL)
def test_links_lead_somewhere(page, site):
    broken = []
    for tag in soup(site, page).find_all(["a", "link", "script", "img"]):
        link = tag.get("href") or tag.get("src")
        if link is None or link.startswith(("https://", "http://", "mailto:", "data:")):
            continue
        parts = urlsplit(link)
        target = (site / page).parent / unquote(parts.path) if parts.path else site / page
        target = target.resolve()
        if parts.scheme or not target.is_file():
            broken.append(link)
        elif parts.fragment and target.suffix == ".html":
            name = target.relative_to(site.resolve()).as_posix()
            if unquote(parts.fragment) not in ids(site, name):
                broken.append(link)
    assert broken == []


@functools.cache
def ids(site: Path, page: str) -> set[str]:
    # Many pages link to many others: without their trees, that is soon done.
    return set(re.findall(r'<[^>]*\sid="([^"]*)"', (site / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", ALL)
def test_ids_are_unique(page, site):
    found = [tag["id"] for tag in soup(site, page).find_all(id=True)]
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("page", PAGES)
def test_text_holds_no_raw_markup(page, site):
    article = soup(site, page).find("article")
    assert article.select(".katex-error, .problematic, .system-message") == []
    # Block by block: a dollar sign in one has nothing to do with that in the next.
    text = "\n".join(words(article))
    assert [match[0] for match in RAW.finditer(text)] == []


def words(tag):
    """Yield the texts of a part of a page, without formulas, code and signatures."""
    for part in tag.children:
        if isinstance(part, Tag):
            classes = {"katex", "sig", "headerlink"}.intersection(part.get("class", []))
            if not classes and part.name not in ("pre", "code", "script"):
                yield from words(part)
        elif not isinstance(part, PreformattedString) and part.strip():  # no comment
            yield part.strip()


@pytest.mark.parametrize("page", ALL)
def test_images_are_described(page, site):
    for image in soup(site, page).select("article img"):
        alt = image.get("alt", "")
        assert len(alt) > 40, f"{image['src']}: {alt!r} does not describe the image"
        assert not re.search(r"\.(png|svg)|/|\\|\$", alt), f"{alt!r} is not a description"


# Puts empty boxes of the same size in the place of formulas, and plain text in that of code: axe
# would look at each of their parts.
BOXES = """() => {
  const formulas = [...document.querySelectorAll(".katex")];
  const sizes = formulas.map((it) => it.querySelector(".katex-html").getBoundingClientRect());
  const page = document.body.cloneNode(true);
  for (const [i, formula] of page.querySelectorAll(".katex").entries()) {
    const box = document.createElement("span");
    const { width, height } = sizes[i];
    box.style = `display: inline-block; width: ${width}px; height: ${height}px`;
    formula.replaceWith(box);
  }
  for (const code of page.querySelectorAll("pre")) code.textContent = code.textContent;
  document.body.replaceWith(page);
}"""


@pytest.mark.parametrize("page", ALL)
def test_page_fits_a_phone(page, address, visit, node_modules):
    opened = visit(viewport=PHONE, is_mobile=True, has_touch=True).open(address + page)
    for width in (320, 360, PHONE["width"]):
        opened.set_viewport_size(PHONE | {"width": width})
        needed = opened.evaluate("document.documentElement.scrollWidth")
        assert needed <= width, f"{page} is {needed} pixels wide on a screen of {width}"
    # What is too wide scrolls by itself, by keyboard, too.
    settle(opened)
    opened.evaluate(BOXES)
    opened.add_script_tag(path=node_modules / "axe-core" / "axe.min.js")
    found = opened.evaluate("axe.run({runOnly: 'scrollable-region-focusable'})")
    assert [node["html"][:200] for rule in found["violations"] for node in rule["nodes"]] == []


def test_no_style_or_script_of_the_theme_is_lost(site):
    """What assets joins stays beside site.css and site.js; another release may rename it."""
    for pattern in assets.STYLES + assets.SCRIPTS:
        found = list((site / "_static").glob(pattern))
        # Sphinx adds this one where the book is not in English; see test_words.py.
        assert len(found) == (pattern != "translations.js"), pattern


# ---- What pages do --------------------------------------------------------------------------


def test_search_finds_a_chapter(address, visit):
    tab = visit()
    page = tab.open(address + PAGES[0])
    page.keyboard.press("Control+k")
    page.keyboard.type("perceptron")
    page.keyboard.press("Enter")
    results = page.locator("#search-results li a")
    chapter = results.and_(page.locator(f"a[href*='{CHAPTERS[0]}']")).first
    expect(chapter).to_be_visible(timeout=10_000)
    chapter.click()
    expect(page).to_have_url(re.compile(re.escape(CHAPTERS[0])))
    assert not tab.errors


def test_color_mode_can_be_chosen_and_stays(address, visit):
    page = visit().open(address + PAGES[0])
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-theme", "light")
    page.get_by_label("Color mode").click()
    expect(theme).to_have_attribute("data-theme", "dark")
    page.goto(address + PAGES[-1])
    expect(theme).to_have_attribute("data-theme", "dark")


def test_dark_page_prints_light(address, visit):
    page = visit(color_scheme="dark").open(address + PAGES[0])
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.evaluate(f"() => addEventListener('beforeprint', () => (window.printed = {ground}))")
    page.pdf()
    assert page.evaluate("printed") == "rgb(255, 255, 255)"
    assert page.evaluate(ground) == dark != "rgb(255, 255, 255)"


@pytest.mark.parametrize("page", [page for page in CHAPTERS if "/A-" not in page])
def test_closing_sections_have_their_look(page, site):
    article = soup(site, page).find("article")
    assert len(article.select("section.key-points > ul, section.common-mistakes > ul")) == 2


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_section_says_how_long_it_takes(page, site):
    """But for those that close a chapter; a part says it where the short course leaves it out."""
    article = soup(site, page).find("article")
    lines = [line.text for line in article.select("section > .section-time")]
    sections = [it for it in Chapter(ROOT / page.replace(".html", ".ipynb")).sections if it.label]
    assert len([line for line in lines if "this part" not in line]) == len(sections)
    assert all(re.match(r"\d+ to \d+ minutes\.|About a minute\.", line) for line in lines)


def test_page_for_instructors_numbers_and_links_the_sections_as_their_pages_do(site):
    pages = {page: soup(site, page) for page in CHAPTERS}
    rows = soup(site, "course/times.html").select("section section tbody tr")
    numbered = 0
    for row in rows:
        first = row.find("td")
        page, _, label = first.find("a")["href"].removeprefix("../").partition("#")
        place = pages[page].find(id=label)
        section = place if place.name == "section" else place.find_parent("section")
        heading = section.find(re.compile("^h[23]$")).get_text().strip("#\n ")
        assert heading.replace(". ", " ", 1) in (first.get_text().strip(), heading)
        numbered += first.get_text().strip()[0].isdigit()
    labels = [
        it.label
        for path in sorted((ROOT / "chapters").glob("*.ipynb"))
        for section in Chapter(path).sections
        for it in (section, *section.parts)
        if it.label
    ]
    assert len(rows) == len(labels)
    assert numbered > 80


def test_network_on_the_front_page_reads_its_digits(address, visit):
    tab = visit()
    page = tab.open(address + PAGES[0])
    answer = page.locator(".hero-answer")
    for digit in range(10):
        page.get_by_role("button", name=str(digit), exact=True).click()
        expect(answer).to_contain_text(f"reads {digit},")
    page.get_by_role("button", name="Clear").click()
    expect(answer).to_have_text("Draw a digit on the pixels.")
    # A stroke down the middle is a one.
    page.locator(".hero svg").scroll_into_view_if_needed()
    box = page.locator(".hero svg").bounding_box()
    scale = box["width"] / 600
    page.mouse.move(box["x"] + 112 * scale, box["y"] + 66 * scale)
    page.mouse.down()
    page.mouse.move(box["x"] + 112 * scale, box["y"] + 274 * scale, steps=20)
    page.mouse.up()
    expect(answer).to_contain_text("reads 1,")
    assert not tab.errors


def test_network_on_the_front_page_is_drawn_by_touch(address, visit):
    tab = visit(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = tab.open(address + PAGES[0])
    answer = page.locator(".hero-answer")
    page.get_by_role("button", name="Clear").tap()
    expect(answer).to_have_text("Draw a digit on the pixels.")
    box = page.locator(".hero svg").bounding_box()
    scale = box["width"] / 600
    touch = page.context.new_cdp_session(page)

    def stroke(x: float, heights: range) -> float:
        """Move a finger up or down at once, and return how far the page has scrolled by it."""
        before = page.evaluate("scrollY")
        for k, y in enumerate(heights):
            point = {"x": box["x"] + x * scale, "y": box["y"] + y * scale}
            kind = "touchMove" if k else "touchStart"
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(300)
        return page.evaluate("scrollY") - before

    assert stroke(112, range(274, 60, -8)) == 0
    expect(answer).to_contain_text("reads 1,")
    assert stroke(300, range(274, 60, -8)) > 0  # beside the pixels
    assert not tab.errors


def test_reference_names_all_of_the_package(site):
    modules = (mlp.check, mlp.datasets, mlp.interop, mlp.plots)
    expected = {f"mlp.{name}" for name in mlp.__all__} - {module.__name__ for module in modules}
    for module in modules:
        expected |= {
            f"{module.__name__}.{name}"
            for name, item in vars(module).items()
            if not name.startswith("_") and inspect.getmodule(item) is module
        }
    assert expected - ids(site, "book/api.html") == set()


def test_formulas_are_set_before_the_page_is_read(site):
    for page in CHAPTERS:
        html = (site / page).read_text(encoding="utf-8")
        assert html.count('class="katex"') > 10
        assert not re.search("mathjax(?!_ignore)", html, re.IGNORECASE)
    scripts = (site / "_static" / "site.js").read_text(encoding="utf-8").lower()
    assert "mathjax" not in scripts


# ---- The quiz -------------------------------------------------------------------------------


def quizzes(page: Page, kind: str):
    return page.locator("form.quiz", has=page.locator(f"input[type={kind}]"))


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_quiz_answers_every_choice(page, address, visit):
    opened = visit().open(address + page)
    opened.evaluate(  # without the rest of the chapter, each answer is there sooner
        """() => {
          for (const section of document.querySelectorAll("article section"))
            if (!section.querySelector("form.quiz")) section.remove();
        }"""
    )
    forms = opened.locator("form.quiz").all()
    assert len(forms) >= 4
    for number, form in enumerate(forms):
        # The first with a real mouse, the others by its event alone, in half the time.
        press = (lambda it: it.dispatch_event("click")) if number else Locator.click
        status = form.get_by_role("status")
        expect(form.locator("details:visible")).to_have_count(0)
        press(form.get_by_role("button", name="Check"))
        expect(status).to_have_text("Choose an answer first.")
        choices = form.locator(".quiz-choice").all()
        rights = [choice.get_attribute("data-right") is not None for choice in choices]
        several = sum(rights) > 1
        for choice, right in zip(choices, rights, strict=True):
            press(choice.locator("label"))
            expect(status).to_have_text("")
            press(form.get_by_role("button", name="Check"))
            note = choice.locator("details")
            expect(note).to_be_visible()
            assert len(note.inner_text()) > 10
            if not several:
                expect(status).to_contain_text("Correct" if right else "Not right yet")
            else:
                expect(status).to_contain_text("Not right yet")
                press(choice.locator("label"))
        for choice, right in zip(choices, rights, strict=True):
            choice.locator("input").set_checked(right) if several or right else None
        press(form.get_by_role("button", name="Check"))
        expect(status).to_have_text("Correct.")
        expect(form.locator("details:visible")).to_have_count(len(choices))


def test_quiz_by_keyboard_alone(address, visit):
    page = visit().open(address + CHAPTERS[0])
    form = quizzes(page, "radio").first
    choices = form.locator(".quiz-choice").all()
    right = next(i for i, c in enumerate(choices) if c.get_attribute("data-right") is not None)
    wrong = (right + 1) % len(choices)
    form.locator("input").first.focus()
    page.keyboard.press("Space")
    for _ in range(wrong):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_contain_text("Not right yet")
    expect(choices[wrong].locator("details")).to_be_visible()
    for _ in range((right - wrong) % len(choices)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Check")).to_be_focused()
    page.keyboard.press("Enter")
    expect(form.get_by_role("status")).to_have_text("Correct.")


def test_quiz_and_solutions_without_javascript(address, visit):
    page = visit(java_script_enabled=False).open(address + CHAPTERS[0])
    form = page.locator("form.quiz").first
    expect(form.get_by_role("button", name="Check")).to_be_hidden()
    for details in (form.locator("details").first, page.locator("details.solution").first):
        inside = details.locator(":scope > :not(summary)").first
        expect(inside).to_be_hidden()
        details.locator("summary").first.click()
        expect(inside).to_be_visible()


@pytest.mark.parametrize("page", [it for it in PAGES if it.endswith("-sheet.html")])
def test_sheet_of_a_lab_fits_on_two_pages(page, address, visit):
    paper = visit().open(address + page).pdf(format="A4")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2


def test_quiz_on_paper(address, visit):
    page = visit().open(address + CHAPTERS[0])
    page.emulate_media(media="print")
    form = page.locator("form.quiz").first
    expect(form.locator("legend")).to_be_visible()
    expect(form.locator("label").first).to_be_visible()
    expect(form.get_by_role("button")).to_have_count(0)
    expect(form.locator("details:visible")).to_have_count(0)
