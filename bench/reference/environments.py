"""Unfolded Morgan environments by Python's RDKit: the reference of src/chem/morgan.

    python bench/reference/environments.py        (rdkit 2026.9.1)

Writes environments.json:
  molecules  hand-written SMILES with their (id, count) pairs, radius 2 and 3, whole
  composed   SMILES that are put together from the parts below, those that RDKit reads
  library    of the molecules of samples/food-compounds.csv and the composed ones, 2,000 SMILES in this order: for each radius one
             SHA-256 of all their lists of (id, count)
"""
import csv
import hashlib
import json
from pathlib import Path

import rdkit
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

here = Path(__file__).parent
HAND = [
    "C", "[H][H]", "[2H]C([2H])([2H])O", "[3H]C", "[13CH3]C(=O)O", "[14CH3]N", "[15NH3]", "C[18OH]", "[18F]CCO", "[11CH3]O",
    "[99Tc]", "[35S](=O)(=O)(O)O", "Ic1ccc([123I])cc1", "[125I]CC", "[131I]CC", "[76Br]C", "[77Br]C", "[82Br]C", "[299CH4]", "[2H]O[2H]", "[3H]c1ccccc1", "[2H]F",
    "CC(=O)Oc1ccccc1C(=O)O", "Cn1cnc2c1c(=O)n(C)c(=O)n2C", "C1CC1", "C1CCCCC1", "c1ccc2ccccc2c1", "C12C3C4C1C5C2C3C45",
    "CC(C)(C)C", "N#Cc1ccncc1", "C=C=C", "C#CC#C", "O=S(=O)(c1ccccc1)N", "[O-][N+](=O)c1ccccc1", "C[N+](C)(C)CC([O-])=O",
    "[Na+].[Cl-]", "CC(=O)[O-].[Na+]", "[Pt+2].N.N", "*CC*", "[1*]CC", "F/C=C/F", "F/C=C\\F",
    "C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O", "[CH3]", "[CH2]C", "[O][O]",
    "CP(=O)(O)O", "[SiH4]", "C[Si](C)(C)C", "B(O)(O)c1ccccc1", "[Fe]", "c1cc[nH]c1", "c1ccoc1", "c1ccsc1", "c1ccc[n+]([O-])c1",
    "O=c1cc[nH]cc1", "C1=CC=CC=CC=C1", "c1ccc2c(c1)[nH]c1ccccc12", "CC(C)CCCC(C)C1CCC2C1(CCC1C2CC=C2CC(O)CCC12C)C",
    "C1CC2CCC1CC2", "C1CCC2(CC1)CCCCC2", "CCCCCCCCCCCCCCCCCC(=O)O", "[NH4+]", "[OH3+]", "[H+]", "[Cl-]", "[He]", "O=[Xe]=O",
    "CC1=C(C(=O)C2=CC=CC=C2C1=O)CC=C(C)CCCC(C)CCCC(C)CCCC(C)C", "c1ccc(cc1)-c1ccccc1", "[C-]#[O+]", "CN=[N+]=[N-]",
]
ENDS = ["C", "CC", "CC(C)", "O", "OC", "N", "CN", "Cl", "F", "OC(=O)", "NC(=O)", "N#C", "c1ccccc1", "c1ccncc1", "C1CCCC1",
        "c1ccoc1", "[O-][N+](=O)", "CS(=O)(=O)", "FC(F)(F)", "C=C"]
MIDDLES = ["CC", "C(=O)", "c1ccc(cc1)", "c1cc(ccc1O)", "C1CCC(CC1)", "C(O)C", "C=C", "C#C", "N(C)C", "COC", "SC", "C(=O)N",
           "c1cnc(nc1)", "C1CCN(CC1)", "C1=CC(=O)C=CC1", "c1ccc2cc(ccc2c1)"]
COUNT = 2000


def library():
    with open(here.parent.parent / "samples" / "food-compounds.csv") as file:
        yield from (row["smiles"] for row in csv.DictReader(file))
    for middle in MIDDLES:
        for i, left in enumerate(ENDS):
            for right in ENDS[i:]:
                yield f"{left}{middle}{right_hand(right)}"


def right_hand(end):
    """As a chain that begins with its binding atom."""
    return {"OC(=O)": "C(=O)O", "NC(=O)": "C(=O)N", "N#C": "C#N", "OC": "CO", "CN": "NC", "[O-][N+](=O)": "[N+](=O)[O-]",
            "CS(=O)(=O)": "S(=O)(=O)C", "FC(F)(F)": "C(F)(F)F"}.get(end, end)


def readable(texts):
    for text in texts:
        if Chem.MolFromSmiles(text) is not None:
            yield text


generators = {radius: rdFingerprintGenerator.GetMorganGenerator(radius=radius) for radius in (2, 3)}
rdkit.RDLogger.DisableLog("rdApp.*")


def environments(text, radius):
    return sorted(generators[radius].GetSparseCountFingerprint(Chem.MolFromSmiles(text)).GetNonzeroElements().items())


def digest(texts, radius):
    hashed = hashlib.sha256()
    for text in texts:
        hashed.update((" ".join(f"{i}:{n}" for i, n in environments(text, radius)) + "\n").encode())
    return hashed.hexdigest()


texts = [text for _, text in zip(range(COUNT), readable(library()))]
composed = texts[sum(1 for _ in csv.DictReader(open(here.parent.parent / "samples" / "food-compounds.csv"))):]
assert len(texts) == COUNT
(here / "environments.json").write_text(json.dumps({
    "rdkit": rdkit.__version__,
    "molecules": [{"smiles": text, "2": environments(text, 2), "3": environments(text, 3)} for text in HAND],
    "composed": composed,
    "library": {str(radius): digest(texts, radius) for radius in (2, 3)},
}) + "\n")
print(len(texts), len(composed), (here / "environments.json").stat().st_size)
