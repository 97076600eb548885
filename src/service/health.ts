/** Whether the service runs and accepts requests: /health and the query `health` answer the same. */
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

export interface HealthParts {
  store: Store;
  compute: ComputePool;
}

export async function health({ store, compute }: HealthParts): Promise<HealthAnswer> {
  const computes = compute.devices().some((device) => device.state === "READY");
  return { live: true, ready: computes && (await store.ping.answers()), version: VERSION };
}
