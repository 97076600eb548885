/**
 * One target of an experiment, step by step through the API: PCA before, finetune, curves, scores and their details,
 * fingerprints on the same molecules, embeddings of the finetuned model, PCA of the test molecules, how the classes
 * separate, and the same finetune on rows.
 */

import { nearest } from "../../datasets/names/patterns.js";
import { PROJECTION } from "../documents/dataset.js";
import { EXPERIMENT_RUN } from "../documents/experiment.js";
import { RUN_CURVES } from "../documents/run.js";
import { CommandFailure, EXIT } from "../failure.js";
import type { DatasetQuery, ProjectionQueryVariables } from "../generated/graphql.js";
import type { Narrator } from "../output/narrator.js";
import { percent } from "../output/table.js";
import { neighbourAgreement } from "../reports/neighbour-agreement.js";
import { drawCurves } from "../reports/run-curves.js";
import type { FinishedRun } from "../reports/run-report.js";
import type { Session } from "../session.js";
import { baselineOf, headNumbers, testOf } from "./baseline.js";
import { rowSplitOf } from "./published.js";
import { colorRulesOf, embed, finetune, separate, type Weights } from "./requests.js";
import type { Behind, Chapter, ExperimentOptions, Figure, Recipe } from "./types.js";

const SIZE = { width: 900, height: 560 };

export interface Step {
  dataset: NonNullable<DatasetQuery["dataset"]>;
  base: Weights;
  target: string;
  recipe: Recipe;
  narrator: Narrator;
  /** Prefix of the names of its figures, unique among the chapters. */
  stem: string;
}

export async function conductTarget(session: Session, options: ExperimentOptions, step: Step): Promise<Chapter> {
  const { client } = session;
  const { dataset, target, narrator } = step;
  const set = dataset.labelSets.find(({ name }) => name === target);
  if (!set) throw missingTarget(dataset, target);
  const colorBy = set.kind === "NUMBER" ? null : target;
  const colorRules = colorBy ? colorRulesOf(options, target) : null;
  const project = async (changes: Partial<ProjectionQueryVariables> & { model: string }) => {
    const variables = { dataset: dataset.name, colorBy, colorRules, ...SIZE, ...changes };
    return (await client.execute(PROJECTION, variables)).projection;
  };

  const before = await project({ model: options.base });
  narrator.answer(`PCA of ${before.points.length} molecules by ${options.base}: ${variance(before)}`);
  const finished = succeeded(await finetune(session, options, step));
  const { model, evaluation: test } = finished;
  await embed(session, model, options, dataset);
  // A library of a few molecules may have no test molecule: then all are drawn, as the caption says.
  const isHeldOut = finished.splitSizes.some(({ split, count }) => split === "TEST" && count > 0);
  const heldOut: Partial<ProjectionQueryVariables> = isHeldOut
    ? { run: finished.id, split: ["TEST"], fitOn: ["TRAIN"] }
    : {};
  const [after, same, { run: measured }, { run: details }] = await Promise.all([
    project({ model: model.name, ...heldOut }),
    project({ model: options.base, ...heldOut }),
    client.execute(RUN_CURVES, { id: finished.id }),
    client.execute(EXPERIMENT_RUN, { id: finished.id }),
  ]);
  if (!measured || !details) throw missing("run", finished.name, "npx maillard runs");
  const neighbours = { before: neighbourAgreement(same.points), after: neighbourAgreement(after.points) };
  if (test) narrator.answer(`test, ${test.count} molecules: ${test.scores.map(said).filter(Boolean).join(", ")}`);
  const baseline = await baselineOf(session, options, { dataset, target }, finished);
  const fitted = testOf(baseline);
  if (fitted) narrator.answer(`fingerprints, linear, on the same molecules: ${headNumbers(fitted)}`);
  // Not of fewer than two molecules that have a class.
  if (colorBy && Number.isFinite(neighbours.before + neighbours.after))
    narrator.answer(
      `neighbours in the plane agree: ${percent(neighbours.before)} before, ${percent(neighbours.after)} after`,
    );
  const separation =
    colorBy && test && isHeldOut
      ? await separate(session, options, {
          run: finished.id,
          target,
          classes: [...test.labels],
          models: [options.base, model.name],
        })
      : null;
  const { startedAt, finishedAt } = finished;
  const figure = figuresOf(step.stem);
  return {
    target,
    counts: set.counts,
    run: {
      name: finished.name,
      id: finished.id,
      model: model.name,
      warnings: finished.warnings,
      splitSizes: finished.splitSizes,
      seconds: startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null,
      environment: environmentOf(details.environment),
    },
    validation: details.evaluation,
    test,
    behind: details.test,
    baseline,
    neighbours,
    separation,
    comparison: await compareRows(session, options, step, set.kind),
    figures: {
      before: figure(
        "before",
        before.svg,
        `All ${before.points.length} molecules by ${options.base}, before this finetune: ${variance(before)}.`,
      ),
      curves: figure(
        "curves",
        await drawCurves(finished, measured),
        "Loss on training and validation molecules, and scores on validation molecules, by epoch.",
      ),
      after: figure(
        "after",
        after.svg,
        isHeldOut
          ? `The ${after.points.length} test molecules by ${model.name}, axes fitted on the training molecules: ` +
              `${variance(after)}.`
          : `All ${after.points.length} molecules (none was held out) by ${model.name}, ${variance(after)}.`,
      ),
      ...evaluationFigures(figure, details.test, test?.count ?? 0),
    },
  };
}

/** The same finetune on the published split of rows; null when it is not requested, or the same. */
async function compareRows(
  session: Session,
  options: ExperimentOptions,
  step: Step,
  kind: string,
): Promise<Chapter["comparison"]> {
  if (!options.rowSplit) return null;
  const flavored = step.target !== "flavor" && step.dataset.labelSets.some(({ name }) => name === "flavor");
  const other = rowSplitOf(options, { kind, flavored });
  if (!other) return null;
  step.narrator.answer(`once more on split ${other.split.strategy}, to compare: ${other.why}`);
  try {
    const { dataset, target } = step;
    const { name, evaluation, id } = succeeded(await finetune(session, options, { ...step, split: other.split }));
    // A split of rows has no reliable score, for any model.
    const baseline =
      other.split.strategy === "ROW"
        ? null
        : await baselineOf(session, options, { dataset, target, split: other.split }, { id, evaluation });
    return { ...other, made: { run: name, test: evaluation, fingerprints: testOf(baseline) } };
  } catch (error) {
    // A few molecules may not bear this split: the report is about the other one.
    if (error instanceof CommandFailure && error.exitCode === EXIT.failed) return { ...other, made: error.message };
    throw error;
  }
}

function succeeded(run: FinishedRun): FinishedRun & { model: NonNullable<FinishedRun["model"]> } {
  const { name, status, error, model } = run;
  if (status === "SUCCEEDED" && model) return { ...run, model };
  const { code = "FAILED", message = status } = error ?? {};
  throw new CommandFailure(code, `The finetune ${name} made no model: ${message}`);
}

type Draw = (name: string, svg: string, caption: string) => Figure;

const figuresOf =
  (stem: string): Draw =>
  (name, svg, caption) => ({ file: `${stem}-${name}.svg`, svg, caption });

/**
 * For each target, what the names of its files begin with: no two the same, also where A.svg and a.svg are one file.
 */
export function figureStems(targets: readonly string[]): string[] {
  const taken = new Set<string>();
  return targets.map((target) => {
    const plain = target.replace(/[^A-Za-z0-9._-]+/g, "-");
    let stem = plain;
    for (let n = 2; taken.has(stem.toLowerCase()); n++) stem = `${plain}-${n}`;
    taken.add(stem.toLowerCase());
    return stem;
  });
}

function evaluationFigures(draw: Draw, behind: Behind | null, count: number) {
  const drawn = (name: string, svg: string | null | undefined, caption: string): Figure | null =>
    svg ? draw(name, svg, caption) : null;
  return {
    confusion: drawn(
      "confusion",
      behind?.confusion,
      `Confusion matrix on the ${count} test molecules; rows are the true classes.`,
    ),
    calibration: drawn(
      "calibration",
      behind?.calibration,
      "Calibration on the test molecules: how sure the model was, against how often it was right.",
    ),
    predictedTrue: drawn(
      "predicted-true",
      behind?.predictedTrue,
      "Predicted against true values of the test molecules.",
    ),
    mistakes: (behind?.mistakes ?? []).map(({ compound }, index) =>
      draw(`mistake-${index + 1}`, compound.svg, compound.name ?? compound.smiles),
    ),
  };
}

const said = ({ name, value }: { name: string; value: number | null }): string =>
  ["accuracy", "macroF1", "rocAuc", "rmse", "r2"].includes(name) && value !== null ? `${name} ${value.toFixed(3)}` : "";

function environmentOf(environment: unknown): string {
  const known = (environment ?? {}) as Record<string, unknown>;
  const parts = Object.entries(known).flatMap(([name, value]) => (value === null ? [] : [`${name} ${value}`]));
  return parts.length > 0 ? `Trained with: ${parts.join(", ")}.` : "";
}

const variance = ({ explainedVarianceRatio: [first, second] }: { explainedVarianceRatio: readonly number[] }): string =>
  `PC 1 and PC 2 explain ${percent(first)} and ${percent(second)} of the variance`;

export function missingTarget({ name, labelSets }: Step["dataset"], target: string): CommandFailure {
  const near = nearest(
    target,
    labelSets.map((set) => set.name),
  );
  const list = `npx maillard datasets (those of ${name} are listed there; the nearest: ${near.join(", ") || "none"})`;
  return missing("label set", target, list);
}

export const missing = (what: string, name: string, list: string): CommandFailure =>
  new CommandFailure("NOT_FOUND", `There is no ${what} ${JSON.stringify(name)} on the server. List them with: ${list}`);
