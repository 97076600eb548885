/**
 * New runs that are made of another one.
 *   clone     the same input, with changes: what is not named is as it was, also what the recipe AUTO had decided
 *   continue  trains the model of a finetune further, on the same molecules: each stays in the split that it was in, or
 *             molecules that the model was trained on would come into the test split and be scored as if they were new
 */
import type { ComputePool } from "../../compute/types.js";
import { MaillardError } from "../../errors.js";
import { noRun } from "../../store/find.js";
import type { Dataset, Model, Run } from "../../store/generated/client.js";
import { RECIPE_OPTIONS } from "../../train/options/recipes.js";
import { LABEL_OPTIONS, SERVICE_OPTIONS, type ServiceOption } from "../../train/options/table.js";
import type { RunRequest } from "../insert.js";
import { evaluationOrder, orderEvaluation } from "../orders/evaluation-order.js";
import { type InputHashes, inputHashes } from "../orders/identity.js";
import { type FinetuneInput, type FinetuneOrder, invalid, orderEmbedding, orderFinetune } from "../orders/input.js";
import { orderPrediction, predictionOrder } from "../orders/prediction-order.js";
import { orderProbe, type PlannedProbe } from "../orders/probe-order.js";
import { orderProjection, projectionOrder } from "../orders/projection-order.js";
import { embeddingOrder, settingsOf } from "../orders/stored.js";
import { withoutPatterns, withPatterns } from "../orders/target-patterns.js";
import {
  type Prepared,
  prepareEmbedding,
  prepareEvaluation,
  prepareFinetune,
  preparePrediction,
  prepareProbe,
  prepareProjection,
} from "../prepare.js";
import { askedBefore, startRun } from "../start.js";
import type { VerbParts } from "../verbs.js";
import { prepareContinued } from "./continued.js";

export interface AgainParts extends VerbParts {
  compute: ComputePool;
}

/** Absent: as it was. Null: the default of the option. */
export type Changes = {
  [K in ServiceOption | "name" | "baseModel" | "dataset" | "target" | "targets" | "split"]?: unknown;
} & {
  idempotencyKey?: string | null;
};

export interface Again {
  run: Run;
  /** Options that were named and are not what they were. */
  changed: string[];
  /** Options that the recipe AUTO had decided of the other run, which this one has as they were decided. */
  kept: string[];
}

type Origin = Run & { dataset: Dataset; baseModel: Model | null };

async function findOrigin({ store }: AgainParts, id: string): Promise<Origin> {
  const run = await store.prisma.run.findUnique({ where: { id }, include: { dataset: true, baseModel: true } });
  if (!run) throw noRun("id");
  return run;
}

const notCloned = ({ name, kind }: Run): MaillardError =>
  new MaillardError("CONFLICT", `The run ${name} (${kind}) cannot be cloned: start another one.`, {
    param: "id",
    details: { kind },
  });

/** NOT_FOUND, CONFLICT, and the codes of the start of its kind. */
export async function cloneRun(parts: AgainParts, id: string, changes: Changes): Promise<Again> {
  const origin = await findOrigin(parts, id);
  const { hashes, prepare } = await orderedAgain(parts, origin, changes);
  return started(parts, origin, changes, { kind: "CLONE", hashes, prepare });
}

/**
 * A finetune that starts from the model of a SUCCEEDED one, with its head, the same molecules in the same splits, and a
 * fresh optimizer and schedule. NOT_FOUND, INVALID_CONFIG; CONFLICT for another run, and where its model was
 * deleted.
 */
export async function continueRun(parts: AgainParts, id: string, changes: Changes): Promise<Again> {
  const { store, compute } = parts;
  const origin = await findOrigin(parts, id);
  const model = origin.modelId && (await store.prisma.model.findUnique({ where: { id: origin.modelId } }));
  if (origin.kind !== "FINETUNE" || !model)
    throw new MaillardError(
      "CONFLICT",
      `The run ${origin.name} (${origin.kind}, ${origin.status}) has no model to train further: only a finetune that ` +
        "has SUCCEEDED, and whose model is still there, goes on.",
      { param: "id", details: { kind: origin.kind, status: origin.status } },
    );
  for (const option of [...LABEL_OPTIONS, "baseModel", "dataset", "target", "targets", "split"] as const)
    if ((changes[option] ?? null) !== null)
      throw invalid(option, changes[option], "left out: a run that goes on has the molecules and labels of the other");
  if ((changes.epochs ?? null) === null)
    throw invalid("epochs", changes.epochs ?? null, "given: how many epochs it goes on for");
  if (changes.randomInitialWeights === true)
    throw invalid("randomInitialWeights", true, "false: it starts from the weights of the other run");
  // A limit in steps would count more than the epochs.
  const maxSteps = changes.maxSteps ?? null;
  const order = finetuneOf({ ...origin, baseModel: model }, { ...changes, maxSteps, randomInitialWeights: false });
  // Another request than a finetune of the same options, whose molecules are dealt anew.
  const own = `${inputHashes("FINETUNE", order).own} continues ${origin.id}`;
  return started(parts, origin, changes, {
    kind: "CONTINUE",
    hashes: { own, earlier: own },
    prepare: () => prepareContinued(store, compute, order, { runId: origin.id, model, dataset: origin.dataset }),
  });
}

interface Ordered {
  hashes: InputHashes;
  prepare(): Promise<Prepared>;
}

async function started(
  parts: AgainParts,
  origin: Origin,
  changes: Changes,
  { kind, hashes, prepare }: Ordered & { kind: NonNullable<RunRequest["origin"]>["kind"] },
): Promise<Again> {
  const { priority, description, tags } = origin;
  const made = { origin: { id: origin.id, kind }, annotations: { priority, description, tags } };
  const run = await startRun(parts, changes.idempotencyKey, hashes, async () => ({ ...(await prepare()), ...made }));
  const [before, after] = [settingsOf(origin), settingsOf(run)];
  const isSame = (name: string): boolean => JSON.stringify(before[name]) === JSON.stringify(after[name]);
  const named = SERVICE_OPTIONS.filter((name) => name in after);
  const { options = [] } = (before.recipeChoice ?? {}) as { options?: string[] };
  return {
    run,
    changed: [...named, "baseModel", "model", "dataset", "targets", "split"].filter((name) => !isSame(name)),
    kept: options.filter((name) => isSame(name) && !(name in changes && changes[name as ServiceOption] !== undefined)),
  };
}

/** The input of a kind that learns, as it was, under the names that its model and dataset have now. */
function learned(origin: Origin, changes: Changes): FinetuneInput {
  const before = settingsOf(origin);
  const { strategy, fractions, column } = before.split as FinetuneOrder["split"];
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const { target, targets } = changes;
  const named = (target ?? targets ?? null) !== null;
  // Where another recipe is named, it decides what recipes decide.
  const isOther = (changes.recipe ?? before.recipe) !== before.recipe;
  const decided: readonly string[] = isOther ? RECIPE_OPTIONS : [];
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => !decided.includes(name)));
  return {
    ...kept,
    dataset: origin.dataset.name,
    baseModel: (origin.baseModel as Model).name,
    split: { strategy, fractions, column: strategy === "COLUMN" || strategy === "ROW" ? column : null },
    ...given,
    target: named ? (target as string | null) : null,
    targets: named ? (targets as string[] | null) : (before.targets as string[]),
  } as unknown as FinetuneInput;
}

function finetuneOf(origin: Origin, changes: Changes): FinetuneOrder {
  const order = orderFinetune(withName(learned(origin, changes), changes));
  const before = settingsOf(origin).split as FinetuneOrder["split"];
  // Of a run of a group: its own split seed, and its fold.
  return (changes.split ?? null) === null ? { ...order, split: before } : order;
}

function withName<T extends { name: string }>(input: T, { name }: Changes): T {
  if (typeof name !== "string") throw invalid("name", name ?? null, "the name of the new run and of its model");
  return { ...input, name };
}

async function orderedAgain(parts: AgainParts, origin: Origin, changes: Changes): Promise<Ordered> {
  const { store, compute } = parts;
  const { kind, input } = origin;
  if (!origin.baseModel) throw notCloned(origin);
  const simple = { model: named(changes.baseModel, origin.baseModel), dataset: named(changes.dataset, origin.dataset) };
  switch (kind) {
    case "FINETUNE": {
      const texts = await resolved(parts, origin, changes);
      const order = finetuneOf(origin, { ...changes, ...texts });
      const prepare = () => prepareFinetune(store, compute, withPatterns(order, texts));
      return { hashes: inputHashes("FINETUNE", order), prepare };
    }
    case "PROBE": {
      allow(kind, changes, [...LABEL_OPTIONS, "seed", "classWeights", ...LEARNED]);
      const texts = await resolved(parts, origin, changes);
      const all = { ...changes, ...texts };
      const { pooling, inverseRegularization, features } = settingsOf(origin) as unknown as PlannedProbe;
      const given = { ...withName(learned(origin, all), all), pooling, inverseRegularization };
      const order = orderProbe({ ...given, features: features ?? "EMBEDDING" });
      return { hashes: inputHashes("PROBE", order), prepare: () => prepareProbe(store, withPatterns(order, texts)) };
    }
    case "EMBEDDING": {
      allow(kind, changes, SUBJECTS);
      const order = orderEmbedding({ ...embeddingOrder(input), ...simple });
      return { hashes: inputHashes("EMBEDDING", order), prepare: () => prepareEmbedding(store, order) };
    }
    case "PREDICTION": {
      allow(kind, changes, SUBJECTS);
      const order = orderPrediction({ averageOver: predictionOrder(input).averageOver, ...simple });
      return { hashes: inputHashes("PREDICTION", order), prepare: () => preparePrediction(store, order) };
    }
    case "EVALUATION": {
      allow(kind, changes, [...SUBJECTS, "target", "targets"]);
      const { targets, part, averageOver } = evaluationOrder(input);
      const { target = null, targets: others = null } = changes as { target?: string; targets?: string[] };
      const sets = target !== null || others !== null ? { target, targets: others } : { targets };
      const order = orderEvaluation({ ...simple, ...sets, part, averageOver });
      return { hashes: inputHashes("EVALUATION", order), prepare: () => prepareEvaluation(store, order) };
    }
    case "PROJECTION": {
      allow(kind, changes, SUBJECTS);
      const order = orderProjection({ ...projectionOrder(input), ...simple });
      return { hashes: inputHashes("PROJECTION", order), prepare: () => prepareProjection(store, order) };
    }
    default:
      throw notCloned(origin);
  }
}

const SUBJECTS = ["baseModel", "dataset", "idempotencyKey"] as const;
const LEARNED = [...SUBJECTS, "name", "target", "targets", "split"] as const;

const named = (given: unknown, { name }: { name: string }): string => (typeof given === "string" ? given : name);

/** Patterns of label sets, of the dataset that is named or of the run's own. */
async function resolved(
  { store }: AgainParts,
  { dataset }: Origin,
  changes: Changes,
): Promise<Pick<FinetuneInput, "target" | "targets" | "patterns">> {
  if ((changes.target ?? changes.targets ?? null) === null) return {};
  const input = { ...changes, dataset: named(changes.dataset, dataset) } as unknown as FinetuneInput;
  const key = changes.idempotencyKey;
  const { target, targets, patterns } = await withoutPatterns(store, input, key, askedBefore(store));
  return { target, targets, ...(patterns ? { patterns } : {}) };
}

/** INVALID_CONFIG for an option that the kind does not have. */
function allow(kind: Run["kind"], changes: Changes, names: readonly string[]): void {
  for (const [name, value] of Object.entries(changes))
    if (value !== undefined && value !== null && !names.includes(name))
      throw invalid(name, value, `left out for a run of the kind ${kind}`);
}
