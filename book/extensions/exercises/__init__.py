"""Exercises marked easy, medium or hard, with hints and solutions folded under them.

Those without a number, the checkpoints of labs, have their name as title.
"""

from docutils import nodes
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import exercise_node, is_exercise_node, solution_node

from chapter import DIRECTIVE, OPTION
from extensions.words import Words

DIFFICULTIES = Words("exercises", {"easy": "easy", "medium": "medium", "hard": "hard"})  # by class
TEXT = Words("exercises", {"solution": "Solution to {exercise}", "hint": "Hint"})


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


def visit_hint(self, node):
    """Write a hint with the class `dropdown` as details, too."""
    if "dropdown" not in node["classes"]:
        HTML5Translator.visit_hint(self, node)
        return
    node["classes"].remove("dropdown")
    node["classes"].append("folded")
    self.body.append(self.starttag(node, "details", CLASS="admonition exercise-hint"))
    self.body.append(f'<summary class="admonition-title">{admonitionlabels["hint"]}</summary>\n')


def depart_hint(self, node):
    if "folded" in node["classes"]:
        self.body.append("</details>\n")
    else:
        HTML5Translator.depart_hint(self, node)


class FinishExercises(SphinxPostTransform):
    """Mark each exercise's difficulty in its title; drop the ids that all exercises share."""

    default_priority = 30  # after sphinx-exercise has made the titles

    def run(self):
        def is_ours(node):
            return is_exercise_node(node) or isinstance(node, solution_node)

        for node in self.document.findall(is_ours):
            for section in node.findall(nodes.section):
                section["ids"] = []
            if isinstance(node, exercise_node):  # has no number, and so no word before its name
                name = node[0].astext().partition("(")[2].removesuffix(")")
                node[0].children = [nodes.Text(name)]
            for difficulty in DIFFICULTIES.keys() & set(node["classes"]):
                node[0] += nodes.inline("", DIFFICULTIES[difficulty], classes=["difficulty"])


def plain(source, texts):
    """Write exercises and solutions under headings, and fold hints."""

    def written(match):
        kind, title, body = match["kind"], match["argument"], (match["body"] or "").strip()
        options = dict(OPTION.findall(match["options"]))
        match kind:
            case "exercise" | "solution" if match["gate"] == "-end":
                return ""
            case "exercise":
                if "nonumber" in options:
                    return f"### {title}\n\n{body}".rstrip()
                difficulty = DIFFICULTIES[options["class"]]
                number = texts.numbers[options["label"]]
                return f"### {number}: {title} ({difficulty})\n\n{body}".rstrip()
            case "solution":
                return f"#### {TEXT['solution'].format(exercise=texts.numbers[title])}"
            case "hint" if options.get("class") == "dropdown":
                return f"<details><summary>{TEXT['hint']}</summary>\n\n{body}\n\n</details>"
        return match[0]

    return DIRECTIVE.sub(written, source)


def setup(app):
    app.add_post_transform(FinishExercises)
    # Sphinx' own way to replace how a node is written.
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
    app.add_node(nodes.hint, override=True, html=(visit_hint, depart_hint))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
