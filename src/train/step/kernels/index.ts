export { DropoutMasks, quantisedKeep } from "./dropout-masks.js";
export { type AdamwStep, ParameterArena, type ParameterPlace, type ParameterSpec } from "./parameter-arena.js";
