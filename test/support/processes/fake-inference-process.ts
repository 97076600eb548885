/**
 * An inference process whose model is arithmetic and whose failures are chosen by token id, so that tests of the pool
 * are fast and exact. The process around it (messages, cache, batching, probe answers) is the real one.
 * A vector is [sum of ids, items in its run, longest of its run, pid of the process]. LOGITS: the first two.
 * The model's folder holds `log` (a line per load and release) and, for GATE, the file `gate` that opens it.
 */
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { serveInference } from "../../../src/compute/inference/inference-server.js";
import type { EncoderConfig } from "../../../src/model/types.js";
import { BUSY, CRASH, CRASH_ONCE, GATE, LOAD_CRASH, NAN, THROW } from "../data/fake-tokens.js";

const config: EncoderConfig = {
  family: "bert",
  vocabularySize: 1000,
  width: 4,
  layers: 1,
  heads: 1,
  intermediateWidth: 4,
  positions: 64,
  typeVocabularySize: 2,
  padId: 0,
  activation: "gelu",
  layerNormEpsilon: 1e-12,
  hiddenDropout: 0,
  attentionDropout: 0,
  classifierDropout: null,
  initializerRange: 0.02,
};

async function run(folder: string, items: readonly Int32Array[], width: number): Promise<Float32Array[]> {
  const has = (token: number) => items.some((ids) => ids.includes(token));
  const once = `${folder}/crashed`;
  if (has(CRASH)) process.kill(process.pid, "SIGKILL");
  if (has(CRASH_ONCE) && !existsSync(once)) {
    appendFileSync(once, "");
    process.kill(process.pid, "SIGKILL");
  }
  if (has(THROW)) throw new Error("this item cannot be computed (/some/secret/path.onnx)");
  if (has(BUSY)) for (const end = performance.now() + 500; performance.now() < end; );
  if (has(GATE)) while (!existsSync(`${folder}/gate`)) await delay(2);
  const longest = Math.max(...items.map((ids) => ids.length));
  return items.map((ids) => {
    const sum = ids.includes(NAN) ? Number.NaN : ids.reduce((total, id) => total + id, 0);
    return Float32Array.of(sum, items.length, longest, process.pid).slice(0, width);
  });
}

serveInference({
  async load(folder) {
    if (!existsSync(folder)) throw new Error(`ENOENT: no such file or directory, open '${folder}/config.json'`);
    appendFileSync(`${folder}/log`, `load ${process.pid}\n`);
    if (existsSync(`${folder}/${LOAD_CRASH}`)) process.kill(process.pid, "SIGKILL");
    const headless = existsSync(`${folder}/headless`);
    return {
      config,
      labels: headless ? [] : ["a", "b"],
      run: (items, output) => run(folder, items, output === "LOGITS" ? 2 : 4),
      release: async () => appendFileSync(`${folder}/log`, `release ${process.pid}\n`),
    };
  },
  async checkProvider(provider, deviceId) {
    console.error(`probing ${provider}`);
    if (existsSync(process.env.FAKE_BROKEN_START ?? "")) throw new Error("out of memory");
    if (provider === "cuda" && deviceId === 1) process.abort();
    if (provider === "cuda") throw new Error("Failed to load /usr/local/cuda/lib/libcudart.so.12");
  },
});
