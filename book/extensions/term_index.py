"""Put the terms of the glossary into the index with every section that uses them.

Authors write {term}`gradient`, and the index gets an entry that leads to that place: nothing else
has to be marked, and notebooks stay free of index directives.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform


def has_title(node) -> bool:
    """Whether the node is a section with a heading: exercises hold sections without one."""
    return isinstance(node, nodes.section) and isinstance(node[0], nodes.title)


class IndexTerms(SphinxTransform):
    default_priority = 800  # before Sphinx collects the index entries of a page, at 850

    def apply(self):
        page = self.env.docname
        if not page.startswith("chapters/"):
            return
        seen = set()
        for reference in list(self.document.findall(addnodes.pending_xref)):
            if reference["reftype"] != "term":
                continue
            section = reference
            while not (isinstance(section, nodes.document) or has_title(section)):
                section = section.parent
            term = reference["reftarget"]
            if (term, id(section)) in seen or not section.get("ids"):
                continue
            seen.add((term, id(section)))
            entry = ("single", term, section["ids"][0], "", None)
            section.insert(1, addnodes.index(entries=[entry]))  # the title stays first


def setup(app):
    app.add_transform(IndexTerms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
