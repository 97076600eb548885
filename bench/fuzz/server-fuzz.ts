/**
 * A real server with a small library and a run, and what is sent to it. A fault is an answer with INTERNAL or without a
 * code, an answer of another format, an error in the log, a server that does not answer a trivial request afterwards,
 * and an answer that takes over a second of processor time.
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { buildSchema, type GraphQLSchema } from "graphql";
import { WebSocket } from "ws";
import { type BenchServer, startBenchServer } from "../support/server.js";
import { seedsOf } from "./corpus.js";
import type { Vocabulary } from "./documents.js";
import { Random } from "./random.js";
import { SERVER_KINDS } from "./server-kinds.js";
import { Watch } from "./watch.js";

const MOST_MS = 1_000;
/** Time of one answer, whatever the machine does besides. */
const PATIENCE_MS = 60_000;
/** How long an event is waited for. */
const STREAM_MS = 100;
const GROWTH_MEGABYTES = 400;
const LIBRARY = [
  "CCO",
  "CC(=O)O",
  "c1ccccc1",
  "CCN",
  "OC(=O)c1ccccc1",
  "CC(=O)Oc1ccccc1C(=O)O",
  "C[C@H](N)C(=O)O",
  "CCCCCC",
  "O",
  "CCOC=O",
];

export class ServerFuzz {
  #first: number | null = null;
  #seen = 0;
  readonly #watch: Watch;

  private constructor(
    private readonly server: BenchServer,
    readonly schema: GraphQLSchema,
    readonly vocabulary: Vocabulary,
  ) {
    this.#watch = new Watch(server.pid);
  }

  static async start(): Promise<ServerFuzz> {
    const server = await startBenchServer({ environment: { HF_HUB_OFFLINE: "1", MAILLARD_API_KEYS: "" } });
    const schema = buildSchema(readFileSync(join(import.meta.dirname, "../../schema.graphql"), "utf8"));
    const rows = LIBRARY.map((smiles, index) => ({
      line: index + 1,
      smiles,
      name: `compound ${index} acid`,
      labels: [
        { set: "superclass", value: index % 2 ? "alcohol" : "acid" },
        { set: "mass", value: String(index * 10.5) },
      ],
    }));
    await server.query("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
      input: { name: "fuzz", rows, labelKinds: [{ set: "mass", kind: "NUMBER" }] },
    });
    await trainProbe(server);
    interface List {
      edges: { cursor: string; node: { id: string; name: string } }[];
    }
    const wanted = ["compounds", "runs", "models", "datasets"];
    const queries = wanted.map((list) => `${list}(first: 5) { edges { cursor node { id name } } }`);
    const lists = await server.query<Record<string, List>>(`{ ${queries.join(" ")} }`);
    const idsOf = (list: string): string[] => lists[list].edges.map(({ node }) => node.id);
    const namesOf = (list: string): string[] => lists[list].edges.map(({ node }) => node.name);
    const [models, datasets] = [namesOf("models"), ["fuzz", "fuzz", "sample"]];
    const sets = ["superclass", "mass"];
    const vocabulary: Vocabulary = {
      ids: { Compound: idsOf("compounds"), Model: idsOf("models"), Dataset: idsOf("datasets"), Run: idsOf("runs") },
      names: {
        ...{ model: models, models, dataset: datasets, target: sets, labelSet: sets, colorBy: sets },
        name: [...models, ...datasets],
        value: ["alcohol", "acid"],
      },
      cursors: Object.values(lists).flatMap(({ edges }) => edges.map(({ cursor }) => cursor)),
      molecules: LIBRARY,
      others: ["[OX2H]", "acid", "ethanol", "accuracy", ...seedsOf("values").map((seed) => seed.toString())],
    };
    return new ServerFuzz(server, schema, vocabulary);
  }

  get memory(): object {
    return { first: Math.round(this.#first ?? 0), now: Math.round(this.#watch.megabytes()) };
  }

  inputOf(kind: string, seed: string, index: number): Buffer {
    const seeds = seedsOf(kind);
    if (index < seeds.length) return seeds[index];
    return SERVER_KINDS[kind].make(new Random(seed, kind, index), seeds, this);
  }

  async run({ kind, seed, from, to }: { kind: string; seed: string; from: number; to: number }) {
    const result = { faults: [] as { index: number; what: string }[], refused: 0, longest: 0 };
    for (let index = from; index < to; index++) {
      const input = this.inputOf(kind, seed, index);
      const fault = await this.#one(kind, input, result);
      if (fault !== null) result.faults.push({ index, what: fault });
      if (this.server.ended() !== null)
        throw new Error(`the server ended: ${this.server.ended()}\n${this.server.output()}`);
      this.#seen++;
    }
    const now = this.#watch.megabytes();
    if (this.#seen > 1_000) this.#first ??= now;
    if (this.#first !== null && now > this.#first + GROWTH_MEGABYTES) {
      result.faults.push({
        index: to - 1,
        what: `the server grew from ${this.#first.toFixed(0)} to ${now.toFixed(0)} MB`,
      });
      this.#first = now;
    }
    return result;
  }

  /** null, or what is wrong. */
  async #one(kind: string, input: Buffer, result: { refused: number; longest: number }): Promise<string | null> {
    const errors = this.#errors();
    try {
      const first = await this.#timed(kind, input);
      if (first.refused) result.refused++;
      result.longest = Math.max(result.longest, first.cpuMs);
      // Work of other inputs may be counted: what is slow is so three times.
      if (first.cpuMs > MOST_MS || (first.wallMs > MOST_MS && hasTime())) {
        const again = [await this.#timed(kind, input), await this.#timed(kind, input)];
        const least = Math.min(first.cpuMs, ...again.map(({ cpuMs }) => cpuMs));
        const wall = Math.min(first.wallMs, ...again.map(({ wallMs }) => wallMs));
        if (least > MOST_MS) return `${least} ms of processor time`;
        if (wall > MOST_MS && hasTime()) return `${wall.toFixed(0)} ms, three times`;
      }
      if (kind !== "document" && kind !== "filter" && this.#seen % 20 === 0) await this.#trivialMs();
    } catch (error) {
      return `${(error as Error).message}${this.#errors().slice(errors.length)}`;
    }
    const logged = this.#errors().slice(errors.length);
    return logged === "" ? null : `the log has an error: ${logged}`;
  }

  async #timed(kind: string, input: Buffer): Promise<{ refused: boolean; cpuMs: number; wallMs: number }> {
    const [cpu, wall] = [this.#watch.cpuMs(), performance.now()];
    const refused = await SERVER_KINDS[kind].run(input, this);
    const wallMs = performance.now() - wall;
    return { refused, cpuMs: wallMs > 50 ? this.#watch.cpuMs() - cpu : 0, wallMs };
  }

  async #trivialMs(): Promise<number> {
    const began = performance.now();
    const { data } = await this.#json(await this.#fetch("/graphql", '{"query":"{ __typename }"}'));
    if (!data) throw new Error("a trivial request is not answered");
    return performance.now() - began;
  }

  /** Lines of the log about what was not expected. */
  #errors(): string {
    return this.server
      .output()
      .split("\n")
      .filter((line) => /"level":("error"|50)|unexpectedly|Unhandled|FATAL/.test(line))
      .join("\n");
  }

  #fetch(
    path: string,
    body: Buffer | string,
    headers: Record<string, string> = { "content-type": "application/json" },
  ): Promise<Response> {
    const url = this.server.url.replace("/graphql", path);
    return fetch(url, { method: "POST", headers, body: body as never, signal: AbortSignal.timeout(PATIENCE_MS) });
  }

  async #json(response: Response): Promise<{ data?: unknown; errors?: unknown }> {
    const text = await response.text();
    try {
      return JSON.parse(text) as { data?: unknown; errors?: unknown };
    } catch {
      throw new Error(`the answer ${response.status} is not JSON: ${text.slice(0, 200)}`);
    }
  }

  async post(input: Buffer): Promise<boolean> {
    const response = await this.#fetch("/graphql", input);
    const answer = await this.#json(response);
    if (response.status >= 500) throw new Error(`${response.status}: ${JSON.stringify(answer).slice(0, 300)}`);
    checkErrors(answer.errors);
    return answer.errors !== undefined;
  }

  /** Lines: Accept, Last-Event-ID, the body. Of what has no end the first moments. */
  async stream(input: Buffer): Promise<boolean> {
    const [accept = "", cursor = "", ...body] = input.toString().split("\n");
    const headers = { "content-type": "application/json", accept, "last-event-id": cursor };
    const response = await this.#fetch("/graphql", body.join("\n"), headers);
    if (response.status >= 500) throw new Error(`${response.status}: ${(await response.text()).slice(0, 300)}`);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const timer = setTimeout(() => void reader.cancel(), STREAM_MS);
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += Buffer.from(part.value);
    clearTimeout(timer);
    if (text.includes('"code":"INTERNAL"')) throw new Error(text.slice(0, 300));
    return text.includes('"errors":[');
  }

  async upload(input: Buffer): Promise<boolean> {
    const end = input.indexOf("\n");
    const headers = { "content-type": "application/octet-stream", "x-maillard-client": "fuzz" };
    const given = input.toString("latin1", 0, end);
    const path = given.startsWith("/import/") ? given : "/import/csv?dataset=fuzz-upload";
    const response = await this.#fetch(path, input.subarray(end + 1), headers);
    const lines = (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { error?: { code?: string }; errors?: unknown });
    for (const { error, errors } of lines) {
      if (error && (!error.code || error.code === "INTERNAL")) throw new Error(JSON.stringify(error));
      if (errors) checkErrors(errors);
    }
    return lines.some(({ error, errors }) => error || errors);
  }

  /** Bytes, and the end of them. The server may close, or wait for more until its time limit: both are right. */
  raw(input: Buffer): Promise<boolean> {
    const { hostname, port } = new URL(this.server.url);
    return new Promise((resolve, reject) => {
      let answer = "";
      const socket = connect(Number(port), hostname, () => socket.end(input));
      const timer = setTimeout(() => socket.destroy(), 300);
      socket.on("data", (text) => {
        answer = (answer + text.toString("latin1")).slice(0, 20_000);
      });
      socket.on("error", () => undefined);
      socket.on("close", () => {
        clearTimeout(timer);
        const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
        if (status === 500 || /"code":"INTERNAL/.test(answer)) reject(new Error(answer.slice(0, 500)));
        else resolve(status >= 400);
      });
    });
  }

  /** Messages, one for each item of a JSON list, else the bytes as one message. */
  socket(input: Buffer): Promise<boolean> {
    let messages: (string | Buffer)[];
    try {
      const list: unknown = JSON.parse(input.toString());
      messages = Array.isArray(list) ? list.slice(0, 50).map((item) => JSON.stringify(item) ?? "") : [input];
    } catch {
      messages = [input.toString("latin1"), input];
    }
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.server.url.replace("http", "ws"), "graphql-transport-ws");
      let fault: Error | null = null;
      socket.on("open", () => {
        for (const message of messages) if (socket.readyState === WebSocket.OPEN) socket.send(message);
        socket.ping();
      });
      // After the pong, or when no operation answers any more.
      socket.on("pong", () => setTimeout(() => socket.terminate(), 15));
      socket.on("message", (data) => {
        const { type, payload } = JSON.parse(String(data)) as { type: string; payload?: { errors?: unknown } };
        try {
          if (type === "error") checkErrors(payload);
          else if (type === "next") checkErrors(payload?.errors);
        } catch (error) {
          fault = error as Error;
        }
      });
      socket.on("error", () => undefined);
      socket.on("close", (code) => {
        if (fault) reject(fault);
        else if (!CLOSE_CODES.has(code) && !(code >= 4_400 && code < 4_500)) reject(new Error(`closed with ${code}`));
        else resolve(code >= 4_400);
      });
    });
  }

  async stop(): Promise<string[]> {
    const faults: string[] = [];
    const trivial = await this.#trivialMs().catch((error: Error) => error.message);
    if (typeof trivial === "string") faults.push(trivial);
    const ended = this.server.ended();
    if (ended !== null) faults.push(`it ended: ${ended}`);
    await this.server.stop();
    return faults;
  }
}

const CLOSE_CODES = new Set([1_000, 1_001, 1_002, 1_003, 1_005, 1_006, 1_007, 1_009]);

/** Whether the machine has a processor to spare: else wall time says more about its other work. */
const hasTime = (): boolean => loadavg()[0] < cpus().length;

/** A run that has ended, so that fields of runs and of their evaluations are answered. */
async function trainProbe(server: BenchServer): Promise<void> {
  const { startProbe } = await server.query<{ startProbe: { run: { id: string } } }>(
    `mutation { startProbe(input: { name: "fuzz-probe", baseModel: "base", dataset: "sample", target: "superclass",
      features: MORGAN_FINGERPRINT, minClassSize: 15 }) { run { id } } }`,
  );
  const { id } = startProbe.run;
  for (let status = ""; status !== "SUCCEEDED"; ) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const { run } = await server.query<{ run: { status: string } }>("query ($id: ID!) { run(id: $id) { status } }", {
      id,
    });
    status = run.status;
    if (/FAILED|CANCELLED/.test(status)) throw new Error(`the probe is ${status}`);
  }
}

/** Every error has a code, and none is INTERNAL. */
function checkErrors(errors: unknown): void {
  if (errors === undefined) return;
  if (!Array.isArray(errors)) throw new Error(`errors of another form: ${JSON.stringify(errors).slice(0, 200)}`);
  for (const error of errors as { extensions?: { code?: string } }[]) {
    const code = error.extensions?.code;
    if (!code || /INTERNAL/.test(code))
      throw new Error(`an error with the code ${code}: ${JSON.stringify(error).slice(0, 400)}`);
  }
}
