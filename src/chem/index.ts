export { MAX_ATOMS, MAX_LENGTH } from "./check.js";
export type { ChemistryOptions } from "./chemistry.js";
export { startChemistry } from "./chemistry.js";
export { NearDuplicates } from "./near-duplicates.js";
export type * from "./types.js";
