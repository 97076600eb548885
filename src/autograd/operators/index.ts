/** The operator table: every row, by name. A test walks it with finite differences. */
import * as columns from "./columns.js";
import * as dropout from "./dropout.js";
import * as elementwise from "./elementwise.js";
import * as linear from "./linear.js";
import * as loss from "./loss.js";
import * as normalization from "./normalization.js";
import * as optimizer from "./optimizer.js";
import * as positions from "./positions.js";
import * as quantized from "./quantized.js";
import * as rows from "./rows.js";

export const OPERATORS = {
  add: elementwise.addOperator,
  multiply: elementwise.multiplyOperator,
  scale: elementwise.scaleOperator,
  multiplyByScalar: elementwise.multiplyByScalarOperator,
  addMask: elementwise.addMaskOperator,
  tanh: elementwise.tanhOperator,
  tanhGradient: elementwise.tanhGradientOperator,
  relu: elementwise.reluOperator,
  reluGradient: elementwise.reluGradientOperator,
  gelu: elementwise.geluOperator,
  geluGradient: elementwise.geluGradientOperator,
  geluTanh: elementwise.geluTanhOperator,
  geluTanhGradient: elementwise.geluTanhGradientOperator,
  gemm: linear.gemmOperator,
  linear: linear.linearOperator,
  sumRows: linear.sumRowsOperator,
  batchMatMul: linear.batchMatMulOperator,
  softmax: normalization.softmaxOperator,
  softmaxGradient: normalization.softmaxGradientOperator,
  layerNormalization: normalization.layerNormalizationOperator,
  layerNormalizationGradient: normalization.layerNormalizationGradientOperator,
  lookup: rows.lookupOperator,
  addRows: rows.addRowsOperator,
  placeRows: rows.placeRowsOperator,
  splitRows: rows.splitRowsOperator,
  joinRows: rows.joinRowsOperator,
  reshape: rows.reshapeOperator,
  splitColumns: columns.splitColumnsOperator,
  joinColumns: columns.joinColumnsOperator,
  rotaryTables: positions.rotaryTablesOperator,
  rotary: positions.rotaryOperator,
  windowBias: positions.windowBiasOperator,
  quantizeRows: quantized.quantizeRowsOperator,
  integerLinear: quantized.integerLinearOperator,
  oneHot: loss.oneHotOperator,
  crossEntropy: loss.crossEntropyOperator,
  crossEntropyGradient: loss.crossEntropyGradientOperator,
  binaryCrossEntropy: loss.binaryCrossEntropyOperator,
  binaryCrossEntropyGradient: loss.binaryCrossEntropyGradientOperator,
  squaredError: loss.squaredErrorOperator,
  squaredErrorGradient: loss.squaredErrorGradientOperator,
  dot: loss.dotOperator,
  unpackMask: dropout.unpackMaskOperator,
  sumOfSquares: optimizer.sumOfSquaresOperator,
  clipScale: optimizer.clipScaleOperator,
  adamw: optimizer.adamwOperator,
} as const;

export type OperatorName = keyof typeof OPERATORS;
