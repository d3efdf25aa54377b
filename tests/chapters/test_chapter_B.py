"""What appendix B concludes, found again without its code."""

import itertools
import math

import numpy as np
import pytest

import mlp

RNG = np.random.default_rng

# ---- Convolution --------------------------------------------------------------------------------


def slid(images, weight, bias):
    """A convolution from its formula, as a sum over the places in the kernel; (N, H, W, C)."""
    k, _, _, n_kernels = weight.shape
    down, right = images.shape[1] - k + 1, images.shape[2] - k + 1
    z = np.tile(bias, (len(images), down, right, 1))
    for u, v in itertools.product(range(k), repeat=2):
        z += images[:, u : u + down, v : v + right] @ weight[u, v]
    assert z.shape[3] == n_kernels
    return z


def test_gradients_of_a_convolution_are_sums_over_windows():
    """The four loops of the chapter's equations, against central differences."""
    rng = RNG(0)
    images, weight = rng.normal(size=(2, 4, 5, 2)), rng.normal(size=(2, 2, 2, 3))
    bias, delta = rng.normal(size=3), rng.normal(size=(2, 3, 4, 3))

    def loss(_):
        return float((slid(images, weight, bias) * delta).sum())

    weight_grad, images_grad = np.zeros(weight.shape), np.zeros(images.shape)
    for i, j, u, v in itertools.product(range(3), range(4), range(2), range(2)):
        weight_grad[u, v] += images[:, i + u, j + v].T @ delta[:, i, j]
        images_grad[:, i + u, j + v] += delta[:, i, j] @ weight[u, v].T
    np.testing.assert_allclose(mlp.numerical_gradient(loss, weight), weight_grad, atol=1e-8)
    np.testing.assert_allclose(mlp.numerical_gradient(loss, images), images_grad, atol=1e-8)
    np.testing.assert_allclose(
        mlp.numerical_gradient(loss, bias), delta.sum(axis=(0, 1, 2)), atol=1e-8
    )


def test_responses_move_with_the_image_except_where_the_border_comes_in():
    rng = RNG(1)
    images, weight = rng.normal(size=(1, 8, 8, 1)), rng.normal(size=(3, 3, 1, 2))
    moved = np.zeros_like(images)
    moved[:, :, 1:] = images[:, :, :-1]
    before, after = (slid(x, weight, np.zeros(2)) for x in (images, moved))
    np.testing.assert_allclose(after[:, :, 1:], before[:, :, :-1])
    assert after[0, :, 1:, 0].size == 30
    assert np.abs(after[:, :, 0] - before[:, :, 0]).max() > 0.1


def test_parameters_of_the_three_networks_are_as_many():
    dense = 64 * 26 + 26 + 26 * 10 + 10
    convolutions = (9 * 1 + 1) * 8 + (9 * 8 + 1) * 8 + 4 * 4 * 8 * 10 + 10
    attention = 16 * (10 + 10 + 17) + 8 * 17 * 10 + 10
    assert (dense, convolutions, attention) == (1960, 1954, 1962)
    looking, wide = 20 * (16 + 16 + 4) + 4 * 4 + 4, 180 * 4 + 4 + 4 * 4 + 4
    assert looking == pytest.approx(wide, rel=0.01)
    assert (180 * 64 + 64 + 64 * 4 + 4) / looking == pytest.approx(16, abs=0.1)


# ---- Attention ----------------------------------------------------------------------------------


def looked_up(q, k, v):
    """Attention item by item, with a loop in place of each matrix product."""
    outputs = []
    for query in q:
        weights = np.array([math.exp(query @ key / math.sqrt(len(key))) for key in k])
        outputs.append(sum(w * value for w, value in zip(weights, v, strict=True)) / weights.sum())
    return np.array(outputs)


def test_gradients_of_attention():
    """The chapter's equations, with the softmax's Jacobians as matrices."""
    rng = RNG(2)
    q, k, v, g = (rng.normal(size=(4, n)) for n in (3, 3, 2, 2))
    scores = q @ k.T / math.sqrt(3)
    p = mlp.Softmax()(scores)
    grad_p = g @ v.T
    grad_s = np.array(
        [row @ (np.diag(w) - np.outer(w, w)) for row, w in zip(grad_p, p, strict=True)]
    )
    np.testing.assert_allclose(
        grad_s, p * (grad_p - (grad_p * p).sum(axis=1, keepdims=True)), atol=1e-12
    )
    for array, grad in (
        (q, grad_s @ k / math.sqrt(3)),
        (k, grad_s.T @ q / math.sqrt(3)),
        (v, p.T @ g),
    ):
        numerical = mlp.numerical_gradient(lambda _: float((looked_up(q, k, v) * g).sum()), array)
        np.testing.assert_allclose(numerical, grad, atol=1e-8)


@pytest.mark.parametrize("d", [3, 40])
def test_dot_products_have_the_variance_d_whatever_the_distribution(d):
    rng = RNG(3)
    q = rng.choice([-1.0, 1.0], (40_000, d))
    k = rng.uniform(-math.sqrt(3), math.sqrt(3), (40_000, d))
    assert (q * k).sum(axis=1).var() == pytest.approx(d, rel=0.03)


def test_without_the_root_the_softmax_is_nearly_a_hard_choice():
    rng = RNG(4)
    dots = (rng.normal(size=(2000, 1, 256)) * rng.normal(size=(2000, 8, 256))).sum(axis=2)
    largest = [mlp.Softmax()(s).max(axis=1).mean() for s in (dots, dots / 16)]
    assert largest[0] > 0.9
    assert largest[1] < 0.5


def test_shuffled_items_give_shuffled_outputs():
    rng = RNG(5)
    q, k, v = rng.normal(size=(3, 6, 4))
    order = rng.permutation(6)
    np.testing.assert_allclose(looked_up(q[order], k[order], v[order]), looked_up(q, k, v)[order])


def test_the_look_up_by_hand():
    """Names in one-hot codes as keys: the asked item shares its weight with the asking one."""
    rng = RNG(6)
    for _ in range(20):
        names, numbers = rng.permutation(16)[:8], rng.integers(4, size=8)
        asked = rng.integers(8)
        keys = np.eye(16)[np.append(names, names[asked])]
        values = np.vstack([np.eye(4)[numbers], np.zeros(4)])
        found = looked_up(10 * keys, 10 * keys, values)[-1]
        np.testing.assert_allclose(found, np.eye(4)[numbers[asked]] / 2, atol=1e-6)


def test_a_dense_network_finds_the_look_up_hard():
    """Of another width than the chapter's: what it learns by heart does not help with new ones."""

    def draw(n, rng):
        names = np.array([rng.permutation(16)[:8] for _ in range(n)])
        numbers, asked = rng.integers(4, size=(n, 8)), rng.integers(8, size=n)
        x = np.concatenate([np.eye(16)[names], np.eye(4)[numbers]], axis=2).reshape(n, -1)
        question, answer = names[np.arange(n), asked], numbers[np.arange(n), asked]
        return np.concatenate([x, np.eye(16)[question]], axis=1), answer

    (x, y), (x_new, y_new) = draw(1000, RNG(7)), draw(1000, RNG(8))
    net = mlp.Sequential(
        mlp.Dense(176, 100, mlp.he_uniform), mlp.ReLU(), mlp.Dense(100, 4), rng=0, dtype=np.float64
    )
    loss, rates = mlp.CrossEntropy(), mlp.Adam(0.01)
    mlp.fit(net, x, y, loss=loss, optimizer=rates, epochs=15, rng=0, progress=False)
    assert np.mean(net(x).argmax(axis=1) == y) > 0.9
    assert np.mean(net(x_new).argmax(axis=1) == y_new) < 0.5
