/** Which columns an import run takes: those of its order; of an order without them, what the whole file shows. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { ImportContext } from "../../../src/datasets/import.js";
import { openSource } from "../../../src/runs/imports/source.js";
import type { ImportOrder } from "../../../src/runs/orders/import-order.js";

let folder: string;
let path: string;
let parsed = 0;
/** The first row is looked at before the others, and shows one split alone. */
const chemistry = {
  parse: async (texts: readonly string[]) => {
    parsed += texts.length;
    return texts.map((text) => ({ ok: /^C+[ON]$/.test(text) }));
  },
} as unknown as ImportContext["chemistry"];
const context = { chemistry } as ImportContext;
const ORDER: ImportOrder = {
  ...{ dataset: "sorted", format: "csv", description: null, source: null, onConflict: "FIRST", table: {} },
  file: { bytes: 0, sha256: "" },
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-source-"));
  path = join(folder, "upload");
  const rows = Array.from({ length: 1_100 }, (_, n) => `CC${n < 1_050 ? "O,train" : "N,test"},${n / 7}`);
  await writeFile(path, `smiles,split,weight\n${rows.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const kindsOf = async (order: ImportOrder) =>
  (await openSource(context, path, order, new AbortController().signal)).target.labelKinds;

it("of an order of an earlier version are found in all rows", async () => {
  expect(await kindsOf(ORDER)).toEqual({ split: "SINGLE_LABEL", weight: "NUMBER" });
  expect(parsed).toBeGreaterThan(0);
}, 60_000);

it("of an order are taken as they are, without a look at the molecules", async () => {
  parsed = 0;
  const columns = { smiles: "smiles", labels: ["weight"], delimiter: "," };
  expect(await kindsOf({ ...ORDER, columns })).toEqual({ weight: "SINGLE_LABEL" });
  expect(parsed).toBe(0);
});
