"""mlp.backprop: differences, the check of gradients that must fail when it should, and Value."""

import copy
import math
import re
from decimal import Decimal

import kinds
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mlp

seeds = st.integers(0, 10**6)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# --- numerical_gradient ---------------------------------------------------------------------------


@given(n=st.integers(1, 6), seed=seeds)
def test_differences_are_exact_for_quadratics(n, seed):
    a, b, x = normal(n, n, seed=seed), normal(n, seed=seed + 1), normal(n, seed=seed + 2)
    gradient = mlp.numerical_gradient(lambda x: float(x @ a @ x + b @ x + 3), x)
    # Only rounding is left: a few eps of the value, divided by 2h = 2e-5.
    np.testing.assert_allclose(gradient, (a + a.T) @ x + b, rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize(
    ("function", "slope"),
    [(np.sin, np.cos), (np.exp, np.exp), (np.tanh, lambda x: 1 / np.cosh(x) ** 2)],
)
def test_differences_of_smooth_functions(function, slope):
    x = normal(2, 3)
    gradient = mlp.numerical_gradient(lambda x: float(function(x).sum()), x)
    assert (gradient.shape, gradient.dtype) == ((2, 3), np.float64)
    np.testing.assert_allclose(gradient, slope(x), rtol=1e-8, atol=1e-9)


def test_the_error_falls_with_the_square_of_the_step():
    x = np.array([1.0])
    errors = [
        mlp.numerical_gradient(lambda x: float(x[0] ** 3), x, step=step)[0] - 3
        for step in (0.1, 0.01)
    ]
    # ((x + h)³ - (x - h)³) / 2h = 3x² + h²
    np.testing.assert_allclose(errors, [1e-2, 1e-4], rtol=1e-6)


def test_large_elements_get_a_proportional_step():
    x = np.array([1e9, 1e-9])
    gradient = mlp.numerical_gradient(lambda x: float((x**2).sum()), x.copy())
    assert gradient[0] == pytest.approx(2e9, rel=1e-9)


def test_float32_is_differentiated_by_the_step_that_it_makes():
    x = np.array([1000.0], np.float32)  # here floats are 6e-5 apart
    gradient = mlp.numerical_gradient(lambda x: float(3 * np.float64(x[0])), x)
    assert gradient[0] == pytest.approx(3, rel=1e-12)
    assert gradient.dtype == np.float64


def test_one_element_at_a_time_in_place_and_restored():
    x = normal(2, 2)
    kept, seen = x.copy(), []

    def function(given_x):
        assert given_x is x
        seen.append(np.argwhere(x != kept).tolist())
        return 0.0

    np.testing.assert_array_equal(mlp.numerical_gradient(function, x), np.zeros((2, 2)))
    assert seen == [[[i, j]] for i in range(2) for j in range(2) for _ in "+-"]
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("fails_at", range(1, 7))
def test_x_is_restored_even_when_the_function_raises(fails_at):
    x = normal(3)
    kept, calls = x.copy(), []

    def function(x):
        calls.append(1)
        if len(calls) == fails_at:
            raise RuntimeError("on purpose")
        return float(x.sum())

    with pytest.raises(RuntimeError, match="on purpose"):
        mlp.numerical_gradient(function, x)
    np.testing.assert_array_equal(x, kept)


# --- check_gradients finds what is wrong ----------------------------------------------------------


def spoiled(make, *arguments, **settings):
    """Return a layer whose backward says 1.0001 times ∂L/∂x."""

    class Wrong(make):
        def backward(self, *args, **kwargs):
            return 1.0001 * super().backward(*args, **kwargs)

    return Wrong(*arguments, **settings)


def spoiled_dense(name):
    """Return a Dense(3, 2) whose backward gets one element of one array wrong."""

    class Wrong(mlp.Dense):
        def backward(self, *args, **kwargs):
            grad_x = super().backward(*args, **kwargs)
            wrong = grad_x if name == "x" else getattr(self, f"{name}_grad")
            wrong[(-1,) * wrong.ndim] *= 1.001
            return grad_x

    return Wrong(3, 2, rng=0, dtype=np.float64)


@pytest.mark.parametrize(
    ("name", "where"), [("x", r"\(3, 2\)"), ("weight", r"\(2, 1\)"), ("bias", r"\(1,\)")]
)
def test_one_wrong_element_of_dense_is_found_and_named(name, where):
    layer = spoiled_dense(name)
    label = "x" if name == "x" else f"{name} of layer 0, .*"
    with pytest.raises(AssertionError, match=f"gradient of {label} at {where}: backward says"):
        mlp.check_gradients(layer, normal(4, 3))
    if name != "x":  # and in a network
        net = mlp.Sequential(mlp.Dense(5, 3), mlp.Tanh(), spoiled_dense(name), dtype=np.float64)
        with pytest.raises(AssertionError, match=f"gradient of {name} of layer 2, .* at {where}"):
            mlp.check_gradients(net, normal(4, 5))


@pytest.mark.parametrize("make", kinds.ACTIVATIONS.values())
def test_a_wrong_derivative_of_an_activation_is_found(make):
    assert mlp.check_gradients(make(), normal(4, 3)) < 1e-6
    with pytest.raises(AssertionError, match="gradient of x at"):
        mlp.check_gradients(spoiled(make), normal(4, 3))


def test_a_wrong_activation_is_found_by_the_weights_before_it():
    net = mlp.Sequential(mlp.Dense(3, 4), spoiled(mlp.Tanh), mlp.Dense(4, 2), dtype=np.float64)
    net.layers[0].weight[:] = 0  # so that ∂L/∂x is 0, and right
    with pytest.raises(AssertionError, match=r"gradient of weight of layer 0, Dense\(3, 4\)"):
        mlp.check_gradients(net, normal(4, 3))


def test_the_derivative_that_trains_anyway_is_found():
    """The derivative taken at the activated value, σ'(σ(z)): the direction is about right."""

    class Careless(mlp.Sigmoid):
        def forward(self, x, training=False, out=None):
            self.y = super().forward(x, training, out).copy()
            return self.y

        def backward(self, grad_y, out=None):
            return grad_y * self.derivative(self.y)

    with pytest.raises(AssertionError, match="gradient of x at"):
        mlp.check_gradients(Careless(), normal(4, 3))


@pytest.mark.parametrize("fault", ["no scale", "other mask", "no mask"])
def test_a_wrong_dropout_is_found(fault):
    class Wrong(mlp.Dropout):
        def forward(self, x, training=False, out=None):
            y = super().forward(x, training, out)
            self.mask = (y != 0) / (1 - self.p)
            return y

        def backward(self, grad_y, out=None):
            if fault == "no scale":
                return grad_y * (self.mask > 0)
            return grad_y * (self.mask[::-1] if fault == "other mask" else 2.0)

    assert mlp.check_gradients(mlp.Dropout(0.5, rng=0), normal(4, 3)) < 1e-6
    with pytest.raises(AssertionError, match="gradient of x at"):
        mlp.check_gradients(Wrong(0.5, rng=0), normal(4, 3))


LOSSES = [
    (mlp.MeanSquaredError, normal(4, 3, seed=1)),
    (mlp.MeanAbsoluteError, normal(4, 3, seed=1)),
    (mlp.Huber, normal(4, 3, seed=1)),
    (mlp.BinaryCrossEntropy, np.eye(3)[[0, 1, 2, 0]]),
    (mlp.CrossEntropy, np.array([0, 1, 2, 0])),
]


@pytest.mark.parametrize(("make", "target"), LOSSES)
@pytest.mark.parametrize("network", ["identity", "network"])
def test_a_wrong_gradient_of_a_loss_is_found(make, target, network):
    class SumInsteadOfMean(make):
        def backward(self):
            return len(target) * super().backward()

    net = mlp.Identity()
    if network == "network":
        net = mlp.Sequential(mlp.Dense(3, 3), mlp.Tanh(), rng=0, dtype=np.float64)
    x = normal(4, 3)
    assert mlp.check_gradients(net, x, target, make()) < 1e-6
    with pytest.raises(AssertionError, match="gradient of x at"):
        mlp.check_gradients(net, x, target, SumInsteadOfMean())


class OwnNormalization(mlp.Layer):
    """A reader's own layer, γ ⊙ x + β, with its parameters in one vector and no bind of its own."""

    def __init__(self, width, forgets=()):
        self.parameters = np.concatenate([np.ones(width), np.zeros(width)])
        self.forgets = forgets

    def forward(self, x, training=False):
        self.x = x
        gamma, beta = np.split(self.parameters, 2)
        return gamma * x + beta

    def backward(self, grad_y):
        gamma, _ = np.split(self.parameters, 2)
        gamma_grad, beta_grad = np.split(self.gradients, 2)
        gamma_grad[:] = 0 if "gamma" in self.forgets else (grad_y * self.x).sum(axis=0)
        beta_grad[:] = 0 if "beta" in self.forgets else grad_y.sum(axis=0)
        return grad_y * gamma


@pytest.mark.parametrize(
    ("forgets", "first"), [((), None), (("gamma",), 0), (("beta",), 4), (("gamma", "beta"), None)]
)
def test_all_parameters_of_a_readers_own_layer_are_compared(forgets, first):
    alone = OwnNormalization(4, forgets)
    inside = mlp.Sequential(
        mlp.Dense(3, 4), OwnNormalization(4, forgets), mlp.Dense(4, 2), rng=0, dtype=np.float64
    )
    for network, width, where in ((alone, 4, 0), (inside, 3, 1)):
        if not forgets:
            assert mlp.check_gradients(network, normal(5, width)) < 1e-6
            continue
        with pytest.raises(
            AssertionError, match=f"gradient of parameters of layer {where}, OwnNormalization"
        ) as caught:
            mlp.check_gradients(network, normal(5, width))
        if first is not None:
            index = int(re.search(r"at \((\d+),\)", str(caught.value))[1])
            assert first <= index < first + 4


def test_parts_must_name_all_parameters():
    class Partly(OwnNormalization):
        def parts(self):
            return {"gamma": (4,)}

    with pytest.raises(ValueError, match=r"parts\(\) .* must name all parameters, got 4 of 8"):
        mlp.check_gradients(Partly(4), normal(5, 4))


def test_the_noise_of_a_readers_own_layer_is_the_same_at_every_call():
    class Noise(mlp.Layer):
        rng = np.random.default_rng(0)

        def forward(self, x, training=False):
            self.factor = 1 + 0.1 * self.rng.standard_normal(x.shape)
            return x * self.factor

        def backward(self, grad_y):
            return grad_y * self.factor

    assert mlp.check_gradients(Noise(), normal(4, 3)) < 1e-6


def test_a_gradient_that_is_nan_is_found():
    class Nan(mlp.Tanh):
        def backward(self, *args, **kwargs):
            grad = super().backward(*args, **kwargs)
            grad[2, 1] = np.nan
            return grad

    with pytest.raises(AssertionError, match=r"gradient of x at \(2, 1\): backward says nan"):
        mlp.check_gradients(Nan(), normal(4, 3))


def test_the_error_is_the_one_returned_and_compared_with_the_tolerance():
    class Wrong(mlp.Identity):
        def backward(self, *args, **kwargs):
            return super().backward(*args, **kwargs) * 1.01

    error = mlp.check_gradients(Wrong(), normal(4, 3), tolerance=0.02)
    assert error == pytest.approx(0.01 / 1.01, rel=1e-6)  # relative to the larger of the two
    with pytest.raises(AssertionError, match=r"error 9\.9e-03"):
        mlp.check_gradients(Wrong(), normal(4, 3), tolerance=0.009)


def test_the_number_differentiated_weighs_every_output():
    """With weights all 1 the rows of a softmax sum to 1, and any gradient would look like 0."""
    assert mlp.check_gradients(mlp.Softmax(), normal(4, 3)) < 1e-6

    class Zero(mlp.Softmax):
        def backward(self, grad_y, out=None):
            return 0 * super().backward(grad_y)

    for rng in (0, 1, np.random.default_rng(2)):
        with pytest.raises(AssertionError, match="gradient of x at"):
            mlp.check_gradients(Zero(), normal(4, 3), rng=rng)


def test_a_check_changes_nothing():
    net = mlp.Sequential(
        mlp.Dense(3, 8),
        mlp.Dropout(0.5),
        mlp.Dense(8, 8),
        mlp.Dropout(0.5),
        rng=0,
        dtype=np.float64,
    )
    untouched = copy.deepcopy(net)
    x = normal(4, 3)
    mlp.check_gradients(net, x)
    with pytest.raises(AssertionError):
        mlp.check_gradients(net, x, tolerance=1e-300)
    np.testing.assert_array_equal(x, normal(4, 3))
    np.testing.assert_array_equal(net.parameters, untouched.parameters)
    for _ in range(2):  # the same masks follow as without the check
        y = net.forward(x, training=True)
        np.testing.assert_array_equal(y, untouched.forward(x, training=True))


# --- Value ----------------------------------------------------------------------------------------

UNARY = {
    "neg": (lambda v: -v, lambda x: -x),
    "tanh": (lambda v: v.tanh(), math.tanh),
    "sigmoid": (lambda v: v.sigmoid(), lambda x: 1 / (1 + math.exp(-x))),
    "exp of tanh": (lambda v: v.tanh().exp(), lambda x: math.exp(math.tanh(x))),
    "log": (lambda v: (v * v + 1).log(), lambda x: math.log(x * x + 1)),
    "square": (lambda v: v**2, lambda x: x**2),
    "root": (lambda v: (v * v + 1) ** 0.5, lambda x: math.sqrt(x * x + 1)),
    "inverse": (lambda v: 1 / (v * v + 1), lambda x: 1 / (x * x + 1)),
    "relu": (lambda v: (v + 0.1).relu(), lambda x: max(x + 0.1, 0)),
    "number first": (lambda v: 2 - 3 * v, lambda x: 2 - 3 * x),
    "number last": (lambda v: (v - 2) / 3, lambda x: (x - 2) / 3),
}
BINARY = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / (b * b + 1),
}


def expressions():
    """Random expressions of three variables, each as text that both kinds of numbers can run."""
    leaves = st.sampled_from(["a", "b", "c"])
    return st.recursive(
        leaves,
        lambda inner: (
            st.tuples(st.sampled_from(list(UNARY)), inner)
            | st.tuples(st.sampled_from(list(BINARY)), inner, inner)
        ),
        max_leaves=8,
    )


def run(expression, variables, which):
    """Compute the expression: `which` is 0 for Values and 1 for floats."""
    if isinstance(expression, str):
        return variables[expression]
    name, *inner = expression
    arguments = [run(part, variables, which) for part in inner]
    return (UNARY[name][which] if name in UNARY else BINARY[name])(*arguments)


@given(expression=expressions(), point=st.tuples(*[st.floats(-2, 2)] * 3))
def test_values_of_random_expressions(expression, point):
    names = "abc"
    values = {name: mlp.Value(number) for name, number in zip(names, point, strict=True)}

    def function(x):
        return float(run(expression, dict(zip(names, x.tolist(), strict=True)), 1))

    result = run(expression, values, 0)
    assert result.data == pytest.approx(function(np.array(point)), rel=1e-9, abs=1e-9)
    result.backward()
    numeric = mlp.numerical_gradient(function, np.array(point))
    other_step = mlp.numerical_gradient(function, np.array(point), step=1e-4)
    scale = 1 + np.abs(numeric).max() + abs(result.data)
    if np.abs(numeric - other_step).max() > 1e-4 * scale:
        return  # at a kink of relu, or too curved for differences
    np.testing.assert_allclose(
        [values[name].grad for name in names], numeric, rtol=1e-4, atol=1e-6 * scale
    )


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("x", [-1.3, 0.4, 2.0])
def test_each_operation_against_differences(name, x):
    build, function = UNARY[name]
    value = mlp.Value(x)
    result = build(value)
    result.backward()
    assert result.data == pytest.approx(function(x), rel=1e-14)
    numeric = mlp.numerical_gradient(lambda v: function(float(v[0])), np.array([x]))
    assert value.grad == pytest.approx(numeric[0], rel=1e-8)


def test_a_value_worked_by_hand():
    w, x, b = mlp.Value(2.0), mlp.Value(-3.0), mlp.Value(7.0)
    loss = (w * x + b - 3) ** 2 / 4  # e = -2, L = 1, ∂L/∂e = e/2 = -1
    loss.backward()
    assert (loss.data, w.grad, x.grad, b.grad, loss.grad) == (1.0, 3.0, -2.0, -1.0, 1.0)
    assert repr(w) == "Value(2, grad=3)"


def test_a_node_used_more_than_once_adds_up():
    x = mlp.Value(3.0)
    y = x * x + x + x  # 2x + 2
    y.backward()
    assert x.grad == 8
    z = mlp.Value(2.0)
    double = z + z
    (double * double - z).backward()  # 4z² - z
    assert z.grad == 15
    w = mlp.Value(5.0)
    (w - w).backward()
    assert w.grad == 0
    v = mlp.Value(5.0)
    (v / v).backward()
    assert v.grad == pytest.approx(0, abs=1e-16)


def test_backward_again_does_not_add_to_the_last_gradients():
    x = mlp.Value(3.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 6
    (2 * y).backward()
    assert (x.grad, y.grad) == (12, 2)


def test_a_path_is_walked_once_however_many_there_are():
    x = mlp.Value(1.0)
    y = x
    for _ in range(60):
        y = (y + y) * 0.5  # 2⁶⁰ paths
    y.backward()
    assert (y.data, x.grad) == (1.0, 1.0)


def test_deep_graphs_need_no_recursion():
    x = mlp.Value(0.5)
    total = mlp.Value(0.0)
    for _ in range(10_000):
        total = total + x
    total.backward()
    assert (total.data, x.grad) == (5000.0, 10_000.0)


def test_relu_and_its_kink():
    for number, wanted in [(-1.0, (0.0, 0.0)), (0.0, (0.0, 0.0)), (2.0, (2.0, 1.0))]:
        x = mlp.Value(number)
        y = x.relu()
        y.backward()
        assert (y.data, x.grad) == wanted


@pytest.mark.parametrize("x", [-1e4, 1e4])
def test_saturated_functions_do_not_overflow(x):
    for function in ("tanh", "sigmoid"):
        value = mlp.Value(x)
        y = getattr(value, function)()
        y.backward()
        assert y.data == {"tanh": math.copysign(1, x), "sigmoid": float(x > 0)}[function]
        assert value.grad == 0


def test_powers():
    for number, exponent, wanted in [
        (0.0, 0, (1, 0)),
        (0.0, 1, (0, 1)),
        (0.0, 2, (0, 0)),
        (2.0, -2, (0.25, -0.25)),
        (4.0, 0.5, (2, 0.25)),
    ]:
        x = mlp.Value(number)
        y = x**exponent
        y.backward()
        assert (y.data, x.grad) == wanted


def test_values_train_the_network_of_arrays():
    """The same small network three ways: Sequential, and the same sums written with Values."""
    net = mlp.Sequential(
        mlp.Dense(2, 3), mlp.Tanh(), mlp.Dense(3, 2), mlp.Sigmoid(), rng=0, dtype=np.float64
    )
    x, target = normal(4, 2), np.array([[0.0, 1], [1, 0], [1, 1], [0, 0]])
    loss = mlp.MeanSquaredError()
    value = loss(net(x), target)
    net.backward(loss.backward())

    theta = [mlp.Value(number) for number in net.parameters.tolist()]
    w1, b1, w2, b2 = theta[:6], theta[6:9], theta[9:15], theta[15:]
    total = mlp.Value(0.0)
    for row, wanted in zip(x.tolist(), target.tolist(), strict=True):
        hidden = [(row[0] * w1[j] + row[1] * w1[3 + j] + b1[j]).tanh() for j in range(3)]
        for k in range(2):
            z = sum((hidden[j] * w2[2 * j + k] for j in range(3)), b2[k])
            total = total + (z.sigmoid() - wanted[k]) ** 2
    mean = total / 8
    mean.backward()
    assert mean.data == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose([v.grad for v in theta], net.gradients, rtol=1e-12)


# --- wrong use ------------------------------------------------------------------------------------

X = np.ones((4, 3))
ONE = mlp.Value(1.0)


def difference(x=X, function=np.sum, **settings):
    return lambda: mlp.numerical_gradient(function, x, **settings)


def check(network=None, x=X, **settings):
    return lambda: mlp.check_gradients(network or mlp.Tanh(), x, **settings)


class Unrepeatable(mlp.Layer):
    def forward(self, x, training=False, out=None):
        raise RuntimeError


WRONG = [
    (difference([1.0, 2.0]), TypeError, "x must be an array of floats ... [1.0, 2.0]"),
    (difference(np.array([1, 2])), TypeError, "x must be an array of floats ... array([1, 2])"),
    (difference(np.array([1j])), TypeError, "x must be an array of floats"),
    (difference(step=0), ValueError, "step must ... (0, inf) ... got 0"),
    (difference(step=-1e-5), ValueError, "step must ... (0, inf) ... got -1e-05"),
    (difference(step="1"), TypeError, "step must ... got '1'"),
    (difference(step=True), TypeError, "step must ... got True"),
    (check(mlp.Dense(3, 2)), TypeError, "weight of layer 0, Dense(3, 2) ... float64 ... float32"),
    (check(x=[[1.0, np.nan]]), ValueError, "x must ... finite ... nan at index (0, 1)"),
    (check(x="abc"), TypeError, "x must ... real numbers"),
    (check(x=[[1j]]), TypeError, "x must ... complex128"),
    (check(target=[0]), ValueError, "target and loss ... together"),
    (check(loss=mlp.CrossEntropy()), ValueError, "target and loss ... together"),
    (check(target=X, loss="mse"), TypeError, "loss must ... got 'mse'"),
    (check(tolerance=0), ValueError, "tolerance must ... (0, inf) ... got 0"),
    (check(tolerance=-1.0), ValueError, "tolerance must ... (0, inf) ... got -1.0"),
    (check(tolerance="1"), TypeError, "tolerance must ... got '1'"),
    (check(rng="0"), TypeError, "rng must ... got '0'"),
    (check(mlp.Neuron([1.0, 2.0, 3.0])), TypeError, "network must be ... got Neuron(3"),
    (check("net"), TypeError, "network must be a Sequential or a layer, got 'net'"),
    (difference(function="sum"), TypeError, "function must be a function, got 'sum'"),
    (difference(function=lambda x: 2 * x), TypeError, "function must ... shape (4, 3)"),
    (difference(function=lambda x: x[:1, 0]), TypeError, "function must ... shape (1,)"),
    (difference(function=lambda x: None), TypeError, "function must return a number, got None"),
    (difference(function=lambda x: "1"), TypeError, "function must return a number, got '1'"),
    (difference(function=lambda x: 1j), TypeError, "function must return a number, got 1j"),
    (difference(step=1e-20), ValueError, "step must change 1 to another number, got 1e-20"),
    (difference(np.full(2, 1e308), step=1e3), ValueError, "step must change 1e+308 ... 1000.0"),
    (lambda: mlp.Value("1"), TypeError, "data must be a number, got '1'"),
    (lambda: mlp.Value(True), TypeError, "data must be a number, got True"),
    (lambda: mlp.Value(None), TypeError, "data must be a number, got None"),
    (lambda: mlp.Value(1j), TypeError, "data must be a number, got 1j"),
    (lambda: mlp.Value(Decimal(1)), TypeError, "data must be a number, got Decimal"),
    (lambda: ONE + "1", TypeError, "got '1'"),
    (lambda: ONE * [1.0], TypeError, "got [1.0]"),
    (lambda: None - ONE, TypeError, "got None"),
    (lambda: ONE**ONE, TypeError, "exponent must ... got Value(1"),
    (lambda: ONE**True, TypeError, "exponent must ... got True"),
    (lambda: mlp.Value(-1.0) ** 0.5, TypeError, "must be a number"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_use_is_named(call, error, message):
    with pytest.raises(error, match=".*".join(map(re.escape, message.split(" ... ")))):
        call()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: mlp.Value(0.0).log(), ValueError),
        (lambda: mlp.Value(-1.0).log(), ValueError),
        (lambda: mlp.Value(0.0) ** -1, ZeroDivisionError),
        (lambda: ONE / 0, ZeroDivisionError),
        (lambda: mlp.Value(1000.0).exp(), OverflowError),
    ],
)
def test_values_without_a_result_raise_as_floats_do(call, error):
    with pytest.raises(error):
        call()
