/**
 * Rows of a table that no batch has read yet. Their gradients and moments are zero, so an update is w = w * keep and
 * nothing else. It is put off until the row is read or the weights are: then the factors are applied one after the
 * other, in the order of the updates. So the bits are those of updating every row at every step.
 */
import type { KernelMemory } from "./module.js";

/** Factors that can be put off: 16 KiB of memory. */
export const MOST_PUT_OFF = 4096;
const FLOAT_BYTES = 4;

interface Table {
  weights: Float32Array;
  gradients: Float32Array;
  firstMoments: Float32Array;
  secondMoments: Float32Array;
  rows: number;
  /** Floats of a row: a multiple of 4. */
  width: number;
  /** [MOST_PUT_OFF], in the memory of the kernels. */
  factors: Float32Array;
}

export class RestingRows {
  private readonly isResting: Uint8Array;
  /** Factors that a resting row has had already. */
  private readonly had: Uint16Array;
  private count = 0;

  constructor(
    private readonly table: Table,
    private readonly kernels: KernelMemory["kernels"],
  ) {
    this.isResting = new Uint8Array(table.rows).fill(1);
    this.had = new Uint16Array(table.rows);
  }

  /** Before rows are read: their weights are as of the last update, and they are updated at every step from now on. */
  wake(rows: Int32Array): void {
    for (const row of rows) {
      if (this.isResting[row] !== 1) continue;
      this.apply(row, row + 1);
      this.isResting[row] = 0;
    }
  }

  /** Every row's weights are as of the last update. */
  settle(): void {
    if (this.count === 0) return;
    const { rows } = this.table;
    for (let from = 0, to = 0; from < rows; from = to) {
      for (to = from + 1; to < rows && this.isSame(from, to); ) to++;
      if (this.isResting[from] === 1) this.apply(from, to);
    }
    this.had.fill(0);
    this.count = 0;
  }

  /** An update of all resting rows. */
  putOff(factor: number): void {
    if (Math.fround(factor) === 1) return;
    this.table.factors[this.count++] = factor;
    if (this.count === MOST_PUT_OFF) this.settle();
  }

  /** Stretches of rows that do not rest, in floats from the start of the table. */
  *awake(): Generator<{ from: number; to: number }> {
    const { rows, width } = this.table;
    for (let from = 0; from < rows; from++) {
      if (this.isResting[from] === 1) continue;
      let to = from + 1;
      while (to < rows && this.isResting[to] === 0) to++;
      yield { from: from * width, to: to * width };
      from = to;
    }
  }

  /** Which rows rest, found again from gradients and moments: after these were written from outside. */
  find(): void {
    const { rows, width, gradients, firstMoments, secondMoments } = this.table;
    this.had.fill(0);
    this.count = 0;
    for (let row = 0; row < rows; row++) {
      const isZero = (values: Float32Array) => {
        for (let i = row * width; i < (row + 1) * width; i++) if (values[i] !== 0) return false;
        return true;
      };
      this.isResting[row] = Number(isZero(secondMoments) && isZero(firstMoments) && isZero(gradients));
    }
  }

  private isSame(a: number, b: number): boolean {
    return this.isResting[a] === this.isResting[b] && this.had[a] === this.had[b];
  }

  /** Rows that have had equally many factors get the others. */
  private apply(from: number, to: number): void {
    const had = this.had[from];
    if (had === this.count) return;
    const { weights, width, factors } = this.table;
    const bytes = (to - from) * width * FLOAT_BYTES;
    const start = weights.byteOffset + from * width * FLOAT_BYTES;
    this.kernels.scaleBy(start, bytes, factors.byteOffset + had * FLOAT_BYTES, this.count - had);
    this.had.fill(this.count, from, to);
  }
}
