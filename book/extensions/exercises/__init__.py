"""Exercises marked easy, medium or hard, with their solutions folded under them."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import is_exercise_node, solution_node

from extensions.words import Words

DIFFICULTIES = Words("exercises", {"easy": "easy", "medium": "medium", "hard": "hard"})  # by class


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


def setup(app):
    app.add_post_transform(FinishExercises)
    # Sphinx' own way to replace how a node is written.
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
