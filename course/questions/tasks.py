"""Numbers for the tasks of an exam: one function for each chapter, its words are in tasks.yml.

A function draws what is given and computes what is asked, with `mlp` where it can.
"""

import io

import numpy as np

import mlp
from course.questions.draw import SMALL, pick, picks, some
from course.questions.templates.networks import network

TRIPLES = ((3, 4), (4, -3), (-3, 4), (-4, 3), (3, -4), (6, 8), (-8, 6), (8, -6))
PROBABILITIES = ((0.1, 0.2, 0.7), (0.1, 0.3, 0.6), (0.2, 0.3, 0.5), (0.1, 0.4, 0.5))


def neurons(rng):
    """Draw a neuron and a point off its line, where the neuron is wrong."""
    w, x = np.array(pick(rng, TRIPLES)), np.array(picks(rng, SMALL, 2))
    b = pick(rng, (-10, -5, 5, 10))
    z = int(w @ x + b)
    if z == 0:
        return neurons(rng)
    said = int(z > 0)
    push = 1 - 2 * said
    new_w, new_b = w + push * x, b + push
    new_z = int(new_w @ x + new_b)
    length = np.linalg.norm(w)
    return {
        "w": w,
        "b": b,
        "x": x,
        "z": z,
        "said": said,
        "y": 1 - said,
        "length": length,
        "distance": abs(z) / length,
        "new_w": new_w,
        "new_b": new_b,
        "new_z": new_z,
        "good": (new_z > 0) != said,
    }


def networks(rng):
    """Draw a network of two unlike hidden units, each on for some inputs and off for others."""
    weight, bias = np.reshape(picks(rng, (-2, -1, 1, 2), 4), (2, 2)), picks(rng, (-1, 0, 1), 2)
    out, last = np.array(picks(rng, (-2, -1, 1, 2), 2)), pick(rng, (-1, 1, 2))
    inputs = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
    net = network((weight, bias), (out[:, None], [last]))
    outputs = net(inputs)[:, 0]
    hidden = np.maximum(0, inputs @ weight + bias)
    bent = ((hidden > 0).any(axis=0) & (hidden == 0).any(axis=0)).all()
    if not bent or np.array_equal(hidden[:, 0], hidden[:, 1]):
        return networks(rng)
    sizes = pick(rng, (3, 4, 5, 8)), pick(rng, (6, 10, 12)), pick(rng, (2, 3, 4))
    counted = mlp.Sequential(mlp.Dense(*sizes[:2]), mlp.ReLU(), mlp.Dense(*sizes[1:]), rng=0)
    return {
        "first": weight[:, 0],
        "second": weight[:, 1],
        "bias": bias,
        "out": out,
        "last": last,
        "hidden": hidden,
        "outputs": outputs,
        "one_w": weight @ out,
        "one_b": np.dot(bias, out) + last,
        "sizes": sizes,
        "widths": "–".join(map(str, sizes)),
        "parameters": counted.parameters.size,
    }


def activations(rng):
    """Draw a chain of layers, a layer to start, and scores."""
    layers, weight = pick(rng, (2, 3)), pick(rng, (0.4, 0.8, 1.2, 2, 3))
    inputs, odds = (
        pick(rng, (8, 20, 40, 50, 100, 200)),
        pick(rng, ((1, 2, 7), (1, 3, 6), (2, 3, 5))),
    )
    odds = some(rng, odds, 3)
    steepest = mlp.Sigmoid().derivative(np.zeros(1)).item()
    return {
        "layers": layers,
        "weight": weight,
        "vanish": (weight * steepest) ** layers,
        "relu": weight**layers,
        "inputs": inputs,
        "variance": 2 / inputs,
        "odds": odds,
        "total": sum(odds),
        "p": mlp.Softmax()(np.log([odds]))[0],
    }


def losses(rng):
    """Draw probabilities, and a neuron that is sure and wrong."""
    p, right = np.array(some(rng, pick(rng, PROBABILITIES), 3)), pick(rng, (1, 2, 3))
    loss = mlp.CrossEntropy()
    loss.forward(np.log([p]), np.array([right - 1]))
    sure = pick(rng, (0.8, 0.9, 0.95))
    deaf = 2 * sure * sure * (1 - sure)
    return {"p": p, "right": right, "gradient": loss.backward()[0], "sure": sure, "deaf": deaf}


def backprop(rng):
    """Draw a network of which one hidden unit is on and one is off."""
    weight, bias = np.reshape(picks(rng, (-2, -1, 1, 2), 4), (2, 2)), picks(rng, (-1, 0, 1), 2)
    out, last = np.array(picks(rng, (-2, -1, 1, 2), 2)), pick(rng, (-1, 1))
    x, y = np.array(picks(rng, (1, 2, 3), 2)), pick(rng, (-1, 0, 1, 2))
    rate = pick(rng, (0.1, 0.2, 0.5))
    net, loss = network((weight, bias), (out[:, None], [last])), mlp.MeanSquaredError()
    z = x @ weight + bias
    prediction = net.forward(x[None], training=True)
    if (z > 0).sum() != 1 or (z == 0).any() or abs(prediction.item() - y) not in (1, 2, 3):
        return backprop(rng)
    value = loss.forward(prediction, np.array([[y]]))
    net.backward(loss.backward())
    hidden, output = net.layers[0], net.layers[2]
    return {
        "x": x,
        "first": weight[:, 0],
        "second": weight[:, 1],
        "bias": bias,
        "out": out,
        "last": last,
        "y": y,
        "rate": rate,
        "z": z,
        "a": np.maximum(0, z),
        "prediction": prediction.item(),
        "loss": value,
        "delta": output.bias_grad.item(),
        "grad_out": output.weight_grad[:, 0],
        "delta_hidden": hidden.bias_grad,
        "grad_first": hidden.weight_grad[:, 0],
        "grad_second": hidden.weight_grad[:, 1],
        "new_last": last - rate * output.bias_grad.item(),
    }


def optim(rng):
    """Draw a bowl, and settings of momentum and Adam."""
    curvature, memory = pick(rng, (4, 5, 8, 10)), pick(rng, (0.5, 0.8, 0.9))
    rate, start = pick(rng, (0.5, 0.8)) / curvature, pick(rng, (10, 20, -10))
    sgd, theta = mlp.SGD(rate, momentum=memory), np.array([float(start)])
    places, slopes = [], []
    for _ in range(2):
        slopes.append(curvature * theta.item())
        sgd.step(theta, curvature * theta)
        places.append(theta.item())
    return {
        "curvature": curvature,
        "limit": 2 / curvature,
        "memory": memory,
        "rate": rate,
        "start": start,
        "theta": places,
        "g": slopes,
        "v": [slopes[0], memory * slopes[0] + slopes[1]],
        "adam_rate": pick(rng, (0.01, 0.02, 0.05)),
        "slope": pick(rng, (3, 6, 12)),
    }


def training(rng):
    """Draw two curves that one can read, and an accuracy."""
    epochs, stop = 60, pick(rng, (15, 20, 25, 30))
    best, rise, begin = pick(rng, (0.5, 0.6, 0.7)), pick(rng, (0.4, 0.5, 0.6)), 2.3
    epoch = np.arange(0, epochs + 1, 5)
    falling = best + (begin - best) * ((stop - epoch) / stop) ** 2
    rising = best + rise * (epoch - stop) / (epochs - stop)
    validation = np.where(epoch < stop, falling, rising)
    training = 0.1 + (begin - 0.1) * np.exp(-epoch / 6)
    percent, images = pick(rng, ((90, 900), (80, 400), (90, 225), (80, 1600), (90, 400)))
    return {
        "epochs": epochs,
        "epoch": epoch,
        "validation": validation,
        "training": training,
        "begin": begin,
        "best": validation.min(),
        "stop": epoch[validation.argmin()],
        "low": round(training[-1], 1),
        "end": validation[-1],
        "there": round(training[validation.argmin()], 1),
        "percent": percent,
        "images": images,
        "other": percent + 1,
        "spread": 100 * np.sqrt(percent / 100 * (1 - percent / 100) / images),
    }


def draw_training(values, axes) -> bytes:
    """Draw the curves, in black for a printer; the words are those of the axes."""
    import matplotlib.pyplot as plt

    with plt.rc_context({"svg.hashsalt": "exam", "svg.fonttype": "path", "font.size": 11}):
        figure, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
        ax.plot(values["epoch"], values["training"], "k-o", ms=4, label=axes["training"])
        ax.plot(values["epoch"], values["validation"], "k--s", ms=4, label=axes["validation"])
        ax.set(xlabel=axes["epoch"], ylabel=axes["loss"], xlim=(0, values["epochs"]), ylim=(0, 2.4))
        ax.set_xticks(values["epoch"])
        ax.set_yticks(np.arange(0, 2.5, 0.2))
        ax.grid(color="0.85")
        ax.legend()
        file = io.BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
        plt.close(figure)
    return file.getvalue()


STEP = """\
def step(x, y, w1, b1, w2, b2, rate):
    z = x @ w1 + b1
    a = np.maximum(0, z)
    prediction = a @ w2 + b2
    grad = 2 * (prediction - y) / len(x)
    grad_w2 = a.T @ grad
    grad_b2 = grad.sum(axis=0)
    grad_z = (grad @ w2.T) * (z > 0)
    grad_w1 = x.T @ grad_z
    grad_b1 = grad_z.sum(axis=0)
    w1 -= rate * grad_w1
    b1 -= rate * grad_b1
    w2 -= rate * grad_w2
    b2 -= rate * grad_b2
    return np.mean((prediction - y) ** 2)"""
FAULTS = {  # what stands there, and what is planted
    "mean": ("grad = 2 * (prediction - y) / len(x)", "grad = 2 * (prediction - y)"),
    "sign": ("w1 -= rate * grad_w1", "w1 += rate * grad_w1"),
    "derivative": ("grad_z = (grad @ w2.T) * (z > 0)", "grad_z = grad @ w2.T"),
    "bias": ("grad_b2 = grad.sum(axis=0)", "grad_b2 = grad.mean(axis=0)"),
}


def wrong(rng):
    """Draw one of the faults, and a classifier that starts badly."""
    case = pick(rng, list(FAULTS))
    right, planted = FAULTS[case]
    lines = STEP.replace(right, planted).splitlines()
    line = next(number for number, it in enumerate(lines, 1) if it.strip() == planted)
    classes = pick(rng, (5, 10, 20, 50))
    guess = mlp.CrossEntropy().forward(np.zeros((1, classes)), np.array([0]))
    return {
        "case": case,
        "line": line,
        "right": right,
        "code": "\n".join(f"{number:2}  {it}" for number, it in enumerate(lines, 1)),
        "rows": pick(rng, (8, 16, 32)),
        "classes": classes,
        "guess": round(guess, 2),
        "started": pick(rng, (14, 17, 21)),
    }


def frameworks(rng):
    """Draw a model, and the slopes of three batches."""
    rate, start = pick(rng, (0.1, 0.2, 0.5)), pick(rng, (1, 2, 3))
    slopes = np.array(picks(rng, SMALL, 3))
    if slopes.sum() == 0:
        return frameworks(rng)
    classes = pick(rng, (4, 5, 8, 10))
    ends = []
    for given in (np.cumsum(slopes), slopes):
        theta, sgd = np.array([float(start)]), mlp.SGD(rate)
        for slope in given:
            sgd.step(theta, np.array([float(slope)]))
        ends.append(theta.item())
    return {
        "classes": classes,
        "inputs": pick(rng, (20, 30, 64)),
        "hidden": pick(rng, (16, 24, 40)),
        "rate": rate,
        "start": start,
        "slopes": slopes,
        "sums": np.cumsum(slopes),
        "piled": ends[0],
        "mended": ends[1],
        "floor": mlp.CrossEntropy().forward(np.eye(classes)[:1], np.array([0])),
    }


def outlook(rng):
    """Draw one of the stories, and how many images there are."""
    images, classes = pick(rng, (500, 1000, 2000)), pick(rng, (3, 4, 5))
    common = images * pick(rng, (6, 7, 8)) // 10
    guess = mlp.CrossEntropy().forward(np.zeros((1, classes)), np.array([0]))
    test = images // 5
    return {
        "case": pick(rng, ("clinic", "birds", "letters", "screws")),
        "images": images,
        "classes": classes,
        "days": pick(rng, (12, 15, 18)),
        "train": images - 2 * test,
        "validate": test,
        "test": test,
        "guess": round(guess, 2),
        "common": common,
        "baseline": 100 * common / images,
        "reached": 100 * common // images + 5,
    }
