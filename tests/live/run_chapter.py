"""Run the cells of a notebook as the page's worker would; print what each one sent, as JSON.

Usage: python run_chapter.py notebook [--stir SEED] [--again]

With --stir, all matrix products are off by their last bit at random (see tests/stir.py). With
--again, each cell runs once more, from the last to the first: a reader may go back to any cell.
Cells that need what is not installed are skipped (see tests/needs.py).
"""

import argparse
import ast
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book" / "_static" / "live"))
import cells
import needs
import stir


def run(path: str, again: bool = False) -> list[dict]:
    results = []
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    with cells.Page(lambda *sent: results[-1]["sent"].append(sent)) as page:
        numbered = [*enumerate((c for c in notebook.cells if c.cell_type == "code"), 1)]
        for number, cell in numbered + numbered[::-1] * again:
            results.append({"sent": [], "skipped": not needs.met_by(cell)})
            if not results[-1]["skipped"]:
                results[-1]["ok"] = page.run(cell.source, f"cell {number}")
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--stir", type=int)
    parser.add_argument("--again", action="store_true")
    arguments = parser.parse_args()
    if arguments.stir is not None:
        stir.install(arguments.stir)
        cells.ast = SimpleNamespace(**vars(ast) | {"parse": stir.parse})
    json.dump(run(arguments.path, arguments.again), sys.stdout)
