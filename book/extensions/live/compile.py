"""Compile the Python files in an archive, with the Python that runs this: the browser's, in Node.

compile.mjs runs this file. Without it every reader's browser would compile all of NumPy and
Matplotlib, and what they use of the standard library, whenever Python starts.
"""

import py_compile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory


def bytecode(source: bytes, name: str) -> bytes:
    """Return what Python would keep of a file in __pycache__, to be used without a look at it."""
    with TemporaryDirectory() as folder:
        path, target = Path(folder, "source.py"), Path(folder, "source.pyc")
        path.write_bytes(source)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(path, target, name, doraise=True, invalidation_mode=mode)
        return target.read_bytes()


def compile_archive(source: str, target: str, place: str) -> None:
    """Copy a zip file, with bytecode for Python files, which will be imported from `place`."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            name, content = entry.filename, old.read(entry)
            if name.endswith(".py"):
                name, content = f"{name}c", bytecode(content, f"{place}/{name}")
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # and no date
