/**
 * A limit for all that a child process holds in memory, what is outside its heap included: typed arrays. Where the
 * system says it (Linux), it is looked at ten times a second, and a process that has more is killed. Elsewhere there is
 * no limit but that of its heap.
 */
import { readFileSync } from "node:fs";

const EVERY_MS = 100;

export class MemoryWatch {
  readonly #timer: NodeJS.Timeout;
  #exceeded = false;

  constructor(child: { pid: number | undefined; kill(): unknown }, megabytes: number) {
    this.#timer = setInterval(() => {
      const bytes = child.pid === undefined ? null : residentBytes(child.pid);
      if (bytes === null || bytes <= megabytes * 2 ** 20) return;
      this.#exceeded = true;
      this.stop();
      child.kill();
    }, EVERY_MS).unref();
  }

  /** Whether the process was killed for it. */
  get isExceeded(): boolean {
    return this.#exceeded;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** VmRSS of /proc/<pid>/status (proc_pid_status(5)); null: the process is gone, or another system. */
export function residentBytes(pid: number): number | null {
  try {
    const found = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return found ? Number(found[1]) * 1_024 : null;
  } catch {
    return null;
  }
}
