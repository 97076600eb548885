/** The safetensors format: what is written is read back, and a file that breaks a rule is refused by name. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readSafetensors, SafetensorsFile, writeSafetensors } from "../../../src/model/checkpoint/safetensors.js";
import { floatToHalf, halfToFloat } from "../../../src/model/weights/half.js";

const folder = mkdtempSync(join(tmpdir(), "maillard-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "model.safetensors");

/** A file from a header (object or text) and data bytes; `claimed` overrides the header length. */
function write(header: unknown, data: Uint8Array = new Uint8Array(), claimed?: bigint): void {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(claimed ?? BigInt(text.length));
  writeFileSync(path, Buffer.concat([prefix, text, data]));
}

async function refusal(): Promise<string> {
  const error = await readSafetensors(path).then(
    () => null,
    (reason) => reason,
  );
  expect(error?.code).toBe("CHECKPOINT_INVALID");
  return error.message;
}

const entry = (begin: number, end: number, shape: unknown = [(end - begin) / 4], dtype: unknown = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("a file that breaks a rule is refused", () => {
  const data = new Uint8Array(16);
  test.each<[string, () => void, RegExp]>([
    ["shorter than its length field", () => writeFileSync(path, Buffer.alloc(7)), /7 bytes, fewer than the 8/],
    [
      "header length of 2^63",
      () => write({}, data, 2n ** 63n),
      /9223372036854775808 bytes, above the limit of 8388608/,
    ],
    [
      "header length beyond the file",
      () => write({}, data, 19n),
      /claims 19 bytes and the file has 26: it is truncated/,
    ],
    ["header not JSON", () => write("{oops", data), /not JSON/],
    [
      "header not UTF-8",
      () => writeFileSync(path, Buffer.from([3, 0, 0, 0, 0, 0, 0, 0, 0x22, 0xff, 0x22])),
      /not JSON/,
    ],
    ["header a list", () => write([1]), /not a JSON object/],
    ["entry not an object", () => write({ w: 3 }, data), /tensor w is not described/],
    ["unknown type", () => write({ w: entry(0, 16, [4], "F31") }, data), /tensor w has the unknown type "F31"/],
    [
      "type that is no text",
      () => write({ w: { dtype: { toString: 1 }, shape: [4], data_offsets: [0, 16] } } as never, data),
      /tensor w has the unknown type an object/,
    ],
    [
      "type named like a method of objects",
      () => write({ w: entry(0, 16, [4], "constructor") }, data),
      /unknown type "constructor"/,
    ],
    ["negative size", () => write({ w: entry(0, 16, [-4]) }, data), /tensor w has the shape \[-4\]/],
    ["size with a fraction", () => write({ w: entry(0, 16, [1.5]) }, data), /tensor w has the shape \[1.5\]/],
    [
      "shape whose product overflows",
      () => write({ w: entry(0, 16, [2 ** 40, 2 ** 40]) }, data),
      /tensor w, F32 .* needs/,
    ],
    [
      "three offsets",
      () => write({ w: { dtype: "F32", shape: [4], data_offsets: [0, 8, 16] } }, data),
      /tensor w has the offsets/,
    ],
    ["end before begin", () => write({ w: entry(8, 4, [1]) }, data), /tensor w lies at 8..4/],
    ["end outside the data", () => write({ w: entry(0, 20) }, data), /tensor w lies at 0..20, outside the 16 bytes/],
    [
      "too few bytes for its shape",
      () => write({ w: entry(0, 16, [5]) }, data),
      /tensor w, F32 \[5\], needs 20 bytes and has 16/,
    ],
    [
      "overlap",
      () => write({ v: entry(0, 12), w: entry(8, 16) }, data),
      /tensor w begins at 8, inside the one before it, which ends at 12/,
    ],
    ["same bytes twice", () => write({ v: entry(0, 16), w: entry(0, 16) }, data), /inside the one before it/],
    ["a gap", () => write({ v: entry(0, 4), w: entry(8, 16) }, data), /tensor w begins at 8, after a gap from 4/],
    ["bytes left over", () => write({ w: entry(0, 12) }, data), /the tensors end at 12 and the data at 16/],
    ["data cut off", () => write({ w: entry(0, 32) }, data), /outside the 16 bytes/],
  ])("%s", async (_, make, message) => {
    make();
    expect(await refusal()).toMatch(message);
  });

  test("a missing file names itself", async () => {
    await expect(SafetensorsFile.open(join(folder, "absent"))).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining("ENOENT"),
    });
  });

  test("a type we do not compute with is refused when it is read, not before", async () => {
    write({ ids: entry(0, 4, [4], "U8"), w: entry(4, 16) }, new Uint8Array(16));
    const file = await SafetensorsFile.open(path);
    expect((await file.read("w")).shape).toEqual([3]);
    await expect(file.read("ids")).rejects.toMatchObject({ code: "CHECKPOINT_UNSUPPORTED" });
    await expect(file.read("nothing")).rejects.toMatchObject({ code: "CHECKPOINT_INVALID" });
    await file.close();
  });
});

describe("values", () => {
  test("every type is read as float32, also from an odd offset", async () => {
    const values = [0, -1.5, 3, 65_504];
    const half = Uint16Array.from(values, floatToHalf);
    const brain = Uint16Array.from(
      values.slice(0, 3),
      (value) => new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16,
    );
    const parts = [
      Uint8Array.of(7),
      half,
      brain,
      Float64Array.from(values),
      BigInt64Array.from([3n, -4n]),
      Float32Array.from(values),
    ];
    const bytes = parts.map((part) => Buffer.from(part.buffer));
    const dtypes = ["U8", "F16", "BF16", "F64", "I64", "F32"];
    const header: Record<string, unknown> = {};
    let at = 0;
    parts.forEach((part, i) => {
      header[dtypes[i]] = { dtype: dtypes[i], shape: [part.length], data_offsets: [at, at + part.byteLength] };
      at += part.byteLength;
    });
    write(header, Buffer.concat(bytes));
    const file = await SafetensorsFile.open(path);
    for (const dtype of ["F16", "F64", "F32"]) expect([...(await file.read(dtype)).data]).toEqual(values);
    expect([...(await file.read("BF16")).data]).toEqual(values.slice(0, 3));
    expect([...(await file.read("I64")).data]).toEqual([3, -4]);
    await file.close();
  });

  test("tensors without elements and single numbers are tensors", async () => {
    await writeSafetensors(
      path,
      new Map([
        ["empty", { shape: [0, 3], data: new Float32Array() }],
        ["one", { shape: [], data: Float32Array.of(5) }],
      ]),
    );
    const read = await readSafetensors(path);
    expect(read.get("empty")).toEqual({ shape: [0, 3], data: new Float32Array() });
    expect(read.get("one")).toEqual({ shape: [], data: Float32Array.of(5) });
  });

  test("the same weights give the same bytes in any order of tensors, with the data at a multiple of 8", async () => {
    const a = { shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, Number.NaN]) };
    const b = { shape: [1], data: Float32Array.of(-0) };
    await writeSafetensors(
      path,
      new Map([
        ["a", a],
        ["bé", b],
      ]),
    );
    const first = readFileSync(path);
    await writeSafetensors(
      path,
      new Map([
        ["bé", b],
        ["a", a],
      ]),
    );
    expect(readFileSync(path).equals(first)).toBe(true);
    const length = Number(first.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(JSON.parse(first.toString("utf8", 8, 8 + length))).toEqual({
      __metadata__: { format: "pt" },
      a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
      bé: { dtype: "F32", shape: [1], data_offsets: [24, 28] },
    });
    const read = await readSafetensors(path);
    expect(read.get("a")!.data).toEqual(a.data);
    expect(Object.is(read.get("bé")!.data[0], -0)).toBe(true);
  });

  test("a view in the middle of a larger memory is written as that view", async () => {
    const memory = Float32Array.from({ length: 10 }, (_, i) => i);
    await writeSafetensors(path, new Map([["w", { shape: [3], data: memory.subarray(4, 7) }]]));
    expect([...(await readSafetensors(path)).get("w")!.data]).toEqual([4, 5, 6]);
  });

  test("a shape that does not fit its data is not written", async () => {
    await expect(
      writeSafetensors(path, new Map([["w", { shape: [2, 2], data: new Float32Array(3) }]])),
    ).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
    });
  });
});

describe("16-bit floats", () => {
  test("all 65,536 patterns survive widening and narrowing", () => {
    for (let bits = 0; bits < 65_536; bits++) {
      const value = halfToFloat(bits);
      if (Number.isNaN(value)) expect(floatToHalf(value) & 0x7e00).toBe(0x7e00);
      else if (floatToHalf(value) !== bits) expect([bits, value]).toEqual([floatToHalf(value), value]);
    }
  });

  test("between two neighbours the nearer is taken, at the middle the even one", () => {
    for (const bits of [0, 1, 2, 0x3fe, 0x3ff, 0x400, 0x401, 0x3bff, 0x3c00, 0x3c01, 0x7bfe]) {
      const low = halfToFloat(bits);
      const high = halfToFloat(bits + 1);
      const middle = (low + high) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      expect(floatToHalf(middle)).toBe(even);
      expect(floatToHalf(-middle)).toBe(even | 0x8000);
      expect(floatToHalf(middle - (high - low) / 64)).toBe(bits);
      expect(floatToHalf(middle + (high - low) / 64)).toBe(bits + 1);
    }
    expect(floatToHalf(65_519)).toBe(0x7bff);
    expect(floatToHalf(65_520)).toBe(0x7c00);
    expect(floatToHalf(1e30)).toBe(0x7c00);
    expect(floatToHalf(1e-30)).toBe(0);
  });
});
