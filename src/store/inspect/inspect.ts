/**
 * The database of a home as it is: nothing is created, started, migrated or written. An embedded server is asked where
 * it runs; where it does not, its data says which version made it.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import pg from "pg";
import { MaillardError } from "../../errors.js";
import { findBinaries } from "../embedded/binaries.js";
import { runningUrl } from "../embedded/server.js";
import { pendingMigrations } from "../migrate.js";
import { unreachable } from "../sql.js";

export interface DatabaseState {
  mode: "EMBEDDED" | "SERVER";
  /** STOPPED and ABSENT: of the embedded one, which the next start starts or creates. */
  state: "RUNNING" | "STOPPED" | "ABSENT";
  /** Of the server that runs, else of the data (its major version), else of the programs. */
  version: string;
  /** Null where the server does not run. */
  migrations: { applied: number; missing: string[] } | null;
}

const LIMIT_MS = 5_000;

/** @throws STARTUP with what stands in the way of a start */
export async function inspectDatabase(options: { home: string; databaseUrl?: string }): Promise<DatabaseState> {
  if (options.databaseUrl) return { mode: "SERVER", state: "RUNNING", ...(await ask(options.databaseUrl)) };
  const { version } = await findBinaries();
  const data = await dataFolder(resolve(options.home));
  const made = await readFile(join(data, "PG_VERSION"), "utf8").catch(() => null);
  if (made === null) return { mode: "EMBEDDED", state: "ABSENT", version, migrations: null };
  const url = await runningUrl(data);
  if (url) return { mode: "EMBEDDED", state: "RUNNING", ...(await ask(url)) };
  const major = made.trim();
  if (major !== version.split(".")[0]) {
    const message = `The data in ${data} is of PostgreSQL ${major}, and the programs are of ${version}.`;
    throw new MaillardError("STARTUP", `${message} Install the version of Maillard that made it, and take a backup.`, {
      param: "MAILLARD_HOME",
    });
  }
  return { mode: "EMBEDDED", state: "STOPPED", version: major, migrations: null };
}

/** PGDATA: beside the home's other files, or where <home>/postgres.json says. */
async function dataFolder(home: string): Promise<string> {
  const note = join(home, "postgres.json");
  if (!existsSync(note)) return join(home, "postgres");
  const { data } = JSON.parse(await readFile(note, "utf8")) as { data: string };
  return data;
}

async function ask(url: string): Promise<Pick<DatabaseState, "version" | "migrations">> {
  try {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: LIMIT_MS,
      query_timeout: LIMIT_MS,
      application_name: "maillard doctor",
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ version: string }>("SELECT current_setting('server_version') AS version");
      return { version: rows[0].version, migrations: await pendingMigrations(client) };
    } finally {
      await client.end().catch(() => undefined);
    }
  } catch (error) {
    throw error instanceof MaillardError ? error : unreachable(error as Error, url);
  }
}
