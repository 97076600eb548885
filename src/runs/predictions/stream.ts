/**
 * Answers to any number of rows, in their order, in constant memory: rows -> batches -> molecules -> different
 * molecules -> scores. Some batches are under way at once, so that the devices work while molecules are read; together
 * they have a fraction of the places of the compute pool, where a single molecule goes first: a file does not keep it
 * waiting. Nothing is stored.
 *   - a row that is no molecule, or whose molecule ends its process, has an error of its own
 *   - while the pool or RDKit is full, it waits
 *   - what is wrong with the model or the devices ends all: that error is thrown
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Molecule } from "../../chem/types.js";
import type { InferencePriority } from "../../compute/types.js";
import { MaillardError } from "../../errors.js";
import type { Floats } from "../../scores/types.js";
import type { Model } from "../../store/generated/client.js";
import { inOrder, inPieces } from "../../tables/pieces.js";
import { askAlone } from "./alone.js";
import type { RowAnswer } from "./columns.js";
import { readGiven, type Unread } from "./given.js";
import { checkedScores, headOf } from "./head.js";
import { noteOf, unseenNotes } from "./notes.js";
import { type ScoringParts, scoresOfMolecules } from "./scores-of-molecules.js";

export interface AskedRow {
  smiles: string;
  /** Set by a reader that could not read the row. */
  problem?: { code: string; message: string };
}

export interface AnsweredRow<Row extends AskedRow> {
  row: Row;
  answer: RowAnswer;
  /** SMILES of a row that has a name or an InChIKey in place of one; else null. */
  named: string | null;
}

export interface StreamOptions {
  model: Model;
  /** Ways of writing each molecule that are averaged. */
  averageOver: number;
  /** Among what else the pool is asked. */
  priority: InferencePriority;
  signal: AbortSignal;
  /** The SMILES are canonical, of one fragment each: RDKit does not read them again. Default false. */
  canonical?: boolean;
  /** Logits, as scoresOfMolecules has them, instead of probabilities. Default false. */
  raw?: boolean;
  /** Rows of a batch. */
  batch?: number;
  /** Batches under way at once. */
  atOnce?: number;
}

/** Texts of a batch, of which two are under way for each file: 512 of the 4,096 places of the pool. */
const BATCH = 256;
const AT_ONCE = 2;
/** Rows of a batch at least, however many ways of writing a molecule are averaged. */
const LEAST = 16;
/** Molecules of a stream that may end their process, or be answered with what is no number, before it is not theirs. */
const MOST_FAILURES = 32;
const USUAL_WAIT_MS = 1_000;

/** The rows of a batch together. */
export async function* answerRows<Row extends AskedRow>(
  parts: ScoringParts,
  rows: AsyncIterable<Row>,
  options: StreamOptions,
): AsyncGenerator<AnsweredRow<Row>[]> {
  const { batch = Math.max(LEAST, Math.floor(BATCH / options.averageOver)), atOnce = AT_ONCE } = options;
  const failures = { left: MOST_FAILURES };
  const work = (of: Row[], signal: AbortSignal) => answerBatch(parts, of, { ...options, signal }, failures);
  yield* inOrder(inPieces(rows, batch), work, { atOnce, signal: options.signal });
}

async function answerBatch<Row extends AskedRow>(
  parts: ScoringParts,
  rows: Row[],
  options: StreamOptions,
  failures: { left: number },
): Promise<AnsweredRow<Row>[]> {
  const { model, averageOver: forms, priority, signal, canonical = false, raw = false } = options;
  const molecules = canonical ? null : await readMolecules(parts, rows, signal);
  const texts = new Set<string>();
  for (const { smiles, problem } of rows) {
    const found = molecules ? molecules.get(smiles) : canonicalOf(smiles);
    if (!problem && found && "molecule" in found) texts.add(found.molecule.smiles);
  }
  const head = headOf(model);
  const answers = new Map<string, Floats | MaillardError>();
  const failed = (error: MaillardError): MaillardError => {
    if (failures.left-- <= 0) throw error;
    return error;
  };
  const finite = (scores: Floats): Floats | MaillardError => {
    try {
      return checkedScores(scores, head, model.name);
    } catch (error) {
      return failed(MaillardError.from(error));
    }
  };
  const asked = { forms, priority, signal, raw, part: BATCH };
  const ask = (of: readonly string[]) => whileFull(() => scoresOfMolecules(parts, model, of, asked), signal);
  const all = [...texts];
  for (const [index, scores] of (
    await askAlone(all, ask, { signal, isIndexed: forms === 1, onFailure: failed })
  ).entries())
    answers.set(all[index], scores instanceof MaillardError ? scores : finite(scores));
  const unseen = await unseenNotes(parts, model, [...texts], signal);
  return rows.map((row) => {
    const found = molecules ? molecules.get(row.smiles) : canonicalOf(row.smiles);
    if (row.problem) return { row, answer: row.problem, named: null };
    if (!found || "code" in found) return { row, answer: found ?? NO_SMILES, named: null };
    const { molecule, named } = found;
    const scores = answers.get(molecule.smiles) as Floats | MaillardError;
    if (scores instanceof MaillardError) return { row, answer: { code: scores.code, message: scores.message }, named };
    return { row, answer: { scores, note: noteOf(molecule, unseen.get(molecule.smiles)) }, named };
  });
}

const NO_SMILES = { code: "EMPTY_INPUT", message: "The row has no SMILES." };

type Read = { molecule: Pick<Molecule, "smiles" | "droppedFragments">; named: string | null } | Unread;

const canonicalOf = (smiles: string): Read => ({ molecule: { smiles, droppedFragments: [] }, named: null });

/** By the text of the row; each text is read once. */
async function readMolecules(
  parts: Pick<ScoringParts, "chemistry" | "store">,
  rows: readonly AskedRow[],
  signal: AbortSignal,
): Promise<Map<string, Read>> {
  const texts = [...new Set(rows.filter(({ problem }) => !problem).map(({ smiles }) => smiles))];
  const given = await whileFull(() => readGiven(parts, texts, signal), signal);
  return new Map(given.map((read, index): [string, Read] => [texts[index], read]));
}

/** Repeats while there is no place, after the pause that the refusal names. */
async function whileFull<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MaillardError) || error.code !== "OVERLOADED") throw error;
      await delay(Number(error.details?.retryAfterMs ?? USUAL_WAIT_MS), undefined, { signal });
    }
  }
}
