"""Writes test/fixtures/numpy/pca.json: principal components and column norms of a seeded matrix, as NumPy finds them.

Run from the repository root: python3 scripts/numpy-pca.py (made with NumPy 2.4)
"""

import json
from pathlib import Path

import numpy as np

ROWS, DIMENSIONS, COMPONENTS = 40, 9, 5

random = np.random.default_rng(7)
spread = 2.0 ** -np.arange(DIMENSIONS)
mixing, _ = np.linalg.qr(random.normal(size=(DIMENSIONS, DIMENSIONS)))
values = (random.normal(size=(ROWS, DIMENSIONS)) * spread @ mixing + 3).round(3).astype(np.float32)

exact = values.astype(np.float64)
centered = exact - exact.mean(axis=0)
_, singular, components = np.linalg.svd(centered, full_matrices=False)
components = components[:COMPONENTS]
# The sign rule of scikit-learn since 1.5: a component's entry of greatest magnitude is positive.
greatest = components[np.arange(COMPONENTS), np.abs(components).argmax(axis=1)]
components = components * np.sign(greatest)[:, None]

golden = {
    "values": [[float(f"{x:.3f}") for x in row] for row in values],
    "mean": exact.mean(axis=0).tolist(),
    "components": components.tolist(),
    "variances": (singular[:COMPONENTS] ** 2 / (ROWS - 1)).tolist(),
    "projected": (centered @ components.T).tolist(),
    "columnNorms": np.linalg.norm(exact, axis=0).tolist(),
}
out = Path("test/fixtures/numpy/pca.json")
out.parent.mkdir(parents=True, exist_ok=True)
out.write_text(json.dumps(golden) + "\n")
