/**
 * Writes a graph as an ONNX model: IR version 8, standard operators of set 20, and com.microsoft's FusedMatMul where
 * `fused` allows it; or, for other runtimes, standard operators of set 17 alone (`portable`). Only nodes that the
 * outputs need are written. The part of an operator that computes an output
 * which is not needed (the gradient of a frozen parameter) is left out too.
 * Source: https://github.com/onnx/onnx/blob/main/docs/IR.md; the protobuf classes come from the package onnx-proto.
 */
import onnxProto from "onnx-proto";
import { type Data, type ElementType, elementType, type Graph, type Node, type Value } from "./graph.js";
import type { Emitter } from "./operator.js";

const { onnx } = onnxProto as unknown as { onnx: typeof import("onnx-proto").onnx };

const DATA_TYPE: Record<ElementType, number> = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, uint32: 12 };

export interface OnnxOptions {
  /** Values of parameters to write as initializers; those not given are inputs. */
  initializers?: ReadonlyMap<string, Float32Array | Int8Array>;
  /**
   * Initializers of at least 1,024 values are written here instead, as one file of raw little-endian values
   * (ONNX external data).
   */
  externalData?: { location: string; append(data: Float32Array | Int8Array): number };
  /** Use com.microsoft.FusedMatMul (CPU, CUDA). false: the model is for WebGPU, see Emitter. Default true. */
  fused?: boolean;
  /**
   * Standard operators of set 17 alone, which ONNX Runtime 1.12 and newer and onnxruntime-web read; outputs that nobody
   * reads are left out. Default false.
   */
  portable?: boolean;
}

/** Version of the standard operators: for this runtime, and for others. */
export const OPERATOR_SET = { own: 20, portable: 17 } as const;

export function writeOnnx(graph: Graph, options: OnnxOptions = {}): Uint8Array {
  const { portable = false } = options;
  const version = portable ? OPERATOR_SET.portable : OPERATOR_SET.own;
  const nodes: InstanceType<typeof onnx.NodeProto>[] = [];
  const initializers: InstanceType<typeof onnx.TensorProto>[] = [];
  const names = new Map<Value, string>();
  const nameOf = (value: Value): string => names.get(value) ?? value.name;

  const addInitializer = (name: string, data: Data, shape: readonly number[]) => {
    const base = { name, dims: [...shape], dataType: DATA_TYPE[elementType(data)] };
    if (options.externalData && (data instanceof Float32Array || data instanceof Int8Array) && data.length >= 1024) {
      const offset = options.externalData.append(data);
      const entries = {
        location: options.externalData.location,
        offset: String(offset),
        length: String(data.byteLength),
      };
      const externalData = Object.entries(entries).map(([key, value]) =>
        onnx.StringStringEntryProto.create({ key, value }),
      );
      initializers.push(
        onnx.TensorProto.create({ ...base, externalData, dataLocation: onnx.TensorProto.DataLocation.EXTERNAL }),
      );
      return;
    }
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    initializers.push(onnx.TensorProto.create({ ...base, rawData }));
  };

  const emitter: Emitter = {
    fused: !portable && (options.fused ?? true),
    webgpu: !portable && options.fused === false,
    hasGelu: version >= 20,
    node(type, inputs, { outputs, attributes = {}, domain = "" } = {}) {
      const made = outputs ?? [graph.freshName(type)];
      const attribute = Object.entries(attributes).map(([name, value]) => {
        if (typeof value === "string")
          return onnx.AttributeProto.create({ name, type: 3, s: new TextEncoder().encode(value) });
        if (Array.isArray(value)) return onnx.AttributeProto.create({ name, type: 7, ints: [...value] });
        if (typeof value === "number") return onnx.AttributeProto.create({ name, type: 2, i: value });
        return onnx.AttributeProto.create({ name, type: 1, f: (value as { float: number }).float });
      });
      nodes.push(
        onnx.NodeProto.create({
          opType: type,
          input: [...inputs],
          output: [...made],
          attribute,
          domain,
          name: graph.freshName(`${type}_node`),
        }),
      );
      return made[0];
    },
    constant(data, shape) {
      const name = graph.freshName("constant");
      addInitializer(name, data, shape);
      return name;
    },
  };

  const needed = reachable(graph);
  for (const { value, data } of graph.constants) {
    if (needed.values.has(value)) addInitializer(value.name, data, value.shape as number[]);
  }
  for (const node of graph.nodes) {
    if (!needed.nodes.has(node)) continue;
    node.operator.onnx(emitter, node.inputs.map(nameOf), node.outputs.map(nameOf), node.attributes, node);
  }
  for (const { name, value } of graph.outputs) emitter.node("Identity", [nameOf(value)], { outputs: [name] });

  const outputNames = new Set<string>(graph.outputs.map(({ name }) => name));
  const kept = live(nodes, outputNames);
  const read = new Set(kept.flatMap(({ input }) => input));
  if (portable) for (const node of kept) trimOutputs(node, (name) => read.has(name) || outputNames.has(name));
  const inputs = graph.inputs.filter((value) => needed.values.has(value));
  for (const [name, value] of graph.parameters) {
    if (!needed.values.has(value)) continue;
    const data = options.initializers?.get(name);
    if (data) addInitializer(name, data, value.shape as number[]);
    else inputs.push(value);
  }
  const model = onnx.ModelProto.create({
    irVersion: 8,
    producerName: "maillard",
    opsetImport: [{ domain: "", version }, ...(portable ? [] : [{ domain: "com.microsoft", version: 1 }])],
    graph: {
      name: "maillard",
      node: kept,
      initializer: initializers.filter(({ name }) => read.has(name as string)),
      input: inputs.map((value) => valueInfo(value.name, value)),
      output: graph.outputs.map(({ name, value }) => valueInfo(name, value)),
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** The nodes that one of the `wanted` values depends on, in their order. */
function live<N extends { input?: string[] | null; output?: string[] | null }>(
  nodes: readonly N[],
  wanted: Iterable<string>,
): N[] {
  const names = new Set(wanted);
  const kept: N[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.output?.some((name) => names.has(name))) continue;
    for (const name of node.input ?? []) names.add(name);
    kept.push(node);
  }
  return kept.reverse();
}

/** Leaves out the last outputs of a node, but never the first, while nobody reads them. */
function trimOutputs(node: { output?: string[] | null }, isRead: (name: string) => boolean): void {
  const output = [...(node.output ?? [])];
  while (output.length > 1 && !isRead(output[output.length - 1])) output.pop();
  node.output = output;
}

/** Names of the inputs of the written model: fed tensors first, then parameters. */
export function requiredInputs(graph: Graph): { inputs: Value[]; parameters: string[] } {
  const { values } = reachable(graph);
  return {
    inputs: graph.inputs.filter((value) => values.has(value)),
    parameters: [...graph.parameters].filter(([, value]) => values.has(value)).map(([name]) => name),
  };
}

function reachable(graph: Graph): { nodes: Set<Node>; values: Set<Value> } {
  const nodes = new Set<Node>();
  const values = new Set<Value>();
  const stack = graph.outputs.map(({ value }) => value);
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (values.has(value)) continue;
    values.add(value);
    if (value.node && !nodes.has(value.node)) {
      nodes.add(value.node);
      stack.push(...value.node.inputs);
    }
  }
  return { nodes, values };
}

function valueInfo(name: string, value: Value) {
  const dim = value.shape.map((size) => (typeof size === "number" ? { dimValue: size } : { dimParam: size }));
  return onnx.ValueInfoProto.create({
    name,
    type: { tensorType: { elemType: DATA_TYPE[value.type], shape: { dim } } },
  });
}
