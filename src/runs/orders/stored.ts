/**
 * What the column `input` of a run holds of a probe and of an embedding; that of a finetune is read by `plannedOrder`
 * (input.ts). And all of them as they are shown.
 */

import type { Task } from "../../model/types.js";
import type { Run, RunKind } from "../../store/generated/client.js";
import { defaultOf, LABEL_OPTIONS, SERVICE_OPTIONS, type ServiceOption } from "../../train/options/table.js";
import { evaluationOrder } from "./evaluation-order.js";
import { importOrder } from "./import-order.js";
import { type EmbeddingOrder, plannedOrder } from "./input.js";
import { predictionOrder } from "./prediction-order.js";
import { plannedPretraining } from "./pretraining-order.js";
import type { PlannedProbe } from "./probe-order.js";
import { projectionOrder } from "./projection-order.js";

export const plannedProbe = (input: unknown): PlannedProbe => input as PlannedProbe;

/** Whether a run learns label sets: it assigns molecules to splits and makes a model. */
export const learns = ({ kind }: { kind: RunKind }): boolean => kind === "FINETUNE" || kind === "PROBE";

/** Whether its name is that of a model. */
export const makesModel = ({ kind }: { kind: RunKind }): boolean => learns({ kind }) || kind === "PRETRAIN";

/** What its model answers, or will answer; null of a run without one. */
export function taskOf(run: Pick<Run, "kind" | "input">): Task | null {
  if (run.kind === "PRETRAIN") return "MASKED_LANGUAGE_MODEL";
  return isScored(run) ? plannedOrder(run.input).task : null;
}

/** Whether a run has label sets, a task and scores. */
export const isScored = (run: { kind: RunKind }): boolean => learns(run) || run.kind === "EVALUATION";

export const embeddingOrder = (input: unknown): EmbeddingOrder => input as EmbeddingOrder;

/**
 * What a run was asked, for people to read. An option that came after the run has its default, which does what versions
 * without it did.
 */
export function settingsOf({ kind, input }: Pick<Run, "kind" | "input">): Record<string, unknown> {
  switch (kind) {
    case "FINETUNE":
      return { ...defaultsOf(SERVICE_OPTIONS), ...BEFORE_RECIPES, ...plannedOrder(input) };
    case "PROBE":
      return {
        ...defaultsOf([...LABEL_OPTIONS, "seed", "classWeights"]),
        features: "EMBEDDING",
        ...plannedOrder(input),
      };
    case "EMBEDDING":
      return { ...embeddingOrder(input) };
    case "PREDICTION":
      return { averageOver: 1, ...predictionOrder(input) };
    case "PROJECTION":
      return { ...projectionOrder(input) };
    case "IMPORT":
      return { ...importOrder(input) };
    case "EVALUATION":
      return { averageOver: 1, part: null, ...evaluationOrder(input) };
    case "PRETRAIN":
      return { ...plannedPretraining(input) };
    default:
      throw kind satisfies never;
  }
}

/** Before there were recipes, the published one was the only one. */
const BEFORE_RECIPES: Record<string, unknown> = { recipe: "published" };

const defaultsOf = (names: readonly ServiceOption[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, defaultOf(name)]));
