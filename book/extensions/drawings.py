"""A link to each figure as SVG, where `make course` has drawn it; see course/figures.py.

Lecturers with slides of their own take figures from there: with number and caption, license, source
and description.
"""

from html import escape
from pathlib import Path, PurePosixPath

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

import lecture
from extensions.node import BOOK
from extensions.plain_notebooks import Texts, plain_markdown
from extensions.words import Words

TEXT = Words("drawings", {"svg": "SVG", "about": "This figure as SVG, for slides of your own"})
DRAWN = BOOK.parent / "build" / "figures"


class AddLinks(SphinxPostTransform):
    """Put a link behind the caption of each figure that has been drawn."""

    default_priority = 900  # after MyST-NB has made figures of outputs
    formats = ("html",)

    def run(self):
        for figure in self.document.findall(nodes.figure):
            captions = [it for it in figure.children if isinstance(it, nodes.caption)]
            for name in figure["ids"]:
                if captions and name in self.config.drawings:
                    up = "../" * (len(PurePosixPath(self.env.docname).parts) - 1)
                    link = nodes.reference(
                        "",
                        TEXT["svg"],
                        refuri=f"{up}figures/{name}.svg",
                        reftitle=TEXT["about"],
                        classes=["figure-svg"],
                    )
                    captions[0] += [nodes.Text(" "), link]


def find(app, config) -> None:
    """Note what has been drawn: when that changes, pages are written again."""
    config.drawings = sorted(path.stem for path in DRAWN.glob("*.svg"))


def write(app, exception) -> None:
    """Write the drawings into the site; the title is the number and the caption."""
    if exception or app.builder.format != "html" or not app.config.drawings:
        return
    folder = Path(app.outdir, "figures")
    folder.mkdir(exist_ok=True)
    texts = Texts(app.env)
    for name, (_, figure) in lecture.book().figures.items():
        if name in app.config.drawings and name in texts.numbers:
            svg = (DRAWN / f"{name}.svg").read_text(encoding="utf-8")
            caption = f"{texts.numbers[name]}. {plain_markdown(figure.caption, texts)}"
            svg = svg.replace(f"title>{name}<", f"title>{escape(caption)}<")
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


def setup(app):
    app.add_config_value("drawings", [], "html")
    app.connect("config-inited", find)
    app.add_post_transform(AddLinks)
    app.connect("build-finished", write, priority=400)  # before the decks, which show them
    return {"parallel_read_safe": True, "parallel_write_safe": True}
