"""Chromium, which prints decks and exams, and opens the pages in the tests.

Debian's chromium-headless-shell has no windows: it opens a page in half the time.
"""

import os
import shutil


def path() -> str | None:
    """Return the Chromium in CHROMIUM, else one on the path, else none: Playwright has its own."""
    names = "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
