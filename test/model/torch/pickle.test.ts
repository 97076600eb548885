/** Pickles that break a rule, or grow without end, are refused before anything is allocated by them. */
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/torch/pickle.js";
import {
  bytes,
  code,
  legacyFile,
  pickled,
  stateDict,
  storage,
  type TensorSpec,
  tensor,
} from "../../support/data/torch-file.js";
import { cpuTime } from "../../support/machine/cpu-time.js";
import { inBoth, keepTorchFile, readAll, refusal, says } from "../../support/processes/torch-reading.js";

keepTorchFile();

const { text, integer, dict, whole } = pickled;

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
    const [before, spent] = [peak(), cpuTime()];
    for (const [format, file] of inBoth(attack)) expect(await refusal(file), format).toMatchObject(invalid(rule));
    expect(spent()).toBeLessThan(5_000);
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
