"""Run in Pyodide: the products that mlp computes there must be NumPy's, bit for bit."""

import itertools

import numpy as np

from mlp import _matmul

calls = {"d": 0, "f": 0}


def counted(kind, function):
    def call(*arguments):
        calls[kind] += 1
        function(*arguments)

    return call


kernel = {kind: counted(kind, function) for kind, function in _matmul._load_kernel().items()}
matmul = _matmul._with_kernel(kernel)
rng = np.random.default_rng(0)


def layouts(matrix):
    """Return the matrix in memory by rows, by columns, and with gaps in both directions."""
    return matrix, matrix.T.copy().T, np.repeat(np.repeat(matrix, 2, 0), 3, 1)[::2, ::3]


# Sizes below and above the tile of four rows by 32 bytes, and some that it does not divide.
sizes = itertools.product((3, 4, 5, 7, 64), (1, 2, 64, 300), (1, 3, 4, 5, 7, 8, 9, 33, 128))
for (n_rows, n_terms, n_columns), dtype in itertools.product(sizes, (np.float32, np.float64)):
    left = rng.standard_normal((n_rows, n_terms)).astype(dtype)
    right = rng.standard_normal((n_terms, n_columns)).astype(dtype)
    expected = np.matmul(left, right)
    for a, b in itertools.product(layouts(left), layouts(right)):
        assert np.array_equal(matmul(a, b), expected), (a.shape, b.shape, dtype)
        room = np.full((n_rows + 2, n_columns), 7, dtype)
        out = room[1:-1]
        assert matmul(a, b, out=out) is out
        assert np.array_equal(out, expected), (a.shape, b.shape, dtype)
        assert (room[0] == 7).all(), "wrote before the result"
        assert (room[-1] == 7).all(), "wrote behind the result"
assert min(calls.values()) > 500, calls

# Whatever the kernel cannot do is NumPy's to do, or to refuse.
before = dict(calls)
x, w = rng.standard_normal((64, 64)), rng.standard_normal((64, 64))
gaps = np.zeros((64, 128))[:, ::2]
assert np.array_equal(matmul(x, w, out=gaps), np.matmul(x, w))
assert np.array_equal(matmul(x[0], w), np.matmul(x[0], w))
assert np.array_equal(matmul(x, w.astype(np.float32)), np.matmul(x, w.astype(np.float32)))
assert np.array_equal(
    matmul(np.arange(4096).reshape(64, 64), w.astype(np.int64)),
    np.matmul(np.arange(4096).reshape(64, 64), w.astype(np.int64)),
)
for a, b, out in [(x, w[:60], None), (x, w, np.zeros((64, 60))), (x, w, np.zeros((64, 64), int))]:
    try:
        matmul(a, b, out=out)
    except (ValueError, TypeError):
        continue
    raise AssertionError("an error was expected")
assert calls == before
print("all equal")
