"""What several tests share: the book's npm packages, its extensions, the list of its pages, and
the profile of hypothesis.
"""

import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

collect_ignore = ["reference/make_reference.py"]  # run by hand: it needs PyTorch, JAX and optax

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "book"
sys.path.insert(0, str(BOOK / "_ext"))

# The same examples at every run, on every machine: a failure is a change, never bad luck.
settings.register_profile("stable", max_examples=30, derandomize=True, deadline=None, database=None)
settings.load_profile("stable")


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of the book's npm packages, those for tests included."""
    import npm_packages

    npm_packages.install(dev=True)
    return BOOK / "node_modules"


def toc_pages() -> list[str]:
    """Every page of the table of contents, without suffix, in its order."""
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    chapters = [entry["file"] for part in toc["parts"] for entry in part["chapters"]]
    return [toc["root"], *chapters]
