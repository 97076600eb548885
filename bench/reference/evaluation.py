"""Curves, weighted scores, quantiles and McNemar's test by scikit-learn, numpy and statsmodels: the reference of src/analysis/evaluation.

    python bench/reference/evaluation.py           (versions: requirements.txt)

Writes evaluation.json:
  classes     logits, labels, weights of rows; roc_curve and precision_recall_curve of each class against the rest (drop_intermediate
              off); calibration bins (numpy.digitize); scores with sample_weight
  labels      logits, truth with missing entries (null), weights; ROC-AUC and average precision per label with sample_weight
  regression  values, truth with missing entries, weights; RMSE, MAE, R2 per target with sample_weight
  quantiles   numpy.quantile of a list
  mcnemar     statsmodels.stats.contingency_tables.mcnemar(exact=True) and scipy.stats.binomtest by discordant counts
"""
import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest
from sklearn.metrics import (accuracy_score, average_precision_score, balanced_accuracy_score, f1_score, matthews_corrcoef, mean_absolute_error,
                             precision_recall_curve, r2_score, roc_auc_score, roc_curve, root_mean_squared_error)
from statsmodels.stats.contingency_tables import mcnemar


def classes_case(random):
    true = np.concatenate([np.arange(4), random.choice(4, 116, p=[0.55, 0.25, 0.15, 0.05])])
    logits = random.normal(size=(120, 4))
    logits[np.arange(120), true] += 1.5
    # Multiples of 1/8 are float32 too, and make ties.
    logits = np.round(logits * 8) / 8
    weights = random.multinomial(120, np.ones(120) / 120)
    probabilities = softmax(logits, axis=1)
    predicted = logits.argmax(1)
    curves = []
    for c in range(4):
        fpr, tpr, _ = roc_curve(true == c, probabilities[:, c], drop_intermediate=False)
        precision, recall, _ = precision_recall_curve(true == c, probabilities[:, c])
        curves.append({"roc": np.stack([fpr, tpr], 1).tolist(), "precisionRecall": np.stack([recall, precision], 1)[::-1].tolist()})
    confidence, right = probabilities.max(1), predicted == true
    bins = np.digitize(confidence, np.arange(1, 16) / 15, right=True)
    weighted_gap = sum(abs((weights * (right - confidence))[bins == b].sum()) for b in range(15)) / weights.sum()
    per_class = lambda score: float(np.mean([score(true == c, probabilities[:, c], sample_weight=weights) for c in range(4)]))
    present = sorted(set(true[weights > 0].tolist()))
    return {
        "logits": logits.tolist(), "labels": true.tolist(), "weights": weights.tolist(), "curves": curves,
        "bins": [{"count": int((bins == b).sum()), "confidence": float(confidence[bins == b].mean()) if (bins == b).any() else None,
                  "accuracy": float(right[bins == b].mean()) if (bins == b).any() else None} for b in range(15)],
        "scores": {
            "loss": float(np.average(-log_softmax(logits, 1)[np.arange(120), true], weights=weights)),
            "accuracy": accuracy_score(true, predicted, sample_weight=weights),
            "balancedAccuracy": balanced_accuracy_score(true, predicted, sample_weight=weights),
            "macroF1": f1_score(true, predicted, labels=present, average="macro", sample_weight=weights, zero_division=0),
            "weightedF1": f1_score(true, predicted, average="weighted", sample_weight=weights, zero_division=0),
            "matthewsCorrelation": matthews_corrcoef(true, predicted, sample_weight=weights),
            "rocAuc": per_class(roc_auc_score), "averagePrecision": per_class(average_precision_score), "calibrationError": float(weighted_gap),
        },
    }


def labels_case(random):
    truth = (random.random((80, 3)) < [0.5, 0.25, 0.15]).astype(float)
    logits = np.round((random.normal(size=(80, 3)) + 1.5 * (truth - 0.5)) * 8) / 8
    truth[random.random((80, 3)) < 0.25] = np.nan
    weights = random.multinomial(80, np.ones(80) / 80)
    measured = ~np.isnan(truth)
    column = lambda j: (truth[measured[:, j], j], logits[measured[:, j], j])
    weighted = lambda score, j: float(score(*column(j), sample_weight=weights[measured[:, j]]))
    f1 = [f1_score(truth[measured[:, j], j], logits[measured[:, j], j] >= 0, sample_weight=weights[measured[:, j]], zero_division=0) for j in range(3)]
    entries = np.broadcast_to(weights[:, None], truth.shape)[measured]
    signs = np.where(truth[measured] == 1, 1, -1)
    return {
        "logits": logits.tolist(), "truth": [[None if np.isnan(v) else int(v) for v in row] for row in truth], "weights": weights.tolist(),
        "scores": {
            "loss": float(np.average(np.logaddexp(0, -signs * logits[measured]), weights=entries)),
            "accuracy": float(np.average((logits >= 0)[measured] == truth[measured], weights=entries)), "macroF1": float(np.mean(f1)),
            "rocAuc": float(np.mean([weighted(roc_auc_score, j) for j in range(3)])),
            "averagePrecision": float(np.mean([weighted(average_precision_score, j) for j in range(3)])),
        },
    }


def regression_case(random):
    truth = np.round((random.normal(size=(60, 2)) * [1, 20] + [0, 300]) * 64) / 64
    values = np.round((truth + random.normal(size=(60, 2)) * [0.5, 30]) * 64) / 64
    truth[random.random((60, 2)) < 0.2] = np.nan
    weights = random.multinomial(60, np.ones(60) / 60)
    measured = ~np.isnan(truth)
    pair = lambda score, j: float(score(truth[measured[:, j], j], values[measured[:, j], j], sample_weight=weights[measured[:, j]]))
    mean = lambda score: float(np.mean([pair(score, j) for j in range(2)]))
    return {"values": values.tolist(), "truth": [[None if np.isnan(v) else v for v in row] for row in truth.tolist()], "weights": weights.tolist(),
            "scores": {"rmse": mean(root_mean_squared_error), "mae": mean(mean_absolute_error), "r2": mean(r2_score)}}


def main():
    random = np.random.default_rng(23)
    sample = np.round(random.normal(size=37), 4)
    tests = []
    for a, b in [(0, 0), (1, 0), (0, 5), (3, 9), (12, 12), (40, 71), (3, 20), (150, 190), (600, 700)]:
        exact = mcnemar([[50, a], [b, 10]], exact=True).pvalue
        other = 1.0 if a + b == 0 else binomtest(min(a, b), a + b, 0.5).pvalue
        tests.append({"a": a, "b": b, "statsmodels": float(min(1, exact)) if a + b else 1.0, "scipy": float(other)})
    out = {
        "library": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {np.__version__}, statsmodels {statsmodels.__version__}",
        "classes": classes_case(random), "labels": labels_case(random), "regression": regression_case(random),
        "quantiles": {"values": sample.tolist(), "shares": [0, 0.025, 0.05, 0.5, 0.975, 1],
                      "expected": np.quantile(sample, [0, 0.025, 0.05, 0.5, 0.975, 1]).tolist()},
        "mcnemar": tests,
    }
    Path(__file__).with_suffix(".json").write_text(json.dumps(out) + "\n")
    print(out["library"], out["classes"]["scores"], out["labels"]["scores"], out["regression"]["scores"], tests, sep="\n")


if __name__ == "__main__":
    main()
