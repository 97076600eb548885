/**
 * Operators that move rows. `splitRows` and `joinRows` keep padding out of every matrix product: tokens are stored
 * flat, and only attention has sequences side by side, in groups of similar length. All are partial permutations, so
 * their gradients are gathers with the inverse index. No scatter is needed (ScatterND with addition races on the CPU).
 */
import { type Dimension, type Shape, show, type Value } from "../graph.js";
import type { Operator, RowGradient } from "../operator.js";

/** y[i] = table[ids[i]]: table [rows, width], ids int32 [count]. The gradient stays in rows; the host adds them up. */
export const lookupOperator: Operator = {
  name: "lookup",
  shapes: ([table, ids]) => {
    if (table.shape.length !== 2 || ids.shape.length !== 1)
      throw new Error(`lookup: table ${show(table.shape)}, ids ${show(ids.shape)} do not fit`);
    return [{ shape: [ids.shape[0], table.shape[1]] }];
  },
  onnx: (emit, inputs, outputs) => void emit.node("Gather", inputs, { outputs, attributes: { axis: 0 } }),
  gradient: ({ inputs: [, ids] }, [dy]) => [{ ids, values: dy! }, null],
};

/**
 * y[r] = Σ values[i] over ids[i] = r (+ c[r]): the gradient of a lookup where the host does not add it up. Inputs: ids
 * int32 [count], values [count, width], distinct int32 [d] (each id once), place int32 [rows] (place[distinct[j]] = j,
 * and d for a row that no id names), and c [rows, width] or none. A product with a matrix of zeros and ones [count, d],
 * then a gather: exact, without a scatter, and each operator of it runs on WebGPU.
 */
export const addRowsOperator: Operator = {
  name: "addRows",
  shapes: ([ids, values, distinct, place, c]) => {
    const shape = [place.shape[0], rowWidth("addRows", values)];
    const fits = ids.shape.length === 1 && ids.shape[0] === values.shape[0] && distinct.shape.length === 1;
    if (!fits || (c && c.shape.join() !== shape.join()))
      throw new Error(`addRows: ids ${show(ids.shape)}, values ${show(values.shape)} do not fit ${show(shape)}`);
    return [{ shape }];
  },
  onnx: (emit, [ids, values, distinct, place, c], outputs, _attributes, node) => {
    const width = node.inputs[1].shape[1] as number;
    const along = (x: string, axis: bigint) => emit.node("Unsqueeze", [x, emit.constant(BigInt64Array.of(axis), [1])]);
    const equal = emit.node("Equal", [along(ids, 1n), along(distinct, 0n)]);
    const hits = emit.node("Cast", [equal], { attributes: { to: 1 } });
    const sums = emit.node("Gemm", [hits, values], { attributes: { transA: 1 } });
    const zeros = emit.constant(new Float32Array(width), [1, width]);
    const padded = emit.node("Concat", [sums, zeros], { attributes: { axis: 0 } });
    if (!c) return void emit.node("Gather", [padded, place], { outputs, attributes: { axis: 0 } });
    emit.node("Add", [emit.node("Gather", [padded, place], { attributes: { axis: 0 } }), c], { outputs });
  },
};

/**
 * y[i] = x[index[i]], or a row of zeros where index[i] = number of rows of x; with `real` there is no such index. No
 * row of x is taken twice. Inputs: x [n, width], index int32 [m], inverse int32 [n] (inverse[j] = i where index[i] = j,
 * or m where j is not taken).
 */
export const placeRowsOperator: Operator<{ real: boolean }> = {
  name: "placeRows",
  shapes: ([x, index, inverse]) => {
    const width = rowWidth("placeRows", x);
    if (inverse.shape[0] !== x.shape[0])
      throw new Error(`placeRows: inverse ${show(inverse.shape)} is not as long as x ${show(x.shape)}`);
    return [{ shape: [index.shape[0], width] }];
  },
  onnx: (emit, [x, index], outputs, { real }, node) => {
    if (real) return void emit.node("Gather", [x, index], { outputs, attributes: { axis: 0 } });
    const width = node.inputs[0].shape[1] as number;
    const padded = emit.node("Concat", [x, emit.constant(new Float32Array(width), [1, width])], {
      attributes: { axis: 0 },
    });
    emit.node("Gather", [padded, index], { outputs, attributes: { axis: 0 } });
  },
  gradient: ({ inputs: [, index, inverse] }, [dy]) => [placeRows(dy!, inverse, index), null, null],
};

/**
 * Rows of x in several groups: y_g[i] = x[index_g[i]]. Each row of x is in one group, once. Index -1 is a place to
 * which no row belongs: zeros, or with `filler` any finite values, for readers that do not depend on them. Inputs: x
 * [n, width], inverse int32 [n] (place of each row in all groups one after another), index_g int32 [m_g].
 */
export const splitRowsOperator: Operator<{ filler: boolean }> = {
  name: "splitRows",
  shapes: ([x, inverse, ...indices]) => {
    const width = rowWidth("splitRows", x);
    if (inverse.shape[0] !== x.shape[0])
      throw new Error(`splitRows: inverse ${show(inverse.shape)} is not as long as x ${show(x.shape)}`);
    return indices.map(({ shape }) => ({ shape: [shape[0], width] }));
  },
  onnx: (emit, [x, _inverse, ...indices], outputs, { filler }, node) => {
    const width = node.inputs[0].shape[1] as number;
    // Index -1 is the last row: that of zeros, or some row of x.
    const zeros = () => emit.constant(new Float32Array(width), [1, width]);
    const source = filler ? x : emit.node("Concat", [x, zeros()], { attributes: { axis: 0 } });
    indices.forEach((index, group) => {
      emit.node("Gather", [source, index], { outputs: [outputs[group]], attributes: { axis: 0 } });
    });
  },
  gradient: ({ inputs: [, inverse, ...indices] }, dys) => [
    joinRows(
      dys.map((dy) => dy!),
      inverse,
      indices,
    ),
    null,
    ...indices.map(() => null),
  ],
};

/** Reverses `splitRows`: y[j] = row inverse[j] of all groups one after another. Inputs: inverse, index_g, x_g. */
export const joinRowsOperator: Operator = {
  name: "joinRows",
  shapes: ([inverse, ...rest]) => [{ shape: [inverse.shape[0], rowWidth("joinRows", rest[rest.length / 2])] }],
  onnx: (emit, [inverse, ...rest], outputs) => {
    const groups = rest.slice(rest.length / 2);
    const all = groups.length === 1 ? groups[0] : emit.node("Concat", groups, { attributes: { axis: 0 } });
    emit.node("Gather", [all, inverse], { outputs, attributes: { axis: 0 } });
  },
  gradient: ({ inputs: [inverse, ...rest] }, [dy]) => {
    const indices = rest.slice(0, rest.length / 2);
    return [null, ...indices.map(() => null), ...splitRows(dy!, inverse, indices)];
  },
};

function rowWidth(name: string, { shape }: Value): number {
  const [, width] = shape;
  if (shape.length !== 2 || typeof width !== "number")
    throw new Error(`${name}: ${show(shape)} needs two dimensions and a known width`);
  return width;
}

/**
 * The same values in another shape. Inputs: x, then, where more than one dimension is known only at run time,
 * `lengths` (int64, the new shape) and for the gradient `back` (int64, the old shape).
 */
export const reshapeOperator: Operator<{ shape: Shape }> = {
  name: "reshape",
  shapes: (_inputs, { shape }) => [{ shape }],
  onnx: (emit, [x, lengths], outputs) => void emit.node("Reshape", [x, lengths], { outputs }),
  gradient: ({ inputs: [x, lengths, back] }, [dy]) => [
    x.graph.append(reshapeOperator, [dy!, back, lengths], { shape: x.shape })[0],
    null,
    null,
  ],
};

export const lookup = (table: Value, ids: Value): Value => table.graph.append(lookupOperator, [table, ids], {})[0];
/** `gathered`: what is added, or null. */
export const addRows = (
  { ids, values }: RowGradient,
  { distinct, place }: { distinct: Value; place: Value },
  gathered: Value | null,
): Value => ids.graph.append(addRowsOperator, [ids, values, distinct, place, ...(gathered ? [gathered] : [])], {})[0];
export const placeRows = (x: Value, index: Value, inverse: Value, real = false): Value =>
  x.graph.append(placeRowsOperator, [x, index, inverse], { real })[0];
export const splitRows = (x: Value, inverse: Value, indices: readonly Value[], filler = false): readonly Value[] =>
  x.graph.append(splitRowsOperator, [x, inverse, ...indices], { filler });
export const joinRows = (groups: readonly Value[], inverse: Value, indices: readonly Value[]): Value =>
  inverse.graph.append(joinRowsOperator, [inverse, ...indices, ...groups], {})[0];
export function reshape(x: Value, shape: readonly Dimension[], run: { lengths?: Value; back?: Value } = {}): Value {
  const lengths = run.lengths ?? knownLengths(x, shape);
  const back = run.back ?? knownLengths(x, x.shape);
  return x.graph.append(reshapeOperator, [x, lengths, back], { shape })[0];
}

function knownLengths({ graph }: Value, shape: Shape): Value {
  const unknown = shape.filter((size) => typeof size !== "number").length;
  if (unknown > 1) throw new Error(`reshape: ${show(shape)} has ${unknown} run-time dimensions; give their lengths`);
  return graph.constant(
    BigInt64Array.from(shape, (size) => (typeof size === "number" ? BigInt(size) : -1n)),
    [shape.length],
  );
}
