"""Morgan fingerprints of the molecules of chem.json by Python's RDKit, and their Tanimoto similarities: the reference of
src/chem/process/rdkit.ts and src/chem/near-duplicates.ts.

    python bench/reference/fingerprints.py        (rdkit 2026.9.1)

Writes fingerprints.json: per molecule its SMILES and the numbers of the set bits (radius 2, 2,048 bits, no chirality); and for each
molecule the greatest similarity to one of those before it (BulkTanimotoSimilarity).
"""
import json
from pathlib import Path

import rdkit
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

here = Path(__file__).parent
records = json.loads((here / "chem.json").read_text())["molecules"]
extra = ["CCCCCCCCCCCC(=O)O", "CCCCCCCCCCCCCC(=O)O", "CCCCCCCCCCCCCCO", "CC(=O)OCCc1ccccc1C", "COc1cc(C=O)ccc1OC"]
smiles = [record["smiles"] for record in records] + extra
generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
prints = [generator.GetFingerprint(Chem.MolFromSmiles(text)) for text in smiles]
molecules = [{"smiles": text, "bits": list(bits.GetOnBits()),
              "nearest": max(DataStructs.BulkTanimotoSimilarity(bits, prints[:i]), default=0.0)}
             for i, (text, bits) in enumerate(zip(smiles, prints))]
(here / "fingerprints.json").write_text(json.dumps({"rdkit": rdkit.__version__, "molecules": molecules}) + "\n")
print(len(molecules), sum(m["nearest"] >= 0.9 for m in molecules))
