"""What three of the interactive figures answer: loss explorer, stepper and race."""

import re

import pytest

from extensions.widgets.pictures import SITE, serve

OPEN = """async ([name, settings]) => {
  const { default: widget } = await import(`/mlp/widgets/${name}.mjs`);
  window.model = {
    settings, get: () => model.settings, set: (_, changed) => { model.settings = changed; },
    save_changes() {}, on() {}, off() {},
  };
  document.body.textContent = "";
  widget.render({ model, el: document.body });
}"""


@pytest.fixture(scope="module")
def empty_page(browser):
    """A page without a book, which finds the modules."""
    page = browser.new_page()
    page.route(f"{SITE}**", serve)
    page.goto(SITE)
    page.set_default_timeout(5000)
    yield page
    page.close()


@pytest.fixture
def figure(empty_page):
    """Open a figure with these settings."""

    def opened(name: str, **settings: str):
        empty_page.evaluate(OPEN, [name, settings])
        return empty_page

    return opened


def said(page) -> str:
    """Return the sentence under the plots, once all is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    return page.locator(".w-says").inner_text().replace("−", "-").replace("\u00a0", " ")


def settings(page) -> dict[str, str]:
    """Return what is saved when the reader pauses."""
    page.wait_for_timeout(400)
    return page.evaluate("model.settings")


# --- Loss explorer --------------------------------------------------------------------------------


def slopes(page) -> list[float]:
    """Return the slopes of the lines of MSE, MAE and Huber."""
    return [float(slope) for slope in re.findall(r"(?:MSE|MAE|Huber) (-?[\d.]+[\d])", said(page))]


def test_outlier_pulls_the_line_of_mse_most(figure):
    page = figure("loss", x="0.95", y="2.9")
    before = slopes(page)
    assert before == pytest.approx([2, 2, 2], abs=0.2)
    handle = page.get_by_label("The point to drag")
    handle.focus()
    for _ in range(5):
        page.keyboard.press("Shift+ArrowDown")
    mse, mae, huber = slopes(page)
    assert handle.get_attribute("aria-valuetext") == "x = 0.95, y = 0.40"
    assert mse < 1
    assert before[1] - mae < 0.3
    assert mse < huber < mae
    # A large δ makes Huber's line that of the MSE.
    page = figure("loss", x="0.95", y="0.4", delta="3")
    mse, _, huber = slopes(page)
    assert mse == huber
    # No loss is safe against a point that is far out in x.
    assert max(slopes(figure("loss", x="2.5", y="-1"))) < 0


def test_squared_error_of_the_sigmoid_is_deaf_to_a_wrong_logit(figure):
    page = figure("loss", view="logit", z="-6")
    assert not page.get_by_label("The point to drag").is_visible()
    assert said(page).endswith(
        "Cross-entropy: loss 6.002, slope -0.998. Squared error: loss 0.995, slope -0.005."
    )
    page.get_by_role("combobox", name="Target").select_option("0")
    assert "Cross-entropy: loss 0.002, slope 0.002." in said(page)


# --- Backprop stepper -----------------------------------------------------------------------------


def test_stepper_shows_the_numbers_of_the_chapter(figure):
    page = figure("backprop")
    shown = []
    for _ in range(11):
        page.get_by_role("button", name="Next").press("Enter")
        shown += re.findall(r"= (-?\d\.\d{4})", said(page))
    assert page.get_by_role("button", name="Next").is_disabled()
    # z1 a1 z2 a2 ŷ L δ2 | w2 w2 b2 | a1 δ1 a2 δ2 | w11 w21 b1 w12 w22 b2 | x1 x2, from chapter 5
    assert (
        " ".join(shown) == "0.0000 0.5000 1.0000 0.7311 0.1076 0.7964 "
        "-1.7848 -0.8924 -1.3048 -1.7848 -1.0709 -0.2677 0.7139 0.1404 "
        "-0.2677 -0.5355 -0.2677 0.1404 0.2807 0.1404 -0.1773 0.1926"
    )


def test_stepper_names_the_rule_that_was_broken(figure):
    page = figure("backprop", step="7", mode="practice")
    hidden, delta = page.locator("form input").all()
    told = page.locator(".w-told")
    assert "?" in page.locator(".w-plot").text_content()
    hidden.fill("-1.0709")
    delta.fill("-1.0709")
    page.keyboard.press("Enter")
    assert told.all_inner_texts() == [
        "Right. ∂L/∂a⁽¹⁾₁ = −1.0709",
        "The sigmoid's slope a (1 − a) is missing.",
    ]
    assert "−1.0709" in page.locator(".w-plot").text_content()
    delta.fill("-0,2677")  # with a comma
    page.keyboard.press("Enter")
    assert told.nth(1).inner_text().startswith("Right.")
    hidden.fill("")
    delta.fill("3")
    page.get_by_role("button", name="Check").click()
    assert told.nth(0).inner_text() == "A number is missing here."
    assert told.nth(1).inner_text().startswith("Not this number")


def test_new_weights_are_drawn_and_can_be_typed(figure):
    page = figure("backprop", step="4")
    page.get_by_role("button", name="Draw new weights").click()
    drawn = settings(page)
    assert "step" not in drawn  # back at the start
    assert len(drawn) >= 5
    assert set(drawn) <= {"w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c"}
    page.get_by_role("button", name="Reset").click()
    field = page.get_by_label("w⁽²⁾₂", exact=True)
    field.fill("many")
    field.press("Tab")
    assert field.get_attribute("aria-invalid") == "true"
    field.fill("−0,75")
    field.press("Tab")
    assert settings(page) == {"v2": "-0.75"}
    assert "−0.75" in page.locator(".w-plot").text_content()


# --- Optimizer race -------------------------------------------------------------------------------


def test_race_tells_who_is_above_the_limit(figure):
    page = figure("race", surface="aligned", x="-3", y="0.8", SGD="-1.4")
    row = page.locator(".w-racer", has_text="SGD")
    assert "limit 0.04" in row.inner_text()  # 2 / λ = 2 / 50
    assert "above" not in row.inner_text()  # 10^-1.4 = 0.0398
    page.get_by_label("rate of SGD").press("ArrowRight")
    assert re.search("SGD is more than 1,000 away after [0-9]+ steps", said(page))
    assert "above the limit 0.04" in row.inner_text()
    assert settings(page)["SGD"] == "-1.35"
    assert "no fixed limit" in page.locator(".w-racer", has_text="Adam").inner_text()
    page.get_by_label("SGD", exact=True).uncheck()
    assert "SGD" not in said(page)


def test_race_runs_pauses_steps_and_goes_back(figure):
    page = figure("race", t="0", speed="60")
    page.get_by_role("button", name="Run").click()
    assert said(page) == "Running."
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Pause").click()
    done = int(settings(page)["t"])
    assert 3 < done <= 60
    assert said(page).startswith(f"Loss after {done} steps: SGD ")
    page.get_by_role("button", name="One step").click()
    assert settings(page)["t"] == str(done + 1)
    page.get_by_role("button", name="Back to the start").click()
    assert settings(page)["t"] == "0"
    # All start at one point, at (3² + 50 · 0.8²) / 2 = 20.5, shown with two digits.
    assert said(page) == "Loss after 0 steps: SGD 21; momentum 21; Adam 21."


def test_another_surface_brings_its_start_and_its_rates(figure):
    page = figure("race", surface="ravine", t="500", runNesterov="yes")
    page.get_by_role("combobox", name="Surface").select_option("rosenbrock")
    # The rates of chapter 6's table: Adam needs 410 steps to 0.001, momentum 533, and SGD 3,691.
    found = dict(re.findall(r"(\w+) ([\d.]+(?: · 10\S+)?)[;.]", said(page).split(": ", 1)[1] + ";"))
    assert settings(page)["x"] == "-1.2"
    assert "10⁻" in found["Adam"]
    assert float(found["SGD"]) > 0.1
    assert page.get_by_label("Start of all paths").get_attribute("aria-valuetext") == (
        "θ₁ = −1.200, θ₂ = 1.000"
    )
