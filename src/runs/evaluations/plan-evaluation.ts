/**
 * Which molecules of a dataset a model is scored on: all that have a value of its label sets, or a part of them that a
 * column names. All of them are the split TEST of the run. What the model cannot answer is left out, and said:
 *   a class that it does not know    its molecules are not scored
 *   a label that it does not know    it is left out; its molecules stay
 */
import { MaillardError } from "../../errors.js";
import { findLabelSet } from "../../store/find.js";
import type { Dataset, Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { EvaluationOrder } from "../orders/evaluation-order.js";
import { splitsNamed } from "../plan/assign.js";
import { checkNumbers } from "../plan/number-targets.js";
import { readLabelled } from "../plan/plan.js";
import { type MeasuredMolecule, readMeasured } from "../plan/target.js";
import { labelsText, measuredText } from "../plan/taught.js";
import { checkNotEmpty, listed, type Molecule, type Plan, type Warning } from "../plan/types.js";
import { withScoreWarnings } from "../plan/warnings/score-warnings.js";
import type { Head } from "../predictions/head.js";
import { type MatchedTarget, matchTargets } from "./match-targets.js";

interface Subject {
  model: Pick<Model, "name" | "target">;
  head: Head;
  dataset: Dataset;
  order: EvaluationOrder;
}

export interface EvaluationPlan {
  plan: Plan;
  /** Names of the label sets. */
  targets: string[];
  /** Those that are scored, in the order of the dataset. */
  molecules: Molecule[];
}

/** A molecule with the text that its assignment keeps (taught.ts), and the names that are true of it. */
interface Truth {
  molecule: Molecule;
  label: string;
  names: readonly string[];
}

/** UNKNOWN_TARGET, TASK_MISMATCH, LABEL_MISMATCH, EMPTY_DATASET, INVALID_CONFIG. */
export async function planEvaluation(store: Store, subject: Subject): Promise<EvaluationPlan> {
  const { model, head, dataset, order } = subject;
  const target = await matchTargets(store, { model, head, dataset, targets: order.targets });
  const targets = target.sets.map(({ name }) => name);
  const warnings: Warning[] = [];
  const truths = await readTruths(store, subject, target, warnings);
  const molecules = truths.map(({ molecule }) => molecule);
  const counts = countsOf(truths.flatMap(({ names }) => names));
  const absent = head.labels.filter((label) => !counts.has(label));
  if (absent.length > 0)
    warnings.push({
      code: "CLASS_MISSING",
      message:
        `No ${head.task === "REGRESSION" ? "value" : "molecule"} of ${listed(absent)} is in the data: the scores say ` +
        `nothing about ${absent.length === 1 ? "it" : "them"}.`,
      details: { split: "TEST", classes: absent },
    });
  const plan: Plan = {
    task: head.task,
    assignments: truths.map(({ molecule: { memberId }, label }) => ({ memberId, split: "TEST", label })),
    warnings,
  };
  const said = {
    ...{ targets: head.labels, metric: null, isCheckpoint: false },
    ...{ ofRows: false, validationDecides: false },
  };
  return { plan: withScoreWarnings(plan, said), targets, molecules };
}

async function readTruths(store: Store, subject: Subject, target: MatchedTarget, warnings: Warning[]) {
  const { dataset, order } = subject;
  const named = { targets: target.sets.map(({ name }) => name) };
  const { part } = order;
  const column = part ? await findLabelSet(store, dataset, part.column, "part.column", "SINGLE_LABEL") : null;
  if (target.task === "SINGLE_LABEL") {
    const all = await readLabelled(store, target.sets[0].id, column?.id ?? null);
    checkNotEmpty(all, dataset, named);
    return knownClasses(ofPart(all, part, warnings), subject, named.targets[0], warnings);
  }
  const all = await readMeasured(store, target, column?.id ?? null);
  checkNotEmpty(all, dataset, named);
  const chosen = ofPart(all, part, warnings);
  if (!target.columns) return knownLabels(chosen, subject, named.targets[0], warnings);
  if (target.task === "REGRESSION")
    checkNumbers(
      chosen.map((molecule) => ({ molecule, split: "TEST" })),
      named.targets.length > 1 ? "targets" : "target",
    );
  return chosen.map((molecule): Truth => {
    const values = Object.entries(molecule.values).map(([name, value]) => [target.outputs.get(name) as string, value]);
    const isTrue = ([, value]: (string | number)[]): boolean => target.task === "REGRESSION" || value === 1;
    const names = values.filter(isTrue).map(([name]) => name as string);
    return { molecule, label: measuredText(Object.fromEntries(values)), names };
  });
}

/** INVALID_CONFIG for a value that names no split, EMPTY_DATASET where the part has no molecule. */
function ofPart<M extends Molecule>(molecules: M[], part: EvaluationOrder["part"], warnings: Warning[]): M[] {
  if (!part) return molecules;
  const without = molecules.filter(({ column }) => column === null).length;
  if (without > 0)
    warnings.push({
      code: "MOLECULES_WITHOUT_SPLIT",
      message: `${without} molecules have no value of ${part.column} and are left out.`,
      details: { count: without },
    });
  const { splitOf } = splitsNamed(molecules, part.column, "part.column");
  const own = molecules.filter(({ column }) => column !== null && splitOf.get(column) === part.split);
  if (own.length > 0) return own;
  throw new MaillardError("EMPTY_DATASET", `No labelled molecule is in the part ${part.split} of ${part.column}.`, {
    param: "part",
  });
}

function knownClasses(
  molecules: readonly (Molecule & { label: string })[],
  { model, head }: Subject,
  target: string,
  warnings: Warning[],
): Truth[] {
  const known = new Set(head.labels);
  const own = molecules.filter(({ label }) => known.has(label));
  const unknown = countsOf(molecules.flatMap(({ label }) => (known.has(label) ? [] : [label])));
  if (own.length === 0) throw nothingKnown(model.name, head, target, unknown);
  if (unknown.size > 0)
    warnings.push(unknownWarning(unknown, "classes", model.name, `${molecules.length - own.length} molecules of `));
  return own.map((molecule) => ({ molecule, label: molecule.label, names: [molecule.label] }));
}

function knownLabels(
  molecules: readonly MeasuredMolecule[],
  { model, head }: Subject,
  target: string,
  warnings: Warning[],
): Truth[] {
  const known = new Set(head.labels);
  const all = molecules.flatMap(({ values }) => Object.keys(values));
  const unknown = countsOf(all.filter((label) => !known.has(label)));
  if (!all.some((label) => known.has(label))) throw nothingKnown(model.name, head, target, unknown);
  if (unknown.size > 0) warnings.push(unknownWarning(unknown, "labels", model.name, ""));
  return molecules.map((molecule) => {
    const names = Object.keys(molecule.values)
      .filter((label) => known.has(label))
      .sort();
    return { molecule, label: labelsText(names), names };
  });
}

const unknownWarning = (
  counts: ReadonlyMap<string, number>,
  what: "classes" | "labels",
  model: string,
  left: string,
): Warning => ({
  code: "UNKNOWN_CLASSES",
  message:
    `${left}${counts.size} ${what} that ${model} does not know are not scored: ` +
    `${listed([...counts].map(([name, count]) => `${name} (${count})`))}.`,
  details: { classes: Object.fromEntries(counts) },
});

const nothingKnown = (model: string, { labels }: Head, target: string, counts: ReadonlyMap<string, number>) =>
  new MaillardError(
    "LABEL_MISMATCH",
    `${model} knows none of the values of ${target}: it answers ${listed(labels)}; the data have ` +
      `${listed([...counts.keys()])}. Name another label set with \`target\`.`,
    { param: "target", details: { model: labels.slice(0, 50), data: [...counts.keys()].slice(0, 50) } },
  );

/** Most frequent first. */
function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));
}
