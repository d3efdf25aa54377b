"""Test accuracy on the embedded 8×8 digits, on both splits, over several seeds.

The settings were chosen by four-fold cross-validation within the training images of the random
split (`--validate`); the test images are looked at by the final runs only.

    python -m benchmarks.digits_accuracy [--seeds 5] [--validate]
"""

from __future__ import annotations

import argparse
import os
import statistics
from types import SimpleNamespace

for name in ("OPENBLAS", "OMP"):  # before NumPy: small products lose with two threads
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")

import numpy as np  # noqa: E402

import mlp  # noqa: E402
from benchmarks import report  # noqa: E402


def shift(x: np.ndarray, rng: np.random.Generator, pixels: float = 0.8) -> np.ndarray:
    """Return each 8×8 image moved by up to `pixels` in each direction, a fraction of one too."""
    images = np.pad(x.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    for axis in (1, 2):
        move = rng.uniform(-pixels, pixels, (len(x), 1, 1)).astype(x.dtype)
        neighbors = np.roll(images, 1, axis), np.roll(images, -1, axis)
        images = (1 - abs(move)) * images + abs(move) * np.where(move > 0, *neighbors)
    return images[:, 1:-1, 1:-1].reshape(x.shape)


def plain(seed: int, data) -> float:
    """Train 64-64-10 with Adam and nothing else; return the test accuracy in percent."""
    network = mlp.Sequential(mlp.Dense(64, 64), mlp.ReLU(), mlp.Dense(64, 10), rng=seed)
    return _train(network, mlp.CrossEntropy(), mlp.Adam(3e-3), 60, None, seed, data)


def regularized(seed: int, data) -> float:
    """Train 64-256-256-10 with shifts, dropout, label smoothing and AdamW; return the accuracy."""
    network = mlp.Sequential(
        mlp.Dense(64, 256, mlp.he_uniform),
        mlp.ReLU(),
        mlp.Dropout(0.2),
        mlp.Dense(256, 256, mlp.he_uniform),
        mlp.ReLU(),
        mlp.Dropout(0.2),
        mlp.Dense(256, 10),
        rng=seed,
    )
    schedule = mlp.CosineDecay(2e-3, 100 * -(-len(data.x_train) // 32))
    optimizer = mlp.AdamW(schedule, weight_decay=0.02)
    return _train(network, mlp.CrossEntropy(0.05), optimizer, 100, shift, seed, data)


def _train(network, loss, optimizer, epochs, augment, seed, data) -> float:
    mlp.fit(
        network,
        data.x_train,
        data.y_train,
        loss=loss,
        optimizer=optimizer,
        epochs=epochs,
        augment=augment,
        rng=seed,
        progress=False,
    )
    return 100 * mlp.evaluate(network, data.x_test, data.y_test, loss=loss)["accuracy"]


def folds(data, k: int = 4):
    """Yield k pairs of training and validation images, all from the training images."""
    parts = np.array_split(np.random.default_rng(9).permutation(len(data.x_train)), k)
    for held_out in range(k):
        rows = np.concatenate([part for i, part in enumerate(parts) if i != held_out])
        yield SimpleNamespace(
            x_train=data.x_train[rows],
            y_train=data.y_train[rows],
            x_test=data.x_train[parts[held_out]],
            y_test=data.y_train[parts[held_out]],
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--validate", action="store_true", help="cross-validation; writes nothing")
    options = parser.parse_args()
    recipes = {
        "64-64-10, Adam": plain,
        "64-256-256-10, shifts, dropout 0.2, label smoothing 0.05, AdamW, cosine": regularized,
    }
    rows = []
    for name, recipe in recipes.items():
        if options.validate:
            data = mlp.datasets.digits()
            print(name, statistics.mean(recipe(i, fold) for i, fold in enumerate(folds(data))))
            continue
        cells = []
        for split in ("random", "position"):
            data = mlp.datasets.digits(split=split)
            found = [recipe(seed, data) for seed in range(options.seeds)]
            cells.append(f"{statistics.mean(found):.2f} ± {statistics.stdev(found):.2f}")
        rows.append([name, *cells])
        print(*rows[-1], sep=" | ", flush=True)
    if rows:
        header = ["training", "random split, %", "split by position in the file, %"]
        report.write(
            "Accuracy on the embedded digits",
            f"Test accuracy, mean ± standard deviation of {options.seeds} seeds. In the random "
            "split the same writers appear in training and test; in the split by position the "
            "test images are probably mostly by other writers, which is harder. "
            "`python -m benchmarks.digits_accuracy`.\n\n" + report.table(header, rows),
        )


if __name__ == "__main__":
    main()
