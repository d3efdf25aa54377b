"""mlp.networks: layers, their gradients, and one vector for all parameters."""

import copy
import math
import pickle
import re
from itertools import pairwise

import kinds
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import mlp

sizes = st.integers(1, 6)
seeds = st.integers(0, 10**6)
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def normal(*shape, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def small_net(rng=0, dtype=np.float32, p=0.0):
    return mlp.Sequential(
        mlp.Dense(3, 5), mlp.Tanh(), mlp.Dropout(p), mlp.Dense(5, 2), rng=rng, dtype=dtype
    )


# --- Dense ----------------------------------------------------------------------------------------


@given(n=sizes, d_in=sizes, d_out=sizes, seed=seeds)
def test_dense_number_by_number(n, d_in, d_out, seed):
    layer = mlp.Dense(d_in, d_out, rng=seed, dtype=np.float64)
    layer.bias[:] = normal(d_out, seed=seed)
    x, grad_y = normal(n, d_in, seed=seed + 1), normal(n, d_out, seed=seed + 2)
    y = layer(x)
    grad_x = layer.backward(grad_y)
    w, b = layer.weight, layer.bias
    close = {"rel": 1e-12, "abs": 1e-13}
    for i, k in np.ndindex(n, d_out):
        assert y[i, k] == pytest.approx(sum(x[i, j] * w[j, k] for j in range(d_in)) + b[k], **close)
    for j, k in np.ndindex(d_in, d_out):
        wanted = sum(x[i, j] * grad_y[i, k] for i in range(n))
        assert layer.weight_grad[j, k] == pytest.approx(wanted, **close)
    for k in range(d_out):
        assert layer.bias_grad[k] == pytest.approx(sum(grad_y[i, k] for i in range(n)), **close)
    for i, j in np.ndindex(n, d_in):
        wanted = sum(grad_y[i, k] * w[j, k] for k in range(d_out))
        assert grad_x[i, j] == pytest.approx(wanted, **close)


@given(n=sizes, d_in=sizes, d_out=sizes, seed=seeds)
def test_dense_against_differences(n, d_in, d_out, seed):
    layer = mlp.Dense(d_in, d_out, rng=seed, dtype=np.float64)
    layer.bias[:] = normal(d_out, seed=seed)
    assert mlp.check_gradients(layer, normal(n, d_in, seed=seed)) < 1e-6


def test_gradients_of_dense_are_written_not_added():
    layer = mlp.Dense(2, 3, rng=0, dtype=np.float64)
    layer(normal(4, 2))
    layer.backward(normal(4, 3))
    first = layer.weight_grad.copy(), layer.bias_grad.copy()
    layer.backward(normal(4, 3))
    np.testing.assert_array_equal(layer.weight_grad, first[0])
    np.testing.assert_array_equal(layer.bias_grad, first[1])


def test_dense_starts_from_its_initializer_with_bias_zero():
    layer = mlp.Dense(30, 20, initializer=mlp.he_normal, rng=7)
    np.testing.assert_array_equal(layer.weight, mlp.he_normal((30, 20), rng=7))
    np.testing.assert_array_equal(layer.bias, np.zeros(20))
    default = mlp.Dense(30, 20, rng=7)
    np.testing.assert_array_equal(default.weight, mlp.glorot_uniform((30, 20), rng=7))
    assert not np.array_equal(mlp.Dense(30, 20).weight, mlp.Dense(30, 20).weight)


# --- Dropout --------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.7, 0.996, 0.999])
@both_dtypes
def test_dropout_keeps_the_right_share_with_the_exact_scale(p, dtype):
    zeroed = min(round(256 * p), 255) / 256  # p as it is done, in 256ths
    x = np.full((1000, 100), 3, dtype)
    y = mlp.Dropout(p, rng=1).forward(x, training=True)
    kept = y != 0
    np.testing.assert_allclose(y[kept], 3 / (1 - zeroed), rtol=4 * np.finfo(dtype).eps)
    # Hoeffding: the share of N is off by t with probability <= 2 exp(-2 N t²) = 2e-9.
    assert abs(kept.mean() - (1 - zeroed)) < math.sqrt(math.log(1e9) / (2 * x.size))


def test_dropout_keeps_the_expectation():
    x, n = normal(8), 20_000
    mean = mlp.Dropout(0.3, rng=0).forward(np.tile(x, (n, 1)), training=True).mean(axis=0)
    q = 77 / 256  # 0.3 in 256ths; x mask / (1 - q) has the variance x² q / (1 - q)
    sigma = np.abs(x) * math.sqrt(q / (1 - q) / n)
    assert (np.abs(mean - x) < 6 * sigma).all()


def test_dropout_decides_for_each_number_alone():
    """The kept numbers of a row are binomial: their variance shows dependence between columns."""
    n, d = 20_000, 50
    kept = mlp.Dropout(0.5, rng=3).forward(np.ones((n, d)), training=True) != 0
    per_row = kept.sum(axis=1)
    # The sample variance of a binomial(d, 1/2) has standard deviation about σ² √(2/n).
    assert abs(per_row.var() / (d / 4) - 1) < 6 * math.sqrt(2 / n)
    per_column = kept.sum(axis=0)
    assert np.abs(per_column - n / 2).max() < 6 * math.sqrt(n / 4)
    again = np.corrcoef(kept[:-1].ravel(), kept[1:].ravel())[0, 1]  # from row to row
    assert abs(again) < 6 / math.sqrt(n * d)


def test_dropout_backward_has_the_mask_of_forward():
    dropout = mlp.Dropout(0.4, rng=0)
    x, grad = normal(20, 10) + 9, normal(20, 10, seed=1)
    for _ in range(2):  # every forward draws a new one
        mask = dropout.forward(x, training=True) / x
        np.testing.assert_allclose(dropout.backward(grad), grad * mask, rtol=1e-14)
    assert not np.array_equal(mask, dropout.forward(x, training=True) / x)


@given(n=sizes, d=sizes, seed=seeds)
def test_dropout_against_differences(n, d, seed):
    assert mlp.check_gradients(mlp.Dropout(0.4, rng=seed), normal(n, d, seed=seed)) < 1e-6


def test_dropout_changes_nothing_in_prediction():
    dropout = mlp.Dropout(0.9, rng=0)
    x, grad = normal(5, 4), normal(5, 4, seed=1)
    dropout.forward(x, training=True)  # whose mask must not be left over
    np.testing.assert_array_equal(dropout(x), x)
    np.testing.assert_array_equal(dropout.backward(grad), grad)
    assert not np.shares_memory(dropout(x), x)


def test_dropout_of_nothing_changes_nothing():
    dropout = mlp.Dropout(0, rng=0)
    x = normal(5, 4)
    np.testing.assert_array_equal(dropout.forward(x, training=True), x)
    np.testing.assert_array_equal(dropout.backward(x), x)


def test_dropout_repeats_with_its_seed():
    x = np.ones((30, 30))
    first, same = mlp.Dropout(0.5, rng=4), mlp.Dropout(0.5, rng=np.random.default_rng(4))
    other = mlp.Dropout(0.5, rng=5)
    y = first.forward(x, training=True)
    np.testing.assert_array_equal(y, same.forward(x, training=True))
    assert not np.array_equal(y, other.forward(x, training=True))
    assert not np.array_equal(y, first.forward(x, training=True))


# --- both layers: types and memory ----------------------------------------------------------------


@pytest.mark.parametrize(
    "make", [lambda: mlp.Dense(3, 3, rng=0, dtype=np.float64), lambda: mlp.Dropout(0.5, rng=0)]
)
@pytest.mark.parametrize("training", [False, True])
def test_out_holds_the_plain_result_and_arguments_stay(make, training):
    x, grad = normal(4, 3), normal(4, 3, seed=1)
    x_before, grad_before = x.copy(), grad.copy()
    plain, given_out = make(), make()
    y = plain.forward(x, training)
    grad_x = plain.backward(grad)
    out, out_grad = np.full_like(x, np.nan), np.full_like(x, np.nan)
    assert given_out.forward(x, training, out=out) is out
    assert given_out.backward(grad, out=out_grad) is out_grad
    np.testing.assert_array_equal(out, y)
    np.testing.assert_array_equal(out_grad, grad_x)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(grad, grad_before)


def test_dropout_may_write_over_what_it_gets():
    x, grad = normal(4, 3), normal(4, 3, seed=1)
    plain, in_place = mlp.Dropout(0.5, rng=0), mlp.Dropout(0.5, rng=0)
    y, grad_x = plain.forward(x, training=True), plain.backward(grad)
    assert in_place.forward(x, training=True, out=x) is x
    assert in_place.backward(grad, out=grad) is grad
    np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(grad, grad_x)


@both_dtypes
@pytest.mark.parametrize("came", [np.float32, np.float64, np.int64])
def test_a_layer_computes_in_its_own_type(dtype, came):
    layer = mlp.Dense(3, 2, rng=0, dtype=dtype)
    assert layer(np.ones((4, 3), came)).dtype == dtype
    assert layer.backward(np.ones((4, 2), came)).dtype == dtype
    assert {layer.weight.dtype, layer.bias.dtype, layer.parameters.dtype} == {np.dtype(dtype)}
    assert {layer.weight_grad.dtype, layer.bias_grad.dtype} == {np.dtype(dtype)}


@both_dtypes
@pytest.mark.parametrize("training", [False, True])
def test_dropout_keeps_the_type_of_its_input(dtype, training):
    dropout = mlp.Dropout(np.float64(0.5), rng=0)
    assert dropout.forward(np.ones((4, 3), dtype), training).dtype == dtype
    assert dropout.backward(np.ones((4, 3))).dtype == dtype
    assert dropout.forward(np.ones((4, 3), int), training).dtype == np.float64


# --- Sequential: one vector -----------------------------------------------------------------------


@both_dtypes
def test_all_parameters_are_one_vector_layer_by_layer(dtype):
    net = small_net(dtype=dtype)
    first, last = net.layers[0], net.layers[3]
    for name, suffix in [("parameters", ""), ("gradients", "_grad")]:
        vector = getattr(net, name)
        assert (vector.ndim, vector.dtype, vector.flags.c_contiguous) == (1, dtype, True)
        vector[:] = np.arange(3 * 5 + 5 + 5 * 2 + 2)
        # W before b, by rows
        parts = [
            getattr(layer, part + suffix) for layer in (first, last) for part in ("weight", "bias")
        ]
        np.testing.assert_array_equal(np.concatenate([part.ravel() for part in parts]), vector)
        for part in parts:
            part += 100
        np.testing.assert_array_equal(vector, 100 + np.arange(32))
        assert [part.shape for part in parts] == [(3, 5), (5,), (5, 2), (2,)]
    assert net.parameters.size == net.gradients.size == 32
    assert not np.shares_memory(net.parameters, net.gradients)
    assert (net.dtype, net.d_in) == (dtype, 3)


def test_gradients_arrive_in_the_vector():
    net = small_net(dtype=np.float64)
    net(normal(4, 3))
    vector = net.gradients
    net.backward(normal(4, 2))
    assert net.gradients is vector
    assert (vector != 0).all()
    np.testing.assert_array_equal(vector[:15].reshape(3, 5), net.layers[0].weight_grad)


def test_changing_the_vector_changes_the_output():
    net = small_net()
    net.parameters[:] = 0
    net.parameters[-2:] = [3, 4]
    np.testing.assert_array_equal(net(np.ones((1, 3))), [[3, 4]])
    net.layers[3].bias[0] = 5
    assert net.parameters[-2] == 5


def test_a_network_without_parameters():
    net = mlp.Sequential(mlp.Tanh(), mlp.Dropout(0.5), rng=0)
    assert net.parameters.shape == net.gradients.shape == (0,)
    assert net.d_in is None
    assert net(np.ones((2, 7))).shape == (2, 7)


def test_rng_makes_identical_networks():
    first, second = small_net(rng=3), small_net(rng=3)
    np.testing.assert_array_equal(first.parameters, second.parameters)
    np.testing.assert_array_equal(
        first.parameters, small_net(rng=np.random.default_rng(3)).parameters
    )
    assert not np.array_equal(first.parameters, small_net(rng=4).parameters)
    weights = [layer.weight.ravel()[:6] for layer in (first.layers[0], first.layers[3])]
    assert not np.array_equal(*weights)  # one stream, not the same seed for each layer


def test_rng_reaches_the_dropout_masks():
    x = np.ones((9, 3))
    outputs = [small_net(rng=seed, p=0.5).forward(x, training=True) for seed in (3, 3)]
    np.testing.assert_array_equal(*outputs)
    net = mlp.Sequential(mlp.Dropout(0.5), mlp.Dropout(0.5), rng=3)
    net.forward(np.ones((30, 30)), training=True)
    once = [layer.backward(np.ones((30, 30))) for layer in net.layers]
    assert not np.array_equal(*once)  # two layers, two masks


def test_without_rng_the_layers_keep_their_weights():
    first, last = mlp.Dense(3, 5, rng=1), mlp.Dense(5, 2, rng=2, dtype=np.float64)
    first.bias[:] = 7
    weight, last_weight = first.weight.copy(), last.weight.copy()
    net = mlp.Sequential(first, mlp.ReLU(), last)
    np.testing.assert_array_equal(first.weight, weight)
    np.testing.assert_array_equal(first.bias, np.full(5, 7))
    np.testing.assert_array_equal(last.weight, last_weight.astype(np.float32))
    np.testing.assert_array_equal(net.parameters[:15], weight.ravel())


def test_with_rng_the_layers_are_drawn_anew():
    layer = mlp.Dense(3, 5, initializer=mlp.he_normal, rng=1)
    layer.bias[:] = 7
    mlp.Sequential(layer, rng=2, dtype=np.float64)
    np.testing.assert_array_equal(
        layer.weight, mlp.he_normal((3, 5), np.random.default_rng(2), np.float64)
    )
    np.testing.assert_array_equal(layer.bias, np.zeros(5))


# --- Sequential: what it computes -----------------------------------------------------------------


def test_2_2_1_network_worked_by_hand():
    net = mlp.Sequential(mlp.Dense(2, 2), mlp.ReLU(), mlp.Dense(2, 1), dtype=np.float64)
    net.layers[0].weight[:], net.layers[0].bias[:] = [[1, -1], [2, 1]], [0, 1]
    net.layers[2].weight[:], net.layers[2].bias[:] = [[2], [-1]], [0.5]
    # Rows (1, 1) and (-1, 0): z = (3, 1) and (-1, 2), a = (3, 1) and (0, 2), y = 5.5 and -1.5.
    loss = mlp.MeanSquaredError()
    y = net([[1, 1], [-1, 0]])
    np.testing.assert_array_equal(y, [[5.5], [-1.5]])
    # Errors 0.5 and -1: L = (0.25 + 1) / 2, ∂L/∂y = 2/2 of the errors.
    assert loss(y, [[5.0], [-0.5]]) == 0.625
    grad_y = loss.backward()
    np.testing.assert_array_equal(grad_y, [[0.5], [-1]])
    # ∂L/∂a = (1, -0.5) and (-2, 1); ReLU stops the -2: ∂L/∂z = (1, -0.5) and (0, 1).
    np.testing.assert_array_equal(net.backward(grad_y), [[1.5, 1.5], [-1, 1]])
    np.testing.assert_array_equal(net.layers[2].weight_grad, [[1.5], [-1.5]])
    np.testing.assert_array_equal(net.layers[2].bias_grad, [-0.5])
    np.testing.assert_array_equal(net.layers[0].weight_grad, [[1, -1.5], [1, -0.5]])
    np.testing.assert_array_equal(net.layers[0].bias_grad, [1, 0.5])
    np.testing.assert_array_equal(net.gradients, [1, -1.5, 1, -0.5, 1, 0.5, 1.5, -1.5, -0.5])


def test_xor_by_hand():
    net = mlp.Sequential(mlp.Dense(2, 2), mlp.ReLU(), mlp.Dense(2, 1))
    net.parameters[:] = [1, 1, 1, 1, 0, -1, 1, -2, 0]  # max(a + b, 0) - 2 max(a + b - 1, 0)
    np.testing.assert_array_equal(net([[0, 0], [0, 1], [1, 0], [1, 1]]), [[0], [1], [1], [0]])


@given(n=sizes, sizes=st.lists(sizes, min_size=2, max_size=5), seed=seeds)
def test_dense_layers_compose_to_one_dense_layer(n, sizes, seed):
    layers = [mlp.Dense(*pair, rng=seed) for pair in pairwise(sizes)]
    net = mlp.Sequential(*layers, dtype=np.float64)
    net.parameters[:] = normal(net.parameters.size, seed=seed)
    weight, bias = np.eye(sizes[0]), np.zeros(sizes[0])
    for layer in layers:
        weight, bias = weight @ layer.weight, bias @ layer.weight + layer.bias
    x = normal(n, sizes[0], seed=seed)
    np.testing.assert_allclose(net(x), x @ weight + bias, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("activation", kinds.ACTIVATIONS.values())
@settings(max_examples=10)
@given(n=sizes, d=sizes, hidden=sizes, k=sizes, seed=seeds)
def test_networks_against_differences(activation, n, d, hidden, k, seed):
    layers = mlp.Dense(d, hidden), activation(), mlp.Dropout(0.2), mlp.Dense(hidden, k)
    net = mlp.Sequential(*layers, rng=seed, dtype=np.float64)
    x = normal(n, d, seed=seed)
    assume(np.abs(net.layers[0](x)).min() > 1e-3)  # no kink is near
    y = np.random.default_rng(seed).integers(0, k, n)
    assert mlp.check_gradients(net, x, target=y, loss=mlp.CrossEntropy()) < 1e-6


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (mlp.MeanSquaredError(), normal(6, 2, seed=1)),
        (mlp.MeanAbsoluteError(), normal(6, 2, seed=1)),
        (mlp.Huber(0.7), normal(6, 2, seed=1)),
        (mlp.BinaryCrossEntropy(), np.eye(2)[[0, 1, 1, 0, 1, 0]]),
        (mlp.CrossEntropy(0.1), np.array([0, 1, 1, 0, 1, 0])),
    ],
    ids=repr,
)
def test_networks_with_each_loss_against_differences(loss, target):
    net = small_net(dtype=np.float64, p=0.3)
    assert mlp.check_gradients(net, normal(6, 3), target=target, loss=loss) < 1e-6


@both_dtypes
def test_the_network_computes_in_its_own_type(dtype):
    net = small_net(dtype=dtype, p=0.3)
    for x in (
        normal(4, 3),
        normal(4, 3, dtype=np.float32),
        np.eye(4, 3, dtype=int),
        [[1, 2, 3]] * 4,
    ):
        assert net.forward(x, training=True).dtype == dtype
        for grad in (np.ones((4, 2)), np.ones((4, 2), np.float32), [[1, 2]] * 4):
            assert net.backward(grad).dtype == dtype
        assert net.gradients.dtype == dtype


def test_float32_and_float64_agree():
    narrow, wide = small_net(), small_net(dtype=np.float64)
    wide.parameters[:] = narrow.parameters
    x, grad = normal(50, 3), normal(50, 2, seed=1)
    np.testing.assert_allclose(narrow(x), wide(x), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(narrow.backward(grad), wide.backward(grad), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(narrow.gradients, wide.gradients, rtol=1e-4, atol=1e-4)


def test_each_row_is_computed_alone():
    net = small_net(dtype=np.float64)
    x = normal(7, 3)
    together = net(x)
    for i in range(7):
        np.testing.assert_allclose(net(x[i : i + 1]), together[i : i + 1], rtol=1e-12)


def test_arguments_stay_and_outputs_are_the_callers():
    net = small_net(dtype=np.float64, p=0.5)
    x, grad = normal(4, 3), normal(4, 2, seed=1)
    x_before, grad_before = x.copy(), grad.copy()
    y = net.forward(x, training=True)
    y_before = y.copy()
    grad_x = net.backward(grad)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(grad, grad_before)
    grad_x_before = grad_x.copy()
    net(x + 1)
    net.backward(grad)
    np.testing.assert_array_equal(y, y_before)
    np.testing.assert_array_equal(grad_x, grad_x_before)


def test_calling_is_forward_and_the_layers_can_be_walked():
    net = small_net()
    x = normal(4, 3, dtype=np.float32)
    y = x
    for layer in net.layers:
        y = layer(y)
    np.testing.assert_array_equal(net(x), y)
    np.testing.assert_array_equal(net.forward(x), y)
    assert [type(layer).__name__ for layer in net.layers] == ["Dense", "Tanh", "Dropout", "Dense"]


def test_reprs_are_calls():
    net = mlp.Sequential(mlp.Dense(3, 5), mlp.LeakyReLU(0.1), mlp.Dropout(0.5), mlp.Dense(5, 2))
    wanted = "Sequential(Dense(3, 5), LeakyReLU(negative_slope=0.1), Dropout(0.5), Dense(5, 2))"
    assert repr(net) == wanted


class Scale(mlp.Layer):
    """A layer as a reader would write one: y = s x, with one learned number."""

    def __init__(self):
        self.parameters = np.ones(1, np.float32)
        self.bind(self.parameters, np.zeros(1, np.float32))

    def bind(self, parameters, gradients):
        parameters[:] = self.parameters
        self.parameters = self.weight = parameters
        self.weight_grad = gradients

    def forward(self, x, training=False, out=None):
        self.x = np.asarray(x)
        return np.multiply(self.x, self.weight, out=out)

    def backward(self, grad_y, out=None):
        self.weight_grad[0] = (grad_y * self.x).sum()
        return np.multiply(grad_y, self.weight, out=out)


def test_a_layer_of_the_readers_own():
    net = mlp.Sequential(mlp.Dense(3, 4), Scale(), mlp.Tanh(), mlp.Dense(4, 2), dtype=np.float64)
    assert net.parameters.size == 16 + 1 + 10
    net.parameters[16] = 2.5
    assert net.layers[1].weight[0] == 2.5
    assert mlp.check_gradients(net, normal(5, 3)) < 1e-6


class OwnScale(mlp.Layer):
    """The least that a reader must write for a layer that learns: no bind, no weight."""

    def __init__(self, width):
        self.parameters = np.full(width, 2.0)

    def forward(self, x, training=False):
        self.x = x
        return x * self.parameters

    def backward(self, grad_y):
        self.gradients = (grad_y * self.x).sum(axis=0)
        return grad_y * self.parameters


def test_a_layer_of_the_readers_own_needs_no_bind():
    net = mlp.Sequential(mlp.Dense(3, 4), OwnScale(4), mlp.Dense(4, 2), dtype=np.float64)
    assert net.parameters[16:20].tolist() == [2] * 4
    net.parameters[16:20] = [1, 2, 3, 4]
    assert net.layers[1].parameters.tolist() == [1, 2, 3, 4]
    assert mlp.check_gradients(net, normal(5, 3)) < 1e-6
    assert (net.gradients[16:20] == net.layers[1].gradients).all()
    assert (net.gradients[16:20] != 0).all()
    alone = OwnScale(3)
    assert mlp.check_gradients(alone, normal(5, 3)) < 1e-6


def test_a_layer_that_says_that_it_keeps_the_shape_lets_widths_be_compared():
    class Own(mlp.Layer):
        same_shape = True

    with pytest.raises(ValueError, match=r"layer 2, Dense\(4, 2\), gets 5 inputs, expected 4"):
        mlp.Sequential(mlp.Dense(3, 5), Own(), mlp.Dense(4, 2))
    assert mlp.Sequential(Own(), mlp.Dense(4, 2)).d_in == 4
    Own.same_shape = False
    assert mlp.Sequential(mlp.Dense(3, 5), Own(), mlp.Dense(4, 2)).d_in == 3
    assert mlp.Sequential(Own(), mlp.Dense(4, 2)).d_in is None


def test_two_networks_may_share_what_has_no_state_of_its_own():
    tanh, own = mlp.Tanh(), mlp.Layer()
    for _ in range(2):
        mlp.Sequential(mlp.Dense(2, 2), tanh, own)
    for layer in (mlp.Dropout(0.5), OwnScale(2)):
        mlp.Sequential(layer)
        with pytest.raises(ValueError, match="is in a network already"):
            mlp.Sequential(layer)


def test_initialize_draws_weights_and_reseed_leads_later_draws():
    x = np.ones((9, 9))
    dropout, dense = mlp.Dropout(0.5, rng=0), mlp.Dense(9, 9, rng=0)
    for seed in (3, np.random.default_rng(3)):
        dropout.reseed(seed)
        expected = mlp.Dropout(0.5, rng=3).forward(x, training=True)
        np.testing.assert_array_equal(dropout.forward(x, training=True), expected)
    dense.reseed(3)
    np.testing.assert_array_equal(dense.weight, mlp.Dense(9, 9, rng=0).weight)
    assert dense.rng is None
    dense.initialize(3)
    np.testing.assert_array_equal(dense.weight, mlp.Dense(9, 9, rng=3).weight)


# --- state in one place ---------------------------------------------------------------------------

COPIES = {
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "pickle": lambda thing: pickle.loads(pickle.dumps(thing)),
    "copy of a copy": lambda thing: copy.copy(copy.deepcopy(thing)),
}
each_copy = pytest.mark.parametrize("make_copy", COPIES.values(), ids=COPIES)


def copied_net():
    return mlp.Sequential(
        mlp.Dense(3, 5), mlp.GELU(), OwnScale(5), mlp.Dropout(0.3), Scale(), mlp.Dense(5, 2), rng=0
    )


@each_copy
def test_a_copy_trains_saves_and_predicts_like_the_original(make_copy, tmp_path):
    net = copied_net()
    x, y = normal(20, 3), np.arange(20) % 2
    settings = {"loss": mlp.CrossEntropy(), "epochs": 3, "rng": 0, "progress": False}
    mlp.fit(net, x, y, optimizer=mlp.Adam(0.1), **settings)  # then layers remember a batch
    start = net.parameters.copy()
    other = make_copy(net)
    np.testing.assert_array_equal(other(x), net(x))

    history = mlp.fit(other, x, y, optimizer=mlp.Adam(0.1), **settings)
    assert history["loss"][-1] < history["loss"][0]
    assert np.abs(other.parameters - start).max() > 0.01
    np.testing.assert_array_equal(net.parameters, start)  # which nobody has touched
    assert mlp.fit(net, x, y, optimizer=mlp.Adam(0.1), **settings) == history
    np.testing.assert_array_equal(net.parameters, other.parameters)
    np.testing.assert_array_equal(other(x), net(x))
    for layer in other.layers:
        if layer.parameters.size:
            assert np.shares_memory(layer.parameters, other.parameters)
            assert np.shares_memory(layer.gradients, other.gradients)
    with pytest.raises(ValueError, match="is in a network already"):
        mlp.Sequential(other.layers[0])

    plain, again = (mlp.Sequential(mlp.Dense(3, 2), mlp.Tanh(), rng=seed) for seed in (0, 1))
    mlp.fit(plain, x, y, optimizer=mlp.Adam(0.1), **settings)
    make_copy(plain).save(tmp_path / "net.npz")
    again = mlp.load(tmp_path / "net.npz")
    np.testing.assert_array_equal(again(x), plain(x))


@each_copy
def test_a_copy_of_a_layer_is_free_and_whole(make_copy):
    net = copied_net()
    for i, width in ((0, 3), (2, 5), (5, 5)):
        layer = make_copy(net.layers[i])
        x = normal(4, width, dtype=np.float32)
        np.testing.assert_array_equal(layer(x), net.layers[i](x))
        layer.parameters[:] += 1
        assert not np.array_equal(layer(x), net.layers[i](x))
        other = mlp.Sequential(layer)  # it is in no network
        np.testing.assert_array_equal(other.parameters, net.layers[i].parameters + 1)
        other.parameters[:] = 0
        assert (layer(x) == 0).all()


def test_a_copy_of_a_layer_has_the_gradients_that_its_backward_writes():
    layer = copy.deepcopy(mlp.Sequential(mlp.Dense(3, 2), rng=0).layers[0])
    layer(normal(4, 3))
    layer.backward(normal(4, 2))
    assert (layer.gradients != 0).all()
    np.testing.assert_array_equal(
        layer.gradients, np.concatenate([layer.weight_grad.ravel(), layer.bias_grad])
    )


ASSIGNED = [
    *((part, name) for part in (0, 5) for name in ("weight", "bias", "weight_grad", "bias_grad")),
    *((part, name) for part in ("net", 0, 2, 4) for name in ("parameters", "gradients")),
]


@pytest.mark.parametrize(("part", "name"), ASSIGNED)
@pytest.mark.parametrize("convert", [lambda a: a, np.float64, lambda a: a.tolist()])
def test_what_is_assigned_is_written_in_place(part, name, convert):
    net = copied_net()
    owner = net if part == "net" else net.layers[part]
    before = getattr(owner, name)
    values = np.arange(before.size, dtype=np.float32).reshape(before.shape)
    setattr(owner, name, convert(values))
    assert getattr(owner, name) is before
    np.testing.assert_array_equal(before, values)
    vector = net.gradients if "grad" in name else net.parameters
    assert np.shares_memory(before, vector)
    setattr(owner, name, getattr(owner, name) * 2)
    np.testing.assert_array_equal(before, values * 2)


@pytest.mark.parametrize(("part", "name"), ASSIGNED)
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (lambda a: 0, ValueError, r"must have shape \(\d.*\), got \(\)"),
        (lambda a: a[..., None], ValueError, "must have shape"),
        (lambda a: a[:-1], ValueError, "must have shape"),
        (lambda a: a.astype(str), TypeError, "must hold real numbers, got dtype <U"),
        (lambda a: a * 1j, TypeError, "must hold real numbers, got dtype complex"),
        (lambda a: None, TypeError, "must hold real numbers, got NoneType"),
    ],
)
def test_what_does_not_fit_is_not_assigned(part, name, wrong, error, message):
    net = copied_net()
    owner = net if part == "net" else net.layers[part]
    before = net.parameters.copy(), net.gradients.copy()
    with pytest.raises(error, match=f"^{name} {message}"):
        setattr(owner, name, wrong(getattr(owner, name)))
    np.testing.assert_array_equal(net.parameters, before[0])
    np.testing.assert_array_equal(net.gradients, before[1])


def test_a_step_written_by_hand_lasts(tmp_path):
    """θ ← θ - η g, as one writes it, layer by layer; then save, load and train on."""
    x, y = mlp.datasets.moons(rng=0)
    net = mlp.Sequential(mlp.Dense(2, 16), mlp.Tanh(), mlp.Dense(16, 2), rng=0)
    loss = mlp.CrossEntropy()
    for _ in range(400):
        loss(net(x), y)
        net.backward(loss.backward())
        for layer in net.layers:
            if isinstance(layer, mlp.Dense):
                layer.weight = layer.weight - 0.5 * layer.weight_grad
                layer.bias -= 0.5 * layer.bias_grad
    assert mlp.accuracy(net(x), y) > 0.85
    net.save(tmp_path / "net.npz")
    np.testing.assert_array_equal(mlp.load(tmp_path / "net.npz")(x), net(x))


def test_the_layers_of_a_network_stay():
    net = small_net()
    with pytest.raises(AttributeError, match="layers"):
        net.layers = (mlp.Dense(3, 2),)


def test_dropout_has_one_probability():
    x = np.ones((300, 300))
    dropout = mlp.Dropout(0.9, rng=0)
    dropout.p = 0.25  # a multiple of 1/256
    y = dropout.forward(x, training=True)
    np.testing.assert_allclose(np.unique(y), [0, 4 / 3])
    assert repr(dropout) == "Dropout(0.25)"
    with pytest.raises(ValueError, match=r"p must be a number in \[0, 1\), got 1\.5"):
        dropout.p = 1.5


def test_parameters_that_are_no_vector_are_refused():
    class Square(mlp.Layer):
        def __init__(self):
            self.parameters = np.ones((2, 2))

    with pytest.raises(ValueError, match=r"parameters of layer 0, .* shape \(P,\), got \(2, 2\)"):
        mlp.Sequential(Square())


# --- wrong use ------------------------------------------------------------------------------------


def dense(d_in=3, d_out=2):
    return mlp.Dense(d_in, d_out, rng=0)


def forwarded(layer):
    layer.forward(np.ones((4, 3)))
    return layer


TWICE = mlp.Tanh()
USED = mlp.Dense(3, 3)
mlp.Sequential(USED)
WRONG = [
    (lambda: dense(0), ValueError, "d_in must ... >= 1 ... got 0"),
    (lambda: dense(-1), ValueError, "d_in must ... >= 1 ... got -1"),
    (lambda: dense(3, 2.0), TypeError, "d_out must ... whole number ... got 2.0"),
    (lambda: dense(3, True), TypeError, "d_out must ... whole number ... got True"),
    (lambda: dense("3"), TypeError, "d_in must ... whole number ... got '3'"),
    (lambda: mlp.Dense(3, 2, dtype=np.float16), TypeError, "dtype must ... float16"),
    (lambda: mlp.Dense(3, 2, rng="0"), TypeError, "rng must ... got '0'"),
    (lambda: mlp.Dense(3, 2, "he_normal"), TypeError, "initializer must ... got 'he_normal'"),
    (lambda: mlp.Dense(3, 2, mlp.ReLU()), TypeError, "initializer must ... got ReLU()"),
    (lambda: mlp.Dense(3, 2, mlp.ReLU), TypeError, "initializer must be a function of (shape"),
    (lambda: mlp.Dense(3, 2, lambda: 0), TypeError, "initializer must be a function of (shape"),
    (lambda: mlp.Dense(3, 2, lambda *_: 0.1), ValueError, "initializer ... (3, 2), got ()"),
    (lambda: mlp.Dense(3, 2, lambda *_: np.ones(2)), ValueError, "initializer ... got (2,)"),
    (lambda: mlp.Dense(3, 2, lambda *_: None), TypeError, "initializer ... real numbers"),
    (lambda: dense()(np.ones(3)), ValueError, "x must ... (N, 3) ... got (3,)"),
    (lambda: dense()(np.ones((4, 2))), ValueError, "x must ... (N, 3) ... got (4, 2)"),
    (lambda: dense()([["a"] * 3]), TypeError, "x must ... real numbers ... <U1"),
    (lambda: dense().backward(np.ones((4, 2))), ValueError, "Dense.backward ... forward"),
    (
        lambda: forwarded(dense()).backward(np.ones((4, 3))),
        ValueError,
        "grad_y must ... (4, 2) ... got (4, 3)",
    ),
    (
        lambda: forwarded(dense(3, 1)).backward(np.ones(4)),
        ValueError,
        "grad_y must ... (4, 1) ... got (4,)",
    ),
    (
        lambda: forwarded(dense()).backward(1j * np.ones((4, 2))),
        TypeError,
        "grad_y must ... complex128",
    ),
    (lambda: mlp.Dropout(1), ValueError, "p must ... [0, 1) ... got 1"),
    (lambda: mlp.Dropout(-0.1), ValueError, "p must ... [0, 1) ... got -0.1"),
    (lambda: mlp.Dropout(np.nan), ValueError, "p must ... [0, 1) ... got nan"),
    (lambda: mlp.Dropout(False), TypeError, "p must ... [0, 1) ... got False"),
    (lambda: mlp.Dropout("half"), TypeError, "p must ... [0, 1) ... got 'half'"),
    (lambda: mlp.Dropout(0.5, rng=1.5), TypeError, "rng must ... got 1.5"),
    (lambda: mlp.Dropout(0.5)(["a"]), TypeError, "x must ... <U1"),
    (lambda: mlp.Dropout(0.5).backward(np.ones(3)), ValueError, "Dropout.backward ... forward"),
    (
        lambda: forwarded(mlp.Dropout(0.5)).backward(np.ones((3, 4))),
        ValueError,
        "grad_y must ... (4, 3) ... got (3, 4)",
    ),
    (
        lambda: forwarded(mlp.Dropout(0.5)).backward(1j * np.ones((4, 3))),
        TypeError,
        "grad_y must ... complex128",
    ),
    (lambda: mlp.Sequential(), ValueError, "at least one layer"),
    (lambda: mlp.Sequential([dense()]), TypeError, "layer 0 ... Layer ... [Dense"),
    (lambda: mlp.Sequential(dense(), "relu"), TypeError, "layer 1 ... Layer ... got 'relu'"),
    (lambda: mlp.Sequential(dense(), mlp.ReLU), TypeError, "layer 1 ... ReLU"),
    (
        lambda: mlp.Sequential(dense(2, 3), dense(4, 1)),
        ValueError,
        "layer 1 ... Dense(4, 1) ... gets 3",
    ),
    (
        lambda: mlp.Sequential(dense(2, 3), mlp.ReLU(), mlp.Dropout(0.1), dense(4, 1)),
        ValueError,
        "layer 3 ... Dense(4, 1) ... gets 3",
    ),
    (
        lambda: mlp.Sequential(dense(3, 3), TWICE, dense(3, 3), TWICE),
        ValueError,
        "layer 3 ... Tanh() ... make a second one",
    ),
    (
        lambda: mlp.Sequential(USED, dense(3, 1)),
        ValueError,
        "layer 0 ... Dense(3, 3) ... make a second one",
    ),
    (lambda: mlp.Sequential(dense(), dtype=int), TypeError, "dtype must ... float32 ... int"),
    (lambda: mlp.Sequential(dense(), dtype=None), TypeError, "dtype must ... got None"),
    (lambda: mlp.Sequential(dense(), rng="0"), TypeError, "rng must ... got '0'"),
    (lambda: mlp.Sequential(dense(), rng=True), TypeError, "rng must ... got True"),
    (lambda: small_net()(np.ones((4, 2))), ValueError, "x must ... (N, 3) ... got (4, 2)"),
    (lambda: small_net()(np.ones(3)), ValueError, "x must ... (N, 3) ... got (3,)"),
    (lambda: small_net()(np.ones((0, 3))), ValueError, "x must ... at least one ... (0, 3)"),
    (
        lambda: small_net()([[1, np.nan, 0]]),
        ValueError,
        "x must ... finite ... nan at index (0, 1)",
    ),
    (lambda: small_net()([[1, 1, -np.inf]]), ValueError, "x must ... finite ... (0, 2)"),
    (lambda: small_net()([[1e300, 1, 1]]), ValueError, "x must ... finite"),
    (lambda: small_net()([["a"] * 3]), TypeError, "x must ... real numbers ... <U1"),
    (lambda: small_net()([[1j] * 3]), TypeError, "x must ... complex128"),
    (lambda: small_net()(None), TypeError, "x must ... real numbers ... object"),
    (lambda: small_net()([[1, 2, 3], [4]]), ValueError, "x must"),
    (lambda: small_net().backward(np.ones((4, 2))), ValueError, "backward ... forward"),
    (
        lambda: forwarded(small_net()).backward(np.ones((4, 3))),
        ValueError,
        "grad_y must ... (4, 2) ... got (4, 3)",
    ),
    (lambda: forwarded(small_net()).backward([["a", "b"]] * 4), TypeError, "grad_y must ... <U1"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
def test_wrong_use_is_named(call, error, message):
    with pytest.raises(error, match=".*".join(map(re.escape, message.split(" ... ")))):
        call()


class Frame:
    """As a data frame of mixed columns, or of pandas' own numbers, looks to NumPy."""

    def __init__(self, *rows):
        self.rows = rows

    def __array__(self, dtype=None, copy=None):
        return np.array(self.rows, object)


class SparseMatrix:
    """As a matrix of SciPy looks to NumPy: one thing."""


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (SparseMatrix(), "got SparseMatrix (dtype object); make a NumPy array of floats of it"),
        (Frame([1.0, 2, 3], [4, 5, "six"]), "got Frame (str 'six' at index (1, 2)); make a NumPy"),
        (Frame([1.0, None, 3]), "got Frame (NoneType None at index (0, 1)); make a NumPy"),
        (Frame([1.0, 2.0, 3.0]), "got Frame (dtype object); make a NumPy array of floats"),
        ([[1, 2, None]], "got NoneType None at index (0, 2)"),
        (np.array([[1, 2, 3]], object), "got dtype object"),
        (np.array([["a"] * 3]), "got dtype <U1"),
        (np.array([["2026-01-01"] * 3], "M8[D]"), "got dtype datetime64[D]"),
    ],
)
def test_data_that_are_no_numbers_are_named_by_what_they_are(x, words):
    with pytest.raises(TypeError, match=re.escape(f"x must hold real numbers, {words}")):
        small_net()(x)


def test_a_network_that_was_refused_leaves_its_layers_free():
    layer = dense()
    for wrong in ({"rng": "0"}, {"dtype": int}):
        with pytest.raises(TypeError):
            mlp.Sequential(layer, **wrong)
    with pytest.raises(ValueError, match="layer 1"):
        mlp.Sequential(layer, dense(5, 1))
    assert np.shares_memory(mlp.Sequential(layer).parameters, layer.weight)
