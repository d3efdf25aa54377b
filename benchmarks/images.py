"""Random distortions of 28×28 images, for whole batches at once."""

from __future__ import annotations

import numpy as np

SIDE, PAD = 28, 3
_WIDE = SIDE + 2 * PAD
_GRID = np.stack(np.meshgrid(*[np.arange(SIDE, dtype=np.float32)] * 2, indexing="ij"), axis=0)


def shift(x: np.ndarray, rng: np.random.Generator, pixels: int = 1) -> np.ndarray:
    """Return each image moved by up to `pixels` up, down, left or right; what enters is 0."""
    padded = np.zeros((len(x), SIDE + 2 * pixels, SIDE + 2 * pixels), x.dtype)
    padded[:, pixels:-pixels, pixels:-pixels] = x.reshape(-1, SIDE, SIDE)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))
    moves = rng.integers(0, 2 * pixels + 1, (2, len(x)))
    return windows[np.arange(len(x)), moves[0], moves[1]].reshape(x.shape)


class Distortion:
    """Rotation, scaling, shear, shift, and an elastic field, another one for each image.

    Every image is sampled, by bilinear interpolation, at the points A (p - c) + c + t + u(p): A is
    a random 2×2 matrix near 1, c the center, t a random shift, u a smooth random field, made from
    normal numbers on a coarse grid spread by Gaussians (Simard, Steinkraus and Platt 2003).
    """

    def __init__(self, degrees=12.0, scale=0.12, shear=0.12, pixels=2.0, elastic=0.0, coarse=7):
        self.degrees, self.scale, self.shear, self.pixels = degrees, scale, shear, pixels
        self.elastic = elastic
        centers = (np.arange(coarse) + 0.5) * SIDE / coarse - 0.5
        width = SIDE / coarse
        bumps = np.exp(-0.5 * ((np.arange(SIDE)[None] - centers[:, None]) / width) ** 2)
        spread = np.einsum("ai,bj->abij", bumps, bumps).reshape(coarse**2, SIDE**2)
        spread /= np.sqrt((spread**2).sum(axis=0))  # so that u has standard deviation `elastic`
        self._spread = spread.astype(np.float32)

    def __call__(self, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        n = len(x)

        def uniform(limit, size=n):
            return rng.uniform(-limit, limit, size).astype(np.float32)

        angle = np.deg2rad(uniform(self.degrees))
        cos, sin = np.cos(angle), np.sin(angle)
        sy, sx = 1 + uniform(self.scale), 1 + uniform(self.scale)
        shear = uniform(self.shear)
        matrix = np.empty((n, 2, 2), np.float32)
        matrix[:, 0, 0], matrix[:, 0, 1] = cos * sy, -sin * sx + shear
        matrix[:, 1, 0], matrix[:, 1, 1] = sin * sy, cos * sx
        center = (SIDE - 1) / 2
        points = matrix @ (_GRID.reshape(2, -1) - center)
        points += center + PAD + uniform(self.pixels, (n, 2, 1))
        if self.elastic:
            coarse = rng.standard_normal((2 * n, len(self._spread)), dtype=np.float32)
            points += (self.elastic * (coarse @ self._spread)).reshape(n, 2, -1)
        np.clip(points, 0, _WIDE - 1.001, out=points)

        padded = np.zeros((n, _WIDE, _WIDE), np.float32)
        padded[:, PAD:-PAD, PAD:-PAD] = x.reshape(n, SIDE, SIDE)
        flat = padded.reshape(-1)
        corner = points.astype(np.int32)  # floor, since all are positive
        points -= corner
        fy, fx = points[:, 0], points[:, 1]
        at = corner[:, 0] * _WIDE
        at += corner[:, 1]
        at += (np.arange(n, dtype=np.int32) * _WIDE**2)[:, None]
        top = flat.take(at, mode="clip")
        top += fx * (flat.take(at + 1, mode="clip") - top)
        at += _WIDE
        bottom = flat.take(at, mode="clip")
        bottom += fx * (flat.take(at + 1, mode="clip") - bottom)
        bottom -= top
        bottom *= fy
        top += bottom
        return top
