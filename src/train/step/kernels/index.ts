export { DropoutMasks } from "./dropout-masks.js";
export { ParameterArena, type ParameterSpec } from "./parameter-arena.js";
