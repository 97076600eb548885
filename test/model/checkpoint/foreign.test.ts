/** Model folders as others left them: old ones, large ones, quantized ones, and those that cannot run. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  convertCheckpoint,
  loadCheckpoint,
  readCheckpointInfo,
  saveCheckpoint,
} from "../../../src/model/checkpoint/checkpoint.js";
import { parseConfig } from "../../../src/model/checkpoint/config.js";
import { readSafetensors, writeSafetensors } from "../../../src/model/checkpoint/safetensors.js";
import { settleCheckpoint } from "../../../src/model/checkpoint/settle.js";
import { FAMILIES } from "../../../src/model/families/index.js";
import { InferenceModel } from "../../../src/model/inference.js";
import { initializeWeights } from "../../../src/model/initialize.js";
import type { Family, Weight } from "../../../src/model/types.js";
import { torchFile } from "../../support/data/torch-file.js";

const FIXTURES = join(import.meta.dirname, "../../fixtures");
const scratch = mkdtempSync(join(tmpdir(), "maillard-foreign-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const families = Object.keys(FAMILIES) as Family[];
const WEIGHTS = "model.safetensors";
const INDEX = "model.safetensors.index.json";

/** A copy of a fixture. `config` may change its config, `rename` the names of its tensors. */
async function copyOf(
  fixture: string,
  { config, rename }: { config?: Record<string, unknown>; rename?: (name: string) => string } = {},
): Promise<string> {
  const folder = mkdtempSync(join(scratch, "model-"));
  cpSync(join(FIXTURES, fixture), folder, { recursive: true });
  const path = join(folder, "config.json");
  const json = { ...JSON.parse(readFileSync(path, "utf8")), ...config };
  writeFileSync(path, JSON.stringify(json)); // undefined: the field is left out
  if (rename) {
    const weights = await readSafetensors(join(folder, WEIGHTS));
    await writeSafetensors(
      join(folder, WEIGHTS),
      new Map([...weights].map(([name, weight]) => [rename(name), weight])),
    );
  }
  return folder;
}

const refused = (code: string, text: string) => ({ code, message: expect.stringContaining(text) });

describe("config.json without model_type", () => {
  test.each(families)("%s is known by the class that it names, and by the names of its tensors", async (family) => {
    const expected = await loadCheckpoint(join(FIXTURES, `tiny-${family}`));
    const byClass = await copyOf(`tiny-${family}`, { config: { model_type: undefined } });
    expect(await loadCheckpoint(byClass)).toEqual(expected);
    const byNames = await copyOf(`tiny-${family}`, { config: { model_type: undefined, architectures: undefined } });
    expect(await loadCheckpoint(byNames)).toEqual(expected);
  });

  test.each(["albert", "distilbert", "modernbert"] as const)("%s is known without prefixes, too", async (family) => {
    const { prefix } = FAMILIES[family];
    const folder = await copyOf(`tiny-${family}`, {
      config: { model_type: undefined, architectures: undefined },
      rename: (name) => name.replace(`${prefix}.`, ""),
    });
    expect((await loadCheckpoint(folder)).weights).toEqual(
      (await loadCheckpoint(join(FIXTURES, `tiny-${family}`))).weights,
    );
  });

  test("names that bert, roberta and electra share: bert's by its pooler and positions, else refused", async () => {
    const unnamed = { model_type: undefined, architectures: undefined };
    const bare = await copyOf("tiny-bert", { config: unnamed, rename: (name) => name.replace("bert.", "") });
    expect((await loadCheckpoint(bare)).config.family).toBe("bert");
    for (const [family, config] of [
      ["roberta", {}],
      ["electra", {}],
      ["bert", { type_vocab_size: 1 }],
      ["bert", { pad_token_id: 1 }],
      ["bert", { max_position_embeddings: 66 }],
    ] as const) {
      const rename = (name: string) =>
        name.replace(`${family}.`, "").replace("embeddings_project", "embeddings.project");
      const folder = await copyOf(`tiny-${family}`, { config: { ...unnamed, ...config }, rename });
      await expect(loadCheckpoint(folder)).rejects.toMatchObject(
        refused("CHECKPOINT_UNSUPPORTED", "model_type is missing"),
      );
    }
  });
});

test("families whose graph is not computed are refused by name, with the reason and what is known", () => {
  for (const [family, reason] of [
    ["deberta-v2", "content and relative positions apart"],
    ["molformer", "attention is linear"],
  ])
    expect(() => parseConfig({ model_type: family })).toThrow(
      expect.objectContaining({
        code: "CHECKPOINT_UNSUPPORTED",
        message: expect.stringMatching(
          `"${family}": .*${reason}.*; bert, roberta, albert, distilbert, electra, modernbert are known`,
        ),
      }),
    );
});

test("names from inside of DataParallel, and an output table of its own, are read as the encoder's", async () => {
  const folder = await copyOf("tiny-roberta-masked", { rename: (name) => `module.${name}` });
  expect(await loadCheckpoint(folder)).toEqual(await loadCheckpoint(join(FIXTURES, "tiny-roberta-masked")));
  const untied = await copyOf("tiny-roberta-masked", { config: { tie_word_embeddings: false } });
  expect(await readCheckpointInfo(untied)).toMatchObject({ task: "ENCODER", labels: [] });
});

test("num_labels other than the names of id2label: LABEL_0, LABEL_1, …, as transformers loads it", async () => {
  const id2label = { 0: "LABEL_0", 1: "LABEL_1" };
  const folder = await copyOf("tiny-bert", { config: { num_labels: 3, id2label } });
  expect((await readCheckpointInfo(folder)).labels).toEqual(["LABEL_0", "LABEL_1", "LABEL_2"]);
  expect(parseConfig({ model_type: "bert", num_labels: 50, id2label }).labels).toHaveLength(50);
  expect(parseConfig({ model_type: "bert", num_labels: 2, id2label: { 0: "no", 1: "yes" } }).labels).toEqual([
    "no",
    "yes",
  ]);
});

describe("weights in several files", () => {
  /** The fixture in three files and their index. */
  async function sharded(
    ending: "safetensors" | "bin",
    change: (map: Record<string, string>) => void = () => undefined,
  ) {
    const folder = await copyOf("tiny-electra");
    const weights = [...(await readSafetensors(join(folder, WEIGHTS)))];
    rmSync(join(folder, WEIGHTS));
    const stem = ending === "bin" ? "pytorch_model" : "model";
    const map: Record<string, string> = {};
    for (let part = 0; part < 3; part++) {
      const name = `${stem}-0000${part + 1}-of-00003.${ending}`;
      const tensors = new Map(weights.filter((_, place) => place % 3 === part));
      for (const tensor of tensors.keys()) map[tensor] = name;
      if (ending === "bin") writeFileSync(join(folder, name), torchFile("zip", tensors as Map<string, Weight>));
      else await writeSafetensors(join(folder, name), tensors);
    }
    change(map);
    const index = ending === "bin" ? "pytorch_model.bin.index.json" : INDEX;
    writeFileSync(join(folder, index), JSON.stringify({ metadata: {}, weight_map: map }));
    return folder;
  }

  test.each(["safetensors", "bin"] as const)("%s: are read, and become one file", async (ending) => {
    const folder = await sharded(ending);
    const expected = await loadCheckpoint(join(FIXTURES, "tiny-electra"));
    expect(await loadCheckpoint(folder)).toEqual(expected);
    await convertCheckpoint(folder);
    expect(readdirSync(folder).sort()).toEqual(["config.json", WEIGHTS, "tokenizer.json", "tokenizer_config.json"]);
    expect((await loadCheckpoint(folder)).weights).toEqual(expected.weights);
  });

  test("an index that leads elsewhere, names a tensor that is not there, or is none is refused", async () => {
    const first = "electra.embeddings.LayerNorm.bias";
    const cases: [(map: Record<string, string>) => void, string][] = [
      [
        (map) => Object.assign(map, { [first]: "../model-00001-of-00003.safetensors" }),
        "there is no such file of weights",
      ],
      [(map) => Object.assign(map, { [first]: "config.json" }), "there is no such file of weights"],
      [
        (map) => Object.assign(map, { another: "model-00001-of-00003.safetensors" }),
        "has the tensor another, and it has not",
      ],
      [(map) => void delete map[first], "no tensor embeddings.LayerNorm.bias"],
    ];
    for (const [change, text] of cases)
      await expect(loadCheckpoint(await sharded("safetensors", change))).rejects.toMatchObject(
        refused("CHECKPOINT_INVALID", text),
      );
    const folder = await sharded("safetensors");
    writeFileSync(join(folder, INDEX), "[]");
    await expect(loadCheckpoint(folder)).rejects.toMatchObject(refused("CHECKPOINT_INVALID", "with a weight_map"));
  });
});

describe("quantized weights", () => {
  test("of 8 bits are refused from the header alone", async () => {
    const folder = await copyOf("tiny-bert");
    const bytes = readFileSync(join(folder, WEIGHTS));
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    let end = 0;
    for (const [name, entry] of Object.entries(header as Record<string, { shape: number[] }>)) {
      if (name === "__metadata__") continue;
      const begin = end;
      end += entry.shape.reduce((product, n) => product * n, 1);
      Object.assign(entry, { dtype: "I8", data_offsets: [begin, end] });
    }
    const text = Buffer.from(JSON.stringify(header));
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(text.length));
    writeFileSync(join(folder, WEIGHTS), Buffer.concat([prefix, text, Buffer.alloc(end, 1)]));
    await expect(settleCheckpoint(folder, "folder")).rejects.toMatchObject(
      refused("CHECKPOINT_UNSUPPORTED", "has type I8"),
    );
  });

  test("that config.json tells of are refused by their method", () => {
    expect(() => parseConfig({ model_type: "bert", quantization_config: { quant_method: "gptq" } })).toThrow(
      expect.objectContaining(refused("CHECKPOINT_UNSUPPORTED", 'quant_method "gptq"')),
    );
  });
});

describe("what is settled has run once", () => {
  test.each(["tiny-modernbert", "tiny-distilbert-masked"])("%s", async (fixture) => {
    const folder = await copyOf(fixture);
    const before = await readCheckpointInfo(folder);
    expect(await settleCheckpoint(folder, "folder")).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(readdirSync(join(FIXTURES, fixture)).sort());
  });

  test("weights whose answer is no number are refused", async () => {
    const folder = await copyOf("tiny-bert");
    const weights = await readSafetensors(join(folder, WEIGHTS));
    weights.get("bert.encoder.layer.1.output.dense.bias")!.data[0] = Number.NaN;
    await writeSafetensors(join(folder, WEIGHTS), weights);
    await expect(settleCheckpoint(folder, "folder")).rejects.toMatchObject({
      ...refused("CHECKPOINT_INVALID", "values that are no numbers"),
      param: "folder",
    });
  });
});

test.each(families)(
  "%s: a fresh model with biases and widths of its own is saved, read back and runs",
  async (family) => {
    const { config } = parseConfig({
      ...JSON.parse(readFileSync(join(FIXTURES, `tiny-${family}`, "config.json"), "utf8")),
      embedding_size: 32,
      norm_bias: true,
      attention_bias: true,
      mlp_bias: true,
      classifier_bias: true,
      classifier_pooling: "cls",
      decoder_bias: false,
      layer_types: ["sliding_attention", "full_attention", "sliding_attention"],
    });
    for (const task of ["MULTI_LABEL", "MASKED_LANGUAGE_MODEL", "ENCODER"] as const) {
      const labels = task === "MULTI_LABEL" ? ["sweet", "bitter"] : [];
      const fresh = initializeWeights(config, task, labels, 5);
      for (const { data } of fresh.weights.values()) expect(data.every(Number.isFinite)).toBe(true);
      const folder = mkdtempSync(join(scratch, "fresh-"));
      await saveCheckpoint(folder, fresh);
      expect(await loadCheckpoint(folder)).toEqual(fresh);
      const model = await InferenceModel.load(folder, { threads: 1, provider: "cpu" });
      const [vector] = await model.run([Int32Array.of(2, 7, 7, 9, 3)], labels.length > 0 ? "LOGITS" : "CLS");
      expect(vector).toHaveLength(labels.length || 32);
      await model.release();
    }
  },
);
