"""How often molecules that are nearly the same have the same superclass, for docs/results.md: pairs of molecules of the classes
with 50 or more by Tanimoto similarity of Morgan fingerprints (radius 2, 2,048 bits). python label_agreement.py superclass.csv"""
import collections, csv, sys
import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

rows = list(csv.DictReader(open(sys.argv[1])))
size = collections.Counter(row["superclass"] for row in rows)
rows = [row for row in rows if size[row["superclass"]] >= 50]
generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
bits = [generator.GetFingerprint(Chem.MolFromSmiles(row["smiles"])) for row in rows]
labels = np.array([row["superclass"] for row in rows])
ranges = [(1, 2), (0.9, 1), (0.8, 0.9), (0.7, 0.8)]
pairs, agree, differing = collections.Counter(), collections.Counter(), collections.Counter()
for i in range(1, len(rows)):
    similarity = np.array(DataStructs.BulkTanimotoSimilarity(bits[i], bits[:i]))
    for low, high in ranges:
        near = np.nonzero((similarity >= low) & (similarity < high))[0]
        pairs[low] += len(near)
        agree[low] += int((labels[near] == labels[i]).sum())
        if low >= 0.9:
            differing.update(tuple(sorted((str(labels[j]), str(labels[i])))) for j in near if labels[j] != labels[i])
for low, high in ranges:
    print(f"{low} to {min(high, 1)}: {pairs[low]} pairs, {agree[low] / pairs[low]:.3f} of one superclass")
print(differing.most_common(3))
