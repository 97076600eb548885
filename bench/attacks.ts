/**
 * The attacks of support/attacks.ts on a server of its own, in a temporary home, from the build:
 *   one after another   what each is answered, how long it takes, the longest gap of the API's event loop meanwhile
 *   all at once         while another client asks a plain `predict` of a new molecule each 200 ms, and /health each
 *                       100 ms: how long these wait, how many fail, the memory of all processes
 *
 *   node --import tsx bench/attacks.ts [--only 1,2] [--seconds 60] [--together] [--out docs/attacks.md]
 *
 * `--seconds 0` leaves the second part out, `--together` the first.
 *
 * A gap has two numbers: by the clock, which contains the time slices of other processes, and the processor time of
 * the main thread within it. Builds first. Linux only (/proc); clients have addresses of 127.0.0.0/8.
 */
import { execFileSync, fork } from "node:child_process";
import { setMaxListeners } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client, together } from "./support/attack-client.js";
import { makeCheckpoints, makeFiles } from "./support/attack-files.js";
import { ATTACKS, type Context } from "./support/attacks.js";
import type { Observed } from "./support/neighbour.js";
import { machine, startBenchServer } from "./support/server.js";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    seconds: { type: "string", default: "60" },
    together: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const seconds = Number(values.seconds);
const only = values.only?.split(",").map(Number);
const attacks = ATTACKS.filter(({ row }) => only === undefined || only.includes(row));
/** How long the neighbour asks before the attacks begin. */
const BEFORE_SECONDS = 10;
/** The attacker of one row leaves after this time. */
const PATIENCE_MS = 60_000;
// One signal ends many requests.
setMaxListeners(0);
const lines: string[] = [];
const print = (line: string): void => {
  lines.push(line);
  console.log(line);
};

execFileSync(process.execPath, [join(import.meta.dirname, "../scripts/build.mjs")], { stdio: "inherit" });
const folder = await mkdtemp(join(tmpdir(), "maillard-attacks-"));
const [checkpoint, files] = [await makeCheckpoints(folder), await makeFiles()];
const server = await startBenchServer({ gaps: true, environment: { MAILLARD_MODEL_ROOTS: folder } });
const attacker = new Client(server.port, "127.0.0.3");
const neighbour = fork(join(import.meta.dirname, "support/neighbour.ts"), [String(server.port)], {
  execArgv: ["--import", "tsx"],
  serialization: "advanced",
});
neighbour.once("exit", (code) => {
  if (code) throw new Error(`the neighbour ended with ${code}`);
});

try {
  const stop = new AbortController();
  const context: Context = { client: attacker, server, files, checkpoint, ...(await prepare()), signal: stop.signal };
  print(`${machine()}, load ${loadavg()[0].toFixed(1)} at the start`);
  if (!values.together) await oneAfterAnother(context);
  if (seconds > 0) await allAtOnce(context, stop);
  if (values.out) await report(values.out);
} finally {
  attacker.close();
  neighbour.kill();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

/** The sample with its embeddings stored. */
async function prepare(): Promise<Pick<Context, "dataset" | "labelSet" | "model">> {
  const { datasets } = await server.query<{
    datasets: { edges: { node: { name: string; labelSets: { name: string }[] } }[] };
  }>("{ datasets(first: 1) { edges { node { name labelSets { name } } } } }");
  const dataset = datasets.edges[0].node.name;
  const started = await server.query<{ startEmbedding: { run: { id: string } } }>(
    "mutation ($input: StartEmbeddingInput!) { startEmbedding(input: $input) { run { id } } }",
    { input: { dataset, model: "base" } },
  );
  for (;;) {
    const { run } = await server.query<{ run: { status: string } }>("query ($id: ID!) { run(id: $id) { status } }", {
      id: started.startEmbedding.run.id,
    });
    if (run.status === "SUCCEEDED") return { dataset, labelSet: "superclass", model: "base" };
    if (run.status === "FAILED") throw new Error("the embedding of the sample failed");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function oneAfterAnother(context: Context): Promise<void> {
  print("\n| row | attack | answer | time | longest gap | of it processor time | memory of all processes |");
  print("|--:|---|---|--:|--:|--:|--:|");
  for (const { row, name, run } of attacks) {
    await server.gaps();
    const began = performance.now();
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(PATIENCE_MS)]);
    const answer = await run({ ...context, signal }, 0);
    const time = (performance.now() - began) / 1_000;
    const { wallMs, processorMs } = await server.gaps();
    print(
      `| ${row} | ${name} | ${answer} | ${time.toFixed(1)} s | ${wallMs.toFixed(0)} ms ` +
        `| ${processorMs.toFixed(0)} ms ` +
        `| ${total().toFixed(0)} MB |`,
    );
  }
}

function total(): number {
  return server.memory().reduce((sum, { megabytes }) => sum + megabytes, 0);
}

async function allAtOnce(context: Context, stop: AbortController): Promise<void> {
  const before = await observe(BEFORE_SECONDS);
  await server.gaps();
  const heard = new Map<string, string[]>();
  const attacking = attacks.map(async ({ name, run }) => {
    const answers: string[] = [];
    heard.set(name, answers);
    for (let turn = 1; !stop.signal.aborted; turn++) {
      answers.push(await run(context, turn));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  let most = 0;
  let parts: { label: string; megabytes: number }[] = [];
  const sampler = setInterval(() => {
    const memory = server.memory();
    const sum = memory.reduce((all, { megabytes }) => all + megabytes, 0);
    if (sum > most) [most, parts] = [sum, memory];
  }, 4_000);
  const { predict, health } = await observe(seconds);
  clearInterval(sampler);
  stop.abort();
  const { wallMs, processorMs } = await server.gaps();
  await Promise.race([Promise.all(attacking), new Promise((resolve) => setTimeout(resolve, 30_000).unref())]);
  print(`\nAll at once for ${seconds} s, load ${loadavg()[0].toFixed(1)} at the end:\n`);
  print("| asked | answers | p50 | p99 | longest | not answered as usual |");
  print("|---|--:|--:|--:|--:|---|");
  const probes = {
    "a plain `predict`, before": before.predict,
    "`/health`, before": before.health,
    "a plain `predict`, under attack": predict,
    "`/health`, under attack": health,
  };
  for (const [name, { times, failures }] of Object.entries(probes)) {
    const sorted = times.sort((a, b) => a - b);
    const at = (share: number): string => `${(sorted[Math.floor(share * (sorted.length - 1))] / 1_000).toFixed(2)} s`;
    print(`| ${name} | ${sorted.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${together(failures) || "none"} |`);
  }
  const shares = parts.map(({ label, megabytes }) => `${label} ${megabytes.toFixed(0)}`).join(", ");
  print(`\nMost memory of all processes: ${most.toFixed(0)} MB (${shares}).`);
  print(`Longest gap of the API's event loop: ${wallMs.toFixed(0)} ms, processor time ${processorMs.toFixed(0)} ms.\n`);
  print("| row | attack | answers meanwhile |");
  print("|--:|---|---|");
  for (const { row, name } of attacks) {
    const all = (heard.get(name) ?? []).map((answer) => answer.replace(/ after \d.*$/, ""));
    print(`| ${row} | ${name} | ${together(all).slice(0, 300) || "none ended"} |`);
  }
}

function observe(forSeconds: number): Promise<Observed> {
  return new Promise((resolve) => {
    neighbour.once("message", (message) => resolve(message as Observed));
    neighbour.send({ seconds: forSeconds });
  });
}

async function report(path: string): Promise<void> {
  const date = new Date().toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
  const head = [
    "# Attacks",
    "",
    `Written by \`node --import tsx bench/attacks.ts --out ${path}\` on ${date}. The rows are those of attacks on a`,
    "server without keys; [limits.md](limits.md) has the limits that answer them.",
    "",
    "",
  ].join("\n");
  await writeFile(path, `${head}${lines.join("\n")}\n`);
}
