"""Weights to and from Keras, PyTorch and JAX; the frameworks themselves are the reference."""

import os
import subprocess
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"  # read once, at import
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import needs
import numpy as np
import pytest
import torch
from torch import nn

import mlp
from mlp import interop

DTYPES = [np.float32, np.float64]


def network(seed=0, dtype=np.float32):
    """Return a network whose sizes all differ: no transposed matrix fits by accident."""
    net = mlp.Sequential(
        mlp.Dense(7, 6),
        mlp.ReLU(),
        mlp.Dropout(0.5),
        mlp.Dense(6, 5),
        mlp.Tanh(),
        mlp.Dense(5, 3),
        dtype=dtype,
    )
    rng = np.random.default_rng(seed)
    net.parameters[:] = rng.normal(size=net.parameters.size)  # biases, too
    return net


@pytest.fixture(params=DTYPES, ids=["float32", "float64"])
def dtype(request):
    """The type of the numbers, also in JAX, which has to be told."""
    with jax.enable_x64(request.param is np.float64):
        yield request.param


def by_keras(net, x):
    import keras

    name = net.dtype.name
    model = keras.Sequential(
        [
            keras.Input((7,), dtype=name),
            keras.layers.Dense(6, activation="relu", dtype=name),
            keras.layers.Dropout(0.5, dtype=name),
            keras.layers.Dense(5, activation="tanh", dtype=name),
            keras.layers.Dense(3, dtype=name),
        ]
    )
    model.set_weights(interop.to_keras(net))
    return np.asarray(model(x)), model.get_weights()


def by_torch(net, x):
    model = nn.Sequential(
        nn.Linear(7, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)
    ).to(getattr(torch, net.dtype.name))
    model.load_state_dict(interop.to_torch(net), strict=True)
    model.eval()
    return model(torch.from_numpy(x)).detach().numpy(), model.state_dict()


def by_jax(net, x):
    tree = interop.to_jax(net)
    first, second, third = tree
    a = jax.nn.relu(jnp.asarray(x) @ first["weight"] + first["bias"])
    a = jnp.tanh(a @ second["weight"] + second["bias"])
    return np.asarray(a @ third["weight"] + third["bias"]), tree


FRAMEWORKS = {
    "keras": (by_keras, interop.from_keras),
    "torch": (by_torch, interop.from_torch),
    "jax": (by_jax, interop.from_jax),
}
without_tensorflow = pytest.mark.skipif(not needs.tensorflow(), reason=needs.WITHOUT)
each_framework = pytest.mark.parametrize(
    "framework", [pytest.param("keras", marks=without_tensorflow), "torch", "jax"]
)


@each_framework
def test_outputs_are_equal_and_the_way_back_gives_every_bit(framework, dtype):
    net, other = network(0, dtype), network(1, dtype)
    x = np.random.default_rng(2).normal(size=(20, 7)).astype(dtype)
    there, back = FRAMEWORKS[framework]
    output, weights = there(net, x)
    assert output.dtype == dtype
    # Each of 3 layers adds at most 8 products: 50 roundings of numbers below 20 at the very most.
    np.testing.assert_allclose(output, net(x), rtol=0, atol=50 * 20 * np.finfo(dtype).eps)
    assert back(other, weights) is None
    assert (other.parameters == net.parameters).all()
    assert (other(x) == net(x)).all()


@each_framework
def test_nothing_is_shared(framework):
    net, other = network(0), network(1)
    before = net.parameters.copy()
    there, back = FRAMEWORKS[framework]
    _, weights = there(net, np.zeros((1, 7), np.float32))
    back(other, weights)
    other.parameters[:] = 0
    assert (net.parameters == before).all()
    third = network(2)
    back(third, weights)
    assert (third.parameters == before).all()


def test_what_is_returned_can_be_changed_without_changing_the_network():
    net = network()
    before = net.parameters.copy()
    interop.to_keras(net)[0][:] = 0
    interop.to_torch(net)["0.weight"][:] = 0
    assert (net.parameters == before).all()


def test_forms_and_shapes():
    net = network()
    shapes = [(7, 6), (6,), (6, 5), (5,), (5, 3), (3,)]
    assert [a.shape for a in interop.to_keras(net)] == shapes
    state = interop.to_torch(net)
    names = ["0.weight", "0.bias", "3.weight", "3.bias", "5.weight", "5.bias"]
    assert list(state) == names
    assert [tuple(t.shape) for t in state.values()] == [shape[::-1] for shape in shapes]
    tree = interop.to_jax(net)
    assert [layer[kind].shape for layer in tree for kind in ("weight", "bias")] == shapes


def test_the_layout_is_the_one_of_the_layers():
    """The entry from input 4 to unit 2 of the first layer, looked up by hand."""
    net = network()
    w = net.layers[0].weight[4, 2]
    assert interop.to_keras(net)[0][4, 2] == w
    assert interop.to_torch(net)["0.weight"][2, 4] == w
    assert interop.to_jax(net)[0]["weight"][4, 2] == w


# --- what does not fit ----------------------------------------------------------------------------


def changed(sequence, place, value):
    result = list(sequence)
    result[place] = value
    return result


def replaced(entries, **new):
    return {**entries, **{name.replace("_", "."): value for name, value in new.items()}}


def without(entries, name):
    return {key: value for key, value in entries.items() if key != name}


ONES = np.ones((5, 3), np.float32)
ONES_T = torch.ones(5, 3)  # PyTorch's shape would be (3, 5)
LAYER = {"weight": ONES, "bias": ONES[0]}
WRONG = {
    "keras, one missing": (
        interop.from_keras,
        lambda net: interop.to_keras(net)[:-1],
        "weights must be 6 arrays, 0.weight, .*, 5.bias; got 5",
    ),
    "keras, one too many": (
        interop.from_keras,
        lambda net: [*interop.to_keras(net), ONES],
        "6 arrays.*got 7",
    ),
    "keras, transposed": (
        interop.from_keras,
        lambda net: changed(interop.to_keras(net), 4, ONES.T),
        r"5.weight must have shape \(5, 3\), got \(3, 5\)",
    ),
    "keras, other type": (
        interop.from_keras,
        lambda net: changed(interop.to_keras(net), 4, ONES.astype(float)),
        "5.weight must be float32, got float64",
    ),
    "keras, whole numbers": (
        interop.from_keras,
        lambda net: changed(interop.to_keras(net), 5, [1, 2, 3]),
        "5.bias must be float32, got int64",
    ),
    "keras, words": (
        interop.from_keras,
        lambda net: changed(interop.to_keras(net), 5, ["a", "b", "c"]),
        "5.bias must be float32, got <U1",
    ),
    "keras, ragged": (
        interop.from_keras,
        lambda net: changed(interop.to_keras(net), 5, [[1], [2, 3]]),
        "5.bias must be an array",
    ),
    "keras, nan": (
        interop.from_keras,
        lambda net: changed(interop.to_keras(net), 4, ONES * np.nan),
        r"5.weight must hold finite numbers, got nan at index \(0, 0\)",
    ),
    "torch, one missing": (
        interop.from_torch,
        lambda net: without(interop.to_torch(net), "5.bias"),
        "state_dict must have the entries 0.weight, .*, 5.bias; got 0.weight",
    ),
    "torch, one too many": (
        interop.from_torch,
        lambda net: replaced(interop.to_torch(net), x=torch.ones(3)),
        "got .*x",
    ),
    "torch, longer names": (
        interop.from_torch,
        lambda net: {f"module.{name}": w for name, w in interop.to_torch(net).items()},
        "got module.0.weight",
    ),
    "torch, transposed": (
        interop.from_torch,
        lambda net: replaced(interop.to_torch(net), **{"5_weight": ONES_T}),
        r"5.weight must have shape \(5, 3\), got \(3, 5\)",
    ),
    "torch, half precision": (
        interop.from_torch,
        lambda net: replaced(interop.to_torch(net), **{"5_bias": torch.ones(3).half()}),
        "5.bias must be a tensor of torch.float32, got torch.float16",
    ),
    "torch, bfloat16": (
        interop.from_torch,
        lambda net: replaced(interop.to_torch(net), **{"5_bias": torch.ones(3).bfloat16()}),
        "5.bias must be a tensor of torch.float32, got torch.bfloat16",
    ),
    "torch, an array of NumPy": (
        interop.from_torch,
        lambda net: replaced(interop.to_torch(net), **{"5_bias": np.ones(3, net.dtype)}),
        "5.bias must be a tensor",
    ),
    "torch, infinite": (
        interop.from_torch,
        lambda net: replaced(interop.to_torch(net), **{"5_bias": torch.ones(3) / 0}),
        "5.bias must hold finite numbers, got inf",
    ),
    "jax, one layer missing": (
        interop.from_jax,
        lambda net: interop.to_jax(net)[:-1],
        "pytree must have 3 layers, got 2",
    ),
    "jax, other names": (
        interop.from_jax,
        lambda net: changed(interop.to_jax(net), 2, {"kernel": ONES, "bias": ONES[0]}),
        r"pytree\[2\] must have the entries weight, bias; got kernel, bias",
    ),
    "jax, one name missing": (
        interop.from_jax,
        lambda net: changed(interop.to_jax(net), 2, {"weight": ONES}),
        r"pytree\[2\] must have the entries weight, bias; got weight",
    ),
    "jax, transposed": (
        interop.from_jax,
        lambda net: changed(interop.to_jax(net), 2, LAYER | {"weight": ONES.T}),
        r"5.weight must have shape \(5, 3\), got \(3, 5\)",
    ),
    "jax, other type": (
        interop.from_jax,
        lambda net: changed(interop.to_jax(net), 2, LAYER | {"bias": jnp.ones(3, jnp.float16)}),
        "5.bias must be float32, got float16",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_named_and_nothing_is_written(case):
    """The faults are in the last layer: the first would have been written by then."""
    back, form, message = WRONG[case]
    net, other = network(0), network(1)
    before = other.parameters.copy()
    with pytest.raises(ValueError, match=message):
        back(other, form(net))
    assert (other.parameters == before).all()


class Doubling(mlp.Layer):
    """A reader's own layer, without parameters."""

    def forward(self, x, training=False, out=None):
        return 2 * x


class Scaling(mlp.Layer):
    """A reader's own layer, with parameters."""

    def __init__(self):
        self.parameters = np.ones(3, np.float32)

    def bind(self, parameters, gradients):
        parameters[:] = self.parameters
        self.parameters = parameters


class Rows(mlp.Dense):
    """A reader's own layer that uses what it has from Dense in another way."""


TO = [interop.to_keras, interop.to_torch, interop.to_jax]


@pytest.mark.parametrize("to", TO)
@pytest.mark.parametrize("own", [Scaling, lambda: Rows(3, 3)])
def test_own_layers_with_parameters_are_refused(to, own):
    net = mlp.Sequential(mlp.Dense(2, 3), own())
    with pytest.raises(TypeError, match=r"layer 1, .* has parameters that only its author"):
        to(net)
    before = net.parameters.copy()
    with pytest.raises(TypeError, match="layer 1"):
        interop.from_keras(net, [np.zeros((2, 3), np.float32), np.zeros(3, np.float32)])
    assert (net.parameters == before).all()


@pytest.mark.parametrize("to", TO)
def test_own_layers_without_parameters_are_passed_over(to):
    net = mlp.Sequential(Doubling(), mlp.Dense(2, 3), rng=0)
    assert len(jax.tree.leaves(to(net))) == 2


def test_names_in_a_state_dict_count_all_layers():
    net = mlp.Sequential(Doubling(), mlp.Dense(2, 3), rng=0)
    assert list(interop.to_torch(net)) == ["1.weight", "1.bias"]


@pytest.mark.parametrize("to", TO)
def test_only_networks_are_converted(to):
    with pytest.raises(TypeError, match="network must be a Sequential, got Dense"):
        to(mlp.Dense(2, 3))


def test_jax_is_told_of_float64():
    """Without 64 bits JAX rounds; what comes back is refused instead of losing digits."""
    net = network(dtype=np.float64)
    with jax.enable_x64(False):
        tree = interop.to_jax(net)
    with pytest.raises(ValueError, match=r"0.weight must be float64, got float32"):
        interop.from_jax(net, tree)


def test_a_framework_is_imported_when_it_is_called_for():
    code = (
        "import sys, mlp\n"
        "names = {'torch', 'jax', 'keras', 'tensorflow'}\n"
        "assert not names & set(sys.modules)\n"
        "net = mlp.Sequential(mlp.Dense(2, 3), rng=0)\n"
        "mlp.interop.from_keras(net, mlp.interop.to_keras(net))\n"
        "assert not names & set(sys.modules)\n"
        "mlp.interop.to_jax(net)\n"
        "assert names & set(sys.modules) == {'jax'}\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
