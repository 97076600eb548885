/**
 * The children of this process by kind ("compute" of the title "maillard compute"): those that live, and how others
 * ended. The counts are metrics (src/observe).
 */
import { readFileSync } from "node:fs";
import { recorder } from "../observe/recorder.js";

/** Kinds by number of process. */
const living = new Map<number, string>();

/** To be called with each child that was started. The answer is called once, at its end. */
export function noteChild(title: string, pid: number): (reason: "done" | "stopped" | "crashed") => void {
  const kind = title.replace(/^maillard /, "");
  living.set(pid, kind);
  recorder.count("maillard_process_starts_total", [kind]);
  return (reason) => {
    living.delete(pid);
    recorder.count("maillard_process_ends_total", [kind, reason]);
  };
}

export interface KindOfProcess {
  count: number;
  /** Resident bytes of all of them; null: this system does not say it. */
  resident: number | null;
}

/** Of the living children, by kind. */
export function livingChildren(): Map<string, KindOfProcess> {
  const kinds = new Map<string, KindOfProcess>();
  for (const [pid, kind] of living) {
    const { count, resident } = kinds.get(kind) ?? { count: 0, resident: 0 };
    const own = residentBytes(pid);
    kinds.set(kind, { count: count + 1, resident: resident === null || own === null ? null : resident + own });
  }
  return kinds;
}

/** VmRSS of /proc/<pid>/status (proc_pid_status(5)); null where there is no such file. */
function residentBytes(pid: number): number | null {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return kibibytes === undefined ? null : Number(kibibytes) * 1_024;
  } catch {
    return null;
  }
}
