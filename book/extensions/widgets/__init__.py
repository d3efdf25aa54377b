"""Interactive figures: the modules of mlp/widgets on the book's pages.

In a notebook one is a comment, and under it the paragraph that says what the figure shows:

    <!-- {widget} neuron -->
    **One neuron.** The plane of its two inputs, with the line where $z = 0$ ...

On the page it becomes a numbered figure: a picture, which widgets.mjs replaces by the figure
itself, over the paragraph. The pictures are the first views; pictures.py takes them.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

import mlp.widgets
from chapter import WIDGET
from extensions.words import Words

logger = logging.getLogger(__name__)


def flat(words: dict | str, name: str) -> dict[str, str]:
    """Return words within words under names such as "race.surfaces.saddle"."""
    if isinstance(words, str):
        return {name: words}
    inner = [flat(value, f"{name}.{key}") for key, value in words.items()]
    return {name: it for words in inner for name, it in words.items()}


# The words of each module: {"kit": {"reset": "Reset"}}.
WORDS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(mlp.widgets.__file__).parent.glob("*.json"))
}
PROBLEM = "The interactive figure could not be loaded; this is its picture."
TEXT = Words("widgets", {"problem": PROBLEM})
for module, words in WORDS.items():
    TEXT |= flat(words, module)
PICTURES = Path(__file__).parent / "pictures"
# The names of the modules, and of the classes that open them in JupyterLab.
FIGURES = {getattr(mlp.widgets, name).module: name for name in mlp.widgets.__all__}


class widget(nodes.General, nodes.Element):
    """The picture of an interactive figure (`name`: that of its module)."""


class MakeWidgets(SphinxTransform):
    """Turn each marked paragraph into the caption of an interactive figure."""

    default_priority = 200

    def apply(self):
        for mark in list(self.document.findall(nodes.raw)):
            if found := WIDGET.fullmatch(mark.astext()):
                try:
                    self._replace(mark, found[1])
                except ValueError as problem:
                    logger.warning("widget %s: %s", found[1], problem, location=mark)

    def _replace(self, mark, name):
        if name not in FIGURES:
            raise ValueError(f"there is none of this name, only {', '.join(FIGURES)}")
        words = mark.next_node(descend=False, siblings=True)
        if not isinstance(words, nodes.paragraph):
            raise ValueError("the paragraph under the comment must say what the figure shows")
        self.env.note_dependency(str(PICTURES / f"{name}.html"))  # a new picture, a new page
        words.parent.remove(words)
        caption = nodes.caption("", "", *words.children)
        figure = nodes.figure("", widget(name=name), caption, names=[f"widget-{name}"])
        self.document.note_explicit_target(figure)
        mark.replace_self(figure)


def translated(words: dict | str, name: str) -> dict | str:
    """Return words within words in the language of the book."""
    if isinstance(words, str):
        return TEXT[name]
    return {key: translated(value, f"{name}.{key}") for key, value in words.items()}


def words_of(module: str) -> str:
    """Return an element from which a module takes its words, where they are not its own."""
    words = translated(WORDS[module], module)
    if words == WORDS[module]:
        return ""
    data = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="words-{module}">{data}</script>\n'


def picture_of(name: str) -> str:
    """Return the picture of a figure, in the language of the book."""
    picture = (PICTURES / f"{name}.html").read_text(encoding="utf-8")
    for key, english in flat(WORDS[name], name).items():
        old, new = escape(english, quote=False), escape(TEXT[key])
        picture = picture.replace(f">{old}<", f">{new}<").replace(f'="{old}"', f'="{new}"')
    return picture


def visit_widget(self, node):
    name = node["name"]
    is_first = node is next(self.document.findall(widget))
    words = words_of(name) + (words_of("kit") if is_first else "")
    figure = self.body.pop()  # its tag
    assert figure.startswith("<figure"), figure
    tag = figure.replace("<figure", f'<figure data-widget="{name}"', 1)
    self.body.append(tag.replace('class="', 'class="widget ', 1))
    problem = f'<p class="widget-problem" role="status" data-words="{TEXT["problem"]}"></p>'
    self.body.append(f'{words}<div class="widget-picture">{picture_of(name)}</div>{problem}\n')
    raise nodes.SkipNode


class PrintWidgets(SphinxPostTransform):
    """Leave the paragraph that says what a figure shows where nothing can move."""

    default_priority = 200

    def run(self):
        if self.app.builder.format == "html":
            return
        for node in list(self.document.findall(widget)):
            figure = node.parent
            (caption,) = figure.findall(nodes.caption)
            figure.replace_self(
                nodes.container(
                    "",
                    nodes.paragraph("", "", *caption.children),
                    ids=figure["ids"],
                    names=figure["names"],
                )
            )


def plain(source, texts):
    """Leave the paragraph under its number."""
    return WIDGET.sub(lambda match: f"**{texts.numbers[f'widget-{match[1]}']}.** ", source)


def setup(app):
    app.add_transform(MakeWidgets)
    app.add_post_transform(PrintWidgets)
    app.add_node(widget, html=(visit_widget, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
