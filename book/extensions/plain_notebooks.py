"""Write every chapter a second time, as a plain notebook: the one that the download button gives.

The chapters are written in MyST Markdown. JupyterLab reads that with an extension, which the book's
requirements install; Colab and VS Code do not, and no notebook program numbers across chapters or
knows the bibliography. In the plain copies every reference is the text that the page shows, with
the same number; captions stand under their figures, references at the end. Code and outputs stay as
they are.
"""

import os
import re
import string
from collections.abc import Callable
from pathlib import Path

import nbformat
from docutils.nodes import make_id
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from pybtex.backends.markdown import Backend
from sphinx.errors import ExtensionError

from chapter import DIRECTIVE, EQUATION, OPTION, QUIZ, ROLE, TARGET, WIDGET, Chapter, question
from extensions.exercises import DIFFICULTIES
from extensions.live import wheel_name
from extensions.words import Words

TEXT = Words(
    "plain_notebooks",
    {
        "note": "This is a plain copy of a chapter of *Neurons to Networks*, for every program "
        "that opens notebooks. Its cells need Python 3.11 or newer and the book's package `mlp`.",
        "install": "# In Colab, and wherever else mlp is not installed yet:",
        "solution": "Solution to {exercise}",
        "answers": "Answers",
        "right": "✓",
        "wrong": "✗",
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
    match kind, match["gate"]:
        case _, "-end":
            return ""
        case "exercise", _:
            difficulty = DIFFICULTIES[options["class"]]
            number = texts.numbers[options["label"]]
            return f"### {number}: {title} ({difficulty})\n\n{body}".rstrip()
        case "solution", _:
            return f"#### {TEXT['solution'].format(exercise=texts.numbers[title])}"
        case "table", _:
            return f"**{texts.numbers[options['name']]}.** {title}\n\n{body}"
        case "hint", _ if options.get("class") == "dropdown":
            return f"<details><summary>{TITLES['hint']}</summary>\n\n{body}\n\n</details>"
        case "admonition" | "hint" | "note" | "tip" | "warning", _:
            return blockquote(f"**{title or TITLES[kind]}**\n\n{body}")
    return match[0]  # there is no rule for it


def plain_quiz(match: re.Match) -> str:
    """Fold the answers of one question away, under lettered choices."""
    asked = question(match)
    choices, answers = [], []
    for letter, choice in zip(string.ascii_uppercase, asked.choices, strict=False):
        choices.append(f"- **{letter}.** {choice.text}")
        mark = TEXT["right" if choice.right else "wrong"]
        answers.append(f"- **{letter}** {mark} {choice.feedback}")
    folded = (
        f"<details><summary>{TEXT['answers']}</summary>\n\n" + "\n".join(answers) + "\n\n</details>"
    )
    return f"{asked.text}\n\n" + "\n".join(choices) + f"\n\n{folded}\n"


def plain_markdown(source: str, texts: Texts) -> str:
    """Return the Markdown that every notebook program reads."""
    source = QUIZ.sub(plain_quiz, f"{source}\n")
    source = DIRECTIVE.sub(lambda match: plain_directive(match, texts), source)
    source = WIDGET.sub(lambda match: f"**{texts.numbers[f'widget-{match[1]}']}.** ", source)
    source = TARGET.sub("", source)
    source = EQUATION.sub(lambda match: f"\\tag{{{texts.equation(match[1])}}}\n$$", source)
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
        if page.startswith("chapters/"):
            plain = plain_notebook(Chapter(app.env.doc2path(page)), texts, wheel)
            nbformat.write(plain, Path(app.outdir) / "_sources" / f"{page}.ipynb")


def setup(app):
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
