"""Chromium, which prints decks and exams, and opens the pages in the tests."""

import os
import shutil


def path() -> str | None:
    """Return the Chromium in CHROMIUM, else one on the path, else none: Playwright has its own."""
    return os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None
    )
