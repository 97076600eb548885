/** Rows by name, or NOT_FOUND with the names that exist. A text that PostgreSQL cannot hold is no name of anything. */
import { MaillardError } from "../errors.js";
import type { Dataset, LabelSet, Model } from "./generated/client.js";
import type { Store } from "./index.js";

export async function findModel(store: Store, name: string): Promise<Model> {
  const model = isStorable(name) ? await store.prisma.model.findUnique({ where: { name } }) : null;
  if (model) return model;
  const rows = await store.prisma.model.findMany({ select: { name: true }, orderBy: { name: "asc" }, take: 50 });
  throw notFound(
    "model",
    name,
    rows.map((row) => row.name),
    "Register one with `maillard model add`, or finetune one.",
  );
}

export async function findDataset(store: Store, name: string): Promise<Dataset> {
  const dataset = isStorable(name) ? await store.prisma.dataset.findUnique({ where: { name } }) : null;
  if (dataset) return dataset;
  const rows = await store.prisma.dataset.findMany({ select: { name: true }, orderBy: { name: "asc" }, take: 50 });
  throw notFound(
    "dataset",
    name,
    rows.map((row) => row.name),
    "Import one with `maillard import`.",
  );
}

export async function findLabelSet(store: Store, dataset: Dataset, name: string, param: string): Promise<LabelSet> {
  const sets = await store.prisma.labelSet.findMany({ where: { datasetId: dataset.id }, orderBy: { name: "asc" } });
  const set = sets.find((candidate) => candidate.name === name);
  if (set) return set;
  const names = sets.map((candidate) => candidate.name);
  throw new MaillardError(
    "UNKNOWN_TARGET",
    `The dataset ${dataset.name} has no label set ${quote(name)}. It has: ${names.join(", ") || "none"}.`,
    { param, details: { existing: names } },
  );
}

/** PostgreSQL's text takes every character but NUL. */
export const isStorable = (text: string): boolean => !text.includes("\0");

function notFound(noun: string, name: string, existing: string[], advice: string): MaillardError {
  const list = existing.length > 0 ? `Existing: ${existing.join(", ")}.` : advice;
  return new MaillardError("NOT_FOUND", `There is no ${noun} ${quote(name)}. ${list}`, {
    param: noun,
    details: { existing },
  });
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 100));
