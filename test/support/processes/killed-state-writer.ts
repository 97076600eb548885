/**
 * Writes the training state step-2 into the folder of argument 1 and is killed (SIGKILL, by itself) at call number
 * argument 3 of the file handle's method in argument 2: a place in the write chosen exactly.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { ParameterArena } from "../../../src/train/step/kernels/index.js";
import { writeTrainingState } from "../../../src/train/step/training-state.js";

const [parent, method, call] = process.argv.slice(2);
const handle = await open(parent);
const prototype = Object.getPrototypeOf(handle) as Record<string, (...args: unknown[]) => unknown>;
await handle.close();
const original = prototype[method];
let calls = 0;
prototype[method] = function (...args) {
  if (++calls === Number(call)) process.kill(process.pid, "SIGKILL");
  return original.apply(this, args);
};

const arena = new ParameterArena([{ name: "table", shape: [300, 7], decay: true }]);
arena.weights.fill(2);
await writeTrainingState(join(parent, "step-2"), arena, { identity: "the run", position: { step: 2 } });
