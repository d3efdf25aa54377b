"""Say what is wrong with scripts and styles: their form (Biome) and their types (TypeScript).

Usage: python book/javascript.py [--fix]

With --fix they are brought into their form first, which mends all that needs no thought.
"""

import os
import subprocess
import sys

from extensions import node

# Wherever there are scripts, seen from this folder.
PLACES = ["extensions", "../mlp", "../tests"]
TOOLS = {
    "biome": ["@biomejs/biome/bin/biome", "check", "--error-on-warnings", *PLACES],
    "tsc": ["typescript/bin/tsc", "--project", "."],
}


def run(program: str, *arguments: str) -> subprocess.CompletedProcess:
    """Run a program of the npm packages."""
    return subprocess.run(
        [node.NODE, node.MODULES / program, *arguments],
        cwd=node.BOOK,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=os.environ | {"NO_COLOR": "1"},
    )


if __name__ == "__main__":
    node.install(dev=True)
    if "--fix" in sys.argv:
        run(*TOOLS["biome"], "--write")
    done = [run(*command) for command in TOOLS.values()]
    print("".join(it.stdout + it.stderr for it in done if it.returncode), end="")
    sys.exit(any(it.returncode for it in done))
