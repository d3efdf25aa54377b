"""Data, real and made up. Rows are examples: inputs are (N, D) float32, classes (N,) int64."""

from __future__ import annotations

import gzip
import json
import math
import os
import zlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from mlp import _checks

Rng = int | np.random.Generator | None
Points = tuple[np.ndarray, np.ndarray]
_DATA = resources.files("mlp") / "data"
_SOURCES = json.loads((_DATA / "sources.json").read_text("utf-8"))


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images and their classes, split into a training and a test set.

    Attributes
    ----------
    x_train : float32 array (N, D)
        An image per row, its pixels read line by line; 0 is background, 1 full ink.
    y_train : int64 array (N,)
        The class of each image, an index into `class_names`.
    x_test : float32 array (N, D)
        The images of the test set.
    y_test : int64 array (N,)
        Their classes.
    class_names : tuple of str
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]

    def __repr__(self) -> str:
        arrays = [f"{k}: {v.shape} {v.dtype}" for k, v in vars(self).items() if k != "class_names"]
        return f"Dataset({', '.join(arrays)}, {len(self.class_names)} classes)"


def digits(split: str = "random") -> Dataset:
    """Return 1,797 handwritten digits of 8×8 pixels, which are part of the package.

    A pixel is the number of inked dots in a block of 4×4, divided by 16. Thirteen people wrote the
    digits; the file names none of them, but digits by the same hand lie close together in it.

    Parameters
    ----------
    split : {"random", "position"}
        "random" tests on a fixed random fifth of each class, so both sets share their writers.
        "position" trains on the first 1,437 images of the file and tests on the last 360, which
        are probably mostly by other writers: harder, and closer to what a user would see.
        Anything else is a ValueError.

    References
    ----------
    Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, doi:10.24432/C50P49, CC BY 4.0. These are its test data, ``optdigits.tes``.

    Examples
    --------
    >>> digits()
    Dataset(x_train: (1437, 64) float32, y_train: (1437,) int64,
            x_test: (360, 64) float32, y_test: (360,) int64, 10 classes)
    """
    if split not in ("random", "position"):
        raise ValueError(f'split must be "random" or "position", got {split!r}')
    with (_DATA / "digits.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        rows = arrays["order"] if split == "random" else slice(None)
        x, y = arrays["pixels"][rows] / np.float32(16), arrays["labels"][rows].astype(np.int64)
    return Dataset(x[:1437], y[:1437], x[1437:], y[1437:], tuple("0123456789"))


def xor(n: int = 200, noise: float = 0.1, rng: Rng = None) -> Points:
    """Return points (a, b) + `noise` · ε with a, b in {0, 1}, ε standard normal, of class a XOR b.

    Parameters
    ----------
    n : int
        Number of points; corners (in the other sets: classes) have equal shares, to within one.
    noise : float
        Standard deviation of the normal noise added to each coordinate, finite and at least 0.
    rng : int, Generator or None
        Seed, or source of all randomness; None gives other points at every call.

    Returns
    -------
    x : float32 array (n, 2)
        The points, in random order.
    y : int64 array (n,)
        Their classes.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type, or out of range.

    Examples
    --------
    >>> x, y = xor(n=4, noise=0)
    >>> sorted((a, b, c) for (a, b), c in zip(x.tolist(), y.tolist()))
    [(0.0, 0.0, 0), (0.0, 1.0, 1), (1.0, 0.0, 1), (1.0, 1.0, 0)]
    """

    def corners(k, t):
        return k // 2, k % 2

    x, corner = _sample(corners, n, 4, noise, rng)
    return x, corner // 2 ^ corner % 2


def moons(n: int = 200, noise: float = 0.1, rng: Rng = None) -> Points:
    """Return two half circles: (cos πt, sin πt) is class 0, (1 - cos πt, ½ - sin πt) is class 1.

    t is evenly spaced in (0, 1); arguments, results and errors are those of `xor`.

    >>> x, y = moons(noise=0)
    >>> bool(x[y == 0, 1].min() > 0 and x[y == 1, 1].max() < 0.5)
    True
    """

    def half_circles(k, t):
        side = (-1) ** k  # of class 1, the half circle below
        return k + side * np.cos(np.pi * t), 0.5 * k + side * np.sin(np.pi * t)

    return _sample(half_circles, n, 2, noise, rng)


def circles(n: int = 200, noise: float = 0.1, rng: Rng = None) -> Points:
    """Return two circles r (cos 2πt, sin 2πt), with r = 1 for class 0 and r = ½ for class 1.

    t is evenly spaced in (0, 1); arguments, results and errors are those of `xor`.

    >>> x, y = circles(noise=0)
    >>> np.unique(np.hypot(*x.T).round(6)).tolist()
    [0.5, 1.0]
    """

    def rings(k, t):
        r = 1 - k / 2
        return r * np.cos(2 * np.pi * t), r * np.sin(2 * np.pi * t)

    return _sample(rings, n, 2, noise, rng)


def spirals(n: int = 200, classes: int = 2, noise: float = 0.05, rng: Rng = None) -> Points:
    """Return spiral arms r (cos θ, sin θ) with r = 0.1 + 0.9 t and θ = 2π (t + k/classes).

    Class k is the k-th of `classes` ≥ 2 arms, t evenly spaced in (0, 1); the rest is as in `xor`.

    >>> x, y = spirals(n=300, classes=3)
    >>> np.bincount(y).tolist()
    [100, 100, 100]
    """

    def arms(k, t):
        r, angle = 0.1 + 0.9 * t, 2 * np.pi * (t + k / classes)
        return r * np.cos(angle), r * np.sin(angle)

    return _sample(arms, n, classes, noise, rng)


def blobs(n: int = 200, classes: int = 3, noise: float = 0.2, rng: Rng = None) -> Points:
    """Return round clouds about the points (cos 2πk/classes, sin 2πk/classes).

    Class k is the k-th of `classes` ≥ 2 clouds; the rest is as in `xor`.

    >>> x, y = blobs(n=2, classes=2, noise=0)
    >>> x[y == 0].tolist(), x[y == 1].round(6).tolist()
    ([[1.0, 0.0]], [[-1.0, 0.0]])
    """

    def centers(k, t):
        angle = 2 * np.pi * k / classes
        return np.cos(angle), np.sin(angle)

    return _sample(centers, n, classes, noise, rng)


def sine(n: int = 200, noise: float = 0.1, rng: Rng = None) -> Points:
    """Return a regression: x uniform on [-π, π], y = sin x + `noise` · ε with ε standard normal.

    Arguments and errors are those of `xor`, but x and y are both (n, 1) float32.

    >>> x, y = sine(n=50, noise=0)
    >>> x.shape, y.shape, bool(np.abs(y - np.sin(x)).max() < 1e-6)
    ((50, 1), (50, 1), True)
    """
    _checks.count("n", n, 2)
    _checks.number("noise", noise, 0)
    rng = _checks.generator(rng)
    x = rng.uniform(-np.pi, np.pi, (n, 1))
    y = np.sin(x) + noise * rng.standard_normal((n, 1))
    return x.astype(np.float32), y.astype(np.float32)


def mnist() -> Dataset:
    """Return MNIST: 70,000 handwritten digits of 28×28 pixels, each pixel a byte divided by 255.

    If the environment variable ``MLP_DATA_DIR`` names a folder, the four files are read from it,
    packed (``.gz``) or not. Otherwise they are downloaded (12 MB), checked by SHA-256 and cached.

    Raises
    ------
    OSError, ValueError
        If a file is missing from the folder, truncated or not of the format and size expected, or
        if no mirror gives the right one; the message says what each gave.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document
    recognition, Proceedings of the IEEE 86(11), doi:10.1109/5.726791.

    Examples
    --------
    >>> mnist().x_train.shape  # doctest: +SKIP
    (60000, 784)
    """
    return _load("mnist")


def fashion_mnist() -> Dataset:
    """Return Fashion-MNIST: 70,000 pictures of clothes in ten classes, in the format of MNIST.

    As `mnist`, but from the folder ``fashion-mnist`` in ``MLP_DATA_DIR``; the download is 31 MB.

    References
    ----------
    Xiao, Rasul and Vollgraf (2017), Fashion-MNIST, arXiv:1708.07747, MIT license.

    Examples
    --------
    >>> fashion_mnist().class_names[9]  # doctest: +SKIP
    'Ankle boot'
    """
    return _load("fashion-mnist")


def _sample(curve, n: int, classes: int, noise: float, rng: Rng) -> Points:
    """Return points of classes k at even places t on curve(k, t) = (x, y), plus noise."""
    _checks.count("n", n, _checks.count("classes", classes, 2))
    _checks.number("noise", noise, 0)
    rng = _checks.generator(rng)
    row = rng.permutation(n)
    k = row % classes
    places = curve(k, (row // classes + 0.5) / np.bincount(k)[k])
    x = np.stack(places, axis=1) + noise * rng.standard_normal((n, 2))
    return x.astype(np.float32), k.astype(np.int64)


def _load(name: str) -> Dataset:
    arrays = []
    for part in ("train", "t10k"):
        images = _locate(name, f"{part}-images-idx3-ubyte.gz")
        labels = _locate(name, f"{part}-labels-idx1-ubyte.gz")
        x, y = _read_idx(images, 3), _read_idx(labels, 1)
        if x.shape != (len(y), 28, 28) or y.max() > 9:
            found = f"found {len(y)} labels up to {y.max()} and images of shape {x.shape}"
            raise ValueError(f"{labels} must give each 28×28 of {images} a label 0 to 9, {found}")
        # Division, not multiplication by 1/255, gives the float32 nearest to each k/255.
        x = np.divide(x.reshape(len(x), -1), np.float32(255), dtype=np.float32)
        arrays += [x, y.astype(np.int64)]
    return Dataset(*arrays, tuple(_SOURCES[name]["class_names"]))


def _locate(name: str, file: str) -> Path:
    """Return the path of a file in MLP_DATA_DIR or, downloaded if need be, in the user's cache."""
    source = _SOURCES[name]
    if home := os.environ.get("MLP_DATA_DIR"):
        folder = Path(home).expanduser() / source["folder"]
        for path in (folder / file, folder / file.removesuffix(".gz")):
            if path.is_file():
                return path
        raise FileNotFoundError(f"MLP_DATA_DIR: no {file}, packed or unpacked, in folder {folder}")
    import tempfile  # like pooch, needed for downloads only

    import pooch

    path, digest = pooch.os_cache("neurons-to-networks") / name / file, source["sha256"][file]
    path.parent.mkdir(parents=True, exist_ok=True)
    failures = [f"no mirror gives {file} (if you have it, set MLP_DATA_DIR to its folder):"]
    mirrors = iter(source["mirrors"])
    while not (path.exists() and pooch.file_hash(path) == digest):
        if (mirror := next(mirrors, None)) is None:
            raise OSError("\n  ".join(failures))
        # A file is written in a folder of its own, checked, and moved into place in one step, so
        # that no process ever meets half a file or a wrong one.
        with tempfile.TemporaryDirectory(dir=path.parent) as own:
            try:
                part = Path(own, file)
                pooch.HTTPDownloader(progressbar=True, timeout=15)(mirror + file, part, None)
                if (found := pooch.file_hash(part)) != digest:
                    raise ValueError(f"its SHA-256 is {found}, not {digest}")
                os.replace(part, path)
            except (OSError, ValueError) as error:
                failures.append(f"{mirror}{file}: {error}")
    return path


def _read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Read bytes in the idx format: 0, 0, 8, `dimensions`; the sizes as big-endian uint32; data."""
    content = path.read_bytes()
    try:
        if content[:2] == b"\x1f\x8b":  # packed, whatever the name says: browsers like to unpack
            content = gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"{path} is truncated or damaged: {error}") from error
    magic, header = f"00 00 08 {dimensions:02x}", 4 + 4 * dimensions
    if (start := content[:4].hex(" ")) != magic:
        raise ValueError(f"{path} must begin with the bytes {magic}, found {start or 'none'}")
    shape = [int.from_bytes(content[i : i + 4]) for i in range(4, header, 4)]
    size, found = math.prod(shape), max(len(content) - header, 0)
    if size != found or size == 0:
        raise ValueError(f"{path} of shape {shape} must hold {size:,} bytes, found {found:,}")
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)
