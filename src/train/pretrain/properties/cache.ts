/**
 * Records of a corpus in one file: a header of 64 bytes (sha256 of what decides them, in hexadecimal), then a record
 * for each line. What RDKit computed once is not computed again: in later passes, after a crash, or by another run on
 * the same corpus that has a copy of the file. A record that a crash tore is computed again.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { isWritten, RECORD_BYTES } from "./record.js";

const HEADER_BYTES = 64;

export class PropertyCache {
  private readonly handle: number;

  /** A file of another `identity` (64 characters) is emptied. */
  constructor(file: string, identity: string) {
    this.handle = openSync(file, "a+"); // made when missing
    closeSync(this.handle);
    this.handle = openSync(file, "r+");
    const header = Buffer.alloc(HEADER_BYTES);
    const size = fstatSync(this.handle).size;
    if (size >= HEADER_BYTES) readSync(this.handle, header, 0, HEADER_BYTES, 0);
    if (header.toString("latin1") === identity) return;
    ftruncateSync(this.handle, 0);
    writeSync(this.handle, Buffer.from(identity, "latin1"), 0, HEADER_BYTES, 0);
  }

  /** null: not computed yet. */
  read(index: number): Buffer | null {
    const record = Buffer.alloc(RECORD_BYTES);
    const count = readSync(this.handle, record, 0, RECORD_BYTES, HEADER_BYTES + index * RECORD_BYTES);
    return count === RECORD_BYTES && isWritten(record) ? record : null;
  }

  write(index: number, record: Buffer): void {
    writeSync(this.handle, record, 0, RECORD_BYTES, HEADER_BYTES + index * RECORD_BYTES);
  }

  close(): void {
    closeSync(this.handle);
  }
}
