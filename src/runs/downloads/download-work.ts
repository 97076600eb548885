/**
 * The work on one download by the holder of its lock, from its claim to its end:
 *   complete              SUCCEEDED, with its model (fetch-model.ts)
 *   CANCELLED             on request; its files are removed
 *   FAILED                {code, message, param}; a retryable error keeps the files for the next request
 *   QUEUED again          this server closes
 *   unchanged             the lock was lost with its connection: nothing is written
 * Each attempt is counted before it starts. One that its process survives, or that brings bytes, is not held against
 * the download; after MAX_LOSSES others it is FAILED.
 */
import type { PoolClient } from "pg";
import { MaillardError } from "../../errors.js";
import type { Hub, HubFile } from "../../model/hub/index.js";
import { notify, type Store } from "../../store/index.js";
import { MAX_LOSSES } from "../queue/lease.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { assignment, guard } from "../queue/states.js";
import { stopTopic } from "../queue/topics.js";
import { type Download, fetchModel, removeFiles } from "./fetch-model.js";
import type { DownloadsOptions } from "./types.js";

export const downloadTopic = (id: string): string => `download:${id}`;
export const UNFINISHED = `status IN ('QUEUED', 'RUNNING')`;

/** A row with the files that `Downloads.start` wrote. */
type DownloadRow = Download & { files: HubFile[] };
type Options = DownloadsOptions & { hub: Hub };

/** `client` holds the lock; all writes except the last go through it. */
export async function workOn(client: PoolClient, id: string, options: Options, closing: AbortSignal): Promise<void> {
  const { store, tickMs = 500 } = options;
  const stop = new AbortController();
  const lost = (error: Error) => stop.abort(error);
  client.on("error", lost);
  if (await setAside(client, id)) return notify(store.pool, [downloadTopic(id)]);
  // Read under the lock: another process may have ended it.
  const { rows } = await client.query<DownloadRow>(
    `UPDATE "ModelDownload" SET ${assignment("claim")}, attempts = attempts + 1,
         "startedAt" = coalesce("startedAt", now())
       WHERE id = $1 AND ${UNFINISHED} RETURNING *`,
    [id],
  );
  const [row] = rows;
  if (!row) return;
  let bytes = Number(row.bytes);
  let writing: Promise<void> = Promise.resolve();
  const tick = () => {
    writing = writing.then(() => tell(client, id, bytes, stop)).catch(lost);
  };
  const timer = setInterval(tick, tickMs);
  tick();
  const unsubscribe = store.notifications.subscribe(stopTopic(id), tick);
  const signal = AbortSignal.any([stop.signal, closing]);
  let failure: { reason: unknown } | null = null;
  try {
    const onBytes = (there: number) => (bytes = there);
    await fetchModel({ ...options, signal, onBytes }, row, row.files);
  } catch (reason) {
    failure = { reason };
  }
  clearInterval(timer);
  unsubscribe();
  tick();
  await writing;
  if (failure)
    await settle(client, row, failure.reason, options, closing).catch(async (error) => {
      // The connection is lost and this process is not: it is no fault of the download.
      await whenDatabaseIsBack(() => takeBack(store, id)).catch(() => undefined);
      throw error;
    });
  await notify(store.pool, [downloadTopic(id)]);
}

/** FAILED after too many attempts that ended with their process. Its files are removed when they are stale. */
async function setAside(client: PoolClient, id: string): Promise<boolean> {
  const message =
    `The download ended its process ${MAX_LOSSES} times without progress. Check the repository's files, and the ` +
    "memory of the server's machine, before you add the model again.";
  const { rowCount } = await client.query(
    `UPDATE "ModelDownload" SET ${assignment("fail")}, "finishedAt" = now(), "errorCode" = 'COMPUTE_CRASHED',
       "errorMessage" = $2, "errorParam" = 'hub'
     WHERE id = $1 AND ${guard("fail")} AND "cancelRequestedAt" IS NULL AND attempts >= ${MAX_LOSSES}`,
    [id, message],
  );
  return rowCount === 1;
}

const TAKEN_BACK = "attempts = greatest(attempts - 1, 0)";

const takeBack = ({ pool }: Store, id: string) =>
  pool.query(`UPDATE "ModelDownload" SET ${TAKEN_BACK} WHERE id = $1 AND ${UNFINISHED}`, [id]);

/** Writes the progress; stops when a cancel was requested. */
async function tell(client: PoolClient, id: string, bytes: number, stop: AbortController): Promise<void> {
  const { rows } = await client.query<{ cancel: boolean; changed: boolean }>(
    `UPDATE "ModelDownload" d SET bytes = $2, "mostBytes" = greatest(d."mostBytes", $2),
       attempts = CASE WHEN $2 > d."mostBytes" THEN 1 ELSE d.attempts END
     FROM (SELECT bytes FROM "ModelDownload" WHERE id = $1) before
     WHERE d.id = $1 AND d.status = 'RUNNING' RETURNING d."cancelRequestedAt" IS NOT NULL AS cancel, before.bytes <> $2
       AS changed`,
    [id, bytes],
  );
  if (rows[0]?.cancel) stop.abort(new MaillardError("CANCELLED", "The download was cancelled."));
  if (rows[0]?.changed) await notify(client, [downloadTopic(id)]);
}

/** A requested cancel comes first; a closing server leaves the download QUEUED; otherwise it has FAILED. */
async function settle(
  client: PoolClient,
  row: Download,
  thrown: unknown,
  { store, onError = () => undefined }: { store: Store; onError?(error: unknown): void },
  closing: AbortSignal,
): Promise<void> {
  const { rows } = await client.query<{ cancel: boolean }>(
    `SELECT "cancelRequestedAt" IS NOT NULL AS cancel FROM "ModelDownload" WHERE id = $1 AND status = 'RUNNING'`,
    [row.id],
  );
  if (rows.length === 0) return;
  const end = (set: string, values: unknown[] = []) =>
    client.query(`UPDATE "ModelDownload" SET ${set} WHERE id = $1 AND status = 'RUNNING'`, [row.id, ...values]);
  // An error of the disk must not keep the download from ending: it would be started again at once, without end.
  const remove = () => removeFiles(store, row).catch(onError);
  if (rows[0].cancel) {
    await remove();
    await end(`${assignment("cancel")}, "finishedAt" = now()`);
    return;
  }
  if (closing.aborted) {
    await end(`${assignment("requeue")}, ${TAKEN_BACK}`);
    return;
  }
  const known = thrown instanceof MaillardError && thrown.code !== "INTERNAL";
  if (!known) onError(thrown);
  const { code, message, param, retryable } = MaillardError.from(thrown);
  if (!retryable) await remove();
  const shown = known ? message : "The download ended by an error inside the server; its log has the details.";
  const again = retryable ? " What was fetched is kept: add the model again to go on." : "";
  await end(`${assignment("fail")}, "finishedAt" = now(), "errorCode" = $2, "errorMessage" = $3, "errorParam" = $4`, [
    known ? code : "INTERNAL",
    shown + again,
    param ?? null,
  ]);
}
