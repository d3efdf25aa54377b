"""Write every chapter a second time, as a plain notebook: the one that the download button gives.

The chapters are written in MyST Markdown. JupyterLab reads that with an extension, which the book's
requirements install; Colab and VS Code do not, and no notebook program numbers across chapters or
knows the bibliography. In the plain copies every reference is the text that the page shows, with
the same number; captions stand under their figures, references at the end. Code and outputs stay as
they are.
"""

import json
import os
import re
import string
from pathlib import Path

from docutils.nodes import make_id
from pybtex.backends.markdown import Backend
from sphinx.errors import ExtensionError

from extensions.exercises import DIFFICULTIES
from extensions.live import wheel_name
from extensions.quiz import QUIZ
from extensions.widgets import WIDGET

# All words a reader sees, in one place for translators.
TEXT = {
    "note": "This is a plain copy of a chapter of *Neurons to Networks*, for every program that "
    "opens notebooks. Its cells need Python 3.11 or newer and the book's package `mlp`.",
    "install": "# In Colab, and wherever else mlp is not installed yet:",
    "solution": "Solution to {exercise}",
    "answers": "Answers",
    "right": "✓",
    "wrong": "✗",
    "references": "References",
    "others": "et al.",
    "and": "and",
    "undated": "n.d.",
}
TITLES = {"note": "Note", "warning": "Warning"}

ROLE = re.compile(r"\{([\w:]+)\}`(?:([^`<]*?)\s*<([^`>]*)>|([^`]*))`")
TARGET = re.compile(r"^\([\w:-]+\)=\n", re.MULTILINE)
EQUATION = re.compile(r"\$\$ *\(([\w:-]+)\)")
SOLUTION = re.compile(r"^```\{solution-start\} (\S+)\n(?::.*\n)*```\n?", re.MULTILINE)
SOLUTION_END = re.compile(r"^```\{solution-end\}\n```\n?", re.MULTILINE)
DIRECTIVE = re.compile(r"^:::\{(\w+)\} *(.*)\n((?::\w+:.*\n)*)((?:.*\n)*?):::$", re.MULTILINE)
# What none of the above has understood.
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
    kind, title, options, body = match.groups()
    options = dict(re.findall(r"^:(\w+): *(.*)$", options, re.MULTILINE))
    match kind:
        case "exercise":
            difficulty = DIFFICULTIES[options["class"]]
            number = texts.numbers[options["label"]]
            return f"### {number}: {title} ({difficulty})\n\n{body.strip()}"
        case "table":
            return f"**{texts.numbers[options['name']]}.** {title}\n\n{body.strip()}"
        case _:
            return blockquote(f"**{title or TITLES[kind]}**\n\n{body.strip()}")


def plain_quiz(source: str) -> str:
    """Fold the answers of one question away, under lettered choices."""
    before, _, rest = source.partition("\n- [")
    question = QUIZ.sub("", before)
    choices, answers = [], []
    for i, item in enumerate(f"- [{rest}".split("\n- [")):
        letter = string.ascii_uppercase[i]
        choice, _, feedback = item.removeprefix("- [").partition("\n  > ")
        mark, choice = choice[0], " ".join(choice[2:].split())
        feedback = " ".join(feedback.replace("\n  >", "\n").split())
        choices.append(f"- **{letter}.** {choice}")
        answers.append(f"- **{letter}** {TEXT['right' if mark == 'x' else 'wrong']} {feedback}")
    folded = (
        f"<details><summary>{TEXT['answers']}</summary>\n\n" + "\n".join(answers) + "\n\n</details>"
    )
    return f"{question.strip()}\n\n" + "\n".join(choices) + f"\n\n{folded}"


def plain_markdown(source: str, texts: Texts) -> str:
    """Return the Markdown that every notebook program reads."""
    if QUIZ.search(source):
        source = plain_quiz(source)
    source = DIRECTIVE.sub(lambda match: plain_directive(match, texts), source)
    source = SOLUTION.sub(
        lambda match: f"#### {TEXT['solution'].format(exercise=texts.numbers[match[1]])}\n", source
    )
    source = SOLUTION_END.sub("", source)
    source = WIDGET.sub(lambda match: f"**{texts.numbers[f'widget-{match[1]}']}.** ", source)
    source = TARGET.sub("", source)
    source = EQUATION.sub(lambda match: f"\\tag{{{texts.equation(match[1])}}}\n$$", source)
    source = ROLE.sub(lambda match: texts.plain(match[1], match[2], match[3] or match[4]), source)
    if match := LEFT.search(source):
        raise ExtensionError(f"plain_notebooks: there is no rule for “{match[0]}” in: {source!r}")
    return source.strip("\n")


def new_cell(kind: str, name: str, source: str) -> dict:
    cell = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})


def plain_notebook(notebook: dict, texts: Texts, wheel: str) -> dict:
    """Return a plain copy of a chapter; `wheel` is the address of the package, if there is one."""
    texts.cited = set()
    cells = [new_cell("markdown", "about", TEXT["note"])]
    if wheel:
        install = (
            f"try:\n    import mlp\nexcept ModuleNotFoundError:\n    %pip install --quiet {wheel}"
        )
        cells.append(new_cell("code", "install", f"{TEXT['install']}\n{install}"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cells.append(cell)
            figure = cell["metadata"].get("mystnb", {}).get("figure")
            if figure:
                caption = f"**{texts.numbers[figure['name']]}.** {figure['caption']}"
                cells.append(
                    new_cell("markdown", f"{cell['id']}-caption", plain_markdown(caption, texts))
                )
        elif source := plain_markdown("".join(cell["source"]), texts):
            cells.append(cell | {"source": source})
    if texts.cited:
        source = f"## {TEXT['references']}\n\n{texts.references()}"
        cells.append(new_cell("markdown", "references", source))
    return notebook | {"cells": cells}


def write_notebooks(app, exception) -> None:
    if exception or app.builder.format != "html":
        return
    texts = Texts(app.env)
    site = os.environ.get("BOOK_URL", "").rstrip("/")
    wheel = f"{site}/live/{wheel_name()}" if site else ""
    for page in app.env.found_docs:
        if page.startswith("chapters/"):
            notebook = json.loads(Path(app.env.doc2path(page)).read_text(encoding="utf-8"))
            plain = plain_notebook(notebook, texts, wheel)
            path = Path(app.outdir) / "_sources" / f"{page}.ipynb"
            path.write_text(
                json.dumps(plain, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
            )


def setup(app):
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
