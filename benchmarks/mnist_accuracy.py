"""Test accuracy on MNIST of networks trained with `mlp`, over several seeds.

No setting was chosen on the test images: `--validate` trains on the first 50,000 of the 60,000
training images and judges on the others. The final runs train on all 60,000.

    python -m benchmarks.mnist_accuracy [--only NAME] [--seeds 3] [--validate]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import dataclass
from itertools import pairwise

for name in ("OPENBLAS", "OMP"):  # before NumPy: one core for each training
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")

import mlp  # noqa: E402
from benchmarks import images, report  # noqa: E402


@dataclass
class Recipe:
    """A network and how it is trained."""

    sizes: tuple[int, ...]
    epochs: int
    rate: float
    batch: int = 128
    dropout: float = 0.0
    smoothing: float = 0.0
    decay: float = 0.0
    augment: object = None
    in_words: str = ""

    def network(self, seed: int) -> mlp.Sequential:
        layers = []
        for d_in, d_out in pairwise(self.sizes):
            layers += [mlp.Dense(d_in, d_out, mlp.he_uniform), mlp.ReLU()]
            if self.dropout:
                layers.append(mlp.Dropout(self.dropout))
        return mlp.Sequential(*layers[: -2 if self.dropout else -1], rng=seed)

    def train(self, x, y, seed: int) -> mlp.Sequential:
        network = self.network(seed)
        steps = self.epochs * -(-len(x) // self.batch)
        schedule = mlp.Warmup(steps // 50 + 1, mlp.CosineDecay(self.rate, steps))
        mlp.fit(
            network,
            x,
            y,
            loss=mlp.CrossEntropy(self.smoothing),
            epochs=self.epochs,
            optimizer=mlp.AdamW(schedule, weight_decay=self.decay),
            batch_size=self.batch,
            augment=self.augment,
            rng=seed,
            progress=False,
        )
        return network


RECIPES = {
    "784-100-10": Recipe(
        (784, 100, 10),
        epochs=60,
        rate=3e-3,
        smoothing=0.05,
        decay=0.01,
        augment=images.shift,
        in_words="shifts by a pixel, label smoothing 0.05",
    ),
    "784-512-512-10, dropout": Recipe(
        (784, 512, 512, 10),
        epochs=20,
        rate=1.5e-3,
        dropout=0.2,
        smoothing=0.05,
        decay=0.02,
        in_words="dropout 0.2, label smoothing 0.05, no augmentation",
    ),
    "784-800-800-10, distortions": Recipe(
        (784, 800, 800, 10),
        epochs=22,
        rate=1.5e-3,
        smoothing=0.05,
        decay=0.02,
        augment=images.Distortion(degrees=12, scale=0.12, shear=0.12, pixels=2),
        in_words="shifts and affine distortions, label smoothing 0.05",
    ),
    "784-1500-1000-500-10, elastic": Recipe(
        (784, 1500, 1000, 500, 10),
        epochs=50,
        rate=1e-3,
        batch=256,
        smoothing=0.05,
        decay=0.02,
        augment=images.Distortion(12, 0.12, 0.12, 2, elastic=0.7, coarse=5),
        in_words="shifts, affine and elastic distortions, label smoothing 0.05",
    ),
}


def run(recipe: Recipe, seed: int, data, validate: bool) -> tuple[float, float]:
    """Return accuracy in percent and CPU seconds."""
    x, y, x_test, y_test = data.x_train, data.y_train, data.x_test, data.y_test
    if validate:
        x, y, x_test, y_test = x[:50_000], y[:50_000], x[50_000:], y[50_000:]
    start = time.process_time()
    network = recipe.train(x, y, seed)
    seconds = time.process_time() - start
    return 100 * mlp.evaluate(network, x_test, y_test, loss=mlp.CrossEntropy())["accuracy"], seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", choices=RECIPES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--validate", action="store_true", help="validation split; writes nothing")
    options = parser.parse_args()
    data = mlp.datasets.mnist()
    rows = []
    for name, recipe in RECIPES.items():
        if options.only not in (None, name):
            continue
        results = [run(recipe, seed, data, options.validate) for seed in range(options.seeds)]
        accuracies, seconds = zip(*results, strict=True)
        spread = statistics.stdev(accuracies) if len(accuracies) > 1 else 0.0
        rows.append(
            [
                name,
                recipe.in_words,
                recipe.batch,
                recipe.epochs,
                " ".join(f"{a:.2f}" for a in accuracies),
                f"{statistics.mean(accuracies):.2f} ± {spread:.2f}",
                f"{statistics.mean(seconds):.0f}",
            ]
        )
        print(*rows[-1], sep=" | ", flush=True)
    if options.validate or options.only:
        return
    header = ["network", "training", "batch", "epochs", "test accuracy, %", "mean ± sd", "CPU s"]
    report.write(
        "Accuracy on MNIST",
        "ReLU, AdamW with warmup and a cosine schedule, one core; no setting was chosen on the "
        "test images; `python -m benchmarks.mnist_accuracy`.\n\n" + report.table(header, rows),
    )


if __name__ == "__main__":
    main()
