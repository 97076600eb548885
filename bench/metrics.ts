/**
 * A database with 1,000,000 metrics of 50 runs, one of which has 200,000, and 10,000 runs in all:
 *   queries      what the page of a run and the list of runs ask, by HTTP; with the plans of their slowest statements
 *   replay       all 200,000 metrics to one subscriber, over a WebSocket and as server-sent events
 *   subscribers  2,000 of one run that goes on: statements of the database for each batch of metrics, the time from
 *                the commit of a batch to its arrival, memory
 *
 *   npx tsx bench/metrics.ts [queries] [replay] [subscribers] [--home <folder that is kept, and filled once>]
 *
 * Builds first. The server and the embedded database are as they ship, in a folder of their own; clients are another
 * process. Times of queries are the median of 15 after a first one.
 */
import { execFileSync, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { machine } from "./support/server.js";

execFileSync(process.execPath, [join(import.meta.dirname, "../scripts/build.mjs")], { stdio: "inherit" });
// From the build: what runs the sources gives each function its name at each call.
const built = (path: string) => import(join(import.meta.dirname, "../dist", path));
const { globalId } = (await built("api/ids.js")) as typeof import("../src/api/ids.js");
const { startServer } = (await built("api/transport/server.js")) as typeof import("../src/api/transport/server.js");
const { createApplication, PACKAGE_ROOT } = (await built(
  "service/application.js",
)) as typeof import("../src/service/application.js");
const { registerModel } = (await built("store/index.js")) as typeof import("../src/store/index.js");
const { transaction } = (await built("store/sql.js")) as typeof import("../src/store/sql.js");

const [METRICS, LONGEST, RUNS, ALL_RUNS] = [1_000_000, 200_000, 50, 10_000];
const [SUBSCRIBERS, PER_SOCKET, BATCHES, PER_BATCH] = [2_000, 50, 10, 30];
const { values: flags, positionals: parts } = parseArgs({
  options: { home: { type: "string" } },
  allowPositionals: true,
});
const has = (part: string): boolean => parts.length === 0 || parts.includes(part);

const FIELDS = "sequence step epoch split name value at";
const REPLAYS = {
  runMetricLists: `subscription ($id: ID!) { runMetricLists(id: $id) { ${FIELDS} } }`,
  "runMetrics, an event for each": `subscription ($id: ID!) { runMetrics(id: $id) { ${FIELDS} } }`,
};
const QUERIES: Record<string, string> = {
  "run, its progress, scores and warnings": `query ($id: ID!) { run(id: $id) { name status progress { step totalSteps
    epoch secondsLeft } warnings { code message } error { code } splitSizes { split count } dataset { name }
    baseModel { name } model { name } evaluation(split: TEST) { accuracy macroF1 warnings { code } } } }`,
  "curve of a dense metric, first 10,000": `query ($id: ID!) {
    run(id: $id) { metrics(split: TRAIN, name: "loss", first: 10000) { step value } } }`,
  "curve of a sparse metric": `query ($id: ID!) {
    run(id: $id) { metrics(split: VALIDATION, name: "accuracy", first: 1000) { step value } } }`,
  "metrics of a name, all splits": `query ($id: ID!) {
    run(id: $id) { metrics(name: "accuracy", first: 1000) { step value } } }`,
  "metrics of a split, all names": `query ($id: ID!) {
    run(id: $id) { metrics(split: VALIDATION, first: 1000) { step name value } } }`,
  "metrics, last 100": `query ($id: ID!) { run(id: $id) { metrics(after: ${LONGEST - 100}) { ${FIELDS} } } }`,
  "last metric of each split and name": `query ($id: ID!) { run(id: $id) { latestMetrics { ${FIELDS} } } }`,
  "curve of a dense metric, first 1,000": `query ($id: ID!) {
    run(id: $id) { metrics(split: TRAIN, name: "loss", first: 1000) { step value } } }`,
  "figure of the curves of 8 runs": `query ($ids: [ID!]!) { runCurves(runs: $ids) }`,
  "list of runs, first page": `query { runs(first: 20) { edges { node { id name status target createdAt
    progress { step totalSteps } evaluation(split: TEST) { accuracy } } } pageInfo { hasNextPage endCursor } } }`,
  "list of runs, by status": `query { runs(first: 20, filter: { status: [RUNNING] }) { edges { node { id name } } } }`,
  "list of runs, by target": `query { runs(first: 20, filter: { target: "rare" }) { edges { node { id name } } } }`,
  "list of runs, by a part of a name": `query {
    runs(first: 20, filter: { text: "9876" }) { edges { node { id name } } } }`,
  "list of runs, by name": `query { runs(first: 20, orderBy: NAME_ASC) { edges { node { id name } } } }`,
  "list of runs, count": "query { runs(first: 1) { totalCount } }",
};

const home = flags.home ?? (await mkdtemp(join(tmpdir(), "maillard-metrics-")));
const application = await createApplication({ home, packageRoot: null });
const server = await startServer({ application, port: 0 });
const { store } = application;
const { pool } = store;
const url = `${server.url}/graphql`;
const id = (run: number): string => globalId("Run", `run-${run}`);
const client = fork(join(import.meta.dirname, "support/metric-subscribers.ts"), { execArgv: ["--import", "tsx"] });
const tell = <T>(order: object): Promise<T> =>
  new Promise((resolve) => {
    client.once("message", (message) => resolve(message as T));
    client.send(order);
  });
const at = (times: readonly number[], share: number): number =>
  [...times].sort((a, b) => a - b)[Math.floor(share * (times.length - 1))];

try {
  console.log(`${machine()}, load ${loadavg()[0].toFixed(1)}`);
  const began = performance.now();
  if ((await store.prisma.run.count()) === 0) await load();
  console.log(`${METRICS} metrics and ${ALL_RUNS} runs written in ${((performance.now() - began) / 1e3).toFixed(1)} s`);
  if (has("queries")) await queries();
  if (has("replay")) await replays();
  if (has("subscribers")) await subscribers();
} finally {
  client.kill();
  await server.close();
  await application.close();
  if (!flags.home) await rm(home, { recursive: true, force: true });
}

async function queries(): Promise<void> {
  console.log(
    "\n| query | first, ms | median, ms | largest, ms | processor of the server, ms | bytes | statements of 1 ms or " +
      "more |\n" +
      "|---|--:|--:|--:|--:|--:|---|",
  );
  const ids = Array.from({ length: 8 }, (_, run) => id(run));
  for (const [name, query] of Object.entries(QUERIES)) {
    const times: number[] = [];
    let bytes = 0;
    let processor = process.cpuUsage();
    for (let time = 0; time < 16; time++) {
      if (time === 1) processor = process.cpuUsage();
      const start = performance.now();
      const text = await ask(query, { id: id(0), ids });
      times.push(performance.now() - start);
      bytes = text.length;
    }
    const [first, ...rest] = times;
    const { user, system } = process.cpuUsage(processor);
    const own = (user + system) / 1e3 / rest.length;
    const shown = [first, at(rest, 0.5), Math.max(...rest), own].map((ms) => ms.toFixed(1)).join(" | ");
    const slow = await plans(query, { id: id(0), ids });
    console.log(`| ${name} | ${shown} | ${bytes} | ${slow.join("; ")} |`);
  }
}

interface Statement {
  text: string;
  values: unknown[];
}

/** What the pool was asked while `work` ran, by Prisma too. */
async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const query = pool.query.bind(pool) as (...given: unknown[]) => unknown;
  pool.query = ((...given: [string | Partial<Statement>, unknown[]?]) => {
    const [text, values = []] = given;
    statements.push(typeof text === "string" ? { text, values } : { text: "", values, ...text });
    return query(...given);
  }) as typeof pool.query;
  try {
    await work();
  } finally {
    pool.query = query as typeof pool.query;
  }
  return statements;
}

/** Of the statements of a query that take a millisecond or more: time and nodes. */
async function plans(query: string, variables: object): Promise<string[]> {
  const lines: string[] = [];
  for (const { text, values } of await statementsOf(() => ask(query, variables))) {
    if (!/^\s*(SELECT|WITH)/i.test(text)) continue;
    const { rows } = await pool.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
    const [{ Plan: plan, "Execution Time": ms }] = rows[0]["QUERY PLAN"];
    if (ms >= 1) lines.push(`${ms.toFixed(1)} ms: ${nodes(plan).join(" < ")}`);
  }
  return lines;
}

interface PlanNode {
  "Node Type": string;
  "Index Name"?: string;
  Plans?: PlanNode[];
}
function nodes(node: PlanNode): string[] {
  return [[node["Node Type"], node["Index Name"]].filter(Boolean).join(" "), ...(node.Plans ?? []).flatMap(nodes)];
}

async function ask(query: string, variables: object): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  if (text.includes('"errors"')) throw new Error(text);
  return text;
}

async function replays(): Promise<void> {
  console.log(
    "\n| replay of 200,000 metrics | seconds | events | processor of the server, s | of the client, s | " +
      "largest resident set, MB |\n|---|--:|--:|--:|--:|--:|",
  );
  for (const by of ["WebSocket", "server-sent events"])
    for (const [name, query] of Object.entries(REPLAYS)) {
      const before = process.cpuUsage();
      let memory = 0;
      const timer = setInterval(() => {
        memory = Math.max(memory, process.memoryUsage().rss);
      }, 50);
      const answer = await tell<Replayed>({ replay: { url, query, id: id(0), by } });
      clearInterval(timer);
      const { user, system } = process.cpuUsage(before);
      if (answer.metrics !== LONGEST) throw new Error(JSON.stringify(answer));
      console.log(
        `| ${name}, ${by} | ${answer.seconds.toFixed(1)} | ${answer.events} | ` +
          `${((user + system) / 1e6).toFixed(1)} | ${answer.clientProcessor.toFixed(1)} | ` +
          `${(memory / 1e6).toFixed(0)} |`,
      );
    }
}
interface Replayed {
  metrics: number;
  events: number;
  seconds: number;
  clientProcessor: number;
}

async function subscribers(): Promise<void> {
  const memory = (): number => process.memoryUsage().rss / 1e6;
  for (const [name, query] of Object.entries(REPLAYS)) {
    const run = `live-${Date.now()}`;
    await pool.query(
      `INSERT INTO "Run" (id, kind, name, status, "inputHash", input, "datasetId", "baseModelId", attempt)
       SELECT $1, kind, $1, 'RUNNING', $1, input, "datasetId", "baseModelId", 1 FROM "Run" WHERE id = 'run-0'`,
      [run],
    );
    let last = 0;
    const write = async (count: number): Promise<number> => {
      await transaction(store, async (connection) => {
        await connection.query(
          `INSERT INTO "Metric" ("runId", sequence, step, epoch, split, name, value)
           SELECT $1, n, n, n / 100.0, 'TRAIN', 'loss', 1.0 / n FROM generate_series($2::int, $3::int) n`,
          [run, last + 1, last + count],
        );
        await connection.query(`UPDATE "Run" SET "lastSequence" = $2 WHERE id = $1`, [run, last + count]);
        await connection.query("SELECT pg_notify('maillard', 'metric:' || $1::text)", [run]);
      });
      last += count;
      return performance.timeOrigin + performance.now();
    };
    const before = memory();
    await write(1);
    const open = tell({
      follow: { url, query, id: globalId("Run", run), subscribers: SUBSCRIBERS, perSocket: PER_SOCKET },
    });
    await open;
    await tell({ arrived: 1 });
    const opened = memory();
    const latencies: number[] = [];
    let [statements, most] = [0, opened];
    const processor = process.cpuUsage();
    for (let batch = 0; batch < BATCHES; batch++) {
      const asked = await statementsOf(async () => {
        const committed = await write(PER_BATCH);
        const { times } = await tell<{ times: number[] }>({ arrived: last });
        latencies.push(...times.map((time) => time - committed));
      });
      // A worker looks for work meanwhile; what the batch itself needs has a connection of its own.
      statements += asked.filter(({ values }) => values.includes(run)).length;
      most = Math.max(most, memory());
    }
    const { user, system } = process.cpuUsage(processor);
    console.log(
      `\n${name}: ${SUBSCRIBERS} subscribers over ${SUBSCRIBERS / PER_SOCKET} WebSockets, ${BATCHES} batches of ` +
        `${PER_BATCH} metrics: ${(statements / BATCHES).toFixed(2)} statements of the database for each batch; from ` +
        `commit to arrival of its last metric: median ${at(latencies, 0.5).toFixed(0)} ms, 95 % ` +
        `${at(latencies, 0.95).toFixed(0)} ms, last ${at(latencies, 1).toFixed(0)} ms; processor of the server ` +
        `${((user + system) / 1e3 / BATCHES).toFixed(0)} ms for each batch; resident set ${before.toFixed(0)} MB ` +
        `before, ${opened.toFixed(0)} MB with all of them, at most ${most.toFixed(0)} MB while they were sent to`,
    );
    await pool.query(`UPDATE "Run" SET status = 'CANCELLED', "finishedAt" = now() WHERE id = $1`, [run]);
    await pool.query("SELECT pg_notify('maillard', 'run:' || $1::text)", [run]);
  }
}

/** Rows alone: what the runs learned does not matter here. Of three metrics of each step, and three each 100 steps. */
async function load(): Promise<void> {
  await registerModel(store, {
    name: "base",
    folder: join(PACKAGE_ROOT, "models", "base"),
    artifact: "package:models/base",
  });
  await pool.query(`INSERT INTO "Dataset" (id, name) VALUES ('dataset', 'sample')`);
  await pool.query(
    `INSERT INTO "Run" (id, kind, name, status, "inputHash", input, "datasetId", "baseModelId", attempt, step,
       "totalSteps", "lastSequence", warnings, "createdAt", "startedAt", "finishedAt")
     SELECT 'run-' || n, 'FINETUNE', 'run ' || n, 'SUCCEEDED', n::text,
       jsonb_build_object('target', CASE WHEN n % 5000 = 4999 THEN 'rare' ELSE 'superclass' END, 'targets',
         jsonb_build_array('superclass'), 'task', 'SINGLE_LABEL', 'split', '{"strategy": "SCAFFOLD"}'::jsonb,
         'notes', repeat('x', 1500)),
       'dataset', m.id, 1, 1000, 1000, CASE WHEN n = 0 THEN $2::int WHEN n < $3 THEN $4::int ELSE 0 END,
       '[{"code":"CLASSES_DROPPED","message":"a class","details":{}}]', now() - n * interval '1 minute',
       now() - n * interval '1 minute', now() - n * interval '1 minute'
     FROM generate_series(0, $1::int - 1) n, "Model" m WHERE m.name = 'base'`,
    [ALL_RUNS, LONGEST, RUNS, Math.floor((METRICS - LONGEST) / (RUNS - 1))],
  );
  await pool.query(
    `INSERT INTO "Evaluation" ("runId", split, report)
     SELECT id, 'TEST', '{"split": "TEST", "task": "SINGLE_LABEL", "accuracy": 0.8, "macroF1": 0.7, "loss": 0.6}'
     FROM "Run"`,
  );
  await pool.query(
    `INSERT INTO "Metric" ("runId", sequence, step, epoch, split, name, value)
     SELECT r.id, n + 1, m.step, m.step / 1000.0, m.split::"Split", m.name, 1.0 / (1 + m.step)
     FROM "Run" r CROSS JOIN LATERAL (
       SELECT n, n / 303 * 100 + CASE WHEN n % 303 < 300 THEN n % 303 / 3 + 1 ELSE 100 END AS step,
         CASE WHEN n % 303 < 300 THEN 'TRAIN' ELSE 'VALIDATION' END AS split,
         CASE WHEN n % 303 < 300 THEN (ARRAY['loss', 'learningRate', 'gradientNorm'])[n % 3 + 1]
           ELSE (ARRAY['loss', 'accuracy', 'macroF1'])[n % 303 - 299] END AS name
       FROM generate_series(0, r."lastSequence" - 1) n) m
     ORDER BY md5(r.id), n`,
  );
  await pool.query("VACUUM ANALYZE");
}
