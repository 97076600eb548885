/** A pickle that calls any function is refused with the function's name, and nothing is run. */
import { describe, expect, test } from "vitest";
import {
  bytes,
  code,
  legacyFile,
  orderedDict,
  pickled,
  stateDict,
  storage,
  tensor,
} from "../../support/data/torch-file.js";
import { inBoth, keepTorchFile, refusal, says } from "../../support/processes/torch-reading.js";

keepTorchFile();

const { text, integer, tuple, list, dict, whole, global: named } = pickled;

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
