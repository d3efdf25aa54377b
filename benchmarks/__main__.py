"""Run all benchmarks and write RESULTS.md: `make bench`, about two hours on one core."""

from __future__ import annotations

import subprocess
import sys

for name in ("speed", "digits_accuracy", "mnist_accuracy"):
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
