/**
 * A folder of a Triton model repository, which KServe's Triton runtime reads too: config.pbtxt and 1/model.onnx. The
 * first dimension of every tensor is the batch, which the configuration leaves out.
 * Source: model_config.proto of https://github.com/triton-inference-server/common.
 */
import type { OnnxModel, TensorInfo } from "./onnx-model.js";

/** Sequences that the server may put into one batch. */
const BATCH = 64;
/** How long a request waits for others of the same length, in microseconds. */
const DELAY = 1_000;
const TYPES: Record<TensorInfo["type"], string> = { int64: "TYPE_INT64", float32: "TYPE_FP32" };

/** `labels`: whether labels.txt lies beside it, which names the logits for Triton's classification extension. */
export function tritonConfig(name: string, { inputs, outputs }: OnnxModel, { labels }: { labels: boolean }): string {
  const dims = ({ shape }: TensorInfo) => shape.slice(1).map((size) => (typeof size === "number" ? size : -1));
  const tensor = (info: TensorInfo, more: string[] = []) => [
    "  {",
    `    name: ${JSON.stringify(info.name)}`,
    `    data_type: ${TYPES[info.type]}`,
    `    dims: [ ${dims(info).join(", ")} ]`,
    ...more.map((line) => `    ${line}`),
    "  }",
  ];
  const joined = (tensors: string[][]) => tensors.map((lines) => lines.join("\n")).join(",\n");
  const named = ({ name: of }: TensorInfo) => (labels && of === "logits" ? ['label_filename: "labels.txt"'] : []);
  return `${[
    `name: ${JSON.stringify(name)}`,
    'platform: "onnxruntime_onnx"',
    `max_batch_size: ${BATCH}`,
    `input [\n${joined(inputs.map((info) => tensor(info)))}\n]`,
    `output [\n${joined(outputs.map((info) => tensor(info, named(info))))}\n]`,
    `dynamic_batching { max_queue_delay_microseconds: ${DELAY} }`,
  ].join("\n")}\n`;
}

/** One label a line, in the order of the logits. Line breaks within a label become spaces. */
export const labelLines = (labels: readonly string[]): string =>
  labels.map((label) => `${label.replace(/\s+/g, " ")}\n`).join("");
