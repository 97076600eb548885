/** The stages of an answer that are timed where they happen. */
import { recorder } from "./recorder.js";
import { inSpan } from "./spans.js";

type Stage = "tokenize" | "chemistry";

/** Does the work; its time goes to `maillard_stage_seconds`, and to a span where traces are made. */
export async function stage<T>(name: Stage, work: () => Promise<T>): Promise<T> {
  const labels = [name];
  const begin = performance.now();
  recorder.count("maillard_stage_running", labels);
  try {
    return await inSpan(name, {}, work);
  } finally {
    recorder.count("maillard_stage_running", labels, -1);
    recorder.observe("maillard_stage_seconds", labels, (performance.now() - begin) / 1_000);
  }
}

/** Look-ups in what is kept, such as rows of predictions. */
export function countLookups(cache: "predictions" | "embeddings", asked: number, misses: number): void {
  recorder.count("maillard_cache_requests_total", [cache, "hit"], asked - misses);
  recorder.count("maillard_cache_requests_total", [cache, "miss"], misses);
}
