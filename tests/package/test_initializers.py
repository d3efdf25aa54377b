"""mlp.initializers: the distributions that their formulas promise, with derived bounds."""

import math
import re

import numpy as np
import pytest

import mlp

D_IN, D_OUT = 300, 100  # not equal, so that a mixed-up fan shows
N = D_IN * D_OUT
# All bounds below fail with probability < 2e-9 for a right initializer, and the seeds are fixed.
LOG_RISK = math.log(1e9)

VARIANCE = {
    "glorot_uniform": 2 / (D_IN + D_OUT),
    "glorot_normal": 2 / (D_IN + D_OUT),
    "he_uniform": 2 / D_IN,
    "he_normal": 2 / D_IN,
    "lecun_normal": 1 / D_IN,
}
drawing = pytest.mark.parametrize("name", VARIANCE)
every = pytest.mark.parametrize("name", [*VARIANCE, "zeros"])
both_dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def drawn(name, rng, dtype=np.float64, shape=(D_IN, D_OUT)):
    return getattr(mlp, name)(shape, rng=rng, dtype=dtype).astype(np.float64)


@drawing
@both_dtypes
def test_variance_is_that_of_the_formula(name, dtype):
    weight = drawn(name, 1, dtype)
    if name.endswith("_normal"):
        # Σ (w/σ)² is chi-square with N degrees of freedom. Laurent and Massart (2000), lemma 1:
        # it is above N + 2√(Nt) + 2t, or below N - 2√(Nt), with probability <= e^-t each.
        chi_square = (weight**2).sum() / VARIANCE[name]
        assert chi_square > N - 2 * math.sqrt(N * LOG_RISK)
        assert chi_square < N + 2 * math.sqrt(N * LOG_RISK) + 2 * LOG_RISK
    else:
        # (w/a)² is in [0, 1] with mean 1/3; Hoeffding: the mean of N is off by t with
        # probability <= 2 exp(-2 N t²).
        mean_square = (weight**2).mean() / (3 * VARIANCE[name])
        assert abs(mean_square - 1 / 3) < math.sqrt(LOG_RISK / (2 * N))


@drawing
@both_dtypes
def test_shape_of_the_distribution(name, dtype):
    weight = drawn(name, 2, dtype)
    sigma = math.sqrt(VARIANCE[name])
    # How many are within one σ, and how many are positive: Hoeffding again.
    within = math.erf(1 / math.sqrt(2)) if name.endswith("_normal") else 1 / math.sqrt(3)
    assert abs((np.abs(weight) < sigma).mean() - within) < math.sqrt(LOG_RISK / (2 * N))
    assert abs((weight > 0).mean() - 1 / 2) < math.sqrt(LOG_RISK / (2 * N))
    # Every row and column has weights of its own.
    assert len(np.unique(weight)) > 0.99 * N


@pytest.mark.parametrize("name", ["glorot_uniform", "he_uniform"])
@both_dtypes
def test_uniform_ones_fill_their_interval_and_stay_in_it(name, dtype):
    weight = drawn(name, 3, dtype)
    a = math.sqrt(3 * VARIANCE[name])
    assert np.abs(weight).max() <= a * (1 + 2 * np.finfo(dtype).eps)
    # None of N falls beyond a (1 - s) on one side with probability (1 - s/2)^N <= e^(-s N / 2).
    share = 2 * LOG_RISK / N
    assert weight.max() > a * (1 - share)
    assert weight.min() < -a * (1 - share)


@both_dtypes
def test_zeros_are_zeros(dtype):
    np.testing.assert_array_equal(mlp.zeros((2, 3), dtype=dtype), np.zeros((2, 3)))


@every
@both_dtypes
def test_shape_and_type(name, dtype):
    weight = getattr(mlp, name)((3, 2), rng=0, dtype=dtype)
    assert (weight.shape, weight.dtype) == ((3, 2), dtype)
    assert getattr(mlp, name)((3, 2)).dtype == np.float32


@drawing
def test_the_same_seed_draws_the_same_weights(name):
    first = drawn(name, 5)
    np.testing.assert_array_equal(first, drawn(name, 5))
    np.testing.assert_array_equal(first, drawn(name, np.random.default_rng(5)))
    assert not np.array_equal(first, drawn(name, 6))
    assert not np.array_equal(drawn(name, None), drawn(name, None))
    generator = np.random.default_rng(5)  # a generator goes on, it does not start again
    np.testing.assert_array_equal(first, drawn(name, generator))
    assert not np.array_equal(first, drawn(name, generator))


WRONG = [
    ({"shape": 3}, ValueError, "shape must ... (D_in, D_out) ... got 3"),
    ({"shape": (1, 2, 3)}, ValueError, "shape must ... (D_in, D_out) ... got (1, 2, 3)"),
    ({"shape": (0, 2)}, ValueError, "shape[0] must ... >= 1 ... got 0"),
    ({"shape": (2, -1)}, ValueError, "shape[1] must ... >= 1 ... got -1"),
    ({"shape": (2.0, 1)}, TypeError, "shape[0] must ... whole number ... got 2.0"),
    ({"shape": (True, 1)}, TypeError, "shape[0] must ... whole number ... got True"),
    ({"dtype": np.float16}, TypeError, "dtype must ... float32 or float64 ... float16"),
    ({"dtype": int}, TypeError, "dtype must ... float32 or float64 ... int"),
    ({"dtype": "real"}, TypeError, "dtype must ... float32 or float64 ... real"),
    ({"dtype": None}, TypeError, "dtype must ... float32 or float64 ... got None"),
    ({"rng": "0"}, TypeError, "rng must ... int ... got '0'"),
    ({"rng": 0.5}, TypeError, "rng must ... int ... got 0.5"),
    ({"rng": True}, TypeError, "rng must ... int ... got True"),
    ({"rng": -1}, ValueError, "rng must ... >= 0 ... got -1"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), WRONG, ids=[w[2] for w in WRONG])
@pytest.mark.parametrize("name", ["glorot_uniform", "he_normal"])
def test_wrong_use_is_named(name, arguments, error, message):
    with pytest.raises(error, match=".*".join(map(re.escape, message.split(" ... ")))):
        getattr(mlp, name)(**{"shape": (2, 3), **arguments})


def test_zeros_checks_its_shape_and_type_too():
    with pytest.raises(ValueError, match=r"shape must be \(D_in, D_out\), got 3"):
        mlp.zeros(3)
    with pytest.raises(TypeError, match="dtype must be float32 or float64"):
        mlp.zeros((2, 3), dtype=np.int64)
