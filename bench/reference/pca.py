"""Reference numbers for src/analysis/pca/pca.ts from scikit-learn's PCA(svd_solver="full"), float64.

    python bench/reference/pca.py > bench/reference/pca.json      (numpy, scikit-learn >= 1.5)

The data follow an integer formula that the test repeats, so only results are saved; the test compares to 1e-4
(and signs as well: scikit-learn >= 1.5 orients each axis by its largest loading).
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.decomposition import PCA


def data(rows, dimension, power):
    i, j = np.meshgrid(np.arange(rows), np.arange(dimension), indexing="ij")
    noise = ((i * 7919 + j * 104729 + (i * j) % 1009 * 31 + i * i % 4093 * 17) % 10007) / 10007 - 0.5
    return (noise / (1 + j) ** power + 0.25).astype(np.float32).astype(np.float64)


CASES = [
    {"name": "more rows than dimensions", "rows": 60, "dimension": 8, "power": 1, "components": 3},
    {"name": "fewer rows than dimensions", "rows": 20, "dimension": 40, "power": 1, "components": 4},
    {"name": "fitted on every third row", "rows": 90, "dimension": 12, "power": 0.5, "components": 3, "fitEvery": 3},
    {"name": "whitened", "rows": 70, "dimension": 10, "power": 1, "components": 3, "whiten": True},
    {"name": "iterated: 300 x 160", "rows": 300, "dimension": 160, "power": 0.5, "components": 4},
    {"name": "iterated, fewer rows: 150 x 200", "rows": 150, "dimension": 200, "power": 0.5, "components": 3},
    {"name": "all components", "rows": 30, "dimension": 5, "power": 0.5, "components": 5},
]

results = []
for case in CASES:
    x = data(case["rows"], case["dimension"], case["power"])
    fit = np.arange(0, case["rows"], case.get("fitEvery", 1))
    pca = PCA(n_components=case["components"], svd_solver="full", whiten=case.get("whiten", False)).fit(x[fit])
    kept = np.arange(0, case["rows"], 7)
    results.append({
        **case,
        "explainedVarianceRatio": [float(f"{v:.10g}") for v in pca.explained_variance_ratio_],
        "keptRows": kept.tolist(),
        "coordinates": [[float(f"{v:.8g}") for v in row] for row in pca.transform(x[kept])],
    })
json.dump({"library": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}", "cases": results}, sys.stdout)
print()
