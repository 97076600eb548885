/** The check of a checkpoint runs in a process of its own: limits of time and memory, and a free event loop here. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Checkpoints } from "../../src/compute/jobs/checkpoints.js";
import { readCheckpointInfo } from "../../src/model/checkpoint/info.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-check-"));
  await cp(join(import.meta.dirname, "../fixtures/tiny-bert"), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const change = async (file: string, edit: (content: Record<string, object>) => object) => {
  const content = JSON.parse(await readFile(join(folder, file), "utf8"));
  await writeFile(join(folder, file), JSON.stringify(edit(content)));
};

it("answers what the folder holds", async () => {
  const checkpoints = new Checkpoints();
  expect(await checkpoints.settle(folder, "folder")).toEqual(await readCheckpointInfo(folder));
  await checkpoints.checkSmall(folder, "folder");
});

it.each([
  ["config.json", { num_hidden_layers: 3e6 }, { limit: 256 }],
  ["tokenizer.json", { added_tokens: [{ id: 4e9, content: "C" }] }, { value: 4e9 }],
])("%s that is too large is refused while the event loop stays free", async (file, fields, details) => {
  await change(file, (content) => ({ ...content, ...fields }));
  const checkpoints = new Checkpoints();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await expect(checkpoints.settle(folder, "folder")).rejects.toMatchObject({ code: "CHECKPOINT_INVALID", details });
  delay.disable();
  // 50 ms where nothing else runs; tests share their processors.
  expect(delay.max / 1e6).toBeLessThan(250);
});

it("messages name the folder that was given", async () => {
  await writeFile(join(folder, "model.safetensors"), "short");
  await expect(new Checkpoints().settle(folder, "folder")).rejects.toMatchObject({
    code: "CHECKPOINT_INVALID",
    message: expect.stringContaining(folder),
  });
});

it("a process that needs more memory or time than it may is an error that is not retried", async () => {
  const vocab = Object.fromEntries(Array.from({ length: 200_000 }, (_, id) => [`token ${id}`, id]));
  await change("tokenizer.json", (json) => ({ ...json, model: { ...json.model, vocab } }));
  await expect(new Checkpoints({ heapMegabytes: 40 }).settle(folder, "folder")).rejects.toMatchObject({
    code: "COMPUTE_CRASHED",
    retryable: false,
  });
  await expect(new Checkpoints({ timeoutMs: 50 }).settle(folder, "folder")).rejects.toMatchObject({ code: "TIMEOUT" });
});

it("a caller that leaves ends the process", async () => {
  const stop = new AbortController();
  const asked = new Checkpoints().settle(folder, "folder", stop.signal);
  stop.abort();
  await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
});
