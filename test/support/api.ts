/**
 * The whole service for tests: an application (real database, compute pool, and the chemistry process that the services
 * of one test process share) and a server on a free port. It has two tiny models: `base` (tiny BERT without a head) and
 * `classifier` (tiny BERT: alcohol, ester, other). Nothing of the package is loaded unless `packageRoot` says so.
 * `close` releases everything, the database included.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Server, type ServerOptions, startServer } from "../../src/api/transport/server.js";
import { type Application, type ApplicationOptions, createApplication } from "../../src/service/application.js";
import { registerModel, type Store } from "../../src/store/index.js";
import { createTestDatabase } from "./database.js";
import { sharedChemistry } from "./machine/shared-chemistry.js";

export const FIXTURES = join(import.meta.dirname, "..", "fixtures");

export interface TestServiceOptions
  extends Pick<ApplicationOptions, "devices" | "modelRoots" | "packageRoot" | "compute" | "hub">,
    Omit<ServerOptions, "application" | "port"> {
  /** Models by name, each a folder under test/fixtures. */
  models?: Record<string, string>;
  /** True: a process of RDKit of its own; for tests that look at it, or end it. */
  ownChemistry?: boolean;
  /** False: no server; for tests of the application and for those that start a process of their own. */
  serve?: boolean;
  /** The address at which the application finds the database, by that of the server: for tests that are between. */
  databaseAt?(url: string): Promise<string>;
}

type Headers = Readonly<Record<string, string>>;

/** The lines of the log, in which tests find request ids. */
interface LogLine {
  message: string;
  fields: Record<string, unknown>;
}

export interface TestService {
  application: Application;
  store: Store;
  /** URL of the database, for a second application over the same rows. */
  databaseUrl: string;
  home: string;
  server: Server;
  /** http://127.0.0.1:<port> */
  url: string;
  /** Errors in the log. */
  problems: LogLine[];
  /** Its other lines. */
  lines: LogLine[];
  /** POST of an operation. Returns the answer, errors included. */
  ask<T = Record<string, unknown>>(query: string, variables?: object, headers?: Headers): Promise<Answer<T>>;
  /** The data of an operation; an error in the answer fails the test. */
  data<T = Record<string, never>>(query: string, variables?: object): Promise<T>;
  /** The extensions of the one error that this operation is answered with. */
  refusal(query: string, variables?: object): Promise<Extensions>;
  close(): Promise<void>;
}

export interface Extensions extends Record<string, unknown> {
  code: string;
  param?: string;
}

export interface Answer<T> {
  status: number;
  data?: T | null;
  errors?: { message: string; path?: (string | number)[]; extensions: Extensions }[];
}

export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { models = { base: "tiny-bert-masked", classifier: "tiny-bert" }, serve = true } = options;
  const database = await createTestDatabase();
  const home = await mkdtemp(join(tmpdir(), "maillard-home-"));
  const [problems, lines]: LogLine[][] = [[], []];
  const log = {
    info: (message: string, fields: Record<string, unknown> = {}) => void lines.push({ message, fields }),
    error: (message: string, fields: Record<string, unknown> = {}) => void problems.push({ message, fields }),
  };
  const application = await createApplication({
    home,
    databaseUrl: (await options.databaseAt?.(database.url)) ?? database.url,
    log,
    packageRoot: options.packageRoot ?? null,
    devices: options.devices,
    modelRoots: options.modelRoots,
    chemistry: options.ownChemistry ? undefined : await sharedChemistry(),
    compute: options.compute,
    hub: options.hub,
  });
  // Searches compute them when needed: in the background their statements would be counted by a test.
  await application.library.fingerprints.close();
  for (const [name, folder] of Object.entries(models)) {
    const target = folder.endsWith("-masked") ? {} : { target: "superclass" };
    await registerModel(application.store, {
      name,
      folder: join(FIXTURES, folder),
      artifact: `package:test/fixtures/${folder}`,
      ...target,
    });
  }
  const server = serve ? await startServer({ ...options, application, port: 0 }) : null;
  const url = server?.url ?? "";
  const ask = <T>(query: string, variables: object = {}, headers: Headers = {}): Promise<Answer<T>> =>
    post<T>(url, { query, variables }, headers);
  return {
    application,
    store: application.store,
    databaseUrl: database.url,
    home,
    url,
    problems,
    lines,
    ask,
    server: server as Server,
    data: async <T>(query: string, variables?: object) => {
      const { data, errors } = await ask<T>(query, variables);
      if (errors) throw new Error(`The service answered ${JSON.stringify(errors)}`);
      return data as T;
    },
    refusal: async (query, variables) => {
      const { errors = [] } = await ask(query, variables);
      if (errors.length !== 1) throw new Error(`Expected one error, got ${JSON.stringify(errors)}`);
      return errors[0].extensions;
    },
    close: async () => {
      await server?.close();
      await application.close();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** POST of a JSON body to /graphql. */
export async function post<T>(url: string, body: unknown, headers: Headers = {}): Promise<Answer<T>> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

export interface LibraryRow {
  smiles: string;
  name?: string;
  labels?: Record<string, string>;
}

/** Imports rows through the API; lines count from 1. Returns the dataset's name. */
export async function importLibrary(service: TestService, name: string, rows: readonly LibraryRow[]): Promise<string> {
  const lines = rows.map(({ smiles, name: called, labels = {} }, index) => ({
    line: index + 1,
    smiles,
    name: called,
    labels: Object.entries(labels).map(([set, value]) => ({ set, value })),
  }));
  for (let start = 0; start < lines.length; start += 1_000) {
    const input = { name, rows: lines.slice(start, start + 1_000), continues: start > 0 };
    await service.data("mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }", {
      input,
    });
  }
  return name;
}

/**
 * Alcohols, formates and amines of growing chains: three classes of `perClass` molecules that a tiny model can learn.
 */
export const alkyls = (perClass = 12): LibraryRow[] =>
  Array.from({ length: 3 * perClass }, (_, index) => {
    const chain = "C".repeat(1 + Math.floor(index / 3));
    const smiles = [`${chain}O`, `${chain}OC=O`, `${chain}N`][index % 3];
    const superclass = ["alcohol", "ester", "amine"][index % 3];
    return { smiles, name: `${superclass} ${chain.length}`, labels: { superclass } };
  });
