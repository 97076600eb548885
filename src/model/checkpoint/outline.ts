/**
 * What a model folder holds, known from config.json and the header of its weights alone.
 *
 * It accepts the encoder alone, with a masked-token head, or with a sequence head, with or without the family
 * prefix, with LayerNorm.gamma/beta of old files; tied output tables and position_ids buffers are left in the file.
 * Sizes are checked against limits.ts first. Every tensor's shape is checked against the config, and a tensor of the
 * encoder that the config does not explain is an error.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../../errors.js";
import { shown, utf8 } from "../../text.js";
import { familyOf, type ParameterEntry, parameterList } from "../families/index.js";
import { type EncoderConfig, isSequenceTask, type Precision, type SequenceTask, type Task } from "../types.js";
import { checkElementType } from "../weights/element-type.js";
import type { WeightsFile } from "../weights/weights-file.js";
import { defaultLabels, type ModelConfig, PROBLEM_TYPE, parseConfig } from "./config.js";
import { CONFIG_FILE, WEIGHTS_FILE, weightFiles } from "./files.js";
import { above, CHECKPOINT_LIMITS, CONFIG_LIMITS, checkAgainstFile } from "./limits.js";
import { openOne, openSharded } from "./sharded.js";

export interface CheckpointOutline {
  config: EncoderConfig;
  task: Task;
  labels: string[];
  precision: Precision;
  /** Parameters to read, with the name each has in the file. */
  parameters: { entry: ParameterEntry; source: string }[];
}

/** Opens a folder for as long as `use` runs. */
export async function withCheckpoint<T>(
  folder: string,
  use: (outline: CheckpointOutline, file: WeightsFile) => Promise<T>,
): Promise<T> {
  const file = await openWeights(folder);
  try {
    const model = await readConfig(folder, file.tensors.keys());
    checkAgainstFile(model.config, file.bytes);
    return await use(outline(folder, model, file), file);
  } finally {
    await file.close();
  }
}

export const readOutline = (folder: string): Promise<CheckpointOutline> =>
  withCheckpoint(folder, async (found) => found);

/**
 * config.json alone. CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED.
 * @param names of the tensors, for a file without model_type; null: the weights are not there yet
 */
export async function readConfig(folder: string, names: Iterable<string> | null = null): Promise<ModelConfig> {
  const path = join(folder, CONFIG_FILE);
  let json: unknown;
  try {
    const { size } = await stat(path);
    const { most } = CHECKPOINT_LIMITS.configBytes;
    if (size > most) throw new Error(`${size} bytes, above the limit of ${most}`);
    const text = utf8(await readFile(path));
    if (text === null) throw new Error("it is not UTF-8");
    json = JSON.parse(text);
  } catch (error) {
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      `${path} is not a readable JSON file (${(error as Error).message}); a model folder needs one.`,
    );
  }
  return parseConfig(json, names);
}

async function openWeights(folder: string): Promise<WeightsFile> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new MaillardError(
      "CHECKPOINT_INVALID",
      `${folder} is not a readable folder (${error.code}); name a model folder.`,
    );
  });
  const [first, ...shards] = weightFiles(files);
  if (first !== undefined)
    return first.endsWith(".json") ? openSharded(folder, first, shards) : openOne(join(folder, first));
  const other = files.find((name) => /^(pytorch_model.*|model-.*|tf_model.*|flax_model.*)$/.test(name));
  const found = other ? `; it has ${other}, which is not read: save it as one ${WEIGHTS_FILE}` : "";
  throw new MaillardError(
    other ? "CHECKPOINT_UNSUPPORTED" : "CHECKPOINT_INVALID",
    `${folder} has no ${WEIGHTS_FILE}${found}.`,
  );
}

/** Names in the file, by our names. */
function canonicalNames(config: EncoderConfig, tensors: WeightsFile["tensors"]): Map<string, string> {
  const row = familyOf(config);
  const names = new Map<string, string>();
  for (const source of tensors.keys()) {
    // "module.": saved from inside of torch's DataParallel.
    const inner = source.replace(/^module\./, "");
    const bare = inner.startsWith(`${row.prefix}.`) ? inner.slice(row.prefix.length + 1) : inner;
    names.set(
      bare.replace(/(LayerNorm|layer_norm)\.gamma$/, "$1.weight").replace(/(LayerNorm|layer_norm)\.beta$/, "$1.bias"),
      source,
    );
  }
  // Of tied tensors a file may keep either.
  const { bias, decoder } = row.maskedHead(config);
  for (const [name, twin] of [
    [bias ?? `${decoder}.bias`, `${decoder}.bias`],
    [`${row.tokenTable}.weight`, `${decoder}.weight`],
  ]) {
    const source = names.get(twin);
    if (!names.has(name) && source) names.set(name, source);
  }
  return names;
}

function outline(folder: string, model: ModelConfig, { path, tensors }: WeightsFile): CheckpointOutline {
  const { config } = model;
  const row = familyOf(config);
  const names = canonicalNames(config, tensors);
  const output = `${row.sequenceHead.output}.weight`;
  const outputs = tensors.get(names.get(output) ?? "")?.shape[0] ?? 0;
  // A shape such as [4e9, 0] needs no byte of the file.
  if (outputs > CONFIG_LIMITS.id2label.most)
    throw above(`the first length of ${output}`, outputs, CONFIG_LIMITS.id2label.most);
  const task = taskOf(folder, model, names, outputs);
  const labels = isSequenceTask(task) ? (model.labels ?? defaultLabels(outputs)) : [];
  if (isSequenceTask(task) && outputs !== labels.length)
    throw invalid(folder, `the head has ${outputs} outputs, and id2label names ${labels.length}`);

  const expected = parameterList(config, task, labels.length);
  const parameters: CheckpointOutline["parameters"] = [];
  for (const entry of expected) {
    const source = names.get(entry.name);
    if (!source && entry.optional) continue;
    if (!source) throw invalid(folder, `it has no tensor ${entry.name}, which config.json asks for`);
    const { shape, dtype } = tensors.get(source)!;
    checkElementType(path, source, dtype);
    if (shape.join() !== entry.shape.join())
      throw invalid(folder, `tensor ${source} is [${shape}], and config.json asks for [${entry.shape}]`);
    parameters.push({ entry, source });
  }
  const known = new Set(expected.map(({ name }) => name));
  const unknown = [...names.keys()].find(
    (name) =>
      row.encoderNames.test(name) &&
      !name.startsWith("pooler.") &&
      !known.has(name) &&
      !/\.(position|token_type)_ids$|\.rotary_emb\.inv_freq$/.test(name),
  );
  if (unknown) throw invalid(folder, `tensor ${unknown} belongs to the encoder, and config.json does not explain it`);
  return { config, task, labels, precision: model.precision, parameters };
}

/**
 * The class in the config decides. Without one, or without the tensors that it needs, the tensors decide. A
 * masked-token head with an output table of its own is left in the file.
 */
function taskOf(folder: string, model: ModelConfig, names: ReadonlyMap<string, string>, outputs: number): Task {
  const { config, architecture } = model;
  const { sequenceHead, maskedHead } = familyOf(config);
  const classifier = names.has(`${sequenceHead.output}.weight`);
  const { bias, dense } = maskedHead(config);
  const masked = model.tied && (bias ? names.has(bias) : names.has(`${dense}.weight`) && !classifier);
  if (architecture === null)
    return masked ? "MASKED_LANGUAGE_MODEL" : classifier ? sequenceTask(folder, model, outputs) : "ENCODER";
  if (architecture.endsWith("ForSequenceClassification")) return sequenceTask(folder, model, outputs);
  if (/(ForMaskedLM|ForPreTraining|LMHeadModel)$/.test(architecture) && masked) return "MASKED_LANGUAGE_MODEL";
  return "ENCODER";
}

/** As transformers reads it: problem_type gives the meaning of the logits; without one, a single output is a number. */
function sequenceTask(folder: string, { problemType, labels }: ModelConfig, outputs: number): SequenceTask {
  if (problemType === null) return (labels?.length ?? outputs) === 1 ? "REGRESSION" : "SINGLE_LABEL";
  const known = Object.entries(PROBLEM_TYPE) as [SequenceTask, string][];
  const found = known.find(([, name]) => name === problemType);
  if (found) return found[0];
  throw new MaillardError(
    "CHECKPOINT_UNSUPPORTED",
    `${folder}: problem_type is ${shown(problemType)}; ` +
      `${known.map(([, name]) => name).join(", ")} are known. ` +
      'To use the encoder alone, name its class (such as BertModel) in "architectures" of config.json.',
  );
}

const invalid = (folder: string, rule: string) =>
  new MaillardError("CHECKPOINT_INVALID", `${folder}: ${rule}. Fetch or save the model again.`);
