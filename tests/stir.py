"""Stir rounding: every floating-point matrix product off by at most its last bit, at random.

Another processor, another number of threads or another BLAS adds the terms of a product in another
order, and the last bit of the result differs. Here the same happens on purpose, so that a chapter
whose words depend on that bit fails on every machine, not on somebody else's.

The noise is derived from the operands and the seed: the same product rounds in the same way each
time, as on any one machine. What every machine computes exactly is left alone: products of short
binary fractions, of one term, and zeros. Nothing in `mlp` or the chapters knows of it.
"""

import ast
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import PathFinder, SourceFileLoader

import numpy as np

PRODUCTS = ("dot", "einsum", "inner", "matmul", "tensordot", "vdot")
TABLE = 1 << 20  # numbers of noise that are drawn in advance
_plain = {name: getattr(np, name) for name in PRODUCTS}
_noise: np.ndarray | None = None


def install(seed: int) -> None:
    """Stir all products from now on: those of NumPy's functions, and `@` in `mlp`."""
    global _noise
    _noise = np.random.default_rng(seed).integers(-1, 2, TABLE, dtype=np.int8)
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


class _Products(ast.NodeTransformer):
    """`a @ b` becomes a call, since the operator cannot be wrapped."""

    def _call(self, node, left, right):
        function = ast.parse("__import__('numpy').matmul", mode="eval").body
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
    def product(*operands, **options):
        result = plain(*operands, **options)
        arrays = [np.asarray(x) for x in operands if not isinstance(x, str)]
        if getattr(result, "dtype", None) in (np.float32, np.float64) and len(arrays) > 1:
            return _stirred(plain.__name__, arrays, result)
        return result

    product.__name__ = plain.__name__
    return product


def _stirred(name: str, operands: list[np.ndarray], result):
    dtype = result.dtype
    operands = [np.ascontiguousarray(x, dtype) for x in operands]
    bits = np.uint32 if dtype == np.float32 else np.uint64
    key = 0
    for x in operands:  # a change of any number changes the sum, and with it the noise
        total = int(np.add.reduce(x.view(bits), axis=None, dtype=np.uint64))
        key = (key * 0x9E3779B97F4A7C15 + total + x.size) % 2**64
    start = (key * 0xD6E8FEB86659FD93 % 2**64) >> 44
    shape = np.shape(result)
    size = int(np.prod(shape))
    if size <= TABLE - start:
        noise = _noise[start : start + size]
    else:
        noise = _noise.take(np.arange(start, start + size), mode="wrap")
    stirred = np.asarray(result)
    where = np.isfinite(stirred) & (stirred != 0)
    if name in ("matmul", "dot") and len(operands) == 2:
        a, b = operands
        if a.shape[-1:] == (1,) or _exact(a, b, dtype):
            return result
        if a.ndim == 2 and b.ndim <= 2:
            several = np.count_nonzero(a, axis=1) > 1  # one term is rounded once, by all alike
            where &= several.reshape(-1, *[1] * (b.ndim - 1))
        if b.ndim == 2 and a.ndim <= 2:
            where &= np.count_nonzero(b, axis=0) > 1
    elif _exact(operands[0], operands[1], dtype):
        return result
    whole = stirred.view(bits) if stirred.ndim else stirred.reshape(1).view(bits).reshape(())
    changed = whole + noise.reshape(shape).astype(bits)  # −1 wraps around, as it should
    if isinstance(result, np.ndarray):
        np.copyto(whole, changed, where=where)
        return result
    return dtype.type(changed.view(dtype)[()]) if where else result


def _exact(a: np.ndarray, b: np.ndarray, dtype) -> bool:
    """Whether every machine computes the product exactly: short binary fractions, small sums."""
    if not (a.size and b.size):
        return True
    steps = 1.0
    for x in (a, b):
        step = next((2.0**k for k in (0, 3, 6, 10) if _whole(x.flat[0] * 2.0**k)), None)
        if step is None:
            return False
        if not _whole(x * step):
            step = 2.0**10
            if not _whole(x * step):
                return False
        steps *= step
    terms = max(a.shape[-1:] + b.shape[:1], default=1)
    largest = float(np.abs(a).max()) * float(np.abs(b).max()) * terms * steps
    return largest < 2.0 ** (24 if dtype == np.float32 else 53)


def _whole(x) -> bool:
    return bool(np.all(x == np.rint(x)))
