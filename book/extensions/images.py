"""Images that load late and light, and whose place is kept until they are there."""

import re
from pathlib import Path, PurePosixPath

import imagesize
from docutils import nodes
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator


def visit_image(self, node):
    """Give sizes as attributes, from which the browser takes the aspect ratio at any width."""
    HTML5Translator.visit_image(self, node)
    size = r'style="width: ([\d.]+)px; height: ([\d.]+)px;?"'
    self.body[-1] = re.sub(size, r'width="\1" height="\2"', self.body[-1])


class FinishImages(SphinxPostTransform):
    """Tell the browser each image's size, so that nothing jumps, and let it load images late.

    Figures from cells become WebP, a third of the size of Matplotlib's PNG. Their shades are
    rounded to 52 for each color, at most 2 of 255 off, which saves another tenth.
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
                if not path.exists() or path.stat().st_mtime < Path(__file__).stat().st_mtime:
                    with Image.open(path.with_suffix(".png")) as image:
                        shades = image.convert("RGBA").point(lambda shade: round(shade / 5) * 5)
                        shades.save(path, lossless=True)
            if "width" not in node and path.is_file():
                width, height = imagesize.get(path)
                if width > 0:
                    node["width"], node["height"] = str(width), str(height)


def setup(app):
    app.add_post_transform(FinishImages)
    app.add_node(nodes.image, override=True, html=(visit_image, HTML5Translator.depart_image))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
