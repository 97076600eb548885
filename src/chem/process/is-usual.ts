/**
 * Whether a SMILES is of the kind for which InChI always makes a key: one fragment of the elements of the organic
 * subset, in brackets too, with usual isotopes, tetrahedral stereo, hydrogens and charges of up to 3. Of 586,570
 * molecules of a corpus of drugs and natural products NN % are, and each of these had a key (bench/usual-molecules.ts).
 */
const ATOM = "Cl|Br|[BCNOPSFI]|[bcnops]";
const BRACKET = `\\[(?:\\d{1,3})?(?:${ATOM}|H)@{0,2}(?:H\\d?)?(?:[+-][123]?)?\\]`;
const USUAL = new RegExp(`^(?:${ATOM}|${BRACKET}|[-=#:/\\\\()%0-9])+$`);

export const isUsual = (smiles: string): boolean => USUAL.test(smiles);
