/**
 * A request for a sweep: one finetune for each combination of the options that are searched. All have the same split
 * and, unless it is searched, the same seed. The options of every trial are checked before anything is written.
 */
import { checkName } from "../../../datasets/request.js";
import { MaillardError } from "../../../errors.js";
import { DEFAULT_METRIC, METRICS, streamedMetrics, type TrainingTask } from "../../../scores/metrics.js";
import { accepts, ruleOf, type ServiceOption, serviceView, withinInt } from "../../../train/options/table.js";
import { type FinetuneInput, type FinetuneOrder, invalid, orderFinetune, type PlannedOrder } from "../input.js";
import { checkNameLength } from "../repeats.js";
import { checkSearch, drawn, gridOf, MOST_TRIALS, optionValue, type SearchInput } from "./configurations.js";
import { rungsOf } from "./rungs.js";
import { type Configuration, type Dimension, SWEEP_METHODS, type SweepMethod, type SweepPlan } from "./types.js";

export interface SweepInput {
  finetune: FinetuneInput;
  search: readonly SearchInput[];
  /** Default HALVING. */
  method?: string;
  /** Combinations that are drawn; null (default): the full grid. RANDOM needs it, GRID has none. */
  trials?: number | null;
  /** Of the draws. Default 42. */
  seed?: number;
  /** Score of the validation split. Default: `metricForBestModel`, whose default is the task's main score. */
  objective?: { metric?: string | null } | null;
  /** Default 3 and 1. */
  halving?: { factor?: number; minEpochs?: number } | null;
  idempotencyKey?: string | null;
}

/** The request, with every default filled in, and the trials that it makes. */
export interface SweepOrder {
  name: string;
  said: {
    finetune: FinetuneOrder;
    method: SweepMethod;
    search: Dimension[];
    trials: number | null;
    seed: number;
    metric: string | null;
    factor: number;
    minEpochs: number;
  };
  trials: Configuration[];
  /** name-1, name-2, … */
  runs: FinetuneOrder[];
}

const FACTOR = { type: "int", min: 2, max: 10 } as const;
const EPOCHS = { type: "int", min: 1, max: 1_000 } as const;
/** HALVING spends epochs, and compares at the end of them. */
const NOT_HALVED: readonly ServiceOption[] = ["epochs", "maxSteps", "evalSteps"];

export function orderSweep(input: SweepInput): SweepOrder {
  const { method = "HALVING", trials: wanted = null, seed = 42 } = input;
  const { factor = 3, minEpochs = 1 } = input.halving ?? {};
  const metric = input.objective?.metric ?? null;
  if (!Object.hasOwn(SWEEP_METHODS, method))
    throw invalid("method", method, `one of ${Object.keys(SWEEP_METHODS).join(", ")}`);
  const rule = withinInt(serviceView("seed"));
  if (!accepts(rule, seed)) throw invalid("seed", seed, ruleOf(rule));
  if (!accepts(FACTOR, factor)) throw invalid("halving.factor", factor, ruleOf(FACTOR));
  if (!accepts(EPOCHS, minEpochs)) throw invalid("halving.minEpochs", minEpochs, ruleOf(EPOCHS));
  if (method === "RANDOM" && wanted === null)
    throw invalid("trials", null, "how many are drawn, since method is RANDOM");
  if (method === "GRID" && wanted !== null) throw invalid("trials", wanted, "left out with GRID, which tries them all");
  if (wanted !== null && !(Number.isInteger(wanted) && wanted >= 1 && wanted <= MOST_TRIALS))
    throw invalid("trials", wanted, `a whole number from 1 to ${MOST_TRIALS}`);
  const base = baseOf(input.finetune, metric);
  const finetune = orderFinetune(base);
  const search = checkSearch(input.search);
  const halved = method === "HALVING" && search.find(({ option }) => NOT_HALVED.includes(option));
  if (halved) throw invalid("search", halved.option, "another option: HALVING gives trials their epochs itself");
  const configurations = wanted === null ? gridOf(search) : drawn(search, wanted, seed);
  return {
    name: finetune.name,
    said: { finetune, method: method as SweepMethod, search, trials: wanted, seed, metric, factor, minEpochs },
    trials: configurations,
    runs: configurations.map((trial, index) => {
      try {
        const order = orderFinetune({ ...base, ...ownValues(trial), name: `${finetune.name}-${index + 1}` });
        return { ...order, split: { ...order.split, seed: finetune.seed } };
      } catch (error) {
        throw ofTrial(error, trial, index);
      }
    }),
  };
}

/** Trials choose their best checkpoint by the metric that compares them, unless another one is named. */
function baseOf(finetune: FinetuneInput, metric: string | null): FinetuneInput {
  checkName(finetune.name, "finetune.name");
  checkNameLength(finetune.name);
  if (finetune.idempotencyKey)
    throw invalid("finetune.idempotencyKey", finetune.idempotencyKey, "left out: the sweep has the key");
  return { ...finetune, metricForBestModel: finetune.metricForBestModel ?? metric };
}

const ownValues = (trial: Configuration): Partial<FinetuneInput> =>
  Object.fromEntries(Object.entries(trial).map(([name, value]) => [name, optionValue(name as ServiceOption, value)]));

/** The same error, with the trial whose options it is about. */
export function ofTrial(error: unknown, trial: Configuration, index: number): unknown {
  if (!(error instanceof MaillardError) || error.code !== "INVALID_CONFIG") return error;
  const options = Object.entries(trial).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const { param, details, message } = error;
  return new MaillardError("INVALID_CONFIG", `Trial ${index + 1} (${options.join(", ")}): ${message}`, {
    ...(param === undefined ? {} : { param }),
    details: { ...details, trial: index, options: trial },
  });
}

/** `orders`: of the trials, with what their recipe decided. INVALID_CONFIG. */
export function planSweep(
  { said, trials }: SweepOrder,
  orders: readonly PlannedOrder[],
  { validation }: { validation: number },
): SweepPlan {
  const { method, search, seed, factor, minEpochs } = said;
  const { task } = orders[0];
  if (validation === 0)
    throw invalid(
      "finetune.split.fractions",
      [...said.finetune.split.fractions],
      "such that molecules are left to validate",
    );
  const metric = said.metric ?? said.finetune.metricForBestModel ?? DEFAULT_METRIC[task];
  if (!Object.hasOwn(METRICS[task], metric))
    throw invalid("objective.metric", metric, `one of ${Object.keys(METRICS[task]).join(", ")} for ${task}`);
  const plan = { method, search, seed, task, metric, trials, factor: null, rungs: [], sizes: [] };
  if (method !== "HALVING") return plan;
  const epochs = halvedEpochs(orders);
  orders.forEach((order, index) => {
    const chosen = order.metricForBestModel ?? DEFAULT_METRIC[task];
    if (metric !== chosen && !streamedMetrics(task as TrainingTask).includes(metric))
      throw ofTrial(
        invalid("metricForBestModel", chosen, `null or ${metric}, by which the sweep compares`),
        trials[index],
        index,
      );
  });
  const rungs = rungsOf({ trials: trials.length, epochs, factor, minEpochs });
  if (rungs.rungs.length < 2)
    throw invalid(
      "halving.factor",
      factor,
      `such that there is something to halve: at least ${factor} trials (${trials.length}) and ` +
        `${factor * minEpochs} epochs (${epochs})`,
    );
  return { ...plan, factor, ...rungs };
}

/** The epochs of every trial. */
function halvedEpochs(orders: readonly PlannedOrder[]): number {
  const [{ epochs }] = orders;
  for (const order of orders) {
    if (order.maxSteps !== null) throw invalid("maxSteps", order.maxSteps, "null with HALVING, which counts epochs");
    if (order.evalSteps !== null)
      throw invalid("evalSteps", order.evalSteps, "null with HALVING, which scores at the end of epochs");
    if (order.epochs !== epochs || !Number.isInteger(epochs))
      throw invalid("epochs", order.epochs, "a whole number, the same in all trials, with HALVING: name it");
  }
  return epochs;
}
