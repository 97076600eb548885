/** Folders of every layout give the ids that Hugging Face's own libraries give (bench/reference/tokenizer.py). */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer } from "../../src/tokenizer/index.js";

interface Reference {
  texts: string[];
  /** Length that `short` was truncated to. */
  short: number;
  routes: Record<string, { files: Record<string, string>; full: number[][]; short: number[][] }>;
}

const reference = JSON.parse(
  await readFile(new URL("../../bench/reference/tokenizer.json", import.meta.url), "utf8"),
) as Reference;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "maillard-tokenizer-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(Object.entries(reference.routes))("%s", (_name, route) => {
  const load = async () => {
    const own = await mkdtemp(join(folder, "route-"));
    for (const [file, text] of Object.entries(route.files)) await writeFile(join(own, file), text);
    return loadTokenizer(own);
  };

  it(`gives the reference's ids for ${reference.texts.length} texts`, async () => {
    const tokenizer = await load();
    const ids = reference.texts.map((text) => [...tokenizer.encode(text, 512)]);
    expect(ids).toEqual(route.full);
  });

  it("truncates from the right and keeps the end token, as the reference does", async () => {
    const tokenizer = await load();
    const ids = reference.texts.map((text) => [...tokenizer.encode(text, reference.short)]);
    expect(ids).toEqual(route.short);
    expect(ids.filter((list) => list.length === reference.short).length).toBeGreaterThan(10);
  });
});
