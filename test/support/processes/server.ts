/** `maillard serve` as a process of its own, on a database and a home of its own, with the model `classifier`. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request as send } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, registerModel } from "../../../src/store/index.js";
import { FIXTURES } from "../api.js";
import { LOADER, sourceModule } from "../child.js";
import { createTestDatabase } from "../database.js";

const ROOT = join(import.meta.dirname, "..", "..", "..");

export interface ServerProcess {
  /** http://127.0.0.1:<port> */
  url: string;
  databaseUrl: string;
  /** Of this process, for another one beside it. */
  environment: Record<string, string>;
  child: ChildProcess;
  /** The exit code; null: a signal ended it. */
  ended: Promise<number | null>;
  output(): string;
  /** Kills it where it still runs, and removes what it had. */
  remove(): Promise<void>;
}

export async function startServerProcess(environment: Record<string, string> = {}): Promise<ServerProcess> {
  const database = await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), "maillard-home-"));
  const store = await openStore({ home, databaseUrl: database.url });
  const artifact = "package:test/fixtures/tiny-bert";
  await registerModel(store, {
    name: "classifier",
    folder: join(FIXTURES, "tiny-bert"),
    artifact,
    target: "superclass",
  });
  await store.close();
  const own = { MAILLARD_HOME: home, DATABASE_URL: database.url, PORT: "0", ...environment };
  const child = spawnProcess("serve", own);
  let text = "";
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        const found = /(http:\S+)\/graphql/.exec(text);
        if (found && text.includes("maillard --help")) resolve(found[1]);
      });
    void ended.then((code) => reject(new Error(`the server ended with ${code}:\n${text}`)));
  });
  const remove = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
    await database.drop();
    await rm(home, { recursive: true, force: true });
  };
  return { url, databaseUrl: database.url, environment: own, child, ended, output: () => text, remove };
}

/** `maillard <command>` beside what runs already. */
export const spawnProcess = (command: string, environment: Record<string, string>): ChildProcess =>
  spawn(process.execPath, [...LOADER, sourceModule("cli/main"), command], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });

export interface Outcome {
  /** Null: the connection ended without an answer. */
  status: number | null;
  /** The connection's error, where there was no answer. */
  failure: string | null;
  connection: string | undefined;
  body: { data?: unknown; errors?: { message: string; extensions: Record<string, unknown> }[] };
}

/** POST on a connection of the agent. `sent` is called when the system has taken the whole request. */
export function postBy(agent: Agent, url: string, body: object, sent: () => void = () => undefined): Promise<Outcome> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve({ status: null, failure: error.code ?? error.message, connection: undefined, body: {} });
    const headers = { "content-type": "application/json" };
    const asked = send(`${url}/graphql`, { agent, method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("error", failed).once("end", () =>
        resolve({
          status: response.statusCode ?? null,
          failure: null,
          connection: response.headers.connection,
          body: JSON.parse(text) as Outcome["body"],
        }),
      );
    });
    asked.once("error", failed).once("finish", sent);
    asked.end(JSON.stringify(body));
  });
}

const PARTS = ["C", "N", "O", "S", "C(C)", "C(F)", "C(Cl)", "C(=O)"];

/** A molecule of this number alone, up to 8^8. */
export const molecule = (number: number): string =>
  `BrC${Array.from({ length: 8 }, (_, digit) => PARTS[Math.floor(number / 8 ** digit) % 8]).join("")}`;

export const PREDICT = `query ($smiles: [String!]!) {
  predict(smiles: $smiles, model: "classifier") { __typename }
}`;
