/** What a server and its child processes use: processor time, and memory. Linux only: elsewhere both are 0. */
import { readdirSync, readFileSync } from "node:fs";

/** Of a clock tick of /proc, in ms. */
const TICK_MS = 10;

export class Watch {
  private family: number[];
  private asked = 0;

  constructor(private readonly pid: number) {
    this.family = [pid];
  }

  /** Processor time of all of them so far, in ms. */
  cpuMs(): number {
    if (this.asked++ % 50 === 0) this.family = familyOf(this.pid);
    return this.family.reduce((sum, pid) => sum + cpuOf(pid), 0);
  }

  /** Resident memory of the server alone, in MB. */
  megabytes(): number {
    try {
      return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
    } catch {
      return 0;
    }
  }
}

function cpuOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return 0;
  }
}

function familyOf(pid: number): number[] {
  const parents = new Map<number, number>();
  try {
    for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      } catch {
        // Ended meanwhile.
      }
    }
  } catch {
    return [pid];
  }
  const family = [pid];
  for (const member of family) for (const [child, parent] of parents) if (parent === member) family.push(child);
  return family;
}
