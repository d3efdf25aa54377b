"""The frameworks: chapter 9 needs them, and not every Python can have them.

TensorFlow has no release for Python 3.14 and newer yet.
There the tests that need it, and the cells of chapter 9 with the tag `tensorflow`, are skipped, and
pytest's summary says so (see plugin.py).
"""

from importlib.util import find_spec

# What chapter 9 compares; the other chapters do without.
FRAMEWORKS = {"tensorflow", "keras", "torch", "jax", "optax", "sklearn"}

WITHOUT = "TensorFlow is not installed; it has no release for Python 3.14 and newer yet"


def tensorflow() -> bool:
    """Whether TensorFlow can be imported."""
    return find_spec("tensorflow") is not None


def met_by(cell) -> bool:
    """Whether a cell can run with what is installed."""
    return "tensorflow" not in cell.metadata.get("tags", []) or tensorflow()
