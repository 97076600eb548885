/** The workers: their ids, and which of them have ended for certain. */
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Store } from "../../store/index.js";

/**
 * This process: machine, process id and start time, so that a process id that is used again is not mistaken for it.
 */
export const makeWorkerId = (): string =>
  `${machineName()}/${process.pid}/${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;

/** Host name and namespace of process ids, because containers may share a host name. */
function machineName(): string {
  try {
    return `${hostname()}${/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? ""}`;
  } catch {
    return hostname();
  }
}

/** Ids of the workers of this process that have not closed. */
export const livingWorkers = new Set<string>();

/** True when the worker was a process of this machine that has ended: its lease can be ignored. */
export function isGone(workerId: string, ownId: string): boolean {
  const [machine, processId] = workerId.split("/");
  if (machine !== machineName() || workerId === ownId || livingWorkers.has(workerId)) return false;
  if (Number(processId) === process.pid) return true;
  try {
    process.kill(Number(processId), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Holders of leases that were processes of this machine and have ended. */
export async function goneWorkers({ prisma }: Pick<Store, "prisma">, ownId: string): Promise<string[]> {
  const holders = await prisma.run.findMany({
    where: { status: "RUNNING", workerId: { not: null } },
    select: { workerId: true },
    distinct: ["workerId"],
  });
  return holders.map(({ workerId }) => workerId as string).filter((holder) => isGone(holder, ownId));
}
