/**
 * Two runs, finetunes, probes or evaluations, on the molecules that both have in a split. Molecules are the same by
 * compound, also from different datasets; both runs must ask the same of them: the same task, the same labels, the same
 * truth. Else the scores would differ for other reasons than the models, and the comparison is refused by its own code.
 */
import { type Answers, someRows } from "../../analysis/evaluation/answers.js";
import type { Comparison } from "../../analysis/evaluation/comparison.js";
import type { Evaluations } from "../../compute/jobs/evaluations.js";
import { MaillardError } from "../../errors.js";
import { type AnsweredSplit, isScored, plannedOrder, readAnswers } from "../../runs/index.js";
import type { Floats, SplitName } from "../../scores/types.js";
import type { Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { isLeaky } from "../space/run-splits.js";

export interface ComparedRuns extends Comparison {
  split: SplitName;
  leaky: boolean;
  onlyA: number;
  onlyB: number;
}

export async function compareRuns(
  { store, evaluations }: { store: Store; evaluations: Evaluations },
  a: Run,
  b: Run,
  split: SplitName,
  signal?: AbortSignal,
): Promise<ComparedRuns> {
  if (a.id === b.id) throw new MaillardError("BAD_INPUT", "`a` and `b` are the same run. Give two.", { param: "b" });
  for (const [param, run] of Object.entries({ a, b }))
    if (!isScored(run)) throw new MaillardError("BAD_INPUT", `The run ${run.name} scored nothing.`, { param });
  const [answersA, answersB] = await readAnswers(store, [
    { runId: a.id, split },
    { runId: b.id, split },
  ]);
  const first = evaluated(a, "a", split, answersA);
  const second = evaluated(b, "b", split, answersB);
  checkTasks(a, b);
  const order = labelOrder(first.answers, second.answers);
  const { rowsA, rowsB } = commonRows(first, second, split);
  const left = someRows(first.answers, rowsA);
  const right = inOrder(someRows(second.answers, rowsB), first.answers.labels, order);
  checkTruth(left, right);
  const comparison = await evaluations.compare(left, right, signal);
  const common = rowsA.length;
  return {
    split,
    leaky: isLeaky(a),
    ...comparison,
    onlyA: first.rows.length - common,
    onlyB: second.rows.length - common,
  };
}

function evaluated(run: Run, param: string, split: SplitName, answers: AnsweredSplit | null): AnsweredSplit {
  if (answers) return answers;
  throw new MaillardError(
    "NOT_EVALUATED",
    `The run ${run.name} (${run.status}) has kept no answers of the ${split} split: it has not come to ` +
      "its evaluation, the split is empty, or an earlier version made it. Run it again, or choose another " +
      "split.",
    { param, details: { status: run.status, split } },
  );
}

function checkTasks(a: Run, b: Run): void {
  const say = (run: Run): string => `${plannedOrder(run.input).task}${isLeaky(run) ? " of rows" : ""}`;
  const [sayA, sayB] = [say(a), say(b)];
  if (sayA === sayB) return;
  throw new MaillardError(
    "TASK_MISMATCH",
    `${a.name} is ${sayA} and ${b.name} is ${sayB}: their scores do not compare.`,
    {
      param: "b",
      details: { a: sayA, b: sayB },
    },
  );
}

/** Of each label of `a`, its place in `b`. */
function labelOrder(a: Answers, b: Answers): number[] {
  const order = a.labels.map((label) => b.labels.indexOf(label));
  const onlyA = a.labels.filter((label) => !b.labels.includes(label));
  const onlyB = b.labels.filter((label) => !a.labels.includes(label));
  if (onlyA.length === 0 && onlyB.length === 0) return order;
  const say = (labels: readonly string[]) => (labels.length > 0 ? labels.slice(0, 5).join(", ") : "none");
  throw new MaillardError(
    "LABEL_MISMATCH",
    `The runs tell different labels apart; only \`a\` has: ${say(onlyA)}; only \`b\` has: ${say(onlyB)}. ` +
      "Train both on the same ones (target, minClassSize).",
    { param: "b", details: { onlyA: onlyA.slice(0, 50), onlyB: onlyB.slice(0, 50) } },
  );
}

/** Places of the common molecules in both, in the order of `a`. */
function commonRows(a: AnsweredSplit, b: AnsweredSplit, split: SplitName): { rowsA: number[]; rowsB: number[] } {
  const nameOf = ({ compoundId, ordinal }: AnsweredSplit["rows"][number]) => `${compoundId} ${ordinal}`;
  const placeInB = new Map(b.rows.map((row, place) => [nameOf(row), place]));
  const rowsA = a.rows.flatMap((row, place) => (placeInB.has(nameOf(row)) ? [place] : []));
  if (rowsA.length > 0) return { rowsA, rowsB: rowsA.map((place) => placeInB.get(nameOf(a.rows[place])) as number) };
  throw new MaillardError(
    "NO_COMMON_MOLECULES",
    `No molecule is in the ${split} split of both runs. Give both the same split strategy, fractions and seed.`,
    { param: "split", details: { a: a.rows.length, b: b.rows.length } },
  );
}

/** The answers with their labels in another order. */
function inOrder(answers: Answers, labels: readonly string[], order: readonly number[]): Answers {
  const width = labels.length;
  const moved = <T extends Floats>(values: T): T => {
    const copy = values.slice() as T;
    for (let i = 0; i < copy.length; i++) copy[i] = values[i - (i % width) + order[i % width]];
    return copy;
  };
  const { task, outputs, truth, deviation } = answers;
  const placeOf = (old: number) => order.indexOf(old);
  return {
    ...answers,
    labels,
    outputs: moved(outputs),
    truth: task === "SINGLE_LABEL" ? Int32Array.from(truth, placeOf) : moved(truth as Floats),
    ...(deviation ? { deviation: order.map((old) => deviation[old]) } : {}),
  };
}

function checkTruth(a: Answers, b: Answers): void {
  const width = a.task === "SINGLE_LABEL" ? 1 : a.labels.length;
  const differing = new Set<number>();
  a.truth.forEach((value, i) => {
    if (!Object.is(value, b.truth[i])) differing.add(Math.floor(i / width));
  });
  if (differing.size === 0) return;
  throw new MaillardError(
    "LABEL_MISMATCH",
    `${differing.size} of ${a.molecules.length} common molecules were labelled differently when the runs ` +
      "were planned. Train both on the same labels.",
    { param: "b", details: { molecules: differing.size } },
  );
}
