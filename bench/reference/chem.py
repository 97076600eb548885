"""What Python's RDKit says about 60 molecules, saved in chem.json: the reference of src/chem.

    python bench/reference/chem.py        (rdkit 2026.9.1)

Only the largest fragment counts (most heavy atoms, then weight). The scaffold is MurckoScaffold's without chirality; its
InChIKey is saved too, for releases of RDKit that write the same scaffold in other words.
"""

import json
from pathlib import Path

import rdkit
from rdkit import Chem, RDLogger
from rdkit.Chem import Descriptors, rdMolDescriptors
from rdkit.Chem.Scaffolds import MurckoScaffold

RDLogger.DisableLog("rdApp.*")

MOLECULES = r"""
C O Cl [NH4+] [OH-] [H][H] [2H]O[2H] [13CH4] CCO CC(=O)O N#N [O-][N+]#N
OB(O)O OS(=O)(=O)O OP(=O)(O)O C[Si](C)(C)C C[Se]C CI ClC(Cl)Br CS(C)=O
CC(=O)[O-].[Na+] [Cl-].C[N+](C)(C)CCO OC(=O)CC(O)(C(=O)O)CC(=O)O.[K+] [Na+].[Cl-] [Ca+2].[O-]C(=O)CC.[O-]C(=O)CC Cl.CN1CCC[C@H]1c1cccnc1
C[C@H](N)C(=O)O N[C@@H](Cc1ccccc1)C(=O)O F/C=C/F F/C=C\F CC(=O)OCCC1=CC=CC=C1 OC[C@H]1O[C@@H](O)[C@H](O)[C@@H](O)[C@@H]1O
Cn1c(=O)c2c(ncn2C)n(C)c1=O Oc1ccccn1 O=c1cccc[nH]1 COc1cc(C=O)ccc1O CC(C)Cc1ccc(cc1)C(C)C(=O)O
C[n+]1ccccc1 [O-][n+]1ccccc1C C[N+]1(C)CCCCC1 CC1CC2(CCCCC2)C1 C1CC2CCC1C2 C12C3C4C1C5C2C3C45 c1ccc2c(c1)ccc1ccccc12
O=C1C=CC(=O)C=C1 C=C1CCCCC1 CC=C1CCCCC1 CC(C)=C1CCC(=O)C1 O=S1(=O)CCCC1C N=C1CCCCN1 CC(=NO)c1ccccc1 O=C(c1ccccc1)c1ccncc1
c1ccc(CCCc2ccccc2)cc1 CC(CC1CC1)CCC1CCCC1 C=C(c1ccccc1)c1ccccc1 O=C(Nc1ccccc1)OCC1CC1 CCN(CC)CCOC(=O)c1ccc(N)cc1 c1ccccc1C#Cc1ccccc1
O=P(c1ccccc1)(c1ccccc1)c1ccccc1 CS(=O)(=O)c1ccc(-c2ccccc2)cc1 C[C@]12CC[C@H]3[C@@H](CCC4=CC(=O)CC[C@]34C)[C@@H]1CC[C@@H]2O
O=c1cc(-c2ccc(O)c(O)c2)oc2cc(O)cc(O)c12 CN1CC[C@]23c4c5ccc(O)c4O[C@H]2[C@@H](O)C=C[C@H]3[C@H]1C5 C1CCC2(CC1)OCCO2 [13CH3]c1ccc[13cH]c1
O=[N+]([O-])c1ccc(Cl)cc1 N[C@@H](CS)C(=O)NCC(=O)O CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O COc1ccc2cc3-c4cc5OCOc5cc4CC[n+]3cc2c1OC
C1=CC2=CC3=CC=C(N3)C=C3C=CC(=N3)C=C3C=CC(=CC1=N2)N3 OC1C(O)C(O)C(O)C(O)C1O CCCCCCCCCCCCCCCC(=O)OCC(O)CO
""".split()


def largest(molecule):
    fragments = Chem.GetMolFrags(molecule, asMols=True)
    ranked = sorted(fragments, key=lambda m: (-m.GetNumHeavyAtoms(), -Descriptors.MolWt(m), Chem.MolToSmiles(m)))
    return ranked[0], sorted(Chem.MolToSmiles(m) for m in ranked[1:])


def describe(smiles):
    molecule, dropped = largest(Chem.MolFromSmiles(smiles))
    scaffold = MurckoScaffold.MurckoScaffoldSmiles(mol=molecule, includeChirality=False)
    return {
        "input": smiles,
        "smiles": Chem.MolToSmiles(molecule),
        "droppedFragments": dropped,
        "inchiKey": Chem.MolToInchiKey(molecule),
        "formula": rdMolDescriptors.CalcMolFormula(molecule),
        "molecularWeight": Descriptors.MolWt(molecule),
        "scaffold": scaffold,
        "scaffoldKey": Chem.MolToInchiKey(Chem.MolFromSmiles(scaffold)) if scaffold else "",
    }


path = Path(__file__).with_suffix(".json")
molecules = [describe(smiles) for smiles in MOLECULES]
path.write_text(json.dumps({"rdkit": rdkit.__version__, "molecules": molecules}, indent=1) + "\n")
print(path, len(molecules))
