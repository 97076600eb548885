/**
 * Targets of one molecule as bytes, so that half a million of them fit in a file of 190 MB:
 *   0..3    CRC-32 of the rest, little endian
 *   4       1: computed; 2: RDKit reads no molecule in it
 *   5..     MACCS keys, Morgan bits (chem/properties.ts), descriptors as float32, little endian
 * A record of zeros is one that was never written.
 */
import { crc32 } from "node:zlib";
import { DESCRIPTORS, MACCS_BITS, MORGAN_BITS, type MolecularProperties } from "../../../chem/index.js";

const MACCS = 5;
const MORGAN = MACCS + Math.ceil(MACCS_BITS / 8);
const NUMBERS = MORGAN + MORGAN_BITS / 8;
export const RECORD_BYTES = NUMBERS + 4 * DESCRIPTORS.length;

const COMPUTED = 1;
const REFUSED = 2;

/** null: no molecule. */
export function writeRecord(properties: MolecularProperties | null): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record[4] = properties ? COMPUTED : REFUSED;
  if (properties) {
    record.set(properties.maccs, MACCS);
    record.set(properties.morgan, MORGAN);
    properties.descriptors.forEach((value, i) => {
      record.writeFloatLE(value, NUMBERS + 4 * i);
    });
  }
  record.writeUInt32LE(crc32(record.subarray(4)), 0);
  return record;
}

/** Whether it was written, and whole. */
export const isWritten = (record: Buffer): boolean =>
  record[4] !== 0 && record.readUInt32LE(0) === crc32(record.subarray(4));

/** null where RDKit read no molecule. The arrays of bits are views. */
export function readRecord(record: Buffer): MolecularProperties | null {
  if (record[4] !== COMPUTED) return null;
  return {
    descriptors: Float32Array.from(DESCRIPTORS, (_, i) => record.readFloatLE(NUMBERS + 4 * i)),
    maccs: record.subarray(MACCS, MORGAN),
    morgan: record.subarray(MORGAN, NUMBERS),
  };
}

export const bit = (bits: Uint8Array, i: number): number => (bits[i >> 3] >> (i & 7)) & 1;
