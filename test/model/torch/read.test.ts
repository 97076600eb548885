/**
 * pytorch_model.bin as torch writes it, and constructed files with every kind of view and element type: the values are
 * torch's.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TorchFile } from "../../../src/model/torch/file.js";
import {
  archiveParts,
  bytes,
  code,
  int64,
  legacyFile,
  orderedDict,
  pickled,
  stateDict,
  storage,
  type TensorSpec,
  tensor,
  zipFile,
} from "../../support/data/torch-file.js";
import { inBoth, keepTorchFile, path, readAll, refusal, says } from "../../support/processes/torch-reading.js";

keepTorchFile();

const { text, tuple, dict, whole, global: named } = pickled;

describe("read", () => {
  const six = { w: { shape: [2, 3], data: [1, 2, 3, 4, 5, 6] } };

  test("the smallest file of each format", async () => {
    expect(await readAll(legacyFile())).toEqual(six);
    expect(await readAll(zipFile(archiveParts()))).toEqual(six);
  });

  test("zip64 records, and an archive without byteorder", async () => {
    const parts = archiveParts().map((part) => ({ ...part, wide: true }));
    expect(await readAll(zipFile(parts, { wide: true }))).toEqual(six);
    expect(await readAll(zipFile(archiveParts().filter(({ name }) => !name.endsWith("byteorder"))))).toEqual(six);
  });

  test("views: transposed, sliced, with an offset, a scalar, empty, an axis of one with any stride", async () => {
    const views: Record<string, [TensorSpec, number[]]> = {
      transposed: [{ shape: [3, 2], strides: [1, 3] }, [1, 4, 2, 5, 3, 6]],
      column: [{ shape: [2, 1], strides: [3, 1], offset: 1 }, [2, 5]],
      row: [{ shape: [3], strides: [1], offset: 3 }, [4, 5, 6]],
      scalar: [{ shape: [], strides: [], offset: 5 }, [6]],
      empty: [{ shape: [0, 4], strides: [4, 1], offset: 6 }, []],
      one: [{ shape: [1, 3, 1], strides: [77, 1, 99] }, [1, 2, 3]],
      cube: [{ shape: [1, 3, 2], strides: [1, 1, 3] }, [1, 4, 2, 5, 3, 6]],
    };
    for (const [name, [spec, data]] of Object.entries(views)) {
      for (const [, content] of inBoth(stateDict({ [name]: tensor(spec) })))
        expect(await readAll(content), name).toEqual({ [name]: { shape: spec.shape, data } });
    }
  });

  test("tensors that share a storage have values of their own", async () => {
    const shared = stateDict({ a: tensor(), b: tensor() });
    writeFileSync(path, legacyFile({ dict: shared }));
    const file = await TorchFile.open(path);
    const [a, b] = [await file.read("a"), await file.read("b")];
    await file.close();
    a.data[0] = 9;
    expect([...b.data]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("parameters, attributes of the dict, and strings of Python 2", async () => {
    const parameter = Buffer.concat([
      named("torch._utils", "_rebuild_parameter"),
      tuple(tensor(), pickled.boolean(true), orderedDict),
      code("R"),
    ]);
    const metadata = Buffer.concat([dict([text("_metadata"), orderedDict]), code("b")]);
    const content = whole(Buffer.concat([orderedDict, code("(U\x01p"), parameter, code("u"), metadata]));
    expect(await readAll(legacyFile({ dict: content }))).toEqual({ p: six.w });
  });

  test("element types: halves widened, doubles and 64-bit integers rounded", async () => {
    const cases: [string, Buffer, number[]][] = [
      ["HalfStorage", bytes(0x00, 0x3c, 0x00, 0xc0), [1, -2]],
      ["BFloat16Storage", bytes(0x80, 0x3f, 0x00, 0xc0), [1, -2]],
      ["DoubleStorage", Buffer.from(Float64Array.of(0.1, -3).buffer), [Math.fround(0.1), -3]],
      ["LongStorage", Buffer.concat([int64(7n), int64(-1n)]), [7, -1]],
    ];
    for (const [type, data, values] of cases) {
      const view = { shape: [2], strides: [1], storage: storage({ type, elements: 2 }) };
      const content = stateDict({ w: tensor(view) });
      expect(await readAll(zipFile(archiveParts(content, { 0: data }))), type).toEqual({
        w: { shape: [2], data: values },
      });
    }
    const view = { shape: [2], strides: [1], storage: storage({ type: "IntStorage", elements: 2 }) };
    const content = zipFile(archiveParts(stateDict({ w: tensor(view) }), { 0: Buffer.alloc(8) }));
    expect(await refusal(content)).toMatchObject({
      code: "CHECKPOINT_UNSUPPORTED",
      message: says(/tensor w has type I32/),
    });
  });
});

describe("files of torch itself (bench/reference/torch_files.py)", () => {
  const fixtures = join(import.meta.dirname, "..", "..", "fixtures", "torch");
  const { tensors } = JSON.parse(readFileSync(join(fixtures, "tensors.json"), "utf8"));

  test.each(["zip", "legacy"])("%s: every element type, view and tie, to the last bit", async (format) => {
    const found = await readAll(readFileSync(join(fixtures, `${format}.bin`)));
    expect(Object.keys(tensors)).toHaveLength(17);
    expect(found).toEqual(tensors);
  });

  test.each(["zip", "legacy"])("%s: cut off at every seventh byte, it is refused", async (format) => {
    const content = readFileSync(join(fixtures, `${format}.bin`));
    for (let length = 0; length < content.length; length += 7) {
      const { code } = await refusal(content.subarray(0, length));
      expect(code, `${length} bytes`).toMatch(/^CHECKPOINT_(INVALID|UNSUPPORTED)$/);
    }
  });
});
