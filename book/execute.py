"""Run chapters from top to bottom and store their outputs, small and the same for every author.

Usage: python book/execute.py chapters/01-neurons.ipynb ...
"""

import base64
import io
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

from canonical import canonical


def smaller(png: str) -> str:
    """Return the image with 256 colors: a third of the size, no difference to the eye."""
    file = io.BytesIO()
    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(file, "png", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def merged(outputs: list) -> list:
    """Join neighboring pieces of one stream: where it breaks is a matter of time."""
    result = []
    for output in outputs:
        last = result[-1] if result else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            result.append(output)
    return result


def execute(path: Path) -> None:
    """Run one chapter and write it back; at a cell that fails, the file stays as it was."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, record_timing=False, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)
            for output in cell.outputs:
                if "image/png" in output.get("data", {}):
                    output.data["image/png"] = smaller(output.data["image/png"])
    nbformat.write(canonical(notebook), path)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(f"running {name} ...", flush=True)
        execute(Path(name))
