/** Files of linear probes, read once while they stay as they are: one of counts has megabytes. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { LRUCache } from "lru-cache";
import { MaillardError } from "../../errors.js";
import { PROBE_FILE, type Probe, readProbe } from "../../model/probe.js";
import type { Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";

/** Bytes of all files that are kept. */
const MOST_BYTES = 64 * 2 ** 20;

const kept = new LRUCache<string, Probe>({ maxSize: MOST_BYTES });

/** CHECKPOINT_INVALID where it cannot be read, or is not a probe. */
export async function probeOf(
  { artifacts }: Pick<Store, "artifacts">,
  { name, artifact }: Pick<Model, "name" | "artifact">,
): Promise<Probe> {
  const file = join(artifacts.path(artifact), PROBE_FILE);
  const found = await stat(file).catch(() => null);
  const key = `${file} ${found?.ino} ${found?.size} ${found?.mtimeMs}`;
  const known = found ? kept.get(key) : undefined;
  if (known) return known;
  const bytes = await readFile(file).catch(() => null);
  if (!bytes)
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      `The ${PROBE_FILE} of the probe ${name} cannot be read. Run startProbe again.`,
      { param: "model", details: { model: name } },
    );
  const probe = readProbe(bytes);
  if (bytes.length > 0 && bytes.length <= MOST_BYTES) kept.set(key, probe, { size: bytes.length });
  return probe;
}
