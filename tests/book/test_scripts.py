"""The scripts and styles of the pages: their form, their types, and what they do."""

import re

import pytest

import javascript
from extensions import node


@pytest.mark.parametrize("tool", javascript.TOOLS)
def test_form_and_types(tool, node_modules):
    done = javascript.run(*javascript.TOOLS[tool])
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_scripts_do(node_modules):
    """Tests stand beside the scripts: book/extensions/live/page.test.mjs, for example."""
    done = javascript.run("vitest/vitest.mjs", "run", "extensions")
    assert done.returncode == 0, done.stdout + done.stderr
    files = len(list((node.BOOK / "extensions").rglob("*.test.mjs")))
    assert re.search(rf"Test Files .*\b{files} passed", done.stdout)
