"""Scores of small sets of predictions by scikit-learn and scipy, float64: the reference of src/scores and src/train/probe/linear-probe.ts.

    python bench/reference/scores.py               (versions: requirements.txt)

Writes scores.json:
  classes     logits, labels; balanced accuracy, weighted F1, Matthews correlation, ROC-AUC (two classes: of class 1; more: one
              against the rest, macro), average precision (likewise), expected calibration error (15 bins, by numpy.digitize),
              temperature of least negative log-likelihood (scipy.optimize.minimize_scalar)
  labels      logits, truth with missing entries (null): macro ROC-AUC and average precision over labels with both answers, each
              over its measured rows; macro F1 and accuracy at 0.5
  regression  values, truth with missing entries (null): RMSE, MAE, R2 per target
  probe       embeddings, labels; LogisticRegression's coefficients, intercepts and probabilities (C = 1, and C = 0.1)
"""
import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (accuracy_score, average_precision_score, balanced_accuracy_score, f1_score, matthews_corrcoef, mean_absolute_error,
                             r2_score, roc_auc_score, root_mean_squared_error)


def calibration_error(confidence, right):
    bins = np.digitize(confidence, np.arange(1, 16) / 15, right=True)
    return float(sum(abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)))


def classes_case(name, classes, true, logits):
    logits = np.round(np.asarray(logits, dtype=np.float64), 3)
    probabilities = softmax(logits, axis=1)
    predicted = logits.argmax(1)
    scores = probabilities[:, 1] if classes == 2 else probabilities
    multi = {} if classes == 2 else {"multi_class": "ovr", "average": "macro"}
    temperature = minimize_scalar(lambda t: -log_softmax(logits / t, axis=1)[np.arange(len(true)), true].mean(),
                                  bounds=(0.05, 50), method="bounded", options={"xatol": 1e-10})
    return {
        "name": name, "classes": classes, "labels": [int(t) for t in true], "logits": logits.tolist(),
        "accuracy": accuracy_score(true, predicted), "balancedAccuracy": balanced_accuracy_score(true, predicted),
        "macroF1": f1_score(true, predicted, labels=sorted(set(map(int, true))), average="macro", zero_division=0),
        "weightedF1": f1_score(true, predicted, average="weighted", zero_division=0),
        "matthewsCorrelation": matthews_corrcoef(true, predicted), "rocAuc": roc_auc_score(true, scores, **multi),
        "averagePrecision": average_precision_score(true, scores),
        "calibrationError": calibration_error(probabilities.max(1), (predicted == true).astype(float)), "temperature": temperature.x,
    }


def labels_case(logits, truth):
    measured = ~np.isnan(truth)
    both = [j for j in range(truth.shape[1]) if len(set(truth[measured[:, j], j])) == 2]
    column = lambda j: (truth[measured[:, j], j], logits[measured[:, j], j])
    answered = logits > 0
    return {
        "logits": logits.tolist(), "truth": [[None if np.isnan(v) else int(v) for v in row] for row in truth],
        "rocAuc": [float(roc_auc_score(*column(j))) if j in both else None for j in range(truth.shape[1])],
        "averagePrecision": [float(average_precision_score(*column(j))) if j in both else None for j in range(truth.shape[1])],
        "macroRocAuc": float(np.mean([roc_auc_score(*column(j)) for j in both])),
        "macroAveragePrecision": float(np.mean([average_precision_score(*column(j)) for j in both])),
        "f1": [float(f1_score(truth[measured[:, j], j], answered[measured[:, j], j], zero_division=0)) for j in range(truth.shape[1])],
        "accuracy": float((answered == truth)[measured].mean()),
        "calibrationError": calibration_error(expit(logits[measured]), truth[measured]),
        "temperature": minimize_scalar(lambda t: np.logaddexp(0, -np.where(truth[measured] == 1, 1, -1) * logits[measured] / t).mean(),
                                       bounds=(0.05, 50), method="bounded", options={"xatol": 1e-10}).x,
    }


def regression_case(values, truth):
    measured = ~np.isnan(truth)
    pair = lambda j: (truth[measured[:, j], j], values[measured[:, j], j])
    return {
        "values": values.tolist(), "truth": [[None if np.isnan(v) else v for v in row] for row in truth.tolist()],
        "targets": [{"count": int(measured[:, j].sum()), "rmse": root_mean_squared_error(*pair(j)), "mae": mean_absolute_error(*pair(j)),
                     "r2": r2_score(*pair(j))} for j in range(truth.shape[1])],
    }


def probe_case(name, embeddings, labels, c, balanced):
    model = LogisticRegression(C=c, tol=1e-10, max_iter=20_000, class_weight="balanced" if balanced else None).fit(embeddings, labels)
    return {"name": name, "inverseRegularization": c, "balanced": balanced, "embeddings": embeddings.tolist(), "labels": labels.tolist(),
            "coefficients": model.coef_.tolist(), "intercepts": model.intercept_.tolist(),
            "probabilities": model.predict_proba(embeddings).tolist()}


def main():
    random = np.random.default_rng(11)

    def noisy(true, classes, signal):
        logits = random.normal(size=(len(true), classes))
        logits[np.arange(len(true)), true] += signal
        return logits

    four = np.concatenate([np.arange(4), random.choice(4, 76, p=[0.55, 0.25, 0.15, 0.05])])
    two = np.concatenate([np.arange(2), random.choice(2, 58, p=[0.8, 0.2])])
    classes = [
        classes_case("four classes, unequal", 4, four, noisy(four, 4, 1.5)),
        classes_case("two classes", 2, two, noisy(two, 2, 1.0)),
        classes_case("two classes, many ties", 2, two, np.round(noisy(two, 2, 1.0))),
        classes_case("confident and often wrong", 4, four, 6 * noisy(four, 4, 1.0)),
        classes_case("one class is never predicted", 3, four % 3, noisy(four % 3, 3, 1.0) - np.array([0, 0, 20])),
    ]
    truth = (random.random((60, 4)) < [0.5, 0.2, 0.1, 1.1]).astype(float)
    logits = np.round(random.normal(size=(60, 4)) + 1.5 * (truth - 0.5), 3)
    truth[random.random((60, 4)) < 0.3] = np.nan
    numbers = np.round(random.normal(size=(40, 3)) * [1, 20, 0.1] + [0, 300, -5], 4)
    values = np.round(numbers + random.normal(size=(40, 3)) * [0.5, 30, 0.01], 4)
    numbers[random.random((40, 3)) < 0.2] = np.nan
    embeddings = np.round(random.normal(size=(48, 6)), 3)
    three = (embeddings @ np.round(random.normal(size=(6, 3)), 1) + random.normal(size=(48, 3))).argmax(1)
    probe = [
        probe_case("three classes", embeddings, three, 1.0, False),
        probe_case("three classes, strong regularisation, balanced", embeddings, three, 0.1, True),
        probe_case("two classes", embeddings, (three > 0).astype(int), 1.0, False),
    ]
    path = Path(__file__).with_suffix(".json")
    library = f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {np.__version__}"
    path.write_text(json.dumps({"library": library, "classes": classes, "labels": labels_case(logits, truth),
                                "regression": regression_case(values, numbers), "probe": probe}) + "\n")
    for case in classes:
        print({key: value for key, value in case.items() if key not in ("labels", "logits")})


if __name__ == "__main__":
    main()
