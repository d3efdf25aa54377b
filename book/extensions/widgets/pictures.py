"""Take the pictures of the interactive figures, with python book/extensions/widgets/pictures.py.

A picture is the figure's first view, without controls, as HTML. It is drawn in Chromium: the one in
CHROMIUM, else Playwright's own.
"""

import os
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from mlp import widgets

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
NAMES = [getattr(widgets, name).module for name in widgets.__all__]

# Opens a figure, and returns what is to be seen of it: nothing that can be used.
TAKE = """async (name) => {
  const { default: widget } = await import(`/mlp/widgets/${name}.mjs`);
  const model = { get: () => ({}), set() {}, save_changes() {}, on() {}, off() {} };
  widget.render({ model, el: document.body });
  dispatchEvent(new Event("beforeprint"));  // what moves is drawn as SVG
  const picture = document.querySelector(".w-plots");
  picture.querySelector(".w-steps")?.remove();
  for (const drawing of picture.querySelectorAll(".w-plot")) drawing.setAttribute("role", "img");
  for (const handle of picture.querySelectorAll(".w-handle")) {
    for (const { name } of [...handle.attributes]) {
      if (/^(role|tabindex|aria-.*)$/.test(name)) handle.removeAttribute(name);
    }
  }
  for (const part of picture.querySelectorAll("svg > *, li, .w-panel")) part.before("\\n");
  return picture.outerHTML.replace(/w-shading-\\w+/g, "picture-shading") + "\\n";
}"""
SITE = "http://figures.example/"  # is never asked


def serve(route):
    path = route.request.url.removeprefix(SITE)
    if path:
        kind = "application/json" if path.endswith(".json") else "text/javascript"
        route.fulfill(path=ROOT / path, content_type=kind)
    else:
        route.fulfill(body="<!doctype html><body>", content_type="text/html")


def take(browser: Browser, name: str) -> str:
    """Return the picture of one figure."""
    page = browser.new_page()
    page.route(f"{SITE}**", serve)
    page.goto(SITE)
    picture = page.evaluate(TAKE, name)
    page.close()
    return picture


if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM"), args=["--no-sandbox"]
        )
        for name in NAMES:
            path = FOLDER / "pictures" / f"{name}.html"
            path.write_text(take(browser, name), encoding="utf-8")
