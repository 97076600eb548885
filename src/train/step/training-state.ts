/**
 * The state of a training run as a folder step-<n>, complete or not there:
 *   state.bin    weights, first moments, second moments: float32, little endian, sections as they lie in ParameterArena
 *   state.json   where each tensor lies in a section; identity of the run, position, environment
 *   SHA256SUMS   sha256 and name of both, as sha256sum writes and checks them
 * Written to a folder beside it, synced to disk, then renamed. Written and read in pieces: a state of 1 GB takes 8 MB.
 * Nothing is read into an arena before every byte has been checked.
 */
import { createHash, randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MaillardError, systemFault } from "../../errors.js";
import { syncFolder } from "../../model/checkpoint/files.js";
import type { ParameterArena } from "./kernels/index.js";

export interface TrainingState {
  /** What decides the run's numbers (data, hyperparameters), as a hash: a run loads only states of its own identity. */
  identity: string;
  /** Step, epoch, place in the epoch's order, best score: what the loop needs to continue. JSON. */
  position: Record<string, unknown>;
  /** What the bits depend on besides: versions, processor, threads. JSON. */
  environment?: Record<string, unknown>;
}

/** Tensors and section size: a state fits an arena only when these are equal. */
type Layout = { sectionBytes: number; tensors: { name: string; shape: number[]; offset: number }[] };

const BINARY = "state.bin";
const DOCUMENT = "state.json";
const SUMS = "SHA256SUMS";
const FORMAT = 1;
const PIECE_BYTES = 8 << 20;
/** A folder that has been written for longer than this belongs to a process that has ended. */
const ABANDONED_MS = 3_600_000;

/**
 * Returns the folder's checksum (see `folderChecksum`) and its size in bytes. A valid state of that name with the same
 * bytes is kept (a resumed run writes the same ones again); any other is replaced.
 * @throws DISK_FULL, OVERLOADED, INTERNAL, all retryable: nothing is left of it
 */
export async function writeTrainingState(
  folder: string,
  arena: ParameterArena,
  { identity, position, environment = {} }: TrainingState,
): Promise<{ sha256: string; bytes: number }> {
  const parent = dirname(folder);
  const temporary = join(parent, `.${basename(folder)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await mkdir(temporary, { recursive: true });
    await removeAbandoned(parent);
    const sums = new Map<string, string>();
    const document = JSON.stringify({ format: FORMAT, identity, position, environment, layout: layoutOf(arena) });
    sums.set(BINARY, await writeSynced(join(temporary, BINARY), sections(arena)));
    sums.set(DOCUMENT, await writeSynced(join(temporary, DOCUMENT), [Buffer.from(document)]));
    const listing = Buffer.from(sumsText(sums));
    const sha256 = await writeSynced(join(temporary, SUMS), [listing]);
    await syncFolder(temporary);
    if (await holds(folder, listing)) await rm(temporary, { recursive: true });
    else await replace(temporary, folder);
    const bytes = 3 * arena.weights.byteLength + Buffer.byteLength(document) + listing.length;
    return { sha256, bytes };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {}); // the first error is the one to report
    const fault = systemFault(error);
    if (fault) throw fault;
    const reason = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    const message =
      `The checkpoint ${basename(folder)} could not be written (${reason}); make room or check the folder's ` +
      "permissions.";
    throw new MaillardError("INTERNAL", message, { retryable: true, details: { reason } });
  }
}

/**
 * Checks sizes and checksums, then fills the arena's weights and moments. Without an arena it only checks.
 * A missing, torn or changed file, or a state of other tensors, is CHECKPOINT_INVALID and leaves the arena as it was.
 */
export async function readTrainingState(folder: string, arena?: ParameterArena): Promise<Required<TrainingState>> {
  const invalid = (reason: string) =>
    new MaillardError("CHECKPOINT_INVALID", `The checkpoint ${basename(folder)} cannot be used: ${reason}.`, {
      details: { reason },
    });
  const listing = await readFile(join(folder, SUMS), "utf8").catch(() => {
    throw invalid(`${SUMS} is missing`);
  });
  const sums = new Map(listing.split("\n").map((line) => [line.slice(66), line.slice(0, 64)]));
  for (const file of [DOCUMENT, BINARY]) {
    const found = await checksum(join(folder, file)).catch(() => null);
    if (found === null) throw invalid(`${file} is missing`);
    if (found !== sums.get(file)) throw invalid(`${file} is torn or was changed`);
  }
  const document = JSON.parse(await readFile(join(folder, DOCUMENT), "utf8")) as Required<TrainingState> & {
    format: number;
    layout: Layout;
  };
  if (document.format !== FORMAT) throw invalid(`format ${document.format} is not ${FORMAT}`);
  const { size } = await stat(join(folder, BINARY));
  if (size !== 3 * document.layout.sectionBytes) throw invalid(`${BINARY} has ${size} bytes`);
  if (arena) {
    if (JSON.stringify(document.layout) !== JSON.stringify(layoutOf(arena))) throw invalid("its tensors are others");
    await readInto(join(folder, BINARY), sections(arena));
    arena.restored();
  }
  const { identity, position, environment } = document;
  return { identity, position, environment };
}

/** sha256 of the listing "<sha256>  <name>" of a folder's files in name order, SHA256SUMS itself left out. */
export async function folderChecksum(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name !== SUMS);
  const sums = new Map<string, string>();
  for (const name of names) sums.set(name, await checksum(join(folder, name)));
  return createHash("sha256").update(sumsText(sums)).digest("hex");
}

const sumsText = (sums: ReadonlyMap<string, string>) =>
  [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, sum]) => `${sum}  ${name}\n`)
    .join("");

const layoutOf = (arena: ParameterArena): Layout => ({
  sectionBytes: arena.weights.byteLength,
  tensors: arena.places.map(({ name, shape, offset }) => ({ name, shape, offset })),
});

/** WebAssembly memory is little endian on every machine, so its bytes are the file's bytes. */
const sections = (arena: ParameterArena): Uint8Array[] =>
  [arena.weights, arena.firstMoments, arena.secondMoments].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );

/** Returns the sha256 of what it wrote. */
async function writeSynced(file: string, parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(file, "wx");
  try {
    for (const piece of pieces(parts)) {
      hash.update(piece);
      for (let written = 0; written < piece.length; ) {
        written += (await handle.write(piece, written)).bytesWritten;
      }
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

async function readInto(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file);
  try {
    for (const piece of pieces(parts)) await fill(handle, piece);
  } finally {
    await handle.close();
  }
}

async function fill(handle: FileHandle, piece: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < piece.length) {
    const { bytesRead } = await handle.read(piece, filled, piece.length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

function* pieces(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts) {
    for (let first = 0; first < part.length; first += PIECE_BYTES) yield part.subarray(first, first + PIECE_BYTES);
  }
}

async function checksum(file: string): Promise<string> {
  const hash = createHash("sha256");
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  const handle = await open(file);
  try {
    for (let read = PIECE_BYTES; read === PIECE_BYTES; ) {
      read = await fill(handle, piece);
      hash.update(piece.subarray(0, read));
    }
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

/** True when the folder is a valid state with this listing. */
async function holds(folder: string, listing: Buffer): Promise<boolean> {
  const existing = await readFile(join(folder, SUMS)).catch(() => null);
  if (!existing?.equals(listing)) return false;
  return readTrainingState(folder).then(
    () => true,
    () => false,
  );
}

/** A folder cannot be renamed over one with files in it: the old one is renamed first. */
async function replace(temporary: string, folder: string): Promise<void> {
  const aside = `${temporary.slice(0, -".tmp".length)}.old.tmp`;
  const existed = await rename(folder, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  await rename(temporary, folder);
  await syncFolder(dirname(folder));
  if (existed) await rm(aside, { recursive: true, force: true });
}

/** Folders of writes that a crash interrupted. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!/^\..+\.tmp$/.test(name)) continue;
    const age = await stat(join(parent, name)).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_MS) await rm(join(parent, name), { recursive: true, force: true });
  }
}
