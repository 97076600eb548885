/** Sends a file to the server's /import and follows what it says of it, line by line. */
import type { Readable } from "node:stream";
import type { FoodbImport } from "../datasets/foodb/import.js";
import { CommandFailure, noServer } from "./failure.js";
import { startProgress } from "./progress.js";
import type { Session } from "./session.js";

export type UploadAnswer = Omit<FoodbImport, "dataset"> & { dataset: { id: string; name: string; size: number } };

interface Line {
  progress?: { done: number; rows: number };
  error?: { code: string; message: string };
  dataset?: UploadAnswer["dataset"];
}

export async function upload(
  session: Session,
  body: Readable,
  { format, query, title }: { format: "foodb" | "csv"; query: Record<string, string>; title: string },
): Promise<UploadAnswer> {
  const { client, terminal } = session;
  const progress = await startProgress(terminal, title);
  try {
    const url = new URL(`/import/${format}?${new URLSearchParams(query)}`, client.url);
    let problem: Error | null = null;
    body.once("error", (error: Error) => {
      problem = error;
    });
    const response = await fetch(url, {
      ...{ method: "POST", body, duplex: "half" },
      headers: {
        ...{ "content-type": "application/octet-stream", "x-maillard-client": "cli" },
        ...client.authorization,
      },
    } as unknown as RequestInit).catch((error: unknown) => {
      throw problem ?? (isRefusedConnection(error) ? noServer(client.url) : error);
    });
    if (!response.ok || !response.body) throw await refusal(response);
    let answer: Line | null = null;
    for await (const line of linesOf(response.body as unknown as AsyncIterable<Uint8Array>)) {
      answer = JSON.parse(line) as Line;
      if (answer.progress) progress.update(answer.progress.done, answer.progress.rows, `${answer.progress.done} rows`);
    }
    if (problem) throw problem as Error;
    if (answer?.error) throw new CommandFailure(answer.error.code, answer.error.message);
    if (!answer?.dataset)
      throw new CommandFailure("NO_SERVER", "The server went away before it was done; give the same command again.");
    return answer as unknown as UploadAnswer;
  } finally {
    progress.stop();
  }
}

const isRefusedConnection = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOTFOUND"].includes(String((error as { cause?: { code?: string } }).cause?.code));

async function refusal(response: Response): Promise<CommandFailure> {
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
