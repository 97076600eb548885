/** Whether the service lives and takes work: /health and the query `health` say the same. */

import type { Application } from "./application.js";
import { VERSION } from "./application.js";

export interface HealthAnswer {
  /** Answering at all. */
  live: boolean;
  /** The database answers and at least one device is READY. */
  ready: boolean;
  version: string;
}

export async function health({ store, compute }: Application): Promise<HealthAnswer> {
  const computes = compute.devices().some((device) => device.state === "READY");
  const stores = computes && (await store.prisma.$queryRaw`SELECT 1`.then(() => true).catch(() => false));
  return { live: true, ready: computes && stores, version: VERSION };
}
