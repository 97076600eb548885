/** What a checkpoint's folder is made of: the tokenizer's files alone are copied, and a write is whole or not there. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { copyTokenizer } from "../../../src/model/checkpoint/checkpoint.js";
import { replaceFiles } from "../../../src/model/checkpoint/files.js";

const fixtures = join(import.meta.dirname, "../../fixtures");
const scratch = mkdtempSync(join(tmpdir(), "maillard-files-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const newFolder = () => mkdtempSync(join(scratch, "model-"));

test("copyTokenizer takes the tokenizer and nothing else", async () => {
  const from = newFolder();
  cpSync(join(fixtures, "tiny-bert"), from, { recursive: true });
  writeFileSync(join(from, "vocab.txt"), "C\n");
  const to = newFolder();
  await copyTokenizer(from, to);
  expect(readdirSync(to).sort()).toEqual(["tokenizer.json", "tokenizer_config.json", "vocab.txt"]);
  expect(existsSync(join(to, "config.json"))).toBe(false);
  expect(readFileSync(join(to, "tokenizer.json")).equals(readFileSync(join(from, "tokenizer.json")))).toBe(true);
});

test("a write that fails leaves the old files and nothing temporary", async () => {
  const folder = newFolder();
  const written = (text: string) => (path: string) => Promise.resolve(writeFileSync(path, text));
  await replaceFiles(folder, [{ name: "a", write: written("old") }]);
  const failing = replaceFiles(folder, [
    { name: "a", write: written("new") },
    { name: "b", write: () => Promise.reject(new Error("disk full")) },
  ]);
  await expect(failing).rejects.toThrow("disk full");
  expect(readdirSync(folder)).toEqual(["a"]);
  expect(readFileSync(join(folder, "a"), "utf8")).toBe("old");
});
