"""Reference numbers for src/analysis/label-separation.ts from scikit-learn: silhouettes of having and lacking a label, ROC-AUC
of nearest neighbours and of a logistic regression for each label, by folds.

    python bench/reference/label_separation.py > bench/reference/label_separation.json     (numpy, scikit-learn)

Data of bench/reference/analysis.py: an integer formula that the test repeats, so only results are saved.
"""
import json

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score, silhouette_samples
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

ROWS, DIMENSION, FOLDS = 240, 24, 5


def noise(i, j):
    return ((i * 7919 + j * 104729 + (i * j) % 1009 * 31 + i * i % 4093 * 17) % 10007) / 10007 - 0.5


i, j = np.meshgrid(np.arange(ROWS), np.arange(DIMENSION), indexing="ij")
row = np.arange(ROWS)
label = row * 7 % 11 % 4
centre = noise(label[:, None] * 131 + 17, np.arange(DIMENSION)[None, :] * 3 + 5)
x = (noise(i, j) * 1.6 + centre).astype(np.float32).astype(np.float64)
fold = row * 3 % FOLDS
# The third label is in one fold alone: never both taught and asked for.
truth = np.stack([label <= 1, (label == 2) | (row % 7 == 0), (fold == 1) & (row % 2 == 0)], axis=1)

neighbours, probe = [], []
for held in range(FOLDS):
    train, test = fold != held, fold == held
    areas = [[], []]
    for column in truth.T:
        if len(set(column[train])) < 2 or len(set(column[test])) < 2:
            continue
        nearest = KNeighborsClassifier(5, algorithm="brute").fit(x[train], column[train])
        areas[0].append(roc_auc_score(column[test], nearest.predict_proba(x[test])[:, 1]))
        scaler = StandardScaler().fit(x[train])
        fit = LogisticRegression(C=1, tol=1e-10, max_iter=10_000).fit(scaler.transform(x[train]), column[train])
        areas[1].append(roc_auc_score(column[test], fit.decision_function(scaler.transform(x[test]))))
    neighbours.append(float(np.mean(areas[0])))
    probe.append(float(np.mean(areas[1])))

print(json.dumps({
    "library": f"scikit-learn {sklearn.__version__}",
    "silhouette": [float(v) for v in np.mean([silhouette_samples(x, column) for column in truth.T], axis=0)],
    "neighbourRocAuc": neighbours,
    "probeRocAuc": probe,
}, indent=1))
