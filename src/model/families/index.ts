/** The encoder families, by Hugging Face's model_type, and what follows from a row of the table. */
import { type EncoderConfig, isSequenceTask, type Task } from "../types.js";
import { albert } from "./albert.js";
import { bert } from "./bert.js";
import { distilbert } from "./distilbert.js";
import { electra } from "./electra.js";
import { dense, type FamilyRow, type FamilyTable, normalization, type ParameterEntry } from "./family.js";
import { modernbert } from "./modernbert.js";
import { roberta } from "./roberta.js";

export const FAMILIES: FamilyTable = { bert, roberta, albert, distilbert, electra, modernbert };

export const familyOf = ({ family }: Pick<EncoderConfig, "family">): FamilyRow => FAMILIES[family];

/** Longest input in tokens, special tokens included. */
export const maxTokens = (config: EncoderConfig): number => config.positions - firstPosition(config);

export const firstPosition = (config: EncoderConfig): number => familyOf(config).firstPosition?.(config) ?? 0;

/** Every parameter of a family for a task. */
export function parameterList(config: EncoderConfig, task: Task, classes: number): ParameterEntry[] {
  const row = familyOf(config);
  const layers = Array.from({ length: row.sharedLayers ? 1 : config.layers }, (_, layer) => row.layer(config, layer));
  return [
    ...row.embeddings(config),
    ...(row.between?.(config) ?? []),
    ...layers.flat(),
    ...pooler(row, config, task),
    ...head(row, config, task, classes),
  ];
}

/** A pooler that the sequence head uses is needed for it. For other tasks it is kept if a file has it. */
function pooler({ pooler: stem, encoderNames }: FamilyRow, { width }: EncoderConfig, task: Task): ParameterEntry[] {
  if (stem) return dense(stem, width, width, { optional: !isSequenceTask(task) });
  // RoBERTa's encoder may have one; its heads do not use it.
  return task === "ENCODER" && encoderNames.test("pooler.")
    ? dense("pooler.dense", width, width, { optional: true })
    : [];
}

function head(row: FamilyRow, config: EncoderConfig, task: Task, classes: number): ParameterEntry[] {
  if (task === "ENCODER") return [];
  if (isSequenceTask(task)) return row.sequenceHead.parameters(config, classes);
  const { dense: transform, normalization: norm, bias, ...rest } = row.maskedHead(config);
  const { embeddingWidth = config.width, vocabularySize } = config;
  return [
    ...dense(transform, embeddingWidth, config.width, { bias: rest.hasDenseBias, ...rest.initial }),
    ...normalization(norm, embeddingWidth, rest.hasNormalizationBias),
    ...(bias ? [{ name: bias, shape: [vocabularySize], initial: "ZERO" as const }] : []),
  ];
}

export type { ParameterEntry } from "./family.js";
