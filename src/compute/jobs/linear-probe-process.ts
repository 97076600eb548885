/** Entry of the process that fits a linear probe. Started by ProbeFits, never imported. */
import { answerOnce } from "../../process/child-life.js";
import { fitProbe, type ProbeJob } from "../../train/probe/probe.js";
import type { ToProbe } from "./linear-probe.js";

const parts: ProbeJob["vectors"][] = [];

answerOnce((message: ToProbe) => {
  if (message.kind === "job") return () => fitProbe({ ...message.job, vectors: joined(parts) });
  parts.push(message.values);
  return null;
});

function joined(arrays: readonly ProbeJob["vectors"][]): ProbeJob["vectors"] {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const all = emptyAs(arrays[0], length);
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

function emptyAs(array: ProbeJob["vectors"] | undefined, length: number): ProbeJob["vectors"] {
  if (array instanceof Uint8Array) return new Uint8Array(length);
  return array instanceof Uint32Array ? new Uint32Array(length) : new Float32Array(length);
}
