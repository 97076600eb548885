/** Properties of what reads files of others: what was written is read back, and anything else is refused by a code. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRefusal } from "../../bench/fuzz/parsers.js";
import { tableOptions } from "../../src/api/transport/uploads/table-options.js";
import { readCsv } from "../../src/datasets/files/csv.js";
import { describeCsv } from "../../src/datasets/files/describe-csv.js";
import { examineText } from "../../src/datasets/files/text-file.js";
import { textQuery } from "../../src/datasets/search/words.js";
import { formatConfig, parseConfig } from "../../src/model/checkpoint/config.js";
import { readSafetensors, writeSafetensors } from "../../src/model/checkpoint/safetensors.js";
import { TorchFile } from "../../src/model/torch/file.js";
import { isStorable, shown } from "../../src/text.js";

const RUNS = { numRuns: 60 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-parsers-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A promise or a value that is there, or a refusal. */
async function readOrRefused<T>(read: () => T | Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    expect(isRefusal(error), String((error as Error).stack)).toBe(true);
    return null;
  }
}

describe("a table", () => {
  const cell = fc
    .string({
      unit: fc.constantFrom("a", "é", "\ud83e\uddea", '"', ",", ";", "\t", "\n", " ", "'", "1", ".", "|"),
      maxLength: 8,
    })
    .map((text) => text.trim());

  it("is read back cell by cell, whatever the cells hold and whatever stands between them", async () => {
    // Lines of one cell that have as many cells as rows have are taken for rows (files/quotes.ts).
    const rows = fc
      .array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 })
      .filter((given) => given.every((cells) => cells.every((text) => text.split("\n").length < 3)));
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom(",", ";", "|"), async (given, delimiter) => {
        const path = join(folder, "table.csv");
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const lines = [["smiles", "set"], ...given].map((cells) => cells.map(quoted).join(delimiter));
        await writeFile(path, `${lines.join("\n")}\n`);
        const found: [string, string][] = [];
        const file = await examineText(path);
        for await (const { smiles, labels } of readCsv(file, { smiles: "smiles", labels: ["set"], delimiter }))
          found.push([smiles, labels.set?.[0] ?? ""]);
        expect(found).toEqual(given);
      }),
      { ...RUNS, examples: [[[["|\na", "a\n|"]], "|"]] },
    );
  });

  it("of any bytes is described or refused", async () => {
    const path = join(folder, "any.csv");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await writeFile(path, bytes);
        await readOrRefused(async () => describeCsv(await examineText(path), async (texts) => texts.map(() => true)));
      }),
      RUNS,
    );
  });

  it("has options or a refusal, whatever the address holds", async () => {
    const texts = fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }));
    const names = ["smiles", "label", "multi", "delimiter", "header", "decimal", "format", "missing", "encoding"];
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), texts), async (query) => {
        await readOrRefused(() => tableOptions(query));
      }),
      RUNS,
    );
  });
});

describe("safetensors", () => {
  const values = fc.array(fc.float({ noNaN: true }), { maxLength: 12 }).map((list) => Float32Array.from(list));
  const name = fc
    .string({ minLength: 1, maxLength: 12 })
    .filter((text) => text !== "__metadata__" && text !== "__proto__");

  it("are read back, under any names", async () => {
    const path = join(folder, "written.safetensors");
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, values, { maxKeys: 5 }), async (tensors) => {
        const weights = new Map(Object.entries(tensors).map(([key, data]) => [key, { shape: [data.length], data }]));
        await writeSafetensors(path, weights);
        const read = await readSafetensors(path);
        expect([...read].map(([key, { data }]) => [key, [...data]]).sort()).toEqual(
          [...weights].map(([key, { data }]) => [key, [...data]]).sort(),
        );
      }),
      RUNS,
    );
  });

  it("of any header are read or refused", async () => {
    const path = join(folder, "any.safetensors");
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom("F32", "F16", "I64"), fc.anything()),
        shape: fc.oneof(fc.array(fc.nat(4)), fc.anything()),
        data_offsets: fc.anything(),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.oneof(entry, fc.jsonValue())),
        fc.nat(40),
        async (header, bytes) => {
          const text = Buffer.from(json(header));
          const length = Buffer.alloc(8);
          length.writeBigUInt64LE(BigInt(text.length));
          await writeFile(path, Buffer.concat([length, text, Buffer.alloc(bytes)]));
          await readOrRefused(() => readSafetensors(path));
        },
      ),
      RUNS,
    );
  });
});

it("a pickle of any operations is read or refused", async () => {
  const path = join(folder, "pytorch_model.bin");
  const operation = fc.constantFrom(
    "\x80\x02",
    "}",
    "]",
    "(",
    "t",
    "R",
    "b",
    "q\0",
    "h\0",
    "K\x05",
    "U\x01a",
    "c__builtin__\neval\n",
    ".",
    "Q",
    "u",
    "s",
    "0",
    "2",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
      // The magic number and the protocol of the older format, then the dict.
      const start = "\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.";
      await writeFile(path, Buffer.from(start + operations.join(""), "latin1"));
      await readOrRefused(async () => (await TorchFile.open(path)).close());
    }),
    RUNS,
  );
});

describe("config.json", () => {
  const fields = [
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "id2label",
    "hidden_act",
    "pad_token_id",
    "layer_norm_eps",
  ];
  const number = fc.oneof(fc.nat(64), fc.double(), fc.bigInt().map(Number));

  it("of any values is read or refused, and what is read is written and read back", async () => {
    const given = fc.dictionary(fc.constantFrom(...fields), fc.oneof({ weight: 3, arbitrary: number }, fc.anything()));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("bert", "roberta", "albert"), given, async (model_type, rest) => {
        const read = await readOrRefused(() => parseConfig({ model_type, ...(JSON.parse(json(rest)) as object) }));
        if (!read) return;
        expect(parseConfig(formatConfig(read.config, "ENCODER", [])).config).toEqual({
          ...read.config,
          // transformers takes no null here.
          ...(model_type === "albert"
            ? { classifierDropout: read.config.classifierDropout ?? read.config.hiddenDropout }
            : {}),
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe("a text", () => {
  it("of any value is short and storable where the value is not a text", () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
        const text = shown(value);
        expect(text.length).toBeLessThan(1_000);
        expect(isStorable(text)).toBe(true);
      }),
    );
  });

  it("that is searched becomes a query of quoted words", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const query = textQuery(text, null);
        // Outside quotes there is nothing but what joins the words.
        for (const part of [query?.names, query?.keys])
          if (part) expect(part.replaceAll(/'(?:[^'\\]|''|\\\\)*'/g, "w")).toMatch(/^[w():*&| ]+$/);
      }),
    );
  });
});

/** JSON of anything: what has none is left out. */
function json(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? Number(item) : item)) ?? "{}";
  } catch {
    return "{}";
  }
}
