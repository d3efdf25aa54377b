"""Work that is kept: edits, answers and solved exercises, in the reader's own browser.

This extension puts a box into each chapter and lab, and by the directive `work` an overview of all
into the front page, which only readers who have begun get to see. work.mjs does the rest. Nothing
is sent anywhere.

A teacher's link may hold the seed of a class, as ?seed=7: mlp.check.seed() is 7 then, here, in the
downloaded notebook, and in the receipt.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from chapter import Chapter
from extensions.live import code_cells, missing, read_project
from extensions.words import Words

TEXT = Words(
    "work",
    {
        "title": "Your work",
        "about": "What you write and answer on this page stays in this browser until you reset it. "
        "Nothing is sent anywhere. To go on elsewhere, download your notebook, and open it there "
        "in this page or in JupyterLab.",
        "download": "Download my notebook",
        "open": "Open my notebook",
        "receipt": "Save a receipt",
        "receiptAbout": "A receipt is a small file that says which exercises and questions you "
        "have answered, with your code.",
        "resetPage": "Reset this page",
        "overview": "Your work so far",
        "resetAll": "Reset all chapters and labs",
        "progress": "{exercises} of {allExercises} exercises solved, {questions} of {allQuestions} "
        "questions answered right",
        "progressExercises": "{exercises} of {allExercises} exercises solved",
        "progressQuestions": "{questions} of {allQuestions} questions answered right",
        "notKept": "This browser keeps nothing, so your work is gone when you close the page. "
        "Download your notebook before you do.",
        "gone": "## Cells that the book no longer has",
        "seed": "The seed of your class is {seed}.",
        "seedCell": "The seed of your class, see mlp.check.seed.",
        "otherPage": "This notebook holds no cell of this page.",
        "noNotebook": "This file is not a notebook.",
        "replace": "Replace what you have written on this page with what the notebook holds?",
        "confirmPage": "Delete what you have written and answered on this page?",
        "confirmAll": "Delete what you have written and answered in all chapters and labs?",
        "loading": "That did not work: the page could not load what it needs.",
    },
)
IN_SCRIPT = ["progress", "progressExercises", "progressQuestions", "notKept", "gone"]
IN_SCRIPT += ["otherPage", "noNotebook", "seed", "seedCell", "replace", "confirmPage"]
IN_SCRIPT += ["confirmAll", "loading"]


def _button(action: str) -> str:
    words = escape(TEXT["resetPage" if action == "reset" else action])
    return f'<button type="button" class="book-button" data-work="{action}">{words}</button>'


def _words() -> str:
    return escape(json.dumps({name: TEXT[name] for name in IN_SCRIPT}, ensure_ascii=False))


class AddBox(SphinxPostTransform):
    """Put a box for the reader's work before the first cell of a chapter."""

    default_priority = 901  # after the box of the live cells, which stands there, too
    formats = ("html",)

    def run(self):
        cells = code_cells(self.document)
        docname = self.env.docname
        if not cells or not self.env.doc2path(docname).endswith(".ipynb"):
            return
        project = read_project()["project"]
        here = self.app.builder.get_target_uri(docname)
        attributes = {
            "notebook": relative_uri(here, f"_sources/{docname}.ipynb"),
            "book": f"{self.config.project} {project['version']}",
        }
        data = "".join(f' data-{name}="{escape(str(it))}"' for name, it in attributes.items())
        buttons = "".join(map(_button, ("download", "open", "receipt", "reset")))
        html = (
            f'<div class="work book-box" data-text="{_words()}"{data}>'
            '<p class="work-progress" hidden></p><p class="work-seed" hidden></p>'
            f"<details><summary>{escape(TEXT['title'])}</summary>"
            f"<p>{escape(TEXT['about'])}</p>"
            f'<div class="live-bar">{buttons}'
            f'<input type="file" accept=".ipynb" hidden aria-label="{escape(TEXT["open"])}"></div>'
            f"<p>{escape(TEXT['receiptAbout'])}</p></details>"
            '<p class="work-status" role="status"></p></div>\n'
        )
        first = next(iter(cells))
        first.parent.insert(first.parent.index(first), nodes.raw("", html, format="html"))


class work_overview(nodes.General, nodes.Element):
    """How far the reader is, chapter by chapter."""


class WorkDirective(SphinxDirective):
    def run(self):
        for path in notebooks(self.env):
            self.env.note_dependency(str(path))
        return [work_overview()]


def notebooks(env) -> list[Path]:
    """Return the chapters, then the labs."""
    folders = (Path(env.srcdir, name) for name in ("chapters", "course/labs"))
    return [path for folder in folders for path in sorted(folder.glob("*.ipynb"))]


def visit_overview(self, node):
    rows = ""
    here = self.builder.get_target_uri(self.builder.current_docname)
    for path in notebooks(self.builder.env):
        chapter = Chapter(path)
        # Where no browser can run the cells, no page can check an answer.
        runs = not missing(cell.source for cell in chapter.code)
        exercises = runs * sum(bool(it.code) for it in chapter.exercises.values())
        there = self.builder.get_target_uri(self.builder.env.path2doc(str(path)))
        rows += (
            f'<li data-page data-exercises="{exercises}" '
            f'data-questions="{len(chapter.questions)}" hidden>'
            f'<a href="{relative_uri(here, there)}">{escape(chapter.title)}</a>: '
            "<span></span>.</li>"
        )
    self.body.append(
        f'<div class="work-overview book-box" data-text="{_words()}" hidden>'
        f"<p><strong>{escape(TEXT['overview'])}</strong></p><ul>{rows}</ul>"
        f'<button type="button" class="book-button" data-work="reset">'
        f"{escape(TEXT['resetAll'])}</button></div>"
    )
    raise nodes.SkipNode


def skip(self, node):
    raise nodes.SkipNode  # paper keeps nothing


def setup(app):
    app.add_post_transform(AddBox)
    app.add_node(work_overview, html=(visit_overview, None), latex=(skip, None))
    app.add_directive("work", WorkDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
