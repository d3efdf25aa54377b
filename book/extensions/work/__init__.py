"""Work that is kept: edits, answers and solved exercises, in the reader's own browser.

This extension puts a box into each chapter that has something to answer, and under the comment
`<!-- {work} -->` an overview of all chapters, which only readers who have begun get to see.
work.mjs does the rest. Nothing is sent anywhere.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from chapter import Chapter

SEED = 0  # of the inputs that checks draw, see mlp/check.py

# All words a reader sees, in one place for translators.
TEXT = {
    "title": "Your work",
    "about": "What you write and answer here stays in this browser until you reset it. Nothing is "
    "sent anywhere. To go on elsewhere, download your notebook and open it there, in this page or "
    "in JupyterLab.",
    "download": "Download my notebook",
    "open": "Open my notebook",
    "receipt": "Save a receipt",
    "receiptAbout": "A receipt is a small file that says which exercises and questions you have "
    "answered, with your code.",
    "resetChapter": "Reset this chapter",
    "progress": "Exercises solved: {exercises} of {allExercises}. Questions answered right: "
    "{questions} of {allQuestions}.",
    "notKept": "This browser keeps nothing, so your work is gone when you close the page. Download "
    "your notebook before you do.",
    "gone": "## Cells that the book no longer has",
    "otherChapter": "This notebook holds no cell of this chapter.",
    "noNotebook": "This file is not a notebook.",
    "replace": "Replace what you have written in this chapter with what the notebook holds?",
    "confirmChapter": "Delete what you have written and answered in this chapter?",
    "confirmAll": "Delete what you have written and answered in all chapters?",
    "failed": "That did not work: the page could not load what it needs.",
    "overview": "Your work so far",
    "resetAll": "Reset all chapters",
}
IN_SCRIPT = [
    "progress", "notKept", "gone", "otherChapter", "noNotebook", "replace", "confirmChapter", "failed",
]
