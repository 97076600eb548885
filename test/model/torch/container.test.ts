/**
 * Both containers of torch.save: each rule of theirs, broken byte by byte, and files cut off or damaged at every byte.
 */
import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { MaillardError } from "../../../src/errors.js";
import { LIMITS } from "../../../src/model/torch/pickle.js";
import { TorchSource } from "../../../src/model/torch/source.js";
import {
  archiveParts,
  bytes,
  code,
  floats,
  int64,
  legacyFile,
  pickled,
  SIX,
  stateDict,
  storage,
  tensor,
  zipFile,
} from "../../support/data/torch-file.js";
import { keepTorchFile, path, readAll, refusal, says } from "../../support/processes/torch-reading.js";

keepTorchFile();

const { text, integer, tuple, list, dict, whole, global: named } = pickled;

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
                text("storage"),
                named("torch", "FloatStorage"),
                text("0"),
                text("cpu"),
                integer(6),
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
