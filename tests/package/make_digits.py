"""Make mlp/data/digits.npz from the file optdigits.tes of the UCI Machine Learning Repository.

    python tests/package/make_digits.py optdigits.tes

The file comes from https://archive.ics.uci.edu/dataset/80; scikit-learn carries the same bytes,
packed, as sklearn/datasets/data/digits.csv.gz, and this script takes that file too.
"""

import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[2] / "mlp" / "data" / "digits.npz"
# Independent projects that download optdigits.tes from UCI pin this sum of it.
SHA256 = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"


def random_order(lines: list[bytes]) -> list[int]:
    """Return the row numbers in a random order that ends with a stratified fifth: the test set.

    Random here means: by the SHA-256 of the row's line, which nobody chose, no random generator
    of any version can change, and any language can compute again.
    """
    digests = [hashlib.sha256(line).digest() for line in lines]
    by_class = sorted(range(len(lines)), key=lambda i: (lines[i][-1:], digests[i]))
    test = set(by_class[::5])
    return sorted(range(len(lines)), key=lambda i: (i in test, digests[i]))


def make(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of digits.npz, given the content of optdigits.tes."""
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError("this is not optdigits.tes: its SHA-256 is another")
    lines = content.splitlines()
    table = np.array([line.split(b",") for line in lines]).astype(np.uint8)
    order = np.array(random_order(lines), dtype=np.uint16)
    return {"pixels": table[:, :64], "labels": table[:, 64], "order": order}


if __name__ == "__main__":
    source = Path(sys.argv[1]).read_bytes()
    arrays = make(gzip.decompress(source) if source[:2] == b"\x1f\x8b" else source)
    np.savez_compressed(TARGET, **arrays)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")
