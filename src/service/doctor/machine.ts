/** The machine: room on the disk of the data, memory, processors. */
import { constants, existsSync } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import os from "node:os";
import { dirname, resolve } from "node:path";
import { type Finding, ok, problem, warning } from "./finding.js";

export interface MachineSettings {
  /** MAILLARD_HOME. */
  home: string;
  /** MAILLARD_MEMORY, in bytes. */
  memory: number;
  /** MAILLARD_THREADS. */
  threads: number;
}

const GIB = 2 ** 30;
/** An import, a checkpoint or a migration that meets a full disk waits or fails. */
const DISK = { least: GIB, enough: 5 * GIB };
/** An idle server takes a quarter of it (docs/footprint.md). */
const MEMORY = GIB;

const gibibytes = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** @param free bytes for this user on the disk of a folder */
export async function diskFinding(home: string, free = freeBytes): Promise<Finding> {
  const folder = nearest(resolve(home));
  const elsewhere = "Choose another folder: MAILLARD_HOME=<folder>.";
  const status = await stat(folder);
  if (!status.isDirectory()) return problem("DISK", home, `${folder} is not a folder`, elsewhere);
  const isWritable = await access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    return problem("DISK", home, `${folder} cannot be written by this user`, `Make it writable. ${elsewhere}`);
  const bytes = await free(folder);
  const found = `${gibibytes(bytes)} free${folder === resolve(home) ? "" : "; a start makes the folder"}`;
  if (bytes < DISK.least) return problem("DISK", home, found, `Make room. ${elsewhere}`);
  if (bytes < DISK.enough) return warning("DISK", home, found, "Make room: checkpoints and imports take gigabytes.");
  return ok("DISK", home, found);
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const nearest = (path: string): string => (existsSync(path) ? path : nearest(dirname(path)));

export interface MemoryOfMachine {
  /** Of the machine, or of its control group. */
  total: number;
  available: number;
}

function memoryHere(): MemoryOfMachine {
  const group = process.constrainedMemory();
  const total = group > 0 ? Math.min(group, os.totalmem()) : os.totalmem();
  return { total, available: Math.min(total, process.availableMemory()) };
}

export function memoryFindings({ memory }: Pick<MachineSettings, "memory">, here = memoryHere()): Finding[] {
  const found = `${gibibytes(here.available)} available of ${gibibytes(here.total)}`;
  const runs = `${gibibytes(memory)} for training runs`;
  return [
    here.total < MEMORY
      ? problem("MEMORY", "memory", found, `Use a machine with at least ${gibibytes(MEMORY)}.`)
      : here.available < MEMORY
        ? warning("MEMORY", "memory", found, "End other programs, or use a machine with more memory.")
        : ok("MEMORY", "memory", found),
    memory > here.total
      ? warning("MEMORY", "MAILLARD_MEMORY", runs, `Set MAILLARD_MEMORY below ${gibibytes(here.total)}.`)
      : ok("MEMORY", "MAILLARD_MEMORY", runs),
  ];
}

export function processorFindings(
  { threads }: Pick<MachineSettings, "threads">,
  here = { processors: os.availableParallelism(), model: os.cpus()[0]?.model ?? "" },
): Finding[] {
  const found = `${threads} for each compute process`;
  return [
    ok("PROCESSORS", "processors", `${here.processors} x ${here.model.trim() || "unknown"}`),
    threads > here.processors
      ? warning("PROCESSORS", "MAILLARD_THREADS", found, `Set MAILLARD_THREADS to at most ${here.processors}.`)
      : ok("PROCESSORS", "MAILLARD_THREADS", found),
  ];
}
