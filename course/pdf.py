"""Print the decks of the built book as PDF, without and with notes, into build/course.

Usage: python course/pdf.py [L01 ...]

A deck that has not changed is not printed again.
"""

import hashlib
import os
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book"))
import chromium

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "build" / "_build" / "html"
FOLDER = ROOT / "build" / "course"
VIEWS = {"": "print-pdf", "-notes": "print-pdf&showNotes=separate-page"}


def key(deck: Path) -> str:
    """Return what stands for a deck and its look."""
    parts = [deck, SITE / "_static" / "deck.css", SITE / "_static" / "deck.js", Path(__file__)]
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()


def launch(playwright: Playwright) -> Browser:
    """Start Chromium."""
    return playwright.chromium.launch(executable_path=chromium.path(), args=["--no-sandbox"])


def paper(page: Page, path: Path) -> Path:
    """Print a page of HTML into a PDF beside it, with tags and an outline; return its path."""
    page.goto(path.as_uri())
    target = path.with_suffix(".pdf")
    page.pdf(path=target, prefer_css_page_size=True, tagged=True, outline=True)
    return target


def papers(paths: list[Path]) -> None:
    """Print pages of HTML, each into a PDF beside it."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        for path in paths:
            paper(page, path)
        browser.close()


def save(page: Page, deck: Path, view: str, target: Path) -> None:
    """Print one deck: fragments shown, with tags for those who listen, and an outline."""
    page.goto(f"{deck.as_uri()}?{view}")
    page.wait_for_selector("html[data-ready]", state="attached")
    part = target.with_suffix(".part")
    page.pdf(path=part, prefer_css_page_size=True, print_background=True, tagged=True, outline=True)
    os.replace(part, target)


def main(names: list[str]) -> None:
    """Print the decks with these names, or all."""
    decks = sorted((SITE / "course").glob("L*.html"))
    decks = [it for it in decks if not names or it.stem in names]
    if not decks:
        sys.exit(f"no decks in {SITE / 'course'}: run make book first")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        for deck in decks:
            mark = FOLDER / f"{deck.stem}.key"
            if mark.exists() and mark.read_text() == key(deck):
                continue
            for suffix, view in VIEWS.items():
                save(page, deck, view, FOLDER / f"{deck.stem}{suffix}.pdf")
            mark.write_text(key(deck))
            print(f"{deck.stem}: printed", flush=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
