/**
 * Dropout masks from a counter-based generator: float32, 0 or 1 / keep, never stored and never restored. An element is
 * a function of (seed, step, site, sequence in the step, position, channel) or, for attention, (seed, step, site,
 * sequence, head, query, key): how a batch is padded does not matter.
 *
 * Philox4x32-10 under the key (seed mod 2^32, seed / 2^32), eight elements a block, 16 bits each:
 *   hidden     counter (channel / 8,            sequence << 16 | position, step, 2^31 | site)
 *   attention  counter (head << 16 | key / 8,   sequence << 16 | query,    step, 3 * 2^30 | site)
 * With 16 bits the share kept is round((1 - p) * 65536) / 65536, and the scale is the inverse of that share, so a
 * mask's expectation is 1 whatever p. As bits they take a 32nd of the memory. Masks live until `reset`.
 */
import { MASK_LEVELS, maskWords, quantisedKeep } from "../../../autograd/index.js";
import { MaillardError } from "../../../errors.js";
import { seedKey } from "../../../model/philox-stream.js";
import { align, createKernelMemory, type KernelMemory } from "./module.js";

interface MaskRequest<Packed extends boolean> {
  /** Integer of up to 53 bits. */
  seed: number;
  /** 0..2^32 - 1 */
  step: number;
  /** Which dropout of the network, 0..2^30 - 1. */
  site: number;
  /** Probability of a zero, 0 <= p < 1. */
  p: number;
  /** Tokens of each sequence: up to 65,536 sequences of up to 65,536 tokens. */
  lengths: Int32Array;
  /** Number of the first of them in the step; above 0 for the later parts of a step's batch. Default 0. */
  firstSequence?: number;
  /**
   * true: 32 elements in one number of a Uint32Array, element j in bit j mod 32 of number j / 32 of its row; 1: kept.
   * Default false: floats.
   */
  packed?: Packed;
  /** By sequence: the positions of the rows (of attention: of the queries) wanted, ascending. Default: all. */
  positions?: readonly Int32Array[] | null;
}

type Mask<Packed extends boolean> = Packed extends true ? Uint32Array : Float32Array;

interface Block extends KernelMemory {
  used: number;
}

const HIDDEN = 0x80000000;
const ATTENTION = 0xc0000000;
const FLOAT_BYTES = 4;
/** 32 elements that are kept. */
const ALL = 0xffffffff;

export class DropoutMasks {
  private readonly blocks: Block[] = [];

  /**
   * @param blockBytes size of the first memory; another one, at least twice as large, is added when masks do not fit.
   */
  constructor(private readonly blockBytes = 1 << 24) {}

  /** Makes the memory of all masks free for new ones: views handed out before are overwritten from now on. */
  reset(): void {
    for (const block of this.blocks) block.used = 0;
  }

  /** [sum of lengths, or of positions, width, or its numbers]: sequence by sequence, token by token. */
  hidden<Packed extends boolean = false>(request: MaskRequest<Packed> & { width: number }): Mask<Packed> {
    const { seed, step, site, p, lengths, firstSequence = 0, positions, width, packed = false } = request;
    checkRanges(lengths, firstSequence + lengths.length);
    const rows = (positions ?? Array.from(lengths, (length) => ({ length }))).reduce(
      (sum, { length }) => sum + length,
      0,
    );
    const row = packed ? maskWords(width) : width;
    const { view, fill } = this.allocate(rows * row, 4 * row + 8, packed);
    const { threshold, scale } = quantisedKeep(p);
    if (threshold === MASK_LEVELS) return view.fill(packed ? ALL : 1) as Mask<Packed>;
    const [k0, k1] = seedKey(seed);
    const stride = row * FLOAT_BYTES;
    const blocks = Math.ceil(width / 8);
    let out = view.byteOffset;
    for (let sequence = 0; sequence < lengths.length; sequence++) {
      const c1 = (firstSequence + sequence) << 16;
      for (const { first, count } of stretches(lengths[sequence], positions?.[sequence])) {
        fill(out, count, stride, blocks, threshold, scale, 0, c1 + first, step, HIDDEN + site, k0, k1);
        out += count * stride;
      }
    }
    return view as Mask<Packed>;
  }

  /**
   * [sequences, heads, queries, paddedLength, or its numbers] for (query, key). Where either is padding: 0, or, packed,
   * any bit. `queries` is paddedLength where all positions are wanted. `numbers` are those of the sequences in the step
   * where they do not follow one another from `firstSequence`.
   */
  attention<Packed extends boolean = false>(
    request: MaskRequest<Packed> & {
      heads: number;
      paddedLength: number;
      queries?: number;
      numbers?: readonly number[];
    },
  ): Mask<Packed> {
    const { seed, step, site, p, lengths, firstSequence = 0, positions, heads, paddedLength } = request;
    const { queries = paddedLength, packed = false } = request;
    const { numbers = Array.from(lengths, (_, sequence) => firstSequence + sequence) } = request;
    checkRanges(lengths, Math.max(0, ...numbers) + 1);
    const row = packed ? maskWords(paddedLength) : paddedLength;
    const { view, fill, kernels } = this.allocate(lengths.length * heads * queries * row, 4 * row + 8, packed);
    const { threshold, scale } = quantisedKeep(p);
    if (threshold === MASK_LEVELS) return view.fill(packed ? ALL : 1) as Mask<Packed>;
    const [k0, k1] = seedKey(seed);
    const stride = row * FLOAT_BYTES;
    let out = view.byteOffset;
    for (let sequence = 0; sequence < lengths.length; sequence++) {
      const length = lengths[sequence];
      const blocks = Math.ceil(length / 8);
      const parts = stretches(length, positions?.[sequence]);
      const c1 = numbers[sequence] << 16;
      for (let head = 0; head < heads; head++) {
        const c0 = head << 16;
        let rows = 0;
        for (const { first, count } of parts) {
          const counter = [c0, c1 + first, step, ATTENTION + site] as const;
          fill(out + rows * stride, count, stride, blocks, threshold, scale, ...counter, k0, k1);
          rows += count;
        }
        if (!packed) kernels.clearOutside(out, rows, length, queries, paddedLength);
        out += queries * stride;
      }
    }
    return view as Mask<Packed>;
  }

  /** `slack` numbers behind the view may be overwritten by the kernel that fills it. */
  private allocate(floats: number, slack: number, packed: boolean) {
    const bytes = align((floats + slack) * FLOAT_BYTES);
    let block = this.blocks.find(({ buffer, used }) => used + bytes <= buffer.byteLength);
    if (!block) {
      const largest = this.blocks.at(-1)?.buffer.byteLength ?? this.blockBytes / 2;
      block = { ...createKernelMemory(Math.max(bytes, Math.min(2 * largest, 2 ** 31))), used: 0 };
      this.blocks.push(block);
    }
    const view: Float32Array | Uint32Array = new (packed ? Uint32Array : Float32Array)(
      block.buffer,
      block.used,
      floats,
    );
    block.used += bytes;
    const { kernels } = block;
    return { view, kernels, fill: packed ? kernels.dropoutBits : kernels.dropoutRows };
  }
}

/** Positions as stretches of neighbours, ascending; without positions one stretch of `length`. */
function stretches(length: number, positions?: Int32Array): { first: number; count: number }[] {
  if (!positions) return length > 0 ? [{ first: 0, count: length }] : [];
  const found: { first: number; count: number }[] = [];
  for (const position of positions) {
    const last = found.at(-1);
    if (last && last.first + last.count === position) last.count++;
    else found.push({ first: position, count: 1 });
  }
  return found;
}

function checkRanges(lengths: Int32Array, sequences: number): void {
  if (sequences <= MASK_LEVELS && lengths.every((length) => length >= 0 && length <= MASK_LEVELS)) return;
  throw new MaillardError("BAD_INPUT", `Dropout takes up to ${MASK_LEVELS} sequences of up to ${MASK_LEVELS} tokens.`);
}
