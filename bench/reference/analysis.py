"""Reference numbers for src/analysis (silhouette, k-means, nearest neighbours, classification by neighbours and by a probe,
trustworthiness) from scikit-learn; and what its t-SNE and umap-learn's UMAP reach on the same data.

    python bench/reference/analysis.py > bench/reference/analysis.json     (numpy, scikit-learn; umap-learn if it is there)

The data follow an integer formula that the test repeats, so only results are saved.
"""
import json
import sys

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE, trustworthiness
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.preprocessing import StandardScaler

ROWS, DIMENSION, CLASSES, FOLDS = 240, 24, 4, 5


def noise(i, j):
    return ((i * 7919 + j * 104729 + (i * j) % 1009 * 31 + i * i % 4093 * 17) % 10007) / 10007 - 0.5


i, j = np.meshgrid(np.arange(ROWS), np.arange(DIMENSION), indexing="ij")
label = np.arange(ROWS) * 7 % 11 % CLASSES
centre = noise(label[:, None] * 131 + 17, np.arange(DIMENSION)[None, :] * 3 + 5)
x = (noise(i, j) * 1.6 + centre).astype(np.float32)
bits = (noise(i + 1000, j * 5) > 0.1 - 0.5 * (centre > 0)).astype(np.float32)
fold = np.arange(ROWS) * 3 % FOLDS
x64 = x.astype(np.float64)


def knn(data, metric):
    shares = []
    for held in range(FOLDS):
        train, test = fold != held, fold == held
        model = KNeighborsClassifier(5, metric=metric, algorithm="brute").fit(data[train], label[train])
        shares.append(model.score(data[test], label[test]))
    return shares


def probe(data, standardize):
    shares = []
    for held in range(FOLDS):
        train, test = fold != held, fold == held
        scale = StandardScaler(with_mean=standardize, with_std=standardize).fit(data[train])
        model = LogisticRegression(tol=1e-10, max_iter=10000).fit(scale.transform(data[train]), label[train])
        shares.append(model.score(scale.transform(data[test]), label[test]))
    return shares


start = x64[[3, 50, 120, 200, 77]]
fixed = KMeans(5, init=start, n_init=1, tol=0, max_iter=300).fit(x64)
best = KMeans(5, n_init=50, random_state=0, tol=0).fit(x64)
distances, rows = NearestNeighbors(n_neighbors=8, metric="cosine", algorithm="brute").fit(x64).kneighbors(x64[:1])

# A map that keeps only two columns: bad on purpose, so that the penalty counts.
flat = x64[:, :2]
maps = {"TSNE": trustworthiness(x64, TSNE(perplexity=30, random_state=0).fit_transform(x), n_neighbors=5)}
try:
    import umap

    maps["UMAP"] = trustworthiness(x64, umap.UMAP(n_neighbors=15, min_dist=0.1, random_state=0).fit_transform(x), n_neighbors=5)
except ImportError:
    pass

json.dump({
    "library": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}",
    "silhouette": {
        "EUCLIDEAN": silhouette_score(x64, label),
        "COSINE": silhouette_score(x64, label, metric="cosine"),
        "TANIMOTO": silhouette_score(bits.astype(bool), label, metric="jaccard"),
    },
    "neighbourAccuracy": {"EUCLIDEAN": knn(x64, "euclidean"), "COSINE": knn(x64, "cosine")},
    "probeAccuracy": {"raw": probe(x64, False), "standardized": probe(x64, True), "bits": probe(bits.astype(float), False)},
    "kMeans": {"start": [3, 50, 120, 200, 77], "inertia": fixed.inertia_, "best": best.inertia_,
               "silhouette": silhouette_score(x64, fixed.labels_)},
    "neighbours": {"rows": rows[0].tolist(), "distances": distances[0].tolist()},
    "trustworthiness": {"flat5": trustworthiness(x64, flat, n_neighbors=5), "flat12": trustworthiness(x64, flat, n_neighbors=12)},
    "maps": maps,
}, sys.stdout)
print()
