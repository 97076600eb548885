/**
 * The child's side of a forked process: `followParent` ends the process with its parent, `compileLate` is for large
 * WebAssembly, `tell` sends a message, `answerOnce` serves one question of OneAnswer.
 */
import { setFlagsFromString } from "node:v8";
import { errorJson } from "./error-json.js";
import type { Advance, Reply } from "./one-answer.js";

/**
 * The process runs exactly as long as its parent's channel is open. Ctrl-C reaches a whole terminal group, and a
 * service manager signals every process of a service; the parent handles both, so that a running batch can end. A
 * computation that blocks the thread delays the exit by at most one batch or one training step.
 */
export function followParent(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  process.on("disconnect", () => process.exit(0));
}

/**
 * V8 compiles a WebAssembly function a second time, better, once it has run for long: in this process after 90 times as
 * long as usual. To be called before RDKit or Indigo is loaded: both have large functions, and compiling them again
 * takes seconds of processor time. With `node --wasm-tiering-budget` on 2 x AMD EPYC beside other work, 1 December
 * 2026: RDKit spends 0.4 s instead of 1.8 s on its start and 60 molecules, 6.0 s instead of 6.2 s on 3,000; Indigo
 * 2.7 s instead of 4.1 s on 1,000 InChIs. A flag that V8 does not know any more is printed and ignored.
 */
export const compileLate = (): void => setFlagsFromString("--wasm-tiering-budget=160000000");

/** Resolves when the message is in the pipe. Without a parent the process ends. */
export function tell(message: object): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) process.exit(0);
    process.send(message, undefined, undefined, () => resolve());
  });
}

/** Time in ms between two messages about progress. */
const ADVANCE_MS = 500;

/**
 * `receive` gets the parts of one question in order. When the question is complete it returns the work to do; its
 * result or its error is sent as the answer, and the process ends, which frees all its memory. The work may say how
 * many steps it has done: now and then the parent is told, also by work that blocks the thread.
 */
export function answerOnce<Part extends object>(
  receive: (part: Part) => ((onStep: (done: number) => void) => unknown) | null,
): void {
  followParent();
  process.on("message", async (part: Part) => {
    const work = receive(part);
    if (!work) return;
    let reply: Reply<unknown>;
    let told = performance.now();
    const onStep = (done: number): void => {
      if (performance.now() - told < ADVANCE_MS) return;
      told = performance.now();
      void tell({ kind: "progress", done } satisfies Advance);
    };
    try {
      reply = { kind: "done", answer: await work(onStep) };
    } catch (error) {
      reply = { kind: "failed", error: errorJson(error) };
    }
    await tell(reply);
    process.exit(0);
  });
}
