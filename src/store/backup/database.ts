/**
 * The database of a home without the service: as it is, not migrated. An embedded one is started when it has to be and
 * stays while it is used. And what all of it is, from the catalogue, so that a new table needs no line here.
 */
import pg from "pg";
import { MaillardError } from "../../errors.js";
import { openEmbedded } from "../embedded/index.js";
import { readMigrations } from "../migrate.js";
import type { Queryable } from "../sql.js";

export interface DatabaseOfHome {
  url: string;
  client: pg.Client;
  close(): Promise<void>;
}

export async function openDatabase(
  home: string,
  databaseUrl: string | undefined,
  onProgress: (message: string) => void,
): Promise<DatabaseOfHome> {
  const embedded = databaseUrl ? null : await openEmbedded(home, onProgress);
  const url = databaseUrl ?? (embedded?.url as string);
  const client = new pg.Client({ connectionString: url, application_name: "maillard backup" });
  // The running statement rejects as well.
  client.on("error", () => undefined);
  const close = async (): Promise<void> => {
    await client.end().catch(() => undefined);
    await embedded?.close();
  };
  try {
    await client.connect();
    await embedded?.hold(client);
    // Values as text that every version of PostgreSQL reads as the same.
    await client.query(
      "SET client_encoding = 'UTF8'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; " +
        "SET timezone = 'UTC'; SET bytea_output = 'hex'; SET extra_float_digits = 1; SET statement_timeout = 0",
    );
  } catch (error) {
    await close();
    throw new MaillardError("STARTUP", `The database cannot be used: ${(error as Error).message}.`, {
      param: "DATABASE_URL",
    });
  }
  return { url, client, close };
}

/** All that migrations have ever made. */
export async function ownTables(): Promise<ReadonlySet<string>> {
  const migrations = await readMigrations();
  return new Set(migrations.flatMap(({ sql }) => [...sql.matchAll(/^CREATE TABLE "(\w+)"/gm)].map(([, name]) => name)));
}

/** Of the schema "public", in alphabetic order. */
export async function tablesOf(client: Queryable): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename COLLATE "C"`,
  );
  return rows.map(({ name }) => name);
}

export const BOOKKEEPING = "_prisma_migrations";

export async function migrationsOf(client: Queryable): Promise<{ name: string; checksum: string }[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    `SELECT migration_name AS name, checksum FROM ${BOOKKEEPING}
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name COLLATE "C"`,
  );
  return rows;
}

export const quoted = (name: string): string => pg.escapeIdentifier(name);
