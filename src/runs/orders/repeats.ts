/**
 * Several finetunes that differ in one thing, to estimate the deviation of a score:
 *   seeds  the same split for all (that of the finetune's own seed); head, order, masks and dropout go with each seed
 *   folds  the same seed for all; each molecule is in the test part of exactly one run, and validates another. With
 *          `repeats` all of it several times, each with folds of another seed: the finetune's own, the next one, …
 * With `ensemble`, the mean of all their models becomes a model when the last one has succeeded.
 */

import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import { accepts, ruleOf, serviceView, withinInt } from "../../train/options/table.js";
import { type FinetuneInput, type FinetuneOrder, invalid, orderFinetune } from "./input.js";

export interface RepeatsInput {
  finetune: FinetuneInput;
  /** Either of the two. */
  seeds?: readonly number[] | null;
  folds?: number | null;
  /** Of `folds`: how often; default once. */
  repeats?: number | null;
  /** Default false. */
  ensemble?: boolean;
  idempotencyKey?: string | null;
}

export interface RepeatsOrder {
  name: string;
  ensemble: boolean;
  /** One for each seed or fold: name-1, name-2, … */
  runs: FinetuneOrder[];
  /** The request, with every default filled in. */
  said: {
    finetune: FinetuneOrder;
    seeds: number[] | null;
    folds: number | null;
    ensemble: boolean;
    /** Left out: once, as in groups of versions that knew nothing else. */
    repeats?: number;
  };
}

/** Runs that a group was asked for; some may be deleted since. `input`: of its row, which holds `said`. */
export const runsAsked = ({ seeds, folds }: Pick<RepeatsOrder["said"], "seeds" | "folds">): number =>
  seeds?.length ?? folds ?? 0;

/** The same as SQL. */
export const runsAskedSql = (group: string): string =>
  `CASE jsonb_typeof(${group}.input -> 'seeds') WHEN 'array' THEN jsonb_array_length(${group}.input -> 'seeds')
     ELSE (${group}.input ->> 'folds')::int END`;

const MOST_RUNS = 32;
const FOLDS = { type: "int", min: 3, max: MOST_RUNS } as const;
/** Of folds, with their repeats. */
const MOST_FOLDED = 100;
/** Of a name: with its number it must still be one. */
const LONGEST_NAME = 60;

/** INVALID_CONFIG. */
export function checkNameLength(name: string): void {
  if (name.length > LONGEST_NAME)
    throw invalid("finetune.name", name, `at most ${LONGEST_NAME} characters, since a number follows`);
}

export function orderRepeats(input: RepeatsInput): RepeatsOrder {
  const { seeds = null, folds = null, ensemble = false } = input;
  const repeats = input.repeats ?? 1;
  const finetune = orderFinetune(input.finetune);
  const { name, split } = finetune;
  checkName(name, "finetune.name");
  checkNameLength(name);
  if (input.finetune.idempotencyKey)
    throw invalid("finetune.idempotencyKey", input.finetune.idempotencyKey, "left out: the group has the key");
  const runs = seeds !== null ? ofSeeds(finetune, seeds, folds) : ofFolds(finetune, folds);
  if (ensemble && runs.length < 2) throw invalid("ensemble", true, "false for a single run");
  return {
    name,
    ensemble,
    said: { finetune, seeds: seeds && [...seeds], folds, ensemble, ...(repeats > 1 ? { repeats } : {}) },
    runs: runs.map((order, index) => ({ ...order, name: `${name}-${index + 1}` })),
  };

  function ofSeeds(order: FinetuneOrder, wanted: readonly number[], also: number | null): FinetuneOrder[] {
    if (repeats !== 1) throw invalid("repeats", repeats, "left out when `seeds` are given");
    if (also !== null) throw invalid("folds", also, "left out when `seeds` are given");
    const rule = withinInt(serviceView("seed"));
    const sound = wanted.every((seed) => accepts(rule, seed)) && new Set(wanted).size === wanted.length;
    if (!sound || wanted.length < 1 || wanted.length > MOST_RUNS)
      throw invalid("seeds", wanted.slice(0, 10), `1 to ${MOST_RUNS} numbers, each once and ${ruleOf(rule)}`);
    return wanted.map((seed) => ({ ...order, seed, split: { ...split, seed: order.seed } }));
  }

  function ofFolds(order: FinetuneOrder, count: number | null): FinetuneOrder[] {
    if (count === null)
      throw new MaillardError(
        "INVALID_CONFIG",
        "Neither `seeds` nor `folds` is given: name the seeds, or how many folds.",
        {
          param: "seeds",
        },
      );
    if (split.strategy === "COLUMN")
      throw invalid("folds", count, "left out with split strategy COLUMN, which has one split");
    if (!accepts(FOLDS, count)) throw invalid("folds", count, ruleOf(FOLDS));
    const most = Math.floor(MOST_FOLDED / count);
    if (!accepts({ type: "int", min: 1, max: most }, repeats))
      throw invalid("repeats", repeats, `a whole number from 1 to ${most}: at most ${MOST_FOLDED} runs`);
    return Array.from({ length: repeats * count }, (_, run) => {
      const [repeat, index] = [Math.floor(run / count), run % count];
      // The first is that of a request without repeats.
      const seed = repeat === 0 ? {} : { seed: (order.seed + repeat) % 2 ** 31 };
      return { ...order, split: { ...split, ...seed, fold: { index, count } } };
    });
  }
}
