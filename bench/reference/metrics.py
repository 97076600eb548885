"""Scores of small sets of logits by scikit-learn, float64: the reference of src/scores/classes.ts.

    python bench/reference/metrics.py              (versions: requirements.txt)

Prediction: the largest logit. macroF1 is the mean over the classes present among the true labels; scikit-learn averages
over true or predicted ones unless told, so `labels` is passed. A ratio 0/0 counts 0 (zero_division=0).
"""
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_recall_fscore_support


def case(name, classes, true, logits):
    logits = np.round(np.asarray(logits, dtype=np.float64), 3)
    predicted = logits.argmax(1)
    everything = list(range(classes))
    precision, recall, f1, support = precision_recall_fscore_support(true, predicted, labels=everything, zero_division=0)
    exponentials = np.exp(logits - logits.max(1, keepdims=True))
    return {
        "name": name, "classes": classes, "labels": [int(t) for t in true], "logits": logits.tolist(),
        "loss": log_loss(true, exponentials / exponentials.sum(1, keepdims=True), labels=everything),
        "accuracy": accuracy_score(true, predicted),
        "macroF1": f1_score(true, predicted, labels=sorted(set(map(int, true))), average="macro", zero_division=0),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
        "confusionMatrix": confusion_matrix(true, predicted, labels=everything).tolist(),
    }


def main():
    random = np.random.default_rng(7)

    def noisy(true, classes, signal, allowed=None):
        logits = random.normal(size=(len(true), classes))
        logits[np.arange(len(true)), true] += signal
        if allowed is not None:
            logits[:, [c for c in range(classes) if c not in allowed]] -= 20
        return logits

    five = random.integers(0, 5, 60)
    absent = random.choice([0, 1, 3, 4], 40)
    cases = [
        case("five classes", 5, five, noisy(five, 5, 1.5)),
        case("class 2 is never true, but predicted", 5, absent, noisy(absent, 5, 1.0)),
        case("class 4 is true, but never predicted", 5, five, noisy(five, 5, 2.0, allowed=[0, 1, 2, 3])),
        case("class 3 neither true nor predicted", 4, five % 3, noisy(five % 3, 4, 1.0, allowed=[0, 1, 2])),
        case("all right", 3, five % 3, noisy(five % 3, 3, 30.0)),
        case("one class only", 2, np.zeros(8, dtype=int), noisy(np.zeros(8, dtype=int), 2, 0.5)),
    ]
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"library": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}", "cases": cases}) + "\n")
    for c in cases:
        print(c["name"], c["accuracy"], c["macroF1"], c["loss"], c["confusionMatrix"])


if __name__ == "__main__":
    main()
