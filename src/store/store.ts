/**
 * The database and the files of one home, opened: PostgreSQL (embedded, or by URL), migrated; the Prisma client and a
 * pool over the same connections; notifications; artifacts. `close` releases everything, and stops the embedded server
 * when no other process uses it.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import type pg from "pg";
import { MaillardError } from "../errors.js";
import { type AccessLimits, accessLimits } from "./access/limits.js";
import { LOCAL, type Principal } from "./access/principal.js";
import { ArtifactStore } from "./artifacts.js";
import { type EmbeddedDatabase, openEmbedded } from "./embedded/index.js";
import { PrismaClient } from "./generated/client.js";
import { migrate } from "./migrate.js";
import { ModelCache } from "./model-cache.js";
import { Notifications } from "./notifications.js";
import { RetryingPool } from "./pool.js";
import { makeFilesPrivate, makeHomePrivate } from "./private.js";
import { Ping, unreachable } from "./sql.js";

export interface StoreOptions {
  /** Folder of all data (MAILLARD_HOME); created when missing. */
  home: string;
  /** PostgreSQL 15 or newer; the embedded one when absent. */
  databaseUrl?: string;
  /** Called before steps that take long: creating, starting, migrating. */
  onProgress?: (message: string) => void;
  /** Connections of the pool. Default 10: two per resolver that runs at once, measured on two cores. */
  connections?: number;
  /** Limits of keys that have no others; default: those of the table (access/limits.ts). */
  accessLimits?: Partial<AccessLimits>;
}

export interface Store {
  prisma: PrismaClient;
  pool: pg.Pool;
  /** Of the database in use; holds a password when DATABASE_URL does: never log it. */
  url: string;
  /** Absolute. */
  home: string;
  artifacts: ArtifactStore;
  notifications: Notifications;
  /** Models by name, without a statement of the database where nothing has changed. */
  models: ModelCache;
  /** For whom it reads and writes: the server itself, unless access/visible.ts made it for someone. */
  principal: Principal;
  /** Limits of keys that have no others. */
  accessLimits: AccessLimits;
  ping: Ping;
  close(): Promise<void>;
}

export async function openStore({
  home: folder,
  databaseUrl,
  onProgress = () => undefined,
  connections = 10,
  accessLimits: limits,
}: StoreOptions): Promise<Store> {
  const home = resolve(folder);
  const embedded = databaseUrl ? null : await openEmbedded(home, onProgress);
  const url = databaseUrl ?? (embedded as EmbeddedDatabase).url;
  // After the database, whose programs may have to be readable by its user.
  makeFilesPrivate();
  await mkdir(join(home, "artifacts"), { recursive: true });
  await makeHomePrivate(home);
  const notifications = new Notifications({
    url,
    onConnect: async (client) => embedded?.hold(client),
    beforeReconnect: async () => embedded?.revive(),
  });
  try {
    await notifications.start();
    await migrate(url, undefined, (name) => onProgress(`migrating the database (${name})`));
  } catch (error) {
    await notifications.close();
    await embedded?.close();
    throw error instanceof MaillardError ? error : unreachable(error as Error, url);
  }
  const pool = new RetryingPool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 30_000,
    application_name: "maillard",
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { onConnectionError: () => undefined }) });
  const ping = new Ping(url);
  let closed: Promise<void> | undefined;
  const close = async () => {
    await prisma.$disconnect();
    await pool.end();
    await ping.close();
    await notifications.close();
    await embedded?.close();
  };
  return {
    prisma,
    pool,
    url,
    home,
    artifacts: new ArtifactStore(join(home, "artifacts")),
    notifications,
    models: new ModelCache(notifications),
    principal: LOCAL,
    accessLimits: accessLimits(limits),
    ping,
    close: () => (closed ??= close()),
  };
}
