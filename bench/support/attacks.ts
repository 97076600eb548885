/**
 * The attacks of a client without a key, each as one function that answers what the server said. Each can be repeated.
 * Sizes are small where the size is not what attacks.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { type Answer, type Client, said, together } from "./attack-client.js";
import type { HostileFiles } from "./attack-files.js";
import type { BenchServer } from "./server.js";

export interface Context {
  client: Client;
  server: BenchServer;
  files: HostileFiles;
  checkpoint(name: string): string;
  dataset: string;
  labelSet: string;
  model: string;
  /** Ends connections that would stay open. */
  signal: AbortSignal;
}

export interface Attack {
  row: number;
  name: string;
  run(context: Context, turn: number): Promise<string>;
}

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));
const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
const answers = async (asked: Promise<Answer>[]): Promise<string> => together((await Promise.all(asked)).map(said));
const megabytes = (answer: Answer): string => `${said(answer)} (${(answer.bytes / 1e6).toFixed(1)} MB)`;

const ADD = "mutation ($input: AddModelInput!) { addModel(input: $input) { model { id } } }";
const IMPORT = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }";
const separation = ({ dataset, labelSet, model }: Context, seed: number): string =>
  `separation(dataset: "${dataset}", labelSet: "${labelSet}", models: ["${model}"], seed: ${seed}) { computedOn }`;

async function addModel({ client, checkpoint }: Context, name: string, turn: number): Promise<string> {
  return said(await client.ask(ADD, { input: { name: `${name}-${turn}`, folder: checkpoint(name) } }));
}

const checkpoint = (row: number, name: string, text: string): Attack => ({
  row,
  name: text,
  run: (context, turn) => addModel(context, name, turn),
});

const added = new Set<string>();
/** Accepted checkpoints are added once. */
async function addOnce(context: Context, name: string): Promise<string> {
  if (added.has(name)) return "ok";
  added.add(name);
  return addModel(context, name, 0);
}
const accepted = (row: number, name: string, text: string): Attack => ({
  row,
  name: text,
  run: (context) => addOnce(context, name),
});

const upload = (name: keyof HostileFiles, text: string): Attack => ({
  row: 4,
  name: text,
  run: async ({ client, files, signal }, turn) => {
    const format = name === "archive" ? "foodb" : "csv";
    return said(await client.upload(`/import/${format}?dataset=hostile-${name}-${turn}`, files[name], signal));
  },
});

/** Cubanes in a row: RDKit does not finish them in half a minute. 625 different ones. */
function slowMolecule(index: number): string {
  const digits = (625 + (index % 625)).toString(5).slice(1).split("");
  const chain = digits.map((digit) => ["C", "N", "O", "S", "CC"][Number(digit)]).join("");
  return `${chain}${"C12C3C4C1C5C2C3C45".repeat(36)}`;
}

/** Opens sockets that send this and then a byte now and then; answers how many the server closed within the time. */
async function hold({ client, signal }: Context, count: number, head: string, every: string | null, ms: number) {
  let closed = 0;
  const sockets = times(count, () => {
    const socket = client.open();
    socket.once("close", () => closed++);
    socket.once("connect", () => socket.write(head));
    // Nothing is read where nothing is sent.
    if (every === null) socket.pause();
    else socket.resume();
    return socket;
  });
  const until = performance.now() + ms;
  while (performance.now() < until && !signal.aborted) {
    await sleep(1_000, signal);
    for (const socket of sockets) if (every && socket.writable) socket.write(every);
  }
  const text = `${closed} of ${count} closed within ${ms / 1_000} s`;
  for (const socket of sockets) socket.destroy();
  return text;
}
const HEAD = "HTTP/1.1\r\nhost: localhost\r\nx-maillard-client: bench\r\n";
const LONG = "content-length: 1000000\r\n\r\n";
const HOLD_MS = 40_000;

export const ATTACKS: Attack[] = [
  checkpoint(1, "layers", "config.json with 3e6 layers"),
  checkpoint(1, "albert", "ALBERT with 20,000 layers"),
  checkpoint(2, "ids", "tokenizer.json with ids of 4e9"),
  checkpoint(2, "header", "safetensors header of 100,000 tensors"),
  accepted(2, "readme", "a README.md of 200 MB"),
  {
    row: 2,
    name: "the pattern (C+)+P, then 1,000 carbons",
    run: async (context) => {
      await addOnce(context, "pattern");
      const smiles = times(8, (n) => "C".repeat(280 - n));
      return said(
        await context.client.ask(`query ($s: [String!]!) { embed(smiles: $s, model: "pattern-0") { __typename } }`, {
          s: smiles,
        }),
      );
    },
  },
  upload("archive", "tar.gz to /import/foodb that unpacks to 400 MB"),
  upload("rows", "gzip of ten million rows"),
  upload("columns", "20,000 columns"),
  {
    row: 4,
    name: "an import whose client left",
    run: async ({ client, signal }, turn) => {
      const chains = times(3_000, (n) => `${"C".repeat(1 + (n % 60))}O${"C".repeat(1 + n / 60)}`);
      const leaving = AbortSignal.any([signal, AbortSignal.timeout(1_500)]);
      const path = `/import/csv?dataset=left-${turn}`;
      await client.upload(path, Buffer.from(`smiles\n${chains.join("\n")}\n`), leaving);
      await sleep(2_000, signal);
      const { text } = await client.ask(`{ dataset(name: "left-${turn}") { size } }`);
      return text.includes('"dataset":null') ? "nothing is kept" : text;
    },
  },
  {
    row: 5,
    name: "Compound.embeddings by 30 aliases",
    run: async ({ client, signal }) => {
      const aliases = times(30, (n) => `a${n}: embeddings { vector }`).join(" ");
      return megabytes(await client.ask(`{ compounds(first: 100) { edges { node { ${aliases} } } } }`, {}, signal));
    },
  },
  {
    row: 5,
    name: "compounds nested four deep",
    run: async ({ client, signal }) => {
      const nest = (depth: number): string =>
        depth === 0 ? "{ id }" : `{ datasets { compounds(first: 1) { edges { node ${nest(depth - 1)} } } } }`;
      return megabytes(await client.ask(`{ compounds(first: 1) { edges { node ${nest(3)} } } }`, {}, signal));
    },
  },
  {
    row: 5,
    name: "separation by 30 aliases",
    run: async (context, turn) => {
      const aliases = times(30, (n) => `a${n}: ${separation(context, 1_000 * turn + n)}`).join(" ");
      return said(await context.client.ask(`{ ${aliases} }`, {}, context.signal));
    },
  },
  {
    row: 5,
    name: "introspection by 30 aliases",
    run: async ({ client, signal }) => {
      const fields = "{ types { name fields { name args { name type { name } } type { name ofType { name } } } } }";
      const aliases = times(30, (n) => `a${n}: __schema ${fields}`).join(" ");
      return megabytes(await client.ask(`{ ${aliases} }`, {}, signal));
    },
  },
  {
    row: 6,
    name: "30 separations at once, whose clients leave after 2 s",
    run: async (context, turn) => {
      const leaving = AbortSignal.any([context.signal, AbortSignal.timeout(2_000)]);
      const asked = times(30, (n) =>
        context.client.ask(`{ ${separation(context, 500_000 + 1_000 * turn + n)} }`, {}, leaving),
      );
      return `${await answers(asked)}; ${await nextSeparation(context, turn)}`;
    },
  },
  {
    row: 6,
    name: "WebSocket: 100 separations, each completed after 1 s",
    run: async (context, turn) => {
      const { server, signal } = context;
      const sockets = createClient({
        url: server.url.replace("http", "ws"),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      });
      const stops = times(100, (n) =>
        sockets.subscribe(
          { query: `{ ${separation(context, 900_000 + 1_000 * turn + n)} }` },
          { next: () => undefined, error: () => undefined, complete: () => undefined },
        ),
      );
      await sleep(1_000, signal);
      for (const stop of stops) stop();
      const next = await nextSeparation(context, turn + 500);
      await sockets.dispose();
      return next;
    },
  },
  {
    row: 7,
    name: "12 requests of 16 SMILES that take 10 s each",
    run: async ({ client, signal }, turn) => {
      const query =
        "query ($s: [String!]!, $m: String!) { predict(smiles: $s, model: $m) { ... on SmilesError { code } } }";
      const lists = times(12, (request) => times(16, (index) => slowMolecule(16 * request + index + 192 * turn)));
      return answers(lists.map((s) => client.ask(query, { s, m: "superclass" }, signal)));
    },
  },
  {
    row: 7,
    name: "8 searches of SMARTS that take long",
    run: async ({ client, signal }, turn) => {
      const query = "query ($f: CompoundFilter!) { compounds(first: 100, filter: $f) { totalCount } }";
      const smarts = times(8, (n) => `${"*~".repeat(60 + n + (turn % 20))}[#6]`);
      return answers(smarts.map((substructure) => client.ask(query, { f: { substructure } }, signal)));
    },
  },
  {
    row: 8,
    name: "100 headers byte by byte",
    run: (context) => hold(context, 100, "GET /health HTTP/1.1\r\nx: ", "x", HOLD_MS),
  },
  {
    row: 8,
    name: "100 bodies byte by byte",
    run: (context) =>
      hold(context, 100, `POST /graphql ${HEAD}content-type: application/json\r\n${LONG}`, " ", HOLD_MS),
  },
  {
    row: 8,
    name: "20 uploads byte by byte",
    run: (context) =>
      hold(
        context,
        20,
        `POST /import/csv?dataset=slow ${HEAD}content-type: application/octet-stream\r\n${LONG}`,
        "C",
        HOLD_MS,
      ),
  },
  {
    row: 8,
    name: "100 that do not read the explorer's page",
    run: (context) => hold(context, 100, `GET /graphql ${HEAD}accept: text/html\r\n\r\n`, null, HOLD_MS),
  },
  {
    row: 9,
    name: "charges, isotopes, hydrogens, bonds that RDKit misreads",
    run: async ({ client }) => {
      const s = ["[C+999999999]", "[999999999C]", "[CH999]", "S=C=NCCc1cc~ccc1"];
      const query =
        "query ($s: [String!]!, $m: String!) { predict(smiles: $s, model: $m) { ... on SmilesError { code } } }";
      return said(await client.ask(query, { s, m: "superclass" }));
    },
  },
  {
    row: 10,
    name: "a cursor of year 0000; NUL and a lone surrogate in names, label sets and id2label",
    run: async (context, turn) => {
      const { client } = context;
      const after = Buffer.from(JSON.stringify(["0000-01-01T00:00:00.000Z", "x"])).toString("base64url");
      const rows = (text: string) => [{ line: 1, smiles: "CCO", name: text, labels: [{ set: text, value: text }] }];
      return answers([
        client.ask("query ($after: String) { runs(first: 1, after: $after) { totalCount edges { cursor } } }", {
          after,
        }),
        ...["a\0b", "\ud800"].flatMap((text) => [
          client.ask(IMPORT, { input: { name: text, rows: rows("a") } }),
          client.ask(IMPORT, { input: { name: `text-${turn}`, rows: rows(text) } }),
          client.ask("query ($n: String!) { model(name: $n) { id } }", { n: text }),
        ]),
        client.ask(ADD, { input: { name: `labels-${turn}`, folder: context.checkpoint("labels") } }),
      ]);
    },
  },
  {
    row: 11,
    name: "ten startFinetune of one name",
    run: async (context, turn) => {
      const { client, model, dataset, labelSet, signal } = context;
      const input = {
        name: `twice-${turn}`,
        baseModel: model,
        dataset,
        target: labelSet,
        recipe: "PUBLISHED",
        epochs: 1,
        maxSteps: 1,
      };
      const query = "mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }";
      const asked = await Promise.all(times(10, () => client.ask(query, { input }, signal)));
      for (const { text } of asked) {
        const id = /"run":\{"id":"([^"]+)"/.exec(text)?.[1];
        if (id) await client.ask("mutation ($id: ID!) { cancelRun(id: $id) { run { status } } }", { id });
      }
      return together(asked.map(said));
    },
  },
  {
    row: 12,
    name: "/%; modes of the home; warnings in the log",
    run: async ({ client, server }) => {
      const answer = await client.send("/%");
      const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
      const modes = `${await mode(server.home)}, artifacts ${await mode(join(server.home, "artifacts"))}`;
      const warnings = server.output().match(/MaxListenersExceededWarning/g)?.length ?? 0;
      return `${said(answer)}; modes ${modes}; ${warnings} warnings`;
    },
  },
];

/** How long the next one waits after others were given up. */
async function nextSeparation(context: Context, turn: number): Promise<string> {
  const next = await context.client.ask(`{ ${separation(context, 77_000 + turn)} }`, {}, context.signal);
  return `the next one ${said(next)} after ${(next.ms / 1_000).toFixed(1)} s`;
}
