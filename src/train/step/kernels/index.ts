export { DropoutMasks, quantisedKeep } from "./dropout-masks.js";
export { ParameterArena } from "./parameter-arena.js";
