/**
 * What an experiment asks of the server. Every run has an idempotency key made of its input: the same command
 * finds what is done and continues with the rest.
 */
import { createHash } from "node:crypto";
import { OPTIONS } from "../../train/options/table.js";
import { START_EMBEDDING, START_FINETUNE, START_PROBE } from "../documents/run.js";
import { SEPARATION } from "../documents/space.js";
import { CommandFailure } from "../failure.js";
import { nameStem } from "../flags/run-name.js";
import { followRun } from "../follow/watch-run.js";
import type { ColorRules, DatasetQuery, StartFinetuneInput, StartProbeInput } from "../generated/graphql.js";
import type { FinishedRun } from "../reports/run-report.js";
import type { Session } from "../session.js";
import { FOODB, PUBLISHED_SELECTION } from "./published.js";
import type { ExperimentOptions, Recipe, Separation } from "./types.js";

/** After Ctrl-C: finished runs are kept on the server, and the current one continues there. */
export class Interrupted extends Error {}

/** Molecules that the separation of classes is measured on, at most; of more, a stratified sample. */
const SEPARATED = 1_000;

/** The dataset as it is now: after it has grown, other runs are started. */
type Data = Pick<NonNullable<DatasetQuery["dataset"]>, "size" | "labelSets">;

/** A model as it is now: when its name gets other weights, other runs are started. */
export interface Weights {
  name: string;
  checksum: string;
}

export async function embed(
  session: Session,
  { name: model, checksum }: Weights,
  options: ExperimentOptions,
  { size }: Data,
): Promise<void> {
  const { name, status, error } = await ended(session, async (attempt) => {
    const idempotencyKey = keyOf(options, ["embed", model, checksum, size], attempt);
    const input = { model, dataset: options.dataset, idempotencyKey };
    return (await session.client.execute(START_EMBEDDING, { input })).startEmbedding.run;
  });
  if (status === "SUCCEEDED") return;
  const { code = "FAILED", message = status } = error ?? {};
  throw new CommandFailure(code, `The run ${name} made no embeddings: ${message}`);
}

/** What is learned, of which molecules. */
export interface LearningRequest {
  dataset: Data;
  target: string;
  /** As the options have it, or another one to compare with: then its name is part of the run's. */
  split?: ExperimentOptions["split"];
}

export async function finetune(
  session: Session,
  options: ExperimentOptions,
  { base, recipe, ...request }: LearningRequest & { base: Weights; recipe: Recipe },
): Promise<FinishedRun> {
  const { split, counts, rules, nameOf } = learning(options, request);
  const wanted = {
    baseModel: options.base,
    dataset: options.dataset,
    target: request.target,
    seed: options.seed,
    ...recipe.settings,
    ...(options.epochs === undefined ? {} : { epochs: options.epochs }),
    ...rules,
    split,
  };
  return ended(session, async (attempt) => {
    const key = keyOf(options, ["finetune", base.checksum, wanted, request.dataset.size, counts], attempt);
    // Not a part of the key: all that a recipe decides is named, and finetunes of earlier versions are found.
    const input: StartFinetuneInput = { ...wanted, recipe: "PUBLISHED", name: nameOf(key, ""), idempotencyKey: key };
    return (await session.client.execute(START_FINETUNE, { input })).startFinetune.run;
  });
}

/** A linear layer on fingerprints of the molecules that a finetune of the same request learns from. */
export async function fingerprints(
  session: Session,
  options: ExperimentOptions,
  request: LearningRequest,
): Promise<FinishedRun> {
  const { split, counts, rules, nameOf } = learning(options, request);
  const wanted = {
    baseModel: options.base,
    dataset: options.dataset,
    target: request.target,
    seed: options.seed,
    ...rules,
    split,
    features: "MORGAN_FINGERPRINT" as const,
  };
  return ended(session, async (attempt) => {
    const key = keyOf(options, ["fingerprints", wanted, request.dataset.size, counts], attempt);
    const input: StartProbeInput = { ...wanted, name: nameOf(key, "-fingerprint"), idempotencyKey: key };
    return (await session.client.execute(START_PROBE, { input })).startProbe.run;
  });
}

/** What runs on the same molecules share; and the name of one that has this key. */
function learning(options: ExperimentOptions, { dataset, target, split = options.split }: LearningRequest) {
  const { strategy, column } = split;
  const { onOverlap } = options;
  const stem = split === options.split ? target : `${target}-${strategy.toLowerCase()}`;
  return {
    split: { strategy, ...(column ? { column } : {}) },
    counts: dataset.labelSets.find(({ name }) => name === target)?.counts,
    rules: { ...rulesOf(options, target), ...(onOverlap && split === options.split ? { onOverlap } : {}) },
    nameOf: (key: string, kind: string): string =>
      `${nameStem(`${options.dataset}-${stem}`, 55 - kind.length, "experiment")}${kind}-${key.slice(-6)}`,
  };
}

/** Error codes of runs that may succeed when they are repeated. */
const MAY_PASS: readonly string[] = [
  "COMPUTE_CRASHED",
  "DEVICE_UNAVAILABLE",
  "DISK_FULL",
  "TIMEOUT",
  "DATABASE_UNAVAILABLE",
  "INTERNAL",
];
const MOST_ATTEMPTS = 50;

/** The requested run, at its end. One that had been cancelled or had failed before is started again. */
async function ended(
  session: Session,
  ask: (attempt: number) => Promise<{ id: string; name: string; status: string }>,
): Promise<FinishedRun> {
  for (let attempt = 0; ; attempt++) {
    const run = await ask(attempt);
    const finished = await followRun(session, run);
    if (!finished) throw new Interrupted();
    const wasOver = run.status === "CANCELLED" || run.status === "FAILED";
    const mayPass = run.status === "CANCELLED" || MAY_PASS.includes(finished.error?.code ?? "");
    if (!wasOver || !mayPass || attempt >= MOST_ATTEMPTS) return finished;
  }
}

/** Of the molecules in the run's test split; in words why not where there are too few of them. */
export async function separate(
  session: Session,
  options: ExperimentOptions,
  { run, target, models, classes }: { run: string; target: string; models: string[]; classes: string[] },
): Promise<Separation | string> {
  try {
    const variables = {
      models,
      dataset: options.dataset,
      labelSet: target,
      classes,
      run,
      split: ["TEST" as const],
      pooling: "CLS" as const,
      sample: SEPARATED,
      neighbours: 5,
      seed: options.seed,
    };
    return (await session.client.execute(SEPARATION, variables)).separation;
  } catch (error) {
    if (error instanceof CommandFailure && error.code === "TOO_FEW_CLASSES") return error.message;
    throw error;
  }
}

/** The user's rules; of FooDB's label sets, where the user has none, those of the published analysis. */
function rulesOf({ dataset, rules }: ExperimentOptions, target: string): ExperimentOptions["rules"] {
  const given = Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined));
  return Object.keys(given).length === 0 && dataset === FOODB ? (PUBLISHED_SELECTION[target] ?? {}) : given;
}

/** The same rules for the colours of a drawing, with the finetune's own default; null: every value has one. */
export function colorRulesOf(options: ExperimentOptions, target: string): ColorRules | null {
  const { minClassSize, maxClassSize, topClasses } = rulesOf(options, target);
  if (minClassSize === undefined && maxClassSize === undefined && topClasses === undefined) return null;
  return {
    minCount: minClassSize ?? OPTIONS.minClassSize.service.default,
    maxCount: maxClassSize ?? null,
    first: topClasses ?? null,
  };
}

/** Equal for equal requests, so that earlier work is found. `attempt`: from 0. */
const keyOf = ({ dataset }: ExperimentOptions, request: unknown, attempt: number): string =>
  `experiment-${createHash("sha256")
    .update(JSON.stringify([dataset, request, attempt]))
    .digest("hex")
    .slice(0, 32)}`;
