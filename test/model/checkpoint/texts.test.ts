/** Texts of a brought checkpoint that no row could keep are CHECKPOINT_INVALID with the file: none is changed. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CARD_FILE, readCard } from "../../../src/model/checkpoint/card.js";
import { CHECKPOINT_LIMITS } from "../../../src/model/checkpoint/limits.js";
import { readOutline } from "../../../src/model/checkpoint/outline.js";
import { loadTokenizer } from "../../../src/tokenizer/index.js";

const FIXTURE = join(import.meta.dirname, "..", "..", "fixtures", "tiny-bert");
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-texts-"));
  await cp(FIXTURE, folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const LATIN_1 = Buffer.from("caf\xe9", "latin1");
const SURROGATE = Buffer.from([0xed, 0xa0, 0x80]);

it.each([
  ["NUL", Buffer.from("a\0b"), "has the character NUL (U+0000) at position 2"],
  ["bytes of another encoding", LATIN_1, "is not UTF-8"],
  ["half of a surrogate pair", SURROGATE, "is not UTF-8"],
])("README.md with %s", async (_what, bytes, message) => {
  await writeFile(join(folder, CARD_FILE), bytes);
  const error = { code: "CHECKPOINT_INVALID", details: { file: CARD_FILE }, message: expect.stringContaining(message) };
  await expect(readCard(folder)).rejects.toMatchObject(error);
});

it("README.md of any other text, also one that is cut inside a character", async () => {
  const odd = "\ufeff# \u202e \ud83e\uddea \ufffd é";
  await writeFile(join(folder, CARD_FILE), odd);
  expect(await readCard(folder)).toBe(odd.slice(1));
  const { most } = CHECKPOINT_LIMITS.cardBytes;
  await writeFile(join(folder, CARD_FILE), `${"a".repeat(most - 2)}\ud83e\uddea`);
  expect(await readCard(folder)).toMatch(/a\n\n\(cut here/);
});

it.each(["config.json", "tokenizer.json", "tokenizer_config.json"])("%s that is not UTF-8", async (name) => {
  const path = join(folder, name);
  const text = await readFile(path, "latin1");
  await writeFile(path, text.replace("{", '{"maker":"caf\xe9",'), "latin1");
  const reading = name === "config.json" ? readOutline(folder) : loadTokenizer(folder);
  await expect(reading).rejects.toMatchObject({
    code: "CHECKPOINT_INVALID",
    message: expect.stringContaining("not UTF-8"),
  });
});

it.each(["\\u0000", "\\ud800"])("id2label with %s", async (escaped) => {
  const path = join(folder, "config.json");
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace('"alcohol"', `"alco${escaped}hol"`));
  const details = { field: expect.stringMatching(/^id2label\.\d$/) };
  await expect(readOutline(folder)).rejects.toMatchObject({ code: "CHECKPOINT_INVALID", details });
});
