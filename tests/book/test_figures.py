"""The interactive figures on pages: by keyboard and by touch, in the dark, on a phone, on paper,
without JavaScript; and whether their pictures are what they show at first.
"""

import gzip
import re
from urllib.parse import urlsplit

import pytest

from extensions.widgets.pictures import FOLDER, NAMES, take
from mlp import widgets

MAX_BYTES = 40_000  # of what one figure loads, compressed
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}

# For each figure, a control, the keys pressed in it, and what the address says then.
KEYS = {
    "neuron": ("slider", "bias b", ["ArrowRight", "ArrowRight"], "b=0.7"),
    "activation": ("slider", "weights times", ["ArrowRight"], "gain=1.25"),
    "loss": ("slider", "Huber's δ", ["ArrowRight"], "delta=0.35"),
    "backprop": ("textbox", "x₁", ["Control+a", "1", ".", "5", "Enter"], "x1=1.5"),
    "race": ("slider", "Steps per second", ["ArrowRight"], "speed=21"),
}
HANDLES = sorted(set(NAMES) - {"backprop"})  # where there is a point to drag
FOCUSABLE = "input, select, button:not(:disabled), [tabindex='0']"


@pytest.fixture(scope="module")
def pages(site) -> dict[str, str]:
    """For each figure the page of its chapter with nothing else in it, so that it opens quickly."""
    found = {}
    space = '<div style="height: 3000px"></div>'
    for path in sorted(site.glob("chapters/*.html")):
        text = path.read_text(encoding="utf-8")
        before, article = text.split('<article class="bd-article">')
        after = article.split("</article>")[1]
        for figure in re.findall(r"<figure data-widget=.*?</figure>", article, re.DOTALL):
            name = re.search(r'data-widget="(\w+)"', figure)[1]
            content = f'<article class="bd-article">{space}{figure}{space}</article>'
            # The theme follows the links to the sections, which are gone.
            frame = [re.sub('href="#[^"]*"', 'href="#main-content"', it) for it in (before, after)]
            found[name] = content.join(frame)
    return found


@pytest.fixture
def opened(visit, address, pages):
    """Open the page of a figure, and go there if there are settings; return both."""

    def opened(name: str, settings: str | None = "", **options):
        tab = visit(**options)
        url = f"{address}chapters/{name}.html"
        tab.page.route(url, lambda it: it.fulfill(body=pages[name], content_type="text/html"))
        tab.open(url if settings is None else f"{url}#widget-{name}{settings}")
        figure = tab.page.locator(f"#widget-{name}")
        if settings is not None:
            figure.locator(".w-figure").wait_for()
        return figure, tab

    return opened


def test_every_figure_is_in_a_chapter(pages):
    assert sorted(pages) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_picture_is_the_first_view(name, browser):
    stored = (FOLDER / "pictures" / f"{name}.html").read_text(encoding="utf-8")
    assert take(browser, name) == stored, "run book/extensions/widgets/pictures.py"


# Opens what JupyterLab gets, with a model that notes which settings it is asked for.
ASK = """async (code) => {
  const module = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const asked = new Set();
  const settings = new Proxy({}, { has: (_, name) => { asked.add(name); return false; } });
  const model = { get: () => settings, set() {}, save_changes() {}, on() {}, off() {} };
  module.default.render({ model, el: document.body })();
  return [[...asked].sort(), document.body.childElementCount];
}"""


def test_python_and_modules_agree_on_the_settings(browser):
    page = browser.new_page()
    for name in widgets.__all__:
        figure = getattr(widgets, name)
        asked, left = page.evaluate(ASK, widgets._source(figure.module))
        assert asked == sorted(figure._names)
        assert left == 0  # nothing stays of a figure that is taken away
    page.close()


@pytest.mark.parametrize("name", NAMES)
def test_figure_loads_little_when_it_comes_near(name, opened, site):
    figure, tab = opened(name, None)
    picture = figure.locator(".widget-picture")
    before = picture.locator("svg").first.bounding_box()
    assert not [url for url in tab.requests if "/widgets/" in url]
    figure.scroll_into_view_if_needed()
    figure.locator(".w-figure").wait_for()
    assert picture.count() == 0
    after = figure.locator(".w-plots svg").first.bounding_box()
    assert (after["width"], after["height"]) == (before["width"], before["height"])
    loaded = {urlsplit(url).path for url in tab.requests if re.search("/(widgets|chunks)/", url)}
    sizes = {path: len(gzip.compress((site / path.lstrip("/")).read_bytes())) for path in loaded}
    assert 0 < sum(sizes.values()) < MAX_BYTES, sizes
    assert tab.errors == []


@pytest.mark.parametrize("name", NAMES)
def test_figure_by_keyboard_alone(name, opened):
    figure, tab = opened(name)
    page = tab.page
    # Every control is reached, in order, and shows that it is.
    controls = figure.locator(FOCUSABLE).locator("visible=true")
    controls.first.focus()
    for number in range(controls.count()):
        assert controls.nth(number).evaluate(
            """(it) => {
              const look = getComputedStyle(it.querySelector(".w-focus") ?? it);
              const marked = look.outlineStyle !== "none" || look.strokeWidth === "3px";
              return marked && it === document.activeElement;
            }"""
        ), controls.nth(number).evaluate("it => it.outerHTML")
        page.keyboard.press("Tab")
    role, label, keys, setting = KEYS[name]
    figure.get_by_role(role, name=label, exact=True).focus()
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function("setting => location.hash.endsWith('?' + setting)", arg=setting)
    # The address leads to this setting, for whoever opens it.
    changed = figure.locator(".w-figure").inner_text()
    again, other = opened(name, f"?{setting}")
    assert again.locator(".w-figure").inner_text() == changed
    assert abs(again.bounding_box()["y"]) < 150
    figure.get_by_role("button", name="Reset").press("Enter")
    page.wait_for_function("!location.hash.includes('?')")
    assert tab.errors == other.errors == []


def test_address_changes_the_figure(opened):
    figure, tab = opened("neuron", "?w1=much&w2=&b=1e999&activation=none&points=1,2&x=1&z=3")
    odd = figure.locator(".w-figure").inner_text()
    tab.page.evaluate("location.hash = '#widget-neuron?w1=2.5&activation=tanh'")
    figure.get_by_text("2.50", exact=True).wait_for()
    assert figure.get_by_role("combobox").input_value() == "tanh"
    assert tab.errors == []
    plain, _ = opened("neuron")
    assert plain.locator(".w-figure").inner_text() == odd


@pytest.mark.parametrize("name", HANDLES)
def test_point_is_dragged_by_touch_and_moved_by_keys(name, opened):
    figure, tab = opened(name, **PHONE)
    page = tab.page
    handle = figure.locator(".w-handle").first
    place = handle.locator(".w-focus")
    handle.click(trial=True)  # once it lies still
    before = place.bounding_box()
    x, y = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    scrolled = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    for kind, across in [("Start", 0), ("Move", 10), ("Move", 20), ("Move", 30)]:
        points = [{"x": x + across, "y": y - across}]
        touch.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("location.hash.includes('?')")
    assert page.evaluate("scrollY") == scrolled
    assert place.bounding_box()["x"] == pytest.approx(before["x"] + 30, abs=2)
    dragged = handle.get_attribute("aria-valuetext")
    handle.press("ArrowLeft")
    page.wait_for_function(
        "([it, was]) => it.ariaValueText !== was", arg=[handle.element_handle(), dragged]
    )
    assert tab.errors == []


@pytest.mark.parametrize("name", NAMES)
def test_figure_on_a_phone_and_for_assistive_technology(name, opened, node_modules):
    figure, tab = opened(name, **PHONE)
    page = tab.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    # Lettering that is shown at all is legible.
    heights = figure.locator("svg text:not([transform])").evaluate_all(
        "all => all.map((text) => text.getBoundingClientRect().height).filter(Boolean)"
    )
    assert min(heights) >= 10
    page.add_script_tag(path=node_modules / "axe-core" / "axe.min.js")
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found = page.evaluate(f"axe.run('#widget-{name}', {{resultTypes: ['violations']}})")
        assert [
            (rule["id"], node["html"]) for rule in found["violations"] for node in rule["nodes"]
        ] == []
        assert len(found["passes"]) > 5


def test_less_motion_for_who_wants_it(opened):
    def changes(figure) -> int:
        """Count in how many frames of a second the race moves."""
        figure.page.bring_to_front()
        figure.get_by_role("button", name="Back to the start").click()
        figure.get_by_role("button", name="Run").click()
        return figure.locator(".w-figure").evaluate(
            """async (figure) => {
              const frames = new Set();
              let frame = 0;
              const count = () => { frame += 1; requestAnimationFrame(count); };
              count();
              const seen = new MutationObserver(() => frames.add(frame));
              seen.observe(figure, { subtree: true, attributes: true, childList: true });
              await new Promise((done) => setTimeout(done, 1000));
              return frames.size;
            }"""
        )

    lively, _ = opened("race", reduced_motion="no-preference")
    calm, _ = opened("race", reduced_motion="reduce")
    assert changes(calm) <= 4 < changes(lively)


def test_figure_on_paper_and_without_javascript(opened):
    figure, tab = opened("neuron")
    tab.page.emulate_media(media="print")
    assert not figure.locator(".w-controls").is_visible()
    assert figure.locator(".w-plots").is_visible()
    figure, _ = opened("neuron", None, java_script_enabled=False)
    assert figure.locator(".widget-picture svg").first.is_visible()
    assert re.match(r"Fig\. 1\.\d", figure.locator("figcaption").inner_text())


def test_figure_that_does_not_load_says_so(opened):
    figure, tab = opened("neuron", None)
    tab.page.route("**/widgets/neuron.mjs", lambda route: route.abort())
    figure.scroll_into_view_if_needed()
    figure.get_by_text("could not be loaded").wait_for()
    assert figure.locator(".widget-picture").is_visible()
