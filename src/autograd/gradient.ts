/**
 * Reverse-mode differentiation: walks the nodes backwards and asks each one's row of the operator table for the
 * gradients of its inputs, adding up where a value was used more than once.
 */
import type { Graph, Value } from "./graph.js";
import { isRowGradient, type RowGradient } from "./operator.js";
import { add } from "./operators/elementwise.js";

export interface ParameterGradient {
  /** Shape of the parameter; null when only rows of it were read. */
  dense: Value | null;
  /** Gradients of the rows read by lookups, to be added by the host. */
  rows: RowGradient[];
}

/**
 * Appends the gradient of the scalar `loss` with respect to the named parameters (default: all of them).
 * A parameter that the loss does not depend on is missing from the answer.
 */
export function differentiate(loss: Value, wanted?: Iterable<string>): Map<string, ParameterGradient> {
  const graph = loss.graph;
  if (loss.shape.length !== 0) throw new Error(`the loss must be a scalar, not of shape [${loss.shape}]`);
  const leaves = new Set<Value>();
  for (const name of wanted ?? graph.parameters.keys()) {
    const parameter = graph.parameters.get(name);
    if (!parameter) throw new Error(`no parameter is named ${name}`);
    leaves.add(parameter);
  }
  const needsGradient = dependsOn(graph, leaves);
  const dense = new Map<Value, Value>();
  const rows = new Map<Value, RowGradient[]>();
  dense.set(loss, graph.scalar(1));

  const forward = [...graph.nodes];
  for (const node of forward.reverse()) {
    if (!node.outputs.some((output) => dense.has(output) && needsGradient.has(output))) continue;
    if (!node.operator.gradient) throw new Error(`${node.operator.name} has no gradient`);
    const contributions = node.operator.gradient(
      node,
      node.outputs.map((output) => dense.get(output) ?? null),
    );
    node.inputs.forEach((input, position) => {
      const contribution = contributions[position];
      if (!contribution || !needsGradient.has(input)) return;
      if (isRowGradient(contribution)) {
        rows.set(input, [...(rows.get(input) ?? []), contribution]);
        return;
      }
      const gathered = dense.get(input) ?? null;
      if (typeof contribution === "function") dense.set(input, contribution(gathered));
      else dense.set(input, gathered ? add(gathered, contribution) : contribution);
    });
  }

  const gradients = new Map<string, ParameterGradient>();
  for (const [name, parameter] of graph.parameters) {
    if (!leaves.has(parameter)) continue;
    const found = { dense: dense.get(parameter) ?? null, rows: rows.get(parameter) ?? [] };
    if (found.dense || found.rows.length > 0) gradients.set(name, found);
  }
  return gradients;
}

function dependsOn(graph: Graph, leaves: ReadonlySet<Value>): Set<Value> {
  const dependent = new Set<Value>(leaves);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => dependent.has(input))) for (const output of node.outputs) dependent.add(output);
  }
  return dependent;
}
