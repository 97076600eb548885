/**
 * What a shared library of Linux names in its dynamic section: the libraries that the loader has to find before it
 * (DT_NEEDED). Only ELF of 64 bits, little endian, which all of ours are. Layout: elf(5).
 */
import { type FileHandle, open } from "node:fs/promises";

const [LOAD, DYNAMIC] = [1, 2];
const [NEEDED, NAMES, NAMES_SIZE] = [1, 5, 10];
/** Larger tables are of no library, but of a damaged file. */
const MOST_BYTES = 64 * 2 ** 20;

/** Names of the needed libraries, in order; null: the file is no such library, or cannot be read. */
export async function neededLibraries(path: string): Promise<string[] | null> {
  const file = await open(path).catch(() => null);
  try {
    return file && (await needed(file));
  } catch {
    return null;
  } finally {
    await file?.close();
  }
}

async function needed(file: FileHandle): Promise<string[] | null> {
  const header = await read(file, 0, 64);
  if (header.readUInt32BE(0) !== 0x7f454c46 || header[4] !== 2 || header[5] !== 1) return null;
  const [size, count] = [header.readUInt16LE(54), header.readUInt16LE(56)];
  const table = await read(file, Number(header.readBigUInt64LE(32)), size * count);
  const segments = Array.from({ length: count }, (_, i) => segment(table.subarray(i * size, (i + 1) * size)));
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  if (!dynamic) return [];
  const entries = pairs(await read(file, dynamic.offset, dynamic.bytes));
  const value = (tag: number): number => entries.find((entry) => entry.tag === tag)?.value ?? Number.NaN;
  const at = value(NAMES);
  const home = segments.find(({ type, address, bytes }) => type === LOAD && at >= address && at < address + bytes);
  if (!home) return null;
  const names = await read(file, at - home.address + home.offset, value(NAMES_SIZE));
  return entries.filter(({ tag }) => tag === NEEDED).map(({ value: from }) => text(names, from));
}

const segment = (entry: Buffer) => ({
  type: entry.readUInt32LE(0),
  offset: Number(entry.readBigUInt64LE(8)),
  address: Number(entry.readBigUInt64LE(16)),
  bytes: Number(entry.readBigUInt64LE(32)),
});

const pairs = (bytes: Buffer): { tag: number; value: number }[] =>
  Array.from({ length: Math.floor(bytes.length / 16) }, (_, i) => ({
    tag: Number(bytes.readBigInt64LE(16 * i)),
    value: Number(bytes.readBigUInt64LE(16 * i + 8)),
  }));

const text = (names: Buffer, from: number): string => names.toString("latin1", from, names.indexOf(0, from));

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  if (!(length >= 0 && length <= MOST_BYTES)) throw new RangeError(`a table of ${length} bytes`);
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  if (bytesRead < length) throw new RangeError("the file ends early");
  return buffer;
}
