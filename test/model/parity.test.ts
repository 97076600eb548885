/**
 * What the graphs compute against what PyTorch and transformers computed with the same weights in float64
 * (bench/reference/tiny_models.py): hidden states, logits, losses, and the gradient of every parameter, with dropout
 * masks injected too. Limit: relative error 1e-4 per tensor; reached: see the printed worst.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { writeOnnx } from "../../src/autograd/index.js";
import { layoutBatch } from "../../src/model/batch.js";
import { loadCheckpoint } from "../../src/model/checkpoint/checkpoint.js";
import { forwardGraph, trainingGraph } from "../../src/model/graphs.js";
import { InferenceModel } from "../../src/model/inference.js";
import type { Checkpoint } from "../../src/model/types.js";

const ROOT = join(import.meta.dirname, "..", "..");
const FAMILIES = ["bert", "roberta", "albert", "distilbert", "electra", "modernbert"] as const;
/** Fewest gradients that a reference may hold; the layers of ALBERT share theirs. */
const LEAST = { bert: 36, roberta: 36, albert: 25, distilbert: 36, electra: 36, modernbert: 20 };

async function reference(family: string) {
  const text = JSON.parse(readFileSync(join(ROOT, `bench/reference/tiny-${family}.json`), "utf8"));
  const file = join(ROOT, `bench/reference/tiny-${family}.safetensors`);
  const tensors = await readAll(file);
  const sequences = (text.tokenIds as number[][]).map((ids) => Int32Array.from(ids));
  return { text, tensors, sequences };
}

/** The float64 tensors of a reference file, read without the code under test. */
async function readAll(file: string): Promise<Map<string, { shape: number[]; data: Float64Array }>> {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const data = bytes.buffer.slice(bytes.byteOffset + 8 + length, bytes.byteOffset + bytes.length);
  return new Map(
    Object.entries(header as Record<string, { shape: number[]; data_offsets: number[] }>)
      .filter(([name]) => name !== "__metadata__")
      .map(
        ([
          name,
          {
            shape,
            data_offsets: [begin, end],
          },
        ]) => [name, { shape, data: new Float64Array(data, begin, (end - begin) / 8) }],
      ),
  );
}

/** Largest difference over the largest value of the reference. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [difference, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return difference / largest;
}

/** Loss and gradients of one batch, as the training graph gives them; row gradients added up here, in float64. */
async function step(
  checkpoint: Checkpoint,
  sequences: Int32Array[],
  labels: number[],
  options: { masks?: Float64Array[]; masked?: Int32Array; fused?: boolean },
) {
  const plan = trainingGraph(
    checkpoint.config,
    checkpoint.task as "SINGLE_LABEL",
    checkpoint.labels.length,
    options.masks !== undefined,
  );
  const layout = layoutBatch(checkpoint.config, sequences);
  const feeds: Record<string, Tensor> = { ...layout.feeds };
  for (const name of plan.graph.parameters.keys()) {
    const { shape, data } = checkpoint.weights.get(name)!;
    feeds[name] = new Tensor("float32", data, shape);
  }
  feeds.labels = new Tensor("int64", BigInt64Array.from(labels, BigInt), [labels.length]);
  feeds.rowWeight = new Tensor("float32", new Float32Array(labels.length).fill(1 / labels.length), [labels.length, 1]);
  if (options.masked) {
    const inverse = new Int32Array(layout.tokens).fill(options.masked.length);
    for (const [row, token] of options.masked.entries()) inverse[token] = row;
    feeds.maskedIndex = new Tensor("int32", options.masked, [options.masked.length]);
    feeds.maskedInverse = new Tensor("int32", inverse, [layout.tokens]);
  }
  plan.sites.forEach(({ kind, width }, site) => {
    const shape = {
      HIDDEN: [layout.tokens, width],
      SEQUENCE: [layout.size, width],
      ATTENTION: [layout.size, checkpoint.config.heads, layout.padded, layout.padded],
    }[kind];
    feeds[`dropout.${site}`] = new Tensor("float32", Float32Array.from(options.masks![site]), shape);
  });
  const session = await InferenceSession.create(writeOnnx(plan.graph, { fused: options.fused ?? true }), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const result = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
  const gradients = new Map<string, Float64Array>();
  for (const [name, output] of plan.denseOutputs)
    gradients.set(name, Float64Array.from(result[output].data as Float32Array));
  for (const { parameter, ids, output } of plan.rowOutputs) {
    const { shape } = checkpoint.weights.get(parameter)!;
    const gradient = gradients.get(parameter) ?? new Float64Array(shape[0] * shape[1]);
    const rows = result[output].data as Float32Array;
    (feeds[ids].data as Int32Array).forEach((id, row) => {
      for (let j = 0; j < shape[1]; j++) gradient[id * shape[1] + j] += rows[row * shape[1] + j];
    });
    gradients.set(parameter, gradient);
  }
  await session.release();
  return {
    loss: (result.loss.data as Float32Array)[0],
    logits: result.logits.data as Float32Array,
    gradients,
    sites: plan.sites.length,
  };
}

function compareGradients(
  family: (typeof FAMILIES)[number],
  what: string,
  prefix: string,
  tensors: Awaited<ReturnType<typeof readAll>>,
  gradients: Map<string, Float64Array>,
) {
  let worst = 0;
  const expected = [...tensors].filter(([name]) => name.startsWith(prefix));
  expect(expected.length).toBeGreaterThanOrEqual(LEAST[family]);
  for (const [name, { data }] of expected) {
    const parameter = name.slice(prefix.length);
    const gradient = gradients.get(parameter);
    expect(gradient, parameter).toBeDefined();
    if (/(key|k_lin)\.bias$/.test(parameter)) {
      // Exactly zero in theory: softmax does not see a constant.
      expect(Math.max(...gradient!.map(Math.abs))).toBeLessThan(1e-6);
      continue;
    }
    const error = relativeError(gradient!, data);
    expect(error, parameter).toBeLessThan(1e-4);
    worst = Math.max(worst, error);
  }
  expect(gradients.size).toBe(expected.length);
  console.log(`${family}, ${what}: ${expected.length} gradients, worst relative error ${worst.toExponential(1)}`);
}

describe.each(FAMILIES)("%s against PyTorch in float64", (family) => {
  it("gives the same hidden states and logits, forward only", async () => {
    const { text, tensors, sequences } = await reference(family);
    const checkpoint = await loadCheckpoint(join(ROOT, `test/fixtures/tiny-${family}`));
    const graph = forwardGraph(checkpoint.config, "SINGLE_LABEL", 3);
    const initializers = new Map([...checkpoint.weights].map(([name, { data }]) => [name, data]));
    const session = await InferenceSession.create(writeOnnx(graph, { initializers }), { logSeverityLevel: 3 });
    const { feeds } = layoutBatch(checkpoint.config, sequences);
    const result = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]])));
    expect(relativeError(result.hidden.data as Float32Array, tensors.get("hidden")!.data)).toBeLessThan(1e-5);
    expect(relativeError(result.logits.data as Float32Array, text.logits.flat())).toBeLessThan(1e-5);
  });

  it("serves them: logits, the start token's vector and the mean of each sequence", async () => {
    const { text, tensors, sequences } = await reference(family);
    const model = await InferenceModel.load(join(ROOT, `test/fixtures/tiny-${family}`), {
      threads: 1,
      provider: "cpu",
    });
    const hidden = tensors.get("hidden")!.data;
    const [logits, starts, means] = [
      await model.run(sequences, "LOGITS"),
      await model.run(sequences, "CLS"),
      await model.run(sequences, "MEAN"),
    ];
    let offset = 0;
    sequences.forEach((ids, i) => {
      expect(relativeError(logits[i], text.logits[i])).toBeLessThan(1e-5);
      const rows = Array.from({ length: ids.length }, (_, row) =>
        hidden.subarray((offset + row) * 32, (offset + row + 1) * 32),
      );
      expect(relativeError(starts[i], rows[0])).toBeLessThan(1e-5);
      const mean = rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j], 0) / rows.length);
      expect(relativeError(means[i], mean)).toBeLessThan(1e-5);
      offset += ids.length;
    });
  });

  it.each([true, false])("gives the same loss and gradients without dropout (fused %s)", async (fused) => {
    const { text, tensors, sequences } = await reference(family);
    const checkpoint = await loadCheckpoint(join(ROOT, `test/fixtures/tiny-${family}`));
    const { loss, logits, gradients } = await step(checkpoint, sequences, text.labels, { fused });
    expect(Math.abs(loss - text.loss) / text.loss).toBeLessThan(1e-5);
    expect(relativeError(logits, text.logits.flat())).toBeLessThan(1e-5);
    compareGradients(family, "classification", "gradient.", tensors, gradients);
  });

  it("gives the same loss and gradients with the same dropout masks", async () => {
    const { text, tensors, sequences } = await reference(family);
    const checkpoint = await loadCheckpoint(join(ROOT, `test/fixtures/tiny-${family}`));
    const masks = Array.from({ length: text.dropout.masks }, (_, n) => tensors.get(`dropout.mask.${n}`)!.data);
    const { loss, gradients, sites } = await step(checkpoint, sequences, text.labels, { masks });
    expect(sites).toBe(masks.length);
    expect(Math.abs(loss - text.dropout.loss) / text.dropout.loss).toBeLessThan(1e-5);
    compareGradients(family, "dropout", "dropout.gradient.", tensors, gradients);
  });

  it("gives the same loss and gradients for masked tokens, the output table tied to the input's", async () => {
    const { text, tensors } = await reference(family);
    const checkpoint = await loadCheckpoint(join(ROOT, `test/fixtures/tiny-${family}-masked`));
    const sequences = (text.masked.tokenIds as number[][]).map((ids) => Int32Array.from(ids));
    const { offsets } = layoutBatch(checkpoint.config, sequences);
    const masked = Int32Array.from(text.masked.places as [number, number][], ([row, column]) => offsets[row] + column);
    const { loss, logits, gradients } = await step(checkpoint, sequences, text.masked.targets, { masked });
    expect(Math.abs(loss - text.masked.loss) / text.masked.loss).toBeLessThan(1e-5);
    expect(relativeError(logits, tensors.get("masked.logits")!.data)).toBeLessThan(1e-5);
    compareGradients(family, "masked tokens", "masked.gradient.", tensors, gradients);
  });
});
