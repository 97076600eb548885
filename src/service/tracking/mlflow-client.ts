/**
 * What is used of MLflow's REST interface, version 2.0: experiments, runs, batches of parameters and metrics, and
 * files through the server's own artifact store (`mlflow server --serve-artifacts`, the default).
 * Source: https://mlflow.org/docs/latest/rest-api.html
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { TrackingSettings } from "./settings.js";

export interface Entry {
  key: string;
  value: string;
}

export interface MlflowMetric {
  key: string;
  value: number;
  /** Milliseconds since 1970. */
  timestamp: number;
  step: number;
}

export type MlflowStatus = "RUNNING" | "FINISHED" | "FAILED" | "KILLED";

/** An answer of the server that is none to the question: the log gets it, clients of the API never see it. */
export class TrackingRefused extends Error {
  constructor(
    readonly status: number,
    /** MLflow's error_code. */
    readonly code: string,
    said: string,
  ) {
    super(`The tracking server answered ${status} ${code}: ${said}`);
    this.name = "TrackingRefused";
  }
}

/** Of one request, in ms; an upload gets more. */
const LIMIT_MS = 20_000;
const UPLOAD_LIMIT_MS = 600_000;
/** The server's own limits of one batch. */
const BATCH = { metrics: 1_000, params: 100, tags: 100 };

export class MlflowClient {
  constructor(private readonly settings: TrackingSettings) {}

  /** Id of the experiment; made when there is none of this name. */
  async experiment(name: string, signal: AbortSignal): Promise<string> {
    const find = () =>
      this.ask<{ experiment: { experiment_id: string } }>(
        "GET",
        `experiments/get-by-name?experiment_name=${encodeURIComponent(name)}`,
        null,
        signal,
      );
    try {
      return (await find()).experiment.experiment_id;
    } catch (error) {
      if (!isRefusal(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
    try {
      return (await this.ask<{ experiment_id: string }>("POST", "experiments/create", { name }, signal)).experiment_id;
    } catch (error) {
      // Another process made it just now.
      if (!isRefusal(error, "RESOURCE_ALREADY_EXISTS")) throw error;
      return (await find()).experiment.experiment_id;
    }
  }

  /** The run that has this tag, if one was made before a crash. */
  async findRun(experiment: string, tag: Entry, signal: AbortSignal): Promise<string | null> {
    const { runs = [] } = await this.ask<{ runs?: { info: { run_id: string } }[] }>(
      "POST",
      "runs/search",
      { experiment_ids: [experiment], filter: `tags.\`${tag.key}\` = '${tag.value}'`, max_results: 1 },
      signal,
    );
    return runs[0]?.info.run_id ?? null;
  }

  async createRun(
    run: { experiment: string; name: string; start: number; tags: readonly Entry[] },
    signal: AbortSignal,
  ): Promise<string> {
    const body = { experiment_id: run.experiment, run_name: run.name, start_time: run.start, tags: run.tags };
    return (await this.ask<{ run: { info: { run_id: string } } }>("POST", "runs/create", body, signal)).run.info.run_id;
  }

  /** Where the run's files go. */
  async artifactUri(id: string, signal: AbortSignal): Promise<string> {
    const path = `runs/get?run_id=${encodeURIComponent(id)}`;
    return (await this.ask<{ run: { info: { artifact_uri: string } } }>("GET", path, null, signal)).run.info
      .artifact_uri;
  }

  /** In as many requests as the server's limits ask for. The same metric sent again is kept once. */
  async log(
    id: string,
    what: { metrics?: readonly MlflowMetric[]; params?: readonly Entry[]; tags?: readonly Entry[] },
    signal: AbortSignal,
  ): Promise<void> {
    for (const kind of ["params", "tags", "metrics"] as const) {
      const entries = what[kind] ?? [];
      for (let from = 0; from < entries.length; from += BATCH[kind])
        await this.ask(
          "POST",
          "runs/log-batch",
          { run_id: id, [kind]: entries.slice(from, from + BATCH[kind]) },
          signal,
        );
    }
  }

  async end(id: string, status: MlflowStatus, end: number, signal: AbortSignal): Promise<void> {
    await this.ask("POST", "runs/update", { run_id: id, status, end_time: end }, signal);
  }

  /** A file, from a path or as its content. `place`: path under the artifacts of the server. */
  async upload(place: string, content: { file: string } | { text: string }, signal: AbortSignal): Promise<void> {
    const path = place.split("/").map(encodeURIComponent).join("/");
    const length = "file" in content ? (await stat(content.file)).size : Buffer.byteLength(content.text);
    const body = "file" in content ? (createReadStream(content.file) as unknown as ReadableStream) : content.text;
    await this.send(
      `${this.settings.uri}/api/2.0/mlflow-artifacts/artifacts/${path}`,
      {
        method: "PUT",
        body,
        headers: { "content-type": "application/octet-stream", "content-length": String(length) },
        ...("file" in content ? { duplex: "half" } : {}),
      } as RequestInit,
      AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_LIMIT_MS)]),
    );
  }

  private async ask<T>(method: "GET" | "POST", path: string, body: object | null, signal: AbortSignal): Promise<T> {
    const text = await this.send(
      `${this.settings.uri}/api/2.0/mlflow/${path}`,
      {
        method,
        headers: { "content-type": "application/json" },
        ...(body ? { body: JSON.stringify(body) } : {}),
      },
      AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    );
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new TrackingRefused(200, "BAD_ANSWER", text.slice(0, 200));
    }
  }

  private async send(url: string, init: RequestInit, signal: AbortSignal): Promise<string> {
    const { authorization } = this.settings;
    const headers = { ...(init.headers as object), ...(authorization ? { authorization } : {}) };
    const response = await fetch(url, { ...init, headers, signal, redirect: "error" });
    const text = await response.text();
    if (response.ok) return text;
    let code = "";
    let message = text.slice(0, 300);
    try {
      const said = JSON.parse(text) as { error_code?: string; message?: string };
      code = said.error_code ?? "";
      message = (said.message ?? message).slice(0, 300);
    } catch {
      // The text is the message.
    }
    throw new TrackingRefused(response.status, code, message);
  }
}

const isRefusal = (error: unknown, code: string): boolean => error instanceof TrackingRefused && error.code === code;
