/** Whether the service runs and accepts requests: /health and the query `health` answer the same, /readyz says why. */
import type { ComputePool } from "../compute/types.js";
import type { Store } from "../store/index.js";
import { VERSION } from "./version.js";

export interface HealthAnswer {
  /** Answering at all. */
  live: boolean;
  /** The database answers and at least one device is READY. */
  ready: boolean;
  version: string;
}

export interface Readiness {
  /** Whether requests can be answered: all of what follows is true. */
  ready: boolean;
  /** The database answers. */
  database: boolean;
  /** At least one device is READY. */
  devices: boolean;
}

export interface HealthParts {
  store: Store;
  compute: ComputePool;
}

export async function health({ store, compute }: HealthParts): Promise<HealthAnswer> {
  return { live: true, ready: computes(compute) && (await store.ping.answers()), version: VERSION };
}

/** Each part, also when another is missing. */
export async function readiness({ store, compute }: HealthParts): Promise<Readiness> {
  const [database, devices] = [await store.ping.answers(), computes(compute)];
  return { ready: database && devices, database, devices };
}

const computes = (compute: ComputePool): boolean => compute.devices().some(({ state }) => state === "READY");
