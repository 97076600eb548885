/**
 * PostgreSQL is really stopped and killed under requests, again and again: each is answered with data, or with
 * DATABASE_UNAVAILABLE, which may be tried again. None is INTERNAL, none is lost, and the server goes on.
 */
import { chmod, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Server, startServer } from "../../src/api/transport/server.js";
import { type Application, createApplication } from "../../src/service/application.js";
import { registerModel } from "../../src/store/index.js";
import { type Answer, FIXTURES, post } from "../support/api.js";
import { FakeCompute } from "../support/fake-compute.js";

let home: string;
let application: Application;
let server: Server;
const problems: { message: string; fields: Record<string, unknown> }[] = [];
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "maillard-restart-"));
  await chmod(home, 0o755);
  const log = {
    info: () => undefined,
    error: (message: string, fields: Record<string, unknown> = {}) => void problems.push({ message, fields }),
  };
  const compute = new FakeCompute();
  compute.infer = async ({ tokenIds, output }) =>
    tokenIds.map(() => new Float32Array(output === "LOGITS" ? 3 : 32).fill(0.5));
  application = await createApplication({ home, packageRoot: null, compute, log });
  await registerModel(application.store, {
    name: "classifier",
    folder: join(FIXTURES, "tiny-bert"),
    artifact: "package:test/fixtures/tiny-bert",
    target: "superclass",
  });
  server = await startServer({ application, port: 0 });
});
afterAll(async () => {
  await server.close();
  await application.close();
  await rm(home, { recursive: true, force: true });
});

let used = 0;
const ASKED: (() => string)[] = [
  () => "{ models(first: 5) { edges { node { name } } } }",
  () => "{ runs(first: 5) { edges { node { id } } } datasets(first: 5) { edges { node { name } } } }",
  () => "{ compounds(first: 3) { edges { node { smiles } } totalCount } }",
  () =>
    `{ predict(smiles: ["${"C".repeat(1 + (++used % 300))}O"], model: "classifier") { ... on Prediction { label } } }`,
  () => `{ embed(smiles: ["${"C".repeat(1 + (++used % 300))}N"], model: "classifier") { __typename } }`,
  () =>
    `mutation { importDataset(input: { name: "d${++used}", rows: [{ line: 1, smiles: "CCO" }] }) { dataset { id } } }`,
  () => `mutation { startEmbedding(input: { dataset: "none", model: "classifier" }) { run { id } } }`,
];

const nameOf = ({ errors }: Answer<unknown>): string => {
  if (!errors) return "answered";
  return [...new Set(errors.map(({ extensions: { code, retryable } }) => `${code} ${retryable}`))].sort().join(", ");
};

it.each([["SIGINT"], ["SIGKILL"]] as const)("by %s, three times", async (signal) => {
  const { rows } = await application.store.pool.query<{ data: string }>(
    "SELECT current_setting('data_directory') AS data",
  );
  const stop = async (): Promise<void> => {
    process.kill(Number((await readFile(join(rows[0].data, "postmaster.pid"), "utf8")).split("\n")[0]), signal);
  };
  const counts = new Map<string, number>();
  const unexpected: unknown[] = [];
  let going = true;
  const clients = Array.from({ length: 12 }, async (_, client) => {
    for (let turn = client; going; turn++) {
      const query = ASKED[turn % ASKED.length]();
      const answer = await post(server.url, { query });
      const name = nameOf(answer);
      counts.set(name, (counts.get(name) ?? 0) + 1);
      if (name.includes("INTERNAL")) unexpected.push({ query, answer });
    }
  });
  const answered = () => counts.get("answered") ?? 0;
  for (let round = 0; round < 3; round++) {
    const before = answered();
    await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThan(before + 20);
    await stop();
    const after = answered();
    await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThan(after + 20);
  }
  going = false;
  await Promise.all(clients);
  const faults = problems.filter(({ message }) => message === "A request failed unexpectedly.");
  expect([...new Set(faults.map(({ fields }) => JSON.stringify(fields.error).slice(0, 600)))]).toEqual([]);
  expect(unexpected).toEqual([]);
  const { answered: _answered, ...others } = Object.fromEntries(counts);
  for (const name of Object.keys(others))
    expect(name).toMatch(/^(DATABASE_UNAVAILABLE true|NOT_FOUND false|BAD_INPUT false)/);
});
