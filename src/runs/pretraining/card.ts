/** The card of a model that a pretraining made: its data, options and scores. */
import type { TaskReport } from "../../scores/types.js";
import { viewOfRow } from "../../train/options/domain.js";
import { PRETRAIN_ORDER_OPTIONS, PRETRAIN_ROWS, SHAPE_OPTIONS } from "../../train/pretrain/pretrain-options.js";
import { type PlannedPretraining, shapeOf } from "../orders/pretraining-order.js";

/** Options that the first lines say. */
const SAID: readonly string[] = [...SHAPE_OPTIONS, "tokens", "batchSize", "learningRate", "warmupRatio", "seed"];

/** `report`: of the molecules kept aside; null: the dataset was too small to keep one. */
export function pretrainingCard(order: PlannedPretraining, report: TaskReport | null): string {
  const { layers, width, heads, maxLength } = shapeOf(order);
  const whole = (value: number): string => value.toLocaleString("en-US");
  const start =
    order.baseModel === null
      ? `Pretrained from random weights (${layers} layers, width ${width}, ${heads} heads, ${maxLength} tokens)`
      : `Pretrained further from ${order.baseModel}`;
  const others = PRETRAIN_ORDER_OPTIONS.filter(
    (name) => !SAID.includes(name) && order[name] !== viewOfRow(PRETRAIN_ROWS[name]).default,
  );
  const scores = report?.scores;
  return [
    `# ${order.name}`,
    `${start} on masked tokens of ${whole(order.molecules)} molecules of the dataset ${order.dataset}.`,
    `- ${whole(order.tokens)} tokens in batches of ${order.batchSize} molecules, ` +
      `learning rate ${order.learningRate}, ` +
      `warm-up over ${Number((100 * order.warmupRatio).toPrecision(3))} % of them, seed ${order.seed}.`,
    ...(others.length > 0 ? [`- Besides: ${others.map((name) => `${name} ${order[name]}`).join(", ")}.`] : []),
    ...(report && scores
      ? [
          `- ${whole(report.count)} molecules were kept aside: masked accuracy ${scores.accuracy?.toFixed(4)}, ` +
            `cross-entropy ${scores.loss?.toFixed(4)} nats.`,
        ]
      : []),
    "",
    "It predicts nothing by itself: finetune it, or use its embeddings.",
  ].join("\n");
}
