"""Run the cells of a notebook as the page's worker would; print what each one sent, as JSON."""

import json
import sys
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "book" / "_static" / "live"))
from cells import Page


def run(path: str) -> list[dict]:
    results = []
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    with Page(lambda *sent: results[-1]["sent"].append(sent)) as page:
        for cell in notebook.cells:
            if cell.cell_type == "code":
                results.append({"sent": []})
                results[-1]["ok"] = page.run(cell.source, f"cell {len(results)}")
    return results


if __name__ == "__main__":
    json.dump(run(sys.argv[1]), sys.stdout)
