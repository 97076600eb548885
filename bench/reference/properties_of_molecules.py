"""Descriptors, MACCS keys and Morgan bits of some molecules by Python's RDKit: the reference of src/chem/properties.ts.

    python bench/reference/properties_of_molecules.py        (rdkit 2026.9.1)

Descriptors are those of rdMolDescriptors.Properties, by RDKit's names; masses too. Fingerprints are the numbers of the bits set.
"""
import json
from pathlib import Path

import rdkit
from rdkit import Chem
from rdkit.Chem import MACCSkeys, rdFingerprintGenerator, rdMolDescriptors

MOLECULES = ["CCO", "CC(=O)Oc1ccccc1C(=O)O", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "C[C@H](N)C(=O)O", "OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O",
             "CC(=O)[O-].[Na+]", "C1CC2CCC1C2", "O=S1(=O)CCCC1C", "C12C3C4C1C5C2C3C45", "CC(C)=C1CCC(=O)C1"]


def main():
    names = list(rdMolDescriptors.Properties.GetAvailableProperties())
    compute = rdMolDescriptors.Properties(names)
    morgan = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    result = []
    for smiles in MOLECULES:
        molecule = Chem.MolFromSmiles(smiles)
        result.append({"smiles": smiles, "descriptors": {n: float(f"{v:.9g}") for n, v in zip(names, compute.ComputeProperties(molecule))},
                       "maccs": list(MACCSkeys.GenMACCSKeys(molecule).GetOnBits()), "morgan": list(morgan.GetFingerprint(molecule).GetOnBits())})
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"rdkit": rdkit.__version__, "molecules": result}) + "\n")
    print(path, len(names), path.stat().st_size)


if __name__ == "__main__":
    main()
