/**
 * All numbers of a training run in one block of memory: [weights | gradients | first moments | second moments |
 * scratch], float32, every tensor on a 64-byte boundary, parameters with weight decay before those without. With
 * accumulation a section of sums lies before the scratch. The gaps between tensors hold zeros and stay zero. Views stay
 * valid as long as they are referenced; a write to a view is a write to the block.
 *
 * Of a table whose gradient comes in rows (`byRows`), updates of rows that no batch has read are put off (RestingRows):
 * `wake` rows before a graph reads them, and `settle` before anyone else reads weights through a view taken before.
 */
import { MaillardError } from "../../../errors.js";
import { align, createKernelMemory, type KernelMemory } from "./module.js";
import { MOST_PUT_OFF, RestingRows } from "./resting-rows.js";

export interface ParameterSpec {
  name: string;
  shape: readonly number[];
  /** true: weight decay applies. */
  decay: boolean;
  /** Factor on the learning rate. Default 1. */
  rate?: number;
  /** true: its gradient comes from addScaledRows alone, of rows that were woken before. Default false. */
  byRows?: boolean;
}

/** Neighbours that one call of the kernel updates, in floats. */
interface Stretch {
  from: number;
  to: number;
  decay: boolean;
  rate: number;
  /** Of a table by rows, which is a stretch of its own. */
  table?: string;
}

/** Place of a tensor, in floats from the start of each of the four sections. */
export interface ParameterPlace {
  name: string;
  shape: number[];
  offset: number;
  length: number;
}

export interface AdamwStep {
  /** Number of this update, from 1. */
  step: number;
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** Multiplies every gradient: clipping, 1 / accumulated steps. */
  gradientScale: number;
}

const FLOAT_BYTES = 4;
/** Space for the row gradients that `addScaledRows` copies in at a time. */
const SCRATCH_BYTES = 1 << 20;
/** Of sumOfSquares: four float64. */
const SUMS_BYTES = 64;

export class ParameterArena {
  /** In memory order. */
  readonly places: readonly ParameterPlace[];
  readonly gradients: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  /** Sums of gradients over the parts of a step; empty without accumulation. */
  private readonly sums: Float32Array;
  private readonly scratch: Float32Array;
  private readonly allWeights: Float32Array;
  private readonly squares: Float64Array;
  private readonly resting = new Map<string, RestingRows>();
  private readonly memory: KernelMemory;
  private readonly byName: Map<string, ParameterPlace>;
  private readonly stretches: readonly Stretch[];

  constructor(parameters: readonly ParameterSpec[], scratchBytes = SCRATCH_BYTES, accumulates = false) {
    let floats = 0;
    const stretches: Stretch[] = [];
    const tables: { name: string; rows: number; width: number; offset: number }[] = [];
    const place = ({ name, shape, decay, rate = 1, byRows = false }: ParameterSpec): ParameterPlace => {
      const length = shape.reduce((product, size) => product * size, 1);
      const placed = { name, shape: [...shape], offset: floats, length };
      const from = floats;
      floats += align(length * FLOAT_BYTES) / FLOAT_BYTES;
      const last = stretches.at(-1);
      const [rows, width] = shape;
      if (byRows && shape.length === 2 && width % 4 === 0) {
        tables.push({ name, rows, width, offset: from });
        stretches.push({ from, to: floats, decay, rate, table: name });
      } else if (last && last.decay === decay && last.rate === rate && !last.table) last.to = floats;
      else stretches.push({ from, to: floats, decay, rate });
      return placed;
    };
    const decayed = parameters.filter(({ decay }) => decay).map(place);
    this.places = [...decayed, ...parameters.filter(({ decay }) => !decay).map(place)];
    this.stretches = stretches;
    this.byName = new Map(this.places.map((placed) => [placed.name, placed]));
    if (this.byName.size !== parameters.length)
      throw new MaillardError("INVALID_CONFIG", "Two parameters have one name.");

    const widest = Math.max(0, ...this.places.map(({ shape }) => (shape.length > 1 ? shape.at(-1)! : 0)));
    const scratchFloats = align(Math.max(scratchBytes, (widest + 1) * FLOAT_BYTES)) / FLOAT_BYTES;
    const sections = accumulates ? 5 : 4;
    const first = (sections * floats + scratchFloats) * FLOAT_BYTES;
    const factors = first + SUMS_BYTES;
    this.memory = createKernelMemory(factors + tables.length * MOST_PUT_OFF * FLOAT_BYTES);
    const section = (index: number, length: number) =>
      new Float32Array(this.memory.buffer, index * floats * FLOAT_BYTES, length);
    this.allWeights = section(0, floats);
    this.gradients = section(1, floats);
    this.firstMoments = section(2, floats);
    this.secondMoments = section(3, floats);
    this.sums = section(4, accumulates ? floats : 0);
    this.scratch = section(sections, scratchFloats);
    this.squares = new Float64Array(this.memory.buffer, first, 4);
    tables.forEach(({ name, rows, width, offset }, index) => {
      const part = (values: Float32Array) => values.subarray(offset, offset + rows * width);
      const table = {
        weights: part(this.allWeights),
        gradients: part(this.gradients),
        firstMoments: part(this.firstMoments),
        secondMoments: part(this.secondMoments),
        factors: new Float32Array(this.memory.buffer, factors + index * MOST_PUT_OFF * FLOAT_BYTES, MOST_PUT_OFF),
      };
      this.resting.set(name, new RestingRows({ ...table, rows, width }, this.memory.kernels));
    });
  }

  /** As of the last update, at the time of the call. */
  get weights(): Float32Array {
    this.settle();
    return this.allWeights;
  }

  /** Brings all weights to the last update. */
  settle(): void {
    for (const rows of this.resting.values()) rows.settle();
  }

  /** Before a graph reads these rows of a table. Without effect for parameters that are not `byRows`. */
  wake(name: string, rowIds: Int32Array): void {
    this.resting.get(name)?.wake(rowIds);
  }

  /** After weights, gradients and moments were written from outside. */
  restored(): void {
    for (const rows of this.resting.values()) rows.find();
  }

  weight(name: string): Float32Array {
    this.resting.get(name)?.settle();
    return this.view(this.allWeights, name);
  }

  gradient(name: string): Float32Array {
    return this.view(this.gradients, name);
  }

  firstMoment(name: string): Float32Array {
    return this.view(this.firstMoments, name);
  }

  secondMoment(name: string): Float32Array {
    return this.view(this.secondMoments, name);
  }

  zeroGradients(): void {
    this.gradients.fill(0);
  }

  /** Keeps the gradients of one part of a step, added to those of the parts before; `first` starts a new sum. */
  keepGradients(first: boolean): void {
    const { byteOffset, byteLength } = this.sums;
    if (first) this.sums.set(this.gradients);
    else if (byteLength > 0) this.memory.kernels.addTo(byteOffset, this.gradients.byteOffset, byteLength);
  }

  /** Adds what was kept to the gradients of the last part. */
  addKeptGradients(): void {
    const { byteOffset, byteLength } = this.sums;
    if (byteLength > 0) this.memory.kernels.addTo(this.gradients.byteOffset, byteOffset, byteLength);
  }

  /** Euclidean norm of all gradients together, summed in float64. NaN or infinite when one of them is. */
  gradientNorm(): number {
    this.squares.fill(0);
    for (const { from, to } of this.parts()) {
      if (from === to) continue;
      const at = this.gradients.byteOffset + from * FLOAT_BYTES;
      this.memory.kernels.sumOfSquares(at, (to - from) * FLOAT_BYTES, this.squares.byteOffset);
    }
    const [a, b, c, d] = this.squares;
    return Math.sqrt(a + c + (b + d));
  }

  /** What an update computes: stretches without the rows that rest. */
  private *parts(): Generator<Stretch> {
    for (const stretch of this.stretches) {
      if (!stretch.table) yield stretch;
      else
        for (const { from, to } of this.resting.get(stretch.table)!.awake())
          yield { ...stretch, from: stretch.from + from, to: stretch.from + to };
    }
  }

  /**
   * One update as torch.optim.AdamW makes it (Loshchilov and Hutter 2017, arXiv:1711.05101): weights shrink by
   * 1 - learningRate * weightDecay first, whether or not their gradient is zero. A parameter's `rate` multiplies its
   * learning rate, there too, as a parameter group's does. `epsilon` must be above 0.
   */
  adamw({ step, learningRate, beta1, beta2, epsilon, weightDecay, gradientScale }: AdamwStep): void {
    if (!(epsilon > 0)) {
      throw new MaillardError("INVALID_CONFIG", `epsilon must be above 0, not ${epsilon}.`, { param: "epsilon" });
    }
    const root = Math.sqrt(1 - beta2 ** step);
    const keepOf = ({ decay, rate }: Stretch) => 1 - learningRate * rate * (decay ? weightDecay : 0);
    for (const part of this.parts()) {
      const { from, to, rate: factor } = part;
      if (from === to) continue;
      const rate = (-learningRate * factor * root) / (1 - beta1 ** step);
      const [w, g, m, v] = [this.allWeights, this.gradients, this.firstMoments, this.secondMoments].map(
        (section) => section.byteOffset + from * FLOAT_BYTES,
      );
      const bytes = (to - from) * FLOAT_BYTES;
      const rests = [1 - beta1, beta2, 1 - beta2] as const;
      this.memory.kernels.adamw(w, g, m, v, bytes, gradientScale, keepOf(part), ...rests, rate, epsilon * root);
    }
    for (const stretch of this.stretches) if (stretch.table) this.resting.get(stretch.table)?.putOff(keepOf(stretch));
  }

  /**
   * gradient(name)[rowIds[t]] += rows[t] * scale for every t, in order: the gradient of a gather.
   * `rows` is [rowIds.length, width]; ids equal to `skipRow` (a padding row) are left out.
   */
  addScaledRows(
    name: string,
    rowIds: Int32Array,
    rows: Float32Array,
    width: number,
    { scale = 1, skipRow = -1 }: { scale?: number; skipRow?: number } = {},
  ): void {
    const table = this.gradient(name);
    const tableRows = table.length / width;
    const { shape } = this.place(name);
    if (rows.length !== rowIds.length * width || shape.length < 2 || shape.at(-1) !== width) {
      throw new MaillardError(
        "BAD_INPUT",
        `${name}: ${rows.length} numbers are not ${rowIds.length} rows of ${width}.`,
      );
    }
    const wrong = rowIds.find((id) => id < 0 || id >= tableRows);
    if (wrong !== undefined)
      throw new MaillardError("BAD_INPUT", `${name} has rows 0..${tableRows - 1}; there is no row ${wrong}.`);

    const perTurn = Math.floor(this.scratch.length / (width + 1));
    const ids = new Int32Array(this.scratch.buffer, this.scratch.byteOffset + perTurn * width * FLOAT_BYTES, perTurn);
    for (let first = 0; first < rowIds.length; first += perTurn) {
      const count = Math.min(perTurn, rowIds.length - first);
      this.scratch.set(rows.subarray(first * width, (first + count) * width));
      ids.set(rowIds.subarray(first, first + count));
      this.memory.kernels.addRows(
        table.byteOffset,
        ids.byteOffset,
        this.scratch.byteOffset,
        count,
        width,
        scale,
        skipRow,
      );
    }
  }

  /**
   * True when `values` holds no NaN and no infinity. Fastest for views of this arena; other arrays are copied first.
   */
  isFinite(values: Float32Array): boolean {
    const { kernels, buffer } = this.memory;
    if (values.buffer === buffer) return kernels.isFinite(values.byteOffset, values.length) === 1;
    for (let first = 0; first < values.length; first += this.scratch.length) {
      const part = values.subarray(first, first + this.scratch.length);
      this.scratch.set(part);
      if (kernels.isFinite(this.scratch.byteOffset, part.length) === 0) return false;
    }
    return true;
  }

  private place(name: string): ParameterPlace {
    const placed = this.byName.get(name);
    if (!placed) throw new MaillardError("INTERNAL", `There is no parameter ${name} in the arena.`);
    return placed;
  }

  private view(section: Float32Array, name: string): Float32Array {
    const { offset, length } = this.place(name);
    return section.subarray(offset, offset + length);
  }
}
