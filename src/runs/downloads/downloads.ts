/**
 * Downloads of models from a hub. A download waits for a network and not for a device, so it does not use the queue of
 * runs. Its states are those of states.ts; its row is the queue.
 *   - before there is a row, name, repository, revision and files are checked with the hub
 *   - the process that holds the advisory lock of the folder does the work. PostgreSQL releases the lock with its
 *     connection, and all writes except the last use that connection: a process that lost the lock can write nothing
 *   - after an interruption (restart, kill, lost database) the next holder of the lock continues with the bytes on disk
 *   - the server's token opens repositories for administrators alone: for other keys, files are read and fetched
 *     without it. Who takes up a download looks at the role of the key that asked for it
 *   - SUCCEEDED and the model's row are one transaction, after every file was verified and the checkpoint was loaded
 *     (fetch-model.ts)
 */
import { checkName } from "../../datasets/request.js";
import { MaillardError } from "../../errors.js";
import { checkRepository, checkRevision, type Hub, readRepository } from "../../model/hub/index.js";
import { ownerOf } from "../../store/access/principal.js";
import { orderTransaction } from "../../store/access/turns.js";
import { checkQuotaInTurn } from "../../store/access/usage.js";
import { checkMayChange, noDownload } from "../../store/find.js";
import type { ModelDownload } from "../../store/generated/client.js";
import type { KeyRole } from "../../store/generated/enums.js";
import { newId, notify, type Store } from "../../store/index.js";
import type { Queryable } from "../../store/sql.js";
import { checkFree, lockNames } from "../names.js";
import { guard, isFinal } from "../queue/states.js";
import { stopTopic } from "../queue/topics.js";
import { downloadTopic, UNFINISHED, workOn } from "./download-work.js";
import { checkSpace, removeStale, workFolder } from "./fetch-model.js";
import type { DownloadInput, DownloadsOptions, ModelDownloads } from "./types.js";
import { endUnheld, LOCK, removeUnused } from "./unheld.js";

const TOPIC = "downloads";
/** Downloads at once in one process; each holds a connection of the pool. */
const MOST_AT_ONCE = 2;
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #store: Store;
  readonly #closing = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #unsubscribe: () => void;
  readonly #sweeping: Promise<void>;
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  #timer: NodeJS.Timeout | undefined;

  /** Starts to work immediately. */
  constructor(options: DownloadsOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#unsubscribe = this.#store.notifications.subscribe(TOPIC, () => this.#look());
    this.#sweeping = removeStale(this.#store).catch(options.onError ?? (() => undefined));
    this.#look();
  }

  /**
   * The unfinished download of this name, model and revision, or a new one. BAD_INPUT, CONFLICT,
   * CHECKPOINT_INVALID, CHECKPOINT_UNSUPPORTED, NOT_FOUND, DISK_FULL and the codes of hub/errors.ts.
   */
  start(input: DownloadInput): Promise<ModelDownload> {
    return this.#start(this.#store, input);
  }

  async #start(
    store: Store,
    { name, hub: repository, revision: asked, target: given }: DownloadInput,
  ): Promise<ModelDownload> {
    checkName(name, "name");
    const [revision, target] = [asked ?? "main", given ?? null];
    checkRepository(repository);
    checkRevision(revision);
    if (target?.includes("\0"))
      throw new MaillardError("BAD_INPUT", "`target` is the name of a label set: it has no character NUL.", {
        param: "target",
      });
    const { project } = store.principal;
    const same = await this.#underWay(store.pool, project, { name, hub: repository, revision, target });
    if (same) return same;
    const { hub, limits, idleMs, pauseMs, freeBytes } = this.#options;
    if (!hub)
      throw new MaillardError(
        "HUB_UNREACHABLE",
        "This server asks no hub (HF_HUB_OFFLINE is set). Copy the repository's files into a folder of its " +
          "machine and give that folder instead.",
        { param: "hub" },
      );
    const seen = hubFor(hub, store.principal.role);
    const options = { limits, idleMs, pauseMs, signal: this.#closing.signal, asksWeights: seen.token !== hub.token };
    const { commit, files } = await readRepository(seen, repository, revision, options);
    await checkSpace(store, { hub: repository, commit }, files, freeBytes);
    const id = newId();
    const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const owner = ownerOf(store.principal);
    const made = await orderTransaction(store, async (client) => {
      // One at a time for each name, so that two requests at once become one download.
      await lockNames(client, owner.projectId, [name]);
      const other = await this.#underWay(client, project, { name, hub: repository, revision, target });
      if (other) return other.id;
      await checkQuotaInTurn(client, store, { runs: 1, bytes: totalBytes });
      await client.query(
        `INSERT INTO "ModelDownload" (id, name, hub, revision, commit, target, files, "totalBytes", "projectId",
           "createdById") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          id,
          name,
          repository,
          revision,
          commit,
          target,
          JSON.stringify(files),
          totalBytes,
          owner.projectId,
          owner.createdById,
        ],
      );
      await notify(client, [TOPIC]);
      return id;
    });
    return store.prisma.modelDownload.findUniqueOrThrow({ where: { id: made } });
  }

  /** QUEUED: ends at once; RUNNING: within a tick. Its files are removed. Ended: unchanged. NOT_FOUND. */
  cancel(id: string): Promise<ModelDownload> {
    return this.#cancel(this.#store, id);
  }

  async #cancel({ prisma, principal }: Store, id: string): Promise<ModelDownload> {
    const seen = await prisma.modelDownload.findUnique({ where: { id } });
    if (!seen) throw noDownload("id");
    checkMayChange({ principal }, "download", seen);
    const { rows } = await this.#store.pool.query<ModelDownload>(
      `UPDATE "ModelDownload" SET "cancelRequestedAt" = coalesce("cancelRequestedAt", now()),
         "finishedAt" = CASE WHEN status = 'QUEUED' THEN now() END,
         status = CASE WHEN status = 'QUEUED' THEN 'CANCELLED' ELSE status END
       WHERE id = $1 AND ${guard("cancel")} RETURNING *`,
      [id],
    );
    for (const row of rows) {
      if (row.status === "CANCELLED") await removeUnused(this.#store, row);
      else await endUnheld(this.#store, row);
    }
    await notify(this.#store.pool, [downloadTopic(id), stopTopic(id), TOPIC]);
    return prisma.modelDownload.findUniqueOrThrow({ where: { id } });
  }

  /** The same downloads, as the principal of this store sees them, who owns what is started. */
  within(store: Store): ModelDownloads {
    return {
      start: (input) => this.#start(store, input),
      cancel: (id) => this.#cancel(store, id),
      updates: (id, signal) => this.updates(id, signal),
      within: (other) => this.within(other),
    };
  }

  /**
   * The row now, after every change, and at the end. Changes in quick succession may come as one. The caller has seen
   * the download.
   */
  async *updates(id: string, given: AbortSignal): AsyncGenerator<ModelDownload> {
    const signal = AbortSignal.any([given, this.#closing.signal]);
    let version = 0;
    let wake = () => {};
    const news = () => {
      version++;
      wake();
    };
    const unsubscribe = this.#store.notifications.subscribe(downloadTopic(id), news);
    signal.addEventListener("abort", news);
    try {
      for (let last = ""; !signal.aborted; ) {
        const seen = version;
        const row = await this.#store.prisma.modelDownload.findUnique({ where: { id } });
        if (!row) return;
        const visible = `${row.status} ${row.bytes}`;
        if (visible !== last) yield row;
        last = visible;
        if (isFinal(row.status)) return;
        if (version === seen) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      unsubscribe();
      signal.removeEventListener("abort", news);
    }
  }

  /** Running downloads stop; the next start continues them. */
  async close(): Promise<void> {
    this.#closing.abort(new MaillardError("CANCELLED", "The server closes.", { details: { reason: "SHUTDOWN" } }));
    this.#unsubscribe();
    clearTimeout(this.#timer);
    await Promise.all([this.#sweeping, this.#looking]);
    await Promise.all(this.#running.values());
  }

  /** The same download, if it is unfinished; CONFLICT when another download or a model has the name. */
  async #underWay(
    client: Queryable,
    project: string,
    request: Pick<ModelDownload, "name" | "hub" | "revision" | "target">,
  ): Promise<ModelDownload | null> {
    // Looked at first: the same download may be written between the two statements, and then it is no conflict.
    const taken = await checkFree(client, project, [request.name]).catch((error: unknown) => error);
    const { rows } = await client.query<ModelDownload>(
      `SELECT * FROM "ModelDownload" d WHERE name = $1 AND "projectId" = $2 AND ${UNFINISHED}
         AND "cancelRequestedAt" IS NULL
         AND NOT EXISTS (SELECT 1 FROM "Model" m WHERE m."projectId" = d."projectId" AND m.name = d.name)`,
      [request.name, project],
    );
    const fields = ["hub", "revision", "target"] as const;
    const same = rows.find((other) => fields.every((field) => other[field] === request[field]));
    if (!same && taken !== undefined) throw taken;
    return same ?? null;
  }

  /** Takes downloads without a worker; polls again later while another process has some. */
  #look(): void {
    if (this.#closing.signal.aborted) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    const { onError = () => undefined } = this.#options;
    this.#lookAgain = false;
    clearTimeout(this.#timer);
    this.#looking = this.#takeAll()
      .catch((error) => {
        onError(error);
        return true;
      })
      .then((more) => {
        this.#looking = null;
        if (this.#closing.signal.aborted) return;
        if (this.#lookAgain) this.#look();
        else if (more) this.#timer = setTimeout(() => this.#look(), this.#options.pollMs ?? 5_000).unref();
      });
  }

  /** True when other processes still have downloads, or there was no place for all. */
  async #takeAll(): Promise<boolean> {
    const { rows } = await this.#store.pool.query<ModelDownload>(
      `SELECT * FROM "ModelDownload" WHERE ${UNFINISHED} ORDER BY "createdAt", id`,
    );
    const ended = new Set<string>();
    for (const row of rows.filter(({ id, cancelRequestedAt }) => cancelRequestedAt && !this.#running.has(id)))
      if (await endUnheld(this.#store, row)) ended.add(row.id);
    const open = rows.filter(({ id }) => !ended.has(id));
    if (!this.#options.hub) return open.some(({ cancelRequestedAt }) => cancelRequestedAt !== null);
    for (const row of open) {
      if (this.#closing.signal.aborted || this.#running.size >= MOST_AT_ONCE) break;
      if (!this.#running.has(row.id)) await this.#take(row);
    }
    return open.some(({ id }) => !this.#running.has(id));
  }

  async #take(row: ModelDownload): Promise<void> {
    const client = await this.#store.pool.connect();
    // Without a listener, an error of a connection in use would end the process.
    const ignore = () => undefined;
    client.on("error", ignore);
    const { rows } = await client
      .query<{ held: boolean }>("SELECT pg_try_advisory_lock($1, hashtext($2)) AS held", [LOCK, workFolder(row)])
      .catch((error) => {
        client.release(true);
        throw error;
      });
    if (!rows[0].held) {
      client.off("error", ignore);
      return client.release();
    }
    const { onError = () => undefined } = this.#options;
    const work = roleOf(this.#store, row)
      .then((role) => {
        const hub = hubFor(this.#options.hub as Hub, role);
        return workOn(client, row.id, { ...this.#options, hub }, this.#closing.signal);
      })
      .catch(onError)
      .finally(() => {
        // Closing the connection releases the lock.
        client.release(true);
        this.#running.delete(row.id);
        this.#look();
      });
    this.#running.set(row.id, work);
  }
}

const hubFor = (hub: Hub, role: KeyRole | null): Hub => (role === "ADMIN" ? hub : { endpoint: hub.endpoint });

/** Of who asked: without a key, the operator, an administrator. null: the key is not there. */
async function roleOf({ prisma }: Store, { createdById: id }: ModelDownload): Promise<KeyRole | null> {
  if (id === null) return "ADMIN";
  const key = await prisma.apiKey.findUnique({ where: { id }, select: { role: true } });
  return key?.role ?? null;
}
