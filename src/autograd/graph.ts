/**
 * A graph of tensor values under construction.
 *
 * A Value knows its shape (numbers, or names of dimensions known only at run time, such as "tokens") and the node that
 * made it. Nodes are appended in an order in which they can be computed. Nothing is computed here: `writeOnnx` turns a
 * graph into a model that the runtime executes, `differentiate` appends the nodes of its gradient.
 */
import type { Operator } from "./operator.js";

export type ElementType = "float32" | "int32" | "int64" | "int8" | "uint8" | "uint32";
/** Values of constants and parameters. */
export type Data = Float32Array | Int32Array | BigInt64Array | Int8Array | Uint8Array | Uint32Array;
/** A length, or the name of one that each run decides. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
  /** null for inputs, parameters and constants. */
  readonly node: Node | null;
}

export interface Node {
  // biome-ignore lint/suspicious/noExplicitAny: a node holds any row of the operator table, with that row's attributes.
  readonly operator: Operator<any>;
  readonly inputs: readonly Value[];
  readonly attributes: unknown;
  outputs: readonly Value[];
}

export interface Constant {
  readonly value: Value;
  readonly data: Data;
}

export class Graph {
  readonly inputs: Value[] = [];
  readonly parameters = new Map<string, Value>();
  readonly constants: Constant[] = [];
  readonly nodes: Node[] = [];
  readonly outputs: { name: string; value: Value }[] = [];
  private counter = 0;

  /** A tensor that is fed at each run. */
  input(name: string, shape: Shape, type: ElementType = "float32"): Value {
    if (this.inputs.some((known) => known.name === name)) throw new Error(`input ${name} is declared twice`);
    const value: Value = { graph: this, name, type, shape, node: null };
    this.inputs.push(value);
    return value;
  }

  /**
   * A tensor that training changes, or int8 weights, which stay. Asking again for a name gives the same value, so
   * layers can share it.
   */
  parameter(name: string, shape: readonly number[], type: "float32" | "int8" = "float32"): Value {
    const known = this.parameters.get(name);
    if (known) {
      if (!sameShape(known.shape, shape) || known.type !== type)
        throw new Error(`parameter ${name} is ${known.type} [${known.shape}], not ${type} [${shape}]`);
      return known;
    }
    const value: Value = { graph: this, name, type, shape, node: null };
    this.parameters.set(name, value);
    return value;
  }

  constant(data: Data, shape: readonly number[]): Value {
    const type = elementType(data);
    const value: Value = { graph: this, name: this.freshName("constant"), type, shape, node: null };
    this.constants.push({ value, data });
    return value;
  }

  scalar(number: number): Value {
    return this.constant(Float32Array.of(number), []);
  }

  append<A>(operator: Operator<A>, inputs: readonly Value[], attributes: A): readonly Value[] {
    for (const input of inputs) {
      if (input.graph !== this) throw new Error(`${operator.name}: ${input.name} belongs to another graph`);
    }
    const node: Node = { operator, inputs, attributes, outputs: [] };
    node.outputs = operator.shapes(inputs, attributes).map((output) => ({
      graph: this,
      name: this.freshName(operator.name),
      type: output.type ?? "float32",
      shape: output.shape,
      node,
    }));
    this.nodes.push(node);
    return node.outputs;
  }

  /** Makes a value readable under a name that the caller gives. */
  output(name: string, value: Value): void {
    if (this.outputs.some((known) => known.name === name)) throw new Error(`output ${name} is declared twice`);
    this.outputs.push({ name, value });
  }

  freshName(stem: string): string {
    return `${stem}_${this.counter++}`;
  }
}

export function elementType(data: Data): ElementType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof Int32Array) return "int32";
  if (data instanceof BigInt64Array) return "int64";
  if (data instanceof Uint32Array) return "uint32";
  return data instanceof Int8Array ? "int8" : "uint8";
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

export const show = (shape: Shape): string => `[${shape.join(", ")}]`;
