/**
 * SIGTERM to a real server with requests in flight: none is reset. A request that misses the grace gets an error that
 * may be tried again, a second signal ends the process at once, and a run goes back to the queue.
 */
import { once } from "node:events";
import { Agent } from "node:http";
import pg from "pg";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { alkyls } from "../../support/api.js";
import {
  molecule,
  type Outcome,
  PREDICT,
  postBy,
  type ServerProcess,
  spawnProcess,
  startServerProcess,
} from "../../support/processes/server.js";

const MANY = 100;
/** Of one client, and in all. */
const PLACES = { MAILLARD_MAX_COMPUTATIONS_PER_CLIENT: "128" };
const GRACE = (milliseconds: number) => ({ ...PLACES, MAILLARD_SHUTDOWN_GRACE_MS: String(milliseconds) });

let server: ServerProcess;
afterEach(() => server?.remove());

let used = 0;
const newMolecules = (count: number): string[] => Array.from({ length: count }, () => molecule(used++));

/** Sends all at once; `sent` resolves when the system has taken every one of them. */
function sendMany(size: number, agent: Agent): { sent: Promise<unknown>; outcomes: Promise<Outcome[]> } {
  const sent: Promise<void>[] = [];
  const asked = Array.from({ length: MANY }, () => {
    let isSent: () => void = () => undefined;
    sent.push(new Promise((resolve) => (isSent = resolve)));
    return postBy(agent, server.url, { query: PREDICT, variables: { smiles: newMolecules(size) } }, isSent);
  });
  return { sent: Promise.all(sent), outcomes: Promise.all(asked) };
}

/** How often each outcome came, a refusal with whether it may be tried again. */
function counted(outcomes: readonly Outcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, failure, body } of outcomes) {
    const refusal = body.errors?.[0]?.extensions;
    const name = failure ?? (refusal ? `${status} ${refusal.code} ${refusal.retryable}` : `${status}`);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe("SIGTERM with 100 requests in flight", () => {
  it.each([
    ["fresh", 1],
    ["heavy", 256],
  ])("answers all of them: %s ones, of %i new molecules", async (_name, size) => {
    server = await startServerProcess(GRACE(240_000));
    const { sent, outcomes } = sendMany(size, new Agent({ keepAlive: false }));
    await sent;
    server.child.kill("SIGTERM");
    const all = await outcomes;
    // Some wait for no place in the queue of the pool: that is an answer.
    const { "200 OVERLOADED true": refused = 0, ...others } = counted(all);
    expect(others).toEqual({ "200": MANY - refused });
    expect(refused).toBeLessThan(size === 1 ? 1 : MANY);
    for (const { body } of all) expect(JSON.stringify(body)).not.toContain("INTERNAL");
    expect(await server.ended).toBe(0);
    const late = await postBy(new Agent(), server.url, { query: "{ __typename }" });
    expect(late.failure).toBe("ECONNREFUSED");
  });

  it("answers those that come on connections which are open already, and says that they are closed", async () => {
    server = await startServerProcess(GRACE(240_000));
    const agent = new Agent({ keepAlive: true, maxSockets: MANY });
    expect(counted(await sendMany(1, agent).outcomes)).toEqual({ "200": MANY });
    const { sent, outcomes } = sendMany(16, agent);
    await sent;
    server.child.kill("SIGTERM");
    const all = await outcomes;
    expect(counted(all)).toEqual({ "200": MANY });
    expect(all.filter(({ connection }) => connection === "close").length).toBeGreaterThan(0);
    expect(await server.ended).toBe(0);
  });

  it("gives those that miss the grace an error that may be tried again", async () => {
    server = await startServerProcess(GRACE(500));
    const { sent, outcomes } = sendMany(256, new Agent({ keepAlive: false }));
    await sent;
    server.child.kill("SIGTERM");
    const all = await outcomes;
    const {
      "503 SHUTTING_DOWN true": late = 0,
      "200": answered = 0,
      "200 OVERLOADED true": refused = 0,
    } = counted(all);
    expect(late).toBeGreaterThan(0);
    expect(late + answered + refused).toBe(MANY);
    expect(await server.ended).toBe(0);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("ends at once by a second signal: %s", async (second, code) => {
    server = await startServerProcess(GRACE(240_000));
    const { sent, outcomes } = sendMany(256, new Agent({ keepAlive: false }));
    await sent;
    server.child.kill("SIGTERM");
    await expect.poll(() => server.output(), { timeout: 60_000 }).toContain("closing");
    server.child.kill(second);
    expect(await server.ended).toBe(code);
    expect(counted(await outcomes)).toHaveProperty("ECONNRESET");
  });
});

it("gives a run back to the queue, of a server as of a worker; neither counts as a failure of the run", async () => {
  server = await startServerProcess();
  const agent = new Agent();
  const rows = alkyls(12).map(({ smiles, labels }, index) => ({
    line: index + 1,
    smiles,
    labels: [{ set: "superclass", value: labels?.superclass }],
  }));
  const importing = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }";
  await postBy(agent, server.url, { query: importing, variables: { input: { name: "alkyls", rows } } });
  const started = await postBy(agent, server.url, {
    query: `mutation { startFinetune(input: { name: "long", baseModel: "classifier", dataset: "alkyls",
      target: "superclass", minClassSize: 2, epochs: 900, split: { strategy: RANDOM } }) { run { id } } }`,
  });
  expect(started.body.errors).toBeUndefined();
  const database = new pg.Client({ connectionString: server.databaseUrl });
  // It is dropped before the connection ends.
  database.on("error", () => undefined);
  await database.connect();
  onTestFinished(() => database.end());
  const run = async () =>
    (
      await database.query(
        'SELECT status, attempt, "errorCode", "workerId" IS NULL AS free, "lastSequence" > 0 AS learns FROM "Run"',
      )
    ).rows[0];
  const back = (attempt: number) => ({ status: "QUEUED", attempt, errorCode: null, free: true });
  await expect.poll(run, { timeout: 120_000 }).toMatchObject({ status: "RUNNING", attempt: 1, learns: true });
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  expect(await run()).toMatchObject(back(1));
  const worker = spawnProcess("worker", server.environment);
  const ended = once(worker, "close");
  await expect.poll(run, { timeout: 120_000 }).toMatchObject({ status: "RUNNING", attempt: 2 });
  worker.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  expect(await run()).toMatchObject(back(2));
});
