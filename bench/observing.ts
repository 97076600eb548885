/**
 * What observing costs: one call of each kind; processor time of a request with each choice of MAILLARD_LOG_REQUESTS
 * and with traces, in turn over several rounds; time and size of a scrape. Lines of the log go to stderr.
 *
 *   node --import tsx bench/observing.ts 2> /tmp/lines.jsonl
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestLog } from "../src/api/observe/request-log.js";
import { startServer } from "../src/api/transport/server.js";
import { recorder } from "../src/observe/recorder.js";
import { REQUEST_LOGS } from "../src/observe/settings.js";
import { stage } from "../src/observe/stages.js";
import { startTracing } from "../src/observe/tracing.js";
import { createApplication } from "../src/service/application.js";
import { stderrLog } from "../src/service/log.js";

const [ROUNDS, REQUESTS, SCRAPES] = [5, 200, 20];

/** Of the fastest of some rounds: nanoseconds of one call. */
async function nanoseconds(call: () => unknown): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    const began = process.hrtime.bigint();
    for (let index = 0; index < 5_000; index++) await call();
    times.push(Number(process.hrtime.bigint() - began) / 5_000);
  }
  return `${Math.min(...times).toFixed(0)} ns`;
}
const log = requestLog(stderrLog, "all");
const line = { requestId: "0".repeat(36), method: "POST", route: "/graphql", status: 200, kind: "query" };
console.log("nothing, awaited          ", await nanoseconds(() => undefined));
console.log("one count                 ", await nanoseconds(() => recorder.count("maillard_streams", [])));
console.log(
  "one time                  ",
  await nanoseconds(() => recorder.observe("maillard_http_request_seconds", ["/graphql"], 0.02)),
);
console.log("one stage around nothing  ", await nanoseconds(() => stage("tokenize", async () => undefined)));
console.log(
  "one line of the log       ",
  await nanoseconds(() => log({ ...line, fields: ["predict"], code: "OK", points: 0, ms: 1.5 }, false)),
);
const home = await mkdtemp(join(tmpdir(), "maillard-bench-"));
const application = await createApplication({ home, hub: null });
// The worker polls the queue, and its statements would be counted.
await application.runs.close();
await application.library.fingerprints.close();

const COLLECTOR = `require("node:http").createServer((q, r) => q.resume().on("end", () => r.end("{}")))
  .listen(0, "127.0.0.1", function () { console.log(this.address().port); });`;
const collector = spawn(process.execPath, ["-e", COLLECTOR], { stdio: ["ignore", "pipe", "inherit"] });
const [port] = (await once(collector.stdout, "data")) as [Buffer];
process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${String(port).trim()}`;

const QUERIES = {
  "{ __typename }": "{ __typename }",
  "a stored prediction": '{ predict(smiles: ["CCO"], model: "superclass") { ... on Prediction { label score } } }',
  "a failed request": '{ model(name: "nobody has this") { name } }',
};

/** Milliseconds of processor time of this process, client included, for one request. */
async function costOf(url: string, query: string): Promise<number> {
  const ask = async () => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
    });
    await response.text();
  };
  for (let index = 0; index < REQUESTS / 10; index++) await ask();
  const before = process.cpuUsage();
  for (let index = 0; index < REQUESTS; index++) await ask();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / REQUESTS;
}

const servers = await Promise.all(
  REQUEST_LOGS.map(async (logRequests) => ({
    logRequests,
    server: await startServer({ application, port: 0, logRequests }),
  })),
);
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
for (const [name, query] of Object.entries(QUERIES)) {
  const costs = new Map<string, number[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    const note = (arm: string, ms: number) => round > 0 && costs.set(arm, [...(costs.get(arm) ?? []), ms]);
    for (const { logRequests, server } of servers) note(`log ${logRequests}`, await costOf(server.url, query));
    const end = startTracing({ environment: {}, version: "bench", onError: console.error });
    note("log none, traces", await costOf(servers.at(-1)?.server.url as string, query));
    await end();
  }
  for (const [arm, values] of costs)
    console.log(
      `${name}, ${arm}: ${median(values).toFixed(3)} ms (${values.map((value) => value.toFixed(3)).join(", ")})`,
    );
}

const [{ server }] = servers;
const scrape = async () => (await (await fetch(`${server.url}/metrics`)).text()).length;
const bytes = await scrape();
const [began, before] = [performance.now(), process.cpuUsage()];
for (let index = 0; index < SCRAPES; index++) await scrape();
const { user, system } = process.cpuUsage(before);
console.log(
  `a scrape: ${bytes} bytes, ${((performance.now() - began) / SCRAPES).toFixed(1)} ms, ` +
    `${((user + system) / 1_000 / SCRAPES).toFixed(1)} ms of the processor`,
);

for (const one of servers) await one.server.close();
collector.kill();
await application.close();
await rm(home, { recursive: true, force: true });
