/** Sends a file to the server's /import and follows what it says of it, line by line. */
import { Readable } from "node:stream";
import type { CsvDescription } from "../../datasets/files/describe-csv.js";
import type { FoodbImport } from "../../datasets/foodb/import.js";
import { CommandFailure, noServer } from "../failure.js";
import { startProgress } from "../output/progress.js";
import type { Session } from "../session.js";

export type UploadAnswer = Omit<FoodbImport, "dataset"> & { dataset: { id: string; name: string; size: number } };

/** What the server says of a file, line by line; an error among the lines is thrown. */
interface Line extends Partial<UploadAnswer> {
  progress?: { done: number; rows: number };
  error?: { code: string; message: string };
  description?: CsvDescription;
}

export interface Upload {
  format: "foodb" | "csv";
  query: readonly (readonly [string, string])[];
}

export async function upload(
  session: Session,
  body: Readable,
  { title, ...what }: Upload & { title: string },
): Promise<UploadAnswer> {
  const progress = await startProgress(session.terminal, title);
  try {
    let answer: Line | null = null;
    for await (const line of send(session, body, what)) {
      answer = line;
      if (line.progress) progress.update(line.progress.done, line.progress.rows, `${line.progress.done} rows`);
    }
    if (!answer?.dataset) throw wentAway();
    return answer as UploadAnswer;
  } finally {
    progress.stop();
  }
}

/** What the server finds in the first part of a table. */
export async function describe(session: Session, text: string, query: Upload["query"]): Promise<CsvDescription> {
  const fields = [...query, ["describe", "true"]] as const;
  for await (const { description } of send(session, Readable.from([Buffer.from(text)]), {
    format: "csv",
    query: fields,
  }))
    if (description) return description;
  throw wentAway();
}

async function* send({ client }: Session, body: Readable, { format, query }: Upload): AsyncGenerator<Line> {
  const fields = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]));
  yield* sendTo<Line>(client, `/import/${format}?${fields}`, body);
}

/** Sends a file and yields what the server says of it; an error among the lines is thrown. */
export async function* sendTo<L extends { error?: { code: string; message: string } }>(
  client: Session["client"],
  address: string,
  body: Readable,
  signal?: AbortSignal,
): AsyncGenerator<L> {
  const url = new URL(address, client.url);
  let problem: Error | null = null;
  body.once("error", (error: Error) => {
    problem = error;
  });
  const response = await fetch(url, {
    method: "POST",
    body,
    duplex: "half",
    signal,
    headers: {
      "content-type": "application/octet-stream",
      "x-maillard-client": "cli",
      ...client.authorization,
    },
  }).catch((error: unknown) => {
    throw problem ?? (isRefusedConnection(error) ? noServer(client.url) : error);
  });
  if (!response.ok || !response.body) throw await refusal(response);
  for await (const text of linesOf(response.body)) {
    const line = JSON.parse(text) as L;
    if (problem) throw problem;
    if (line.error) throw new CommandFailure(line.error.code, line.error.message);
    yield line;
  }
  if (problem) throw problem;
}

export const wentAway = (): CommandFailure =>
  new CommandFailure("NO_SERVER", "The server went away before it was done; give the same command again.");

export const isRefusedConnection = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOTFOUND"].includes(String((error as { cause?: { code?: string } }).cause?.code));

export async function refusal(response: Response): Promise<CommandFailure> {
  const text = await response.text();
  try {
    const { errors } = JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] };
    return new CommandFailure(errors[0].extensions.code, errors[0].message);
  } catch {
    return new CommandFailure("NO_SERVER", `The server answered HTTP ${response.status}: ${text.slice(0, 80)}`);
  }
}

async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter(Boolean);
  }
  if (rest) yield rest;
}
