"""The layers of appendix B beside those of PyTorch: outputs and all gradients."""

import numpy as np
import pytest
import torch
from conftest import ROOT

import mlp
from chapter import Chapter

torch.set_num_threads(1)
NEEDED = ("import math", "def patches", "class Convolution", "def attend", "class SelfAttention")


@pytest.fixture(scope="module")
def layers():
    """What the appendix defines, from its cells that hold the layers."""
    space = {}
    for cell in Chapter(ROOT / "chapters" / "B-convolution-attention.ipynb").code:
        if "exercise" not in cell.metadata.get("tags", []) and any(
            f"\n{start}" in f"\n{cell.source}" for start in NEEDED
        ):
            exec(cell.source, space)
    return space


def tensor(array):
    return torch.tensor(array, dtype=torch.float64, requires_grad=True)


def drawn(layer, rng):
    """Return the layer in a network, with parameters that are all different from 0."""
    net = mlp.Sequential(layer, rng=0, dtype=np.float64)
    net.parameters[:] = rng.normal(size=net.parameters.size)
    return net


def test_convolution(layers):
    rng = np.random.default_rng(0)
    net = drawn(layers["Convolution"]((6, 5, 3), n_kernels=4, k=2), rng)
    x, grad_y = rng.normal(size=(2, 90)), rng.normal(size=(2, 5 * 4 * 4))
    y = net.forward(x)
    grad_x = net.backward(grad_y)

    weight, bias = (tensor(part) for part in net.layers[0].split(net.parameters))
    images = tensor(x)
    z = torch.nn.functional.conv2d(  # channels come first there
        images.reshape(2, 6, 5, 3).permute(0, 3, 1, 2),
        weight.reshape(2, 2, 3, 4).permute(3, 2, 0, 1),
        bias,
    )
    theirs = z.permute(0, 2, 3, 1).reshape(2, -1)
    theirs.backward(torch.tensor(grad_y))
    np.testing.assert_allclose(y, theirs.detach())
    np.testing.assert_allclose(grad_x, images.grad)
    for ours, part in zip(net.layers[0].split(net.gradients), (weight, bias), strict=True):
        np.testing.assert_allclose(ours, part.grad)


@pytest.mark.parametrize("causal", [False, True])
def test_attention(layers, causal):
    rng = np.random.default_rng(1)
    allowed = np.tri(5, dtype=bool) if causal else True
    net = drawn(layers["SelfAttention"](4, d=3, d_v=6, allowed=allowed), rng)
    x, grad_y = rng.normal(size=(2, 5 * 4)), rng.normal(size=(2, 5 * 6))
    y = net.forward(x)
    grad_x = net.backward(grad_y)

    weights = [tensor(part) for part in net.layers[0].split(net.parameters)]
    items = tensor(x)
    q, k, v = (items.reshape(2, 5, 4) @ weight for weight in weights)
    a = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
    theirs = a.reshape(2, -1)
    theirs.backward(torch.tensor(grad_y))
    np.testing.assert_allclose(y, theirs.detach())
    np.testing.assert_allclose(grad_x, items.grad)
    for ours, weight in zip(net.layers[0].split(net.gradients), weights, strict=True):
        np.testing.assert_allclose(ours, weight.grad)
