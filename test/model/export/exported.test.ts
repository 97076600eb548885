/**
 * Models as files for other programs: every fixture, whatever its family, as ONNX with padded batches, by the runtime
 * of this package, and where they are installed by Python, transformers.js and onnxruntime-web. Limit: 1e-5.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import onnxProto from "onnx-proto";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  byPython,
  byTransformersJs,
  findRuntimes,
  largestDifference,
  ours,
  padded,
  parityOf,
} from "../../../bench/export-parity.js";
import { gemm } from "../../../src/autograd/index.js";
import { countVector } from "../../../src/chem/morgan/counts.js";
import { loadCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { loadOnnxModel, ONNX_DATA, onnxModelOf, writeOnnxModel } from "../../../src/model/export/onnx-model.js";
import { PaddedGraph } from "../../../src/model/export/padded-graph.js";
import { tritonConfig } from "../../../src/model/export/triton.js";
import { writeExport } from "../../../src/model/export/write-export.js";
import { firstPosition, maxTokens } from "../../../src/model/families/index.js";
import { forwardGraph } from "../../../src/model/graphs.js";
import { InferenceModel } from "../../../src/model/inference.js";
import { type Probe, probeLogits, writeProbe } from "../../../src/model/probe.js";
import { loadTokenizer } from "../../../src/tokenizer/index.js";

const { onnx } = onnxProto as unknown as { onnx: typeof import("onnx-proto").onnx };
const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures");
const LIMIT = 1e-5;
/** One of them longer than the fixtures' 64 tokens, one of one atom. */
const SMILES = ["CCO", "C", "c1ccccc1O", "CC(=O)Oc1ccccc1C(=O)O", "CCCCCCCC".repeat(10), "[Na+].[Cl-]", "C1CC1/C=C/Br"];

let home: string;
let folders: string[];
const runtimes = findRuntimes();
if (!runtimes.python) console.log("skipped: exports by Python, MAILLARD_TEST_PYTHON names no interpreter");
if (!runtimes.transformersJs)
  console.log("skipped: exports by transformers.js, MAILLARD_TEST_TRANSFORMERS_JS names no folder");
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "maillard-export-"));
  folders = (await readdir(FIXTURES)).filter((name) => name.startsWith("tiny-"));
  for (const name of folders) await exported(name);
});
afterAll(() => rm(home, { recursive: true, force: true }));

const fixture = (name: string) => join(FIXTURES, name);
const exported = (name: string, probe: { file: string; pooling: "CLS" | "MEAN" } | null = null, as = name) =>
  writeExport({ name: as, checkpoint: fixture(name), probe, destination: join(home, as) }, "onnx");
const idsOf = async (folder: string) => {
  const [tokenizer, { config }] = [await loadTokenizer(folder), await loadCheckpoint(folder)];
  return { ids: SMILES.map((text) => tokenizer.encode(text, maxTokens(config))), padId: tokenizer.padId };
};

describe("ONNX", () => {
  it("answers as we do, in padded batches, for every family and head", async () => {
    expect(folders.length).toBeGreaterThanOrEqual(6);
    const differences: Record<string, number> = {};
    for (const name of folders) {
      const { ids, padId } = await idsOf(fixture(name));
      expect(new Set(ids.map((row) => row.length)).size).toBeGreaterThan(4);
      const expected = await ours(fixture(name), SMILES);
      expect(expected[0].some((value) => Math.abs(value) > 1e-3)).toBe(true);
      differences[name] = largestDifference(expected, await padded(join(home, name), ids, padId));
    }
    for (const [name, difference] of Object.entries(differences)) expect(difference, name).toBeLessThanOrEqual(LIMIT);
  });

  it("has standard operators of set 17 alone, and the names and lengths of transformers", async () => {
    for (const name of folders) {
      const { config, task, labels } = await loadCheckpoint(fixture(name));
      const model = onnx.ModelProto.decode(await readFile(join(home, name, "onnx", "model.onnx")));
      expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([["", 17]]);
      const nodes = model.graph?.node ?? [];
      expect([...new Set(nodes.map(({ domain }) => domain))]).toEqual([""]);
      expect(nodes.filter(({ opType }) => opType === "Gelu")).toEqual([]);
      const lengths = (list: Parameters<typeof onnx.ValueInfoProto.create>[0][] | null | undefined) =>
        (list ?? []).map(({ name: of, type } = {}) => [
          of,
          ...(type?.tensorType?.shape?.dim ?? []).map(({ dimParam, dimValue }) => dimParam || Number(dimValue)),
        ]);
      expect(lengths(model.graph?.input)).toEqual([
        ["input_ids", "batch", "sequence"],
        ["attention_mask", "batch", "sequence"],
      ]);
      const last = ["last_hidden_state", "batch", "sequence", config.width];
      expect(lengths(model.graph?.output)).toEqual(
        task === "MASKED_LANGUAGE_MODEL"
          ? [["logits", "batch", "sequence", config.vocabularySize], last]
          : task === "ENCODER"
            ? [last]
            : [["logits", "batch", labels.length]],
      );
    }
  });

  it("scores masked tokens as the masked-token head does, in each row of the batch", async () => {
    const name = "tiny-roberta-masked";
    const { ids, padId } = await idsOf(fixture(name));
    const session = await InferenceSession.create(join(home, name, "onnx", "model.onnx"));
    const alone = async (row: Int32Array, length: number) => {
      const data = new BigInt64Array(2 * length).fill(BigInt(padId));
      const mask = new BigInt64Array(2 * length);
      for (const b of [0, 1]) {
        data.set(BigInt64Array.from(row, BigInt), b * length);
        mask.fill(1n, b * length, b * length + row.length);
      }
      const tensor = (values: BigInt64Array) => new Tensor("int64", values, [2, length]);
      const { logits } = await session.run({ input_ids: tensor(data), attention_mask: tensor(mask) });
      return (logits.data as Float32Array).subarray(logits.data.length / 2);
    };
    const [tight, wide] = [await alone(ids[2], ids[2].length), await alone(ids[2], ids[2].length + 9)];
    expect(tight.length).toBe(ids[2].length * 40);
    expect(largestDifference([tight], [wide.subarray(0, tight.length)])).toBeLessThanOrEqual(LIMIT);
    await session.release();
  });

  it("keeps the weights beside the model where they are too large for one file", async () => {
    const folder = join(home, "apart");
    const path = join(folder, "onnx", "model.onnx");
    await writeOnnxModel(path, await loadOnnxModel(fixture("tiny-bert"), null), { largest: 1_000 });
    expect((await readdir(join(folder, "onnx"))).sort()).toEqual(["model.onnx", ONNX_DATA]);
    const { ids, padId } = await idsOf(fixture("tiny-bert"));
    const difference = largestDifference(await ours(fixture("tiny-bert"), SMILES), await padded(folder, ids, padId));
    expect(difference).toBeLessThanOrEqual(LIMIT);
  });

  it("of several labels and of numbers has the logits of the head", async () => {
    const checkpoint = await loadCheckpoint(fixture("tiny-bert"));
    for (const task of ["MULTI_LABEL", "REGRESSION"] as const) {
      const { outputs } = onnxModelOf({ ...checkpoint, task }, null);
      expect(outputs).toEqual([{ name: "logits", type: "float32", shape: ["batch", 3] }]);
    }
  });

  it("gives heads that read the mean of a sequence its weights", async () => {
    const { config, weights } = await loadCheckpoint(fixture("tiny-bert-masked"));
    const graph = new PaddedGraph({ ...config, first: firstPosition(config) });
    const { outputs } = forwardGraph(config, "ENCODER", 0, { graph });
    const mean = gemm(graph.input("meanWeights"), outputs[0].value);
    graph.outputs.length = 0;
    graph.output("logits", mean);
    const folder = join(home, "mean");
    await writeOnnxModel(join(folder, "onnx", "model.onnx"), { graph, weights, inputs: [], outputs: [] });
    const { ids, padId } = await idsOf(fixture("tiny-bert-masked"));
    const model = await InferenceModel.load(fixture("tiny-bert-masked"), { threads: 1, provider: "cpu" });
    const expected = await model.run(ids, "MEAN");
    await model.release();
    expect(largestDifference(expected, await padded(folder, ids, padId))).toBeLessThanOrEqual(LIMIT);
  });

  it("refuses an input of a family that padded tokens do not give", async () => {
    const { config } = await loadCheckpoint(fixture("tiny-bert"));
    expect(() => new PaddedGraph({ ...config, first: firstPosition(config) }).input("somethingElse")).toThrow(
      "somethingElse",
    );
  });
});

describe("a probe", () => {
  const vector = (rows: number) =>
    Array.from({ length: rows }, (_, row) => Array.from({ length: 32 }, (_, i) => Math.sin(row * 7 + i) / 3));
  it.each([
    ["CLS", "SINGLE_LABEL", ["a", "b", "c"], 3],
    ["MEAN", "SINGLE_LABEL", ["a", "b"], 1],
    ["MEAN", "REGRESSION", ["mass", "logP"], 2],
  ] as const)("on %s vectors is one graph with its encoder: %s of %j", async (pooling, task, labels, rows) => {
    const probe: Probe = {
      task,
      labels: [...labels],
      coefficients: vector(rows),
      intercepts: vector(rows).map(([x]) => x + 0.5),
    };
    const file = join(home, "probe.json");
    await writeFile(file, writeProbe(probe));
    const name = `probe-${pooling}-${task}`;
    await exported("tiny-roberta-masked", { file, pooling }, name);
    const { ids, padId } = await idsOf(fixture("tiny-roberta-masked"));
    const model = await InferenceModel.load(fixture("tiny-roberta-masked"), { threads: 1, provider: "cpu" });
    const expected = (await model.run(ids, pooling)).map((values) => probeLogits(probe, values));
    await model.release();
    expect(largestDifference(expected, await padded(join(home, name), ids, padId))).toBeLessThanOrEqual(LIMIT);
    const config = JSON.parse(await readFile(join(home, name, "config.json"), "utf8"));
    expect(Object.values(config.id2label)).toEqual(labels);
    if (runtimes.python) {
      const { scores } = byPython(runtimes.python, join(home, name), "--readme");
      expect(scores).toHaveLength(2);
    }
  });

  it("on fingerprints is one matrix product", async () => {
    const coefficients = [Array.from({ length: 2048 }, (_, bit) => Math.cos(bit))];
    const probe: Probe = { task: "SINGLE_LABEL", labels: ["no", "yes"], coefficients, intercepts: [0.25] };
    const file = join(home, "bits.json");
    await writeFile(file, writeProbe(probe));
    const destination = join(home, "bits");
    await writeExport({ name: "bits", checkpoint: null, probe: { file, pooling: "CLS" }, destination }, "onnx");
    expect((await readdir(destination)).sort()).toEqual(["README.md", "onnx", "probe.json"]);
    const bits = Float32Array.from({ length: 2048 }, (_, bit) => Number(bit % 5 === 0));
    const session = await InferenceSession.create(join(destination, "onnx", "model.onnx"));
    const { logits } = await session.run({ fingerprint: new Tensor("float32", bits, [1, 2048]) });
    expect(largestDifference([probeLogits(probe, bits)], [logits.data as Float32Array])).toBeLessThanOrEqual(LIMIT);
    await session.release();
  });

  it("on counts takes log(1 + n) of its environments, and says how they are made", async () => {
    const ids = Array.from({ length: 30 }, (_, n) => 7 + n * n);
    const coefficients = [1, 2, 3].map((row) => ids.map((_, n) => Math.cos(row * n)));
    const probe: Probe = {
      task: "SINGLE_LABEL",
      labels: ["a", "b", "c"],
      coefficients,
      intercepts: [0.25, 0, -1],
      environments: { radius: 2, ids },
    };
    const file = join(home, "counts.json");
    await writeFile(file, writeProbe(probe));
    const destination = join(home, "counts");
    await writeExport({ name: "counts", checkpoint: null, probe: { file, pooling: "CLS" }, destination }, "onnx");
    const own = { ids: Uint32Array.of(7, 8, 9, 11), counts: Uint32Array.of(3, 1, 5, 2) };
    const numbers = new Float32Array(30);
    numbers.set([Math.log(4), Math.log(2), Math.log(3)]); // 9 has no column
    const session = await InferenceSession.create(join(destination, "onnx", "model.onnx"));
    const { logits } = await session.run({ log_counts: new Tensor("float32", numbers, [1, 30]) });
    const expected = probeLogits(probe, countVector(own, ids));
    expect(largestDifference([expected], [logits.data as Float32Array])).toBeLessThanOrEqual(LIMIT);
    await session.release();
    const readme = await readFile(join(destination, "README.md"), "utf8");
    expect(readme).toContain("log(1 + n) of 30 Morgan environments");
    expect(readme).toContain('{"log_counts": numbers}');
  });
});

describe("the tokenizer", () => {
  it("of old folders becomes tokenizer.json, with the same ids", async () => {
    const folder = join(home, "old");
    const { writeTokenizer } = await import("../../../src/tokenizer/index.js");
    const { portableTokenizer } = await import("../../../src/tokenizer/index.js");
    await writeTokenizer(folder, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "C", "O", "c", "1"]);
    for (const file of ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"])
      await rm(join(folder, file));
    const before = await loadTokenizer(folder);
    const { json, config } = await portableTokenizer(folder, 20);
    expect(config).toMatchObject({ model_max_length: 20, pad_token: "[PAD]", cls_token: "[CLS]" });
    await rm(join(folder, "vocab.txt"));
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(json));
    await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify(config));
    const after = await loadTokenizer(folder);
    for (const smiles of SMILES) expect(after.encode(smiles, 20)).toEqual(before.encode(smiles, 20));
  });
});

describe("a Triton model", () => {
  it("has the dimensions without the batch, and the labels by line", async () => {
    const destination = join(home, "triton", "classifier");
    await writeExport({ name: "classifier", checkpoint: fixture("tiny-bert"), probe: null, destination }, "triton");
    expect(await readFile(join(destination, "config.pbtxt"), "utf8")).toBe(`name: "classifier"
platform: "onnxruntime_onnx"
max_batch_size: 64
input [
  {
    name: "input_ids"
    data_type: TYPE_INT64
    dims: [ -1 ]
  },
  {
    name: "attention_mask"
    data_type: TYPE_INT64
    dims: [ -1 ]
  }
]
output [
  {
    name: "logits"
    data_type: TYPE_FP32
    dims: [ 3 ]
    label_filename: "labels.txt"
  }
]
dynamic_batching { max_queue_delay_microseconds: 1000 }
`);
    expect(await readFile(join(destination, "labels.txt"), "utf8")).toBe("alcohol\nester\nother\n");
    expect((await readdir(destination)).sort()).toContain("1");
    const masked = await loadOnnxModel(fixture("tiny-albert-masked"), null);
    const text = tritonConfig("masked", masked, { labels: false });
    expect(text.match(/dims: .*/g)).toEqual(["dims: [ -1 ]", "dims: [ -1 ]", "dims: [ -1, 40 ]", "dims: [ -1, 32 ]"]);
    expect(text).not.toContain("label_filename");
  });
});

describe("other programs", () => {
  it.skipIf(!runtimes.python && !runtimes.transformersJs)("answer as we do", async () => {
    for (const name of folders) {
      const { largest, ...differences } = await parityOf(fixture(name), SMILES, runtimes);
      console.log(name, largest, JSON.stringify(differences));
      for (const [runtime, difference] of Object.entries(differences))
        if (difference !== null) expect(difference, `${name} by ${runtime}`).toBeLessThanOrEqual(LIMIT);
    }
  });

  it.skipIf(!runtimes.python)("in Python run the program of README.md", async () => {
    const { scores, printed } = byPython(runtimes.python as string, join(home, "tiny-bert"), "--readme");
    expect(printed).toHaveLength(2);
    expect(String(printed[0])).toMatch(/^CCO \{'alcohol': 0\.\d+, 'ester': 0\.\d+, 'other': 0\.\d+\}$/);
    const [[first]] = scores as number[][];
    expect(first).toBeGreaterThan(0);
    for (const row of scores as number[][]) expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    const [ethanol] = await ours(fixture("tiny-bert"), ["CCO"]);
    const exponentials = Array.from(ethanol, Math.exp);
    const sum = exponentials.reduce((total, value) => total + value, 0);
    expect(largestDifference([exponentials.map((value) => value / sum)], [scores[0]])).toBeLessThanOrEqual(LIMIT);
  });

  it.skipIf(!runtimes.transformersJs)("in JavaScript run the program of README.md", async () => {
    const folder = join(home, "tiny-bert");
    const { logits, printed } = byTransformersJs(runtimes.transformersJs as string, folder, "--readme");
    expect((printed as unknown as string[]).map((line) => line.split(" ")[0])).toEqual(["CCO", "Oc1ccccc1"]);
    expect(largestDifference(await ours(fixture("tiny-bert"), ["CCO", "Oc1ccccc1"]), logits)).toBeLessThanOrEqual(
      LIMIT,
    );
    expect(basename(folder)).toBe("tiny-bert");
  });
});
