/**
 * Keys of the API as rows. A key is "mld_" and 256 random bits; the database has its sha256 alone, so that a key is
 * shown once, when it is made. A rotation gives the row another key; the one before may work for a while longer.
 * Every change is notified (KEYS_TOPIC), so that all servers forget what they know of keys.
 * Two rules hold here, under one lock: the first key is an administrator's, and the last active one of them stays,
 * since nobody could make keys otherwise. Keys of MAILLARD_API_KEYS, which are administrators', are `rescued` of both.
 */
import { createHash, randomBytes } from "node:crypto";
import { MaillardError } from "../../errors.js";
import type { Prisma } from "../generated/client.js";
import type { KeyRole } from "../generated/enums.js";
import { newId } from "../id.js";
import { notify } from "../notifications.js";
import { isUniqueViolation, type Queryable, transaction } from "../sql.js";
import type { Store } from "../store.js";

/** Woken by every change of a key. */
export const KEYS_TOPIC = "api-keys";
/** Advisory lock of the changes of keys. */
const LOCK = 7_340_119;

const PREFIX = "mld_";
const SECRET = /^mld_[\w-]{43}$/;

export const newSecret = (): string => `${PREFIX}${randomBytes(32).toString("base64url")}`;
/** 64 hexadecimal digits. */
export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("hex");
/** Whether a text can be a key of the database: others need no statement. */
export const isSecret = (text: string): boolean => SECRET.test(text);

const WITH_PROJECTS = { projects: { orderBy: { place: "asc" }, include: { project: true } } } as const;
/** A key with its projects in order. */
export type KeyRow = Prisma.ApiKeyGetPayload<{ include: typeof WITH_PROJECTS }>;

type Readable = Pick<Store, "prisma">;

export const findKeysByHash = ({ prisma }: Readable, hashes: readonly string[]): Promise<KeyRow[]> =>
  prisma.apiKey.findMany({
    where: { OR: [{ hash: { in: [...hashes] } }, { previousHash: { in: [...hashes] } }] },
    include: WITH_PROJECTS,
  });

/** Hashes of a server's memory. */
const MOST_HASHES = 10_000;

/**
 * Hashes of the keys that are not revoked, the newest ones. An expired key is among them: a server has keys as long as
 * one is not revoked, so that no date opens it.
 */
export async function heldHashes({ prisma }: Readable): Promise<Set<string>> {
  const rows = await prisma.apiKey.findMany({
    where: { revokedAt: null },
    select: { hash: true, previousHash: true },
    orderBy: { createdAt: "desc" },
    take: MOST_HASHES,
  });
  return new Set(rows.flatMap(({ hash, previousHash }) => (previousHash ? [hash, previousHash] : [hash])));
}

export const listKeys = (
  { prisma }: Readable,
  query: Pick<Prisma.ApiKeyFindManyArgs, "where" | "orderBy" | "take">,
): Promise<KeyRow[]> => prisma.apiKey.findMany({ ...query, include: WITH_PROJECTS });

export const countKeys = ({ prisma }: Readable): Promise<number> => prisma.apiKey.count();

/** Whether the secret of this hash opens this key at `now`. */
export function isOpenedBy(row: KeyRow, hash: string, now: Date): boolean {
  if (row.revokedAt) return false;
  if (row.hash === hash) return row.expiresAt === null || row.expiresAt > now;
  return row.previousHash === hash && row.previousUntil !== null && row.previousUntil > now;
}

export interface NewKey {
  name: string;
  role: KeyRole;
  /** Names; those that do not exist are made. */
  projects: readonly string[];
  expiresAt: Date | null;
}

/** `rescued`: who asks has a key of MAILLARD_API_KEYS. */
export interface Asker {
  rescued: boolean;
}

export async function insertKey(store: Store, key: NewKey, hash: string, { rescued }: Asker): Promise<KeyRow> {
  const { name, role, projects, expiresAt } = key;
  const id = newId();
  try {
    await transaction(store, async (client) => {
      await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
      if (role !== "ADMIN" && !rescued && (await administrators(client, id)) === 0) throw noAdministrator();
      await client.query(
        `INSERT INTO "ApiKey" ("id", "name", "hash", "role", "expiresAt") VALUES ($1, $2, $3, $4::"KeyRole", $5)`,
        [id, name, hash, role, expiresAt],
      );
      await client.query(
        `INSERT INTO "Project" ("id", "name") SELECT * FROM unnest($1::text[], $2::text[])
           ON CONFLICT ("name") DO NOTHING`,
        [projects.map(newId), projects],
      );
      await client.query(
        `INSERT INTO "ApiKeyProject" ("keyId", "projectId", "place")
           SELECT $1, project."id", given.place FROM unnest($2::text[]) WITH ORDINALITY AS given(name, place)
             JOIN "Project" project ON project."name" = given.name`,
        [id, projects],
      );
      await notify(client, [KEYS_TOPIC]);
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    const message = `There is or was a key ${name}: names stay taken, so that the audit log is clear. Choose another.`;
    throw new MaillardError("CONFLICT", message, { param: "name" });
  }
  return existing(store, id);
}

/** Does nothing to a key that is revoked already. */
export async function revokeKey(store: Store, id: string, { rescued }: Asker): Promise<KeyRow> {
  const row = await existing(store, id);
  if (row.revokedAt) return row;
  await transaction(store, async (client) => {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    if (row.role === "ADMIN" && !rescued && (await administrators(client, id)) === 0) throw lastAdministrator(row);
    await client.query(`UPDATE "ApiKey" SET "revokedAt" = now() WHERE "id" = $1 AND "revokedAt" IS NULL`, [id]);
    await notify(client, [KEYS_TOPIC]);
  });
  return existing(store, id);
}

export interface Rotation {
  /** Hash of the new secret. */
  hash: string;
  /** How long the secret before works on, in minutes; never beyond the time at which it expires anyway. */
  overlapMinutes: number;
  /** Null: as it was. */
  expiresAt: Date | null;
}

/** CONFLICT when the key is revoked, or would be expired. */
export async function rotateKey(store: Store, id: string, rotation: Rotation): Promise<KeyRow> {
  const { hash, overlapMinutes, expiresAt } = rotation;
  const { name } = await existing(store, id);
  await transaction(store, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE "ApiKey" SET "hash" = $2, "previousHash" = CASE WHEN $3::integer > 0 THEN "hash" END,
           "previousUntil" = LEAST("expiresAt", now() + $3::integer * interval '1 minute'),
           "expiresAt" = COALESCE($4::timestamptz, "expiresAt")
         WHERE "id" = $1 AND "revokedAt" IS NULL AND COALESCE($4::timestamptz, "expiresAt", 'infinity') > now()`,
      [id, hash, overlapMinutes, expiresAt],
    );
    if (rowCount === 0) {
      const message = `The key ${name} is revoked or expired. Make another, or give an expired one a later end.`;
      throw new MaillardError("CONFLICT", message, { param: "id" });
    }
    await notify(client, [KEYS_TOPIC]);
  });
  return existing(store, id);
}

/** At most once a minute, whatever the number of servers. */
export const noteUse = async ({ pool }: Pick<Store, "pool">, id: string): Promise<void> =>
  void (await pool.query(
    `UPDATE "ApiKey" SET "lastUsedAt" = now()
       WHERE "id" = $1 AND ("lastUsedAt" IS NULL OR "lastUsedAt" < now() - interval '1 minute')`,
    [id],
  ));

async function existing({ prisma }: Readable, id: string): Promise<KeyRow> {
  const row = await prisma.apiKey.findUnique({ where: { id }, include: WITH_PROJECTS });
  if (row) return row;
  throw new MaillardError("NOT_FOUND", "There is no key of this id. List them with `apiKeys(first: 10)`.", {
    param: "id",
  });
}

/** Active keys of administrators besides `but`. */
async function administrators(client: Queryable, but: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM "ApiKey" WHERE "role" = 'ADMIN' AND "revokedAt" IS NULL AND "id" <> $1
       AND ("expiresAt" IS NULL OR "expiresAt" > now())`,
    [but],
  );
  return Number(rows[0].count);
}

const noAdministrator = (): MaillardError =>
  new MaillardError(
    "CONFLICT",
    "There is no active key of an administrator, so nobody could make further keys once this one exists. Make one of " +
      "the role ADMIN first, or use a key of MAILLARD_API_KEYS.",
    { param: "role" },
  );

const lastAdministrator = ({ name }: KeyRow): MaillardError =>
  new MaillardError(
    "CONFLICT",
    `${name} is the last active key of an administrator: nobody could make further keys without it. Make another of ` +
      "the role ADMIN first, or use a key of MAILLARD_API_KEYS.",
    { param: "id" },
  );
