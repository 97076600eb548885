/**
 * The experiment, step by step through the API:
 *   embeddings of the base model -> for each target: PCA before, finetune, curves, scores, embeddings of the finetuned model,
 *   PCA of the test molecules -> report
 * Every run has an idempotency key made of what was asked for: the same command goes on where it was interrupted, and what
 * is finished is not done again. Interrupted by Ctrl-C, the run under way goes on on the server.
 */
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { confusionFigure } from "../../analysis/figures/index.js";
import { Narrator } from "../demo/narrator.js";
import { neighbourAgreement } from "../demo/neighbours.js";
import { DATASET, PROJECTION } from "../documents/dataset.js";
import { EXPERIMENT_MODEL, EXPERIMENT_RUN } from "../documents/experiment.js";
import { RUN_CURVES, START_EMBEDDING, START_FINETUNE } from "../documents/run.js";
import { HEALTH } from "../documents/server.js";
import { CommandFailure, EXIT } from "../failure.js";
import type { DatasetQuery, ProjectionQueryVariables, StartFinetuneInput } from "../generated/graphql.js";
import { drawCurves } from "../run-curves.js";
import { nameStem } from "../run-name.js";
import type { Session } from "../session.js";
import { percent } from "../table.js";
import { type FinishedRun, followRun } from "../watch-run.js";
import { htmlReport } from "./html.js";
import { FOODB, PUBLISHED_SELECTION } from "./published.js";
import { recipeFor } from "./recipe.js";
import { markdownReport } from "./report.js";
import type { Chapter, Experiment, ExperimentOptions, Figure, Recipe } from "./types.js";

const SIZE = { width: 900, height: 560 };

/** Ctrl-C came: what is finished is kept on the server. */
class Interrupted extends Error {}

/** Null when it was interrupted: the same command goes on. */
export async function conduct(session: Session, options: ExperimentOptions): Promise<Experiment | null> {
  const narrator = new Narrator(session.terminal);
  try {
    const experiment = await conductSteps(session, options, narrator);
    await writeReport(experiment, options.output);
    return experiment;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    session.exitCode = EXIT.interrupted;
    session.terminal.err("Interrupted: the run under way goes on on the server. The same command goes on from there.");
    return null;
  }
}

async function conductSteps(session: Session, options: ExperimentOptions, narrator: Narrator): Promise<Experiment> {
  const { client } = session;
  const [{ dataset }, { model: base }, { health }] = await Promise.all([
    client.execute(DATASET, { name: options.dataset }),
    client.execute(EXPERIMENT_MODEL, { name: options.base }),
    client.execute(HEALTH, {}),
  ]);
  if (!dataset) throw missing("dataset", options.dataset, "npx maillard datasets");
  if (!base) throw missing("model", options.base, "npx maillard models");
  const recipe = recipeFor(base);
  narrator.chapter(`${dataset.name}: ${dataset.size.toLocaleString("en-US")} molecules, embedded by ${base.name}`);
  await embed(session, base.name, options);
  const chapters: Chapter[] = [];
  for (const target of options.targets) {
    narrator.chapter(`${target}: before, finetune, after`);
    const chapter = await conductTarget(session, options, { dataset, target, recipe, narrator });
    chapters.push(chapter);
  }
  return {
    dataset: { name: dataset.name, size: dataset.size, source: dataset.source },
    base: { ...base, parameters: base.parameterCount },
    ...{ recipe, options, chapters, version: health.version, finishedAt: new Date() },
  };
}

interface Step {
  dataset: NonNullable<DatasetQuery["dataset"]>;
  target: string;
  recipe: Recipe;
  narrator: Narrator;
}

async function conductTarget(session: Session, options: ExperimentOptions, step: Step): Promise<Chapter> {
  const { client } = session;
  const { dataset, target, narrator } = step;
  const set = dataset.labelSets.find(({ name }) => name === target);
  if (!set) throw missing("label set", target, `npx maillard datasets (those of ${dataset.name} are listed there)`);
  const colorBy = set.kind === "NUMBER" ? null : target;
  const project = async (changes: Partial<ProjectionQueryVariables> & { model: string }) => {
    const variables = { dataset: dataset.name, colorBy, ...SIZE, ...changes };
    return (await client.execute(PROJECTION, variables)).projection;
  };
  const file = (name: string): string => `${target.replace(/[^A-Za-z0-9._-]+/g, "-")}-${name}.svg`;

  const before = await project({ model: options.base });
  narrator.answer(`PCA of ${before.points.length} molecules by ${options.base}: ${variance(before)}`);
  const finished = await finetune(session, options, step);
  const { model, evaluation: test } = finished;
  if (finished.status !== "SUCCEEDED" || !model) {
    const { code = "FAILED", message = finished.status } = finished.error ?? {};
    throw new CommandFailure(code, `The finetune ${finished.name} made no model: ${message}`);
  }
  await embed(session, model.name, options);
  // A library of a few molecules may have none to test on: then all of them are drawn, and it is said.
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
  if (colorBy)
    narrator.answer(
      `neighbours in the plane agree: ${percent(neighbours.before)} before, ${percent(neighbours.after)} after`,
    );
  const confusion: Figure | null =
    test && test.confusionMatrix.length > 0
      ? {
          file: file("confusion"),
          svg: confusionFigure(test as unknown as Parameters<typeof confusionFigure>[0]),
          caption: `Confusion matrix on the ${test.count} test molecules; rows are the true classes.`,
        }
      : null;
  const { startedAt, finishedAt } = finished;
  return {
    target,
    counts: set.counts,
    run: {
      ...{ name: finished.name, id: finished.id, model: model.name, warnings: finished.warnings },
      splitSizes: finished.splitSizes,
      seconds: startedAt && finishedAt ? (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 : null,
      environment: environmentOf(details.environment),
    },
    ...{ validation: details.evaluation, test, neighbours },
    figures: {
      before: {
        ...{ file: file("before"), svg: before.svg },
        caption: `All ${before.points.length} molecules by ${options.base}, before it saw a label: ${variance(before)}.`,
      },
      curves: {
        ...{ file: file("curves"), svg: await drawCurves(finished, measured) },
        caption: `Loss on training and validation molecules, and scores on validation molecules, by epoch.`,
      },
      confusion,
      after: {
        ...{ file: file("after"), svg: after.svg },
        caption: `${isHeldOut ? `The ${after.points.length} test molecules` : `All ${after.points.length} molecules (none was held out)`} by ${model.name}, ${isHeldOut ? "axes fitted on the training molecules: " : ""}${variance(after)}.`,
      },
    },
  };
}

async function embed(session: Session, model: string, options: ExperimentOptions): Promise<void> {
  const input = { model, dataset: options.dataset, idempotencyKey: keyOf(options, ["embed", model]) };
  const { run } = (await session.client.execute(START_EMBEDDING, { input })).startEmbedding;
  if (run.status === "SUCCEEDED") return;
  await followed(session, run);
}

async function finetune(session: Session, options: ExperimentOptions, { target, recipe }: Step): Promise<FinishedRun> {
  const { strategy, column } = options.split;
  const wanted = {
    ...{ baseModel: options.base, dataset: options.dataset, target, seed: options.seed, ...recipe.settings },
    ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
    ...rulesOf(options, target),
    split: { strategy, ...(column ? { column } : {}) },
  };
  const key = keyOf(options, ["finetune", wanted]);
  const input: StartFinetuneInput = {
    ...wanted,
    name: `${nameStem(`${options.dataset}-${target}`, 55, "experiment")}-${key.slice(-6)}`,
    idempotencyKey: key,
  };
  const { run } = (await session.client.execute(START_FINETUNE, { input })).startFinetune;
  return followed(session, run);
}

/** The user's rules; of FooDB's label sets, where the user has none, those of the published analysis. */
function rulesOf({ dataset, rules }: ExperimentOptions, target: string): ExperimentOptions["rules"] {
  const given = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
  return Object.keys(given).length === 0 && dataset === FOODB ? (PUBLISHED_SELECTION[target] ?? {}) : given;
}

async function followed(session: Session, run: { id: string; name: string }): Promise<FinishedRun> {
  const finished = await followRun(session, run);
  if (finished) return finished;
  throw new Interrupted();
}

/** The same for the same wish: what was done is found again. */
const keyOf = ({ dataset }: ExperimentOptions, wish: unknown): string =>
  `experiment-${createHash("sha256")
    .update(JSON.stringify([dataset, wish]))
    .digest("hex")
    .slice(0, 32)}`;

async function writeReport(experiment: Experiment, output: string): Promise<void> {
  await mkdir(output, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(
      "BAD_INPUT",
      `The folder ${output} cannot be made (${error.code}); choose another --output.`,
    );
  });
  for (const { figures } of experiment.chapters)
    for (const figure of Object.values(figures)) if (figure) await writeFile(join(output, figure.file), figure.svg);
  await writeFile(join(output, "report.md"), `${markdownReport(experiment)}\n`);
  await writeFile(join(output, "report.html"), htmlReport(experiment));
}

export const writtenFiles = (output: string): string[] =>
  ["report.html", "report.md"].map((name) => relative(process.cwd(), join(output, name)));

const said = ({ name, value }: { name: string; value: number | null }): string =>
  ["accuracy", "macroF1", "rocAuc", "rmse", "r2"].includes(name) && value !== null ? `${name} ${value.toFixed(3)}` : "";

function environmentOf(environment: unknown): string {
  const known = (environment ?? {}) as Record<string, unknown>;
  const parts = Object.entries(known).map(
    ([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`,
  );
  return parts.length > 0 ? `Trained with: ${parts.join(", ")}.` : "";
}

const variance = ({ explainedVarianceRatio: [first, second] }: { explainedVarianceRatio: readonly number[] }): string =>
  `PC 1 and PC 2 explain ${percent(first)} and ${percent(second)} of the variance`;

const missing = (what: string, name: string, list: string): CommandFailure =>
  new CommandFailure("NOT_FOUND", `There is no ${what} ${JSON.stringify(name)} on the server. List them with: ${list}`);
