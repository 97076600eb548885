/**
 * A Parquet file of one column `smiles` of texts and one page without compression, as no writer writes it: with bytes
 * that make a reader work without end. The numbers of fields and kinds are those of parquet.thrift.
 */
import { ByteWriter } from "hyparquet-writer";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";

const MAGIC = [0x50, 0x41, 0x52, 0x31];
const BYTE_ARRAY = 6;
const [REQUIRED, OPTIONAL] = [0, 1];
const [DATA_PAGE, DATA_PAGE_V2] = [0, 3];
const [PLAIN, RLE, DELTA_BYTE_ARRAY, RLE_DICTIONARY] = [0, 3, 7, 8];

interface Page {
  encoding: number;
  /** As the header says it. */
  values: number;
  /** Rows that the file says to have. Default: `values`. */
  rows?: number;
  version?: 1 | 2;
  /** Whether values may be missing: a page of version 1 begins with its levels then. */
  optional?: boolean;
  bytes: Uint8Array;
}

function parquetOf({ encoding, values, rows = values, version = 1, optional = false, bytes }: Page): Uint8Array {
  const file = new ByteWriter();
  file.appendBytes(Uint8Array.from(MAGIC));
  const start = file.index;
  serializeTCompactProtocol(file, {
    field_1: version === 1 ? DATA_PAGE : DATA_PAGE_V2,
    field_2: bytes.length,
    field_3: bytes.length,
    ...(version === 1
      ? { field_5: { field_1: values, field_2: encoding, field_3: RLE, field_4: RLE } }
      : { field_8: { field_1: values, field_2: 0, field_3: values, field_4: encoding, field_5: 0, field_6: 0 } }),
  });
  file.appendBytes(bytes);
  const size = BigInt(file.index - start);
  const metadata = file.index;
  serializeTCompactProtocol(file, {
    field_1: 1,
    field_2: [
      { field_4: "root", field_5: 1 },
      { field_1: BYTE_ARRAY, field_3: optional ? OPTIONAL : REQUIRED, field_4: "smiles", field_6: 0 },
    ],
    field_3: BigInt(rows),
    field_4: [
      {
        field_1: [
          {
            field_2: BigInt(start),
            field_3: {
              ...{ field_1: BYTE_ARRAY, field_2: [encoding], field_3: ["smiles"], field_4: 0 },
              ...{ field_5: BigInt(values), field_6: size, field_7: size, field_9: BigInt(start) },
            },
          },
        ],
        field_2: size,
        field_3: BigInt(values),
      },
    ],
  });
  file.appendUint32(file.index - metadata);
  file.appendBytes(Uint8Array.from(MAGIC));
  return new Uint8Array(file.getBytes());
}

function bytesOf(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return new Uint8Array(writer.getBytes());
}

/** Levels of one value that is there; a run of so many. */
const levels = (run: number): Uint8Array =>
  bytesOf((writer) => {
    const encoded = bytesOf((level) => {
      level.appendVarInt(run * 2);
      level.appendUint8(1);
    });
    writer.appendUint32(encoded.length);
    writer.appendBytes(encoded);
  });

/** One molecule; its level is a run of `run` equal ones: 1 is right. The file says to have `rows`. */
export const withRun = (run: number, rows = 1): Uint8Array =>
  parquetOf({
    ...{ encoding: PLAIN, values: 1, rows, optional: true },
    bytes: bytesOf((writer) => {
      writer.appendBytes(levels(run));
      writer.appendUint32(3);
      writer.appendBytes(Buffer.from("CCO"));
    }),
  });

/** Each of its texts begins with a million characters more of the one before: outside of the heap. */
export const withPrefixes = (values: number): Uint8Array =>
  parquetOf({
    ...{ encoding: DELTA_BYTE_ARRAY, values },
    bytes: bytesOf((writer) => {
      for (const delta of [1_000_000, 0]) {
        for (const number of [values, 1, values]) writer.appendVarInt(number);
        for (const number of [0, delta]) writer.appendZigZag(number);
        // The bits of each difference beyond the least one.
        writer.appendUint8(0);
      }
    }),
  });

/** Numbers of no bits, a negative number of them: reading them does not end. */
export const withoutEnd = (): Uint8Array =>
  parquetOf({
    ...{ encoding: RLE_DICTIONARY, values: 1, version: 2 },
    bytes: bytesOf((writer) => {
      writer.appendUint8(0);
      writer.appendVarInt(2 ** 31 - 1);
    }),
  });
