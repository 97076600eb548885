"""Linear models on counts of Morgan environments by RDKit and scikit-learn: the reference of probes on MORGAN_COUNTS.

    python bench/reference/count_probe.py > bench/reference/count_probe.json        (rdkit 2026.9.1; requirements.txt)

Data: the first 200 molecules of samples/food-compounds.csv; row number mod 5: 3 validates, 4 tests, the others train. Columns:
log(1 + n) of the environments (radius 2) that two training molecules have at least, by id. Classes: superclass, "other" where
fewer than 10 have it. Labels: sweet and bitter of the flavours, every seventh molecule not measured. Number: heavy atoms times 10
plus row number mod 3. Of the coefficients, the first 40 columns and the norm of each row.
"""
import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

rows = list(csv.DictReader(open(Path(__file__).parent.parent.parent / "samples" / "food-compounds.csv")))[:200]
molecules = [Chem.MolFromSmiles(row["smiles"]) for row in rows]
generator = rdFingerprintGenerator.GetMorganGenerator(radius=2)
counts = [generator.GetSparseCountFingerprint(molecule).GetNonzeroElements() for molecule in molecules]
split = np.array(["TRAIN", "TRAIN", "TRAIN", "VALIDATION", "TEST"])[np.arange(200) % 5]
train, validation, test = (split == name for name in ("TRAIN", "VALIDATION", "TEST"))
having = Counter(id for own, use in zip(counts, train) if use for id in own)
ids = sorted(id for id, molecules_with in having.items() if molecules_with >= 2)
x = np.log1p(np.array([[own.get(id, 0) for id in ids] for own in counts], dtype=float))
sizes = Counter(row["superclass"] for row in rows)
names = [row["superclass"] if sizes[row["superclass"]] >= 10 else "other" for row in rows]
labels = sorted(set(names))
classes = np.array([labels.index(name) for name in names])
flavors = np.array([[float(name in row["flavors"].split("|")) for name in ("sweet", "bitter")] for row in rows])
flavors[np.arange(200) % 7 == 6] = np.nan
number = np.array([10.0 * molecule.GetNumHeavyAtoms() + i % 3 for i, molecule in enumerate(molecules)])
unknown = [sum(id not in set(ids) for id in own) / len(own) for own in counts]
FIRST = 40


def of(weights):
    return {"first": weights[:, :FIRST].tolist(), "norms": np.linalg.norm(weights, axis=1).tolist()}


def single(c):
    model = LogisticRegression(C=c, tol=1e-10, max_iter=100000).fit(x[train], classes[train])
    return {"c": c, **of(model.coef_), "intercepts": model.intercept_.tolist(), "probabilities": model.predict_proba(x[test]).tolist(),
            "accuracy": accuracy_score(classes[test], model.predict(x[test])),
            "validationMacroF1": f1_score(classes[validation], model.predict(x[validation]), average="macro")}


def multi():
    result = []
    for k in range(2):
        fit, ask = train & ~np.isnan(flavors[:, k]), test & ~np.isnan(flavors[:, k])
        model = LogisticRegression(C=1, tol=1e-10, max_iter=100000).fit(x[fit], flavors[fit, k])
        result.append({**of(model.coef_), "intercept": model.intercept_[0],
                       "rocAuc": roc_auc_score(flavors[ask, k], model.predict_proba(x[ask])[:, 1])})
    return result


def ridge(c):
    model = Ridge(alpha=1 / c, solver="cholesky").fit(x[train], number[train])
    return {"c": c, **of(model.coef_[None]), "intercept": model.intercept_, "predictions": model.predict(x[test]).tolist()}


missing = lambda values: [[None if np.isnan(v) else v for v in row] for row in values]
print(json.dumps({"smiles": [row["smiles"] for row in rows], "splits": split.tolist(), "labels": labels, "classes": classes.tolist(),
                  "flavors": missing(flavors), "number": number.tolist(), "ids": ids, "unknown": unknown,
                  "single": [single(c) for c in (0.03, 1.0, 10.0)], "multi": multi(), "ridge": [ridge(c) for c in (0.1, 1.0)]}))
