/**
 * The table of answers of a run over a dataset, as files of the artifact store: predictions/<run>/<part>.jsonl.gz. A
 * part has the members at PART positions of the dataset, and is written as a whole or not at all; so a run that was
 * interrupted goes on after its last part, and a part that two workers write is the same.
 * Its first line is { rows, errors }; then follow lines of
 *   [position, name, SMILES, InChIKey, [score, …] or null, note, error code, error message]
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { MaillardError } from "../../errors.js";
import type { Store } from "../../store/index.js";
import { predictionArtifact } from "../orders/prediction-order.js";
import type { RowAnswer } from "./columns.js";

/** Positions of a part. */
export const PART = 2_048;
/** Estimated for each row before it is written, packed: names and keys, and four bytes for each score. */
const ROW_BYTES = 100;

const partArtifact = (runId: string, part: number): string =>
  `${predictionArtifact(runId)}/${String(part).padStart(7, "0")}.jsonl.gz`;
export const expectedBytes = (rows: number, labels: number): number => rows * (ROW_BYTES + 4 * labels);

export interface Member {
  position: number;
  name: string | null;
  smiles: string;
  inchiKey: string;
}

export interface AnsweredMember {
  row: Member;
  answer: RowAnswer;
}

type Line = [number, string | null, string, string, number[] | null, string | null, string | null, string | null];

interface Counts {
  rows: number;
  /** Rows without an answer, by code. */
  errors: Record<string, number>;
}

type Files = Pick<Store, "artifacts">;

export async function writePart({ artifacts }: Files, runId: string, part: number, answered: AnsweredMember[]) {
  const counts: Counts = { rows: answered.length, errors: {} };
  for (const { answer } of answered)
    if ("code" in answer) counts.errors[answer.code] = (counts.errors[answer.code] ?? 0) + 1;
  const lines = [counts, ...answered.map(lineOf)].map((line) => `${JSON.stringify(line)}\n`);
  await artifacts.write(partArtifact(runId, part), await promisify(gzip)(lines.join("")));
}

function lineOf({ row: { position, name, smiles, inchiKey }, answer }: AnsweredMember): Line {
  const row = [position, name, smiles, inchiKey] as const;
  return "code" in answer
    ? [...row, null, null, answer.code, answer.message]
    : [...row, [...answer.scores], answer.note, null, null];
}

/** Parts that are there, from the first without a gap. */
export async function partsOf({ artifacts }: Files, runId: string): Promise<number> {
  const names = new Set(await readdir(artifacts.path(predictionArtifact(runId))).catch(() => []));
  let parts = 0;
  while (names.has(partArtifact(runId, parts).split("/").at(-1) as string)) parts++;
  return parts;
}

/** Of all parts together, and their bytes on disk. */
export async function totalOf(files: Files, runId: string): Promise<Counts & { bytes: number }> {
  const total = { rows: 0, errors: {} as Record<string, number>, bytes: 0 };
  const parts = await partsOf(files, runId);
  for (let part = 0; part < parts; part++) {
    const path = files.artifacts.path(partArtifact(runId, part));
    const [{ rows, errors }] = await linesOf<Counts>(path);
    total.bytes += (await stat(path)).size;
    total.rows += rows;
    for (const [code, times] of Object.entries(errors)) total.errors[code] = (total.errors[code] ?? 0) + times;
  }
  return total;
}

/** NOT_FOUND where the files of a run that has succeeded are not on this machine. */
export async function requireParts(files: Files, runId: string, positions: number): Promise<void> {
  const [found, parts] = [await partsOf(files, runId), Math.ceil(positions / PART)];
  if (found >= parts) return;
  throw new MaillardError(
    "NOT_FOUND",
    `Of the ${parts} files of this run ${found} are in ${predictionArtifact(runId)} of this machine. Ask the server ` +
      "that has the artifacts, or start the run again.",
    { param: "id" },
  );
}

/** All rows in the order of the dataset, a part at a time. */
export async function* readParts(files: Files, runId: string): AsyncGenerator<AnsweredMember[]> {
  const parts = await partsOf(files, runId);
  for (let part = 0; part < parts; part++) {
    const lines = await linesOf<Line>(files.artifacts.path(partArtifact(runId, part)));
    yield lines.slice(1).map(answeredOf);
  }
}

function answeredOf([position, name, smiles, inchiKey, scores, note, code, message]: Line): AnsweredMember {
  const row = { position, name, smiles, inchiKey };
  if (scores) return { row, answer: { scores: Float64Array.from(scores), note } };
  return { row, answer: { code: code ?? "INTERNAL", message: message ?? "" } };
}

async function linesOf<T>(path: string): Promise<T[]> {
  const text = (await promisify(gunzip)(await readFile(path))).toString();
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
