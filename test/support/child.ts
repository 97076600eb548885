/**
 * Child processes of tests: scripts of test/support/processes, and modules of src. With `npm test` both are JavaScript
 * (dist/, and what global-setup.ts compiled), and a child starts in a third of the time; else tsx compiles the sources.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = join(import.meta.dirname, "..", "..");
const COMPILED = process.env.MAILLARD_TEST_PROCESSES;

/** Path of a script of test/support/processes, by its name. */
export const processScript = (name: string): string =>
  COMPILED
    ? join(COMPILED, "test", "support", "processes", `${name}.js`)
    : join(import.meta.dirname, "processes", `${name}.ts`);

/** Path of a module of src, such as "cli/main". */
export const sourceModule = (name: string): string =>
  COMPILED ? join(ROOT, "dist", `${name}.js`) : join(ROOT, "src", `${name}.ts`);

/** Options of Node that load them. */
export const LOADER: string[] = COMPILED
  ? []
  : ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href];
