/** What other layers import of the calculus. */
export { differentiate, type ParameterGradient } from "./gradient.js";
export { Graph, type Value } from "./graph.js";
export { OPERATOR_SET, requiredInputs, writeOnnx } from "./onnx.js";
export type { Operator } from "./operator.js";
export * from "./operators/columns.js";
export * from "./operators/dropout.js";
export * from "./operators/elementwise.js";
export * from "./operators/linear.js";
export * from "./operators/loss.js";
export * from "./operators/normalization.js";
export * from "./operators/optimizer.js";
export * from "./operators/positions.js";
export * from "./operators/quantized.js";
export * from "./operators/rows.js";
