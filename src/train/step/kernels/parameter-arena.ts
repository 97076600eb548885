/**
 * All numbers of a training run in one block of memory: [weights | gradients | first moments | second moments |
 * scratch], float32, every tensor on a 64-byte boundary, parameters with weight decay before those without. With
 * accumulation a section of sums lies before the scratch. The gaps between tensors hold zeros and stay zero. Views stay
 * valid as long as they are referenced; a write to a view is a write to the block.
 */
import { MaillardError } from "../../../errors.js";
import { align, createKernelMemory, type KernelMemory } from "./module.js";

export interface ParameterSpec {
  name: string;
  shape: readonly number[];
  /** true: weight decay applies. */
  decay: boolean;
  /** Factor on the learning rate. Default 1. */
  rate?: number;
}

/** Neighbours that one call of the kernel updates, in floats. */
interface Stretch {
  from: number;
  to: number;
  decay: boolean;
  rate: number;
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

export class ParameterArena {
  /** In memory order. */
  readonly places: readonly ParameterPlace[];
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  /** Sums of gradients over the parts of a step; empty without accumulation. */
  private readonly sums: Float32Array;
  private readonly scratch: Float32Array;
  private readonly memory: KernelMemory;
  private readonly byName: Map<string, ParameterPlace>;
  private readonly stretches: readonly Stretch[];

  constructor(parameters: readonly ParameterSpec[], scratchBytes = SCRATCH_BYTES, accumulates = false) {
    let floats = 0;
    const stretches: Stretch[] = [];
    const place = ({ name, shape, decay, rate = 1 }: ParameterSpec): ParameterPlace => {
      const length = shape.reduce((product, size) => product * size, 1);
      const placed = { name, shape: [...shape], offset: floats, length };
      const from = floats;
      floats += align(length * FLOAT_BYTES) / FLOAT_BYTES;
      const last = stretches.at(-1);
      if (last && last.decay === decay && last.rate === rate) last.to = floats;
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
    this.memory = createKernelMemory((sections * floats + scratchFloats) * FLOAT_BYTES);
    const section = (index: number, length: number) =>
      new Float32Array(this.memory.buffer, index * floats * FLOAT_BYTES, length);
    this.weights = section(0, floats);
    this.gradients = section(1, floats);
    this.firstMoments = section(2, floats);
    this.secondMoments = section(3, floats);
    this.sums = section(4, accumulates ? floats : 0);
    this.scratch = section(sections, scratchFloats);
  }

  weight(name: string): Float32Array {
    return this.view(this.weights, name);
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
    const { byteOffset, byteLength } = this.gradients;
    return byteLength === 0 ? 0 : Math.sqrt(this.memory.kernels.sumOfSquares(byteOffset, byteLength));
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
    for (const { from, to, decay, rate: factor } of this.stretches) {
      if (from === to) continue;
      const scaled = learningRate * factor;
      const rate = -scaled / (1 - beta1 ** step);
      const [w, g, m, v] = [this.weights, this.gradients, this.firstMoments, this.secondMoments].map(
        (section) => section.byteOffset + from * FLOAT_BYTES,
      );
      const bytes = (to - from) * FLOAT_BYTES;
      const keep = 1 - scaled * (decay ? weightDecay : 0);
      this.memory.kernels.adamw(
        w,
        g,
        m,
        v,
        bytes,
        gradientScale,
        keep,
        1 - beta1,
        beta2,
        1 - beta2,
        rate,
        root,
        epsilon,
      );
    }
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
