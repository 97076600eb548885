/** Entry of the process that fits a linear probe. Started once per fit by fitProbeInProcess, never imported. */
import os from "node:os";
import { followParent, tell } from "../../process/child-life.js";
import { fitProbe } from "../../train/probe/probe.js";
import { errorJson } from "../messages.js";
import type { FromProbe, ToProbe } from "./linear-probe.js";

followParent("maillard probe");
try {
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // A sandbox may forbid it.
}

const parts: (Float32Array | Uint8Array)[] = [];

process.on("message", async (message: ToProbe) => {
  if (message.kind === "part") return void parts.push(message.values);
  await tell(answer(message.job));
  process.exit(0);
});

function answer(job: Extract<ToProbe, { kind: "job" }>["job"]): FromProbe {
  try {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const vectors = parts[0] instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
    let at = 0;
    for (const part of parts) {
      vectors.set(part, at);
      at += part.length;
    }
    return { kind: "done", result: fitProbe({ ...job, vectors }) };
  } catch (error) {
    return { kind: "failed", error: errorJson(error) };
  }
}
