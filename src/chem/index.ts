export { MAX_ATOMS, MAX_LENGTH } from "./check.js";
export type { ChemistryOptions } from "./chemistry.js";
export { startChemistry } from "./chemistry.js";
export type * from "./types.js";
