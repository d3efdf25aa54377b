"""The look of what opens and closes every chapter: what it asks, key points, common mistakes."""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from extensions.words import Words

# Titles by the class of their sections.
SECTIONS = Words("sections", {"key-points": "Key points", "common-mistakes": "Common mistakes"})


class MarkSections(SphinxPostTransform):
    """Give the sections that stand in every chapter a class, by which they get their look."""

    default_priority = 900
    formats = ("html",)

    def run(self):
        classes = {title: name for name, title in SECTIONS.items()}
        for section in self.document.findall(nodes.section):
            if name := classes.get(section[0].astext()):
                section["classes"].append(name)


def setup(app):
    app.add_post_transform(MarkSections)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
