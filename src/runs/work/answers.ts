/**
 * The outputs of finished runs for the molecules of a split, with the true values and which scaffolds training lacks:
 * the input of their reports, in two statements for any number of runs. Null where a run has stored no outputs: it is
 * of an earlier version, has not been evaluated yet, or has no molecule in the split.
 */
import type { Answers } from "../../analysis/evaluation/answers.js";
import { SCAFFOLD } from "../../datasets/compounds.js";
import { valuesOf } from "../../datasets/floats.js";
import { MaillardError } from "../../errors.js";
import type { SplitName, TaskReport } from "../../scores/types.js";
import type { RunStatus } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { targetsOf } from "../../train/data/targets.js";
import type { Example } from "../../train/types.js";
import { plannedOrder } from "../orders/input.js";
import { teach } from "../plan/taught.js";

export interface SplitKey {
  runId: string;
  split: SplitName;
}

export interface AnsweredRow {
  compoundId: string;
  /** Of the run. */
  datasetId: string;
  /** Counts the rows of a molecule from 0 where a run splits rows; else 0. */
  ordinal: number;
  /** The truth of the molecule, as its assignment keeps it: see taught.ts. */
  taught: string;
}

export interface AnsweredSplit {
  answers: Answers;
  /** In the order of the answers. */
  rows: AnsweredRow[];
  /**
   * By row: 1 where the molecule has a Murcko scaffold that no training molecule of the model has. All 0 where nothing
   * says what the model of an evaluation was trained on.
   */
  newScaffold: Uint8Array;
  status: RunStatus;
}

interface OutputRow {
  place: number;
  width: number;
  values: Uint8Array;
  input: unknown;
  status: RunStatus;
  report: unknown;
}
type MemberRow = AnsweredRow & { place: number; newScaffold: boolean };

export async function readAnswers(store: Store, keys: readonly SplitKey[]): Promise<(AnsweredSplit | null)[]> {
  const asked = [keys.map(({ runId }) => runId), keys.map(({ split }) => split)];
  const { rows: outputs } = await store.pool.query<OutputRow>(
    `SELECT k.place::int, o.width, o."values", r.input, r.status::text AS status, e.report
     FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(run, split, place)
     JOIN "EvaluationOutput" o ON o."runId" = k.run AND o.split = k.split::"Split"
     JOIN "Evaluation" e ON e."runId" = o."runId" AND e.split = o.split
     JOIN "Run" r ON r.id = o."runId"`,
    asked,
  );
  const { rows: members } = await store.pool.query<MemberRow>(
    `WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS k(run, split, place)),
     -- What trained the model: the run itself; of an evaluation the runs that made the model.
     training AS (SELECT r.id AS "runId", t.id AS by FROM "Run" r CROSS JOIN LATERAL
       (SELECT r.id UNION ALL SELECT jsonb_array_elements_text(r.input->'trainedBy')) AS t(id)
       WHERE r.id = ANY($1::text[])),
     unknown AS (SELECT r.id FROM "Run" r WHERE r.id = ANY($1::text[])
       AND (jsonb_array_length(r.input->'trainingUnknown') > 0 OR EXISTS (SELECT 1 FROM training t
         WHERE t."runId" = r.id AND NOT EXISTS (SELECT 1 FROM "Run" x WHERE x.id = t.by)))),
     seen AS (SELECT DISTINCT t."runId", ${SCAFFOLD} AS scaffold FROM training t
       JOIN "RunAssignment" a ON a."runId" = t.by
       JOIN "DatasetCompound" m ON m.id = a."memberId" JOIN "Compound" c ON c.id = m."compoundId"
       WHERE a.split = 'TRAIN')
     SELECT k.place::int, m."compoundId", m."datasetId", a.ordinal, a.label AS taught,
            ${SCAFFOLD} <> '' AND s.scaffold IS NULL AND k.run NOT IN (SELECT id FROM unknown) AS "newScaffold"
     FROM asked k
     JOIN "EvaluationOutput" o ON o."runId" = k.run AND o.split = k.split::"Split"
     JOIN "RunAssignment" a ON a."runId" = k.run AND a.split = k.split::"Split"
     JOIN "DatasetCompound" m ON m.id = a."memberId" JOIN "Compound" c ON c.id = m."compoundId"
     LEFT JOIN seen s ON s."runId" = k.run AND s.scaffold = ${SCAFFOLD}
     ORDER BY k.place, m.position, a.ordinal`,
    asked,
  );
  const byPlace = new Map<number, MemberRow[]>();
  for (const row of members) {
    const list = byPlace.get(row.place);
    if (list) list.push(row);
    else byPlace.set(row.place, [row]);
  }
  const answered = new Map(outputs.map((row) => [row.place, answeredSplit(row, byPlace.get(row.place) ?? [])]));
  return keys.map((_, index) => answered.get(index + 1) ?? null);
}

function answeredSplit(output: OutputRow, members: readonly MemberRow[]): AnsweredSplit {
  const { task } = plannedOrder(output.input);
  const report = output.report as TaskReport;
  const labels = labelsOf(report);
  const outputs = valuesOf(output.values, members.length * output.width);
  if (labels.length !== output.width || outputs === null)
    throw new MaillardError(
      "INTERNAL",
      `A run kept ${output.values.length} bytes of answers for ${members.length} molecules of ${labels.length} labels.`,
    );
  const taught = teach(labels);
  const examples = members.map((row) => taught(task, row.taught));
  const truth =
    task === "SINGLE_LABEL"
      ? Int32Array.from(examples, ({ label }) => label)
      : targetsOf(examples as Example[], labels);
  const numbers = new Map<string, number>();
  const molecules = Int32Array.from(members, ({ compoundId }) => {
    const number = numbers.get(compoundId) ?? numbers.size;
    numbers.set(compoundId, number);
    return number;
  });
  const scale = "scale" in report ? report.scale : undefined;
  return {
    answers: { task, labels, outputs, truth, molecules, ...(scale ? { deviation: scale.deviation } : {}) },
    rows: members.map(({ compoundId, datasetId, ordinal, taught: text }) => ({
      compoundId,
      datasetId,
      ordinal,
      taught: text,
    })),
    newScaffold: Uint8Array.from(members, ({ newScaffold }) => Number(newScaffold)),
    status: output.status,
  };
}

/** Names in logit order, as the report has them. */
function labelsOf(report: TaskReport): string[] {
  if ("targets" in report) return report.targets.map(({ label }) => label);
  if ("classes" in report) return report.labels;
  return "labels" in report ? report.labels.map(({ label }) => label) : [];
}
