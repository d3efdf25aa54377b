"""Stir rounding: every floating-point matrix product off by at most its last bit, at random.

Another processor, another number of threads or another BLAS adds the terms of a product in another
order, and the last bit of the result differs. Here the same happens on purpose, so that a chapter
whose words depend on that bit fails on every machine, not on somebody else's.

The noise is derived from the operands and the seed: the same product rounds in the same way each
time, as on any one machine. What every machine computes exactly is left alone: products of short
binary fractions, of one term, and zeros. Nothing in `mlp` or the chapters knows of it.
"""

import ast
import operator
import sys
import zlib
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader

import numpy as np

PRODUCTS = ("dot", "einsum", "inner", "matmul", "tensordot", "vdot")
TABLE = 1 << 20  # numbers of noise that are drawn in advance
_plain = {name: getattr(np, name) for name in PRODUCTS}
_noise: dict[np.dtype, np.ndarray] = {}  # a number times one of these is its last bit, or 0


def install(seed: int) -> None:
    """Stir all products from now on: those of NumPy's functions, and `@` in `mlp`."""
    drawn = np.random.default_rng(seed).integers(-1, 2, TABLE)
    # A unit in the last place is from a half to one epsilon of its number: three quarters are
    # rounded to it.
    for dtype in (np.float32, np.float64):
        _noise[np.dtype(dtype)] = (0.75 * np.finfo(dtype).eps * drawn).astype(dtype)
    for name, plain in _plain.items():
        setattr(np, name, _wrapped(plain))
    loaded = [name for name in sys.modules if name.split(".")[0] == "mlp"]
    if loaded:
        raise RuntimeError(f"mlp must be imported after stirring begins, found {loaded}")
    sys.meta_path.insert(0, _Finder())


def uninstall() -> None:
    """Compute as before. Modules of `mlp` that were imported meanwhile must be forgotten."""
    for name, plain in _plain.items():
        setattr(np, name, plain)
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    for name in [name for name in sys.modules if name.split(".")[0] == "mlp"]:
        del sys.modules[name]


def product(a, b):
    """Return `a @ b`: stirred if both are NumPy's, else as the framework computes it."""
    ours = isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
    return np.matmul(a, b) if ours else operator.matmul(a, b)


class _Products(ast.NodeTransformer):
    """`a @ b` becomes a call, since the operator cannot be wrapped."""

    def _call(self, node, left, right):
        function = ast.parse("__import__('stir').product", mode="eval").body
        call = ast.Call(function, [left, right], [])
        for new in ast.walk(function):
            ast.copy_location(new, node)
        return ast.copy_location(call, node)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return self._call(node, node.left, node.right) if isinstance(node.op, ast.MatMult) else node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.MatMult):
            raise NotImplementedError("@= is not stirred yet")
        return node


def parse(source, filename="<unknown>", *rest, **options) -> ast.AST:
    """Return the tree of a program whose products are stirred; for `ast.parse`."""
    return ast.fix_missing_locations(
        _Products().visit(ast.parse(source, filename, *rest, **options))
    )


class _Loader(SourceFileLoader):
    def get_code(self, fullname):
        path = self.get_filename(fullname)  # no compiled file: it would hold the plain products
        return compile(parse(self.get_source(fullname), path), path, "exec")


class _Finder(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] != "mlp":
            return None
        for finder in (PathFinder, *sys.meta_path):
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                spec.loader = _Loader(name, spec.origin)
                return spec
        return None


def _wrapped(plain):
    floats = np.dtype(np.float32), np.dtype(np.float64)

    def product(*operands, **options):
        result = plain(*operands, **options)
        if getattr(result, "dtype", None) not in floats:
            return result
        arrays = [np.asarray(x) for x in operands if not isinstance(x, str)]
        return _stirred(arrays, result, plain.__name__ in ("dot", "matmul"))

    product.__name__ = plain.__name__
    return product


def _stirred(operands: list[np.ndarray], result, is_matrix_product: bool):
    """Return the result with the last bit of its numbers moved; arrays are changed in place."""
    start = _key(operands)
    table = _noise[result.dtype]
    if not isinstance(result, np.ndarray):
        if not np.isfinite(result) or _exact(operands, result.dtype):
            return result
        return result + result * table[start]
    if not result.size or _exact(operands, result.dtype):
        return result
    noise = table[start : start + result.size]
    if len(noise) < result.size:
        noise = table.take(np.arange(start, start + result.size), mode="wrap")
    is_finite = np.isfinite(result)
    if np.logical_and.reduce(is_finite, axis=None):
        steps = result * noise.reshape(result.shape)
    else:  # no step from infinity
        steps = np.where(is_finite, result, 0) * noise.reshape(result.shape)
    where = _of_several_terms(*operands) if is_matrix_product else True
    if where is not True:
        steps *= where
    result += steps
    return result


def _key(operands: list[np.ndarray]) -> int:
    """Return a place in the table of noise, another one after each change of a number."""
    key = 0
    for x in operands:
        if x.nbytes < 2048 or x.nbytes % 8:
            total = zlib.crc32(x.tobytes())
        else:  # quicker than a checksum
            total = int(np.add.reduce(np.ascontiguousarray(x).reshape(-1).view(np.uint64)))
        key = (key * 0x9E3779B97F4A7C15 + total + x.size) % 2**64
    return (key * 0xD6E8FEB86659FD93 % 2**64) >> 44


def _of_several_terms(a: np.ndarray, b: np.ndarray) -> np.ndarray | bool:
    """Where a product adds several terms; a single one is rounded in the same way by all."""
    if a.shape[-1:] == (1,):
        return False
    where = True
    # A closer look only where zeros are in the majority, as in one-hot rows.
    if a.ndim == 2 and b.ndim <= 2 and np.count_nonzero(a) <= a.size // 2:
        where = (np.count_nonzero(a, axis=1) > 1).reshape(-1, *[1] * (b.ndim - 1))
    if b.ndim == 2 and a.ndim <= 2 and np.count_nonzero(b) <= b.size // 2:
        where = where & (np.count_nonzero(b, axis=0) > 1)
    return where


def _exact(operands: list[np.ndarray], dtype) -> bool:
    """Whether every machine computes the product exactly: short binary fractions, small sums."""
    largest, terms = 1.0, 1
    for x in operands:
        if not x.size:
            return True
        # One look is enough for most, two for those with many zeros.
        if float(x.item(x.size // 2)) * 2**14 % 1 or float(np.maximum.reduce(x, None)) * 2**14 % 1:
            return False
        steps = next((2.0**k for k in (0, 3, 6, 10, 14) if _whole(x * 2.0**k)), None)
        if steps is None:
            return False
        largest *= float(np.abs(x).max()) * steps
        terms = max(terms, *x.shape, 1)
    return largest * terms < 2.0 ** (24 if dtype.itemsize == 4 else 53)


def _whole(x) -> bool:
    return bool(np.logical_and.reduce(x == np.rint(x), axis=None))
