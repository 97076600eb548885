/**
 * Large answers, for docs/limits.md: the code, bytes and time of each, and the longest gap of the server's event loop
 * while it was made and sent. The client is a process of its own. 100 molecules in 30 datasets with two stored vectors
 * of 768 numbers each, ten more by another model, and a run of 10,000 metrics, in a database that is thrown away.
 *
 *   node --import tsx bench/answers.ts [name of one input]
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { getIntrospectionQuery } from "graphql";
import { startServer } from "../src/api/transport/server.js";
import { createApplication } from "../src/service/application.js";
import { registerModel } from "../src/store/index.js";
import { machine } from "./support/server.js";

const FIXTURE = join(import.meta.dirname, "..", "test", "fixtures", "tiny-bert-masked");
const MOLECULES = 100;
const DATASETS = 30;
const WIDTH = 768;
const TYPES =
  "name fields { name args { name type { name ofType { name } } } " +
  "type { name kind ofType { name kind ofType { name } } } } " +
  "inputFields { name type { name ofType { name } } }";
const SEPARATION = 'separation(models: ["base"], dataset: "set-0", labelSet: "kind",';
const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(" ");

const home = await mkdtemp(join(tmpdir(), "maillard-answers-"));
const application = await createApplication({ home, packageRoot: null });
const server = await startServer({ application, port: 0 });

async function seed(): Promise<string> {
  const { prisma } = application.store;
  const base = await registerModel(application.store, { name: "base", folder: FIXTURE, artifact: `file:${FIXTURE}` });
  const deep = await registerModel(application.store, { name: "deep", folder: FIXTURE, artifact: `file:${FIXTURE}` });
  const rows = Array.from({ length: MOLECULES }, (_, index) => ({
    line: index + 1,
    smiles: `${"C".repeat(index + 1)}O`,
  }));
  const labelled = rows.map((row) => ({ ...row, labels: [{ set: "kind", value: row.line % 2 ? "odd" : "even" }] }));
  const mutation = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }";
  for (let index = 0; index < DATASETS; index++)
    await ask(mutation, { input: { name: `set-${index}`, rows: index === 0 ? labelled : rows } });
  const compounds = await prisma.compound.findMany();
  const vectorsOf = (modelId: string, pooling: "CLS" | "MEAN", layer: number) =>
    prisma.embedding.createMany({
      data: compounds.map(({ id, smiles }) => ({
        id: randomUUID(),
        modelId,
        compoundId: id,
        pooling,
        smiles,
        dimension: WIDTH,
        layer,
        vector: new Uint8Array(Float32Array.from({ length: WIDTH }, () => Math.random() - 0.5).buffer),
      })),
    });
  for (const pooling of ["CLS", "MEAN"] as const) {
    await vectorsOf(base.id, pooling, 2);
    for (let layer = 0; layer < 5; layer++) await vectorsOf(deep.id, pooling, layer);
  }
  const dataset = await prisma.dataset.findFirstOrThrow();
  const run = await prisma.run.create({
    data: {
      id: randomUUID(),
      kind: "FINETUNE",
      name: "r",
      status: "SUCCEEDED",
      datasetId: dataset.id,
      baseModelId: base.id,
      input: {},
      inputHash: "-",
    } as never,
  });
  await prisma.metric.createMany({
    data: Array.from({ length: 10_000 }, (_, index) => ({
      runId: run.id,
      sequence: index + 1,
      step: index,
      epoch: index / 100,
      split: "TRAIN",
      name: "loss",
      value: Math.random(),
    })) as never,
  });
  return Buffer.from(`Run:${run.id}`).toString("base64url");
}

async function ask(query: string, variables: object = {}): Promise<string> {
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  if (!response.ok || text.includes('"errors"')) throw new Error(text.slice(0, 500));
  return text;
}

/** Processor time of the loop's thread, in ms: on a machine with other work, a gap holds the time of others too. */
const mainThreadMs = (): number =>
  Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;

/** The answer to a document, read by another process: status, bytes, the beginning. */
function fromOutside(query: string): Promise<string> {
  const script = `
    const response = await fetch("${server.url}/graphql", { method: "POST",
      headers: { "content-type": "application/json", "accept-encoding": "identity" }, body: process.argv[1] });
    let bytes = 0, head = "";
    for await (const part of response.body) { bytes += part.length; if (head.length < 2000) head += Buffer.from(part); }
    const code = /"code":"([A-Z_]+)"/.exec(head);
    console.log((code ? code[1] : "an answer") + ", " + bytes + " bytes");`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, JSON.stringify({ query })]);
    let out = "";
    child.stdout.on("data", (part) => {
      out += part;
    });
    child.stderr.on("data", (part) => {
      out += part;
    });
    child.on("error", reject);
    child.on("close", () => resolve(out.trim().slice(0, 300)));
  });
}

try {
  const run = await seed();
  const deep = (levels: number): string =>
    levels === 0
      ? "compounds(first: 1) { edges { node { id } } }"
      : `compounds(first: 1) { edges { node { datasets { ${deep(levels - 1)} } } } }`;
  const vectors = 'embeddings(model: "base") { vector }';
  const inputs: Record<string, string> = {
    page: "{ compounds(first: 100) { edges { node { id name smiles labels { labelSet value } } } } }",
    introspection: getIntrospectionQuery(),
    vectors: `{ compounds(first: 100) { edges { node { ${vectors} } } } }`,
    "vectors x 4": `{ compounds(first: 100) { edges { node { ${times(4, (index) => `a${index}: ${vectors}`)} } } } }`,
    "vectors x 30": `{ compounds(first: 100) { edges { node { ${times(30, (index) => `a${index}: ${vectors}`)} } } } }`,
    "near the limit": `{ compounds(first: 100) { edges { node { embeddings(model: "deep") { vector } } } } }`,
    "above the limit": `{ compounds(first: 100) { edges { node { embeddings { vector } } } } }`,
    metrics: `{ run(id: "${run}") { metrics(first: 10000) { sequence step epoch split name value at } } }`,
    wide: `{ compounds(first: 100) { edges { node { datasets { ${times(24, (index) => `a${index}: name`)} } } } } }`,
    "four deep": `{ ${deep(3)} }`,
    "introspection x 30": `{ ${times(30, (index) => `a${index}: __schema { types { ${TYPES} } }`)} }`,
    "separation x 30": `{ ${times(30, (index) => `a${index}: ${SEPARATION} seed: ${index}) { computedOn }`)} }`,
  };
  console.log(machine());
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let busiest = 0;
  let last = mainThreadMs();
  const probe = setInterval(() => {
    const now = mainThreadMs();
    busiest = Math.max(busiest, now - last);
    last = now;
  }, 1);
  for (const [name, document] of Object.entries(inputs)) {
    if (process.argv[2] && process.argv[2] !== name) continue;
    // The second time, when code is compiled and connections are open.
    await fromOutside(document);
    await new Promise((resolve) => setTimeout(resolve, 200));
    delay.reset();
    delay.enable();
    last = mainThreadMs();
    busiest = 0;
    const start = performance.now();
    const answer = await fromOutside(document);
    const took = performance.now() - start;
    delay.disable();
    const memory = Math.round(process.memoryUsage.rss() / 1e6);
    console.log(
      `${name}: ${answer}, ${(took / 1000).toFixed(2)} s, gap ${Math.round(delay.max / 1e6)} ms ` +
        `(processor time ${Math.round(busiest)} ms), ${memory} MB`,
    );
  }
  clearInterval(probe);
} finally {
  await server.close();
  await application.close();
  await rm(home, { recursive: true, force: true });
}
