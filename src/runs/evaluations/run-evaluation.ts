/**
 * An evaluation in its worker: assignments -> answers of the model in parts, which stay -> all answers beside the truth
 * -> scores, made in a process of their own. The run has them as the evaluation of its split TEST. Answers are logits,
 * as a finetune keeps them. The parts take constant memory; the scores need 4 to 8 bytes for each output.
 */
import type { Answers } from "../../analysis/evaluation/answers.js";
import { Evaluations } from "../../compute/jobs/evaluations.js";
import { Turns } from "../../datasets/turns.js";
import { MaillardError } from "../../errors.js";
import type { Floats } from "../../scores/types.js";
import type { Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { succeedOnce } from "../ending/succeed-once.js";
import { evaluationOrder, type PlannedEvaluation } from "../orders/evaluation-order.js";
import { predictionArtifact } from "../orders/prediction-order.js";
import { teach } from "../plan/taught.js";
import { UnseenCount } from "../plan/warnings/unseen.js";
import { type Member, readParts } from "../predictions/dataset-parts.js";
import { readersOf } from "../predictions/notes.js";
import { scoringParts, writeParts } from "../predictions/write-parts.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import { writeBaselines, writeEvaluation } from "../record/recorder.js";
import { type RunWithBase, runWithBase } from "../work/base.js";
import { isWide } from "./output-bytes.js";
import { deletedWarning, taughtKeys } from "./training-of.js";

/** Ends scores that hang: the time grows with the molecules, of which there may be any number. */
const SCORES_MS = 3_600_000;

export async function runEvaluation(execution: Execution): Promise<void> {
  const { store, fence, recorder, signal } = execution;
  const run = await whenDatabaseIsBack(() => runWithBase(store, fence.runId), signal);
  const order = evaluationOrder(run.input);
  await writeParts(execution, run, order, {
    membersOf: (from, to) => membersOf(store, run.id, from, to),
    raw: true,
  });
  const rows = await whenDatabaseIsBack(() => rowsOf(store, run.id), signal);
  const { outputs, isAnswered, errors, noted } = await readOutputs(store, run, rows);
  await warnOfNotes(execution, run.baseModel, noted, rows.length);
  const answered = rows.filter((_, row) => isAnswered[row] === 1);
  const unanswered = rows.filter((_, row) => isAnswered[row] === 0).map(({ memberId }) => memberId);
  if (unanswered.length > 0) await recorder.warn(unansweredWarning(unanswered.length, rows.length, errors));
  const isTaught = await whenDatabaseIsBack(() => taughtOf(execution, order), signal);
  const kept = rowsKept(outputs, isAnswered, order.head.labels.length);
  const { report, baselines } = await scored(
    { ...order.head, outputs: kept, truth: truthOf(order, answered), molecules: Int32Array.from(answered.keys()) },
    Uint8Array.from(answered, ({ key }) => Number(isTaught(key))),
    signal,
  );
  await recorder.flush();
  const write = async (client: Queryable): Promise<void> => {
    await writeEvaluation(client, run.id, { report, outputs: kept });
    await writeBaselines(client, run.id, [{ split: report.split, scores: report.scores ?? {}, baselines }]);
    await leaveOut(client, run.id, unanswered);
  };
  const result = { set: `"outputBytes" = $3`, values: [kept.byteLength], write };
  await whenDatabaseIsBack(() => succeedOnce(store, fence, result), signal);
  // The answers are in the database now. What stays because of an error of the disk is garbage.
  await store.artifacts.remove(predictionArtifact(run.id)).catch(() => undefined);
}

/** With the end of the run alone: one that is retried asks for them again. */
async function leaveOut(client: Queryable, runId: string, members: readonly string[]): Promise<void> {
  await client.query(`DELETE FROM "RunAssignment" WHERE "runId" = $1 AND "memberId" = ANY($2)`, [runId, members]);
}

/**
 * Whether the model was trained on a molecule, by its key. Where a run that trained it was deleted since this one was
 * ordered, nobody knows: then of none, so that there are no new molecules, and a warning.
 */
async function taughtOf({ store, recorder }: Execution, order: PlannedEvaluation): Promise<(key: string) => boolean> {
  const { TRAIN } = await taughtKeys(store, order.trainedBy);
  // After the keys: a run that is there now had them.
  const left = await store.prisma.run.count({ where: { id: { in: order.trainedBy } } });
  if (left === order.trainedBy.length) return (key) => TRAIN.has(key);
  await recorder.warn(deletedWarning(order.model, order.trainedBy.length - left));
  return () => false;
}

interface Row {
  memberId: string;
  position: number;
  /** First block of the InChIKey. */
  key: string;
  label: string;
}

async function membersOf({ pool }: Store, runId: string, from: number, to: number): Promise<Member[]> {
  const { rows } = await pool.query<Member>(
    `SELECT m.position, m.name, m.smiles, c."inchiKey" FROM "RunAssignment" a
     JOIN "DatasetCompound" m ON m.id = a."memberId" JOIN "Compound" c ON c.id = m."compoundId"
     WHERE a."runId" = $1 AND m.position >= $2 AND m.position < $3 ORDER BY m.position`,
    [runId, from, to],
  );
  return rows;
}

async function rowsOf({ pool }: Store, runId: string): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `SELECT a."memberId", m.position, c."skeletonKey" AS key, a.label FROM "RunAssignment" a
     JOIN "DatasetCompound" m ON m.id = a."memberId" JOIN "Compound" c ON c.id = m."compoundId"
     WHERE a."runId" = $1 ORDER BY m.position`,
    [runId],
  );
  return rows;
}

interface Outputs {
  /** [rows, labels] */
  outputs: Floats;
  /** By row. */
  isAnswered: Uint8Array;
  /** Rows without an answer, by code. */
  errors: Record<string, number>;
  /** SMILES of which the model does not see everything. */
  noted: string[];
}

async function readOutputs(
  store: Store,
  { id, baseModel, input }: RunWithBase,
  rows: readonly Row[],
): Promise<Outputs> {
  const order = evaluationOrder(input);
  const width = order.head.labels.length;
  const outputs = new (isWide(baseModel, order) ? Float64Array : Float32Array)(rows.length * width);
  const isAnswered = new Uint8Array(rows.length);
  const errors: Record<string, number> = {};
  let read = 0;
  const noted: string[] = [];
  const placeOf = new Map(rows.map(({ position }, row) => [position, row]));
  for await (const part of readParts(store, id))
    for (const { row: member, answer } of part) {
      const row = placeOf.get(member.position);
      if (row === undefined) continue;
      read++;
      if ("code" in answer) {
        errors[answer.code] = (errors[answer.code] ?? 0) + 1;
        continue;
      }
      outputs.set(answer.scores, row * width);
      isAnswered[row] = 1;
      if (answer.note !== null) noted.push(member.smiles);
    }
  // A molecule that nobody asked about has no answer either: it must not count as one without.
  if (read !== rows.length)
    throw new MaillardError(
      "NOT_FOUND",
      `Of ${rows.length} molecules ${read} are in the files of this run: some are gone. Retry the run.`,
      { param: "id" },
    );
  return { outputs, isAnswered, errors, noted };
}

function rowsKept(outputs: Floats, isAnswered: Uint8Array, width: number): Floats {
  return isAnswered.every((answered) => answered === 1)
    ? outputs
    : (outputs.filter((_: number, i: number) => isAnswered[Math.floor(i / width)] === 1) as Floats);
}

function truthOf({ head }: PlannedEvaluation, rows: readonly Row[]): Answers["truth"] {
  const { task, labels } = head;
  const taught = teach(labels);
  if (task === "SINGLE_LABEL") return Int32Array.from(rows, ({ label }) => taught(task, label).label);
  const truth = new (task === "REGRESSION" ? Float64Array : Float32Array)(rows.length * labels.length);
  for (const [row, { label }] of rows.entries()) truth.set(taught(task, label).targets ?? [], row * labels.length);
  return truth;
}

/** EMPTY_DATASET where no molecule was answered. */
async function scored(answers: Answers, taught: Uint8Array, signal: AbortSignal) {
  if (answers.molecules.length === 0)
    throw new MaillardError("EMPTY_DATASET", "The model has no answer to any molecule: there is nothing to score.");
  const evaluations = new Evaluations({ timeoutMs: SCORES_MS });
  try {
    return await evaluations.scores(answers, taught, signal);
  } finally {
    await evaluations.close();
  }
}

/** Molecules that are cut, or that have tokens that the model does not know: by each model that reads them. */
async function warnOfNotes(execution: Execution, model: Model, smiles: readonly string[], total: number) {
  if (smiles.length === 0) return;
  const parts = scoringParts(execution);
  for (const reader of await readersOf(parts, model)) {
    const tokenizer = await parts.tokenizer(reader);
    const count = new UnseenCount(tokenizer, reader.maxLength);
    const turns = new Turns();
    for (const text of smiles) {
      await turns.next();
      execution.signal.throwIfAborted();
      count.add(text, tokenizer.encode(text, reader.maxLength));
    }
    for (const warning of count.warnings(total)) await execution.recorder.warn(warning);
  }
}

const unansweredWarning = (count: number, molecules: number, errors: Record<string, number>) => ({
  code: "UNANSWERED" as const,
  message:
    `${count} of ${molecules} molecules have no answer and are not scored: ` +
    `${Object.entries(errors)
      .map(([code, times]) => `${code} ${times}`)
      .join(", ")}.`,
  details: { count, molecules, errors },
});
