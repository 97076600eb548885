/** Entry of the process that fits a linear probe. Started by ProbeFits, never imported. */
import { answerOnce } from "../../process/child-life.js";
import { fitProbe } from "../../train/probe/probe.js";
import type { ToProbe } from "./linear-probe.js";

const parts: (Float32Array | Uint8Array)[] = [];

answerOnce((message: ToProbe) => {
  if (message.kind === "job") return () => fitProbe({ ...message.job, vectors: joined(parts) });
  parts.push(message.values);
  return null;
});

function joined(arrays: readonly (Float32Array | Uint8Array)[]): Float32Array | Uint8Array {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const all = arrays[0] instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
