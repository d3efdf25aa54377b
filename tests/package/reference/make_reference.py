"""Make the numbers that the tests of optimizers, schedules and training compare `mlp` with.

    python tests/package/reference/make_reference.py

writes optimizers.json, schedules.json and training.json beside this file. Those in the repository
were made by torch 2.13.0 (CPU), optax 0.2.8 (jax 0.10.2) and numpy 2.4 on Linux x86-64. It takes
about half a minute. Run it again after a change and read the difference: the digits may change
in the last place with another version, and in none before the tenth.

Nothing here imports `mlp`. Gradients are the frameworks' own; the tests compute them by formula.
"""

import json
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import torch

HERE = Path(__file__).parent
jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)


def numbers(array):
    """Return nested lists of floats with 12 significant digits."""
    if isinstance(array, (list, tuple)):
        return [numbers(a) for a in array]
    return float(f"{float(array):.12g}")


def write(name, content):
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
    (HERE / name).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8", newline="\n")


def in_float64(schedule):
    """Optax counts steps in int32, which JAX divides in float32."""
    return lambda step: schedule(jnp.asarray(step, jnp.int64))


# Optimizers: a function of six parameters that changes with the step t = 0, 1, …
#
# f_t(θ) = ½ Σ k_i (θ_i - c_i)² + cos(θ_0 + 2 θ_1) + sin(θ_1 θ_2) + θ_2 cos t + [7 divides t] θ_3
#
# Its curvatures lie between 100 and 1e-7; θ_3 feels a gradient in every seventh step only, θ_4
# never, and that of θ_5 is so small that ε decides over the step.
STEPS = 50
CURVATURES = [100.0, 10.0, 1.0, 0.0, 0.0, 1e-7]
CENTERS = [1.0, -1.0, 0.5, 0.0, 0.0, 1.0]
START = [0.5, 0.5, -0.5, 1.0, 1.0, 2.0]


def objective(xp, theta, t):
    k, c = xp.asarray(CURVATURES), xp.asarray(CENTERS)
    return (
        0.5 * (k * (theta - c) ** 2).sum()
        + xp.cos(theta[0] + 2 * theta[1])
        + xp.sin(theta[1] * theta[2])
        + theta[2] * math.cos(t)
        + (theta[3] if t % 7 == 0 else 0.0)
    )


def torch_path(make):
    theta = torch.tensor(START, requires_grad=True)
    optimizer = make([theta])
    path = []
    for t in range(STEPS):
        optimizer.zero_grad()
        objective(torch, theta, t).backward()
        optimizer.step()
        path.append(theta.detach().clone())
    return path


def optax_path(optimizer):
    theta = jnp.array(START)
    state = optimizer.init(theta)
    gradient = jax.grad(lambda theta, t: objective(jnp, theta, t))
    path = []
    for t in range(STEPS):
        updates, state = optimizer.update(gradient(theta, t), state, theta)
        theta = optax.apply_updates(theta, updates)
        path.append(theta)
    return path


# What `mlp` calls it, its arguments there, and the same in a framework.
T, X = torch.optim, optax
OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.01}, lambda p: T.SGD(p, 0.01)),
    ("SGD", {"learning_rate": 0.01, "momentum": 0.9}, lambda p: T.SGD(p, 0.01, momentum=0.9)),
    (
        "SGD",
        {"learning_rate": 0.005, "momentum": 0.9, "nesterov": True},
        lambda p: T.SGD(p, 0.005, momentum=0.9, nesterov=True),
    ),
    (
        "SGD",
        {"learning_rate": 0.01, "weight_decay": 0.3},
        lambda p: T.SGD(p, 0.01, weight_decay=0.3),
    ),
    (
        "SGD",
        {"learning_rate": 0.01, "momentum": 0.5, "weight_decay": 0.3},
        lambda p: T.SGD(p, 0.01, momentum=0.5, weight_decay=0.3),
    ),
    (
        "SGD",
        {"learning_rate": 0.005, "momentum": 0.8, "nesterov": True, "weight_decay": 0.3},
        lambda p: T.SGD(p, 0.005, momentum=0.8, nesterov=True, weight_decay=0.3),
    ),
    ("AdaGrad", {}, lambda p: T.Adagrad(p)),
    ("AdaGrad", {"learning_rate": 0.5}, lambda p: T.Adagrad(p, 0.5)),
    ("AdaGrad", {"learning_rate": 0.5, "eps": 0.1}, lambda p: T.Adagrad(p, 0.5, eps=0.1)),
    ("RMSprop", {}, lambda p: T.RMSprop(p)),
    (
        "RMSprop",
        {"learning_rate": 0.05, "alpha": 0.9},
        lambda p: T.RMSprop(p, 0.05, alpha=0.9),
    ),
    (
        "RMSprop",
        {"learning_rate": 0.05, "alpha": 0.5, "eps": 0.1},
        lambda p: T.RMSprop(p, 0.05, alpha=0.5, eps=0.1),
    ),
    ("Adam", {}, lambda p: T.Adam(p)),
    ("Adam", {"learning_rate": 0.1}, lambda p: T.Adam(p, 0.1)),
    (
        "Adam",
        {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 0.01},
        lambda p: T.Adam(p, 0.1, betas=(0.5, 0.9), eps=0.01),
    ),
    (
        "Adam",
        {"learning_rate": 0.1, "beta1": 0.0, "beta2": 0.99},
        lambda p: T.Adam(p, 0.1, betas=(0.0, 0.99)),
    ),
    ("AdamW", {}, lambda p: T.AdamW(p)),
    (
        "AdamW",
        {"learning_rate": 0.1, "weight_decay": 0.3},
        lambda p: T.AdamW(p, 0.1, weight_decay=0.3),
    ),
    (
        "AdamW",
        {"learning_rate": 0.1, "beta1": 0.7, "beta2": 0.95, "eps": 0.001, "weight_decay": 0.1},
        lambda p: T.AdamW(p, 0.1, betas=(0.7, 0.95), eps=0.001, weight_decay=0.1),
    ),
    # Where Optax has the same convention.
    (
        "SGD",
        {"learning_rate": 0.005, "momentum": 0.9, "nesterov": True},
        X.sgd(0.005, momentum=0.9, nesterov=True),
    ),
    (
        "RMSprop",
        {"learning_rate": 0.05, "alpha": 0.9, "eps": 0.001},
        X.rmsprop(0.05, decay=0.9, eps=0.001, eps_in_sqrt=False),
    ),
    (
        "Adam",
        {"learning_rate": {"CosineDecay": {"initial": 0.1, "steps": 40, "final": 0.01}}},
        X.adam(in_float64(X.cosine_decay_schedule(0.1, 40, alpha=0.1))),
    ),
    (
        "AdamW",
        {
            "learning_rate": {"StepDecay": {"initial": 0.1, "every": 15, "factor": 0.3}},
            "weight_decay": 0.2,
        },
        X.adamw(in_float64(X.exponential_decay(0.1, 15, 0.3, staircase=True)), weight_decay=0.2),
    ),
]


def optimizers():
    cases = []
    for name, arguments, framework in OPTIMIZERS:
        in_torch = not isinstance(framework, optax.GradientTransformation)
        path = torch_path(framework) if in_torch else optax_path(framework)
        cases.append(
            {
                "optimizer": name,
                "arguments": arguments,
                "framework": "torch" if in_torch else "optax",
                "path": numbers([list(theta) for theta in path]),
            }
        )
    return {f"{c['optimizer']} {c['framework']} {c['arguments']}": c for c in cases}


# Schedules: the rate at each step from 0, past the end.
#
# Warmup's convention is that its first step already moves, with then(0) / steps, and that its last,
# number steps - 1, has the full then(0). That is Optax's linear_schedule from then(0) / steps to
# then(0) in steps - 1 transitions, joined at `steps`; PyTorch's LinearLR(start_factor=1 / steps,
# total_iters=steps - 1) in a SequentialLR.


def warmup(steps, then):
    first = float(then(0))
    return X.join_schedules([X.linear_schedule(first / steps, first, steps - 1), then], [steps])


SCHEDULES = [
    (
        {"StepDecay": {"initial": 0.3, "every": 10, "factor": 0.5}},
        X.exponential_decay(0.3, 10, 0.5, staircase=True),
    ),
    (
        {"StepDecay": {"initial": 2.0, "every": 7, "factor": 0.1}},
        X.exponential_decay(2.0, 7, 0.1, staircase=True),
    ),
    (
        {"StepDecay": {"initial": 0.3, "every": 1, "factor": 0.9}},
        X.exponential_decay(0.3, 1, 0.9, staircase=True),
    ),
    (
        {"ExponentialDecay": {"initial": 0.3, "rate": 0.05}},
        X.exponential_decay(0.3, 1, math.exp(-0.05)),
    ),
    (
        {"ExponentialDecay": {"initial": 1.0, "rate": 1.5}},
        X.exponential_decay(1.0, 2, math.exp(-3.0)),
    ),
    ({"CosineDecay": {"initial": 0.3, "steps": 50}}, X.cosine_decay_schedule(0.3, 50)),
    (
        {"CosineDecay": {"initial": 0.4, "steps": 37, "final": 0.1}},
        X.cosine_decay_schedule(0.4, 37, alpha=0.25),
    ),
    ({"CosineDecay": {"initial": 0.4, "steps": 1}}, X.cosine_decay_schedule(0.4, 1)),
    ({"Warmup": {"steps": 10, "then": 0.2}}, warmup(10, X.constant_schedule(0.2))),
    ({"Warmup": {"steps": 1, "then": 0.2}}, X.constant_schedule(0.2)),
    (
        {"Warmup": {"steps": 8, "then": {"CosineDecay": {"initial": 0.3, "steps": 30}}}},
        warmup(8, X.cosine_decay_schedule(0.3, 30)),
    ),
    (
        {
            "Warmup": {
                "steps": 5,
                "then": {"StepDecay": {"initial": 0.3, "every": 10, "factor": 0.5}},
            }
        },
        warmup(5, X.exponential_decay(0.3, 10, 0.5, staircase=True)),
    ),
]


def torch_warmup():
    """Return the rates of PyTorch's own warmup, which must be the same as Optax's."""
    optimizer = torch.optim.SGD([torch.zeros(1)], 0.2)
    linear = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=9)
    constant = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    both = torch.optim.lr_scheduler.SequentialLR(optimizer, [linear, constant], milestones=[10])
    rates = []
    for _ in range(70):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        both.step()
    return rates


def schedules():
    cases = [
        {"schedule": ours, "rates": numbers([theirs(step) for step in range(70)])}
        for ours, theirs in SCHEDULES
    ]
    cases.append({"schedule": SCHEDULES[8][0], "rates": numbers(torch_warmup())})
    return {f"{i} {next(iter(case['schedule']))}": case for i, case in enumerate(cases)}


# Whole training runs in PyTorch.

N, D = 40, 5
BATCH_SIZE = 16  # two batches of 16 and one of 8 in each epoch
TRAINING_STEPS = 100
TRAINING = {
    "ReLU, cross-entropy, Adam": {
        "layers": [["Dense", 5, 8], ["ReLU"], ["Dense", 8, 3]],
        "loss": ["CrossEntropy", {}],
        "target": "classes",
        "optimizer": ["Adam", {"learning_rate": 0.01}],
    },
    "tanh, squared error, SGD with momentum": {
        "layers": [["Dense", 5, 8], ["Tanh"], ["Dense", 8, 2]],
        "loss": ["MeanSquaredError", {}],
        "target": "numbers",
        "optimizer": ["SGD", {"learning_rate": 0.05, "momentum": 0.9}],
    },
    "sigmoid, binary cross-entropy, RMSprop": {
        "layers": [["Dense", 5, 8], ["Sigmoid"], ["Dense", 8, 2]],
        "loss": ["BinaryCrossEntropy", {}],
        "target": "answers",
        "optimizer": ["RMSprop", {"learning_rate": 0.01, "alpha": 0.9}],
    },
    "GELU, smoothed labels, AdamW": {
        "layers": [["Dense", 5, 8], ["GELU"], ["Dense", 8, 6], ["GELU"], ["Dense", 6, 3]],
        "loss": ["CrossEntropy", {"label_smoothing": 0.1}],
        "target": "classes",
        "optimizer": ["AdamW", {"learning_rate": 0.01, "weight_decay": 0.1}],
    },
    "ELU and leaky ReLU, smoothed probabilities, Nesterov with weight decay": {
        "layers": [
            ["Dense", 5, 8],
            ["ELU", 0.7],
            ["Dense", 8, 6],
            ["LeakyReLU", 0.2],
            ["Dense", 6, 3],
        ],
        "loss": ["CrossEntropy", {"label_smoothing": 0.2}],
        "target": "probabilities",
        "optimizer": [
            "SGD",
            {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
        ],
    },
    "SiLU and softplus, Huber, AdaGrad": {
        "layers": [["Dense", 5, 8], ["SiLU"], ["Dense", 8, 6], ["Softplus"], ["Dense", 6, 2]],
        "loss": ["Huber", {"delta": 0.5}],
        "target": "numbers",
        "optimizer": ["AdaGrad", {"learning_rate": 0.1}],
    },
    "softmax, absolute error, Adam": {
        "layers": [["Dense", 5, 8], ["Tanh"], ["Dense", 8, 3], ["Softmax"]],
        "loss": ["MeanAbsoluteError", {}],
        "target": "probabilities",
        "optimizer": ["Adam", {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.99}],
    },
}
LAYERS = {
    "ReLU": torch.nn.ReLU,
    "Tanh": torch.nn.Tanh,
    "Sigmoid": torch.nn.Sigmoid,
    "GELU": lambda: torch.nn.GELU(approximate="tanh"),
    "ELU": torch.nn.ELU,
    "LeakyReLU": torch.nn.LeakyReLU,
    "SiLU": torch.nn.SiLU,
    "Softplus": torch.nn.Softplus,
    "Softmax": lambda: torch.nn.Softmax(dim=-1),
}
LOSSES = {
    "CrossEntropy": torch.nn.CrossEntropyLoss,
    "MeanSquaredError": torch.nn.MSELoss,
    "MeanAbsoluteError": torch.nn.L1Loss,
    "BinaryCrossEntropy": torch.nn.BCEWithLogitsLoss,
    "Huber": torch.nn.HuberLoss,
}


def torch_optimizer(parameters, name, learning_rate, beta1=0.9, beta2=0.999, **arguments):
    cls = getattr(torch.optim, {"AdaGrad": "Adagrad"}.get(name, name))
    if name.startswith("Adam"):
        arguments["betas"] = (beta1, beta2)
    return cls(parameters, learning_rate, **arguments)


def train(case, x, target, orders, weights, dtype):
    """Return the loss of each batch before its step."""
    torch.set_default_dtype(dtype)
    rest = np.array(weights)
    layers = []
    for name, *arguments in case["layers"]:
        if name == "Dense":
            d_in, d_out = arguments
            layer = torch.nn.Linear(d_in, d_out)
            weight, bias, rest = np.split(rest, [d_in * d_out, (d_in + 1) * d_out])
            with torch.no_grad():
                layer.weight[:] = torch.tensor(weight.reshape(d_in, d_out).T)
                layer.bias[:] = torch.tensor(bias)
            layers.append(layer)
        else:
            layers.append(LAYERS[name](*arguments))
    network = torch.nn.Sequential(*layers)
    name, arguments = case["loss"]
    loss = LOSSES[name](**arguments)
    optimizer = torch_optimizer(network.parameters(), case["optimizer"][0], **case["optimizer"][1])
    x, y = torch.tensor(x, dtype=dtype), torch.tensor(target)
    if y.is_floating_point():
        y = y.to(dtype)
    losses = []
    for order in orders:
        for start in range(0, N, BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            optimizer.zero_grad()
            value = loss(network(x[rows]), y[rows])
            value.backward()
            optimizer.step()
            losses.append(float(value.detach()))
    return losses[:TRAINING_STEPS]


def training():
    rng = np.random.default_rng(0)
    epochs = math.ceil(TRAINING_STEPS / math.ceil(N / BATCH_SIZE))
    # Few decimals: the files hold exactly the numbers that were used.
    content = {
        "batch_size": BATCH_SIZE,
        "x": rng.standard_normal((N, D)).round(3).tolist(),
        "classes": rng.integers(0, 3, N).tolist(),
        "numbers": rng.standard_normal((N, 2)).round(3).tolist(),
        "answers": rng.integers(0, 2, (N, 2)).astype(float).tolist(),
        "probabilities": (rng.multinomial(8, [0.2, 0.3, 0.5], N) / 8).tolist(),
        "orders": [rng.permutation(N).tolist() for _ in range(epochs)],
    }
    for name, case in TRAINING.items():
        weights = []
        for layer in case["layers"]:
            if layer[0] == "Dense":
                _, d_in, d_out = layer
                weights += rng.normal(0, 1 / math.sqrt(d_in), d_in * d_out).round(3).tolist()
                weights += rng.normal(0, 0.1, d_out).round(3).tolist()
        data = content["x"], content[case["target"]], content["orders"], weights
        content[name] = {
            **case,
            "weights": weights,
            "losses": numbers(train(case, *data, torch.float64)),
            "losses_float32": numbers(train(case, *data, torch.float32)),
        }
    return content


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    write("optimizers.json", optimizers())
    write("schedules.json", schedules())
    write("training.json", training())
