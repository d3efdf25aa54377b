"""What chapter 9 concludes about the frameworks, tested apart from its own code."""

import inspect
import math
import os
import subprocess
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"  # read once, at import
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import needs
import numpy as np
import optax
import pytest
import torch
from torch import nn

import mlp
from mlp import interop

without_tensorflow = pytest.mark.skipif(not needs.tensorflow(), reason=needs.WITHOUT)
if needs.tensorflow():
    import keras

torch.set_num_threads(1)  # with more, networks as small as these take longer

DIGITS = mlp.datasets.digits()
X, Y = DIGITS.x_train.astype(np.float64), DIGITS.y_train
BATCHES = np.random.default_rng(5).integers(0, len(X), (100, 32))
# SGD: a gradient below 1 is rounded by less than 1e-15, and momentum makes ten times a step of it.
# Adam: a step of 1e-3 changes by 1e-3 · 1e-16 / ε if the gradient is as small as ε = 1e-8.
SGD_LIMIT, ADAM_LIMIT = 1e-13, 1e-11


def network():
    return mlp.Sequential(mlp.Dense(64, 24), mlp.ReLU(), mlp.Dense(24, 10), rng=3, dtype=np.float64)


def gradient(net, rows):
    loss = mlp.CrossEntropy()
    loss(net(X[rows]), Y[rows])
    net.backward(loss.backward())
    return net.gradients


def path(optimizer):
    """Return the parameters of mlp after each step."""
    net, steps = network(), []
    for rows in BATCHES:
        optimizer.step(net.parameters, gradient(net, rows))
        steps.append(net.parameters.copy())
    return np.array(steps)


def torch_network():
    model = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10)).double()
    model.load_state_dict(interop.to_torch(network()))
    return model


def torch_path(optimizer):
    model, net, steps = torch_network(), network(), []
    optimizer = optimizer(model.parameters())
    x, y = torch.from_numpy(X), torch.from_numpy(Y)
    for rows in BATCHES:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x[rows]), y[rows]).backward()
        optimizer.step()
        interop.from_torch(net, model.state_dict())
        steps.append(net.parameters.copy())
    return np.array(steps)


def jax_path(optimizer):
    def loss(tree, x, y):
        a = jax.nn.relu(x @ tree[0]["weight"] + tree[0]["bias"])
        log_p = jax.nn.log_softmax(a @ tree[1]["weight"] + tree[1]["bias"])
        return -log_p[jnp.arange(len(y)), y].mean()

    net, steps = network(), []
    with jax.enable_x64(True):
        slope = jax.jit(jax.grad(loss))
        tree = interop.to_jax(net)
        state = optimizer.init(tree)
        for rows in BATCHES:
            updates, state = optimizer.update(slope(tree, X[rows], Y[rows]), state)
            tree = optax.apply_updates(tree, updates)
            interop.from_jax(net, tree)
            steps.append(net.parameters.copy())
    return np.array(steps)


@pytest.mark.parametrize("framework", ["torch", "jax"])
@pytest.mark.parametrize("rule", ["SGD", "Adam"])
def test_a_hundred_steps_stay_together(framework, rule):
    if rule == "SGD":
        ours, limit = path(mlp.SGD(0.1, momentum=0.9)), SGD_LIMIT
        theirs = {
            "torch": lambda: torch_path(lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
            "jax": lambda: jax_path(optax.sgd(0.1, momentum=0.9)),
        }
    else:
        ours, limit = path(mlp.Adam()), ADAM_LIMIT
        theirs = {
            "torch": lambda: torch_path(torch.optim.Adam),
            "jax": lambda: jax_path(optax.adam(1e-3)),
        }
    assert np.abs(ours[-1] - network().parameters).max() > 0.03  # they went somewhere
    assert np.abs(theirs[framework]() - ours).max() < limit


def test_with_a_schedule_torch_and_optax_still_follow():
    """The rate falls to a tenth after 50 steps; the rate of PyTorch is set by hand."""
    ours = path(mlp.SGD(mlp.StepDecay(0.1, every=50, factor=0.1), momentum=0.9))
    schedule = optax.piecewise_constant_schedule(0.1, {50: 0.1})
    theirs = jax_path(optax.sgd(schedule, momentum=0.9))
    # optax computes its schedule in float32 or float64; a rate rounded to float32 moves each of 100
    # steps, of at most 1, by 6e-8 of itself.
    assert np.abs(theirs - ours).max() < 1e-5

    class Falling(torch.optim.SGD):
        steps = 0

        def step(self):
            self.param_groups[0]["lr"] = 0.1 if self.steps < 50 else 0.1 * 0.1
            self.steps += 1
            super().step()

    theirs = torch_path(lambda p: Falling(p, 0.1, momentum=0.9))
    assert np.abs(theirs - ours).max() < SGD_LIMIT
    constant = path(mlp.SGD(0.1, momentum=0.9))
    assert np.abs(constant - ours).max() > 1e-2  # the schedule makes a difference


# --- Keras' optimizers, on one vector with gradients given ----------------------------------------

GRADIENTS = np.random.default_rng(0).normal(size=(30, 8)) * 10.0 ** -np.arange(8)


@pytest.fixture
def in_float64():
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


def keras_steps(optimizer):
    theta = keras.Variable(np.zeros(8), dtype="float64")
    steps = []
    for g in GRADIENTS:
        optimizer.apply([keras.ops.convert_to_tensor(g)], [theta])
        steps.append(theta.numpy())
    return np.array(steps)


def mlp_steps(optimizer, eps=None):
    theta, g, steps = np.zeros(8), np.zeros(8), []
    for t, g[:] in enumerate(GRADIENTS, start=1):
        if eps is not None:
            optimizer.eps = eps / math.sqrt(1 - optimizer.beta2**t)
        optimizer.step(theta, g)
        steps.append(theta.copy())
    return np.array(steps)


@without_tensorflow
def test_keras_rounds_the_momentum_to_float32(in_float64):
    theirs = keras_steps(keras.optimizers.SGD(0.1, momentum=0.9))
    rounded = float(np.float32(0.9))
    np.testing.assert_allclose(theirs, mlp_steps(mlp.SGD(0.1, momentum=rounded)), rtol=1e-12)
    ours = mlp_steps(mlp.SGD(0.1, momentum=0.9))
    np.testing.assert_allclose(theirs[0], ours[0], rtol=1e-12)
    assert (np.abs(theirs[1] - ours[1]) > 1e-9 * np.abs(ours[1])).any()


@without_tensorflow
def test_keras_has_epsilon_beside_the_uncorrected_root(in_float64):
    theirs = keras_steps(keras.optimizers.Adam(1e-3))
    # Its powers of beta are rounded to float32, which changes 1 - 0.999 by 1.3e-5 of itself.
    np.testing.assert_allclose(theirs, mlp_steps(mlp.Adam(), eps=1e-7), rtol=2e-5, atol=1e-9)
    ours = mlp_steps(mlp.Adam())
    size = np.abs(GRADIENTS[0])
    np.testing.assert_allclose(np.abs(ours[0]), 1e-3 * size / (size + 1e-8), rtol=1e-9)
    kerass = 1e-3 * size / (size + 1e-7 / math.sqrt(0.001))
    np.testing.assert_allclose(np.abs(theirs[0]), kerass, rtol=2e-5)
    assert kerass[-1] < 0.1e-3  # so the two differ by nearly a whole step
    assert abs(ours[0, -1]) > 0.8e-3


@without_tensorflow
def test_keras_has_the_rate_inside_the_velocity(in_float64):
    """Two steps with gradient 1 and no other, rates 1 and then 0.1: by hand, momentum 1/2."""
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([0], [1.0, 0.1])
    optimizer = keras.optimizers.SGD(schedule, momentum=0.5)
    theta, steps = keras.Variable(np.zeros(1), dtype="float64"), []
    for g in (1.0, 0.0):
        optimizer.apply([keras.ops.convert_to_tensor(np.array([g]))], [theta])
        steps.append(float(theta.numpy()[0]))
    assert steps == pytest.approx([-1, -1.5])  # rate outside: -1.05
    ours, rates = np.zeros(1), mlp.StepDecay(1.0, every=1, factor=0.1)
    optimizer = mlp.SGD(rates, momentum=0.5)
    for g in (1.0, 0.0):
        optimizer.step(ours, np.array([g]))
    assert ours[0] == pytest.approx(-1.05)


# --- conventions ----------------------------------------------------------------------------------


def test_two_softmaxes_have_a_floor():
    floor = math.log(math.e + 9) - 1
    z = torch.tensor(np.random.default_rng(0).normal(0, 30, (200, 10)))
    best = z.argmax(dim=1)
    losses = nn.functional.cross_entropy(z.softmax(dim=1), best, reduction="none")
    assert losses.min() == pytest.approx(floor, abs=1e-6)
    assert losses.min() >= floor - 1e-12
    assert nn.functional.cross_entropy(z, best, reduction="none").min() < 1e-6


@without_tensorflow
def test_logits_taken_for_probabilities_get_no_gradient_where_they_are_clipped():
    z = keras.Variable([[-2.0, 0.5, 3.0, 0.2]])
    truth = np.array([1])
    losses = keras.losses.SparseCategoricalCrossentropy
    import tensorflow as tf

    with tf.GradientTape(persistent=True) as tape:
        mistaken, right = losses()(truth, z), losses(from_logits=True)(truth, z)
    gradient = tape.gradient(mistaken, z.value).numpy()[0]
    clipped = np.clip([-2, 0.5, 3, 0.2], 1e-7, 1 - 1e-7)
    assert float(mistaken) == pytest.approx(-math.log(0.5 / clipped.sum()), rel=1e-5)
    assert (gradient[[0, 2]] == 0).all()
    assert (gradient[[1, 3]] != 0).all()
    p = np.exp([-2, 0.5, 3, 0.2])
    assert float(right) == pytest.approx(-math.log(p[1] / p.sum()), rel=1e-5)


@without_tensorflow
def test_apply_wants_the_variables():
    with pytest.raises(ValueError, match="variables"):
        keras.optimizers.Adam().apply([keras.ops.ones(2)])


@pytest.mark.parametrize(
    ("adamw", "decay"),
    [
        (lambda: mlp.AdamW, 0.01),
        (lambda: torch.optim.AdamW, 0.01),
        (lambda: optax.adamw, 0.0001),
        pytest.param(lambda: keras.optimizers.AdamW, 0.004, marks=without_tensorflow),
    ],
    ids=["mlp", "torch", "optax", "keras"],
)
def test_default_decay_of_adamw_in_the_table(adamw, decay):
    assert inspect.signature(adamw()).parameters["weight_decay"].default == decay


def test_default_weights_of_torch():
    torch.manual_seed(0)
    layer = nn.Linear(300, 200)
    for values in (layer.weight, layer.bias):
        assert 0.9 / math.sqrt(300) < values.abs().max() <= 1 / math.sqrt(300)
    assert float(layer.weight.detach().var()) == pytest.approx(1 / 900, rel=0.03)


@without_tensorflow
def test_default_weights_of_keras():
    layer = keras.layers.Dense(200, kernel_initializer=keras.initializers.GlorotUniform(0))
    default = keras.layers.Dense(200).get_config()["kernel_initializer"]
    assert default["class_name"] == "GlorotUniform"
    layer.build((None, 300))
    assert np.var(layer.kernel) == pytest.approx(2 / 500, rel=0.03)
    assert not np.any(layer.bias)


def test_torch_adds_gradients_and_mlp_overwrites_them():
    rows = BATCHES[0]
    net, model = network(), torch_network()
    once = gradient(net, rows).copy()
    for _ in range(2):
        loss = nn.functional.cross_entropy(model(torch.from_numpy(X[rows])), torch.tensor(Y[rows]))
        loss.backward()
    twice = np.concatenate([p.grad.numpy().T.ravel() for p in model.parameters()])
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-9, atol=1e-15)
    assert (gradient(net, rows) == once).all()


def test_what_weights_only_reads_and_refuses(tmp_path):
    """As the text says; and a class of one's own, whose code would run, is refused."""
    plain = ({"a": torch.ones(2), "b": [1, 2.5, True, None, "c", b"d"]}, {3}, 1j)
    torch.save(plain, tmp_path / "plain.pt")
    read = torch.load(tmp_path / "plain.pt", weights_only=True)
    assert read[0]["b"] == plain[0]["b"]
    assert read[1:] == plain[1:]
    torch.save(Path("x"), tmp_path / "class.pt")
    with pytest.raises(Exception, match="Weights only load failed"):
        torch.load(tmp_path / "class.pt", weights_only=True)
    assert inspect.signature(torch.load).parameters["weights_only"].default is not False


def test_of_jax_s_branches_under_jit():
    def leaky(z):
        return z if z > 0 else 0.5 * z

    assert jax.grad(leaky)(-1.0) == 0.5
    with pytest.raises(jax.errors.TracerBoolConversionError):
        jax.jit(leaky)(-1.0)


# --- two processes --------------------------------------------------------------------------------

WORKER = """
import sys
import numpy as np, torch
from torch import distributed, nn

folder, rank, meeting = sys.argv[1], int(sys.argv[2]), sys.argv[3]
distributed.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
model = nn.Sequential(nn.Linear(64, 24), nn.ReLU(), nn.Linear(24, 10)).double()
model.load_state_dict(torch.load(f"{folder}/start.pt", weights_only=True))
parallel = nn.parallel.DistributedDataParallel(model)
data = np.load(f"{folder}/data.npz")
x, y = torch.from_numpy(data["x"]), torch.from_numpy(data["y"])
half = slice(16 * rank, 16 * (rank + 1))
nn.functional.cross_entropy(parallel(x[half]), y[half]).backward()
gradient = {name: p.grad for name, p in model.named_parameters()}
torch.save(gradient, f"{folder}/{rank}.pt")
distributed.destroy_process_group()
"""


def test_two_processes_find_the_gradient_of_one(tmp_path: Path):
    rows = BATCHES[0]
    (tmp_path / "worker.py").write_text(WORKER)
    torch.save(interop.to_torch(network()), tmp_path / "start.pt")
    np.savez(tmp_path / "data.npz", x=X[rows], y=Y[rows])
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    if sys.platform == "linux":
        environment["GLOO_SOCKET_IFNAME"] = "lo"
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                str(tmp_path / "worker.py"),
                str(tmp_path),
                rank,
                (tmp_path / "meeting").as_uri(),
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in ("0", "1")
    ]
    try:
        for process in processes:
            output, _ = process.communicate(timeout=120)
            assert process.returncode == 0, output
    finally:
        for process in processes:
            process.kill()
    alone = gradient(network(), rows).copy()
    half = gradient(network(), rows[:16])
    assert np.abs(half - alone).max() > 1e-3  # so that no process did it on its half
    for rank in (0, 1):
        both = network()
        interop.from_torch(both, torch.load(tmp_path / f"{rank}.pt", weights_only=True))
        np.testing.assert_allclose(both.parameters, alone, rtol=1e-9, atol=1e-15)
