"""Small changes to how pages are written: folded solutions, marked parts, sized images."""

import re
from pathlib import Path, PurePosixPath

import imagesize
from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput, visit_HideCellInput
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import is_exercise_node, solution_node

DIFFICULTIES = {"easy": "easy", "medium": "medium", "hard": "hard"}  # class: words on the page
SECTIONS = {"key-points": "Key points", "common-mistakes": "Common mistakes"}  # the same


def visit_solution(self, node):
    """Write a solution as details, which fold without JavaScript."""
    self.body.append(self.starttag(node, "details", CLASS="admonition"))
    title = node.pop(0)
    self.body.append('<summary class="admonition-title">')
    for child in title:
        child.walkabout(self)
    self.body.append("</summary>\n")


def depart_solution(self, node):
    self.body.append("</details>\n")


class FinishExercises(SphinxPostTransform):
    """Mark each exercise's difficulty in its title; drop the ids that all exercises share."""

    default_priority = 30  # after sphinx-exercise has made the titles

    def run(self):
        def is_ours(node):
            return is_exercise_node(node) or isinstance(node, solution_node)

        for node in self.document.findall(is_ours):
            for section in node.findall(nodes.section):
                section["ids"] = []
            for difficulty in DIFFICULTIES.keys() & set(node["classes"]):
                node[0] += nodes.inline("", DIFFICULTIES[difficulty], classes=["difficulty"])


class MarkSections(SphinxPostTransform):
    """Give the sections that stand in every chapter a class, by which they get their look."""

    default_priority = 900
    formats = ("html",)

    def run(self):
        classes = {title: name for name, title in SECTIONS.items()}
        for section in self.document.findall(nodes.section):
            if name := classes.get(section[0].astext()):
                section["classes"].append(name)


def visit_image(self, node):
    """Give sizes as attributes, from which the browser takes the aspect ratio at any width."""
    HTML5Translator.visit_image(self, node)
    size = r'style="width: ([\d.]+)px; height: ([\d.]+)px;?"'
    self.body[-1] = re.sub(size, r'width="\1" height="\2"', self.body[-1])


def visit_hidden_code(self, node):
    """Let the visible words name the button that unfolds hidden code."""
    start = len(self.body)
    visit_HideCellInput(self, node)
    self.body[start:] = [
        part.replace(' aria-label="Toggle hidden content"', "") for part in self.body[start:]
    ]


def visit_citation(self, node):
    """Give an entry the role that today's ARIA knows; docutils writes an older one."""
    HTML5Translator.visit_citation(self, node)
    self.body[-1] = self.body[-1].replace('role="doc-biblioentry"', 'role="listitem"')


def visit_entry(self, node):
    """Write an empty cell in the head of a table as td: it heads nothing."""
    HTML5Translator.visit_entry(self, node)
    if isinstance(node.parent.parent, nodes.thead) and not node.astext().strip():
        self.body[-1] = self.body[-1].replace("<th", "<td", 1)
        self.context[-1] = self.context[-1].replace("</th", "</td")


class FinishImages(SphinxPostTransform):
    """Tell the browser each image's size, so that nothing jumps, and let it load images late.

    Figures from cells become lossless WebP, a third of the size of Matplotlib's PNG.
    """

    default_priority = 900
    formats = ("html",)

    def run(self):
        for node in self.document.findall(nodes.image):
            node["loading"] = "lazy"
            path = Path(self.app.srcdir) / node["uri"]
            if path.parent.name == "jupyter_execute" and path.suffix == ".png":
                node["uri"] = str(PurePosixPath(node["uri"]).with_suffix(".webp"))
                node["candidates"] = {"*": node["uri"]}
                self.env.images.add_file(self.env.docname, node["uri"])
                path = path.with_suffix(".webp")
                if not path.exists():
                    with Image.open(path.with_suffix(".png")) as image:
                        image.save(path, lossless=True)
            if "width" not in node and path.is_file():
                width, height = imagesize.get(path)
                if width > 0:
                    node["width"], node["height"] = str(width), str(height)


def escape_bars(app, what, name, obj, options, lines):
    """Let docstrings write |x| for an absolute value, which reST takes for a substitution."""
    lines[:] = [
        line if line.lstrip().startswith((">>>", "...")) else line.replace("|", r"\|")
        for line in lines
    ]


def setup(app):
    app.connect("autodoc-process-docstring", escape_bars)
    app.add_post_transform(FinishExercises)
    app.add_post_transform(FinishImages)
    app.add_post_transform(MarkSections)
    # Sphinx' own way to replace how a node is written.
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    app.add_node(HideCodeCellNode, override=True, html=(visit_hidden_code, depart_HideCellInput))
    app.add_node(
        nodes.citation, override=True, html=(visit_citation, HTML5Translator.depart_citation)
    )
    app.add_node(nodes.entry, override=True, html=(visit_entry, HTML5Translator.depart_entry))
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
