"""Every variant of the numeric questions, calculated a second time from the numbers in its text."""

import math
import re
from statistics import fmean, pstdev

import pytest

from course.questions.pools import CHAPTERS, VARIANTS, pools

INDEX = re.compile(r"[_^](?:\{\(?\d+\)?\}|\d)")  # of a symbol, and no number of the question
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def numbers(text: str) -> list[float]:
    return [float(it) for it in NUMBER.findall(INDEX.sub("", text).replace("x - ", "x -"))]


def dot(a, b) -> float:
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def sizes(d, h, o):
    return d * h, h * o


def relu_network(a, b, c, d, e, f, u, v, o, x, y):
    return u * max(0, a * x + b * y + e) + v * max(0, c * x + d * y + f) + o


def squares_of_two(p, *scores):
    return scores[0] ** 2 / sum(it**2 for it in scores)


def jacobian(*it):
    p, i, j = it[:3], *map(int, it[3:])
    return -p[i - 1] * p[j - 1]


def bowl(curvature, two, rate, theta, count):
    for _ in range(int(count)):
        theta -= rate * 2 * curvature / two * theta
    return theta


def huber(small, large, delta):
    return (small**2 / 2 + delta * abs(large) - delta**2 / 2) / 2


def coin(first, second):
    few, tosses = min(first, second), int(first + second)
    rows = [1]  # of Pascal's triangle
    for _ in range(tosses):
        rows = [a + b for a, b in zip([0, *rows], [*rows, 0], strict=True)]
    return 2 * sum(rows[: int(few) + 1]) / sum(rows)


def without_zero_grad(g, h, k, rate, start):
    return start - rate * (3 * g + 2 * h + k)


def momentum(mu, rate, theta, _, g, h):
    return theta - rate * g * (1 + mu) - rate * h


def pytorch(mu, _, rate, g, later, h):
    return -rate * g - later * (mu * g + h)


def adam(rate, beta1, beta2, theta, g):
    return theta - math.copysign(rate, g)


def oja(v, w, rate, x, y):
    a = v * x + w * y
    return v + rate * (a * x - a**2 * v)


def broadcast(*it):
    p, q = it[3:5]  # after the exponent and the shape (2, 1)
    r, s = it[6:8]  # after the shape (2,)
    return fmean([(p - r) ** 2, (p - s) ** 2, (q - r) ** 2, (q - s) ** 2])


def backprop_hidden(d, e, a, b, c, f, activation):
    return (a * d + b * e) * activation * (1 - activation)


AGAIN = {
    "neurons-weighted-sum": lambda v, w, b, x, y: v * x + w * y + b,
    "neurons-distance": lambda v, w, b, x, y: (v * x + w * y + b) / math.hypot(v, w),
    "neurons-perceptron": lambda v, w, b, x, y, target, rate: v + (x if target else -x),
    "neurons-bound": lambda radius, margin: radius * radius / margin / margin,
    "neurons-slope": lambda p, x, y, target: (p - target) * x,
    "networks-parameters": lambda d, h, o: sum(sizes(d, h, o)) + h + o,
    "networks-forward": relu_network,
    "networks-collapse": lambda a, b, c, d, e, f, u, v, o: u * e + v * f + o,
    "networks-bend": lambda _, *it: sum(
        c for c, k in zip(it[:3], it[3:6], strict=True) if k < it[6]
    ),
    "networks-multiplications": lambda d, h, o, rows: rows * sum(sizes(d, h, o)),
    "activations-tanh": lambda a, g: g / math.cosh(math.atanh(a)) ** 2,
    "activations-vanish": lambda layers, w: math.prod([w / 4] * int(layers)),
    "activations-he": lambda inputs, units: (inputs / 2) ** -0.5,
    "activations-softmax": lambda a, b, c: a * a / (a * a + b * b + c * c),
    "activations-jacobian": jacobian,
    "losses-surprise": lambda p, q, r: -math.log(p * q * r) / 3,
    "losses-pull": lambda p, q, r, rows, right, _: ((p, q, r)[int(right) - 1] - 1) / rows,
    "losses-huber": huber,
    "losses-smoothing": lambda classes, weight: 1 - weight * (classes - 1) / classes,
    "losses-bits": lambda *it: dot(it[:4], [math.log2(1 / p) for p in it[4:]]),
    "backprop-neuron": lambda w, b, x, y: 2 * (w * x * x + (b - y) * x),
    "backprop-hidden": backprop_hidden,
    "backprop-weights": lambda *it: dot(it[:3], it[3:]),
    "backprop-twice": lambda c, d, x: 3 * c * x * x + 2 * d * x,
    "backprop-difference": lambda h, c, x: c * (3 * x * x + h * h),
    "optim-bowl": bowl,
    "optim-stable": lambda *it: 2 / max(it),
    "optim-momentum": momentum,
    "optim-adam": adam,
    "optim-noise": lambda spread, batch: math.sqrt(spread * spread / batch),
    "training-dropout": lambda a, rate: a * (1 + rate / (1 - rate)),
    "training-interval": lambda percent, n: math.sqrt(percent * (100 - percent) / n),
    "training-decay": lambda rate, decay, w, g: w - rate * (g + decay * w),
    "training-mcnemar": coin,
    "training-scaling": lambda *it: (it[6] - fmean(it[:4])) / pstdev(it[:4]),
    "wrong-guess": lambda classes: -math.log(1 / classes),
    "wrong-broadcast": broadcast,
    "wrong-rare": lambda ill, found, well, cleared: 50 * (found / ill + cleared / well),
    "wrong-ratio": lambda a, b, c, d: c / a,
    "wrong-unit": lambda rate, factor: rate / factor / factor,
    "frameworks-memory": lambda d, h, o, _, size: 4 * size * (sum(sizes(d, h, o)) + h + o),
    "frameworks-zero-grad": without_zero_grad,
    "frameworks-softmax-twice": lambda k: -math.log(math.e / (math.e + k - 1)),
    "frameworks-shares": lambda m, g, n, h: (m * g + n * h) / (m + n),
    "frameworks-velocity": pytorch,
    "outlook-count": lambda rate, percent: (100 / percent) ** 2 / rate,
    "outlook-attack": lambda *it: it[4] * sum(map(abs, it[:4])),
    "outlook-oja": oja,
    "outlook-convolution": lambda filters, k, _, channels: filters * (k * k * channels + 1),
    "outlook-attention": lambda odds, _, v, w: (odds * v + w) / (odds + 1),
}

by_pool = pytest.mark.parametrize("pool", pools(), ids=lambda pool: pool.id)


def test_five_pools_for_each_chapter():
    assert [pool.chapter for pool in pools()] == [c for c in range(1, 11) for _ in range(5)]
    assert [pool.id for pool in pools()] == list(AGAIN)
    assert len(CHAPTERS) == 10


@by_pool
def test_variants(pool):
    questions = pool.variants("practice")
    assert len({it.text for it in questions}) == len({it.id for it in questions}) == VARIANTS
    for it in questions:
        asked = re.sub(r" Give \w+ decimals?\.$", "", it.text)
        given = numbers(asked)
        assert it.answer == pytest.approx(AGAIN[pool.id](*given), rel=1e-9, abs=1e-9), it.text
        assert it.right(it.answer)
        assert 1 <= len(it.mistakes) <= 4
        for value, words in it.mistakes:
            assert abs(value - it.answer) > 2 * it.tolerance, (it.text, value)
            assert words.endswith(".")
        assert all(len(f"{abs(n):.10g}".replace(".", "").strip("0")) <= 3 for n in given), asked
        for words in (it.text, it.feedback, *(words for _, words in it.mistakes)):
            assert "{{" not in words
            assert words.count("$") % 2 == 0
            assert "-0 " not in words


def test_a_seed_decides_and_another_gives_other_questions():
    pool = pools()[0]
    assert pool.variants("a") == pool.variants("a")
    assert not {it.text for it in pool.variants("a")} >= {it.text for it in pool.variants("b")}


@pytest.mark.parametrize("seed", ["", "two words", "ä", "x" * 65])
def test_a_seed_of_the_wrong_form(seed):
    with pytest.raises(ValueError, match="seed must be 1 to 64 letters"):
        pools()[0].variants(seed)
