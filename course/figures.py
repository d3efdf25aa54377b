"""Draw the figures of the chapters again, as SVG, into build/figures.

Usage: python course/figures.py [chapter ...]

Chapters run as they stand, from top to bottom. One is run only if its code, the package or this
file has changed since, or if figures of it are missing. A chapter that imports what is not there is
left out, and named: its figures stay as the book shows them.
"""

import argparse
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html import escape
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "book"))
from chapter import Chapter
from extensions.live import cells, imported

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "figures"
LICENSE = "https://creativecommons.org/licenses/by/4.0/"


class Drawing(cells.Page):
    """Runs cells; what they draw is written as SVG, into `folder`."""

    def __init__(self, folder: Path):
        super().__init__(lambda kind, data: kind == "error" and print(data, file=sys.stderr))
        self.folder = folder
        self.figures = []  # of the cell that runs

    def show_figures(self) -> None:
        import matplotlib.pyplot as plt

        for number, about in zip(plt.get_fignums(), self.figures, strict=True):
            (self.folder / f"{about['name']}.svg").write_text(
                drawing(plt.figure(number), **about), encoding="utf-8"
            )
        plt.close("all")


def drawing(figure, name: str, title: str, alt: str, source: str) -> str:
    """Return a figure as SVG that says what it shows, from where it is, and its license.

    Letters are outlines: slides and printers show them without the font that drew them.
    """
    about = {"Title": title, "Description": alt, "Source": source, "Rights": LICENSE, "Date": None}
    about |= {"Creator": "The Neurons to Networks authors"}
    with TemporaryDirectory() as folder:
        path = Path(folder, "figure.svg")
        with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
            figure.savefig(path, format="svg", bbox_inches="tight", metadata=about)
        text = path.read_text(encoding="utf-8")
    # Readers of the screen look for the description beside the title.
    return text.replace("</title>", f"</title>\n <desc>{escape(alt)}</desc>", 1)


def key(chapter: Chapter) -> str:
    """Return what stands for all that the figures of a chapter are made of."""
    parts = [Path(__file__).read_bytes(), matplotlib.__version__.encode()]
    parts += [path.read_bytes() for path in sorted((ROOT / "mlp").glob("*.*"))]
    parts += [f"{cell.source}{cell.metadata.get('mystnb')}".encode() for cell in chapter.code]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def missing(chapter: Chapter) -> list[str]:
    """Return the packages that a chapter imports and that are not installed."""
    names = {name for cell in chapter.code for name in imported(cell.source)}
    return sorted(name for name in names if not find_spec(name))


def run(path: Path, folder: Path) -> None:
    """Run one chapter and write its figures."""
    chapter = Chapter(path)
    last = max(it.cell for it in chapter.figures)
    with Drawing(folder) as page:
        for number, cell in enumerate(chapter.code[:last], 1):
            source = f"Neurons to Networks, {chapter.title}, cell {number}"
            page.figures = [
                {"name": it.name, "title": it.name, "alt": it.alt, "source": source}
                for it in chapter.figures
                if it.cell == number
            ]
            if not page.run(cell.source, f"cell {number}"):
                sys.exit(f"{path.name}: cell {number} failed")


def draw(path: Path) -> str:
    """Draw a chapter's figures, if that has to be done; return what was done, in words."""
    chapter = Chapter(path)
    mark = FOLDER / f"{chapter.name}.key"
    files = [FOLDER / f"{it.name}.svg" for it in chapter.figures]
    wanted = key(chapter)
    if mark.exists() and mark.read_text() == wanted and all(it.exists() for it in files):
        return f"{chapter.name}: {len(files)} figures, as they were"
    if packages := missing(chapter):
        return f"{chapter.name}: not drawn, {', '.join(packages)} is not installed"
    with TemporaryDirectory(dir=FOLDER) as folder:
        one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
        command = [sys.executable, __file__, "--run", path, folder]
        subprocess.run(command, cwd=path.parent, env=os.environ | one, check=True)
        for file in files:
            os.replace(Path(folder, file.name), file)
    mark.write_text(wanted)
    return f"{chapter.name}: {len(files)} figures drawn"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", type=Path)
    parser.add_argument("--run", action="store_true", help="one chapter, into the folder behind it")
    arguments = parser.parse_args()
    if arguments.run:
        run(*arguments.chapters)
        sys.exit()
    FOLDER.mkdir(parents=True, exist_ok=True)
    paths = [it.resolve() for it in arguments.chapters] or sorted(
        (ROOT / "chapters").glob("*.ipynb")
    )
    with ThreadPoolExecutor(2) as pool:
        for words in pool.map(draw, paths):
            print(words, flush=True)
