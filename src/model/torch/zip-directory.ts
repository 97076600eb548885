/**
 * The central directory of a zip file, and where an entry's bytes lie. Stored entries only: compressed or encrypted
 * ones are refused, so no more is read than the file has. Entries may not overlap each other or the directory. Format:
 * PKWARE's APPNOTE.TXT 6.3, with its zip64 records.
 */
import { quoted, type TorchSource } from "./source.js";

export interface ZipEntry {
  name: string;
  /** Bytes. */
  size: number;
  /** Place of its local header. */
  header: number;
  /** Place where the next entry, or the directory, begins. */
  limit: number;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const MAX_COMMENT_BYTES = 65_535;
const MAX_ENTRIES = 50_000;
const MAX_DIRECTORY_BYTES = 16 * 2 ** 20;

export async function readZipDirectory(source: TorchSource): Promise<Map<string, ZipEntry>> {
  const { count, size, start } = await findDirectory(source);
  const bytes = await source.read(start, size, "the directory of the zip file");
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 46 > size || bytes.readUInt32LE(at) !== CENTRAL)
      throw source.invalid(`its zip directory has no entry ${index} of ${count} at byte ${start + at}`);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const end = at + 46 + nameBytes + extraBytes + commentBytes;
    if (end > size) throw source.invalid(`entry ${index} of its zip directory ends behind the directory`);
    entries.push(parseEntry(source, bytes.subarray(at, end), nameBytes, extraBytes));
    at = end;
  }
  const byPlace = entries.toSorted((a, b) => a.header - b.header);
  for (const [index, entry] of byPlace.entries()) {
    entry.limit = byPlace[index + 1]?.header ?? start;
    if (entry.header + 30 + entry.size > entry.limit)
      throw source.invalid(`zip entry ${quoted(entry.name)} runs into what follows it at byte ${entry.limit}`);
  }
  const names = new Map(entries.map((entry) => [entry.name, entry]));
  if (names.size !== entries.length) throw source.invalid("two entries of its zip directory have one name");
  return names;
}

/** Place of an entry's first byte. */
export async function placeOf(source: TorchSource, { name, size, header, limit }: ZipEntry): Promise<number> {
  const what = `the header of zip entry ${quoted(name)}`;
  const fixed = await source.read(header, 30, what);
  const nameBytes = fixed.readUInt16LE(26);
  const written = (await source.read(header + 30, nameBytes, what)).toString("utf8");
  if (fixed.readUInt32LE(0) !== LOCAL || fixed.readUInt16LE(8) !== 0 || written !== name)
    throw source.invalid(`${what} at byte ${header} is not what the zip directory says`);
  const place = header + 30 + nameBytes + fixed.readUInt16LE(28);
  if (place + size > limit)
    throw source.invalid(`zip entry ${quoted(name)} runs into what follows it at byte ${limit}`);
  return place;
}

async function findDirectory(source: TorchSource): Promise<{ count: number; size: number; start: number }> {
  const tailStart = Math.max(0, source.size - 22 - MAX_COMMENT_BYTES);
  const tail = await source.read(tailStart, source.size - tailStart, "the end of the zip file");
  let at = tail.length - 22;
  while (at >= 0 && !(tail.readUInt32LE(at) === END && at + 22 + tail.readUInt16LE(at + 20) === tail.length)) at--;
  if (at < 0) throw source.invalid("the zip file has no end record: it is truncated");
  let end = tailStart + at;
  let [count, size, start] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 12), tail.readUInt32LE(at + 16)];
  if (count === 0xffff || size === 0xffffffff || start === 0xffffffff) {
    const locator = await source.read(Math.max(0, end - 20), 20, "the zip64 locator");
    if (locator.readUInt32LE(0) !== LOCATOR64) throw source.invalid("the zip file has no zip64 locator");
    const place = number64(source, locator, 8);
    const record = await source.read(place, 56, "the zip64 end record");
    if (record.readUInt32LE(0) !== END64) throw source.invalid("the zip file has no zip64 end record");
    [count, size, start] = [32, 40, 48].map((field) => number64(source, record, field));
    end = place;
  }
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY_BYTES)
    throw source.invalid(
      `its zip directory has ${count} entries in ${size} bytes, above the limits of ${MAX_ENTRIES} and ` +
        `${MAX_DIRECTORY_BYTES}`,
    );
  if (start + size > end) throw source.invalid(`its zip directory ends at ${start + size}, behind its end record`);
  return { count, size, start };
}

function parseEntry(source: TorchSource, bytes: Buffer, nameBytes: number, extraBytes: number): ZipEntry {
  const name = bytes.toString("utf8", 46, 46 + nameBytes);
  const [flags, method] = [8, 10].map((field) => bytes.readUInt16LE(field));
  if (method !== 0 || flags & 1)
    throw source.unsupported(
      `zip entry ${quoted(name)} is ${flags & 1 ? "encrypted" : `compressed (method ${method})`}, ` +
        "and torch stores its entries as they are",
    );
  let [packed, size, header] = [20, 24, 42].map((field) => bytes.readUInt32LE(field));
  // zip64: fields that overflow follow in an extra field, in this order.
  const wide = zip64Fields(source, bytes.subarray(46 + nameBytes, 46 + nameBytes + extraBytes));
  const widen = (value: number): number => (value === 0xffffffff ? (wide.shift() ?? value) : value);
  size = widen(size);
  packed = widen(packed);
  header = widen(header);
  if (packed !== size)
    throw source.invalid(`zip entry ${quoted(name)} is stored and has two sizes, ${packed} and ${size}`);
  return { name, size, header, limit: 0 };
}

function zip64Fields(source: TorchSource, extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const end = Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2));
    const fields: number[] = [];
    for (let field = at + 4; field + 8 <= end; field += 8) fields.push(number64(source, extra, field));
    return fields;
  }
  return [];
}

function number64(source: TorchSource, bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(source.size)) throw source.invalid(`the zip file speaks of byte ${value} and has ${source.size}`);
  return Number(value);
}
