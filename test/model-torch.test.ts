/**
 * pytorch_model.bin: files of torch give torch's values, and a file that breaks a rule, or asks for anything to be run, is
 * refused by name before anything is allocated by it. Broken files are made byte by byte (support/torch-file.ts).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { MaillardError } from "../src/errors.js";
import { TorchFile } from "../src/model/torch/file.js";
import { LIMITS } from "../src/model/torch/pickle.js";
import { TorchSource } from "../src/model/torch/source.js";
import {
  archiveParts,
  bytes,
  code,
  floats,
  int64,
  legacyFile,
  orderedDict,
  pickled,
  SIX,
  stateDict,
  storage,
  type TensorSpec,
  tensor,
  zipFile,
} from "./support/torch-file.js";

const folder = mkdtempSync(join(tmpdir(), "maillard-torch-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "pytorch_model.bin");

async function readAll(content: Buffer): Promise<Record<string, { shape: number[]; data: number[] }>> {
  writeFileSync(path, content);
  const file = await TorchFile.open(path);
  try {
    const out: Record<string, { shape: number[]; data: number[] }> = {};
    for (const name of file.tensors.keys()) {
      const { shape, data } = await file.read(name);
      out[name] = { shape, data: [...data] };
    }
    return out;
  } finally {
    await file.close();
  }
}

async function refusal(content: Buffer): Promise<MaillardError> {
  const error = await readAll(content).then(
    () => null,
    (reason) => reason,
  );
  if (!(error instanceof MaillardError)) throw new Error(`not refused: ${error}`);
  return error;
}

const says = (rule: RegExp) => expect.stringMatching(rule);

const inBoth = (dict: Buffer): [string, Buffer][] => [
  ["legacy", legacyFile({ dict })],
  ["zip", zipFile(archiveParts(dict))],
];
const { text, integer, tuple, list, dict, whole, global: named } = pickled;

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
  const fixtures = join(import.meta.dirname, "fixtures", "torch");
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

describe("nothing is run", () => {
  const call = (module: string, name: string, ...parameters: Buffer[]) =>
    Buffer.concat([named(module, name), tuple(...parameters), code("R")]);
  const cases: [string, Buffer, RegExp][] = [
    ["os.system", call("os", "system", text("touch owned")), /names "os.system"/],
    ["posix.system", call("posix", "system", text("touch owned")), /names "posix.system"/],
    ["builtins.eval", call("builtins", "eval", text("1")), /names "builtins.eval"/],
    ["a load inside", call("torch.storage", "_load_from_bytes", text("")), /"torch.storage._load_from_bytes"/],
    ["a module of torch", call("torch.nn.modules.linear", "Linear"), /"torch.nn.modules.linear.Linear"/],
    ["a dotted name", call("torch", "_utils._rebuild_tensor_v2"), /calls torch._utils._rebuild_tensor_v2 with nothing/],
    ["a property of objects", call("constructor", "constructor"), /"constructor.constructor"/],
    [
      "STACK_GLOBAL",
      Buffer.concat([text("os"), text("system"), bytes(0x93), tuple(text("id")), code("R")]),
      /names "os.system"/,
    ],
    ["INST", code("(ios\nsystem\n"), /opcode 0x69/],
    ["OBJ", Buffer.concat([code("("), orderedDict, code("o")]), /opcode 0x6f/],
    ["NEWOBJ", Buffer.concat([named("collections", "OrderedDict"), code(")"), bytes(0x81)]), /opcode 0x81/],
    ["NEWOBJ_EX", bytes(0x92), /opcode 0x92/],
    ["EXT1", bytes(0x82, 1), /opcode 0x82/],
    ["PERSID", code("Pid\n"), /opcode 0x50/],
    ["BINBYTES8", bytes(0x8e, 255, 255, 255, 255, 255, 255, 255, 127), /opcode 0x8e/],
    ["an opcode that no pickle has", bytes(0xff), /opcode 0xff/],
  ];
  test.each(cases)("%s", async (_, attack, message) => {
    const contents = [...inBoth(whole(attack)), ...inBoth(stateDict({ w: tensor(), evil: attack }))];
    for (const [format, content] of contents) {
      const error = await refusal(content);
      expect(error.code, format).toMatch(/^CHECKPOINT_(UNSUPPORTED|INVALID)$/);
      expect(error.message, format).toMatch(message);
    }
  });

  test("nor in the pickles around the state dict, where not even torch's names are known", async () => {
    const attack = whole(call("os", "system", text("id")));
    for (const part of ["magic", "protocol", "system", "keys"] as const)
      expect(await refusal(legacyFile({ [part]: attack })), part).toMatchObject({ code: "CHECKPOINT_UNSUPPORTED" });
    const known = await refusal(legacyFile({ keys: whole(orderedDict) }));
    expect(known).toMatchObject({ code: "CHECKPOINT_UNSUPPORTED", message: says(/collections.OrderedDict/) });
  });

  test("a call with other parameters than torch's", async () => {
    const rebuild = (...parameters: Buffer[]) => call("torch._utils", "_rebuild_tensor_v2", ...parameters);
    for (const value of [
      rebuild(),
      rebuild(text("storage"), integer(0), tuple(), tuple()),
      rebuild(storage(), integer(-1), tuple(), tuple()),
      rebuild(storage(), integer(0), list(), tuple()),
      rebuild(storage(), integer(0), tuple(text("2")), tuple(integer(1))),
      rebuild(storage(), integer(0), tuple(integer(2n ** 64n)), tuple(integer(1))),
      call("torch._utils", "_rebuild_parameter", text("w")),
      call("torch", "FloatStorage", integer(6)),
      call("collections", "OrderedDict", list()),
    ]) {
      for (const [format, content] of inBoth(stateDict({ w: value })))
        expect(await refusal(content), format).toMatchObject({
          code: "CHECKPOINT_INVALID",
          message: says(/its pickle calls/),
        });
    }
  });

  test("what is called is a name, and what a call takes is a tuple", async () => {
    for (const value of [
      Buffer.concat([text("os.system"), tuple(), code("R")]),
      Buffer.concat([named("collections", "OrderedDict"), list(), code("R")]),
      Buffer.concat([tensor(), dict(), code("b")]),
      Buffer.concat([list(), dict(), code("b")]),
    ]) {
      for (const [format, content] of inBoth(stateDict({ w: value })))
        expect(await refusal(content), format).toMatchObject({
          code: "CHECKPOINT_INVALID",
          message: says(/REDUCE|BUILD/),
        });
    }
  });
});

describe("views that a file cannot hold", () => {
  const huge = Number.MAX_SAFE_INTEGER;
  test.each<[string, TensorSpec, RegExp]>([
    ["larger than the storage", { shape: [7], strides: [1] }, /\[7\] .* has 7 values and its storage only 6/],
    ["one element behind the end", { offset: 1 }, /ends at 7, outside the 6 values/],
    ["a stride behind the end", { shape: [2], strides: [6] }, /ends at 7, outside/],
    ["a stride of 2^53 - 1", { shape: [2], strides: [huge] }, /outside the 6 values/],
    ["an offset of 2^53 - 1", { offset: huge }, /outside the 6 values/],
    ["an offset of an empty view", { shape: [0], strides: [1], offset: 7 }, /ends at 7, outside/],
    [
      "stride 0 that would grow four bytes to a terabyte",
      { shape: [2 ** 38], strides: [0] },
      /has 274877906944 values/,
    ],
    [
      "a shape whose product overflows",
      { shape: [huge, huge, huge], strides: [0, 0, 0] },
      /values and its storage only 6/,
    ],
    ["fewer strides than axes", { shape: [2, 3], strides: [1] }, /2 axes and 1 strides/],
    [
      "nine axes",
      { shape: Array(9).fill(1), strides: Array(9).fill(1) },
      /calls torch._utils._rebuild_tensor_v2 with a storage, a number, a tuple of 9, a tuple of 9/,
    ],
    ["hundreds of axes", { shape: Array(500).fill(1), strides: Array(500).fill(1) }, /a tuple of 500, a tuple of 500/],
  ])("%s", async (_, view, message) => {
    for (const [format, content] of inBoth(stateDict({ w: tensor(view) })))
      expect(await refusal(content), format).toMatchObject({ code: "CHECKPOINT_INVALID", message: says(message) });
  });

  test("many views of one storage: up to four times its values", async () => {
    const views = (count: number) =>
      stateDict(Object.fromEntries(Array.from({ length: count }, (_, i) => [i, tensor()])));
    expect(Object.keys(await readAll(legacyFile({ dict: views(4) })))).toHaveLength(4);
    const error = await refusal(legacyFile({ dict: views(5) }));
    expect(error).toMatchObject({ code: "CHECKPOINT_INVALID", message: says(/30 values, more than 4 times the 6/) });
  });

  test("a storage that is described in two ways, of an unknown class, or without a size", async () => {
    const described = (of: Buffer) => stateDict({ a: tensor(), b: tensor({ storage: of }) });
    const cases: [Buffer, string, RegExp][] = [
      [storage({ elements: 7 }), "CHECKPOINT_INVALID", /F32 \[6\] in one place and F32 \[7\]/],
      [storage({ type: "DoubleStorage" }), "CHECKPOINT_INVALID", /F32 \[6\] in one place and F64 \[6\]/],
      [storage({ type: "ComplexFloatStorage" }), "CHECKPOINT_UNSUPPORTED", /"torch.ComplexFloatStorage"/],
      [storage({ elements: -1 }), "CHECKPOINT_INVALID", /a tuple of 5, not a storage/],
      [storage({ elements: 2n ** 64n }), "CHECKPOINT_INVALID", /not a storage/],
      [Buffer.concat([text("storage"), code("Q")]), "CHECKPOINT_INVALID", /a string, not a storage/],
    ];
    for (const [of, code, message] of cases)
      expect(await refusal(legacyFile({ dict: described(of) }))).toMatchObject({ code, message: says(message) });
  });
});

describe("a pickle that breaks a rule", () => {
  const invalid = (rule: RegExp) => ({ code: "CHECKPOINT_INVALID", message: says(rule) });
  test.each<[string, Buffer, RegExp]>([
    ["a string of 4 GiB", bytes(0x58, 255, 255, 255, 255), /a string needs 4294967295 bytes and \d+ are left/],
    ["an integer of 255 bytes", bytes(0x8a, 255), /an integer has 255 bytes, more than 16/],
    ["a name without an end", Buffer.concat([code("c"), Buffer.alloc(300, "a")]), /a name has no end within 255 bytes/],
    ["a memo that was never set", bytes(0x6a, 255, 255, 255, 255), /memo 4294967295 was never set/],
    ["a pop from nothing", bytes(0x85), /TUPLE finds the stack empty/],
    ["a pop below a mark", code("N(R"), /REDUCE finds the stack empty/],
    ["a tuple without a mark", code("t"), /TUPLE finds no mark/],
    ["values left behind", code("NN."), /STOP leaves 1 values and 0 marks behind/],
    ["a mark left behind", code("N(."), /STOP finds the stack empty/],
    ["a key without a value", code("}(Nu"), /SETITEMS has a key without a value/],
    ["a key that is None", code("}NNs"), /neither a string nor a number/],
    ["items of no dict", code("NNNs"), /SETITEMS has no dict/],
    ["items of no list", code("NNa"), /APPEND has no list/],
  ])("%s", async (_, attack, rule) => {
    const content = Buffer.concat([pickled.proto, attack]);
    for (const [format, file] of inBoth(content)) expect(await refusal(file), format).toMatchObject(invalid(rule));
  });

  test("protocol 6 is not known", async () => {
    expect(await refusal(legacyFile({ magic: bytes(0x80, 6) }))).toMatchObject({ code: "CHECKPOINT_UNSUPPORTED" });
  });

  test.each<[string, Buffer, RegExp]>([
    ["a stack without end", Buffer.alloc(LIMITS.bytes, "N"), /the stack holds more than 10000 values/],
    ["marks without end", Buffer.alloc(LIMITS.bytes, "("), /more than 100 marks are open/],
    ["empty dicts without end", code(`]${"}a".repeat(LIMITS.bytes / 2 - 1)}`), /makes more than 200000 tuples/],
    ["nested lists", code("](".repeat(200)), /more than 100 marks/],
    [
      "nested tuples",
      Buffer.concat([code("N"), Buffer.alloc(LIMITS.bytes - 1, 0x85)]),
      /makes more than 200000 tuples/,
    ],
    [
      "memos without end",
      Buffer.concat([code("N"), Buffer.alloc(LIMITS.bytes - 1, 0x94)]),
      /remembers more than 500000/,
    ],
  ])("%s", async (_, attack, rule) => {
    const peak = () => process.resourceUsage().maxRSS / 1024; // MiB
    const [before, started] = [peak(), performance.now()];
    for (const [format, file] of inBoth(attack)) expect(await refusal(file), format).toMatchObject(invalid(rule));
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(peak() - before).toBeLessThan(256);
  });

  test("values that hold themselves, or each other a billion times, are neither walked nor copied", async () => {
    const itself = Buffer.concat([code("]q\x00h\x00a")]);
    expect(await refusal(legacyFile({ dict: whole(itself) }))).toMatchObject({ message: says(/it holds a list of 1/) });
    let laughs = code("N");
    for (let depth = 0; depth < 40; depth++) laughs = Buffer.concat([laughs, bytes(0x71, depth, 0x68, depth, 0x86)]);
    const dict = stateDict({ w: laughs });
    expect(await refusal(legacyFile({ dict }))).toMatchObject({
      message: says(/entry "w" of its dict is a tuple of 2/),
    });
  });

  test("a dict of anything but tensors, or anything but a dict", async () => {
    for (const [value, message] of [
      [whole(text("weights")), /it holds a string/],
      [whole(tensor()), /it holds a tensor/],
      [stateDict({ epoch: integer(3) }), /entry "epoch" of its dict is a number/],
      [stateDict({ state_dict: dict([text("w"), tensor()]) }), /entry "state_dict" of its dict is a dict of 1/],
      [whole(dict([integer(0), tensor()])), /entry "0" of its dict is a tensor/],
    ] as const)
      expect(await refusal(legacyFile({ dict: value }))).toMatchObject({
        code: "CHECKPOINT_UNSUPPORTED",
        message: says(message),
      });
  });
});

describe("a legacy file that breaks a rule", () => {
  const data = (count: bigint, ...rest: Buffer[]) => Buffer.concat([int64(count), ...rest]);
  test.each<[string, Buffer, string, RegExp]>([
    ["empty", Buffer.alloc(0), "CHECKPOINT_INVALID", /an opcode needs 1 bytes and 0 are left/],
    ["a pointer of Git LFS", code("version https://git-lfs.github.com/spec/v1\n"), "CHECKPOINT_INVALID", /Git LFS/],
    ["another magic number", legacyFile({ magic: whole(integer(1)) }), "CHECKPOINT_INVALID", /magic number/],
    ["another protocol", legacyFile({ protocol: whole(integer(1002)) }), "CHECKPOINT_UNSUPPORTED", /protocol is 1002/],
    [
      "big-endian",
      legacyFile({ system: whole(dict([text("little_endian"), pickled.boolean(false)])) }),
      "CHECKPOINT_UNSUPPORTED",
      /little_endian is false/,
    ],
    ["of unknown byte order", legacyFile({ system: whole(dict()) }), "CHECKPOINT_UNSUPPORTED", /is undefined/],
    ["keys that are no list", legacyFile({ keys: whole(text("0")) }), "CHECKPOINT_INVALID", /listed by a string/],
    [
      "an unknown key",
      legacyFile({ keys: whole(list(text("1"))) }),
      "CHECKPOINT_INVALID",
      /has "1", which no tensor uses/,
    ],
    [
      "a key twice",
      legacyFile({ keys: whole(list(text("0"), text("0"))), data: Buffer.concat([data(6n, SIX), data(6n, SIX)]) }),
      "CHECKPOINT_INVALID",
      /has "0", which no tensor uses, or has it twice/,
    ],
    [
      "a key too few",
      legacyFile({ keys: whole(list()), data: Buffer.alloc(0) }),
      "CHECKPOINT_INVALID",
      /"0" is used and not/,
    ],
    [
      "another count",
      legacyFile({ data: data(5n, SIX) }),
      "CHECKPOINT_INVALID",
      /has 5 elements, and its pickle says 6/,
    ],
    [
      "a count of 2^63 - 1",
      legacyFile({ data: data(2n ** 63n - 1n, SIX) }),
      "CHECKPOINT_INVALID",
      /9223372036854775807/,
    ],
    ["a negative count", legacyFile({ data: data(-1n, SIX) }), "CHECKPOINT_INVALID", /has -1 elements/],
    ["more behind the end", legacyFile({ data: data(6n, SIX, bytes(0)) }), "CHECKPOINT_INVALID", /1 bytes follow/],
    [
      "a storage of a petabyte",
      legacyFile({
        dict: stateDict({ w: tensor({ storage: storage({ elements: 2 ** 48 }) }) }),
        data: data(2n ** 48n, SIX),
      }),
      "CHECKPOINT_INVALID",
      /ends at \d{16}, and the file has/,
    ],
    [
      "a storage that is a view of another",
      legacyFile({
        dict: stateDict({
          w: tensor({
            storage: Buffer.concat([
              tuple(
                ...[text("storage"), named("torch", "FloatStorage"), text("0"), text("cpu"), integer(6)],
                tuple(text("1"), integer(0), integer(6)),
              ),
              code("Q"),
            ]),
          }),
        }),
      }),
      "CHECKPOINT_UNSUPPORTED",
      /is a view of another/,
    ],
  ])("%s", async (_, content, code, message) => {
    expect(await refusal(content)).toMatchObject({ code, message: says(message) });
  });
});

describe("a zip file that breaks a rule", () => {
  const changed = (name: string, change: object) =>
    zipFile(archiveParts().map((part) => (part.name === `archive/${name}` ? { ...part, ...change } : part)));
  const without = (name: string) => zipFile(archiveParts().filter((part) => part.name !== `archive/${name}`));
  const overlapping = archiveParts();
  test.each<[string, Buffer, string, RegExp]>([
    [
      "compressed",
      changed("data/0", { method: 8 }),
      "CHECKPOINT_UNSUPPORTED",
      /"archive\/data\/0" is compressed \(method 8\)/,
    ],
    ["encrypted", changed("data/0", { flags: 1 }), "CHECKPOINT_UNSUPPORTED", /is encrypted/],
    ["big-endian", changed("byteorder", { data: code("big") }), "CHECKPOINT_UNSUPPORTED", /byteorder is "big"/],
    ["a long byteorder", changed("byteorder", { data: Buffer.alloc(17) }), "CHECKPOINT_UNSUPPORTED", /17 bytes long/],
    ["no pickle", without("data.pkl"), "CHECKPOINT_INVALID", /0 entries <folder>\/data.pkl/],
    [
      "two pickles",
      zipFile([...archiveParts(), { name: "other/data.pkl", data: code("N.") }]),
      "CHECKPOINT_INVALID",
      /2 entries/,
    ],
    [
      "a program",
      zipFile([...archiveParts(), { name: "archive/constants.pkl", data: code("N.") }]),
      "CHECKPOINT_UNSUPPORTED",
      /TorchScript/,
    ],
    ["no storage", without("data/0"), "CHECKPOINT_INVALID", /storage "0" has no entry "archive\/data\/0"/],
    [
      "a short storage",
      changed("data/0", { data: SIX.subarray(4) }),
      "CHECKPOINT_INVALID",
      /needs 24 bytes and has 20/,
    ],
    [
      "a long storage",
      changed("data/0", { data: floats(1, 2, 3, 4, 5, 6, 7) }),
      "CHECKPOINT_INVALID",
      /24 bytes and has 28/,
    ],
    ["one name twice", zipFile([...archiveParts(), archiveParts()[0]]), "CHECKPOINT_INVALID", /have one name/],
    ["another local name", changed("data/0", { local: "archive/data/1" }), "CHECKPOINT_INVALID", /is not what the zip/],
    ["two sizes", changed("data/0", { packed: 8 }), "CHECKPOINT_INVALID", /is stored and has two sizes, 8 and 24/],
    [
      "a local header that is longer",
      changed("data/0", { localExtra: 8 }),
      "CHECKPOINT_INVALID",
      /"archive\/data\/0" runs into what follows it at byte/,
    ],
    ["an entry beyond the file", changed("data/0", { size: 2 ** 31 }), "CHECKPOINT_INVALID", /runs into what follows/],
    ["an entry over another", changed("data/0", { header: 0 }), "CHECKPOINT_INVALID", /runs into what follows it/],
    ["an entry inside the directory", changed("version", { header: 10_000 }), "CHECKPOINT_INVALID", /runs into/],
    ["more entries than it has", zipFile(overlapping, { count: 5 }), "CHECKPOINT_INVALID", /no entry 4 of 5/],
    [
      "65,000 entries",
      zipFile(overlapping, { count: 65_000 }),
      "CHECKPOINT_INVALID",
      /65000 entries .* above the limits/,
    ],
    ["a directory of 1 GB", zipFile(overlapping, { size: 10 ** 9 }), "CHECKPOINT_INVALID", /above the limits/],
    ["a directory behind the end", zipFile(overlapping, { start: 10 ** 6 }), "CHECKPOINT_INVALID", /behind its end/],
    [
      "a zip64 directory at 2^62",
      zipFile(overlapping, { wide: true, start: 2 ** 62 }),
      "CHECKPOINT_INVALID",
      /speaks of byte 4611686018427387904/,
    ],
    [
      "a pickle above the limit",
      changed("data.pkl", { data: Buffer.alloc(LIMITS.bytes + 1) }),
      "CHECKPOINT_INVALID",
      /8388609 bytes, above the limit of 8388608/,
    ],
    ["a hidden path", changed("data/0", { name: "../archive/data/0" }), "CHECKPOINT_INVALID", /has no entry/],
  ])("%s", async (_, content, code, message) => {
    expect(await refusal(content)).toMatchObject({ code, message: says(message) });
  });
});

test("a length that the file does not have is refused before anything is allocated", async () => {
  writeFileSync(path, legacyFile());
  const file = await open(path);
  const source = new TorchSource(path, file, legacyFile().length);
  await expect(source.read(1, 2 ** 50, "a tensor")).rejects.toMatchObject({
    code: "CHECKPOINT_INVALID",
    message: says(/a tensor needs bytes 1..1125899906842625, and the file has \d+\./),
  });
  await file.close();
});

describe("damage", () => {
  const files: [string, Buffer][] = [
    ["legacy", legacyFile()],
    ["zip", zipFile(archiveParts())],
    [
      "zip64",
      zipFile(
        archiveParts().map((part) => ({ ...part, wide: true })),
        { wide: true },
      ),
    ],
  ];
  test.each(files)("%s: cut off at every byte, it is refused", async (_, content) => {
    for (let length = 0; length < content.length; length++) {
      const { code } = await refusal(content.subarray(0, length));
      expect(code, `${length} bytes`).toMatch(/^CHECKPOINT_(INVALID|UNSUPPORTED)$/);
    }
  });

  test.each(files)(
    "%s: with any byte changed it is refused or read, and never more than it holds",
    async (_, content) => {
      let refused = 0;
      for (let at = 0; at < content.length; at++) {
        for (const value of [0, 0xff, content[at] ^ 1]) {
          const damaged = Buffer.from(content);
          damaged[at] = value;
          const result = await readAll(damaged).catch((error: unknown) => error);
          if (result instanceof Error) {
            expect(result, `byte ${at} = ${value}`).toBeInstanceOf(MaillardError);
            refused++;
          } else {
            const sizes = Object.values(result as Awaited<ReturnType<typeof readAll>>).map(({ data }) => data.length);
            expect(Math.max(0, ...sizes), `byte ${at} = ${value}`).toBeLessThanOrEqual(6);
          }
        }
      }
      expect(refused).toBeGreaterThan(content.length);
    },
  );
});
