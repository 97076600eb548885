/**
 * A prediction, step by step:
 *   SMILES -> chemistry (canonical form of the largest fragment, compound)
 *          -> rows kept by (model, canonical SMILES)
 *          -> for the missing ones: probabilities or values (scores-of-molecules.ts) -> rows
 * Answers are in the order of the request; the same molecule twice gets the same row; a bad SMILES fails alone.
 */
import type { Chemistry, Molecule, SmilesProblemCode } from "../../chem/types.js";
import { ensureCompounds } from "../../datasets/compounds.js";
import { bytesOf, valuesOf } from "../../datasets/floats.js";
import { MaillardError } from "../../errors.js";
import type { SequenceTask } from "../../model/types.js";
import { countLookups } from "../../observe/stages.js";
import { checkForms } from "../../runs/orders/prediction-order.js";
import { readGiven } from "../../runs/predictions/given.js";
import { bestOf, checkedScores, type Head, headOf } from "../../runs/predictions/head.js";
import { noteOf, unseenNotes } from "../../runs/predictions/notes.js";
import { type ScoringParts, scoresOfMolecules } from "../../runs/predictions/scores-of-molecules.js";
import { computedIn } from "../../store/access/principal.js";
import { findModel, unlessDeleted, wasDeleted } from "../../store/find.js";
import type { Model, Prediction } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { findPredictions, type NewPrediction, storePredictions } from "../../store/predictions.js";

export { MAX_FORMS } from "../../runs/orders/prediction-order.js";

/** SMILES in one request. */
export const MAX_ITEMS = 256;
const DEFAULT_TOP_K = 3;

/** A row with what belongs to this answer only. */
export type PredictionAnswer = Prediction & { note?: string | null; topK?: number };

export interface SmilesProblem {
  smiles: string;
  code: SmilesProblemCode;
  message: string;
}

export interface PredictRequest {
  smiles: readonly string[];
  model: string;
  /** null: 3, or all classes when there are fewer; all labels of a MULTI_LABEL model. */
  topK: number | null;
  /** Ways of writing a molecule whose answers are averaged; 1: its canonical SMILES alone. */
  averageOver: number;
  signal: AbortSignal;
}

export async function predict(
  parts: ScoringParts,
  request: PredictRequest,
): Promise<(PredictionAnswer | SmilesProblem)[]> {
  checkItems(request.smiles);
  checkForms(request.averageOver);
  const model = await findModel(parts.store, request.model);
  const { task, labels } = headOf(model);
  const topK = checkTopK(request.topK, labels.length, task);
  const items = await parseItems(parts, request.smiles, request.signal);
  const molecules = uniqueMolecules(items);
  const projectId = computedIn(model, parts.store.principal);
  const kept = { modelId: model.id, projectId, forms: request.averageOver };
  const rows = await findPredictions(parts.store, kept, [...molecules.keys()]);
  const missing = [...molecules.values()].filter(({ smiles }) => !rows.has(smiles));
  countLookups("predictions", molecules.size, missing.length);
  if (missing.length > 0) {
    await unlessDeleted(parts.store, model, async () =>
      storePredictions(parts.store, kept, await computeRows(parts, model, { task, labels }, missing, request)),
    );
    const texts = missing.map(({ smiles }) => smiles);
    for (const [smiles, row] of await findPredictions(parts.store, kept, texts)) rows.set(smiles, row);
    if (missing.some(({ smiles }) => !rows.has(smiles))) throw wasDeleted("model", model.name, "model");
  }
  // All answers are stored: a host without the model's files gives them without these notes.
  const unseen = await unlessDeleted(parts.store, model, () =>
    unseenNotes(parts, model, [...molecules.keys()], request.signal),
  ).catch((error: unknown) => {
    if (MaillardError.from(error).code === "MODEL_FILES_MISSING") return new Map<string, string>();
    throw error;
  });
  return items.map((item) => {
    if ("code" in item) return item;
    return { ...(rows.get(item.smiles) as Prediction), note: noteOf(item, unseen.get(item.smiles)), topK };
  });
}

/** A score for each class, label or target, in the model's order. */
export const scored = (
  row: Pick<Prediction, "scores">,
  labels: readonly string[],
): { label: string; score: number }[] =>
  Array.from(valuesOf(row.scores, labels.length) ?? [], (score, index) => ({ label: labels[index], score }));

/** Classes or labels by probability, best first; equal ones in the model's order. */
export const ranked = (
  row: Pick<Prediction, "scores">,
  labels: readonly string[],
): { label: string; score: number }[] => scored(row, labels).sort((a, b) => b.score - a.score);

export function checkItems(smiles: readonly string[]): void {
  if (smiles.length === 0) {
    throw new MaillardError("EMPTY_INPUT", `No SMILES were given: send 1 to ${MAX_ITEMS}.`, { param: "smiles" });
  }
  if (smiles.length > MAX_ITEMS) {
    throw new MaillardError(
      "TOO_MANY_ITEMS",
      `${smiles.length} SMILES were given; at most ${MAX_ITEMS} are taken in one request. ` +
        "Send several, or import a dataset.",
      { param: "smiles", details: { maximum: MAX_ITEMS, actual: smiles.length } },
    );
  }
}

/** Molecules in the order of the question, or what is wrong with each. */
export async function parseItems(
  parts: { chemistry: Chemistry; store: Store },
  smiles: readonly string[],
  signal: AbortSignal,
): Promise<(Molecule | SmilesProblem)[]> {
  const given = await readGiven(parts, smiles, signal);
  return given.map((one, index) =>
    "molecule" in one ? one.molecule : { smiles: smiles[index].slice(0, 200), code: one.code, message: one.message },
  );
}

/** One molecule per canonical SMILES. */
export function uniqueMolecules(items: readonly (Molecule | SmilesProblem)[]): Map<string, Molecule> {
  const molecules = new Map<string, Molecule>();
  for (const item of items) if (!("code" in item) && !molecules.has(item.smiles)) molecules.set(item.smiles, item);
  return molecules;
}

function checkTopK(topK: number | null, classes: number, task: SequenceTask): number {
  if (topK === null) return task === "SINGLE_LABEL" ? Math.min(DEFAULT_TOP_K, classes) : classes;
  if (topK >= 1) return Math.min(topK, classes);
  throw new MaillardError("BAD_INPUT", `\`topK\` is ${topK}: it must be 1 or more.`, { param: "topK" });
}

async function computeRows(
  parts: ScoringParts,
  model: Model,
  head: Head,
  molecules: Molecule[],
  { averageOver: forms, signal }: PredictRequest,
): Promise<NewPrediction[]> {
  const texts = molecules.map(({ smiles }) => smiles);
  const computed = await scoresOfMolecules(parts, model, texts, { forms, signal });
  const scores = computed.map((values) => checkedScores(values, head, model.name));
  const compounds = await ensureCompounds(parts.store.pool, molecules);
  return molecules.map(({ smiles, inchiKey }, item) => {
    const values = scores[item];
    const best = bestOf(head, values);
    const compoundId = compounds.get(inchiKey) as string;
    return { compoundId, smiles, label: head.labels[best], score: values[best], scores: bytesOf(values) };
  });
}
