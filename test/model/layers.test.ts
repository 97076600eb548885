/** Vectors of hidden layers against those of transformers (bench/reference/layers.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InferenceModel } from "../../src/model/inference.js";

type Vectors = { CLS: number[]; MEAN: number[] };
const reference = JSON.parse(readFileSync(new URL("../../bench/reference/layers.json", import.meta.url), "utf8")) as {
  ids: number[];
  models: Record<string, Vectors[]>;
};
const load = (name: string, layer: number | null) =>
  InferenceModel.load(join(import.meta.dirname, "../fixtures", name), { threads: 1, provider: "cpu", layer });

describe.each(Object.entries(reference.models))("%s", (name, layers) => {
  it.each([...layers.keys()])("layer %i is transformers' hidden state, to 1e-5", async (layer) => {
    // ALBERT's first state is what enters the first layer there too: after the mapping to the model's width.
    const model = await load(name, layer);
    for (const pooling of ["CLS", "MEAN"] as const) {
      const [vector] = await model.run([Int32Array.from(reference.ids)], pooling);
      const expected = layers[layer][pooling];
      expect(vector).toHaveLength(expected.length);
      expect(Math.max(...expected.map((value, j) => Math.abs(value - vector[j])))).toBeLessThan(1e-5);
    }
    await model.release();
  });

  it("refuses a layer that it does not have", async () => {
    await expect(load(name, layers.length)).rejects.toMatchObject({ code: "BAD_INPUT", param: "layer" });
    await expect(load(name, -1)).rejects.toMatchObject({ code: "BAD_INPUT", param: "layer" });
  });
});
