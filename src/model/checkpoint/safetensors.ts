/**
 * The safetensors format: 8 bytes of header length (little-endian), a JSON header, then the tensors' bytes.
 *
 * Reading trusts nothing. The header is at most 8 MiB and 20,000 tensors (limits.ts), every tensor's bytes lie inside
 * the file and are as many as its type and shape need, and together they cover the data without overlap or gap. A file
 * that breaks a rule is refused with CHECKPOINT_INVALID before any tensor is read. Tensors are read one by one,
 * float32 straight into their array, so the memory used is that of the requested tensors. Values are returned as
 * float32 for every type of the file. Format: https://github.com/huggingface/safetensors. Little-endian machines only,
 * like onnxruntime.
 */
import { type FileHandle, open } from "node:fs/promises";
import { MaillardError } from "../../errors.js";
import { shown } from "../../text.js";
import type { Weight } from "../types.js";
import { BYTES_PER_ELEMENT, toFloat32 } from "../weights/element-type.js";
import { narrowToHalf } from "../weights/half.js";
import { MAX_READ_BYTES, readBytes, type WeightsFile } from "../weights/weights-file.js";
import { CHECKPOINT_LIMITS } from "./limits.js";

export interface TensorEntry {
  dtype: string;
  shape: number[];
  /** Bytes from the start of the data section. */
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  tensors: Map<string, TensorEntry>;
  metadata: Record<string, string>;
  /** Place in the file of the data section. */
  dataStart: number;
}

export class SafetensorsFile implements WeightsFile {
  private constructor(
    readonly path: string,
    readonly header: SafetensorsHeader,
    private readonly file: FileHandle,
    readonly bytes: number,
  ) {}

  /** Opens and checks a file; the caller closes it. */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
      throw new MaillardError(
        "CHECKPOINT_INVALID",
        `${path} cannot be read (${error.code}); a checkpoint needs its weights there.`,
      );
    });
    try {
      const { size } = await file.stat();
      return new SafetensorsFile(path, await readHeader(path, file, size), file, size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get tensors(): ReadonlyMap<string, TensorEntry> {
    return this.header.tensors;
  }

  has(name: string): boolean {
    return this.header.tensors.has(name);
  }

  /** One tensor, widened (F16, BF16) or rounded (F64, I64) to float32. */
  async read(name: string): Promise<Weight> {
    const entry = this.header.tensors.get(name);
    if (!entry) throw invalid(this.path, `it has no tensor ${name}`);
    const length = entry.end - entry.begin;
    const bytes = await readBytes(this.file, this.header.dataStart + entry.begin, length);
    if (!bytes) throw invalid(this.path, `tensor ${name} ends before its ${length} bytes`);
    return { shape: [...entry.shape], data: toFloat32(this.path, name, entry.dtype, bytes.buffer) };
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

async function readHeader(path: string, file: FileHandle, size: number): Promise<SafetensorsHeader> {
  if (size < 8) throw invalid(path, `it has ${size} bytes, fewer than the 8 of the header length`);
  const prefix = Buffer.alloc(8);
  await file.read(prefix, 0, 8, 0);
  const length = prefix.readBigUInt64LE();
  const { most } = CHECKPOINT_LIMITS.headerBytes;
  if (length > BigInt(most)) throw invalid(path, `the header claims ${length} bytes, above the limit of ${most}`);
  if (8n + length > BigInt(size))
    throw invalid(path, `the header claims ${length} bytes and the file has ${size}: it is truncated`);
  const text = Buffer.alloc(Number(length));
  await file.read(text, 0, text.length, 8);
  return parseHeader(path, text, size - 8 - text.length);
}

function parseHeader(path: string, text: Buffer, dataBytes: number): SafetensorsHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch (error) {
    throw invalid(path, `the header is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(parsed)) throw invalid(path, "the header is not a JSON object");
  const count = Object.keys(parsed).length - (Object.hasOwn(parsed, "__metadata__") ? 1 : 0);
  const { most } = CHECKPOINT_LIMITS.tensors;
  if (count > most) throw invalid(path, `the header lists ${count} tensors, above the limit of ${most}`);
  const tensors = new Map<string, TensorEntry>();
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name !== "__metadata__") tensors.set(name, parseEntry(path, name, value, dataBytes));
    else if (isRecord(value))
      for (const [key, item] of Object.entries(value)) if (typeof item === "string") metadata[key] = item;
  }
  let covered = 0;
  for (const [name, { begin, end }] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered)
      throw invalid(path, `tensor ${name} begins at ${begin}, inside the one before it, which ends at ${covered}`);
    if (begin > covered) throw invalid(path, `tensor ${name} begins at ${begin}, after a gap from ${covered}`);
    covered = end;
  }
  if (covered !== dataBytes) throw invalid(path, `the tensors end at ${covered} and the data at ${dataBytes}`);
  return { tensors, metadata, dataStart: 8 + text.length };
}

function parseEntry(path: string, name: string, value: unknown, dataBytes: number): TensorEntry {
  if (!isRecord(value)) throw invalid(path, `tensor ${name} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(BYTES_PER_ELEMENT, dtype))
    throw invalid(path, `tensor ${name} has the unknown type ${shown(dtype)}`);
  if (!isCounts(shape))
    throw invalid(path, `tensor ${name} has the shape ${shown(shape)}: not a list of whole numbers`);
  if (!isCounts(offsets) || offsets.length !== 2)
    throw invalid(path, `tensor ${name} has the offsets ${shown(offsets)}: not two whole numbers`);
  const [begin, end] = offsets;
  if (begin > end || end > dataBytes)
    throw invalid(path, `tensor ${name} lies at ${begin}..${end}, outside the ${dataBytes} bytes of data`);
  const bytes = shape.reduce((product, n) => product * n, BYTES_PER_ELEMENT[dtype]);
  if (bytes !== end - begin)
    throw invalid(path, `tensor ${name}, ${dtype} [${shape}], needs ${bytes} bytes and has ${end - begin}`);
  return { dtype, shape, begin, end };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
const invalid = (path: string, rule: string) =>
  new MaillardError("CHECKPOINT_INVALID", `${path}: ${rule}. Fetch or save the file again.`);

/** A tensor that is read when it is written. */
export interface LazyWeight {
  shape: readonly number[];
  read(): Promise<Float32Array>;
}

/**
 * Writes tensors in name order, as float32 or rounded to float16, and waits until the disk has them.
 * The same weights give the same bytes. The header is padded with spaces to a multiple of 8 bytes.
 */
export async function writeSafetensors(
  path: string,
  weights: ReadonlyMap<string, Weight | LazyWeight>,
  { float16 = false } = {},
): Promise<void> {
  const names = [...weights.keys()].sort();
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const name of names) {
    const weight = weights.get(name)!;
    const { shape } = weight;
    const elements = elementsOf(shape);
    if ("data" in weight) checkLength(path, name, shape, weight.data.length);
    const begin = end;
    end += elements * (float16 ? 2 : 4);
    header[name] = { dtype: float16 ? "F16" : "F32", shape, data_offsets: [begin, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const text = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));

  const file = await open(path, "w");
  try {
    await file.writeFile(Buffer.concat([prefix, text]));
    for (const name of names) {
      const weight = weights.get(name)!;
      const data = "data" in weight ? weight.data : await weight.read();
      checkLength(path, name, weight.shape, data.length);
      const values = float16 ? narrowToHalf(data) : data;
      for (let done = 0; done < values.byteLength; ) {
        const length = Math.min(values.byteLength - done, MAX_READ_BYTES);
        done += (await file.write(new Uint8Array(values.buffer, values.byteOffset + done, length))).bytesWritten;
      }
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

const elementsOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

function checkLength(path: string, name: string, shape: readonly number[], length: number): void {
  const elements = elementsOf(shape);
  if (elements !== length) throw invalid(path, `tensor ${name} [${shape}] needs ${elements} values and has ${length}`);
}

/** Every tensor of a file, as float32. */
export async function readSafetensors(path: string): Promise<Map<string, Weight>> {
  const file = await SafetensorsFile.open(path);
  try {
    const weights = new Map<string, Weight>();
    for (const name of file.header.tensors.keys()) weights.set(name, await file.read(name));
    return weights;
  } finally {
    await file.close();
  }
}
