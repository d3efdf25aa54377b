"""mlp.datasets: what the data are, where they come from, and what happens when they do not come."""

import gzip
import hashlib
import json
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path

import numpy as np
import pooch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlp import datasets

FILES = [
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
]
TOY_SETS = [datasets.xor, datasets.moons, datasets.circles, datasets.spirals, datasets.blobs]


# --- digits ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits_file():
    path = resources.files("mlp") / "data" / "digits.npz"
    assert len(path.read_bytes()) < 60_000
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def lines_of(digits_file):
    """Write the arrays as the lines of the text file they come from: 64 pixels and the class."""
    table = np.column_stack([digits_file["pixels"], digits_file["labels"]])
    return [",".join(map(str, row)).encode() for row in table.tolist()]


def test_digits_file_is_the_file_of_uci(digits_file):
    # optdigits.tes of https://archive.ics.uci.edu/dataset/80; many projects pin this sum of it.
    text = b"".join(line + b"\n" for line in lines_of(digits_file))
    assert len(text) == 264_712
    digest = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"
    assert hashlib.sha256(text).hexdigest() == digest


def test_digits_file_has_the_class_counts_that_uci_states(digits_file):
    counts = np.bincount(digits_file["labels"]).tolist()
    assert counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_split_can_be_computed_again(digits_file):
    """Every fifth row, sorted by class and SHA-256, is a test row; SHA-256 also gives the order."""
    lines = lines_of(digits_file)
    rows = sorted((int(line.split(b",")[-1]), hashlib.sha256(line).hexdigest()) for line in lines)
    test_sums = sorted(digest for _, digest in rows[::5])
    train_sums = sorted({digest for _, digest in rows} - set(test_sums))
    sums = [hashlib.sha256(lines[i]).hexdigest() for i in digits_file["order"]]
    assert sums == train_sums + test_sums


def test_make_digits_makes_the_committed_file(digits_file):
    from make_digits import make

    made = make(b"".join(line + b"\n" for line in lines_of(digits_file)))
    assert made.keys() == digits_file.keys()
    for name, array in made.items():
        assert array.dtype == digits_file[name].dtype
        np.testing.assert_array_equal(array, digits_file[name])
    with pytest.raises(ValueError, match="this is not optdigits"):
        make(b"0,0\n")


@pytest.mark.parametrize("split", ["random", "position"])
def test_digits_shapes_types_and_values(split, digits_file):
    data = datasets.digits(split)
    assert data.x_train.shape == (1437, 64)
    assert data.x_test.shape == (360, 64)
    assert data.x_train.dtype == data.x_test.dtype == np.float32
    assert data.y_train.shape == (1437,)
    assert data.y_test.shape == (360,)
    assert data.y_train.dtype == data.y_test.dtype == np.int64
    assert data.class_names == ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9")
    x, y = np.vstack([data.x_train, data.x_test]), np.hstack([data.y_train, data.y_test])
    np.testing.assert_array_equal(np.unique(x), np.arange(17) / 16)
    # Every row of the file is there once, with its class: no image is in both sets.
    ours = sorted((*(16 * row).astype(int), label) for row, label in zip(x, y, strict=True))
    table = np.column_stack([digits_file["pixels"], digits_file["labels"]])
    assert ours == sorted(map(tuple, table.tolist()))
    assert len(set(ours)) == 1797


def test_digits_random_split_takes_a_fifth_of_each_class(digits_file):
    test = np.bincount(datasets.digits().y_test)
    fifth = np.bincount(digits_file["labels"]) / 5
    assert np.all(np.abs(test - fifth) < 1)


def test_digits_position_split_is_in_file_order(digits_file):
    data = datasets.digits("position")
    # The first and the last line of optdigits.tes.
    first = "0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0,"
    first += "0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0,0,2,14,5,10,12,0,0,0,0,6,13,10,0,0,0"
    last = "0,0,10,14,8,1,0,0,0,2,16,14,6,1,0,0,0,0,15,15,8,15,0,0,0,0,5,16,16,10,0,0,"
    last += "0,0,12,15,15,12,0,0,0,4,16,6,4,16,6,0,0,8,16,10,8,16,8,0,0,1,8,12,14,12,1,0"
    assert (16 * data.x_train[0]).tolist() == [int(v) for v in first.split(",")]
    assert (16 * data.x_test[-1]).tolist() == [int(v) for v in last.split(",")]
    assert (data.y_train[0], data.y_test[-1]) == (0, 8)
    np.testing.assert_array_equal(16 * data.x_train, digits_file["pixels"][:1437])


def test_digits_of_one_hand_lie_close_together(digits_file):
    """The docstring's claim: the most similar image of the same class is often a near row."""
    x, y = digits_file["pixels"].astype(np.float32), digits_file["labels"]
    square = np.sum(x**2, axis=1)
    distance = square[:, None] + square - 2 * x @ x.T
    other = (y[:, None] != y) | np.eye(len(y), dtype=bool)
    nearest = np.argmin(np.where(other, np.inf, distance), axis=1)
    rows = np.arange(len(y))
    near = np.abs(rows[:, None] - rows) <= 100
    by_chance = np.mean(np.sum(near & ~other, axis=1) / np.sum(~other, axis=1))
    assert by_chance < 0.11
    assert np.mean(near[rows, nearest]) > 0.5


def test_digits_by_position_are_harder():
    """The docstring's claim, for a classifier without settings: the nearest neighbor."""
    errors = {}
    for split in ("random", "position"):
        data = datasets.digits(split)
        square = np.sum(data.x_train**2, axis=1)
        nearest = np.argmin(square - 2 * data.x_test @ data.x_train.T, axis=1)
        errors[split] = np.sum(data.y_train[nearest] != data.y_test)
    assert errors["position"] > 2 * errors["random"]


def test_digits_gives_new_arrays_at_each_call():
    datasets.digits().x_train[:] = 7
    assert datasets.digits().x_train.max() == 1


@pytest.mark.parametrize("split", ["by position", None, 0.2])
def test_digits_names_the_splits_there_are(split):
    with pytest.raises(ValueError, match='split must be "random" or "position", got'):
        datasets.digits(split)


def test_digits_come_with_their_attribution():
    notice = (resources.files("mlp") / "data" / "digits-LICENSE.txt").read_text("utf-8")
    for part in ("Alpaydin", "Kaynak", "10.24432/C50P49", "licenses/by/4.0", "changed"):
        assert part in notice


def test_dataset_shows_shapes_and_types_and_is_frozen():
    data = datasets.Dataset(*(np.zeros(n, np.float32) for n in (2, 3, 5, 7)), ("a", "b"))
    assert repr(data) == (
        "Dataset(x_train: (2,) float32, y_train: (3,) float32, "
        "x_test: (5,) float32, y_test: (7,) float32, 2 classes)"
    )
    with pytest.raises(AttributeError):
        data.x_train = data.x_test


# --- toy sets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", TOY_SETS)
@settings(deadline=None)  # the machine may be busy
@given(n=st.integers(8, 300), noise=st.floats(0, 10), seed=st.integers(0, 2**64))
def test_toy_sets_are_balanced_and_typed(make, n, noise, seed):
    x, y = make(n=n, noise=noise, rng=seed)
    assert x.shape == (n, 2)
    assert x.dtype == np.float32
    assert np.all(np.isfinite(x))
    assert y.shape == (n,)
    assert y.dtype == np.int64
    counts = np.bincount(y)
    assert len(counts) == (3 if make is datasets.blobs else 2)
    assert np.ptp(counts) <= (2 if make is datasets.xor else 1)  # xor balances its four corners


@pytest.mark.parametrize("make", [datasets.spirals, datasets.blobs])
@settings(deadline=None)
@given(classes=st.integers(2, 12), extra=st.integers(0, 40))
def test_toy_sets_have_as_many_classes_as_asked(make, classes, extra):
    y = make(n=classes + extra, classes=classes, rng=0)[1]
    counts = np.bincount(y)
    assert len(counts) == classes
    assert np.ptp(counts) <= 1


@pytest.mark.parametrize("make", [*TOY_SETS, datasets.sine])
def test_toy_sets_repeat_with_their_seed_only(make):
    one, same, other = make(rng=1), make(rng=1), make(rng=2)
    for a, b, c in zip(one, same, other, strict=True):
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)
    generator = np.random.default_rng(1)
    np.testing.assert_array_equal(make(rng=generator)[0], one[0])
    assert not np.array_equal(make(rng=generator)[0], one[0])  # the generator has moved on
    assert not np.array_equal(make()[0], make()[0])


@pytest.mark.parametrize("make", [*TOY_SETS, datasets.sine])
def test_toy_sets_leave_global_random_states_alone(make):
    np.random.seed(12345)  # noqa: NPY002
    random.seed(12345)
    before = str(np.random.get_state()), random.getstate()  # noqa: NPY002
    make()
    make(rng=3)
    assert (str(np.random.get_state()), random.getstate()) == before  # noqa: NPY002


@pytest.mark.parametrize("make", TOY_SETS)
def test_noise_is_normal_of_the_given_standard_deviation(make):
    x, y = make(n=20_000, noise=0.25, rng=5)
    exact, classes = make(n=20_000, noise=0, rng=5)  # the same points before the noise
    np.testing.assert_array_equal(y, classes)
    noise = (x.astype(float) - exact) / 0.25
    # Standard errors: 1/sqrt(20000) = 0.007 of a mean, 0.005 of a standard deviation.
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=0.035)
    np.testing.assert_allclose(noise.std(axis=0), 1, atol=0.025)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.035
    assert np.mean(np.abs(noise) < 1) == pytest.approx(0.6827, abs=0.012)  # uniform has 0.577


@pytest.mark.parametrize("make", TOY_SETS)
def test_points_come_in_random_order(make):
    y = make(n=1000, rng=0)[1]
    changes = np.mean(y[1:] != y[:-1])  # sorted: almost 0, taking turns: 1
    assert changes == pytest.approx(2 / 3 if make is datasets.blobs else 1 / 2, abs=0.06)


def close(value, expected):
    np.testing.assert_allclose(value, expected, rtol=0, atol=3e-7)


def test_xor_is_the_truth_table():
    x, y = datasets.xor(n=40, noise=0, rng=0)
    corners, counts = np.unique(x, axis=0, return_counts=True)
    assert corners.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert counts.tolist() == [10, 10, 10, 10]
    np.testing.assert_array_equal(y, x[:, 0] != x[:, 1])


@settings(deadline=None)
@given(n=st.integers(2, 300))
def test_circles_lie_on_two_radii_at_even_angles(n):
    x, y = datasets.circles(n=n, noise=0, rng=0)
    x = x.astype(float)
    close(np.hypot(*x.T), np.where(y == 0, 1, 0.5))
    for k in (0, 1):
        angles = np.sort(np.arctan2(x[y == k, 1], x[y == k, 0]) % (2 * np.pi))
        np.testing.assert_allclose(np.diff(angles), 2 * np.pi / len(angles), atol=1e-5)


@settings(deadline=None)
@given(n=st.integers(2, 300))
def test_moons_are_half_circles(n):
    x, y = datasets.moons(n=n, noise=0, rng=0)
    upper, lower = x[y == 0].astype(float), x[y == 1].astype(float)
    close(np.hypot(*upper.T), 1)
    assert np.all(upper[:, 1] > 0)
    close(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert np.all(lower[:, 1] < 0.5)
    angles = np.sort(np.arctan2(upper[:, 1], upper[:, 0]))
    np.testing.assert_allclose(np.diff(angles), np.pi / len(angles), atol=1e-5)


@settings(deadline=None)
@given(n=st.integers(12, 300), classes=st.integers(2, 12))
def test_spirals_turn_once_as_they_grow(n, classes):
    x, k = datasets.spirals(n=n, classes=classes, noise=0, rng=0)
    r, angle = np.hypot(*x.T.astype(float)), np.arctan2(*x.T[::-1].astype(float))
    assert 0.1 < r.min() < r.max() < 1
    t = (r - 0.1) / 0.9
    turns = angle / (2 * np.pi) - (t + k / classes)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-5)
    np.testing.assert_allclose(np.diff(np.sort(t[k == 0])), 1 / np.sum(k == 0), atol=1e-5)


@settings(deadline=None)
@given(classes=st.integers(2, 12))
def test_blobs_have_their_centers_on_the_unit_circle(classes):
    x, k = datasets.blobs(n=3 * classes, classes=classes, noise=0, rng=0)
    angle = 2 * np.pi * k / classes
    close(x, np.column_stack([np.cos(angle), np.sin(angle)]))


def test_sine_adds_noise_to_y_only():
    x, y = datasets.sine(n=20_000, noise=0.25, rng=5)
    assert x.shape == y.shape == (20_000, 1)
    assert x.dtype == y.dtype == np.float32
    assert np.abs(x).max() <= np.float32(np.pi)
    counts, _ = np.histogram(x, bins=10, range=(-np.pi, np.pi))
    assert np.all(np.abs(counts - 2000) < 5 * np.sqrt(2000))
    noise = (y - np.sin(x)) / 0.25
    assert noise.mean() == pytest.approx(0, abs=0.035)
    assert noise.std() == pytest.approx(1, abs=0.025)
    exact, y0 = datasets.sine(n=20_000, noise=0, rng=5)
    np.testing.assert_array_equal(x, exact)
    close(y0, np.sin(exact))


@pytest.mark.parametrize("make", [*TOY_SETS, datasets.sine])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n": 1}, ValueError, "n must be a whole number >= [234], got 1"),
        ({"n": -5}, ValueError, "n must be a whole number >= [234], got -5"),
        ({"n": 200.0}, TypeError, "n must be a whole number >= [234], got 200.0"),
        ({"n": True}, TypeError, "n must be a whole number >= [234], got True"),
        ({"noise": -0.1}, ValueError, "noise must be a number in .0, inf., got -0.1"),
        ({"noise": np.inf}, ValueError, "noise must be a number in .0, inf., got inf"),
        ({"noise": np.nan}, ValueError, "noise must be a number in .0, inf., got nan"),
        ({"noise": "0.1"}, TypeError, "noise must be a number in .0, inf., got '0.1'"),
        ({"rng": -1}, ValueError, "rng must be a whole number >= 0, got -1"),
        ({"rng": 0.5}, TypeError, "rng must be an int, .* or None, got 0.5"),
        ({"rng": np.random.RandomState(0)}, TypeError, "rng must be an int, .* got RandomState"),
    ],
)
def test_toy_sets_name_the_bad_argument(make, arguments, error, message):
    with pytest.raises(error, match=message):
        make(**arguments)


@pytest.mark.parametrize("make", [datasets.spirals, datasets.blobs])
def test_toy_sets_need_two_classes_and_a_point_for_each(make):
    with pytest.raises(ValueError, match="classes must be a whole number >= 2, got 1"):
        make(classes=1)
    with pytest.raises(TypeError, match=r"classes must be a whole number >= 2, got 2\.5"):
        make(classes=2.5)
    with pytest.raises(ValueError, match="n must be a whole number >= 5, got 4"):
        make(n=4, classes=5)


# --- MNIST files in a folder ----------------------------------------------------------------------


def idx(array):
    """Return `array` in the format of http://yann.lecun.com/exdb/mnist, written by its table."""
    header = {1: 2049, 3: 2051}[array.ndim]
    sizes = struct.pack(f">{array.ndim}i", *array.shape)
    return struct.pack(">i", header) + sizes + array.astype(np.uint8).tobytes()


def small_mnist():
    """Return {name without .gz: array} with 3 training and 2 test images."""
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 256, (3, 28, 28)), np.array([5, 0, 9])]
    arrays += [rng.integers(0, 256, (2, 28, 28)), np.array([7, 2])]
    return {file.removesuffix(".gz"): array for file, array in zip(FILES, arrays, strict=True)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with small files in the format of MNIST, which MLP_DATA_DIR points to."""
    for name, array in small_mnist().items():
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress(idx(array)))
    monkeypatch.setenv("MLP_DATA_DIR", str(tmp_path))
    return tmp_path


def assert_is_small_mnist(data):
    train, train_labels, test, test_labels = small_mnist().values()
    for x, images in ((data.x_train, train), (data.x_test, test)):
        assert x.dtype == np.float32
        # The float32 nearest to each k/255, computed by way of float64.
        np.testing.assert_array_equal(x, (images.reshape(-1, 784) / 255).astype(np.float32))
    for y, labels in ((data.y_train, train_labels), (data.y_test, test_labels)):
        assert y.dtype == np.int64
        np.testing.assert_array_equal(y, labels)


def test_mnist_reads_packed_files(folder):
    data = datasets.mnist()
    assert_is_small_mnist(data)
    assert data.class_names == tuple("0123456789")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_mnist_reads_unpacked_files_under_either_name(folder, suffix):
    for file in FILES:
        content = gzip.decompress((folder / file).read_bytes())
        (folder / file).unlink()
        (folder / (file.removesuffix(".gz") + suffix)).write_bytes(content)
    assert_is_small_mnist(datasets.mnist())


def test_fashion_mnist_reads_its_own_subfolder(folder):
    (folder / "fashion-mnist").mkdir()
    for file in FILES:
        (folder / file).rename(folder / "fashion-mnist" / file)
    data = datasets.fashion_mnist()
    assert_is_small_mnist(data)
    # The labels in the README of zalandoresearch/fashion-mnist.
    assert (data.class_names[0], data.class_names[9]) == ("T-shirt/top", "Ankle boot")
    assert len(set(data.class_names)) == 10


def test_all_bytes_become_numbers_from_0_to_1(folder):
    images = np.resize(np.arange(256), (3, 28, 28))
    (folder / FILES[0]).write_bytes(idx(images))
    x = datasets.mnist().x_train
    assert (x.min(), x.max()) == (0, 1)
    np.testing.assert_array_equal(x[0, :256], (np.arange(256) / 255).astype(np.float32))


IMAGES = idx(small_mnist()["train-images-idx3-ubyte"])
LABELS = idx(small_mnist()["train-labels-idx1-ubyte"])


def changed(content, position, *values):
    content = bytearray(content)
    for value in values:
        content[position] = value
        position += 1
    return bytes(content)


# What is wrong: (number of the file, its content, what the error says).
BAD_FILES = {
    "empty": (0, b"", "must begin with the bytes 00 00 08 03, found none"),
    "two bytes": (0, b"\0\0", "must begin with the bytes 00 00 08 03, found 00 00$"),
    "web page": (0, b"<html>Not here</html>", "must begin .* 00 00 08 03, found 3c 68 74 6d"),
    "labels for images": (0, LABELS, "must begin .* 00 00 08 03, found 00 00 08 01"),
    "images for labels": (1, IMAGES, "must begin .* 00 00 08 01, found 00 00 08 03"),
    "floats": (0, changed(IMAGES, 2, 0x0D), "must begin .* 00 00 08 03, found 00 00 0d 03"),
    "half a header": (0, IMAGES[:10], r"of shape \[3, .* must hold .* bytes, found 0"),
    "a byte short": (0, IMAGES[:-1], r"\[3, 28, 28\] must hold 2,352 bytes, found 2,351"),
    "a byte long": (0, IMAGES + b"\0", r"\[3, 28, 28\] must hold 2,352 bytes, found 2,353"),
    "count too high": (
        0,
        changed(IMAGES, 7, 4),
        r"\[4, 28, 28\] must hold 3,136 bytes, found 2,352",
    ),
    "absurd count": (0, changed(IMAGES, 4, *[255] * 4), r"\[4294967295, 28, 28\] must hold 3,367,"),
    "no images": (0, idx(np.zeros((0, 28, 28))), r"\[0, 28, 28\] must hold 0 bytes, found 0"),
    "small images": (0, idx(np.zeros((3, 8, 8))), r"a label 0 to 9, .* of shape \(3, 8, 8\)"),
    "an image too many": (0, idx(np.zeros((4, 28, 28))), r"3 labels up to 9 .* \(4, 28, 28\)"),
    "a label missing": (1, idx(np.array([1, 2])), r"2 labels up to 2 .* \(3, 28, 28\)"),
    "label 10": (1, idx(np.array([1, 10, 2])), "a label 0 to 9, found 3 labels up to 10"),
    "packed, cut off": (0, gzip.compress(IMAGES)[:-20], "is truncated or damaged"),
    "packed, half a header": (0, gzip.compress(IMAGES)[:5], "is truncated or damaged"),
    "packed, bad block": (0, changed(gzip.compress(IMAGES), 10, 255), "is truncated or damaged"),
    "packed, bad checksum": (
        0,
        changed(gzip.compress(IMAGES), -8, 1, 2),
        "is truncated or damaged",
    ),
    "packed, trailing bytes": (0, gzip.compress(IMAGES) + b"more", "is truncated or damaged"),
    "packed, content short": (0, gzip.compress(IMAGES[:-1]), "must hold 2,352 bytes, found 2,351"),
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_a_bad_file_is_named_with_what_was_expected_and_found(folder, fault):
    number, content, message = BAD_FILES[fault]
    (folder / FILES[number]).write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        datasets.mnist()
    assert str(folder / FILES[number]) in str(error.value)


def test_a_missing_file_or_folder_is_named(folder, monkeypatch):
    (folder / FILES[3]).unlink()
    with pytest.raises(FileNotFoundError) as error:
        datasets.mnist()
    for part in ("MLP_DATA_DIR", FILES[3], str(folder)):
        assert part in str(error.value)
    with pytest.raises(FileNotFoundError) as error:
        datasets.fashion_mnist()
    assert str(folder / "fashion-mnist") in str(error.value)
    monkeypatch.setenv("MLP_DATA_DIR", str(folder / "nowhere"))
    with pytest.raises(FileNotFoundError) as error:
        datasets.mnist()
    assert str(folder / "nowhere") in str(error.value)


def test_the_home_folder_may_be_written_as_a_tilde(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    monkeypatch.setenv("MLP_DATA_DIR", os.path.join("~", folder.name))
    assert_is_small_mnist(datasets.mnist())


@pytest.mark.skipif(
    not os.environ.get("MLP_DATA_DIR"), reason="needs MLP_DATA_DIR, a folder with the MNIST files"
)
def test_the_real_mnist():
    data = datasets.mnist()
    assert data.x_train.shape == (60_000, 784)
    assert data.x_test.shape == (10_000, 784)
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(data.y_train).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(data.y_test).tolist() == counts
    assert data.y_train[:5].tolist() == [5, 0, 4, 1, 9]
    # The mean and standard deviation by which half the world normalizes MNIST.
    assert data.x_train.mean(dtype=float) == pytest.approx(0.1307, abs=5e-5)
    assert data.x_train.std(dtype=float) == pytest.approx(0.3081, abs=5e-5)
    for file, digest in datasets._SOURCES["mnist"]["sha256"].items():
        path = Path(os.environ["MLP_DATA_DIR"], file)
        if path.exists():
            assert hashlib.sha256(path.read_bytes()).hexdigest() == digest


# --- MNIST from a server --------------------------------------------------------------------------


class Mirrors(BaseHTTPRequestHandler):
    """Answers /kind/file: each kind is a mirror with a fault of its own, and one has none."""

    def do_GET(self):
        _, kind, file = self.path.split("/")
        self.server.requests.append((kind, file))
        content = self.server.files[file]
        if kind == "missing":
            return self.send_error(404)
        if kind == "together" and file == FILES[0]:  # answers when two processes have asked
            self.server.barrier.wait(timeout=30)
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if kind == "wrong":
            content = bytes(len(content))
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        if kind != "half":
            self.server.seen_early.append((self.server.cache / "mnist" / file).exists())
            self.wfile.write(content[len(content) // 2 :])
        return None

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Mirrors of small files on this machine, an empty cache, and no MLP_DATA_DIR."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirrors)
    server.files = {f"{k}.gz": gzip.compress(idx(v), mtime=0) for k, v in small_mnist().items()}
    server.requests, server.seen_early, server.barrier = [], [], threading.Barrier(2)
    server.cache = tmp_path / "cache"
    server.source = datasets._SOURCES["mnist"] | {
        "sha256": {k: hashlib.sha256(v).hexdigest() for k, v in server.files.items()}
    }
    monkeypatch.setitem(datasets._SOURCES, "mnist", server.source)
    monkeypatch.setattr(pooch, "os_cache", lambda project: server.cache)
    monkeypatch.delenv("MLP_DATA_DIR", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def use(server, *kinds):
    """Let `mnist` try mirrors of these kinds, in this order."""
    port = server.server_address[1]
    server.source["mirrors"] = [f"http://127.0.0.1:{port}/{kind}/" for kind in kinds]


def assert_cache_is_clean(server, *files):
    """Assert that the cache holds these files, whole, and nothing else, no empty folder either."""
    held = {str(p.relative_to(server.cache)) for p in server.cache.rglob("*") if p != server.cache}
    assert held == {"mnist", *(os.path.join("mnist", file) for file in files)}
    for file in files:
        assert (server.cache / "mnist" / file).read_bytes() == server.files[file]


@pytest.fixture
def closed_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        yield s.getsockname()[1]  # bound, but nobody listens: connections are refused


def test_download_goes_on_to_the_mirror_that_works(server, closed_port, capsys):
    use(server, "wrong", "half", "missing", "good", "unused")
    server.source["mirrors"].insert(0, f"http://127.0.0.1:{closed_port}/")
    assert_is_small_mnist(datasets.mnist())
    tried = [(kind, file) for file in FILES for kind in ("wrong", "half", "missing", "good")]
    assert server.requests == tried
    assert_cache_is_clean(server, *FILES)
    assert not any(server.seen_early)  # half a file was never under its name
    assert "100%" in capsys.readouterr().err  # the progress bar


def test_a_cached_file_is_not_downloaded_again(server):
    use(server, "good")
    datasets.mnist()
    del server.requests[:]
    assert_is_small_mnist(datasets.mnist())
    assert server.requests == []


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b"", lambda b: bytes(len(b))])
def test_a_damaged_cached_file_is_downloaded_again(server, damage):
    use(server, "good")
    datasets.mnist()
    del server.requests[:]
    path = server.cache / "mnist" / FILES[2]
    path.write_bytes(damage(path.read_bytes()))
    assert_is_small_mnist(datasets.mnist())
    assert server.requests == [("good", FILES[2])]
    assert_cache_is_clean(server, *FILES)


def test_when_all_mirrors_fail_the_error_tells_what_each_did(server, closed_port):
    use(server, "wrong", "half", "missing")
    server.source["mirrors"].append(f"http://127.0.0.1:{closed_port}/")
    with pytest.raises(OSError, match=f"no mirror gives {FILES[0]}") as error:
        datasets.mnist()
    first, *lines = str(error.value).splitlines()
    assert "MLP_DATA_DIR" in first
    reasons = ["SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}", "IncompleteRead|SHA-256", "404"]
    reasons.append("refused|actively")
    assert len(lines) == len(reasons)
    for line, mirror, reason in zip(lines, server.source["mirrors"], reasons, strict=True):
        assert line.strip().startswith(f"{mirror}{FILES[0]}: ")
        assert re.search(reason, line), line
    assert_cache_is_clean(server)


def test_a_damaged_cached_file_is_never_used_even_offline(server):
    use(server, "good")
    datasets.mnist()
    (server.cache / "mnist" / FILES[0]).write_bytes(b"damaged")
    use(server, "missing")
    with pytest.raises(OSError, match="404"):
        datasets.mnist()


def test_an_interrupted_download_leaves_nothing(server, monkeypatch):
    class Interrupted(pooch.HTTPDownloader):
        def __call__(self, url, output_file, pooch):
            Path(output_file).write_bytes(b"half a fi")
            raise KeyboardInterrupt

    use(server, "good")
    monkeypatch.setattr(pooch, "HTTPDownloader", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        datasets.mnist()
    assert_cache_is_clean(server)


def test_a_file_that_another_process_put_there_first_is_used(server, monkeypatch):
    """On Windows a file that somebody reads cannot be replaced: os.replace is refused."""

    def refused(source, target):
        shutil.copy(source, target)  # by the other process
        raise PermissionError(f"{target} is in use")

    use(server, "good")
    monkeypatch.setattr(datasets.os, "replace", refused)
    assert_is_small_mnist(datasets.mnist())
    assert_cache_is_clean(server, *FILES)


TWO_PROCESSES = """
import json, pathlib, sys
import pooch
from mlp import datasets
source, cache = sys.argv[1:]
datasets._SOURCES["mnist"] = json.loads(source)
pooch.os_cache = lambda project: pathlib.Path(cache)
data = datasets.mnist()
print(*(array.tobytes().hex() for name, array in vars(data).items() if name != "class_names"))
"""


def test_two_processes_may_download_at_once(server):
    use(server, "together")
    command = [sys.executable, "-W", "error", "-c", TWO_PROCESSES, json.dumps(server.source)]
    both = [
        subprocess.Popen(
            [*command, str(server.cache)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    results = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], results
    assert server.requests[:2] == [("together", FILES[0])] * 2  # both were at it together
    data = datasets.mnist()
    arrays = (data.x_train, data.y_train, data.x_test, data.y_test)
    shown = " ".join(array.tobytes().hex() for array in arrays) + "\n"
    assert [out for out, _ in results] == [shown, shown]
    assert_cache_is_clean(server, *FILES)


# --- without the packages that only downloads need -----------------------------------------------


WITHOUT_POOCH = """
import sys
sys.modules["pooch"] = sys.modules["tqdm"] = sys.modules["requests"] = None
from mlp import datasets
print(datasets.digits().x_train.shape, datasets.moons(rng=0)[0].shape, datasets.mnist().y_test)
"""


def test_only_downloads_need_pooch_and_tqdm(folder):
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_POOCH], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == "(1437, 64) (200, 2) [7 2]\n"


def test_the_sources_are_complete():
    assert datasets._SOURCES.keys() == {"mnist", "fashion-mnist"}
    digests = []
    for source in datasets._SOURCES.values():
        assert list(source["sha256"]) == FILES
        digests += source["sha256"].values()
        assert len(source["mirrors"]) >= 3
        assert all(m.startswith("http") and m.endswith("/") for m in source["mirrors"])
    assert len(set(digests)) == 8
    assert all(len(bytes.fromhex(digest)) == 32 for digest in digests)
