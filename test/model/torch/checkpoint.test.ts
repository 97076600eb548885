/** Model folders whose weights are pytorch_model.bin: read as if they were safetensors, and converted once. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { convertCheckpoint, loadCheckpoint, readCheckpointInfo } from "../../../src/model/checkpoint/checkpoint.js";
import { readSafetensors } from "../../../src/model/checkpoint/safetensors.js";
import { legacyFile, torchFile } from "../../support/data/torch-file.js";

const fixtures = join(import.meta.dirname, "../../fixtures");
const scratch = mkdtempSync(join(tmpdir(), "maillard-torch-checkpoint-"));
afterAll(() => rmSync(scratch, { recursive: true }));
let made = 0;

/** A fixture with its weights as torch writes them. */
async function torchFolder(fixture: string, format: "legacy" | "zip"): Promise<string> {
  const folder = join(scratch, `model-${made++}`);
  cpSync(join(fixtures, fixture), folder, { recursive: true });
  const weights = await readSafetensors(join(folder, "model.safetensors"));
  rmSync(join(folder, "model.safetensors"));
  writeFileSync(join(folder, "pytorch_model.bin"), torchFile(format, weights));
  return folder;
}

const cases = ["bert", "roberta", "albert"].flatMap((family) =>
  [`tiny-${family}`, `tiny-${family}-masked`].flatMap((fixture) =>
    (["legacy", "zip"] as const).map((format) => [fixture, format] as const),
  ),
);

test.each(cases)("%s, %s: the same checkpoint as from safetensors", async (fixture, format) => {
  const folder = await torchFolder(fixture, format);
  expect(await loadCheckpoint(folder)).toEqual(await loadCheckpoint(join(fixtures, fixture)));
  const { checksum, ...info } = await readCheckpointInfo(folder);
  const { checksum: other, ...expected } = await readCheckpointInfo(join(fixtures, fixture));
  expect(info).toEqual(expected);
  expect(checksum).not.toBe(other);
});

describe("which file is read", () => {
  test("safetensors before a pickle, which is then not part of the checksum", async () => {
    const folder = join(scratch, "both");
    cpSync(join(fixtures, "tiny-bert"), folder, { recursive: true });
    writeFileSync(join(folder, "pytorch_model.bin"), "not a pickle");
    const [both, alone] = [await readCheckpointInfo(folder), await readCheckpointInfo(join(fixtures, "tiny-bert"))];
    expect(both.checksum).toBe(alone.checksum);
  });

  test("a pickle that is read is part of the checksum", async () => {
    const folder = await torchFolder("tiny-bert", "legacy");
    const { checksum } = await readCheckpointInfo(folder);
    const content = readFileSync(join(folder, "pytorch_model.bin"));
    content[content.length - 1] ^= 1;
    writeFileSync(join(folder, "pytorch_model.bin"), content);
    expect((await readCheckpointInfo(folder)).checksum).not.toBe(checksum);
  });
});

describe("convertCheckpoint", () => {
  test.each(["legacy", "zip"] as const)("%s: safetensors in the pickle's place, with every value", async (format) => {
    const folder = await torchFolder("tiny-roberta", format);
    const before = await loadCheckpoint(folder);
    await convertCheckpoint(folder);
    expect(readdirSync(folder).sort()).toEqual([
      "config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect(await loadCheckpoint(folder)).toEqual(before);
  });

  test("leaves safetensors and its config as they are, and removes a pickle beside them", async () => {
    const folder = join(scratch, "kept");
    cpSync(join(fixtures, "tiny-bert"), folder, { recursive: true });
    writeFileSync(join(folder, "pytorch_model.bin"), "not a pickle");
    await convertCheckpoint(folder);
    expect(readdirSync(folder).sort()).toEqual(readdirSync(join(fixtures, "tiny-bert")).sort());
    for (const name of readdirSync(folder))
      expect(readFileSync(join(folder, name)).equals(readFileSync(join(fixtures, "tiny-bert", name))), name).toBe(true);
  });

  test("a pickle that is refused stays, and nothing is written", async () => {
    const folder = await torchFolder("tiny-bert", "zip");
    writeFileSync(join(folder, "pytorch_model.bin"), legacyFile());
    const files = readdirSync(folder);
    await expect(convertCheckpoint(folder)).rejects.toMatchObject({
      code: "CHECKPOINT_INVALID",
      message: expect.stringContaining("the number of parameters"),
    });
    expect(readdirSync(folder)).toEqual(files);
  });
});
