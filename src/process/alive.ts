/**
 * Whether a process that was noted earlier still runs. Numbers of processes are used again, also for the same user: a
 * note has the start of the process, too, where the system says it (Linux).
 */
import { readFileSync } from "node:fs";

export interface NotedProcess {
  pid: number;
  /** In ticks since the start of the system; null or left out: not known. */
  started?: number | null;
}

/** This process, or another one, as it is noted. */
export const noteOf = (pid = process.pid): { pid: number; started: number | null } => ({ pid, started: startOf(pid) });

/** A process of another user counts, unless its start shows that it is a later one. */
export function isAlive({ pid, started = null }: NotedProcess): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  if (started === null) return true;
  const now = startOf(pid);
  return now === null || now === started;
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)); null where there is no such file. */
function startOf(pid: number): number | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name of the program is in parentheses and may hold anything, a parenthesis too.
    const ticks = Number(text.slice(text.lastIndexOf(")") + 2).split(" ")[19]);
    return Number.isSafeInteger(ticks) ? ticks : null;
  } catch {
    return null;
  }
}
