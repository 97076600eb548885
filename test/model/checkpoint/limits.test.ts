/** Every number of a checkpoint is compared with its limit before anything of that size is made: at n and at n + 1. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CARD_FILE, readCard } from "../../../src/model/checkpoint/card.js";
import { parseConfig } from "../../../src/model/checkpoint/config.js";
import { CHECKPOINT_LIMITS, CONFIG_LIMITS } from "../../../src/model/checkpoint/limits.js";
import { readOutline } from "../../../src/model/checkpoint/outline.js";
import { SafetensorsFile } from "../../../src/model/checkpoint/safetensors.js";

const SMALL = {
  vocab_size: 40,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 16,
  max_position_embeddings: 32,
  type_vocab_size: 2,
  pad_token_id: 0,
};
type Field = keyof typeof CONFIG_LIMITS;

/** A config in which only `field` is large. */
function config(field: Field, value: number): object {
  const albert = field === "embedding_size";
  const small = { ...SMALL, model_type: albert ? "albert" : "bert", ...(albert ? { embedding_size: 8 } : {}) };
  if (field === "id2label")
    return { ...small, id2label: Object.fromEntries(Array.from({ length: value }, (_, i) => [i, "a"])) };
  if (field === "num_attention_heads") return { ...small, hidden_size: value, [field]: value };
  if (field === "pad_token_id") return { ...small, vocab_size: CONFIG_LIMITS.vocab_size.most, [field]: value - 1 };
  return { ...small, num_attention_heads: 1, [field]: value };
}

const refusal = (field: string, value: number, limit: number) =>
  expect.objectContaining({ code: "CHECKPOINT_INVALID", details: { field, value, limit } });

describe("config.json", () => {
  const fields = (Object.keys(CONFIG_LIMITS) as Field[]).filter((field) => field !== "pad_token_id");
  it.each(fields)("%s is read at its limit, and refused above it", (field) => {
    const { most } = CONFIG_LIMITS[field];
    expect(() => parseConfig(config(field, most))).not.toThrow();
    const above = most + 1;
    expect(() => parseConfig(config(field, above))).toThrow(refusal(field, above, most));
  });

  it.each([3e6, 1e6, 5e9, 1e10])("num_hidden_layers of %d is refused at once", (layers) => {
    const began = performance.now();
    expect(() => parseConfig(config("num_hidden_layers", layers))).toThrow(refusal("num_hidden_layers", layers, 256));
    expect(performance.now() - began).toBeLessThan(50);
  });

  it("20,000 shared layers of ALBERT are refused, and few wide ones by the number of parameters used", () => {
    const albert = { ...SMALL, model_type: "albert", embedding_size: 8 };
    expect(() => parseConfig({ ...albert, num_hidden_layers: 20_000 })).toThrow(
      refusal("num_hidden_layers", 20_000, 256),
    );
    expect(() =>
      parseConfig({ ...albert, hidden_size: 4096, intermediate_size: 16_384, num_hidden_layers: 12 }),
    ).not.toThrow();
    expect(() =>
      parseConfig({ ...albert, hidden_size: 4096, intermediate_size: 16_384, num_hidden_layers: 256 }),
    ).toThrow(
      expect.objectContaining({
        code: "CHECKPOINT_INVALID",
        details: expect.objectContaining({
          field: "the number of parameters",
          limit: CHECKPOINT_LIMITS.parameters.most,
        }),
      }),
    );
  });
});

describe("a folder", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "maillard-limits-"));
    await cp(join(import.meta.dirname, "../../fixtures/tiny-bert"), folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const safetensors = (header: object | string) => {
    const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    return writeFile(join(folder, "model.safetensors"), Buffer.concat([length, text]));
  };
  const empty = { dtype: "F32", shape: [0], data_offsets: [0, 0] };
  const open = async () => (await SafetensorsFile.open(join(folder, "model.safetensors"))).close();

  it("with more parameters in config.json than bytes in its weights is refused", async () => {
    const given = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    await writeFile(join(folder, "config.json"), JSON.stringify({ ...given, num_hidden_layers: 256 }));
    await expect(readOutline(folder)).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      details: { field: "the number of parameters", limit: expect.any(Number) },
    });
  });

  it("with 20,000 tensors in the header is opened, with one more it is refused, and with 1e6 at once", async () => {
    const { most } = CHECKPOINT_LIMITS.tensors;
    const header = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, empty]));
    await safetensors({ __metadata__: {}, ...header(most) });
    await open();
    await safetensors(header(most + 1));
    await expect(open()).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining("20001"),
    });
    await safetensors(header(1_000_000));
    const began = performance.now();
    await expect(open()).rejects.toMatchObject({ code: "CHECKPOINT_INVALID" });
    expect(performance.now() - began).toBeLessThan(500);
  });

  it("with a header at its limit is read, and with one byte more refused before it is read", async () => {
    const { most } = CHECKPOINT_LIMITS.headerBytes;
    const text = JSON.stringify({ t: empty });
    await safetensors(text.padEnd(most));
    await open();
    await safetensors(text.padEnd(most + 1));
    await expect(open()).rejects.toMatchObject({ message: expect.stringContaining(`above the limit of ${most}`) });
  });

  it("whose head has the shape [4e9, 0] is refused", async () => {
    const given = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
    const { id2label: _, ...rest } = given;
    await writeFile(
      join(folder, "config.json"),
      JSON.stringify({ ...rest, ...SMALL, hidden_size: 2, num_hidden_layers: 1 }),
    );
    const padding = { dtype: "F32", shape: [1000], data_offsets: [0, 4000] };
    const header = JSON.stringify({
      padding,
      "classifier.weight": { ...empty, shape: [4e9, 0], data_offsets: [4000, 4000] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    await writeFile(
      join(folder, "model.safetensors"),
      Buffer.concat([length, Buffer.from(header), Buffer.alloc(4000)]),
    );
    await expect(readOutline(folder)).rejects.toMatchObject({
      details: { value: 4e9, limit: CONFIG_LIMITS.id2label.most },
    });
  });

  it("has a card of at most 1 MiB, cut with a note at a whole character", async () => {
    const { most } = CHECKPOINT_LIMITS.cardBytes;
    await writeFile(join(folder, CARD_FILE), "a".repeat(most));
    expect(await readCard(folder)).toBe("a".repeat(most));
    await writeFile(join(folder, CARD_FILE), `${"a".repeat(most - 1)}é\0`);
    const card = await readCard(folder);
    expect(card.startsWith(`${"a".repeat(most - 1)}\n\n(cut here`)).toBe(true);
    expect(card.length).toBeLessThan(most + 200);
  });
});
