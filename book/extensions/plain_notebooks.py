"""Write chapters and labs a second time, as plain notebooks: those that the download button gives.

The chapters are written in MyST Markdown. JupyterLab reads that with an extension, which the book's
requirements install; Colab and VS Code do not, and no notebook program numbers across chapters or
knows the bibliography. In the plain copies every reference is the text that the page shows, with
the same number; captions stand under their figures, references at the end. Code and outputs stay as
they are. What a feature brings into the source it writes itself: a function `plain` in its module
takes the source and the book's texts, and returns the source in plain Markdown.
"""

import os
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import nbformat
from docutils.nodes import make_id
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from pybtex.backends.markdown import Backend
from sphinx.errors import ExtensionError

import extensions
from chapter import DIRECTIVE, OPTION, ROLE, TARGET, Chapter
from extensions.live import wheel_name
from extensions.words import Words

TEXT = Words(
    "plain_notebooks",
    {
        "note": "This is a plain copy of a page of *Neurons to Networks*, for every program "
        "that opens notebooks. Its cells need Python 3.11 or newer and the book's package `mlp`.",
        "install": "# In Colab, and wherever else mlp is not installed yet:",
        "references": "References",
        "others": "et al.",
        "and": "and",
        "undated": "n.d.",
    },
)
TITLES = Words(
    "plain_notebooks", {"hint": "Hint", "note": "Note", "tip": "Tip", "warning": "Warning"}
)

# What no rule has understood.
LEFT = re.compile(r"^:::|^```\{|^\([\w:-]+\)=$|\{[\w:]+\}`|<!-- \{", re.MULTILINE)


class Texts:
    """What the references of the book's pages say, by their labels."""

    def __init__(self, env):
        self.labels = env.get_domain("std").labels
        self.numbers = {}  # with their words, such as Fig. 1.2
        for kinds in env.toc_fignumbers.values():
            for kind, found in kinds.items():
                form = env.config.numfig_format.get(kind, "%s")
                for label, number in found.items():
                    self.numbers[label] = form % ".".join(map(str, number))
        self.citations = {it.key: it for it in env.get_domain("cite").citations}
        self.cited = set()  # by the present notebook

    def plain(self, role: str, text: str | None, target: str) -> str:
        """Return what one role of the source is on the page, as plain Markdown."""
        match role:
            case "term":
                return text or target
            case "py:class" | "py:func" | "py:meth":
                return f"`{text or target.removeprefix('~')}`"
            case "numref":
                return self.numbers[target]
            case "eq":
                return f"({self.equation(target)})"
            case "ref" if text:
                return text
            case "ref":
                return self.numbers.get(target) or f"*{self.labels[target][2]}*"
            case "cite:t":
                return "; ".join(f"{who} [{year}]" for who, year in self.names(target))
            case "cite":
                return "[" + "; ".join(f"{who}, {year}" for who, year in self.names(target)) + "]"
        raise ExtensionError(f"plain_notebooks: there is no rule for the role {role}")

    def equation(self, label: str) -> str:
        return self.numbers[f"equation-{make_id(label)}"]

    def names(self, keys: str):
        """Yield the authors and the year of each work."""
        for key in keys.split(","):
            entry = self.citations[key].entry
            self.cited.add(key)
            people = entry.persons.get("author") or entry.persons["editor"]
            last = [" ".join(map(str, it.rich_prelast_names + it.rich_last_names)) for it in people]
            who = f" {TEXT['and']} ".join(last) if len(last) < 3 else f"{last[0]} {TEXT['others']}"
            yield who, entry.fields.get("year", TEXT["undated"])

    def references(self) -> str:
        """Return the list of the works cited so far."""
        works = [it.formatted_entry.text for key, it in self.citations.items() if key in self.cited]
        return "\n".join("- " + " ".join(work.render(Backend()).split()) for work in works)


def blockquote(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def plain_directive(match: re.Match, texts: Texts) -> str:
    kind, title, body = match["kind"], match["argument"], (match["body"] or "").strip()
    options = dict(OPTION.findall(match["options"]))
    match kind:
        case "table":
            return f"**{texts.numbers[options['name']]}.** {title}\n\n{body}"
        case "admonition" | "hint" | "note" | "tip" | "warning":
            return blockquote(f"**{title or TITLES[kind]}**\n\n{body}")
    return match[0]  # there is no rule for it


@cache
def features() -> list[Callable[[str, Texts], str]]:
    """Return the rules of the features: the functions named `plain` of their modules."""
    modules = [import_module(f"extensions.{it.name}") for it in iter_modules(extensions.__path__)]
    return [module.plain for module in modules if hasattr(module, "plain")]


def plain_markdown(source: str, texts: Texts) -> str:
    """Return the Markdown that every notebook program reads."""
    source = f"{source}\n"
    for plain in features():
        source = plain(source, texts)
    source = DIRECTIVE.sub(lambda match: plain_directive(match, texts), source)
    source = TARGET.sub("", source)
    source = ROLE.sub(
        lambda match: texts.plain(match["role"], match["text"], match["to"] or match["alone"]),
        source,
    )
    if match := LEFT.search(source):
        raise ExtensionError(f"plain_notebooks: there is no rule for “{match[0]}” in: {source!r}")
    return source.strip("\n")


def plain_notebook(chapter: Chapter, texts: Texts, wheel: str) -> NotebookNode:
    """Return a plain copy of a chapter; `wheel` is the address of the package, if there is one."""
    texts.cited = set()
    cells = []

    def add(name: str, source: str, new_cell: Callable = new_markdown_cell) -> None:
        cells.append(new_cell(source, id=name))

    add("about", TEXT["note"])
    if wheel:
        install = (
            f"try:\n    import mlp\nexcept ModuleNotFoundError:\n    %pip install --quiet {wheel}"
        )
        add("install", f"{TEXT['install']}\n{install}", new_code_cell)
    for cell in chapter.cells:
        if cell.cell_type == "code":
            cells.append(cell)
            if figure := cell.metadata.get("mystnb", {}).get("figure"):
                caption = f"**{texts.numbers[figure['name']]}.** {figure['caption']}"
                add(f"{cell.id}-caption", plain_markdown(caption, texts))
        elif source := plain_markdown(cell.source, texts):
            add(cell.id, source)
    if texts.cited:
        add("references", f"## {TEXT['references']}\n\n{texts.references()}")
    return nbformat.from_dict(chapter.notebook | {"cells": cells})


def write_notebooks(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    texts = Texts(app.env)
    site = os.environ.get("BOOK_URL", "").rstrip("/")
    wheel = f"{site}/live/{wheel_name()}" if site else ""
    for page in app.env.found_docs:
        path = Path(app.env.doc2path(page))
        if path.suffix == ".ipynb":
            plain = plain_notebook(Chapter(path), texts, wheel)
            nbformat.write(plain, Path(app.outdir) / "_sources" / f"{page}.ipynb")


def setup(app):
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
