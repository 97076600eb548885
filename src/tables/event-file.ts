/**
 * Scalars as an event file of TensorBoard: TFRecords, each an `Event` in protocol buffers.
 *   record  uint64 length, masked CRC-32C of it, the bytes, masked CRC-32C of these (little endian)
 *   Event   1 wall_time double, 2 step int64, 3 file_version string, 5 summary { 1 value { 1 tag, 2 simple_value } }
 * Sources: tensorflow/tsl/lib/io/record_writer.h, tensorflow/core/util/event.proto and framework/summary.proto.
 */

export interface ScalarEvent {
  /** "validation/loss": what stands before the stroke is a section of the page. */
  tag: string;
  step: number;
  /** Kept as float32. */
  value: number;
  at: Date;
}

/** The beginning of every event file. */
export const eventFileHead = (at: Date): Buffer =>
  record(Buffer.concat([double(1, seconds(at)), bytes(3, Buffer.from("brain.Event:2"))]));

export function eventRecord({ tag, step, value, at }: ScalarEvent): Buffer {
  const simple = Buffer.alloc(5);
  simple[0] = (2 << 3) | 5;
  simple.writeFloatLE(value, 1);
  const entry = Buffer.concat([bytes(1, Buffer.from(tag)), simple]);
  return record(
    Buffer.concat([double(1, seconds(at)), Buffer.from([2 << 3]), varint(step), bytes(5, bytes(1, entry))]),
  );
}

/** events.out.tfevents.<seconds>.<host>: what TensorBoard looks for in a folder. */
export const eventFileName = (at: Date, host: string): string =>
  `events.out.tfevents.${String(Math.floor(seconds(at))).padStart(10, "0")}.${host}`;

const seconds = (at: Date): number => at.getTime() / 1_000;

function record(data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length));
  head.writeUInt32LE(masked(head.subarray(0, 8)), 8);
  const foot = Buffer.alloc(4);
  foot.writeUInt32LE(masked(data));
  return Buffer.concat([head, data, foot]);
}

function double(field: number, value: number): Buffer {
  const written = Buffer.alloc(9);
  written[0] = (field << 3) | 1;
  written.writeDoubleLE(value, 1);
  return written;
}

const bytes = (field: number, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | 2]), varint(data.length), data]);

/** A whole number from 0 to 2^53 - 1. */
function varint(value: number): Buffer {
  const parts: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) parts.push((rest % 0x80) | 0x80);
  return Buffer.from([...parts, rest]);
}

/** CRC-32C (Castagnoli), reflected: RFC 3720, appendix B.4. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** So that the checksum of data which hold a checksum is a good one, too. */
function masked(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
