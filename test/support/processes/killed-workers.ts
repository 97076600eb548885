/**
 * Workers in processes of their own (run-worker.ts) over one store: they kill themselves at a given point, or are
 * closed.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Store } from "../../../src/store/index.js";

const WORKER = join(import.meta.dirname, "run-worker.ts");

export class KilledWorkers {
  readonly #children = new Set<ChildProcess>();

  /** `ended`: the signal that ended it. */
  start(store: Store, instruction: object = {}): { ended: Promise<NodeJS.Signals | null>; close(): Promise<unknown> } {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    const child = fork(WORKER, [store.url, store.home, JSON.stringify(instruction)], { execArgv: ["--import", tsx] });
    this.#children.add(child);
    const over = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once("exit", (_, signal) => {
        this.#children.delete(child);
        resolve(signal);
      }),
    );
    return {
      ended: over,
      close: () => {
        child.send("close");
        return over;
      },
    };
  }

  /** Ends those that a failed test left. */
  killAll(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }
}
