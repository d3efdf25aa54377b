"""mlp.activations against exact arithmetic, and their backward against differences."""

import re
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

import mlp

PI = Decimal(
    "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899863"
)
SLOPE, ALPHA = 0.2, 1.5


def sigmoid(x):
    return 1 / (1 + (-x).exp())


def tanh(x):
    return 2 * sigmoid(2 * x) - 1


def gelu_argument(x):
    """Return 2u, so that GELU(x) = x σ(2u), and its derivative: another form than the package's."""
    c = 2 * (2 / PI).sqrt()
    return c * (x + Decimal("0.044715") * x**3), c * (1 + 3 * Decimal("0.044715") * x**2)


def gelu_slope(x):
    two_u, slope = gelu_argument(x)
    s = sigmoid(two_u)
    return s + x * s * (1 - s) * slope


# Each activation with φ and φ' as functions of a Decimal, and with φ(±1e4), φ'(0) and φ'(±1e4).
CASES = {
    "identity": (mlp.Identity(), lambda x: x, lambda x: 1, (-1e4, 1e4), (1, 1, 1)),
    "sigmoid": (
        mlp.Sigmoid(),
        sigmoid,
        lambda x: sigmoid(x) * sigmoid(-x),
        (0, 1),
        (0, 0.25, 0),
    ),
    "tanh": (mlp.Tanh(), tanh, lambda x: 1 - tanh(x) ** 2, (-1, 1), (0, 1, 0)),
    "relu": (mlp.ReLU(), lambda x: max(x, 0), lambda x: int(x > 0), (0, 1e4), (0, 0, 1)),
    "leaky": (
        mlp.LeakyReLU(SLOPE),
        lambda x: x if x > 0 else Decimal(SLOPE) * x,
        lambda x: 1 if x > 0 else Decimal(SLOPE),
        (-2e3, 1e4),
        (SLOPE, SLOPE, 1),
    ),
    "elu": (
        mlp.ELU(ALPHA),
        lambda x: x if x > 0 else Decimal(ALPHA) * (x.exp() - 1),
        lambda x: 1 if x > 0 else Decimal(ALPHA) * x.exp(),
        (-ALPHA, 1e4),
        (0, ALPHA, 1),
    ),
    "gelu": (
        mlp.GELU(),
        lambda x: x * sigmoid(gelu_argument(x)[0]),
        gelu_slope,
        (0, 1e4),
        (0, 0.5, 1),
    ),
    "silu": (
        mlp.SiLU(),
        lambda x: x * sigmoid(x),
        lambda x: sigmoid(x) + x * sigmoid(x) * sigmoid(-x),
        (0, 1e4),
        (0, 0.5, 1),
    ),
    "softplus": (mlp.Softplus(), lambda x: (1 + x.exp()).ln(), sigmoid, (0, 1e4), (0, 0.5, 1)),
}
elementwise = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
every = pytest.mark.parametrize(
    "activation", [*(case[0] for case in CASES.values()), mlp.Softmax()], ids=repr
)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def exact(function, x):
    """Return the function of each number, computed with 120 digits and rounded once."""
    with localcontext(prec=120, Emax=MAX_EMAX, Emin=MIN_EMIN):
        values = [float(function(Decimal(float(number)))) for number in x.ravel()]
    return np.array(values).reshape(x.shape)


def numbers(largest, width=64):
    """Numbers that keep away from the kink at 0, where there is no derivative."""
    positive = st.floats(2.0**-10, largest, width=width)
    return positive | positive.map(lambda number: -number)


def batches():
    shapes = array_shapes(min_dims=2, max_dims=2, max_side=5)
    return arrays(np.float64, shapes, elements=numbers(20.0))


# --- values and derivatives -----------------------------------------------------------------------


@elementwise
@given(x=arrays(np.float64, 3, elements=numbers(200.0)))
def test_forward_is_exact_in_float64(case, x):
    activation, function, *_ = case
    # The tanh form of GELU cancels in its negative tail; the others are exact in every digit there.
    atol = 1e-15 if isinstance(activation, mlp.GELU) else 0
    np.testing.assert_allclose(activation(x), exact(function, x), rtol=1e-14, atol=atol)


@elementwise
@given(x=arrays(np.float32, 3, elements=numbers(80.0, width=32)))
def test_forward_is_exact_in_float32(case, x):
    activation, function, *_ = case
    atol = 1e-6 if isinstance(activation, mlp.GELU) else 0
    np.testing.assert_allclose(activation(x), exact(function, x), rtol=2e-6, atol=atol)


@elementwise
@given(x=arrays(np.float64, 3, elements=numbers(200.0)))
def test_derivative_is_exact(case, x):
    activation, _, derivative, *_ = case
    np.testing.assert_allclose(
        activation.derivative(x), exact(derivative, x), rtol=1e-14, atol=2e-15
    )


@elementwise
@both_dtypes
def test_saturated_inputs_reach_the_limits_exactly(case, dtype):
    activation, _, _, limits, slopes = case
    x = np.array([-1e4, 0, 1e4], dtype)
    y = activation(x)
    np.testing.assert_array_equal(y[[0, 2]], np.array(limits, dtype))
    np.testing.assert_array_equal(activation.derivative(x), np.array(slopes, dtype))
    np.testing.assert_array_equal(
        activation.backward(2 * np.ones_like(x)), 2 * np.array(slopes, dtype)
    )


@every
@both_dtypes
def test_the_largest_floats_give_no_warning_and_stay_finite(activation, dtype):
    huge = np.finfo(dtype).max / 4
    x = np.array([[-huge, 0, huge]], dtype)
    assert np.isfinite(activation(x)).all()
    assert np.isfinite(activation.backward(np.ones_like(x))).all()


@every
@given(x=batches())
def test_backward_against_differences(activation, x):
    assert mlp.check_gradients(activation, x) < 1e-6


@elementwise
@given(x=batches(), seed=st.integers(0, 99))
def test_backward_is_the_gradient_times_the_derivative(case, x, seed):
    activation = case[0]
    grad_y = np.random.default_rng(seed).standard_normal(x.shape)
    activation(x)
    np.testing.assert_allclose(
        activation.backward(grad_y), grad_y * activation.derivative(x), rtol=1e-14
    )


@every
def test_backward_belongs_to_the_last_forward(activation):
    first, second = np.array([[0.5, 1.0]]), np.array([[-0.5, 2.0], [3.0, -1.0]])
    grad = np.array([[1.0, -2.0], [0.5, 1.0]])
    activation(second)
    wanted = activation.backward(grad)
    activation(first)
    activation(second)
    if not isinstance(activation, mlp.Softmax):
        activation.derivative(first)  # which must not count as a forward
    np.testing.assert_array_equal(activation.backward(grad), wanted)


# --- Softmax --------------------------------------------------------------------------------------


def test_softmax_worked_by_hand():
    y = mlp.Softmax()(np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]]))
    np.testing.assert_allclose(y, [[1 / 8, 2 / 8, 5 / 8], [3 / 8, 3 / 8, 2 / 8]], rtol=1e-15)


@given(
    x=arrays(np.float64, array_shapes(min_dims=1, max_dims=3, max_side=4), elements=numbers(9.0))
)
def test_softmax_is_a_distribution_along_the_last_axis(x):
    softmax = mlp.Softmax()
    y = softmax(x)
    odds = np.exp(x)
    np.testing.assert_allclose(y, odds / odds.sum(axis=-1, keepdims=True), rtol=1e-13)
    np.testing.assert_allclose(softmax(x + 100), y, rtol=1e-12)
    wanted = np.empty((*x.shape, x.shape[-1]))  # the Jacobian, element by element
    for *rest, i, j in np.ndindex(wanted.shape):
        row = y[tuple(rest)]
        wanted[(*rest, i, j)] = row[i] * ((i == j) - row[j])
    np.testing.assert_allclose(softmax.jacobian(x), wanted, atol=1e-16)


@given(x=batches(), seed=st.integers(0, 99))
def test_softmax_backward_is_the_gradient_times_the_jacobian(x, seed):
    softmax = mlp.Softmax()
    grad_y = np.random.default_rng(seed).standard_normal(x.shape)
    softmax(x)
    wanted = np.einsum("ni,nij->nj", grad_y, softmax.jacobian(x))
    np.testing.assert_allclose(softmax.backward(grad_y), wanted, rtol=1e-10, atol=1e-14)


@both_dtypes
def test_softmax_of_huge_logits_is_exact(dtype):
    softmax = mlp.Softmax()
    y = softmax(np.array([[1e4, -1e4, 0], [-1e4, -1e4, -1e4 - 800]], dtype))
    np.testing.assert_array_equal(y, np.array([[1, 0, 0], [0.5, 0.5, 0]], dtype))
    np.testing.assert_array_equal(softmax.backward(np.eye(2, 3, dtype=dtype))[0], [0, 0, 0])


# --- arrays: types, shapes, memory ----------------------------------------------------------------


@every
@both_dtypes
def test_the_type_of_floats_stays(activation, dtype):
    x = np.array([[-1.5, 0.25, 2.0]], dtype)
    assert activation(x).dtype == dtype
    assert activation.backward(np.ones_like(x)).dtype == dtype
    slope = activation.jacobian if isinstance(activation, mlp.Softmax) else activation.derivative
    assert slope(x).dtype == dtype


@pytest.mark.parametrize("make", [mlp.LeakyReLU, mlp.ELU])
def test_a_setting_in_float64_does_not_widen_float32(make):
    activation = make(np.float64(0.3))
    x = np.array([-1.0, 1.0], np.float32)
    results = [activation(x), activation.backward(x), activation.derivative(x)]
    assert {result.dtype for result in results} == {np.dtype(np.float32)}


@every
def test_integers_and_lists_become_float64(activation):
    y = activation([[1, -2, 3]])
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, activation(np.array([[1.0, -2.0, 3.0]])))


@elementwise
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)])
def test_any_shape_comes_back(case, shape):
    activation = case[0]
    x = np.full(shape, 0.5)
    assert np.shape(activation(x)) == shape
    assert np.shape(activation.derivative(x)) == shape
    assert np.shape(activation.backward(x)) == shape


@every
def test_out_holds_the_plain_result_and_arguments_stay(activation):
    x, grad = np.array([[-1.5, 0.25, 2.0]]), np.array([[3.0, -1.0, 0.5]])
    x_before, grad_before = x.copy(), grad.copy()
    y = activation(x).copy()
    grad_x = activation.backward(grad).copy()
    out_y, out_grad = np.full_like(x, np.nan), np.full_like(x, np.nan)
    assert activation.forward(x, out=out_y) is out_y
    assert activation.backward(grad, out=out_grad) is out_grad
    np.testing.assert_array_equal(out_y, y)
    np.testing.assert_array_equal(out_grad, grad_x)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(grad, grad_before)
    assert activation.backward(grad, out=grad) is grad
    np.testing.assert_array_equal(grad, grad_x)


@pytest.mark.parametrize(
    "activation",
    [
        mlp.Identity(),
        mlp.Sigmoid(),
        mlp.Tanh(),
        mlp.ReLU(),
        mlp.LeakyReLU(SLOPE),
        mlp.ELU(ALPHA),
        mlp.Softplus(),
        mlp.Softmax(),
    ],
    ids=repr,
)
def test_where_the_output_is_enough_x_itself_may_be_the_output(activation):
    x, grad = np.array([[-1.5, 0.25, 2.0]]), np.array([[3.0, -1.0, 0.5]])
    y, grad_x = activation(x).copy(), activation.backward(grad).copy()
    assert activation.forward(x, out=x) is x
    np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(activation.backward(grad), grad_x)


@every
def test_the_result_is_a_new_array(activation):
    x = np.array([[-1.5, 0.25, 2.0]])
    y = activation(x)
    assert not np.shares_memory(x, y)
    assert not np.shares_memory(activation.backward(x), x)


# --- settings and wrong use -----------------------------------------------------------------------


def test_defaults_config_and_repr():
    assert mlp.LeakyReLU().config() == {"negative_slope": 0.01}
    assert mlp.ELU().config() == {"alpha": 1.0}
    assert mlp.Tanh().config() == {}
    assert repr(mlp.LeakyReLU(0.25)) == "LeakyReLU(negative_slope=0.25)"
    assert repr(mlp.SiLU()) == "SiLU()"
    y = mlp.ReLU().forward([[-1.0, 2.0]], training=True)
    np.testing.assert_array_equal(y, [[0.0, 2.0]])


def used(activation):
    activation([[1.0, 2.0]])
    return activation


WRONG = [
    (lambda: mlp.Tanh()(["a"]), TypeError, "x must hold real numbers ... <U1"),
    (lambda: mlp.Sigmoid()(None), TypeError, "x must hold real numbers ... object"),
    (lambda: mlp.ReLU()([1j]), TypeError, "x must hold real numbers ... complex128"),
    (lambda: mlp.ELU().derivative([1j]), TypeError, "x must ... complex128"),
    (lambda: mlp.Tanh()([[1.0], [2.0, 3.0]]), ValueError, "x must"),
    (lambda: used(mlp.ReLU()).backward([[1j, 1j]]), TypeError, "grad_y must ... complex128"),
    (lambda: used(mlp.GELU()).backward([["a", "b"]]), TypeError, "grad_y must ... <U1"),
    (lambda: mlp.LeakyReLU(1.0), ValueError, "negative_slope must ... [0, 1) ... got 1.0"),
    (lambda: mlp.LeakyReLU(-0.1), ValueError, "negative_slope must ... [0, 1) ... got -0.1"),
    (lambda: mlp.LeakyReLU(False), TypeError, "negative_slope must ... [0, 1) ... got False"),
    (lambda: mlp.LeakyReLU("0.1"), TypeError, "negative_slope must ... [0, 1) ... got '0.1'"),
    (lambda: mlp.LeakyReLU(np.nan), ValueError, "negative_slope must ... [0, 1) ... got nan"),
    (lambda: mlp.ELU(0), ValueError, "alpha must ... (0, inf) ... got 0"),
    (lambda: mlp.ELU(np.inf), ValueError, "alpha must ... (0, inf) ... got inf"),
    (lambda: mlp.ELU(None), TypeError, "alpha must ... (0, inf) ... got None"),
    (lambda: mlp.ELU(1j), TypeError, "alpha must ... (0, inf) ... got 1j"),
    (lambda: mlp.Softmax()(3.0), ValueError, "x must ... Softmax ... got ()"),
    (lambda: mlp.Softmax()([[]]), ValueError, "x must ... got (1, 0)"),
    (lambda: mlp.Softmax().derivative([1.0]), TypeError, "jacobian"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_use_is_named(call, error, message):
    with pytest.raises(error, match=".*".join(map(re.escape, message.split(" ... ")))):
        call()


@every
def test_backward_needs_a_forward_and_its_shape(activation):
    fresh = type(activation)(**activation.config())
    with pytest.raises(ValueError, match=rf"{type(fresh).__name__}\.backward .* forward"):
        fresh.backward(np.ones((1, 3)))
    fresh(np.ones((4, 3)))
    for wrong in [(3,), (4, 1), (1, 3), (3, 4), ()]:
        with pytest.raises(ValueError, match=r"grad_y must have shape \(4, 3\), got") as caught:
            fresh.backward(np.ones(wrong))
        assert str(wrong) in str(caught.value)
