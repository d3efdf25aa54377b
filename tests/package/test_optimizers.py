"""Optimizers and schedules against PyTorch and Optax, and against their own equations.

The reference numbers in reference/ were made by reference/make_reference.py. They have 12
significant digits. The tolerance is much tighter than the conventions that must be told apart:
with ε = 1e-8, ε inside or outside the root makes a difference of about 1e-8.
"""

import copy
import inspect
import json
import math
import pickle
from fractions import Fraction
from pathlib import Path

import kinds
import numpy as np
import pytest

import mlp

REFERENCE = Path(__file__).parent / "reference"
TRAJECTORIES = json.loads((REFERENCE / "optimizers.json").read_text(encoding="utf-8"))
RATES = json.loads((REFERENCE / "schedules.json").read_text(encoding="utf-8"))
RTOL, ATOL = 1e-10, 1e-12

# One of each kind, for what must hold for all.
MAKERS = {
    "sgd": lambda rate: mlp.SGD(rate),
    "sgd decay": lambda rate: mlp.SGD(rate, weight_decay=0.1),
    "momentum": lambda rate: mlp.SGD(rate, momentum=0.9),
    "nesterov": lambda rate: mlp.SGD(rate, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adagrad": lambda rate: mlp.AdaGrad(rate),
    "rmsprop": lambda rate: mlp.RMSprop(rate),
    "adam": lambda rate: mlp.Adam(rate),
    "adamw": lambda rate: mlp.AdamW(rate, weight_decay=0.1),
}
each_optimizer = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


def test_each_kind_of_optimizer_is_among_them():
    assert {type(make(0.1)) for make in MAKERS.values()} == set(kinds.OPTIMIZERS.values())


def build(value):
    """Return a number, or the schedule that {"Name": {argument: value}} describes."""
    if not isinstance(value, dict):
        return value
    [(name, arguments)] = value.items()
    return getattr(mlp, name)(**{key: build(v) for key, v in arguments.items()})


def gradient(theta, t):
    """Return ∂f_t/∂θ of the function in make_reference.py, derived by hand.

    f_t(θ) = ½ Σ k_i (θ_i - c_i)² + cos(θ_0 + 2 θ_1) + sin(θ_1 θ_2) + θ_2 cos t + [7 divides t] θ_3
    """
    g = np.array([100.0, 10.0, 1.0, 0.0, 0.0, 1e-7]) * (theta - [1.0, -1.0, 0.5, 0.0, 0.0, 1.0])
    slope = -math.sin(theta[0] + 2 * theta[1])
    g[0] += slope
    g[1] += 2 * slope + theta[2] * math.cos(theta[1] * theta[2])
    g[2] += theta[1] * math.cos(theta[1] * theta[2]) + math.cos(t)
    g[3] += t % 7 == 0
    return g


def random_gradients(steps, size, dtype=np.float64):
    return np.random.default_rng(0).standard_normal((steps, size)).astype(dtype)


def walk(optimizer, gradients, start=1.0):
    """Return the parameters after these gradients, one step with each."""
    theta = np.full(gradients.shape[1], start, gradients.dtype)
    for g in gradients:
        optimizer.step(theta, g.copy())
    return theta


# Against other implementations


@pytest.mark.parametrize("case", TRAJECTORIES.values(), ids=TRAJECTORIES)
def test_trajectory_equals_the_frameworks(case):
    arguments = {"learning_rate": 0.01} if case["optimizer"] == "SGD" else {}
    arguments |= {key: build(value) for key, value in case["arguments"].items()}
    optimizer = getattr(mlp, case["optimizer"])(**arguments)
    theta = np.array([0.5, 0.5, -0.5, 1.0, 1.0, 2.0])
    path = []
    for t in range(50):
        optimizer.step(theta, gradient(theta, t))
        path.append(theta.copy())
    assert len(case["path"]) == 50
    np.testing.assert_allclose(path, case["path"], rtol=RTOL, atol=ATOL)


def test_the_reference_covers_every_optimizer_argument_and_schedule():
    used = {
        (case["optimizer"], name) for case in TRAJECTORIES.values() for name in case["arguments"]
    }
    for name, optimizer in kinds.OPTIMIZERS.items():
        arguments = inspect.signature(optimizer).parameters
        assert {(name, argument) for argument in arguments} <= used
    schedules = {next(iter(case["schedule"])) for case in RATES.values()}
    assert schedules == {"StepDecay", "ExponentialDecay", "CosineDecay", "Warmup"}


@pytest.mark.parametrize("case", RATES.values(), ids=RATES)
def test_schedule_equals_optax(case):
    schedule = build(case["schedule"])
    rates = [schedule(step) for step in range(len(case["rates"]))]
    assert len(rates) == 70  # past the end of all of them
    np.testing.assert_allclose(rates, case["rates"], rtol=RTOL, atol=1e-16)


# Schedules


def test_schedules_at_their_boundaries():
    """By hand from the equations in the docstrings."""
    step_decay = mlp.StepDecay(0.8, every=3, factor=0.5)
    assert [step_decay(t) for t in (0, 2, 3, 5, 6)] == [0.8, 0.8, 0.4, 0.4, 0.2]
    cosine = mlp.CosineDecay(0.5, steps=4, final=0.1)
    assert cosine(0) == 0.5
    assert cosine(2) == pytest.approx(0.3, rel=1e-15)
    assert cosine(4) == cosine(5) == cosine(10**9) == pytest.approx(0.1, rel=1e-15)
    warmup = mlp.Warmup(4, then=mlp.StepDecay(0.8, every=2, factor=0.5))
    assert [warmup(t) for t in range(8)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 0.8, 0.8, 0.4, 0.4])
    assert mlp.ExponentialDecay(0.5, rate=0.0)(10**6) == 0.5
    assert mlp.ExponentialDecay(0.5, rate=1.0)(10**6) == 0.0


@pytest.mark.parametrize(
    "schedule",
    [
        mlp.StepDecay(0.3, every=2, factor=0.5),
        mlp.ExponentialDecay(0.3, rate=0.2),
        mlp.CosineDecay(0.3, steps=6, final=0.02),
        mlp.Warmup(3, then=0.3),
        pytest.param(lambda step: 0.3 / (step + 1), id="function"),
    ],
    ids=repr,
)
def test_the_schedule_is_called_with_the_step_number_from_zero(schedule):
    """Each rate is what SGD moves by when the gradient is 1."""
    theta, optimizer = np.zeros(1), mlp.SGD(schedule)
    for step in range(8):
        before = theta.copy()
        optimizer.step(theta, np.ones(1))
        assert (before - theta)[0] == pytest.approx(schedule(step), rel=1e-12)


@each_optimizer
def test_a_constant_schedule_is_a_constant(make):
    gradients = random_gradients(20, 7)
    assert (walk(make(lambda step: 0.1), gradients) == walk(make(0.1), gradients)).all()


@pytest.mark.parametrize("wrong", [-0.1, math.nan, math.inf, "0.1", None])
def test_a_schedule_that_gives_no_rate_changes_nothing(wrong):
    optimizer = mlp.Adam(lambda step: 0.1 if step == 0 else wrong)
    theta, g = np.ones(3), np.ones(3)
    optimizer.step(theta, g)
    before = theta.copy()
    with pytest.raises((TypeError, ValueError), match=r"learning_rate\(step\) must be a number"):
        optimizer.step(theta, g)
    assert (theta == before).all()


# What every optimizer does


@each_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_update_is_in_place_and_leaves_the_gradient_alone(make, dtype):
    theta, g = np.ones(5, dtype), np.linspace(-1, 1, 5).astype(dtype)
    view, gradient_before = theta[:], g.copy()
    assert make(0.1).step(theta, g) is None
    assert (view == theta).all()
    assert theta.dtype == dtype
    assert (theta != 1).sum() >= 4
    assert (g == gradient_before).all()


@each_optimizer
def test_a_long_vector_is_stepped_as_a_short_one(make):
    """The optimizers are elementwise, so a vector repeated many times stays a repetition."""
    short = random_gradients(4, 7)
    long = np.tile(short, 3 * 65_536 // 7 + 1)  # 196,609 numbers, not a multiple of any power of 2
    expected = np.tile(walk(make(0.1), short), long.shape[1] // 7)
    np.testing.assert_allclose(walk(make(0.1), long), expected, rtol=1e-14, atol=0)


@each_optimizer
def test_float32_follows_float64(make):
    """50 steps of 0.1 at most, each rounded to 24 bits: less than 50 · 6e-8 · a few."""
    gradients = random_gradients(50, 100, np.float32)
    exact = walk(make(0.01), gradients.astype(np.float64))
    np.testing.assert_allclose(walk(make(0.01), gradients), exact, rtol=0, atol=5e-6)


@each_optimizer
@pytest.mark.parametrize("shape", [(6,), (2, 3), (1, 2, 3)])
def test_any_shape(make, shape):
    gradients = random_gradients(5, 6)
    theta, optimizer = np.ones(shape), make(0.1)
    for g in gradients:
        optimizer.step(theta, g.reshape(shape))
    assert (theta.ravel() == walk(make(0.1), gradients)).all()


@each_optimizer
def test_a_rate_of_zero_moves_nothing(make):
    gradients = random_gradients(5, 6)
    assert (walk(make(0.0), gradients) == 1).all()
    assert (walk(make(0), gradients) == 1).all()


@each_optimizer
@pytest.mark.parametrize("number", [np.float64, np.float32, Fraction, np.longdouble], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_kind_of_real_number_is_a_rate(make, number, dtype):
    """NumPy's float64 scalars would turn float32 arithmetic into float64 in passing."""
    gradients = random_gradients(10, 20, dtype)
    expected = walk(make(0.125), gradients)  # 1/8 is exact in all of them
    assert (walk(make(number(0.125)), gradients) == expected).all()
    assert (walk(make(lambda step: number(0.125)), gradients) == expected).all()


@each_optimizer
def test_the_gradients_may_come_in_new_arrays(make):
    gradients = random_gradients(6, 5)
    theta, optimizer = np.ones(5), make(0.1)
    for g in gradients:
        optimizer.step(theta[:], g.copy())  # and a view of the parameters is the parameters
    assert (theta == walk(make(0.1), gradients)).all()


def copied(pair, way):
    return copy.deepcopy(pair) if way == "copy" else pickle.loads(pickle.dumps(pair))


@each_optimizer
@pytest.mark.parametrize("way", ["copy", "pickle"])
@pytest.mark.parametrize("together", [True, False])
def test_a_copy_goes_on_where_the_original_was(make, way, together):
    """Also in pieces: an optimizer holds views of all its vectors, and copies of views are none."""
    gradients = random_gradients(6, 70_000)
    expected = walk(make(0.1), gradients)
    theta, optimizer = np.ones(70_000), make(0.1)
    for g in gradients[:3]:
        optimizer.step(theta, g)
    if together:
        theta_2, optimizer_2 = copied((theta, optimizer), way)
    else:
        theta_2, optimizer_2 = theta.copy(), copied(optimizer, way)
    for one, other in ((theta, optimizer), (theta_2, optimizer_2)):
        for g in gradients[3:]:
            other.step(one, g)
        assert (one == expected).all()


@pytest.mark.parametrize(
    "make",
    [
        *(MAKERS[name] for name in ("momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")),
        lambda rate: mlp.SGD(lambda step: rate),
        lambda rate: mlp.SGD(mlp.CosineDecay(rate, steps=9)),
    ],
)
def test_an_optimizer_that_remembers_refuses_other_parameters_of_the_same_shape(make):
    optimizer, first, second = make(0.1), np.ones(5), np.ones(5)
    optimizer.step(first, np.ones(5))
    with pytest.raises(ValueError, match=r"parameters must stay the same array.* new optimizer"):
        optimizer.step(second, np.ones(5))
    assert (second == 1).all()
    optimizer.step(first, np.ones(5))  # still good for its own


def test_an_optimizer_that_remembers_nothing_serves_everybody():
    optimizer, first, second = mlp.SGD(0.5, weight_decay=0.5), np.ones(5), np.ones(3, np.float32)
    optimizer.step(first, np.ones(5))
    optimizer.step(second, np.ones(3, np.float32))
    assert (first == 0.25).all()  # 1 - 0.5 (1 + 0.5 · 1)
    assert (second == 0.25).all()


def test_settings_may_be_changed_between_steps():
    """By hand, with g = 1: θ = 1 - 0.5, then v = 1 again, then v = 0.5 + 1, then no momentum."""
    optimizer, theta, g, path = mlp.SGD(0.5), np.ones(1), np.ones(1), []
    for momentum, rate in ((0, 0.5), (0.5, 0.5), (0.5, 1.0), (0, 1.0)):
        optimizer.momentum, optimizer.learning_rate = momentum, rate
        optimizer.step(theta, g)
        path.append(theta[0])
    assert path == [0.5, 0.0, -1.5, -2.5]


@each_optimizer
def test_the_gradient_array_may_be_rewritten_between_steps(make):
    """As a network does, which has one array for its gradients."""
    gradients = random_gradients(6, 5)
    theta, g, optimizer = np.ones(5), np.empty(5), make(0.1)
    for new in gradients:
        g[:] = new
        optimizer.step(theta, g)
    assert (theta == walk(make(0.1), gradients)).all()


@pytest.mark.parametrize("make", [MAKERS["momentum"], MAKERS["adagrad"], MAKERS["adam"]])
def test_two_optimizers_share_nothing(make):
    gradients = random_gradients(6, 5)
    expected = walk(make(0.1), gradients)
    first, second = make(0.1), make(0.1)
    one, two = np.ones(5), np.ones(5)
    for g in gradients:
        first.step(one, g)
        second.step(two, g)
    assert (one == expected).all()
    assert (two == expected).all()


def test_adagrad_and_rmsprop_without_a_gradient_divide_by_epsilon_only():
    """A gradient of exactly 0 from the first step on: 0 / (√0 + ε) = 0, and no warning."""
    for make in MAKERS.values():
        optimizer = make(0.1)
        decays = getattr(optimizer, "weight_decay", 0) > 0
        theta = np.ones(4, np.float32)
        for _ in range(3):
            optimizer.step(theta, np.zeros(4, np.float32))
        assert (theta == 1).all() != decays


# Denormals: see _FLUSH_EVERY in mlp/optimizers.py. Times are too noisy to test, and nothing in the
# parameters may show it, so these tests look at the private list of state vectors.

FORGETTING = {
    "momentum": lambda: mlp.SGD(0.1, momentum=0.9),
    "nesterov": lambda: mlp.SGD(0.1, momentum=0.8, nesterov=True),
    "rmsprop": lambda: mlp.RMSprop(0.01, alpha=0.9),
    "adam": lambda: mlp.Adam(0.01, beta2=0.9),
    "adamw": lambda: mlp.AdamW(0.01, beta1=0.8, beta2=0.9),
}


@pytest.mark.parametrize("make", FORGETTING.values(), ids=FORGETTING)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_no_state_stays_a_denormal(make, dtype):
    """0.9 to the power 8,000 is 1e-366: below the smallest float64, 5e-324, with any start here."""
    optimizer = make()
    theta, g = np.ones(8, dtype), np.logspace(-6, 6, 8).astype(dtype)
    optimizer.step(theta, g)
    assert optimizer._states
    assert all((state != 0).all() for state in optimizer._states)
    g[:] = 0
    steps_with_denormals = 0
    for _ in range(8_000):
        optimizer.step(theta, g)
        sizes = [np.abs(state) for state in optimizer._states]
        steps_with_denormals += any(((s > 0) & (s < np.finfo(dtype).tiny)).any() for s in sizes)
    # None for the usual 0.9. An average that forgets faster may run through all denormals between
    # two flushes: 0.8 to the power 128 is 4e-13. Left alone, both would stay denormals for good,
    # since 0.8 or 0.9 times the smallest one is rounded to that one again.
    assert steps_with_denormals <= (128 if "0.8" in repr(optimizer) else 0)
    assert all((state == 0).all() for state in optimizer._states)


def plain_adam(theta, gradients, rate, beta1, beta2, eps):
    """Return θ by the algorithm in Kingma and Ba, line by line, which flushes nothing."""
    m = v = np.zeros_like(theta)
    for t, g in enumerate(gradients, start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g * g
        theta = theta - rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return theta


def test_flushing_does_not_show_in_the_parameters():
    """Gradients that come, stay away for 1,500 steps and come again, large and very small."""
    scales = np.logspace(-12, 3, 16) * np.resize([1, -1], 16)
    present = np.zeros(1_800)
    present[:40] = present[1_540:1_560] = 1
    gradients = (present[:, None] * scales).astype(np.float32)
    exact = plain_adam(np.zeros(16), gradients.astype(np.float64), 0.01, 0.9, 0.98, 1e-8)
    theta = walk(mlp.Adam(0.01, beta2=0.98), gradients, start=0.0)
    np.testing.assert_allclose(theta, exact, rtol=1e-4)


def test_small_gradients_are_not_taken_for_denormals():
    """1,000 steps of momentum with gradients of ±1e-20, far above the smallest float32, 1e-38."""
    gradients = np.full((1_000, 2), [1e-20, -1e-20], np.float32)
    theta = walk(mlp.SGD(1.0, momentum=0.9), gradients, start=0.0)
    # The velocity after t steps is g (1 - μᵗ) / (1 - μ); their sum, by hand, is below.
    total = (1_000 - 0.9 * (1 - 0.9**1_000) / 0.1) / 0.1
    np.testing.assert_allclose(theta, [-1e-20 * total, 1e-20 * total], rtol=1e-4)


# Wrong use


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: mlp.SGD(-0.1), ValueError, "learning_rate must be a number in .0, inf., got -0.1"),
        (lambda: mlp.SGD(math.nan), ValueError, "learning_rate .* got nan"),
        (lambda: mlp.SGD(math.inf), ValueError, "learning_rate .* got inf"),
        (lambda: mlp.SGD("fast"), TypeError, "learning_rate .* got 'fast'"),
        (lambda: mlp.SGD(None), TypeError, "learning_rate .* got None"),
        (lambda: mlp.SGD(True), TypeError, "learning_rate .* got True"),
        (lambda: mlp.SGD(0.1, momentum=1.0), ValueError, "momentum .* got 1.0"),
        (lambda: mlp.SGD(0.1, momentum=-0.1), ValueError, "momentum .* got -0.1"),
        (lambda: mlp.SGD(0.1, nesterov=True), ValueError, "nesterov needs momentum > 0"),
        (lambda: mlp.SGD(0.1, weight_decay=-1), ValueError, "weight_decay .* got -1"),
        (lambda: mlp.AdaGrad(0.1, eps=0), ValueError, "eps .* got 0"),
        (lambda: mlp.RMSprop(0.1, alpha=1), ValueError, "alpha .* got 1"),
        (lambda: mlp.RMSprop(0.1, eps=-1e-8), ValueError, "eps .* got -1e-08"),
        (lambda: mlp.Adam(0.1, beta1=1), ValueError, "beta1 .* got 1"),
        (lambda: mlp.Adam(0.1, beta2=1.5), ValueError, "beta2 .* got 1.5"),
        (lambda: mlp.Adam(0.1, eps=0), ValueError, "eps .* got 0"),
        (lambda: mlp.Adam(0.1, beta1=(0.9, 0.999)), TypeError, "beta1 .* got .0.9, 0.999."),
        (lambda: mlp.AdamW(0.1, weight_decay=-0.1), ValueError, "weight_decay .* got -0.1"),
        (lambda: mlp.StepDecay(-1, 1, 0.5), ValueError, "initial .* got -1"),
        (lambda: mlp.StepDecay(1, 0, 0.5), ValueError, "every must be a whole number >= 1, got 0"),
        (lambda: mlp.StepDecay(1, 2.5, 0.5), TypeError, "every .* got 2.5"),
        (lambda: mlp.StepDecay(1, 1, 0), ValueError, "factor .* got 0"),
        (lambda: mlp.StepDecay(1, 1, 1.5), ValueError, "factor .* got 1.5"),
        (lambda: mlp.ExponentialDecay(math.inf, 1), ValueError, "initial .* got inf"),
        (lambda: mlp.ExponentialDecay(1, -1), ValueError, "rate .* got -1"),
        (lambda: mlp.CosineDecay(1, 0), ValueError, "steps .* got 0"),
        (lambda: mlp.CosineDecay(1, 5.0), TypeError, "steps .* got 5.0"),
        (lambda: mlp.CosineDecay(1, 5, -1), ValueError, "final .* got -1"),
        (lambda: mlp.Warmup(0, 0.1), ValueError, "steps .* got 0"),
        (lambda: mlp.Warmup(5, -0.1), ValueError, "then .* got -0.1"),
        (lambda: mlp.Warmup(5, "cosine"), TypeError, "then .* got 'cosine'"),
    ],
)
def test_a_wrong_setting_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


@each_optimizer
@pytest.mark.parametrize(
    ("parameters", "gradients", "error", "words"),
    [
        (np.ones(3), np.ones(4), ValueError, r"gradients must have shape \(3,\), got \(4,\)"),
        (np.ones(3), np.ones((3, 1)), ValueError, r"gradients must have shape \(3,\)"),
        (np.ones(3), np.ones(1), ValueError, r"gradients must have shape \(3,\)"),
        (np.ones(3), np.ones(3, np.float32), TypeError, "gradients must be .* got float32"),
        (np.ones(3, int), np.ones(3, int), TypeError, "parameters must be .* got int"),
        (np.ones(3, complex), np.ones(3, complex), TypeError, "parameters .* got complex128"),
        ([1.0], np.ones(1), TypeError, "parameters must be .* got list"),
        (np.ones(1), [1.0], TypeError, "gradients must be .* got list"),
        (np.ones((3, 4)).T, np.ones((4, 3)), TypeError, "parameters must be a contiguous array"),
        (np.ones(6)[::2], np.ones(3), TypeError, "parameters must be a contiguous array"),
        (np.ones(3), np.ones(6)[::2], TypeError, "gradients must be a contiguous array"),
    ],
)
def test_a_wrong_vector_is_named(make, parameters, gradients, error, words):
    with pytest.raises(error, match=words):
        make(0.1).step(parameters, gradients)
    assert np.array_equal(parameters, np.ones(np.shape(parameters)))


@pytest.mark.parametrize("name", ["momentum", "adagrad", "rmsprop", "adam", "adamw"])
@pytest.mark.parametrize("other", [np.ones(4), np.ones((3, 1)), np.ones(3, np.float32)])
def test_an_optimizer_with_state_serves_one_vector(name, other):
    optimizer, theta = MAKERS[name](0.1), np.ones(3)
    optimizer.step(theta, np.ones(3))
    with pytest.raises(ValueError, match=r"parameters must stay .* make a new optimizer"):
        optimizer.step(other, np.ones_like(other))
    assert (other == 1).all()
    optimizer.step(theta, np.ones(3))  # still good for its own
    assert (theta == walk(MAKERS[name](0.1), np.ones((2, 3)))).all()


@pytest.mark.parametrize(
    "made",
    [
        *(make(0.25) for make in MAKERS.values()),
        mlp.AdaGrad(0.5, eps=0.1),
        mlp.RMSprop(0.5, alpha=0.7, eps=0.1),
        mlp.AdamW(mlp.CosineDecay(0.1, 100, 0.01), 0.8, 0.9, 0.1, 0.3),
        mlp.SGD(mlp.Warmup(5, mlp.StepDecay(0.1, 2, 0.5))),
        mlp.SGD(mlp.Warmup(5, 0.3)),
        mlp.SGD(mlp.ExponentialDecay(0.1, 0.5)),
    ],
    ids=repr,
)
def test_repr_makes_the_same_again(made):
    again = eval(repr(made), {name: getattr(mlp, name) for name in mlp.__all__})
    assert repr(again) == repr(made)
    gradients = random_gradients(8, 5)
    assert (walk(again, gradients) == walk(made, gradients)).all()
