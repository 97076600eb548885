/**
 * Models in int8: the numbers of the weights, the graph against a forward pass in plain TypeScript, its distance from
 * float32, and independence of what else is in a batch.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertCheckpoint, loadCheckpoint, saveCheckpoint } from "../../src/model/checkpoint/checkpoint.js";
import { readCheckpointInfo } from "../../src/model/checkpoint/info.js";
import { writePrecision } from "../../src/model/checkpoint/precision.js";
import { InferenceModel } from "../../src/model/inference.js";
import { integersOf, quantizedLayers, quantizeWeights, scalesOf } from "../../src/model/quantized.js";
import { loadTokenizer } from "../../src/tokenizer/index.js";
import { referenceLogits } from "../support/data/quantized-reference.js";

const FIXTURES = join(import.meta.dirname, "..", "fixtures");
const SHIPPED = join(import.meta.dirname, "..", "..", "models", "superclass");
const CPU = { threads: 1, provider: "cpu" };
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "maillard-int8-"));
});
afterAll(() => rm(root, { recursive: true }));

async function quantized(folder: string): Promise<string> {
  const copy = await mkdtemp(join(root, "model-"));
  await cp(folder, copy, { recursive: true });
  await writePrecision(copy, "INT8");
  return copy;
}

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));
const sequence = (length: number, seed: number, most: number) =>
  Int32Array.from({ length }, (_, i) => 4 + ((seed * 13 + i * i * 7) % (most - 4)));

describe("weights in int8", () => {
  const weights = new Map([
    ["a.weight", { shape: [3, 4], data: Float32Array.of(1.01, -2, 0.5, 0, 0, 0, 0, 0, 63, -63, 31.4, 1) }],
    ["a.bias", { shape: [3], data: Float32Array.of(1, 2, 3) }],
    ["b.weight", { shape: [1, 1], data: Float32Array.of(7) }],
  ]);

  it("are whole numbers with a scale for each row, transposed; others stay", () => {
    const values = quantizeWeights(weights, new Set(["a"]));
    expect([...values.keys()]).toEqual([integersOf("a"), scalesOf("a"), "a.bias", "b.weight"]);
    expect(values.get(scalesOf("a"))).toEqual(Float32Array.of(2 / 63, 0, 1));
    expect(values.get(integersOf("a"))).toEqual(Int8Array.of(32, 0, 63, -63, 0, -63, 16, 0, 31, 0, 0, 1));
  });

  it("are the same when they are made of what they stand for", async () => {
    const { config, weights: all } = await loadCheckpoint(join(FIXTURES, "tiny-bert"));
    const stems = quantizedLayers(config);
    expect(stems.size).toBe(2 * 6);
    const once = quantizeWeights(all, stems);
    const rounded = new Map(all);
    for (const stem of stems) {
      const { shape } = all.get(`${stem}.weight`)!;
      const [integers, scales] = [once.get(integersOf(stem))!, once.get(scalesOf(stem))!];
      const data = new Float32Array(integers.length);
      const [out, width] = shape;
      for (let r = 0; r < out; r++)
        for (let j = 0; j < width; j++) data[r * width + j] = integers[j * out + r] * scales[r];
      rounded.set(`${stem}.weight`, { shape, data });
    }
    const twice = quantizeWeights(rounded, stems);
    for (const stem of stems) expect(twice.get(integersOf(stem))).toEqual(once.get(integersOf(stem)));
  });
});

describe("a model in int8", () => {
  it("answers what whole numbers give in plain arithmetic, and not what float32 gives", async () => {
    const folder = join(FIXTURES, "tiny-bert");
    const checkpoint = await loadCheckpoint(folder);
    const ids = [sequence(9, 1, 40), sequence(4, 2, 40), sequence(23, 3, 40)];
    const model = await InferenceModel.load(await quantized(folder), CPU);
    const exact = await InferenceModel.load(folder, CPU);
    const [answers, floats] = [await model.run(ids, "LOGITS"), await exact.run(ids, "LOGITS")];
    for (const [place, tokens] of ids.entries()) {
      const wanted = referenceLogits(checkpoint, tokens);
      const scale = largest(wanted);
      expect(distance(answers[place], wanted) / scale).toBeLessThan(1e-4);
      const error = distance(floats[place], wanted) / scale;
      expect(error).toBeGreaterThan(5e-4);
      expect(error).toBeLessThan(0.15);
    }
    await Promise.all([model.release(), exact.release()]);
  });

  it.each(["bert", "roberta", "albert", "distilbert", "electra", "modernbert"])(
    "%s: hidden layers are near those of float32",
    async (family) => {
      const folder = join(FIXTURES, `tiny-${family}`);
      const [exact, model] = [
        await InferenceModel.load(folder, CPU),
        await InferenceModel.load(await quantized(folder), CPU),
      ];
      const ids = [sequence(12, 1, 40), sequence(30, 2, 40)];
      const [wanted, actual] = [await exact.run(ids, "MEAN"), await model.run(ids, "MEAN")];
      for (const [place, vector] of wanted.entries()) {
        const error = distance(vector, actual[place]) / largest(vector);
        expect(error).toBeGreaterThan(1e-5);
        expect(error).toBeLessThan(0.15);
      }
      await Promise.all([exact.release(), model.release()]);
    },
  );

  it("depends on its neighbours in a batch as little as float32 and a few roundings", async () => {
    const tokenizer = await loadTokenizer(SHIPPED);
    const smiles = ["CCO", "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "C(C(C(=O)O)N)S", "C".repeat(120)];
    const ids = smiles.map((one) => Int32Array.from(tokenizer.encode(one, 256)));
    for (const [folder, limit] of [
      [SHIPPED, 1e-5],
      [await quantized(SHIPPED), 1e-2],
    ] as const) {
      const model = await InferenceModel.load(folder, CPU);
      const together = await model.run(ids, "LOGITS");
      for (const [place, one] of ids.entries()) {
        const [alone] = await model.run([one], "LOGITS");
        expect(distance(alone, together[place]) / largest(alone)).toBeLessThan(limit);
      }
      await model.release();
    }
  });

  it("runs on the processor whatever the device, so that it answers the same", async () => {
    const folder = join(FIXTURES, "tiny-bert");
    const elsewhere = { threads: 1, provider: "nowhere" };
    await expect(InferenceModel.load(folder, elsewhere)).rejects.toThrow("nowhere");
    const copy = await quantized(folder);
    const models = [await InferenceModel.load(copy, elsewhere), await InferenceModel.load(copy, CPU)];
    const [there, here] = await Promise.all(models.map((model) => model.run([sequence(12, 1, 40)], "LOGITS")));
    expect(there).toEqual(here);
    for (const model of models) await model.release();
  });

  it("is the same checkpoint with a field more, and of another checksum", async () => {
    const folder = await quantized(SHIPPED);
    const [before, after] = [await readCheckpointInfo(SHIPPED), await readCheckpointInfo(folder)];
    expect(before.precision).toBe("FLOAT32");
    expect({ ...after, checksum: "" }).toEqual({ ...before, checksum: "", precision: "INT8" });
    expect(after.checksum).not.toBe(before.checksum);
    const { maillard_precision, ...rest } = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    expect(maillard_precision).toBe("INT8");
    expect(rest).toEqual(JSON.parse(await readFile(join(SHIPPED, "config.json"), "utf8")));
  });

  it("keeps its precision when its weights are written anew; an unknown one is refused", async () => {
    const folder = await quantized(join(FIXTURES, "tiny-bert"));
    const checkpoint = await loadCheckpoint(folder);
    expect(checkpoint.precision).toBe("INT8");
    const copy = await mkdtemp(join(root, "copy-"));
    await saveCheckpoint(copy, checkpoint);
    await convertCheckpoint(copy);
    expect((await readCheckpointInfo(copy)).precision).toBe("INT8");
    const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, maillard_precision: "INT4" }));
    await expect(readCheckpointInfo(folder)).rejects.toMatchObject({ code: "CHECKPOINT_UNSUPPORTED" });
  });
});
