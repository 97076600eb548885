"""Reference numbers for test/train/probe/probe.test.ts: linear probes by scikit-learn.

    python bench/reference/probe.py > bench/reference/probe.json

Data: 60 vectors of 5 numbers around three centres, rounded to 3 decimals, numpy's default generator, seed 7; splits by row
number mod 5: 3 validates, 4 tests, the others train. Labels: a quarter missing. Versions: requirements.txt.
"""

import json

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_squared_error, roc_auc_score

generator = np.random.default_rng(7)
classes = np.arange(60) % 3
x = np.round(generator.normal(size=(3, 5))[classes] * 1.5 + generator.normal(size=(60, 5)), 3).astype(np.float32).astype(float)
split = np.array(["TRAIN", "TRAIN", "TRAIN", "VALIDATION", "TEST"])[np.arange(60) % 5]
train, validation, test = (split == name for name in ("TRAIN", "VALIDATION", "TEST"))
labels = np.stack([x[:, 0] + generator.normal(size=60) > 0, x[:, 1] * x[:, 2] > 0.3], 1).astype(float)
labels[generator.random((60, 2)) < 0.25] = np.nan
numbers = np.round(np.stack([3 + 2 * x[:, 0] - x[:, 3] + generator.normal(size=60), 100 * x[:, 4]], 1), 3).astype(np.float32).astype(float)


def single(c):
    model = LogisticRegression(C=c, tol=1e-10, max_iter=10000).fit(x[train], classes[train])
    ask = lambda part: (model.predict_proba(x[part]), model.predict(x[part]))
    (p, guess), (_, chosen) = ask(test), ask(validation)
    return {
        "c": c,
        "coefficients": model.coef_.tolist(),
        "intercepts": model.intercept_.tolist(),
        "validationMacroF1": f1_score(classes[validation], chosen, average="macro"),
        "accuracy": accuracy_score(classes[test], guess),
        "macroF1": f1_score(classes[test], guess, average="macro"),
        "loss": log_loss(classes[test], p),
        "probabilities": p.tolist(),
    }


def multi():
    rows = []
    for k in range(2):
        fit, ask = train & ~np.isnan(labels[:, k]), test & ~np.isnan(labels[:, k])
        model = LogisticRegression(C=1, tol=1e-10, max_iter=10000).fit(x[fit], labels[fit, k])
        rows.append({"coefficients": model.coef_[0].tolist(), "intercept": model.intercept_[0],
                     "rocAuc": roc_auc_score(labels[ask, k], model.predict_proba(x[ask])[:, 1])})
    return rows


def ridge():
    rows = []
    for k in range(2):
        model = Ridge(alpha=0.5).fit(x[train], numbers[train, k])
        rows.append({"coefficients": model.coef_.tolist(), "intercept": model.intercept_,
                     "rmse": mean_squared_error(numbers[test, k], model.predict(x[test])) ** 0.5})
    return rows


missing = lambda rows: [[None if np.isnan(v) else v for v in row] for row in rows]
print(json.dumps({"vectors": x.tolist(), "splits": split.tolist(), "classes": classes.tolist(), "labels": missing(labels),
                  "numbers": numbers.tolist(), "single": [single(c) for c in (0.001, 1.0, 100.0)], "multi": multi(), "ridge": ridge()}))
