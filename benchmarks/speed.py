"""Time and memory of one epoch of training on MNIST, in `mlp` and in its peers.

All contenders of a row run in turn, in one process, on one core, several times over; a row's
figures are medians over the rounds, and ratios are taken within a round, so that what disturbs the
machine disturbs all alike. Seconds are CPU seconds of the process. Memory is the peak of a process
of its own for each contender.

    python -m benchmarks.speed [--rounds 5] [--images 60000]
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

# Before any library starts its threads.
for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "TF_NUM_INTRAOP", "TF_NUM_INTEROP"):
    os.environ[f"{name}_NUM_THREADS" if "TF" not in name else f"{name}_THREADS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import numpy as np  # noqa: E402

import mlp  # noqa: E402
from benchmarks import contenders, report  # noqa: E402

SIZES = [(784, 128, 10), (784, 512, 512, 10)]
ROWS = [(s, rule, batch) for s in SIZES for rule in ("sgd", "adam") for batch in (32, 128, 512)]


def data(images: int):
    """Return MNIST, or random numbers of its shape where there is none."""
    if os.environ.get("MLP_DATA_DIR"):
        mnist = mlp.datasets.mnist()
        return mnist.x_train[:images].copy(), mnist.y_train[:images], "MNIST"
    rng = np.random.default_rng(0)
    x = rng.random((images, 784), dtype=np.float32) * (rng.random((images, 784)) < 0.2)
    return x.astype(np.float32), rng.integers(0, 10, images), "random data of MNIST's shape"


def time_row(row, x, y, rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of an epoch, for each contender and round."""
    epochs = {name: prepare(x, y, *row) for name, prepare in contenders.ALL.items()}
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for epoch in epochs.values():  # warm up, and compile for both sizes of batch
        epoch(4 * row[2] + len(x) % row[2])
    for _ in range(rounds):
        for name, epoch in epochs.items():
            gc.collect()
            start = time.process_time()
            epoch()
            seconds[name].append(time.process_time() - start)
    return seconds


def peak_memory(name: str, images: int) -> dict[str, float]:
    """Return MB of a new process: after import and data, and the peak with one epoch."""
    command = [sys.executable, "-m", "benchmarks.speed", "--images", str(images), "--memory", name]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_memory(name: str, images: int) -> None:
    def peak() -> float:
        # Of this process alone: getrusage would count the one that started it, too.
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(re.search(r"VmHWM:\s*(\d+) kB", status)[1]) / 1024

    x, y, _ = data(images)
    epoch = contenders.ALL[name](x, y, (784, 512, 512, 10), "adam", 128)
    Path("/proc/self/clear_refs").write_text(
        "5", encoding="utf-8"
    )  # forget the peak of reading the data
    before = peak()
    epoch()
    print(json.dumps({"before": before, "peak": peak()}))


def later_epochs(x, y, epochs: int = 20) -> tuple[float, float]:
    """Return CPU seconds of the first and the median of the last five of `epochs` with Adam."""
    run = contenders.mlp_fit(x, y, (784, 128, 10), "adam", 32)
    seconds = []
    for _ in range(epochs):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds[:3]), statistics.median(seconds[-5:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--memory", choices=contenders.ALL, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        measure_memory(options.memory, options.images)
        return
    x, y, source = data(options.images)
    peers = [name for name in contenders.ALL if name != "mlp"]
    table, ratios = [], {name: [] for name in peers}
    for row in ROWS:
        seconds = time_row(row, x, y, options.rounds)
        line = ["-".join(map(str, row[0])), row[1], row[2]]
        line.append(f"{statistics.median(seconds['mlp']):.2f}")
        for name in peers:
            ratio = statistics.median(
                peer / own for peer, own in zip(seconds[name], seconds["mlp"], strict=True)
            )
            ratios[name].append(ratio)
            line.append(f"{ratio:.2f}")
        table.append(line)
        print(*line, flush=True)
    means = [f"**{statistics.geometric_mean(ratios[name]):.2f}**" for name in peers]
    table.append(["geometric mean", "", "", "", *means])
    header = ["network", "optimizer", "batch", "mlp, s", *(f"{name} / mlp" for name in peers)]

    first, last = later_epochs(x, y)
    memory = []
    for name in contenders.ALL:
        used = peak_memory(name, options.images)
        memory.append([name, f"{used['peak']:.0f}", f"{used['peak'] - used['before']:.0f}"])
        print(*memory[-1], flush=True)
    report.write(
        "Speed",
        f"One epoch on {len(x):,} images ({source}), float32, ReLU, softmax cross-entropy, one "
        "core. CPU seconds of `mlp.fit`, and how many times as long each peer took: above 1, "
        f"`mlp` is faster. Medians of {options.rounds} interleaved rounds; "
        "`python -m benchmarks.speed`.\n\n"
        + report.table(header, table)
        + f"\n\nWith Adam, 784-128-10 and batch 32, an epoch took {first:.2f} s at the start "
        f"(median of epochs 1-3) and {last:.2f} s at the end (median of epochs 16-20).\n\n"
        "Peak memory of a process that trains 784-512-512-10 with Adam and batch 128 for one "
        "epoch, libraries and data included, and what the training added, on Linux:\n\n"
        + report.table(["contender", "peak, MB", "training, MB"], memory),
    )


if __name__ == "__main__":
    main()
