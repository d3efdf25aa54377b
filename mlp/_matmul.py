"""The product of matrices: NumPy's, and in a browser, where NumPy has no BLAS, a kernel's.

The wheel that the pages of the book load holds the kernel, matmul.wasm. It sums in the order of
NumPy's own loop, so its numbers are the same bit for bit. A batch of 64 through 128 × 128 weights
takes about a fifth of NumPy's time there in float64, and a tenth in float32.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

_KERNEL = Path(__file__).with_name("matmul.wasm")
# What the kernel's tiles need, and from where on calling it pays.
_ROWS, _ROW_BYTES, _PRODUCTS = 4, 32, 2048


def _load_kernel():
    """Return the kernel's functions by type, which share NumPy's memory; none in old browsers."""
    from js import Object, WebAssembly
    from pyodide.ffi import to_js
    from pyodide_js import _module

    code = to_js(_KERNEL.read_bytes())
    if not WebAssembly.validate(code):
        return {}
    imports = to_js({"env": {"memory": _module.memory}}, dict_converter=Object.fromEntries)
    exports = WebAssembly.Instance.new(WebAssembly.Module.new(code), imports).exports
    return {"d": exports.f64, "f": exports.f32}


def _with_kernel(kernel):
    """Return np.matmul, with the kernel where it helps; `out` shares no memory with a and b."""

    def address(array):
        return array.__array_interface__["data"][0]

    def matmul(a, b, out=None):
        if not (
            a.ndim == b.ndim == 2
            and a.dtype.char == b.dtype.char in kernel
            and a.shape[1] == b.shape[0]
            and a.size * b.shape[1] >= _PRODUCTS
            and len(a) >= _ROWS
            and b.shape[1] * b.itemsize >= _ROW_BYTES
        ):
            return np.matmul(a, b, out=out)
        shape = (len(a), b.shape[1])
        if out is None:
            out = np.empty(shape, a.dtype)
        elif out.shape != shape or out.dtype != a.dtype or not out.flags.c_contiguous:
            return np.matmul(a, b, out=out)
        if b.strides[1] != b.itemsize:
            b = np.ascontiguousarray(b)
        kernel[a.dtype.char](
            shape[0],
            out.strides[0],
            len(b),
            address(a),
            *a.strides,
            address(b),
            b.strides[0],
            address(out),
        )
        return out

    return matmul


# The wheel holds the kernel wherever it is installed; only the browser can run it.
_IN_BROWSER = sys.platform == "emscripten" and _KERNEL.exists()
matmul = _with_kernel(_load_kernel()) if _IN_BROWSER else np.matmul
