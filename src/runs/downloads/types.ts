/** What downloads are made with, asked for, and seen as. */
import type { DownloadOptions, Hub, Limits } from "../../model/hub/index.js";
import type { ModelDownload } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";

export interface DownloadsOptions extends Pick<DownloadOptions, "tries" | "pauseMs" | "idleMs"> {
  store: Store;
  /** null: this server uses no hub (HF_HUB_OFFLINE). */
  hub: Hub | null;
  limits?: Limits;
  /** Time in ms between two writes of the progress. Default 500. */
  tickMs?: number;
  /** Time in ms between two attempts to take a download that another process holds. Default 5,000. */
  pollMs?: number;
  /** Bytes free on the disk of a folder. Default: as the system reports. */
  freeBytes?(folder: string): Promise<number>;
  onError?(error: unknown): void;
}

export interface DownloadInput {
  /** Of the model. */
  name: string;
  /** owner/name. */
  hub: string;
  /** Branch, tag or commit. Default main. */
  revision?: string | null;
  target?: string | null;
}

/** Downloads as a principal sees them. */
export interface ModelDownloads {
  start(input: DownloadInput): Promise<ModelDownload>;
  cancel(id: string): Promise<ModelDownload>;
  updates(id: string, signal: AbortSignal): AsyncGenerator<ModelDownload>;
  within(store: Store): ModelDownloads;
}
