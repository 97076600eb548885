export { startChemistry } from "./chemistry.js";
export { NearDuplicates } from "./near-duplicates.js";
export { DESCRIPTORS, MACCS_BITS, MORGAN_BITS, type MolecularProperties } from "./properties.js";
export type * from "./types.js";
