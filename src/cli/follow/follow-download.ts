/** Follows the download of a model to its end with a bar. Ctrl-C leaves it to the server: null. */
import { MODEL_DOWNLOAD_UPDATED } from "../documents/download.js";
import { CommandFailure, EXIT } from "../failure.js";
import type { ModelDownloadUpdatedSubscription } from "../generated/graphql.js";
import { startProgress } from "../output/progress.js";
import { isFinal } from "../run-statuses.js";
import type { Session } from "../session.js";

export type DownloadUpdate = ModelDownloadUpdatedSubscription["modelDownloadUpdated"];

/** How often a subscription is opened again that ended before the download, as when the server restarts. */
const REOPENS = 20;
const REOPEN_MS = 500;

export async function followDownload(
  session: Session,
  { id, name }: { id: string; name: string },
): Promise<DownloadUpdate | null> {
  const stop = new AbortController();
  const release = session.terminal.onInterrupt(() => stop.abort());
  const progress = await startProgress(session.terminal, name);
  const speed = new Speed();
  try {
    for (let silent = 0; silent < REOPENS && !stop.signal.aborted; silent++) {
      for await (const event of session.client.subscribe(MODEL_DOWNLOAD_UPDATED, () => ({ id }), stop.signal)) {
        const update = event.modelDownloadUpdated;
        const { status, bytes, totalBytes } = update;
        silent = 0;
        const text =
          status === "QUEUED" ? "waits" : `${megabytes(bytes)} of ${megabytes(totalBytes)}${speed.at(bytes)}`;
        progress.update(bytes, Math.max(1, totalBytes), text);
        if (isFinal(status)) return update;
      }
      if (!stop.signal.aborted) await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
    }
    if (stop.signal.aborted) return null;
    throw new CommandFailure("NO_SERVER", "The server has gone; it goes on with the next start.", EXIT.noServer);
  } finally {
    release();
    stop.abort();
    progress.stop();
  }
}

/** Bytes a second since the first poll: "  5.1 MB/s", or nothing while that is not known. */
class Speed {
  private first: { bytes: number; at: number } | null = null;

  at(bytes: number, now = performance.now()): string {
    this.first ??= { bytes, at: now };
    const seconds = (now - this.first.at) / 1_000;
    return seconds < 0.5 ? "" : `  ${megabytes(Math.max(0, bytes - this.first.bytes) / seconds)}/s`;
  }
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
