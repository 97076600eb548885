/**
 * A prediction, step by step:
 *   SMILES -> chemistry (canonical form of the largest fragment)
 *          -> answers kept by (model, canonical SMILES), in memory and as rows
 *          -> for the missing ones: probabilities or values (scores-of-molecules.ts), whose rows are written behind
 * Answers are in the order of the request; the same molecule twice gets the same one; a bad SMILES fails alone.
 * What the row alone has (id, compound, time) is read when it is asked (prediction-rows.ts).
 */
import type { CanonicalForm } from "../../chem/types.js";
import { bytesOf, valuesOf } from "../../datasets/floats.js";
import { MaillardError } from "../../errors.js";
import type { SequenceTask } from "../../model/types.js";
import { countLookups } from "../../observe/stages.js";
import { checkForms } from "../../runs/orders/prediction-order.js";
import { type AnswerProblemCode, askAlone, isOfMolecule, type MoleculeFailure } from "../../runs/predictions/alone.js";
import { type ReadingParts, readGiven } from "../../runs/predictions/given.js";
import { bestOf, checkedScores, type Head, headOf } from "../../runs/predictions/head.js";
import { noteOf, unseenNotes } from "../../runs/predictions/notes.js";
import { type ScoringParts, scoresOfMolecules } from "../../runs/predictions/scores-of-molecules.js";
import type { Floats } from "../../scores/types.js";
import { computedIn } from "../../store/access/principal.js";
import { findPredictions } from "../../store/answers/predictions.js";
import { unlessDeleted } from "../../store/find.js";
import type { Model, Prediction } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { KeptPrediction, KeptPredictions, PredictionsAsked } from "./predictions.js";

export { MAX_FORMS } from "../../runs/orders/prediction-order.js";

/** SMILES in one request. */
export const MAX_ITEMS = 256;
const DEFAULT_TOP_K = 3;

export interface PredictParts extends ScoringParts, ReadingParts {
  store: Store;
  predictions: KeptPredictions;
}

/** An answer; its row is read, or waited for, where it is asked. */
export interface PredictionAnswer
  extends Pick<Prediction, "modelId" | "projectId" | "forms" | "smiles" | "label" | "score" | "scores"> {
  model: Model;
  note: string | null;
  topK: number;
}

export interface SmilesProblem {
  smiles: string;
  code: AnswerProblemCode;
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
  parts: PredictParts,
  request: PredictRequest,
): Promise<(PredictionAnswer | SmilesProblem)[]> {
  checkItems(request.smiles);
  checkForms(request.averageOver);
  const { store } = parts;
  const model = await store.models.find(store, request.model);
  const head = headOf(model);
  const topK = checkTopK(request.topK, head.labels.length, head.task);
  const items = await parseItems(parts, request.smiles, request.signal);
  const asked = { model, projectId: computedIn(model, store.principal), forms: request.averageOver };
  const texts = new Set(items.flatMap((item) => ("code" in item ? [] : [item.smiles])));
  const answers = await answersOf(parts, asked, head, texts, request.signal);
  const of = { modelId: model.id, projectId: asked.projectId, forms: asked.forms, model, topK };
  return items.map((item): PredictionAnswer | SmilesProblem => {
    if ("code" in item) return item;
    const found = answers.get(item.smiles) as KeptPrediction | MoleculeFailure;
    if (found instanceof MaillardError) return problemOf(item, found);
    const { unseen, ...answer } = found;
    return { ...of, ...answer, smiles: item.smiles, note: noteOf(item, unseen ?? undefined) };
  });
}

type Asked = PredictionsAsked & { model: Model };

/** By canonical SMILES: of memory, else of rows, else computed. */
async function answersOf(
  parts: PredictParts,
  asked: Asked,
  head: Head,
  texts: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Map<string, KeptPrediction | MoleculeFailure>> {
  const { store, predictions } = parts;
  const answers = new Map<string, KeptPrediction | MoleculeFailure>(predictions.find(asked, texts));
  const others = [...texts].filter((text) => !answers.has(text));
  if (others.length === 0) {
    countLookups("predictions", texts.size, 0);
    return answers;
  }
  const { model } = asked;
  const rows = await findPredictions(store, { modelId: model.id, ...asked }, others);
  const missing = others.filter((text) => !rows.has(text));
  countLookups("predictions", texts.size, missing.length);
  const computed =
    missing.length === 0 ? [] : await unlessDeleted(store, model, () => compute(parts, asked, head, missing, signal));
  const unseen = await unseenOf(parts, model, others, signal, missing.length === 0);
  const complete = (text: string, { label, score, scores }: Omit<KeptPrediction, "unseen">): KeptPrediction => {
    const answer = { label, score, scores, unseen: unseen?.get(text) ?? null };
    answers.set(text, answer);
    return answer;
  };
  for (const [text, row] of rows) {
    // A copy: bytes of a row are a part of a larger buffer.
    const answer = complete(text, { ...row, scores: Uint8Array.from(row.scores) });
    if (unseen) predictions.remember(asked, text, answer);
  }
  const made: { smiles: string; answer: KeptPrediction }[] = [];
  for (const [index, answer] of computed.entries()) {
    const smiles = missing[index];
    if (answer instanceof MaillardError) answers.set(smiles, answer);
    else made.push({ smiles, answer: complete(smiles, answer) });
  }
  predictions.add(asked, made);
  return answers;
}

/** `areStored`: all have rows. A host without the model's files gives their answers without these notes: null. */
async function unseenOf(
  parts: PredictParts,
  model: Model,
  texts: readonly string[],
  signal: AbortSignal,
  areStored: boolean,
): Promise<Map<string, string> | null> {
  try {
    return await unlessDeleted(parts.store, model, () => unseenNotes(parts, model, texts, signal));
  } catch (error) {
    if (areStored && MaillardError.from(error).code === "MODEL_FILES_MISSING") return null;
    throw error;
  }
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
  parts: ReadingParts,
  smiles: readonly string[],
  signal: AbortSignal,
): Promise<(CanonicalForm | SmilesProblem)[]> {
  const given = await readGiven(parts, smiles, signal);
  return given.map((one, index) =>
    "molecule" in one ? one.molecule : { smiles: smiles[index].slice(0, 200), code: one.code, message: one.message },
  );
}

/** Of a molecule on which the model fails. The others are answered. */
export const problemOf = ({ input }: CanonicalForm, { code, message }: MoleculeFailure): SmilesProblem => ({
  smiles: input.slice(0, 200),
  code,
  message,
});

/**
 * As askAlone, of texts that the pool gets as they are. Where all fail, it is the model or the device and no molecule:
 * the first error is thrown.
 */
export async function askUnlessAllFail<T>(
  texts: readonly string[],
  ask: (texts: readonly string[]) => Promise<readonly (T | MaillardError)[]>,
  { signal, isIndexed = true }: { signal: AbortSignal; isIndexed?: boolean },
): Promise<(T | MoleculeFailure)[]> {
  const answers = (await askAlone(texts, ask, { signal, isIndexed })) as (T | MaillardError)[];
  const [first] = answers;
  if (first instanceof MaillardError && answers.every((answer) => answer instanceof MaillardError)) throw first;
  for (const answer of answers) if (answer instanceof MaillardError && !isOfMolecule(answer)) throw answer;
  return answers as (T | MoleculeFailure)[];
}

function checkTopK(topK: number | null, classes: number, task: SequenceTask): number {
  if (topK === null) return task === "SINGLE_LABEL" ? Math.min(DEFAULT_TOP_K, classes) : classes;
  if (topK >= 1) return Math.min(topK, classes);
  throw new MaillardError("BAD_INPUT", `\`topK\` is ${topK}: it must be 1 or more.`, { param: "topK" });
}

async function compute(
  parts: ScoringParts,
  { model, forms }: Asked,
  head: Head,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<(Omit<KeptPrediction, "unseen"> | MoleculeFailure)[]> {
  const answerOf = (given: Floats): Omit<KeptPrediction, "unseen"> | MaillardError => {
    try {
      const values = checkedScores(given, head, model.name);
      const best = bestOf(head, values);
      return { label: head.labels[best], score: values[best], scores: bytesOf(values) };
    } catch (error) {
      return MaillardError.from(error);
    }
  };
  const ask = async (of: readonly string[]) =>
    (await scoresOfMolecules(parts, model, of, { forms, signal })).map(answerOf);
  return askUnlessAllFail(texts, ask, { signal, isIndexed: forms === 1 });
}
