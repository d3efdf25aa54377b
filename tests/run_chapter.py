"""Run the cells of a notebook as the page's worker would; print what each one sent, as JSON.

Usage: python run_chapter.py notebook [--stir SEED] [--again SECONDS] [--answers]

With --stir, all matrix products are off by their last bit at random (see tests/stir.py). With
--again, each cell that took no longer than SECONDS runs once more, from the last to the first: a
reader may go back to any cell.
With --answers, each exercise's check meets the book's solution and wrong answers (see answers.py).
Cells that need what is not installed are skipped (see tests/needs.py).
"""

import argparse
import ast
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parent))
import answers
import needs
import stir
from places import EXTENSIONS

from chapter import Chapter

sys.path.insert(0, str(EXTENSIONS / "live"))  # not as a part of the extension, which needs Sphinx
import cells


def run(path: str, again: float = 0.0, with_answers: bool = False) -> list[dict]:
    results = []
    checks = answers.by_cell(path) if with_answers else {}
    with cells.Page(lambda *sent: results[-1]["sent"].append(sent)) as page:
        numbered = [*enumerate(Chapter(path).code, 1)]
        seconds = {}
        for number, cell in numbered + numbered[::-1]:
            if number in seconds and seconds[number] > again:
                continue
            results.append({"cell": number, "sent": [], "skipped": not needs.met_by(cell)})
            start = time.process_time()
            if not results[-1]["skipped"]:
                results[-1]["ok"] = page.run(cell.source, f"cell {number}")
            if number in seconds:
                continue
            seconds[number] = time.process_time() - start  # the cell's own, without its answers'
            if number in checks and not results[-1]["skipped"]:
                results[-1]["answers"] = checks[number](page.variables, cells.ast.parse)
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--stir", type=int)
    parser.add_argument("--again", type=float, default=0.0)
    parser.add_argument("--answers", action="store_true")
    arguments = parser.parse_args()
    if arguments.stir is not None:
        stir.install(arguments.stir)
        cells.ast = SimpleNamespace(**vars(ast) | {"parse": stir.parse})
    json.dump(run(arguments.path, arguments.again, arguments.answers), sys.stdout)
