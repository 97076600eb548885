"""Fingerprint baselines (Morgan, radius 2, 2,048 bits) on the split that a column of a CSV file names, with scikit-learn.

    python bench/peers/fingerprints.py split <csv> <out.csv>      adds the column scaffold_split
    python bench/peers/fingerprints.py score <task.json>          prints the scores as JSON

split: groups by Murcko scaffold without stereo in the order of the sha256 of its SMILES; groups above 1 % of the set are in
train; an acyclic molecule is its own group (named by its InChIKey); then 80 / 10 / 10 by running count.

A task: {"csv", "kind": "SINGLE_LABEL" | "MULTI_LABEL" | "REGRESSION", "targets": [columns], "split": column,
"separator": of a cell with several labels (then one target column) or null, "minClassSize", "seeds": of the forests}.
Logistic regression: C 1, 300 iterations at most; forests: 300 trees; ridge regression: alpha 1; nothing tuned. A label of a
MULTI_LABEL task counts where the test part holds both answers, as in src/scores.
"""

import csv
import hashlib
import json
import sys
import warnings

import numpy as np
from rdkit import Chem, RDLogger
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.Scaffolds import MurckoScaffold
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error, r2_score, roc_auc_score

warnings.filterwarnings("ignore")
RDLogger.DisableLog("rdApp.*")


def rows_of(path):
    """Rows whose SMILES RDKit reads: the others are dropped by an import too."""
    with open(path, newline="") as file:
        return [row for row in csv.DictReader(file) if Chem.MolFromSmiles(row["smiles"])]


def add_split(path, out):
    rows = rows_of(path)
    groups = {}
    for row in rows:
        molecule = Chem.MolFromSmiles(row["smiles"])
        scaffold = MurckoScaffold.MurckoScaffoldSmiles(mol=molecule, includeChirality=False)
        groups.setdefault(scaffold or row["inchikey"], []).append(row)
    order = sorted(groups, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    large = [name for name in order if len(groups[name]) > len(rows) / 100]
    done = 0
    for name in large + [name for name in order if name not in set(large)]:
        split = "train" if name in set(large) or done < 0.8 * len(rows) else "validation" if done < 0.9 * len(rows) else "test"
        for row in groups[name]:
            row["scaffold_split"] = split
        done += len(groups[name])
    with open(out, "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def features(rows):
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    return np.array([generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(row["smiles"])) for row in rows], dtype=np.float32)


def forest(kind, seed):
    make = RandomForestRegressor if kind == "REGRESSION" else RandomForestClassifier
    return make(n_estimators=300, random_state=seed, n_jobs=-1)


def single(task, rows):
    target = task["targets"][0]
    counts = {}
    for row in rows:
        counts[row[target]] = counts.get(row[target], 0) + 1
    rows = [row for row in rows if row[target] and counts[row[target]] >= task["minClassSize"]]
    x, y, split = features(rows), np.array([row[target] for row in rows]), np.array([row[task["split"]] for row in rows])
    train, test = split == "train", split == "test"
    present = sorted(set(y[test]))

    def scores(model):
        guess = model.fit(x[train], y[train]).predict(x[test])
        return {"accuracy": accuracy_score(y[test], guess), "macroF1": f1_score(y[test], guess, labels=present, average="macro")}

    majority = max(set(y[train]), key=list(y[train]).count)
    fixed = np.full(test.sum(), majority)
    return {
        "count": int(test.sum()),
        "majority": [{"accuracy": accuracy_score(y[test], fixed), "macroF1": f1_score(y[test], fixed, labels=present, average="macro")}],
        "logistic regression": [scores(LogisticRegression(max_iter=300))],
        "random forest": [scores(forest("SINGLE_LABEL", seed)) for seed in task["seeds"]],
    }


def multi(task, rows):
    separator = task["separator"]
    if separator:
        cells = [set(row[task["targets"][0]].split(separator)) - {""} for row in rows]
        counts = {}
        for cell in cells:
            for label in cell:
                counts[label] = counts.get(label, 0) + 1
        labels = sorted(label for label in counts if counts[label] >= task["minClassSize"])
        y = np.array([[float(label in cell) for label in labels] for cell in cells])
        rows, y = zip(*[(row, line) for row, line, cell in zip(rows, y, cells) if cell])
        y = np.array(y)
    else:
        labels = task["targets"]
        y = np.array([[float(row[label]) if row[label] else np.nan for label in labels] for row in rows])
    x, split = features(rows), np.array([row[task["split"]] for row in rows])
    train, test = split == "train", split == "test"

    def scores(make):
        areas = []
        for k in range(len(labels)):
            fit, ask = train & ~np.isnan(y[:, k]), test & ~np.isnan(y[:, k])
            if len(set(y[ask, k])) == 2 and len(set(y[fit, k])) == 2:
                model = make().fit(x[fit], y[fit, k])
                areas.append(roc_auc_score(y[ask, k], model.predict_proba(x[ask])[:, 1]))
        return {"rocAuc": float(np.mean(areas)), "labels": len(areas)}

    def many(seed):
        """One forest for all labels where none is missing: 138 forests would say the same for an hour."""
        model = forest("MULTI_LABEL", seed).fit(x[train], y[train])
        each = np.array([part[:, 1] if part.shape[1] == 2 else np.zeros(test.sum()) for part in model.predict_proba(x[test])]).T
        asked = [k for k in range(len(labels)) if len(set(y[test, k])) == 2]
        return {"rocAuc": float(np.mean([roc_auc_score(y[test, k], each[:, k]) for k in asked])), "labels": len(asked)}

    return {
        "count": int(test.sum()),
        "logistic regression": [scores(lambda: LogisticRegression(max_iter=300))],
        "random forest": [many(seed) if separator else scores(lambda: forest("MULTI_LABEL", seed)) for seed in task["seeds"]],
    }


def regression(task, rows):
    target = task["targets"][0]
    rows = [row for row in rows if row[target]]
    x, y, split = features(rows), np.array([float(row[target]) for row in rows]), np.array([row[task["split"]] for row in rows])
    train, test = split == "train", split == "test"

    def scores(model):
        guess = model.fit(x[train], y[train]).predict(x[test])
        return {"rmse": mean_squared_error(y[test], guess) ** 0.5, "r2": r2_score(y[test], guess)}

    mean = np.full(test.sum(), y[train].mean())
    return {
        "count": int(test.sum()),
        "majority": [{"rmse": mean_squared_error(y[test], mean) ** 0.5, "r2": r2_score(y[test], mean)}],
        "ridge regression": [scores(Ridge(alpha=1.0))],
        "random forest": [scores(forest("REGRESSION", seed)) for seed in task["seeds"]],
    }


if sys.argv[1] == "split":
    add_split(sys.argv[2], sys.argv[3])
else:
    with open(sys.argv[2]) as file:
        task = json.load(file)
    kinds = {"SINGLE_LABEL": single, "MULTI_LABEL": multi, "REGRESSION": regression}
    print(json.dumps(kinds[task["kind"]](task, rows_of(task["csv"]))))
