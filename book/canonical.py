"""Write notebooks in their one form, so that a change in the repository is what an author changed.

Usage: python book/canonical.py chapters/01-neurons.ipynb ...

The prose is wrapped at 100 columns, but only paragraphs that have a longer line, and never inside a
formula, a reference or code. Cells are counted from 1, and the notebook names the kernel that every
reader has.
"""

import re
import sys

import nbformat

WIDTH = 100
# The same for everybody: the kernel would add its version, and the next author another one.
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}

# What stands before the text of a paragraph: quotation marks, then the mark of a list.
PREFIX = re.compile(r"(?P<outer>(?:[ ]*> ?)*[ ]*)(?P<item>(?:[-*+]|\d+\.)[ ]+(?:\[[ x]\][ ]+)?)?")
# Not prose: headings, tables, options, directives, labels, comments and empty lines.
OTHER = re.compile(r"#|\||:\w[\w-]*:|:::|```|\$\$|\([\w:.-]+\)=|<|$")
# Code and displayed formulas, which may have a label behind their end.
FENCE = re.compile(r"`{3,}|\$\$")
LABEL = r"(?: \([\w:.-]+\))?\s*$"
# Kept on one line: formulas, code with its role, and what a period belongs to.
UNBROKEN = re.compile(r"(?:[^\s$`{]|\$[^$]+\$|(?:\{[\w:-]+\})?`[^`]+`|\{)+")
# A line that begins with this would begin a list, heading, quotation, table, label or comment.
STARTS = re.compile(r"[-*+>#|=:<%]|\d+[.)]|\(")


def wrap(text: str) -> str:
    """Wrap the paragraphs of one Markdown cell that have a line longer than `WIDTH`."""
    lines, done, closing = text.split("\n"), [], None
    while lines:
        line = lines.pop(0)
        content = PREFIX.sub("", line, count=1)
        if closing:  # inside code or a displayed formula
            closing = None if closing.search(content) else closing
            done.append(line)
        elif fence := FENCE.match(content):
            closing = re.compile(re.escape(fence[0]) + LABEL)
            closing = None if closing.search(content, fence.end()) else closing
            done.append(line)
        elif OTHER.match(content):
            done.append(line)
        else:
            paragraph = [line]
            while lines and not PREFIX.match(lines[0])["item"]:
                rest = PREFIX.sub("", lines[0], count=1)
                if OTHER.match(rest) or _depth(lines[0]) != _depth(line):
                    break
                paragraph.append(lines.pop(0))
            done += _wrapped(paragraph)
    return "\n".join(done)


def _depth(line: str) -> int:
    return PREFIX.match(line)["outer"].count(">")


def _wrapped(paragraph: list[str]) -> list[str]:
    hard_breaks = any(line.endswith(("  ", "\\")) for line in paragraph[:-1])
    if hard_breaks or max(map(len, paragraph)) <= WIDTH:
        return paragraph
    prefix = PREFIX.match(paragraph[0])
    first = prefix["outer"] + (prefix["item"] or "")
    # An item's second line begins under its text; with a check box, under the box.
    item = re.match(r"\S+ +", prefix["item"])[0] if prefix["item"] else ""
    later = prefix["outer"] + " " * len(item)
    text = " ".join(PREFIX.sub("", line, count=1).strip() for line in paragraph)
    words = UNBROKEN.findall(text)
    if " ".join(words) != text:
        raise ValueError(f"cannot be wrapped, a mark is not closed or two spaces follow: {text}")
    result = [first + words.pop(0)]
    for i, word in enumerate(words):
        # What would begin a block at the start of a line goes there with the word before it.
        ahead = len(word) + (len(words[i + 1]) + 1 if _starts(words[i + 1 : i + 2]) else 0)
        if len(result[-1]) + 1 + ahead <= WIDTH or _starts([word]):
            result[-1] += " " + word
        else:
            result.append(later + word)
    return result


def _starts(word: list[str]) -> bool:
    return bool(word and STARTS.match(word[0]))


def canonical(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Bring a notebook into its one form, in place, and return it."""
    notebook.metadata = nbformat.from_dict(METADATA)
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = wrap(cell.source)
        elif cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return notebook


if __name__ == "__main__":
    for name in sys.argv[1:]:
        notebook = nbformat.read(name, as_version=4)
        nbformat.write(canonical(notebook), name)
