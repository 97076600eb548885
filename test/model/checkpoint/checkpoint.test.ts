/**
 * Model folders: those of transformers are read, ours are read back to the last bit, broken ones are refused by name.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { loadCheckpoint, readCheckpointInfo, saveCheckpoint } from "../../../src/model/checkpoint/checkpoint.js";
import { readSafetensors, writeSafetensors } from "../../../src/model/checkpoint/safetensors.js";
import { initializeWeights, withHead } from "../../../src/model/initialize.js";
import { type EncoderConfig, type Family, isSequenceTask, type Task, type Weight } from "../../../src/model/types.js";
import { floatToHalf, halfToFloat } from "../../../src/model/weights/half.js";

const fixtures = join(dirname(fileURLToPath(import.meta.url)), "../../fixtures");
const scratch = mkdtempSync(join(tmpdir(), "maillard-checkpoint-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let made = 0;
const newFolder = () => join(scratch, `model-${made++}`);

/** A copy of a fixture whose config and tensors (by their names in the file) may be changed. */
async function altered(
  fixture: string,
  change: { config?: (config: Record<string, unknown>) => void; weights?: (weights: Map<string, Weight>) => void },
): Promise<string> {
  const folder = newFolder();
  cpSync(join(fixtures, fixture), folder, { recursive: true });
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  change.config?.(config);
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const weights = await readSafetensors(join(folder, "model.safetensors"));
  change.weights?.(weights);
  await writeSafetensors(join(folder, "model.safetensors"), weights);
  return folder;
}

const filled = (...shape: number[]): Weight => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
});

const tiny = (family: Family): EncoderConfig => ({
  family,
  vocabularySize: 40,
  width: 32,
  layers: 2,
  heads: 4,
  intermediateWidth: 48,
  positions: 66,
  typeVocabularySize: 2,
  padId: 1,
  activation: "gelu",
  layerNormEpsilon: 1e-12,
  hiddenDropout: 0.1,
  attentionDropout: 0.1,
  classifierDropout: 0.25,
  initializerRange: 0.02,
  ...(family === "albert" ? { embeddingWidth: 16 } : {}),
});

describe("folders that transformers saved", () => {
  test.each([
    ["tiny-bert", "SINGLE_LABEL", ["alcohol", "ester", "other"], 19_619, 64],
    ["tiny-bert-masked", "MASKED_LANGUAGE_MODEL", [], 19_624, 64],
    ["tiny-roberta", "SINGLE_LABEL", ["alcohol", "ester", "other"], 19_651, 64],
    ["tiny-roberta-masked", "MASKED_LANGUAGE_MODEL", [], 19_656, 64],
    ["tiny-albert", "SINGLE_LABEL", ["alcohol", "ester", "other"], 10_931, 64],
    ["tiny-albert-masked", "MASKED_LANGUAGE_MODEL", [], 10_376, 64],
  ])("%s", async (fixture, task, labels, parameterCount, maxLength) => {
    const family = fixture.split("-")[1];
    const folder = join(fixtures, fixture);
    const info = await readCheckpointInfo(folder);
    expect(info).toMatchObject({
      task,
      labels,
      parameterCount,
      maxLength,
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const { config, weights } = await loadCheckpoint(folder);
    expect(config).toEqual(info.config);
    expect(config).toMatchObject({
      vocabularySize: 40,
      width: 32,
      layers: family === "albert" ? 3 : 2,
      heads: 4,
      intermediateWidth: 48,
      attentionDropout: 0.2,
      activation: family === "albert" ? "gelu_new" : "gelu",
      ...(family === "albert" && { embeddingWidth: 16 }),
    });
    expect([...weights.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(parameterCount);
    const saved = await readSafetensors(join(folder, "model.safetensors"));
    for (const [name, { data }] of weights)
      expect(data, name).toEqual((saved.get(`${family}.${name}`) ?? saved.get(name))!.data);
  });

  test("saved again, they hold the same tensors under the same names, and the same architecture", async () => {
    for (const fixture of ["bert", "roberta", "albert"].flatMap((family) => [
      `tiny-${family}`,
      `tiny-${family}-masked`,
    ])) {
      const folder = newFolder();
      await saveCheckpoint(folder, await loadCheckpoint(join(fixtures, fixture)));
      const [ours, theirs] = await Promise.all(
        [folder, join(fixtures, fixture)].map((path) => readSafetensors(join(path, "model.safetensors"))),
      );
      expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort());
      for (const [name, weight] of theirs) expect(ours.get(name), name).toEqual(weight);
      const [json, reference] = [folder, join(fixtures, fixture)].map((path) =>
        JSON.parse(readFileSync(join(path, "config.json"), "utf8")),
      );
      for (const field of [
        "architectures",
        "model_type",
        "vocab_size",
        "hidden_size",
        "layer_norm_eps",
        "pad_token_id",
        "classifier_dropout",
        "classifier_dropout_prob",
        "embedding_size",
        "hidden_act",
      ]) {
        expect(json[field], field).toEqual(reference[field]);
      }
    }
  });
});

describe("round trip", () => {
  const families: Family[] = ["bert", "roberta", "albert"];
  const tasks: Task[] = ["ENCODER", "MASKED_LANGUAGE_MODEL", "SINGLE_LABEL", "MULTI_LABEL", "REGRESSION"];
  test.each(families.flatMap((family) => tasks.map((task) => [family, task] as const)))(
    "%s %s",
    async (family, task) => {
      const checkpoint = initializeWeights(tiny(family), task, isSequenceTask(task) ? ["b", "a", "ü"] : [], 3);
      const folder = newFolder();
      await saveCheckpoint(folder, checkpoint);
      const back = await loadCheckpoint(folder);
      expect(back.config).toEqual(checkpoint.config);
      expect([back.task, back.labels]).toEqual([checkpoint.task, checkpoint.labels]);
      expect(new Map([...back.weights].sort())).toEqual(new Map([...checkpoint.weights].sort()));
      const bytes = readFileSync(join(folder, "model.safetensors"));
      await saveCheckpoint(folder, back);
      expect(readFileSync(join(folder, "model.safetensors")).equals(bytes)).toBe(true);
      expect(readdirSync(folder).sort()).toEqual(["config.json", "model.safetensors"]);
    },
  );

  test("float16 halves the file and rounds each weight to the nearest half", async () => {
    const checkpoint = await loadCheckpoint(join(fixtures, "tiny-bert"));
    const folder = newFolder();
    await saveCheckpoint(folder, checkpoint, { float16: true });
    expect(readFileSync(join(folder, "model.safetensors")).length).toBeLessThan(45_000);
    expect(JSON.parse(readFileSync(join(folder, "config.json"), "utf8")).torch_dtype).toBe("float16");
    for (const [name, { data }] of (await loadCheckpoint(folder)).weights) {
      expect(data, name).toEqual(
        Float32Array.from(checkpoint.weights.get(name)!.data, (value) => halfToFloat(floatToHalf(value))),
      );
    }
  });

  test("what cannot be loaded again is not saved, and the folder keeps what it had", async () => {
    const folder = newFolder();
    const checkpoint = initializeWeights(tiny("bert"), "SINGLE_LABEL", ["a", "b"], 1);
    await saveCheckpoint(folder, checkpoint);
    const { checksum } = await readCheckpointInfo(folder);
    const broken = { ...checkpoint, labels: ["a", "b", "c"] };
    await expect(saveCheckpoint(folder, broken)).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining("classifier.weight must be [3,32]; it is [2,32]"),
    });
    expect((await readCheckpointInfo(folder)).checksum).toBe(checksum);
  });
});

describe("variants of real files", () => {
  const reference = () => loadCheckpoint(join(fixtures, "tiny-bert"));

  test("names without the family prefix, LayerNorm.gamma and beta, position_ids buffers", async () => {
    const folder = await altered("tiny-bert", {
      weights: (weights) => {
        for (const [name, weight] of [...weights]) {
          weights.delete(name);
          weights.set(
            name
              .replace("bert.", "")
              .replace("LayerNorm.weight", "LayerNorm.gamma")
              .replace("LayerNorm.bias", "LayerNorm.beta"),
            weight,
          );
        }
        weights.set("embeddings.position_ids", filled(1, 64));
      },
    });
    expect((await loadCheckpoint(folder)).weights).toEqual((await reference()).weights);
  });

  test("a tied output table, present or in place of the embedding table, and its bias under either name", async () => {
    const expected = await loadCheckpoint(join(fixtures, "tiny-roberta-masked"));
    const rename = (pairs: [string, string, boolean][]) => (weights: Map<string, Weight>) => {
      for (const [from, to, keep] of pairs) {
        const weight = weights.get(from)!;
        if (!keep) weights.delete(from);
        weights.set(to, weight);
      }
    };
    const table = "roberta.embeddings.word_embeddings.weight";
    for (const keep of [true, false]) {
      const folder = await altered("tiny-roberta-masked", {
        weights: rename([
          [table, "lm_head.decoder.weight", keep],
          ["lm_head.bias", "lm_head.decoder.bias", keep],
        ]),
      });
      expect((await loadCheckpoint(folder)).weights).toEqual(expected.weights);
    }
  });

  test("an encoder alone, for any head that the class name implies", async () => {
    const strip = (weights: Map<string, Weight>) => {
      for (const name of [...weights.keys()])
        if (name.startsWith("classifier.") || name.startsWith("cls.")) weights.delete(name);
    };
    for (const architecture of ["BertModel", "BertForMaskedLM", undefined]) {
      const folder = await altered("tiny-bert", {
        weights: strip,
        config: (config) => Object.assign(config, { architectures: architecture && [architecture] }),
      });
      const { task, labels, weights } = await loadCheckpoint(folder);
      expect([task, labels]).toEqual(["ENCODER", []]);
      expect(weights.has("pooler.dense.weight")).toBe(true);
      const head = withHead({ ...(await loadCheckpoint(folder)) }, "SINGLE_LABEL", ["a", "b"], 1);
      expect(head.weights.get("pooler.dense.weight")!.data).toEqual(weights.get("pooler.dense.weight")!.data);
    }
  });

  test("without a class name the tensors decide; without id2label the classes are numbered", async () => {
    const folder = await altered("tiny-roberta", {
      config: (config) => {
        delete config.architectures;
        delete config.id2label;
      },
    });
    expect(await readCheckpointInfo(folder)).toMatchObject({
      task: "SINGLE_LABEL",
      labels: ["LABEL_0", "LABEL_1", "LABEL_2"],
    });
  });

  test("problem_type is what the head answers; one output without it is a number, as in transformers", async () => {
    const problems = { multi_label_classification: "MULTI_LABEL", regression: "REGRESSION", none: "SINGLE_LABEL" };
    for (const [problem, task] of Object.entries(problems)) {
      const folder = await altered("tiny-roberta", {
        config: (config) => Object.assign(config, { problem_type: problem === "none" ? null : problem }),
      });
      const { labels } = await reference();
      expect(await readCheckpointInfo(folder)).toMatchObject({ task, labels });
    }
    const single = await altered("tiny-bert", {
      weights: (weights) => {
        for (const name of ["classifier.weight", "classifier.bias"]) {
          const { shape, data } = weights.get(name)!;
          weights.set(name, { shape: [1, ...shape.slice(1)], data: data.slice(0, data.length / 3) });
        }
      },
      config: (config) => Object.assign(config, { id2label: { 0: "logS" }, problem_type: null }),
    });
    expect(await readCheckpointInfo(single)).toMatchObject({ task: "REGRESSION", labels: ["logS"] });
  });

  test("the head of another task is left behind", async () => {
    const folder = await altered("tiny-bert", {
      config: (config) => Object.assign(config, { architectures: ["BertForTokenClassification"] }),
    });
    expect(await readCheckpointInfo(folder)).toMatchObject({ task: "ENCODER", labels: [] });
  });
});

describe("refused", () => {
  const remove = (name: string) => ({ weights: (weights: Map<string, Weight>) => void weights.delete(name) });
  const put = (name: string, weight: Weight) => ({
    weights: (weights: Map<string, Weight>) => void weights.set(name, weight),
  });
  const set = (fields: Record<string, unknown>) => ({
    config: (config: Record<string, unknown>) => void Object.assign(config, fields),
  });
  const query = "bert.encoder.layer.1.attention.self.query.weight";
  test.each<[string, string, Parameters<typeof altered>[1], string, RegExp]>([
    [
      "a missing tensor",
      "tiny-bert",
      remove(query),
      "CHECKPOINT_INVALID",
      /no tensor encoder.layer.1.attention.self.query.weight/,
    ],
    ["a missing head", "tiny-bert", remove("classifier.bias"), "CHECKPOINT_INVALID", /no tensor classifier.bias/],
    [
      "half a masked-token head",
      "tiny-bert-masked",
      remove("cls.predictions.transform.dense.bias"),
      "CHECKPOINT_INVALID",
      /no tensor cls.predictions/,
    ],
    [
      "another shape",
      "tiny-bert",
      put(query, filled(32, 16)),
      "CHECKPOINT_INVALID",
      /query.weight is \[32,16\], and config.json asks for \[32,32\]/,
    ],
    [
      "a vocabulary larger than the config's",
      "tiny-bert",
      set({ vocab_size: 41 }),
      "CHECKPOINT_INVALID",
      /word_embeddings.weight is \[40,32\]/,
    ],
    [
      "a layer more than the config's",
      "tiny-bert",
      set({ num_hidden_layers: 1 }),
      "CHECKPOINT_INVALID",
      /encoder.layer.1.* config.json does not explain it/,
    ],
    [
      "a class without a name",
      "tiny-bert",
      set({ id2label: { 0: "a", 1: "b" } }),
      "CHECKPOINT_INVALID",
      /3 outputs, and id2label names 2/,
    ],
    [
      "a problem that is none of Hugging Face's",
      "tiny-bert",
      set({ problem_type: "ranking" }),
      "CHECKPOINT_UNSUPPORTED",
      /problem_type is "ranking"; single_label_classification, multi_label_classification, regression are known/,
    ],
  ])("%s", async (_, fixture, change, code, message) => {
    const folder = await altered(fixture, change);
    for (const read of [loadCheckpoint, readCheckpointInfo]) {
      await expect(read(folder)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    }
  });

  test("folders without a model: absent, empty, with other weights, with a broken config", async () => {
    await expect(loadCheckpoint(join(scratch, "absent"))).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining("ENOENT"),
    });
    const folder = newFolder();
    mkdirSync(folder);
    await expect(loadCheckpoint(folder)).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining("has no model.safetensors."),
    });
    writeFileSync(join(folder, "pytorch_model-00001-of-00002.bin"), "");
    await expect(loadCheckpoint(folder)).rejects.toMatchObject({
      code: "CHECKPOINT_UNSUPPORTED",
      message: expect.stringContaining("it has pytorch_model-00001-of-00002.bin, which is not read"),
    });
    cpSync(join(fixtures, "tiny-bert"), folder, { recursive: true });
    writeFileSync(join(folder, "config.json"), "{");
    await expect(loadCheckpoint(folder)).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining("config.json"),
    });
  });
});

describe("checksum", () => {
  test("it changes with every file that decides an answer, and with no other", async () => {
    const folder = newFolder();
    cpSync(join(fixtures, "tiny-bert"), folder, { recursive: true });
    const seen = new Set<string>();
    const see = async () => seen.add((await readCheckpointInfo(folder)).checksum);
    await see();
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    writeFileSync(join(copy, "README.md"), "A card.");
    expect((await readCheckpointInfo(copy)).checksum).toBe([...seen][0]);

    writeFileSync(join(folder, "tokenizer.json"), `${readFileSync(join(folder, "tokenizer.json"), "utf8")}\n`);
    await see();
    writeFileSync(join(folder, "vocab.txt"), "C\n");
    await see();
    const weights = await readSafetensors(join(folder, "model.safetensors"));
    weights.get("classifier.bias")!.data[0] += 1;
    await writeSafetensors(join(folder, "model.safetensors"), weights); // the same size
    utimesSync(join(folder, "model.safetensors"), 1, 1);
    await see();
    expect(seen.size).toBe(4);
  });
});
