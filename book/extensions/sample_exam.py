"""The sample exam: one worked task for each chapter, its numbers made while the book is built.

:::{sample-exam}
:::
"""

import sys

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from extensions.node import BOOK
from extensions.words import Words

sys.path.append(str(BOOK.parent))
from course.questions import exam

TEXT = Words(
    "sample_exam",
    {
        "title": "Chapter {chapter}: {title}",
        "points": "{points} points",
        "point": "1 point",
        "key": "Key and points",
    },
)


class SampleExam(SphinxDirective):
    """A task for each chapter, with its key."""

    def run(self):
        self.env.note_reread()  # there may be other tasks
        return [self.section(exam.sample(it)) for it in range(1, len(exam.CHAPTERS) + 1)]

    def section(self, task: exam.Task) -> nodes.section:
        title = TEXT["title"].format(chapter=task.chapter, title=task.title)
        section = nodes.section("", nodes.title("", title), ids=[f"sample-{task.chapter}"])
        section += self.parse_text_to_nodes(task.text)
        if task.picture:
            uri, alt = task.picture.uri, task.picture.alt
            section += nodes.image("", uri=uri, alt=alt, width="576px")
        section += self.lettered(f"{it.text} *({said(it.points)})*" for it in task.parts)
        key = nodes.admonition("", nodes.title("", TEXT["key"]))
        key += self.lettered(
            "\n\n".join([it.answer, *(f"- {said(n)}: {what}" for what, n in it.rubric.items())])
            for it in task.parts
        )
        section += key
        return section

    def lettered(self, texts) -> nodes.enumerated_list:
        items = (nodes.list_item("", *self.parse_text_to_nodes(text)) for text in texts)
        return nodes.enumerated_list("", *items, enumtype="loweralpha", prefix="", suffix=")")


def said(points: int) -> str:
    return TEXT["point"] if points == 1 else TEXT["points"].format(points=points)


def setup(app):
    app.add_directive("sample-exam", SampleExam)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
