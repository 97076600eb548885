/**
 * Workers in processes of their own (run-worker.ts) over one store: they kill themselves at a given point, or are
 * closed.
 */
import { type ChildProcess, fork } from "node:child_process";
import type { Store } from "../../../src/store/index.js";
import { LOADER, processScript } from "../child.js";

export class KilledWorkers {
  readonly #children = new Set<ChildProcess>();

  /** `ended`: the signal that ended it. */
  start(store: Store, instruction: object = {}): { ended: Promise<NodeJS.Signals | null>; close(): Promise<unknown> } {
    const child = fork(processScript("run-worker"), [store.url, store.home, JSON.stringify(instruction)], {
      execArgv: LOADER,
    });
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
