/**
 * The kernels, compiled once when this file is first imported (about 60 ms, most of it loading the assembler), and
 * bound to any number of memories. A memory is never shared and never grown, so views of it stay valid as long as they
 * are referenced, and onnxruntime-node reads and writes them without a copy.
 */
import wabt from "wabt";
import { MaillardError } from "../../../errors.js";
import { KERNELS } from "./wat.js";

/** Node's global, as far as used here; its types come with the DOM library, which this project does not load. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: Record<string, Record<string, unknown>>) => { exports: unknown };
  Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
};

type DropoutKernel = (
  out: number,
  rows: number,
  stride: number,
  blocks: number,
  threshold: number,
  scale: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
) => void;

/** Arguments as described in wat.ts; pointers are byte addresses, `bytes` a positive multiple of 16. */
interface Kernels {
  adamw(
    weights: number,
    gradients: number,
    firstMoments: number,
    secondMoments: number,
    bytes: number,
    scale: number,
    keep: number,
    rest1: number,
    beta2: number,
    rest2: number,
    rate: number,
    epsilon: number,
  ): void;
  scaleBy(values: number, bytes: number, factors: number, count: number): void;
  addTo(target: number, values: number, bytes: number): void;
  sumOfSquares(values: number, bytes: number, sums: number): void;
  isFinite(values: number, count: number): number;
  addRows(
    table: number,
    ids: number,
    rows: number,
    count: number,
    width: number,
    scale: number,
    skippedId: number,
  ): void;
  dropoutRows: DropoutKernel;
  dropoutBits: DropoutKernel;
  clearOutside(block: number, rows: number, length: number, height: number, size: number): void;
}

export interface KernelMemory {
  readonly buffer: ArrayBuffer;
  readonly kernels: Kernels;
}

const PAGE_BYTES = 65_536;
const MAX_MEMORY_BYTES = 65_536 * PAGE_BYTES;

/** Start of every tensor: a cache line. */
const ALIGNMENT = 64;
export const align = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

async function compile(): Promise<object> {
  const assembler = await wabt();
  const text = assembler.parseWat("kernels.wat", KERNELS, { simd: true, bulk_memory: true });
  try {
    return new WebAssembly.Module(text.toBinary({}).buffer);
  } finally {
    text.destroy();
  }
}

const compiled = await compile();

/** A memory of at least `bytes`, all zero, with the kernels on it. Pages cost nothing until they are written. */
export function createKernelMemory(bytes: number): KernelMemory {
  const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  if (bytes > MAX_MEMORY_BYTES) {
    const needed = `Training needs ${gigabytes(bytes)} GB in one block, and 4 GB is the limit`;
    const message = `${needed}; use a smaller model or batch.`;
    throw new MaillardError("INVALID_CONFIG", message, { details: { bytes, limit: MAX_MEMORY_BYTES } });
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(compiled, { maillard: { memory } });
  return { buffer: memory.buffer, kernels: instance.exports as Kernels };
}

const gigabytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
