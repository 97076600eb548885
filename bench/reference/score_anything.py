"""Scores of a model, an ensemble and a probe on a separate labelled file by scikit-learn, on the same answers.

    python bench/reference/score_anything.py           (versions: requirements.txt)

Writes score_anything.json. Of each task: `names` of the outputs, `truth` of each row (null: no value; a class "other" that no model
knows), what the models answer (`one`, `two`: logits, or values; `vectors`: embeddings under a linear layer) and by `scores` those of
  model     `one`
  ensemble  the mean of the probabilities (numbers: of the values) of `one` and `two`, weighted
  probe     the linear layer on `vectors`
Logits, vectors and coefficients are multiples of 1/1024, so that sums of products are exact in float32.
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from scipy.special import expit, softmax
from sklearn.metrics import (accuracy_score, average_precision_score, balanced_accuracy_score, confusion_matrix, f1_score, log_loss,
                             matthews_corrcoef, mean_absolute_error, precision_recall_fscore_support, r2_score, roc_auc_score,
                             root_mean_squared_error)

ROWS, WIDTH, WEIGHTS = 60, 4, [0.25, 0.75]


def exact(values, step=1024):
    return np.round(np.asarray(values) * step) / step


def calibration_error(confidence, right):
    bins = np.digitize(confidence, np.arange(1, 16) / 15, right=True)
    return float(sum(abs((right - confidence)[bins == b].sum()) for b in range(15)) / len(confidence))


def of_classes(probabilities, truth, names):
    known = [row for row, value in enumerate(truth) if value in names]
    true = np.array([names.index(truth[row]) for row in known])
    own = probabilities[known]
    predicted = own.argmax(1)
    present = sorted(set(true.tolist()))
    areas = [(roc_auc_score(true == c, own[:, c]), average_precision_score(true == c, own[:, c])) for c in present]
    precision, recall, f1, support = precision_recall_fscore_support(true, predicted, labels=range(len(names)), zero_division=0)
    majority = np.full(len(true), np.bincount(true).argmax())
    return {
        "count": len(known),
        "scores": {
            "loss": log_loss(true, own, labels=range(len(names))),
            "accuracy": accuracy_score(true, predicted),
            "balancedAccuracy": balanced_accuracy_score(true, predicted),
            "macroF1": f1_score(true, predicted, labels=present, average="macro", zero_division=0),
            "weightedF1": f1_score(true, predicted, average="weighted", zero_division=0),
            "matthewsCorrelation": matthews_corrcoef(true, predicted),
            "rocAuc": float(np.mean([roc for roc, _ in areas])),
            "averagePrecision": float(np.mean([precision for _, precision in areas])),
            "calibrationError": calibration_error(own.max(1), predicted == true),
        },
        "confusion": confusion_matrix(true, predicted, labels=range(len(names))).tolist(),
        "classes": np.stack([precision, recall, f1, support], 1).tolist(),
        "constant": {"accuracy": accuracy_score(true, majority),
                     "macroF1": f1_score(true, majority, labels=present, average="macro", zero_division=0)},
        "answers": own.tolist(),
    }


def of_labels(probabilities, truth, names):
    true = np.array(truth, float)
    rows = ~np.isnan(true).all(1)
    true, own = true[rows], probabilities[rows]
    measured = ~np.isnan(true)
    flat, answers = true[measured], own[measured]
    columns = [(true[measured[:, c], c], own[measured[:, c], c]) for c in range(len(names))]
    each = [{"measured": len(is_true), "positives": int(is_true.sum()), "f1": f1_score(is_true, given >= 0.5, zero_division=0),
             "rocAuc": roc_auc_score(is_true, given), "averagePrecision": average_precision_score(is_true, given)} for is_true, given in columns]
    shares = np.array([(is_true.sum() + 1) / (len(is_true) + 2) for is_true, _ in columns])
    return {
        "count": int(rows.sum()),
        "scores": {
            "loss": log_loss(flat, answers, labels=[0, 1]),
            "accuracy": accuracy_score(flat, answers >= 0.5),
            **{name: float(np.mean([one[key] for one in each])) for name, key in [("macroF1", "f1"), ("rocAuc", "rocAuc"), ("averagePrecision", "averagePrecision")]},
            "calibrationError": calibration_error(answers, flat),
        },
        "labels": each,
        "constant": {"loss": log_loss(flat, np.broadcast_to(shares, true.shape)[measured], labels=[0, 1])},
        "answers": own.tolist(),
    }


def of_numbers(values, truth, names):
    true = np.array(truth, float)
    rows = ~np.isnan(true).all(1)
    true, own = true[rows], values[rows]
    measured = ~np.isnan(true)
    columns = [(true[measured[:, c], c], own[measured[:, c], c]) for c in range(len(names))]
    each = [{"measured": len(is_true), "rmse": root_mean_squared_error(is_true, given), "mae": mean_absolute_error(is_true, given),
             "r2": r2_score(is_true, given), "baseline": float(is_true.std())} for is_true, given in columns]
    deviation = np.array([is_true.std() for is_true, _ in columns])
    return {
        "count": int(rows.sum()),
        "scores": {
            "loss": float((((own - true) / deviation)[measured] ** 2).mean()),
            **{name: float(np.mean([one[name] for one in each])) for name in ["rmse", "mae", "r2"]},
        },
        "targets": each,
        "constant": {"rmse": float(deviation.mean()), "r2": 0.0},
        "answers": own.tolist(),
    }


def case(random, names, truth, signal, to_answers, scores_of):
    one, two = [exact(random.normal(size=(ROWS, len(names))) + signal) for _ in range(2)]
    vectors = exact(random.normal(size=(ROWS, WIDTH)) + np.pad(signal, ((0, 0), (0, WIDTH)))[:, :WIDTH], 32)
    coefficients, intercepts = exact(random.normal(size=(len(names), WIDTH)), 32), exact(random.normal(size=len(names)), 32)
    answers = {"model": to_answers(one), "ensemble": WEIGHTS[0] * to_answers(one) + WEIGHTS[1] * to_answers(two),
               "probe": to_answers(vectors @ coefficients.T + intercepts)}
    return {"names": names, "truth": truth, "one": one.tolist(), "two": two.tolist(), "vectors": vectors.tolist(),
            "coefficients": coefficients.tolist(), "intercepts": intercepts.tolist(),
            "reference": {by: scores_of(given, truth, names) for by, given in answers.items()}}


def main():
    random = np.random.default_rng(15)
    names = ["alcohol", "ester", "other amine"]
    true = random.choice(4, ROWS, p=[0.4, 0.3, 0.2, 0.1])
    classes = [None if row % 17 == 5 else (names + ["unknown to all"])[value] for row, value in enumerate(true)]
    known = np.eye(4)[true][:, :3]
    labels = ["active", "binds", "toxic"]
    yes = random.random((ROWS, 3)) < [0.5, 0.3, 0.6]
    missing = random.random((ROWS, 3)) < 0.2
    missing[7] = True
    measured = [[None if missing[row, c] else int(yes[row, c]) for c in range(3)] for row in range(ROWS)]
    targets = ["logS", "mass"]
    values = exact(random.normal(size=(ROWS, 2)) * [1, 30] + [0, 100], 8)
    gaps = random.random((ROWS, 2)) < 0.2
    numbers = [[None if gaps[row, c] else float(values[row, c]) for c in range(2)] for row in range(ROWS)]
    result = {
        "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__}, "weights": WEIGHTS,
        "SINGLE_LABEL": case(random, names, classes, 1.5 * known, lambda logits: softmax(logits, axis=1), of_classes),
        "MULTI_LABEL": case(random, labels, measured, 2.0 * yes - 1, expit, of_labels),
        "REGRESSION": case(random, targets, numbers, values, lambda given: given, of_numbers),
    }
    text = json.dumps(result)
    Path(__file__).with_suffix(".json").write_text(text + "\n")


main()
