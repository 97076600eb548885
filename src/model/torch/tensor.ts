/**
 * A tensor of torch as its file describes it: a view of a storage by offset and strides, counted in elements.
 *
 * `checkView` keeps every view inside its storage, and limits its values to the number of the storage's elements: a
 * stride of 0 could otherwise turn four bytes into any number of them. `gather` brings the view into row-major order.
 */
import { PickleObject } from "./pickle-values.js";
import { quoted, type Refusals } from "./source.js";

export class TorchStorage extends PickleObject {
  readonly kind = "a storage";

  constructor(
    readonly key: string,
    /** As safetensors names it. */
    readonly dtype: string,
    readonly elements: number,
  ) {
    super();
  }
}

export class TorchTensor extends PickleObject {
  readonly kind = "a tensor";

  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
  }

  get dtype(): string {
    return this.storage.dtype;
  }

  get elements(): number {
    return this.shape.reduce((product, n) => product * n, 1);
  }

  /** Elements of the storage from the first to the last of the view. */
  get span(): number {
    if (this.elements === 0) return 0;
    return this.shape.reduce((sum, n, axis) => sum + (n - 1) * this.strides[axis], 1);
  }

  /** Row-major without gaps: the elements are in the requested order already. */
  get contiguous(): boolean {
    let step = 1;
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      if (this.shape[axis] !== 1 && this.strides[axis] !== step) return false;
      step *= this.shape[axis];
    }
    return true;
  }
}

/** Axes of a tensor; the parameters of an encoder have two at most. */
export const MAX_RANK = 8;

export function checkView(name: string, tensor: TorchTensor, refusals: Refusals): void {
  const { storage, offset, shape, strides, elements, span } = tensor;
  const view = `tensor ${quoted(name)}, [${shape}] with strides [${strides}]`;
  if (shape.length !== strides.length)
    throw refusals.invalid(`${view}, has ${shape.length} axes and ${strides.length} strides; both must be one number`);
  if (elements > storage.elements)
    throw refusals.invalid(`${view}, has ${elements} values and its storage only ${storage.elements}`);
  if (offset + span > storage.elements)
    throw refusals.invalid(`${view}, ends at ${offset + span}, outside the ${storage.elements} values of its storage`);
}

/** The view's values in row-major order. `values`: the elements from the view's first to its last. */
export function gather(tensor: TorchTensor, values: Float32Array): Float32Array {
  const { shape, strides, elements } = tensor;
  const result = new Float32Array(elements);
  const index = new Array<number>(shape.length).fill(0);
  let place = 0;
  for (let i = 0; i < elements; i++) {
    result[i] = values[place];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis];
      if (++index[axis] < shape[axis]) break;
      place -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return result;
}
