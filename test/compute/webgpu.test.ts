/** The pool on WebGPU with the real runtime: answers of the CPU; a killed process comes back; runs change devices. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type ObservedComputePool, startComputePool } from "../../src/compute/pool.js";
import type { ModelReference } from "../../src/compute/types.js";
import { FAMILIES } from "../../src/model/families/index.js";
import type { TaskReport } from "../../src/scores/types.js";
import type { FinetuneJob, TrainingEvent } from "../../src/train/types.js";
import { isAlive, scratchFolder, until } from "../support/compute.js";
import { onWebGpu } from "../support/machine/webgpu.js";

const fixture = (name: string) => join(import.meta.dirname, "../fixtures", name);

function tiny(family: string): ModelReference {
  const folder = fixture(`tiny-${family}`);
  const weights = readFileSync(join(folder, "model.safetensors"));
  return { folder, checksum: createHash("sha256").update(weights).digest("hex") };
}

/** 2 to 14 tokens. */
const tokenIds = Array.from({ length: 12 }, (_, n) =>
  Int32Array.from([2, ...Array.from({ length: 1 + n }, (_, j) => 5 + ((n * 3 + j * j) % 20)), 3]),
);
/** A software adapter compiles a model's kernels in its first batch. */
const PATIENT = { threads: 1, startTimeoutMs: 120_000, batchTimeoutMs: 280_000, backOffMs: 1 };

async function poolOn(devices: string): Promise<ObservedComputePool> {
  const pool = await startComputePool({ ...PATIENT, devices });
  onTestFinished(() => pool.close());
  return pool;
}

const distance = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

function job(changes: Partial<FinetuneJob>): FinetuneJob {
  const folder = scratchFolder();
  return {
    kind: "FINETUNE",
    baseFolder: fixture("tiny-bert"),
    outputFolder: join(folder, "model"),
    checkpointFolder: join(folder, "checkpoints"),
    classes: ["a", "b", "c"],
    examples: Array.from({ length: 20 }, (_, n) => ({
      tokenIds: tokenIds[n % 12],
      label: n % 3,
      split: n % 5 === 4 ? "VALIDATION" : "TRAIN",
    })),
    resumeFrom: null,
    hyperparameters: {
      epochs: 2,
      batchSize: 8,
      learningRate: 1e-3,
      weightDecay: 0.01,
      warmupSteps: 0,
      gradientClip: 1,
      dropout: 0.1,
      seed: 42,
      logEvery: 1,
      checkpointEvery: 1000,
      threads: 1,
    },
    ...changes,
  };
}

type Event = TrainingEvent<TaskReport>;
const valuesOf = (events: readonly Event[], wanted: string) =>
  events.flatMap((event) =>
    event.kind === "metric" && `${event.split} ${event.name}` === wanted ? [event.value] : [],
  );

onWebGpu("the pool on WebGPU", () => {
  it.each(Object.keys(FAMILIES))("%s: vectors and logits of the CPU to 1e-5", async (family) => {
    const [cpu, gpu] = [await poolOn("cpu"), await poolOn("webgpu")];
    expect(gpu.devices()).toEqual([{ id: "webgpu", provider: "webgpu", state: "READY", reason: null }]);
    for (const output of ["LOGITS", "CLS", "MEAN"] as const) {
      const request = { model: tiny(family), output, tokenIds };
      const [expected, found] = [await cpu.infer(request), await gpu.infer(request)];
      const gap = Math.max(...expected.map((vector, i) => distance(vector, found[i])));
      console.log(`WebGPU, ${family}, ${output}: largest difference from the CPU ${gap.toExponential(1)}`);
      expect(gap, output).toBeLessThan(1e-5);
      expect(distance(found[0], found[1]), "answers differ").toBeGreaterThan(1e-4);
    }
  });

  it("a process that is killed is started again, and the same answer comes back", async () => {
    const gpu = await poolOn("webgpu");
    const request = { model: tiny("roberta"), output: "CLS" as const, tokenIds };
    const first = await gpu.infer(request);
    const { pid } = gpu.statistics().devices[0];
    process.kill(pid!, "SIGKILL");
    await until(() => !isAlive(pid!));
    const again = await gpu.infer(request);
    expect(again).toEqual(first);
    const [device] = gpu.statistics().devices;
    expect(device.crashes).toBe(1);
    expect(device.pid).not.toBe(pid);
  });

  it.each([
    ["webgpu", "cpu"],
    ["cpu", "webgpu"],
  ])("a run begun on %s ends on %s with the numbers of one that stayed on the CPU", async (first, second) => {
    const pool = await poolOn("cpu,webgpu");
    const events: Event[] = [];
    const keep = async (event: Event) => void events.push(event);
    const begun = job({ device: first, haltEpoch: 1 });
    await pool.train(begun, keep);
    const saved = events.findLast((event) => event.kind === "checkpoint");
    expect(events.at(-1)).toEqual({ kind: "halted", step: 2 });
    await pool.train({ ...begun, device: second, haltEpoch: null, resumeFrom: saved!.folder }, keep);
    const whole: Event[] = [];
    await pool.train(job({}), async (event) => void whole.push(event));
    const devices = events.flatMap((event) => (event.kind === "started" ? [event.environment.device] : []));
    expect(devices).toEqual([first, second]);
    for (const name of ["TRAIN loss", "TRAIN gradientNorm", "VALIDATION loss"]) {
      const [expected, found] = [valuesOf(whole, name), valuesOf(events, name)];
      expect(found.length, name).toBe(expected.length);
      for (const [i, value] of expected.entries()) expect(Math.abs(found[i] - value), name).toBeLessThan(1e-3);
    }
  });
});
