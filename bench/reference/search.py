"""
Reference numbers of searches: bench/reference/search.json.

For molecules of food and of drugs: Tanimoto similarities of Morgan fingerprints (radius 2, 2,048 bits) to three of them, and
which of them have each of a list of SMARTS, all by RDKit.

    pip install -r bench/reference/requirements.txt rdkit
    python bench/reference/search.py
"""
import json
import pathlib

import rdkit
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

MOLECULES = {
    "ethanol": "CCO",
    "acetic acid": "CC(=O)O",
    "ethyl acetate": "CCOC(C)=O",
    "isoamyl acetate": "CC(C)CCOC(C)=O",
    "benzaldehyde": "O=Cc1ccccc1",
    "vanillin": "COc1cc(C=O)ccc1O",
    "ethylvanillin": "CCOc1cc(C=O)ccc1O",
    "isovanillin": "COc1ccc(C=O)cc1O",
    "eugenol": "C=CCc1ccc(O)c(OC)c1",
    "isoeugenol": "C/C=C/c1ccc(O)c(OC)c1",
    "capsaicin": "COc1cc(CNC(=O)CCCC/C=C/C(C)C)ccc1O",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "theobromine": "Cn1cnc2c1c(=O)[nH]c(=O)n2C",
    "theophylline": "Cn1c(=O)c2[nH]cnc2n(C)c1=O",
    "limonene": "C=C(C)C1CC=C(C)CC1",
    "menthol": "CC(C)[C@@H]1CC[C@@H](C)C[C@H]1O",
    "linalool": "C=CC(C)(O)CCC=C(C)C",
    "geraniol": "CC(C)=CCC/C(C)=C/CO",
    "nerol": "CC(C)=CCC/C(C)=C\\CO",
    "L-alanine": "C[C@H](N)C(=O)O",
    "D-alanine": "C[C@@H](N)C(=O)O",
    "glucose": "OC[C@H]1OC(O)[C@H](O)[C@@H](O)[C@@H]1O",
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "ibuprofen": "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "cholesterol": "CC(C)CCC[C@@H](C)[C@H]1CC[C@H]2[C@@H]3CC=C4C[C@@H](O)CC[C@]4(C)[C@H]3CC[C@]12C",
    "furaneol": "CC1=C(O)C(=O)C(C)O1",
    "furfural": "O=Cc1ccco1",
    "pyrazine": "c1cnccn1",
    "tetramethylpyrazine": "Cc1nc(C)c(C)nc1C",
    "indole": "c1ccc2[nH]ccc2c1",
    "betaine": "C[N+](C)(C)CC(=O)[O-]",
    "allicin": "C=CCSS(=O)CC=C",
    "naphthalene": "c1ccc2ccccc2c1",
    "tryptophan": "N[C@@H](Cc1c[nH]c2ccccc12)C(=O)O",
}
QUERIES = ["vanillin", "caffeine", "geraniol"]
SMARTS = [
    "c1ccccc1", "C(=O)O", "[#6]", "[OX2H][CX4]", "[$([NX3;H2,H1]);!$(NC=O)]", "[r5]", "[R2]", "[x3]", "[H]C", "[D3]",
    "[CX3H1](=O)[#6]", "C/C=C/C", "C/C=C\\C", "N[C@@H](C)C(=O)O", "N[C@H](C)C(=O)O", "C.O", "a1aaaa1", "[!#6;!#1]",
    "[+]", "c:n", "C!@C", "C=C", "[nH]", "[13C]", "C1CC2CCC1C2", "COc1cc(*)ccc1O", "S(=O)S", "[#16]", "[Si]",
]  # fmt: skip

molecules = {name: Chem.MolFromSmiles(smiles) for name, smiles in MOLECULES.items()}
generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
fingerprints = {name: generator.GetFingerprint(molecule) for name, molecule in molecules.items()}
similarities = {
    query: {name: DataStructs.TanimotoSimilarity(fingerprints[query], other) for name, other in fingerprints.items()}
    for query in QUERIES
}
matches = {
    smarts: [
        name for name, molecule in molecules.items() if molecule.HasSubstructMatch(Chem.MolFromSmarts(smarts), useChirality=True)
    ]
    for smarts in SMARTS
}
bits = {name: list(fingerprint.GetOnBits()) for name, fingerprint in fingerprints.items()}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(
    json.dumps(
        {
            "rdkit": rdkit.__version__,
            "molecules": [{"name": name, "smiles": smiles, "bits": bits[name]} for name, smiles in MOLECULES.items()],
            "similarities": similarities,
            "matches": matches,
        },
        separators=(",", ":"),
    )
    + "\n"
)
