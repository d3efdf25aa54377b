"""Build the book for students, without solutions, into build/student-book.

Usage: python course/student_book.py [FILE]

The file, in YAML, names the day from which on a chapter's solutions are shown:

    01-neurons: 2027-03-12
    02-feedforward-networks: 2027-03-19

Chapters that it does not name are without solutions, and so are all if there is no file. Solutions
are taken out of a copy of the sources, and with them the sheets that assistants have for the labs.
The copy is built: what is not in the sources can be nowhere in the site, neither in downloads nor
in the search.
"""

import datetime
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book"))
from chapter import DIRECTIVE
from extensions import node

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "build" / "student-source"
TARGET = ROOT / "build" / "student-book"
COPIED = ("book", "chapters", "course", "mlp", "pyproject.toml")
LEFT = shutil.ignore_patterns("node_modules", "__pycache__", ".ipynb_checkpoints")
SHARED = ("book/node_modules", "build/live", "build/live-compiled")  # what takes long to make
STRICT = ("-W", "-n", "--keep-going")


def shown(text: str, today: datetime.date) -> set[str]:
    """Return the chapters whose solutions are shown today, by what the file says."""
    days = yaml.safe_load(text) or {}
    if not isinstance(days, dict):
        raise ValueError("expected lines such as 01-neurons: 2027-03-12")
    chapters = {path.stem for path in (ROOT / "chapters").glob("*.ipynb")}
    for name, day in days.items():
        if name not in chapters:
            raise ValueError(
                f"there is no chapter {name!r}; there are {', '.join(sorted(chapters))}"
            )
        if type(day) is not datetime.date:
            raise ValueError(f"{name}: expected a day such as 2027-03-12, got {day!r}")
    return {name for name, day in days.items() if day <= today}


def without_solutions(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return the notebook without what its solutions say, compute and print."""
    kept, inside = [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text, read = "", 0
            for match in DIRECTIVE.finditer(cell.source):
                if match["kind"] != "solution":
                    continue
                text += "" if inside else cell.source[read : match.start()]
                read, inside = match.end(), match["gate"] == "-start"
            cell.source = (text + ("" if inside else cell.source[read:])).strip()
            if not cell.source:
                continue
        elif inside:
            continue
        kept.append(cell)
    notebook.cells = kept
    return notebook


def copy(target: Path, with_solutions: set[str]) -> None:
    """Copy the sources into a new folder; only these chapters keep their solutions."""
    shutil.rmtree(target, ignore_errors=True)  # of the links, no more than the links
    for name in COPIED:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, target / name, ignore=LEFT)
        else:
            shutil.copy2(path, target / name)
    for name in SHARED:
        (ROOT / name).mkdir(parents=True, exist_ok=True)
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).symlink_to(ROOT / name, target_is_directory=True)
    for path in (target / "chapters").glob("*.ipynb"):
        if path.stem not in with_solutions:
            notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
            nbformat.write(without_solutions(notebook), path)
    # The sheets tell the teaching assistants what the labs let students find out.
    for sheet in (target / "course" / "labs").glob("*-sheet.md"):
        sheet.unlink()
    toc = target / "book" / "_toc.yml"
    lines = toc.read_text(encoding="utf-8").splitlines(keepends=True)
    toc.write_text("".join(it for it in lines if not it.endswith("-sheet\n")), encoding="utf-8")


def build(source: Path, options: tuple[str, ...] = STRICT) -> Path:
    """Build the book of a folder with sources; return the folder of its pages."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "."]
    command += ["--config", "book/_config.yml", "--toc", "book/_toc.yml"]
    subprocess.run([*command, "--path-output", "build", *options], cwd=source, check=True)
    return source / "build" / "_build" / "html"


def main(arguments: list[str]) -> None:
    """Build the site; if it cannot be built, the one before stays."""
    if len(arguments) > 1:
        sys.exit(__doc__)
    try:
        text = Path(arguments[0]).read_text(encoding="utf-8") if arguments else ""
        visible = shown(text, datetime.date.today())
    except (OSError, ValueError, yaml.YAMLError) as problem:
        sys.exit(f"{arguments[0]}: {problem}")
    node.install()  # in place, so that no copy installs through a link
    copy(SOURCE, visible)
    try:
        made = build(SOURCE)
    except subprocess.CalledProcessError:
        sys.exit("the book could not be built: the reasons stand above")
    shutil.rmtree(TARGET, ignore_errors=True)
    made.rename(TARGET)
    names = ", ".join(sorted(visible)) or "no chapter"
    print(f"The students' book, with solutions of {names}: {(TARGET / 'index.html').as_uri()}")


if __name__ == "__main__":
    main(sys.argv[1:])
