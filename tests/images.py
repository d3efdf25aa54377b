"""Compare a stored figure with the one that its cell draws now."""

import base64
import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book"))
from execute import smaller

LEVELS = 24  # of 255: what reducing a picture to 256 colors and antialiasing may change
ALLOWED = 12  # pixels, where lines cross or end; a changed digit changes about 50


def pixels(png: str) -> np.ndarray:
    """Return an image, base64 as in a notebook, as (height, width, 3)."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB"), np.int16)


def _outside(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where `picture` has a color that `other` has nowhere near: (height, width), bool.

    A line that moves by a part of a pixel changes the grays along its edges a lot, but each of them
    lies between colors that the other picture has within one pixel. So an average of differences,
    such as Matplotlib's own comparison gives, is larger for that than for a changed digit.
    """
    rows, columns = np.nonzero((np.abs(picture - other) > LEVELS).any(axis=2))
    height, width = picture.shape[:2]
    near = np.stack(
        [
            other[np.clip(rows + i, 0, height - 1), np.clip(columns + j, 0, width - 1)]
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
        ]
    )
    here = picture[rows, columns]
    far = (here < near.min(axis=0) - LEVELS) | (here > near.max(axis=0) + LEVELS)
    outside = np.zeros((height, width), bool)
    outside[rows, columns] = far.any(axis=1)
    return outside


def difference(stored: str, drawn: str) -> str:
    """Return what a reader would see differ between two images, in words; "" if nothing."""
    a, b = pixels(stored), pixels(smaller(drawn))  # as it would be stored
    if a.shape != b.shape:
        sizes = [f"{width}×{height}" for height, width, _ in (a.shape, b.shape)]
        return f"the stored figure has {sizes[0]} pixels, the one drawn now {sizes[1]}"
    changed = _outside(a, b) | _outside(b, a)
    if changed.sum() <= ALLOWED:
        return ""
    rows, columns = np.nonzero(changed)
    return (
        f"{changed.sum()} pixels of the figure differ, in rows {rows.min()} to {rows.max()}, "
        f"columns {columns.min()} to {columns.max()} of {b.shape[1]}×{b.shape[0]}"
    )
