export { backup } from "./backup.js";
export type { Manifest } from "./manifest.js";
export { restore } from "./restore.js";
