/**
 * A newcomer's first hour as one script: a CSV of 60 molecules, a model with a score or a warning, predictions of a
 * file, the model run without this server, everything deleted, and the disk as it was.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import { parse } from "csv-parse/sync";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bytesUnder } from "../src/runs/removal/disk-usage.js";
import { startTestService, type TestService } from "./support/api.js";
import { maillard } from "./support/command-line.js";

let service: TestService;
let folder: string;
const at = (name: string): string => join(folder, name);
const run = async (...args: string[]) => {
  const finished = await maillard(service.url, args);
  expect({ args, ...finished }).toMatchObject({ exitCode: 0 });
  return finished;
};

beforeAll(async () => {
  service = await startTestService();
  folder = await mkdtemp(join(tmpdir(), "maillard-newcomer-"));
});
afterAll(async () => {
  await service?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Rows of every table but those that only tell what happened. */
async function rowsOfTables(): Promise<Record<string, number>> {
  const { pool } = service.store;
  const { rows } = await pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'AuditEntry'`,
  );
  const counts = await Promise.all(
    rows.map(async ({ name }) => {
      const { rows: counted } = await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM "${name}"`);
      return [name, counted[0].n] as const;
    }),
  );
  return Object.fromEntries(counts.sort(([a], [b]) => (a < b ? -1 : 1)));
}

it("from a CSV to predictions, to a model elsewhere, to a disk as it was", async () => {
  const before = { rows: await rowsOfTables(), bytes: await bytesUnder(join(service.home, "artifacts")) };

  // 60 molecules of four classes, two of them unknown.
  const kinds = { alcohol: "O", amine: "N", acid: "C(=O)O", thiol: "S" };
  const molecules = Object.entries(kinds).flatMap(([kind, end]) =>
    Array.from({ length: 15 }, (_, n) => `${kind} ${n},${"C".repeat(n + 2)}${end},${n === 7 ? "N/A" : kind}`),
  );
  await writeFile(at("mine.csv"), `name,structure,kind\n${molecules.join("\n")}\n`);
  const { out: imported } = await run("import", at("mine.csv"), "-d", "mine");
  expect(imported).toContain("60 imported");

  // With its defaults it has learned, or says that it has not and what to try.
  const { out: report, err: progress } = await run(
    "finetune",
    "-d",
    "mine",
    "-t",
    "kind",
    "-n",
    "mine-model",
    "--split",
    "stratified",
    "-w",
  );
  expect(progress).toMatch(/^recipe AUTO, by \d+ training molecules of 4 classes: /m);
  const score = (line: RegExp): number => Number(line.exec(report)?.[1]);
  const [own, majority] = [score(/^mine-model +(\d\.\d{3})/m), score(/^always "\w+" .* (\d\.\d{3}) +\d\.\d{3}/m)];
  expect(majority).toBeGreaterThan(0);
  expect(report).toMatch(/fingerprint/);
  if (own <= majority) expect(report).toContain("BELOW_BASELINE");

  await run(
    "predict",
    "--file",
    at("mine.csv"),
    "-s",
    "structure",
    "-m",
    "mine-model",
    "-o",
    at("out.csv"),
    "--probabilities",
  );
  const rows = parse(await readFile(at("out.csv")), { columns: true }) as Record<string, string>[];
  expect(rows.map(({ name }) => name)).toEqual(molecules.map((line) => line.split(",")[0]));

  // The same answers without the server: the tokenizer's files, ONNX Runtime, a softmax.
  await run("model", "export", "mine-model", "--to", at("exported"), "--format", "onnx");
  const json = async (name: string) => JSON.parse(await readFile(join(at("exported"), name), "utf8"));
  const tokenizer = new Tokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"));
  const session = await InferenceSession.create(join(at("exported"), "onnx", "model.onnx"));
  const { id2label } = await json("config.json");
  for (const row of [rows[0], rows[31], rows[59]]) {
    const { ids } = tokenizer.encode(row.structure);
    const tensor = (values: readonly number[]) =>
      new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
    const { logits } = await session.run({ input_ids: tensor(ids), attention_mask: tensor(ids.map(() => 1)) });
    const powers = Array.from(logits.data as Float32Array, Math.exp);
    const sum = powers.reduce((total, value) => total + value, 0);
    for (const [place, power] of powers.entries())
      expect(Math.abs(power / sum - Number(row[`probability_${id2label[place]}`]))).toBeLessThan(1e-5);
  }
  await session.release();

  // A look at a picture stores vectors of a model that stays.
  await run("project", "-d", "mine", "--target", "kind", "-o", at("map.svg"));
  await run("delete", "model", "mine-model", "--cascade", "--yes");
  await run("delete", "dataset", "mine", "--cascade", "--yes");
  await run("gc", "--yes");
  expect(await rowsOfTables()).toEqual(before.rows);
  expect(await bytesUnder(join(service.home, "artifacts"))).toBe(before.bytes);
});
