/** Rows of which few numbers are not 0, such as counts of environments: only these are kept. */
import type { SparseVector } from "../../chem/morgan/counts.js";
import type { Design } from "./design.js";

/** Weights of one column lie side by side: a row touches few columns, and all classes of each. */
export class SparseRows implements Design {
  private constructor(
    readonly dimension: number,
    /** Numbers of row i: places starts[i] … starts[i + 1] - 1 of the others. */
    private readonly starts: Uint32Array,
    private readonly columns: Uint32Array,
    private readonly values: Float64Array,
  ) {}

  static of(rows: readonly SparseVector[], dimension: number): SparseRows {
    const starts = new Uint32Array(rows.length + 1);
    for (const [place, { columns }] of rows.entries()) starts[place + 1] = starts[place] + columns.length;
    const columns = new Uint32Array(starts[rows.length]);
    const values = new Float64Array(starts[rows.length]);
    for (const [place, row] of rows.entries()) {
      columns.set(row.columns, starts[place]);
      values.set(row.values, starts[place]);
    }
    return new SparseRows(dimension, starts, columns, values);
  }

  get count(): number {
    return this.starts.length - 1;
  }

  dots(row: number, weights: Float64Array, outputs: Float64Array): void {
    const { starts, columns, values } = this;
    const width = outputs.length;
    for (let place = starts[row]; place < starts[row + 1]; place++) {
      const at = columns[place] * width;
      const value = values[place];
      for (let k = 0; k < width; k++) outputs[k] += weights[at + k] * value;
    }
  }

  addTo(target: Float64Array, row: number, scales: Float64Array): void {
    const { starts, columns, values } = this;
    const width = scales.length;
    for (let place = starts[row]; place < starts[row + 1]; place++) {
      const at = columns[place] * width;
      const value = values[place];
      for (let k = 0; k < width; k++) target[at + k] += scales[k] * value;
    }
  }

  byOutput(weights: Float64Array, outputs: number): Float64Array[] {
    return Array.from({ length: outputs }, (_, k) =>
      Float64Array.from({ length: this.dimension }, (_weight, j) => weights[j * outputs + k]),
    );
  }

  pick(rows: readonly number[]): SparseRows {
    return SparseRows.of(
      rows.map((row) => this.row(row)),
      this.dimension,
    );
  }

  row(row: number): SparseVector {
    const [from, to] = [this.starts[row], this.starts[row + 1]];
    return { columns: this.columns.subarray(from, to), values: this.values.subarray(from, to) };
  }
}
