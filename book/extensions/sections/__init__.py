"""What the book says of its sections: how long they take, and which of them the short course skips.

The line stands under the heading, on the page and in the plain notebook. A page for instructors has
all of it in tables, with what each section needs: the directive `times`. And the sections that open
and close every chapter get their look.
"""

from functools import cache

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

import times
from chapter import HEADING
from dependencies import MAP, Map, Node
from extensions.words import Words

# Titles by the class of their sections.
SECTIONS = Words("sections", {"key-points": "Key points", "common-mistakes": "Common mistakes"})
MINUTES = Words("sections", {"minutes": "{fast} to {slow} minutes.", "minute": "About a minute."})
SHORT = Words(
    "sections",
    {
        "skips": "The short course skips this section.",
        "result": "The short course takes only what comes out of this section.",
        "lab": "The short course takes this section up in a lab.",
        "skips-part": "The short course skips this part.",
        "result-part": "The short course takes only what comes out of this part.",
        "lab-part": "The short course takes this part up in a lab.",
    },
)
TABLE = Words(
    "sections",
    {
        "chapter": "{reading} minutes to read, {quiz} for the quiz, {exercises} for all exercises.",
        "section": "section",
        "time": "minutes",
        "needs": "needs",
        "needed": "needed by",
        "tasks": "exercises, questions",
        "short": "short course",
        "cell-skips": "skips it",
        "cell-result": "what comes out",
        "cell-lab": "in a lab",
    },
)


@cache
def book() -> Map:
    """Return the map of the book's sections."""
    return Map()


def minutes(section: times.Section) -> str:
    """Return what is said of the time that a section takes to read."""
    fast, slow = times.rounded([section])
    return MINUTES["minutes" if fast < slow else "minute"].format(fast=fast, slow=slow)


def about(label: str) -> str:
    """Return the line under the heading with this label, or nothing."""
    node = book().nodes.get(label)
    if node is None or (node.parent and not node.short):
        return ""
    short = SHORT[node.short + "-part" * bool(node.parent)] if node.short else ""
    return f"{minutes(node.section)} {short}".strip()


def plain(source: str, texts) -> str:
    """Set the line under each heading of the source."""

    def with_line(match) -> str:
        line = about(match["label"] or "")
        return f"{match[0]}\n\n*{line}*" if line else match[0]

    return HEADING.sub(with_line, source)


class MarkSections(SphinxPostTransform):
    """Say under each heading what there is to say, and mark the sections of every chapter."""

    default_priority = 900
    formats = ("html",)

    def run(self):
        classes = {title: name for name, title in SECTIONS.items()}
        for section in self.document.findall(nodes.section):
            if name := classes.get(section[0].astext()):
                section["classes"].append(name)
            if line := next(filter(None, map(about, section["ids"])), ""):
                section.insert(1, nodes.paragraph("", line, classes=["section-time"]))


def number(node: Node) -> str:
    """Return the number that the page gives to a section; appendices have none."""
    if not node.chapter.number:
        return ""
    label = node.parent or node.label
    labels = [it.label for it in node.chapter.sections]  # the first stands before any heading
    return f"{node.chapter.number}.{labels.index(label)}"


def short_link(label: str) -> str:
    """Return a link to a section by its number, and by its title where that is not enough."""
    node = book().nodes[label]
    here = number(node)
    title = node.title if node.parent or not here else ""
    return f"{{ref}}`{' '.join(filter(None, [here, title]))} <{label}>`"


class Times(SphinxDirective):
    """The times of all sections, chapter by chapter, and what they need and what needs them."""

    def run(self):
        for path in (MAP, *(it.path for it in book().chapters.values())):
            self.env.note_dependency(str(path))
        return [node for chapter in book().chapters.values() for node in self.chapter(chapter)]

    def chapter(self, chapter) -> list[nodes.Node]:
        fast, slow = times.rounded(chapter.sections)
        rows = [
            [TABLE[it] for it in ("section", "time", "needs", "needed", "tasks", "short")],
            ["---"] * 6,
            *(self.row(it) for it in book().nodes.values() if it.chapter is chapter),
        ]
        text = TABLE["chapter"].format(
            reading=f"{fast}–{slow}",
            quiz=times.quiz(chapter),
            exercises=times.exercises(chapter),
        )
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        section = nodes.section(ids=[f"times-{chapter.name}"])
        section += nodes.title("", chapter.title)
        section += self.parse_text_to_nodes(f"{text}\n\n{table}")
        return [section]

    def row(self, node) -> list[str]:
        fast, slow = times.rounded([node.section])
        needed = [it.label for it in book().nodes.values() if node.label in it.needs]
        return [
            f"{'' if node.parent else number(node)} {{ref}}`{node.label}`".strip(),
            f"{fast}–{slow}",
            ", ".join(map(short_link, node.needs)),
            ", ".join(map(short_link, needed)),
            f"{len(node.exercises)}, {len(node.questions)}",
            TABLE[f"cell-{node.short}"] if node.short else "",
        ]


def depend_on_map(app, doctree) -> None:
    """Read a chapter again when the map has changed."""
    if app.env.docname.startswith("chapters/"):
        app.env.note_dependency(str(MAP))


def setup(app):
    app.add_directive("times", Times)
    app.add_post_transform(MarkSections)
    app.connect("doctree-read", depend_on_map)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
