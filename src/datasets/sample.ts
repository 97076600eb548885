/**
 * The sample library that ships, as the shared dataset "sample": loaded by the first start and whenever the file has
 * changed. A start that finds it unchanged needs one query.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { PACKAGE, SHARED_PROJECT } from "../store/access/principal.js";
import type { Dataset } from "../store/generated/client.js";
import { batches, type CsvColumns, labelKindsOf, readCsv } from "./files/csv.js";
import { examineText } from "./files/text-file.js";
import { type ImportContext, importRows } from "./import.js";

export const SAMPLE = "sample";

const COLUMNS: CsvColumns = {
  smiles: "smiles",
  name: "name",
  labels: ["superclass", "function_level_1", "function_level_2"],
  multiLabels: ["flavors", "health_effects"],
};

export async function loadSample(parts: ImportContext, path: string): Promise<Dataset> {
  const context = { ...parts, store: { ...parts.store, principal: PACKAGE } };
  const where = { projectId_name: { projectId: SHARED_PROJECT, name: SAMPLE } };
  const origin = "samples/food-compounds.csv, written from textbook knowledge, MIT licence";
  const source = `${origin}; sha256 ${await sha256(path)}`;
  const existing = await context.store.prisma.dataset.findUnique({ where });
  if (existing?.source === source) return existing;
  let dataset = existing;
  for await (const rows of batches(readCsv(await examineText(path), COLUMNS))) {
    const description = "Food compounds with superclass, flavors, health effects and two levels of function.";
    ({ dataset } = await importRows(context, {
      dataset: SAMPLE,
      description,
      rows,
      labelKinds: labelKindsOf(COLUMNS),
      continues: dataset !== existing,
    }));
  }
  // Last, so that a start that was killed in between loads it again.
  return context.store.prisma.dataset.update({ where, data: { source } });
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
