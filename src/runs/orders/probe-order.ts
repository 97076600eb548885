/** The input of a linear probe, with every default filled in. */
import { checkName } from "../../datasets/request.js";
import type { SequenceTask } from "../../model/types.js";
import type { ServiceOptions } from "../../train/options/options.js";
import { LABEL_OPTIONS } from "../../train/options/table.js";
import type { AnnotationInput } from "./annotations.js";
import {
  type FinetuneInput,
  type FinetuneOrder,
  invalid,
  type LabelOption,
  orderSplit,
  orderTargets,
  POOLINGS,
  type PoolingName,
} from "./input.js";
import { orderOptions } from "./training-settings.js";

/**
 * The features of the layer: embeddings of a model; or, which need no model, Morgan fingerprints (radius 2, 2,048
 * bits), or the counts of Morgan environments: log(1 + n) of each that occurs in enough training molecules.
 */
const PROBE_FEATURES = ["EMBEDDING", "MORGAN_FINGERPRINT", "MORGAN_COUNTS"] as const;
type ProbeFeatures = (typeof PROBE_FEATURES)[number];

export interface ProbeInput extends Pick<FinetuneInput, LabelOption | "idempotencyKey" | "patterns">, AnnotationInput {
  /** EMBEDDING (default), MORGAN_FINGERPRINT or MORGAN_COUNTS. */
  features?: string;
  /** CLS (default) or MEAN. */
  pooling?: string;
  /** C of the penalty |W|² / (2 C); of several validation chooses. Default [1], of counts COUNTS_STRENGTHS. */
  inverseRegularization?: readonly number[] | null;
  /** Default none. */
  classWeights?: string;
}

export type ProbeOrder = Pick<FinetuneOrder, LabelOption> & {
  /** Absent: EMBEDDING, as in the orders of versions that knew no other. */
  features?: Exclude<ProbeFeatures, "EMBEDDING">;
  pooling: PoolingName;
  inverseRegularization: number[];
  classWeights: ServiceOptions["classWeights"];
};
export type PlannedProbe = ProbeOrder & { task: SequenceTask };

const MOST_STRENGTHS = 20;
/** C of a layer on counts where none is given. Without a validation part the first one is taken. */
export const COUNTS_STRENGTHS: readonly number[] = [1, 0.3, 0.1, 3];

export function orderProbe(input: ProbeInput): ProbeOrder {
  checkName(input.name, "name");
  const targets = orderTargets(input);
  const { features = "EMBEDDING", pooling = "CLS" } = input;
  const inverseRegularization = input.inverseRegularization ?? (features === "MORGAN_COUNTS" ? COUNTS_STRENGTHS : [1]);
  if (!PROBE_FEATURES.includes(features as ProbeFeatures))
    throw invalid("features", features, `one of ${PROBE_FEATURES.join(", ")}`);
  if (!POOLINGS.includes(pooling as PoolingName)) throw invalid("pooling", pooling, `one of ${POOLINGS.join(", ")}`);
  const { classWeights, ...options } = orderOptions([...LABEL_OPTIONS, "seed", "classWeights"], input, invalid);
  const sound = inverseRegularization.every((c) => Number.isFinite(c) && c > 0);
  if (!sound || inverseRegularization.length < 1 || inverseRegularization.length > MOST_STRENGTHS)
    throw invalid("inverseRegularization", [...inverseRegularization], `1 to ${MOST_STRENGTHS} numbers above 0`);
  return {
    name: input.name,
    baseModel: input.baseModel,
    dataset: input.dataset,
    target: targets.length === 1 ? targets[0] : null,
    targets,
    split: orderSplit(input.split),
    ...options,
    pooling: features === "EMBEDDING" ? (pooling as PoolingName) : "CLS",
    inverseRegularization: [...inverseRegularization],
    classWeights,
    ...(features === "MORGAN_FINGERPRINT" || features === "MORGAN_COUNTS" ? { features } : {}),
  };
}

/** What needs the plan: INVALID_CONFIG. */
export function checkProbe(order: ProbeOrder, { task, validation }: { task: SequenceTask; validation: number }): void {
  if (order.classWeights === "balanced" && task !== "SINGLE_LABEL")
    throw invalid("classWeights", "balanced", `none for ${task}; balanced is for SINGLE_LABEL`);
  const { features, inverseRegularization: strengths } = order;
  if (features === "MORGAN_COUNTS" && strengths.join() === COUNTS_STRENGTHS.join()) return;
  if (strengths.length > 1 && validation === 0)
    throw invalid("inverseRegularization", strengths, "one number where the split has no validation part to choose by");
}
