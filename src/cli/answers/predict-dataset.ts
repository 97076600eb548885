/**
 * `maillard predict --dataset` and `--run`: a run of the server over a dataset, followed to its end, and its table,
 * which is written whole or not at all. Ctrl-C leaves the run; `--run` comes back to it.
 */

import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { MOLECULE_FORMATS } from "../../datasets/files/molecule-formats.js";
import { fileFormat } from "../../tables/formats.js";
import { amount } from "../../words.js";
import { RUN_PREDICTIONS, START_PREDICTION } from "../documents/run.js";
import { CommandFailure, EXIT, noServer } from "../failure.js";
import { findRun } from "../find-run.js";
import { type AnnotationOptions, annotationsOf } from "../flags/runs/annotation-flags.js";
import { followRun } from "../follow/watch-run.js";
import { requireFree } from "../output/free-path.js";
import type { Session } from "../session.js";

export interface PredictDatasetOptions extends AnnotationOptions {
  model: string;
  averageOver: number;
  probabilities: boolean;
  spreadsheet: boolean;
  /** A file that is there is replaced. */
  force: boolean;
  /** "-" or absent: standard output. */
  out?: string;
  format?: string;
}

/** `of`: a dataset, for which a run is started; or a run, by name or id. */
export async function predictDataset(
  session: Session,
  of: { dataset: string } | { run: string },
  options: PredictDatasetOptions,
): Promise<void> {
  const out = options.out === "-" ? undefined : options.out;
  const named = options.format ?? (out === undefined ? "csv" : null);
  const { format, gzip } = fileFormat(out ?? null, named, { formats: MOLECULE_FORMATS, param: "out" });
  if (out !== undefined) await requireFree(out, options);
  const run = "run" in of ? await findRun(session.client, of.run) : await start(session, of.dataset, options);
  const finished = await followRun(session, run);
  if (!finished) {
    const back = `npx maillard predict --run ${run.id}${out === undefined ? "" : ` --out ${out}`}`;
    session.terminal.err(`${run.name} goes on without this terminal. Come back with: ${back}`);
    session.exitCode = EXIT.interrupted;
    return;
  }
  if (finished.error) throw new CommandFailure(finished.error.code, finished.error.message);
  const { run: found } = await session.client.execute(RUN_PREDICTIONS, { id: run.id });
  if (!found?.predictions)
    throw new CommandFailure("CONFLICT", `The run ${run.name} is ${finished.status} and has no predictions.`);
  const { url, rows, problems } = found.predictions;
  const fields = new URLSearchParams({
    ...{ output: format.toLowerCase(), gzip: String(gzip) },
    ...{ probabilities: String(options.probabilities), spreadsheet: String(options.spreadsheet) },
  });
  await download(session, `${url}?${fields}`, out);
  const without = problems.reduce((sum, { count }) => sum + count, 0);
  const codes = problems.map(({ code, count }) => `${code} ${count}`).join(", ");
  const said = without > 0 ? `, ${without} without an answer (${codes})` : "";
  session.terminal.err(`${out ?? "standard output"}: ${amount(rows, "row")}${said}`);
}

async function start(session: Session, dataset: string, options: PredictDatasetOptions) {
  const { model, averageOver } = options;
  const input = { model, dataset, averageOver, idempotencyKey: null, ...annotationsOf(options) };
  return (await session.client.execute(START_PREDICTION, { input })).startPrediction.run;
}

async function download({ client, terminal }: Session, path: string, out: string | undefined): Promise<void> {
  const response = await fetch(new URL(path, client.url), { headers: client.authorization }).catch(() => {
    throw noServer(client.url);
  });
  if (!response.ok || !response.body) throw await refusal(response);
  const part = `${out}.part`;
  const target = out === undefined ? standardOutput(terminal) : createWriteStream(part, { flush: true });
  try {
    await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), target);
  } catch (error) {
    if (out !== undefined) await rm(part, { force: true });
    if ((error as { code?: string }).code === GONE) return;
    throw new CommandFailure("NO_SERVER", `The table broke off (${(error as Error).message}); give the command again.`);
  }
  if (out !== undefined) await rename(part, out);
}

const GONE = "READER_GONE";

function standardOutput({ write }: Session["terminal"]): Writable {
  return new Writable({
    write: (bytes: Buffer, _encoding, done) =>
      void write(bytes).then((room) => done(room ? null : Object.assign(new Error(GONE), { code: GONE }))),
  });
}

async function refusal(response: Response): Promise<CommandFailure> {
  const text = await response.text();
  try {
    const { errors } = JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] };
    return new CommandFailure(errors[0].extensions.code, errors[0].message);
  } catch {
    return new CommandFailure("NO_SERVER", `The server answered HTTP ${response.status}: ${text.slice(0, 80)}`);
  }
}
