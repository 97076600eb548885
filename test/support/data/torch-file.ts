/**
 * Torch checkpoints made byte by byte: a small assembler of pickles, and the two containers around them. Every part can
 * be replaced by one that breaks a rule.
 */

export const code = (letter: string): Buffer => Buffer.from(letter, "latin1");
export const bytes = (...values: number[]): Buffer => Buffer.from(values);
const uint16 = (value: number): Buffer => bytes(value & 255, value >> 8);
const uint32 = (value: number): Buffer => bytes(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24);
export const int64 = (value: bigint): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigInt64LE(value);
  return out;
};

/** The opcodes, by what they leave on the stack. */
export const pickled = {
  proto: bytes(0x80, 2),
  stop: code("."),
  none: code("N"),
  mark: code("("),
  reduce: code("R"),
  emptyTuple: code(")"),
  emptyDict: code("}"),
  text: (value: string): Buffer => Buffer.concat([code("X"), uint32(Buffer.byteLength(value)), Buffer.from(value)]),
  global: (module: string, name: string): Buffer => code(`c${module}\n${name}\n`),
  boolean: (value: boolean): Buffer => bytes(value ? 0x88 : 0x89),
  /** Up to 16 bytes, as LONG1. */
  integer(value: number | bigint): Buffer {
    const digits: number[] = [];
    for (let rest = BigInt(value); digits.length < 16; rest >>= 8n) {
      digits.push(Number(rest & 255n));
      if ((rest >= 0n && rest < 128n) || (rest < 0n && rest >= -128n)) break;
    }
    return Buffer.concat([bytes(0x8a, digits.length), bytes(...digits)]);
  },
  tuple: (...items: Buffer[]): Buffer => Buffer.concat([code("("), ...items, code("t")]),
  list: (...items: Buffer[]): Buffer => Buffer.concat([code("](") /* MARK */, ...items, code("e")]),
  dict: (...pairs: [Buffer, Buffer][]): Buffer => Buffer.concat([code("}("), ...pairs.flat(), code("u")]),
  whole: (value: Buffer): Buffer => Buffer.concat([bytes(0x80, 2), value, code(".")]),
};

export interface StorageSpec {
  key?: string;
  /** Class in module torch. */
  type?: string;
  /** As the pickle says; the data have as many. */
  elements?: number | bigint;
}

export const storage = ({ key = "0", type = "FloatStorage", elements = 6 }: StorageSpec = {}): Buffer =>
  Buffer.concat([
    pickled.tuple(
      pickled.text("storage"),
      pickled.global("torch", type),
      pickled.text(key),
      pickled.text("cpu"),
      pickled.integer(elements),
    ),
    code("Q"),
  ]);

export interface TensorSpec {
  storage?: Buffer;
  offset?: number | bigint;
  shape?: (number | bigint)[];
  strides?: (number | bigint)[];
}

export const orderedDict = Buffer.concat([pickled.global("collections", "OrderedDict"), code(")R")]);

/** Default: [2, 3] over storage "0" of 6 float32. */
export const tensor = ({ storage: of = storage(), offset = 0, shape = [2, 3], strides = [3, 1] }: TensorSpec = {}) =>
  Buffer.concat([
    pickled.global("torch._utils", "_rebuild_tensor_v2"),
    pickled.tuple(
      of,
      pickled.integer(offset),
      pickled.tuple(...shape.map(pickled.integer)),
      pickled.tuple(...strides.map(pickled.integer)),
      pickled.boolean(false),
      orderedDict,
    ),
    code("R"),
  ]);

export const stateDict = (entries: Record<string, Buffer>): Buffer =>
  pickled.whole(
    Buffer.concat([
      orderedDict,
      code("("),
      ...Object.entries(entries).flatMap(([name, value]) => [pickled.text(name), value]),
      code("u"),
    ]),
  );

export const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
export const SIX = floats(1, 2, 3, 4, 5, 6);

export interface LegacySpec {
  magic?: Buffer;
  protocol?: Buffer;
  system?: Buffer;
  dict?: Buffer;
  keys?: Buffer;
  /** Counts and elements. */
  data?: Buffer;
}

/** Default: one tensor "w". */
export function legacyFile(spec: LegacySpec = {}): Buffer {
  const { whole, integer, dict, list, text, boolean } = pickled;
  return Buffer.concat([
    spec.magic ?? whole(integer(0x1950a86a20f9469cfc6cn)),
    spec.protocol ?? whole(integer(1001)),
    spec.system ?? whole(dict([text("little_endian"), boolean(true)])),
    spec.dict ?? stateDict({ w: tensor() }),
    spec.keys ?? whole(list(text("0"))),
    spec.data ?? Buffer.concat([int64(6n), SIX]),
  ]);
}

export interface ZipPart {
  name: string;
  data: Buffer;
  method?: number;
  flags?: number;
  /** Name in the local header, when it differs. */
  local?: string;
  /** Size in the directory, when it differs. */
  size?: number;
  /** Compressed size in the directory, when it differs. */
  packed?: number;
  /** Bytes of the extra field that the local header claims and does not have. */
  localExtra?: number;
  /** Place in the directory, when it differs. */
  header?: number;
  /** Put sizes and place into a zip64 extra field. */
  wide?: boolean;
}

const LONG = 0xffffffff;

/** A zip file of stored entries. `end`: changes fields of the end record, by their offsets. */
export function zipFile(parts: ZipPart[], end: { count?: number; size?: number; start?: number; wide?: boolean } = {}) {
  const out: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const put = (...pieces: Buffer[]) => {
    out.push(...pieces);
    at += pieces.reduce((sum, piece) => sum + piece.length, 0);
  };
  for (const part of parts) {
    const { name, data, method = 0, flags = 0, local = name, localExtra = 0, wide } = part;
    const { size = data.length, packed = size, header = at } = part;
    const common = [uint16(20), uint16(flags), uint16(method), uint32(0), uint32(0)];
    const extra = wide
      ? Buffer.concat([uint16(1), uint16(24), int64(BigInt(size)), int64(BigInt(size)), int64(BigInt(header))])
      : Buffer.alloc(0);
    const sizes = wide ? [uint32(LONG), uint32(LONG)] : [uint32(packed), uint32(size)];
    put(
      uint32(0x04034b50),
      ...common,
      uint32(size),
      uint32(size),
      uint16(local.length),
      uint16(localExtra),
      code(local),
      data,
    );
    directory.push(
      uint32(0x02014b50),
      uint16(20),
      ...common,
      ...sizes,
      uint16(name.length),
      uint16(extra.length),
      uint16(0),
      uint16(0),
      uint16(0),
      uint32(0),
      uint32(wide ? LONG : header),
      code(name),
      extra,
    );
  }
  const directoryStart = at;
  put(...directory);
  const { start = directoryStart, size = at - directoryStart } = end;
  const count = end.count ?? parts.length;
  if (end.wide) {
    const place = BigInt(at);
    const numbers = [count, count, size, start].map((value) => int64(BigInt(value)));
    put(uint32(0x06064b50), int64(44n), uint16(45), uint16(45), uint32(0), uint32(0), ...numbers);
    put(uint32(0x07064b50), uint32(0), int64(place), uint32(1));
  }
  const [n, s, p] = end.wide ? [0xffff, LONG, LONG] : [count, size, start];
  put(uint32(0x06054b50), uint16(0), uint16(0), uint16(n), uint16(n), uint32(s), uint32(p), uint16(0));
  return Buffer.concat(out);
}

/** The parts of torch's zip; default: one tensor "w". */
export const archiveParts = (
  dict = stateDict({ w: tensor() }),
  data: Record<string, Buffer> = { 0: SIX },
): ZipPart[] => [
  { name: "archive/data.pkl", data: dict },
  { name: "archive/byteorder", data: code("little") },
  ...Object.entries(data).map(([key, content]) => ({ name: `archive/data/${key}`, data: content })),
  { name: "archive/version", data: code("3\n") },
];

/** A checkpoint's tensors as a file of torch, each with a storage of its own. */
export function torchFile(
  format: "legacy" | "zip",
  weights: Iterable<[string, { shape: number[]; data: Float32Array }]>,
) {
  const entries: Record<string, Buffer> = {};
  const data: Record<string, Buffer> = {};
  for (const [name, { shape, data: values }] of weights) {
    const key = String(Object.keys(data).length);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, n) => product * n, 1));
    entries[name] = tensor({ storage: storage({ key, elements: values.length }), shape, strides });
    data[key] = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  }
  const dict = stateDict(entries);
  if (format === "zip") return zipFile(archiveParts(dict, data));
  return legacyFile({
    dict,
    keys: pickled.whole(pickled.list(...Object.keys(data).map(pickled.text))),
    data: Buffer.concat(Object.values(data).flatMap((content) => [int64(BigInt(content.length / 4)), content])),
  });
}
