/**
 * The inside of an inference process: messages in, messages out, one piece of work at a time, and an answer for each,
 * also when it throws. The models and the provider check come from the entry file (inference-process.ts).
 */
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { followParent, tell } from "../../process/child-life.js";
import { errorJson, withoutPaths } from "../../process/error-json.js";
import type { BatchMessage, FromInference, ToInference, Vitals } from "../messages.js";
import { runBatch } from "./batch-run.js";
import { type LoadedModel, SessionCache } from "./session-cache.js";

interface LoadOptions {
  threads: number;
  provider: string;
  deviceId?: number;
  /** A folder for this model alone, for the runtime's files; null: none. */
  cacheFolder: string | null;
  /** Only up to this hidden layer; null: the whole model. */
  layer: number | null;
}

export interface InferenceRuntime {
  load(folder: string, options: LoadOptions): Promise<LoadedModel>;
  /** Throws the reason when the provider does not work on this machine. */
  checkProvider(provider: string, deviceId: number | undefined): Promise<void>;
}

export function serveInference(runtime: InferenceRuntime): void {
  followParent();
  let sessions: SessionCache;

  const vitals = (): Vitals => ({
    modelLoads: sessions.loads,
    models: sessions.checksums,
    residentBytes: process.memoryUsage.rss(),
  });

  async function start(message: Extract<ToInference, { kind: "start" }>): Promise<FromInference> {
    const { provider, deviceId, threads, maxModels, cacheFolder: caches } = message;
    sessions = new SessionCache(({ folder, checksum, layer }) => {
      const cacheFolder = caches && join(caches, checksum);
      return runtime.load(folder, { threads, provider, deviceId, cacheFolder, layer });
    }, maxModels);
    try {
      await runtime.checkProvider(provider, deviceId);
      return { kind: "ready" };
    } catch (error) {
      // A refusal of ours names folders of the package, which withoutPaths would shorten.
      if (error instanceof MaillardError) return { kind: "unavailable", reason: error.message };
      return {
        kind: "unavailable",
        reason: withoutPaths(error instanceof Error ? error.message.trim() : String(error)),
      };
    }
  }

  async function batch({ id, model: whole, output, layer, ids, lengths }: BatchMessage): Promise<FromInference> {
    const reference = { ...whole, layer };
    if (!sessions.has(reference)) await tell({ kind: "loading", id } satisfies FromInference);
    const begin = performance.now();
    const loadsBefore = sessions.loads;
    const model = await sessions.get(reference);
    if (sessions.loads > loadsBefore) {
      await tell({ kind: "loaded", id, loadMs: performance.now() - begin } satisfies FromInference);
    }
    const items: Int32Array[] = [];
    for (let item = 0, from = 0; item < lengths.length; from += lengths[item++]) {
      items.push(ids.subarray(from, from + lengths[item]));
    }
    const { rows, inferenceMs } = await runBatch(model, items, output);
    return { kind: "batch-done", id, inferenceMs, ...pack(rows), vitals: vitals() };
  }

  async function answer(message: ToInference): Promise<FromInference> {
    switch (message.kind) {
      case "start":
        return start(message);
      case "batch":
        return batch(message);
      default:
        throw message satisfies never;
    }
  }

  let previous: Promise<unknown> = Promise.resolve();
  process.on("message", (message: ToInference) => {
    previous = previous
      .then(() => answer(message))
      .catch((error: unknown): FromInference => {
        if (message.kind === "start") return { kind: "unavailable", reason: errorJson(error).message };
        return { kind: "failed", id: message.id, error: errorJson(error), vitals: vitals() };
      })
      .then((reply) => tell(reply));
  });
}

function pack(rows: (Float32Array | Error)[]) {
  const width = rows.find((row) => row instanceof Float32Array)?.length ?? 0;
  const values = new Float32Array(rows.length * width);
  const failures: { item: number; error: ReturnType<typeof errorJson> }[] = [];
  for (const [item, row] of rows.entries()) {
    if (row instanceof Error) failures.push({ item, error: errorJson(row) });
    else if (row.length === width) values.set(row, item * width);
    else {
      const uneven = new MaillardError("INTERNAL", `A vector of ${row.length} values among vectors of ${width}`);
      failures.push({ item, error: errorJson(uneven) });
    }
  }
  return { width, values, failures };
}
