"""Saving and loading: bit-identical, whole or not at all, and safe with a file from a stranger."""

import io
import json
import os
import pickle
import re
import tracemalloc
import zipfile
from pathlib import Path

import kinds
import numpy as np
import pytest

import mlp

LAYERS = kinds.ACTIVATIONS | {
    "leaky relu": lambda: mlp.LeakyReLU(0.3),
    "leaky relu, int": lambda: mlp.LeakyReLU(0),
    "elu": lambda: mlp.ELU(1 / 3),
    "elu, numpy": lambda: mlp.ELU(np.float32(0.7)),
    "dropout": lambda: mlp.Dropout(0.3),
    "dropout, numpy": lambda: mlp.Dropout(np.float64(0.1)),
    "dropout, int": lambda: mlp.Dropout(0),
    "dense": lambda: mlp.Dense(5, 5),
    "dense, numpy": lambda: mlp.Dense(np.int64(5), np.int32(5)),
    "dense, initializer": lambda: mlp.Dense(5, 5, initializer=mlp.he_normal),
}


def network_with(layer, dtype=np.float32):
    return mlp.Sequential(mlp.Dense(4, 5), layer, mlp.Dense(5, 3), rng=0, dtype=dtype)


def inputs(n=9):
    return np.random.default_rng(2).standard_normal((n, 4)) * 3


def content_of(network, folder):
    """Return the bytes that saving the network writes."""
    path = folder / "content.npz"
    network.save(path)
    content = path.read_bytes()
    path.unlink()
    return content


@pytest.fixture
def good(tmp_path):
    """A small network and the bytes of its file."""
    network = mlp.Sequential(mlp.Dense(4, 2), mlp.LeakyReLU(0.3), rng=0)
    return network, content_of(network, tmp_path)


def written(path, layers, parameters, **more):
    """Write an .npz as `save` would, with whatever inside."""
    if not isinstance(layers, np.ndarray):
        layers = np.array(layers if isinstance(layers, str) else json.dumps(layers))
    with open(path, "wb") as file:
        np.savez(file, layers=layers, parameters=parameters, **more)
    return path


def refused(path, words=""):
    """Assert that `load` refuses `path` with a ValueError that names it."""
    with pytest.raises(ValueError, match=re.escape(str(path))) as caught:
        mlp.load(path)
    assert words in str(caught.value)


# There and back


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_predictions_are_bit_identical(make, dtype, tmp_path):
    network, x = network_with(make(), dtype), inputs()
    network.parameters[:] += np.random.default_rng(1).standard_normal(network.parameters.shape)
    before = network.parameters.copy()
    assert network.save(tmp_path / "net.npz") is None
    loaded = mlp.load(tmp_path / "net.npz")
    assert isinstance(loaded, mlp.Sequential)
    assert loaded.dtype == loaded.parameters.dtype == dtype
    assert loaded.parameters.tobytes() == before.tobytes() == network.parameters.tobytes()
    assert loaded(x).dtype == dtype
    assert loaded(x).tobytes() == network(x).tobytes()
    assert [type(layer) for layer in loaded.layers] == [type(layer) for layer in network.layers]
    assert [layer.config() for layer in loaded.layers] == [
        layer.config() for layer in network.layers
    ]
    assert repr(loaded) == repr(network)


@pytest.mark.parametrize(
    "stack",
    [
        lambda: [mlp.ReLU()],
        lambda: [mlp.Dropout(0.5), mlp.ELU(0.2)],
        lambda: [mlp.Dense(4, 1)],
        lambda: [mlp.Dense(4, 1), mlp.Dense(1, 1), mlp.Dense(1, 7), mlp.Softmax()],
        lambda: [make() for name, make in LAYERS.items() if "dense" not in name],
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_stack_of_layers(stack, dtype, tmp_path):
    network = mlp.Sequential(*stack(), rng=0, dtype=dtype)
    network.save(tmp_path / "net.npz")
    loaded = mlp.load(tmp_path / "net.npz")
    assert loaded(inputs()).tobytes() == network(inputs()).tobytes()
    assert repr(loaded) == repr(network)


def test_every_layer_of_the_package_is_tried_here():
    kinds = {type(make()) for make in LAYERS.values()}
    base = mlp.activations.Activation, mlp.Layer
    public = {getattr(mlp, name) for name in mlp.__all__}
    assert kinds == {c for c in public if isinstance(c, type) and issubclass(c, base)} - set(base)


def test_a_loaded_network_goes_on_training(tmp_path):
    x, y = inputs(20), np.arange(20) % 3
    network = mlp.Sequential(mlp.Dense(4, 8), mlp.Dropout(0.3), mlp.ReLU(), mlp.Dense(8, 3), rng=0)
    settings = {"loss": mlp.CrossEntropy(), "epochs": 3, "rng": 0, "progress": False}
    mlp.fit(network, x, y, optimizer=mlp.Adam(), **settings)
    network.save(tmp_path / "net.npz")
    loaded = mlp.load(tmp_path / "net.npz")
    assert (loaded.gradients == 0).all()
    histories = [mlp.fit(n, x, y, optimizer=mlp.Adam(), **settings) for n in (network, loaded)]
    assert histories[0] == histories[1]
    assert loaded.parameters.tobytes() == network.parameters.tobytes()
    assert np.shares_memory(loaded.layers[0].weight, loaded.parameters)


def test_loading_leaves_numpys_global_state(tmp_path, good):
    (tmp_path / "net.npz").write_bytes(good[1])
    before = np.random.get_state()[1].tobytes()  # noqa: NPY002
    mlp.load(tmp_path / "net.npz")
    assert np.random.get_state()[1].tobytes() == before  # noqa: NPY002


# Paths


@pytest.mark.parametrize("kind", [str, Path], ids=["str", "Path"])
@pytest.mark.parametrize(
    "name",
    [
        "net.npz",
        "net",
        "net.model",
        "net.npz.bak",
        "Zahlen größer 3.npz",
        "数字 ネット 🧠.npz",
        ".hidden",
    ],
)
def test_the_file_has_exactly_the_name_that_was_given(name, kind, tmp_path, good):
    network, _ = good
    path = kind(tmp_path / name)
    network.save(path)
    assert os.listdir(tmp_path) == [name]
    assert mlp.load(path)(inputs()).tobytes() == network(inputs()).tobytes()


def test_a_relative_path(tmp_path, monkeypatch, good):
    network, _ = good
    monkeypatch.chdir(tmp_path)
    network.save("net.npz")
    (tmp_path / "sub").mkdir()
    network.save(Path("sub", "net.npz"))
    assert sorted(os.listdir(tmp_path)) == ["net.npz", "sub"]
    assert repr(mlp.load("net.npz")) == repr(mlp.load("sub/net.npz")) == repr(network)


def test_a_file_that_others_may_read(tmp_path, good):
    """The permissions are those of any new file."""
    (tmp_path / "plain").write_bytes(b"")
    good[0].save(tmp_path / "net.npz")
    assert (tmp_path / "net.npz").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(
    ("name", "error"),
    [("missing.npz", FileNotFoundError), ("no/such/folder.npz", FileNotFoundError)],
)
def test_a_missing_file_is_named(name, error, tmp_path):
    with pytest.raises(error) as caught:
        mlp.load(tmp_path / name)
    assert Path(caught.value.filename) == tmp_path / name


def test_a_folder_is_no_network(tmp_path):
    with pytest.raises((OSError, ValueError), match=re.escape(tmp_path.name)):
        mlp.load(tmp_path)


@pytest.mark.parametrize("path", [None, 3, 1.5, b"\xff\x00", [1], ""])
def test_what_is_no_path_is_refused(path, good):
    with pytest.raises((TypeError, ValueError, OSError)):
        mlp.load(path)
    if path != "" and not isinstance(path, bytes):
        with pytest.raises(TypeError):
            good[0].save(path)


# Whole or not at all


def test_saving_again_replaces_the_file(tmp_path, good):
    network, _ = good
    path = tmp_path / "net.npz"
    for _ in range(3):
        network.parameters += 1
        network.save(path)
        assert mlp.load(path).parameters.tobytes() == network.parameters.tobytes()
    assert os.listdir(tmp_path) == ["net.npz"]


class DiskFull(OSError):
    pass


def half(file, *args, **kwargs):
    """Write a little, then fail, as np.savez on a full disk does."""
    file.write(b"PK\x03\x04 half a file")
    raise DiskFull(28, "No space left on device")


def interrupted(file, *args, **kwargs):
    file.write(b"PK\x03\x04")
    raise KeyboardInterrupt


def no_replacing(source, target):
    raise DiskFull(5, "Input/output error")


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize(
    ("owner", "name", "failure", "error"),
    [
        (np, "savez", half, DiskFull),
        (np, "savez", interrupted, KeyboardInterrupt),
        (os, "replace", no_replacing, DiskFull),
    ],
)
def test_a_failed_save_leaves_everything_as_it_was(
    owner, name, failure, error, exists, tmp_path, monkeypatch, good
):
    network, content = good
    path = tmp_path / "net.npz"
    if exists:
        path.write_bytes(content)
    network.parameters += 1
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, failure)
        with pytest.raises(error):
            network.save(path)
    assert os.listdir(tmp_path) == (["net.npz"] if exists else [])
    if exists:
        assert path.read_bytes() == content
    network.save(path)
    assert mlp.load(path).parameters.tobytes() == network.parameters.tobytes()


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path, monkeypatch, good):
    network, content = good
    path = tmp_path / "net.npz"
    path.write_bytes(content)
    savez, seen = np.savez, []

    def look(*args, **kwargs):
        seen.append(path.read_bytes())
        savez(*args, **kwargs)
        seen.append(path.read_bytes())

    monkeypatch.setattr(np, "savez", look)
    network.parameters += 1
    network.save(path)
    assert seen == [content, content]
    assert path.read_bytes() != content


def test_saving_where_no_folder_is(tmp_path, good):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        good[0].save(tmp_path / "nowhere" / "net.npz")
    assert os.listdir(tmp_path) == []


def test_saving_onto_a_folder(tmp_path, good):
    (tmp_path / "net.npz").mkdir()
    with pytest.raises(OSError, match=r"net\.npz"):
        good[0].save(tmp_path / "net.npz")
    assert os.listdir(tmp_path) == ["net.npz"]
    assert os.listdir(tmp_path / "net.npz") == []


@pytest.mark.parametrize("there", [True, False])
def test_saving_through_a_symbolic_link_writes_where_it_leads(there, good, tmp_path):
    real, link = tmp_path / "disk" / "real.npz", tmp_path / "link.npz"
    real.parent.mkdir()
    if there:
        real.write_bytes(b"older")
    link.symlink_to(real)
    good[0].save(link)
    assert link.is_symlink()
    assert os.listdir(real.parent) == ["real.npz"]
    assert sorted(os.listdir(tmp_path)) == ["disk", "link.npz"]
    assert real.read_bytes() == good[1]


class Own(mlp.Layer):
    def forward(self, x, training=False):
        return x

    def backward(self, grad_y):
        return grad_y


class OwnDense(mlp.Dense):
    pass


class ReLU(mlp.ReLU):
    """With the name of a layer that `load` knows."""


@pytest.mark.parametrize("layer", [Own(), OwnDense(4, 4), ReLU()])
def test_a_layer_of_ones_own_is_refused_before_anything_is_written(layer, tmp_path):
    """`load` could not make it again."""
    path = tmp_path / "net.npz"
    path.write_bytes(b"older")
    with pytest.raises(TypeError, match="layers of mlp"):
        mlp.Sequential(mlp.Dense(4, 4), layer).save(path)
    assert path.read_bytes() == b"older"
    assert os.listdir(tmp_path) == ["net.npz"]


# Files that are something else


def other_files():
    """Yield names and contents of files that are no networks."""
    yield "empty", b""
    yield "text", b"Dear network,\nplease load.\n"
    yield "unicode", "网络\n".encode("utf-16")
    yield "noise", np.random.default_rng(0).bytes(5_000)
    yield "zeros", bytes(5_000)
    yield "zip magic only", b"PK\x03\x04"
    yield "empty zip", b"PK\x05\x06" + bytes(18)
    yield "npy magic only", b"\x93NUMPY"
    yield "json", json.dumps([["Dense", {"d_in": 4, "d_out": 2}]]).encode()
    for name, array in {"npy": np.zeros(10, np.float32), "npy text": np.array("[]")}.items():
        file = io.BytesIO()
        np.save(file, array)
        yield name, file.getvalue()
    for name, members in {
        "zip without npy": {"readme.txt": b"hello"},
        "zip of raw bytes": {"layers": b"[]", "parameters": b"\x00" * 8},
        "zip of text npy": {"layers.npy": b"[]", "parameters.npy": b"0"},
        "zip of empty npy": {"layers.npy": b"", "parameters.npy": b""},
    }.items():
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        yield name, file.getvalue()


OTHER = dict(other_files())


@pytest.mark.parametrize("name", OTHER)
def test_another_kind_of_file_is_refused(name, tmp_path):
    path = tmp_path / "net.npz"
    path.write_bytes(OTHER[name])
    refused(path, "saved by mlp")


def test_a_truncated_file_is_refused_at_every_length(tmp_path, good):
    _, content = good
    path = tmp_path / "net.npz"
    assert len(content) > 500
    for length in range(len(content)):
        path.write_bytes(content[:length])
        refused(path)
    path.write_bytes(content)
    mlp.load(path)


def test_a_damaged_file_is_refused_or_harmless(tmp_path, good):
    """Every byte, changed in two ways. Some bytes, such as those of the date, mean nothing here."""
    network, content = good
    path = tmp_path / "net.npz"
    expected, n_refused, n_harmless = network(inputs()).tobytes(), 0, 0
    for i in range(len(content)):
        for change in (0xFF, 0x01):
            path.write_bytes(content[:i] + bytes([content[i] ^ change]) + content[i + 1 :])
            try:
                loaded = mlp.load(path)
            except ValueError as error:
                n_refused += str(path) in str(error)
            else:
                n_harmless += loaded(inputs()).tobytes() == expected
    assert n_refused + n_harmless == 2 * len(content)
    assert n_refused > len(content)


# Files made with bad intent


class Payload:
    """Unpickled, it makes a folder."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def hostile_pickles(path, marker):
    """Yield after writing, one after another, files that run code when unpickled."""
    bomb = np.array([Payload(marker)], dtype=object)
    good_layers = [["Dense", {"d_in": 4, "d_out": 2}]]
    yield written(path, bomb, np.zeros(10, np.float32))
    yield written(path, good_layers, bomb)
    yield written(path, good_layers, np.array([Payload(marker)] * 10, dtype=object))
    yield written(path, bomb, bomb, more=bomb)
    with open(path, "wb") as file:
        np.save(file, bomb, allow_pickle=True)
    yield path
    path.write_bytes(pickle.dumps(Payload(marker)))
    yield path
    path.write_bytes(
        pickle.dumps({"layers": good_layers, "parameters": Payload(marker)}, protocol=0)
    )
    yield path
    structured = np.zeros(10, [("a", np.float32), ("b", object)])
    structured["b"] = Payload(marker)
    yield written(path, good_layers, structured)


def test_pickled_objects_are_refused_and_do_not_run(tmp_path):
    path, marker = tmp_path / "net.npz", tmp_path / "executed"
    count = 0
    for _ in hostile_pickles(path, marker):
        refused(path)
        assert not marker.exists()
        count += 1
    assert count == 8


def test_the_hostile_pickles_would_run(tmp_path):
    """Else the test above would prove nothing."""
    path, marker = tmp_path / "net.npz", tmp_path / "executed"
    for _ in hostile_pickles(path, marker):
        loaded = np.load(path, allow_pickle=True)
        if isinstance(loaded, np.lib.npyio.NpzFile):
            with loaded:
                for name in loaded.files:
                    if loaded.zip.read(f"{name}.npy").find(b"executed") > 0:
                        loaded[name]
                        break
        assert marker.exists()
        marker.rmdir()


D = {"d_in": 4, "d_out": 2}
P = np.zeros(10, np.float32)
BAD = {
    # parameters
    "too few": ([["Dense", D]], P[:9]),
    "too many": ([["Dense", D]], np.zeros(11, np.float32)),
    "none": ([["Dense", D]], P[:0]),
    "one number": ([["Dense", D]], np.float32(1)),
    "matrix": ([["Dense", D]], P.reshape(5, 2)),
    "column": ([["Dense", D]], P[:, None]),
    "int": ([["Dense", D]], np.zeros(10, int)),
    "bool": ([["Dense", D]], np.zeros(10, bool)),
    "complex": ([["Dense", D]], np.zeros(10, complex)),
    "float16": ([["Dense", D]], np.zeros(10, np.float16)),
    "text": ([["Dense", D]], np.array(["0"] * 10)),
    "other byte order": ([["Dense", D]], np.ones(10, np.dtype(np.float32).newbyteorder())),
    "dates": ([["Dense", D]], np.zeros(10, "datetime64[s]")),
    "fields": ([["Dense", D]], np.zeros(10, [("a", np.float32)])),
    "nan": ([["Dense", D]], np.full(10, np.nan, np.float32)),
    "one nan": ([["Dense", D]], np.where(np.arange(10) == 7, np.nan, 0)),
    "inf": ([["Dense", D]], np.full(10, -np.inf)),
    "parameters of nothing": ([["ReLU", {}]], P),
    # layers
    "no json": ("Dense(4, 2)", P),
    "empty text": ("", P),
    "deep json": ("[" * 100_000, P),
    "long number": ('[["Dense", {"d_in": ' + "9" * 5_000 + ', "d_out": 2}]]', P),
    "number": ("5", P),
    "null": ("null", P),
    "dictionary": ({"Dense": D}, P),
    "no layers": ([], P[:0]),
    "layer without settings": ([["Dense"]], P),
    "layer with too much": ([["Dense", D, D]], P),
    "name only": (["Dense"], P),
    "settings in a list": ([["Dense", [4, 2]]], P),
    "settings null": ([["ReLU", None]], P[:0]),
    "bytes": (np.array(b'[["ReLU", {}]]'), P[:0]),
    "several texts": (np.array(['[["ReLU", {}]]'] * 2), P[:0]),
    "layers are numbers": (np.zeros(3), P),
    # names
    "unknown name": ([["Conv2D", D]], P),
    "name of a base": ([["Layer", {}]], P[:0]),
    "name of the other base": ([["Activation", {}]], P[:0]),
    "nested": ([["Sequential", {}]], P[:0]),
    "builtin": ([["eval", {"source": "1"}]], P[:0]),
    "dunder": ([["__import__", {"name": "os"}]], P[:0]),
    "name of a module": ([["np", {}]], P[:0]),
    "lower case": ([["dense", D]], P),
    "name is a number": ([[1, D]], P),
    "name is a list": ([[["Dense"], D]], P),
    # settings
    "missing setting": ([["Dense", {"d_in": 4}]], P),
    "unknown setting": ([["Dense", D | {"bias": False}]], P),
    "dunder setting": ([["Dense", D | {"__class__": 1}]], P),
    "self": ([["Dense", D | {"self": 1}]], P),
    "unknown setting of an activation": ([["Dense", D], ["ReLU", {"slope": 1}]], P),
    "initializer": ([["Dense", D | {"initializer": "zeros"}]], P),
    "d_in 0": ([["Dense", {"d_in": 0, "d_out": 10}]], P),
    "d_in negative": ([["Dense", {"d_in": -6, "d_out": -2}]], P),
    "d_in float": ([["Dense", {"d_in": 4.0, "d_out": 2}]], P),
    "d_in bool": ([["Dense", {"d_in": True, "d_out": 5}]], P),
    "d_in text": ([["Dense", {"d_in": "4", "d_out": 2}]], P),
    "d_in null": ([["Dense", {"d_in": None, "d_out": 2}]], P),
    "d_in list": ([["Dense", {"d_in": [4], "d_out": 2}]], P),
    "p 1": ([["Dense", D], ["Dropout", {"p": 1}]], P),
    "p nan": ('[["Dense", {"d_in": 4, "d_out": 2}], ["Dropout", {"p": NaN}]]', P),
    "alpha negative": ([["Dense", D], ["ELU", {"alpha": -1}]], P),
    "alpha infinite": ('[["Dense", {"d_in": 4, "d_out": 2}], ["ELU", {"alpha": Infinity}]]', P),
    "slope text": ([["Dense", D], ["LeakyReLU", {"negative_slope": "0.1"}]], P),
    "sizes that do not meet": (
        [["Dense", D], ["Dense", {"d_in": 3, "d_out": 2}]],
        np.zeros(18, np.float32),
    ),
}


@pytest.mark.parametrize(("layers", "parameters"), BAD.values(), ids=BAD)
def test_a_file_that_does_not_fit_together_is_refused(layers, parameters, tmp_path):
    refused(written(tmp_path / "net.npz", layers, parameters), "saved by mlp")


@pytest.mark.parametrize("names", [{"layers"}, {"parameters"}, set(), {"Layers", "Parameters"}])
def test_missing_entries_are_refused(names, tmp_path):
    entries = {"layers": np.array('[["Dense", {"d_in": 4, "d_out": 2}]]'), "parameters": P}
    path = tmp_path / "net.npz"
    with open(path, "wb") as file:
        np.savez(file, **{name: entries[name.lower()] for name in names})
    refused(path, "saved by mlp")


def test_the_same_file_without_a_fault_loads(tmp_path):
    """What `written` writes is refused above for its fault, not for the way it is written."""
    network = mlp.load(written(tmp_path / "net.npz", [["Dense", D], ["ELU", {"alpha": 2}]], P + 1))
    assert repr(network) == "Sequential(Dense(4, 2), ELU(alpha=2))"
    assert (network(np.ones((1, 4))) == 5).all()


HUGE = {
    "one huge layer": [["Dense", {"d_in": 10**6, "d_out": 10**6}]],
    "beyond any number": [["Dense", {"d_in": 10**300, "d_out": 10**300}]],
    "many large layers": [["Dense", {"d_in": 10**4, "d_out": 10**4}]] * 100,
    "negative to make the sum right": [
        ["Dense", {"d_in": 10**4 - 1, "d_out": 10**4}],
        ["Dense", {"d_in": 10**4 - 1, "d_out": 10 - 10**4}],
    ],
    "negative last": [
        ["Dense", {"d_in": 9_999, "d_out": 9_999}],
        ["Dense", {"d_in": 9_999, "d_out": -9_998}],
        ["Dense", {"d_in": -9_991, "d_out": 1}],
    ],
}


@pytest.fixture
def little_memory():
    """Fail if more than 20 MB are taken, by NumPy or by Python."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("layers", HUGE.values(), ids=HUGE)
def test_sizes_that_the_file_does_not_hold_take_no_memory(layers, tmp_path):
    total = sum((settings["d_in"] + 1) * settings["d_out"] for _, settings in layers)
    n = total if 0 <= total < 10**6 else 10
    refused(written(tmp_path / "net.npz", layers, np.zeros(n, np.float32)))


def npy_header(shape, dtype):
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": dtype, "fortran_order": False, "shape": shape}
    )
    return file.getvalue()


def zipped(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, chunks in members.items():
            with archive.open(name, "w", force_zip64=True) as file:
                for chunk in chunks:
                    file.write(chunk)


GOOD_LAYERS = json.dumps([["Dense", D]])


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("shape", [(10**9,), (10**12,), (10**5, 10**5), (2**62,), (2**64,)])
def test_a_header_that_promises_too_much_takes_no_memory(shape, tmp_path):
    """The file has a few hundred bytes and says that its array has gigabytes."""
    path = tmp_path / "net.npz"
    layers = npy_header((), f"<U{len(GOOD_LAYERS)}") + GOOD_LAYERS.encode("utf-32-le")
    zipped(path, {"layers.npy": [layers], "parameters.npy": [npy_header(shape, "<f4"), bytes(40)]})
    refused(path, "saved by mlp")


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("entry", ["layers", "parameters"])
def test_a_zip_bomb_takes_no_memory(entry, tmp_path):
    """60 MB of zeros, squeezed into 60 kB."""
    path = tmp_path / "net.npz"
    zeros = [bytes(10**6)] * 60
    layers = npy_header((), f"<U{len(GOOD_LAYERS)}") + GOOD_LAYERS.encode("utf-32-le")
    members = {"layers.npy": [layers], "parameters.npy": [npy_header((10,), "<f4"), bytes(40)]}
    if entry == "layers":
        members["layers.npy"] = [npy_header((), "<U15000000"), *zeros]
    else:
        members["parameters.npy"] = [npy_header((15 * 10**6,), "<f4"), *zeros]
    zipped(path, members, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 10**6
    refused(path, "saved by mlp")


def test_names_that_leave_the_archive_write_nothing(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    path = folder / "net.npz"
    zipped(path, {"../layers.npy": [b"x"], "/parameters.npy": [b"y"]})
    refused(path, "saved by mlp")
    assert os.listdir(tmp_path) == ["inner"]
    assert os.listdir(folder) == ["net.npz"]


def test_a_file_is_closed_again(tmp_path, good):
    """A file still open could not be removed on Windows; an unclosed one is a ResourceWarning."""
    path = tmp_path / "net.npz"
    for content in (good[1], good[1][:300], b"text", b""):
        path.write_bytes(content)
        try:
            mlp.load(path)
        except ValueError:
            assert content != good[1]
        path.rename(tmp_path / "moved.npz")
        (tmp_path / "moved.npz").unlink()
