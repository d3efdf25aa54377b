"""Compare what the cells of a chapter give now with what the book shows.

`run` executes a notebook in a Python of its own, through the part of the live cells that runs code,
and `differences` says, cell by cell, what came out otherwise. By hand, over several chapters and
many seeds of stirred rounding:

    python tests/outputs.py --seeds 20 chapters/06-optimizers.ipynb

Other kernels of OpenBLAS and other numbers of threads are chosen as always, by environment
variables: OPENBLAS_CORETYPE=Nehalem OPENBLAS_NUM_THREADS=2 python tests/outputs.py ...
"""

import argparse
import json
import math
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path

import images
import needs
from places import ROOT

from chapter import Chapter

KERAS = "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"  # saving
KINDS = ("text/plain", "text/html", "text/markdown")


def run(
    path: Path, seed: int | None = None, again: float = 0.0, answers: bool = False
) -> list[dict]:
    """Run the cells of a chapter; return what each sent. See tests/run_chapter.py."""
    command = [sys.executable, "-W", "error", "-W", KERAS]
    command += [ROOT / "tests" / "run_chapter.py", path]
    command += [] if seed is None else ["--stir", str(seed)]
    command += ["--again", str(again)] + ["--answers"] * answers
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT)
    if done.returncode:
        raise RuntimeError(f"{path.name} could not be run:\n{done.stderr}")
    return json.loads(done.stdout)


def stored(cell) -> dict:
    """Return the text, the values and the images that the book shows under a cell."""
    data = [o.data for o in cell.outputs if o.output_type in ("display_data", "execute_result")]
    return {
        "text": "".join(o.text for o in cell.outputs if o.output_type == "stream"),
        "values": [{kind: item[kind] for kind in KINDS if kind in item} for item in data],
        "images": [item["image/png"] for item in data if "image/png" in item],
    }


def sent(result: dict) -> dict:
    """Return the same of what a cell sent."""
    shown = [data for kind, data in result["sent"] if kind == "display"]
    return {
        "text": "".join(data for kind, data in result["sent"] if kind in ("stdout", "stderr")),
        "values": [{kind: item[kind] for kind in KINDS if kind in item} for item in shown],
        "images": [item["image/png"] for item in shown if "image/png" in item],
    }


def difference(cell, result: dict, figures: bool) -> str:
    """Return in words how the outputs of one cell differ; "" if they do not."""
    if not result["ok"]:
        return "".join(data for kind, data in result["sent"] if kind == "error")
    old, new = stored(cell), sent(result)
    for kind in ("text", "values"):
        if old[kind] != new[kind]:
            return f"stored {_lines(old[kind], new[kind])}\nfound  {_lines(new[kind], old[kind])}"
    if len(old["images"]) != len(new["images"]):
        return f"stored {len(old['images'])} figures, found {len(new['images'])}"
    pairs = zip(old["images"], new["images"], strict=True)
    return "\n".join(filter(None, (images.difference(*pair) for pair in pairs))) if figures else ""


def _lines(content, other) -> str:
    """Return the lines of an output that the other does not have."""

    def lines(content):
        if isinstance(content, str):
            return content.splitlines()
        return [line for item in content for text in item.values() for line in text.splitlines()]

    return "\n       ".join(line for line in lines(content) if line not in lines(other))


def pinned(package: str) -> bool:
    """Whether the installed version is the one that drew the stored figures."""
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return f"{package}=={version(package)}" in pins


def differences(path: Path, results: list[dict]) -> list[str]:
    """Return a message for each cell whose outputs are not those of the book.

    What comes after the last cell are cells run again, from the last to the first: their text must
    be the same. Cells that were skipped have no outputs to compare.
    """
    code = Chapter(path).code
    messages = []
    for i, result in enumerate(results):
        if result["skipped"]:
            continue
        again = i >= len(code)
        cell = code[result["cell"] - 1]
        found = difference(cell, result, pinned("matplotlib") and not again)
        if found:
            when = ", run again after the last" if again else ""
            messages.append(f"{path.name}, cell {result['cell']}{when}:\n{found}")
    return messages


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=0, help="of stirred rounding; 0: run as it is")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--again", action="store_true", help="then each cell again, from the last")
    arguments = parser.parse_args()
    seeds = [*range(arguments.first, arguments.first + arguments.seeds)] or [None]
    failed = 0
    for path in arguments.paths:
        cells = set()
        start = time.perf_counter()
        for seed in seeds:
            messages = differences(path, run(path, seed, math.inf if arguments.again else 0.0))
            print(f"{path.name}, {'plain' if seed is None else f'seed {seed}'}: done", flush=True)
            for message in messages:
                print(f"{'plain' if seed is None else f'seed {seed}'}: {message}\n", flush=True)
            cells |= {message.partition(":")[0] for message in messages}
        seconds = (time.perf_counter() - start) / len(seeds)
        print(f"{path.name}: {len(seeds)} runs of {seconds:.0f} s, {len(cells)} cells differ\n")
        skipped = sum(not needs.met_by(cell) for cell in Chapter(path).code)
        if skipped:
            print(f"{path.name}: {skipped} cells skipped: {needs.WITHOUT}\n")
        failed += len(cells)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
