/**
 * A file that grows in pieces and is there once it is whole: <out>.part, and <out>.part.json, which says how much of it
 * is complete. A piece is written and synced before the state names it, and what lies behind the state is cut off when
 * the work goes on: after a kill at any moment no row is missing and none is there twice.
 *   text formats   pieces follow each other; in gzip each piece is a member, which readers join
 *   Parquet        .part has rows of JSON; the file is made of them at the end
 */
import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import {
  type MoleculeFormat,
  type MoleculePlaces,
  moleculeText,
  moleculeWriter,
} from "../../datasets/files/molecule-formats.js";
import { isAlive, noteOf } from "../../process/alive.js";
import type { FileFormat } from "../../tables/formats.js";
import type { Cell, Column, RowText } from "../../tables/types.js";
import { CommandFailure } from "../failure.js";

export interface PartFormat extends FileFormat<MoleculeFormat>, Omit<MoleculePlaces, "block"> {
  spreadsheet: boolean;
}

/** What has to be the same for the work to go on. */
export type Identity = Readonly<Record<string, string | number | boolean | null>>;

export interface Done {
  rows: number;
  /** Of .part. */
  bytes: number;
  /** Rows without an answer, by code. */
  errors: Record<string, number>;
  /** Of the model that answered them; null: none are there. */
  checksum: string | null;
}

interface State extends Done {
  version: 1;
  identity: Identity;
  /** `started`: see process/alive.ts; earlier versions wrote none. */
  writer: { host: string; process: number; started?: number | null };
}

const NOTHING: Done = { rows: 0, bytes: 0, errors: {}, checksum: null };

export class PartFile {
  readonly #part: string;
  readonly #state: string;
  #text: RowText | null = null;

  private constructor(
    private readonly path: string,
    private readonly format: PartFormat,
    private readonly identity: Identity,
    private readonly file: FileHandle,
    public done: Done,
  ) {
    [this.#part, this.#state] = namesOf(path);
  }

  /** Whether a part of the file waits to be gone on with. */
  static async isBegun(path: string): Promise<boolean> {
    const sizes = await Promise.all(namesOf(path).map(sizeOf));
    return sizes.every((bytes) => bytes >= 0);
  }

  /** CONFLICT where another order was begun, or another process writes. `again`: what was begun is dropped. */
  static async open(
    path: string,
    format: PartFormat,
    identity: Identity,
    { again }: { again: boolean },
  ): Promise<PartFile> {
    const [part, state] = namesOf(path);
    const found = await readState(state);
    if (found) checkWriter(path, found);
    if (found && !again) checkIdentity(path, found.identity, identity);
    const done = found && !again && (await sizeOf(part)) >= found.bytes ? found : NOTHING;
    const file = await open(part, done.bytes > 0 ? "r+" : "w").catch((error: Error) => {
      throw new CommandFailure("BAD_INPUT", `${path} cannot be written: ${error.message}`);
    });
    await file.truncate(done.bytes);
    const opened = new PartFile(path, format, identity, file, { ...done });
    await opened.#writeState();
    return opened;
  }

  /** All rows of a piece, or none. */
  async append(columns: readonly Column[], rows: readonly (readonly Cell[])[], more: Omit<Done, "bytes">) {
    const { format, gzip } = this.format;
    let text: string;
    if (format === "PARQUET") {
      const first = this.done.bytes === 0 ? `${JSON.stringify(columns)}\n` : "";
      text = first + rows.map((cells) => `${JSON.stringify(cells)}\n`).join("");
    } else {
      this.#text ??= moleculeText(format, columns, placesOf(this.format, columns), this.format);
      const lines = this.#text;
      text = (this.done.bytes === 0 ? lines.head : "") + rows.map((cells) => lines.row(cells)).join("");
    }
    const bytes = gzip ? gzipSync(text) : Buffer.from(text);
    await this.file.write(bytes, 0, bytes.length, this.done.bytes);
    await this.file.datasync();
    this.done = { ...more, bytes: this.done.bytes + bytes.length };
    await this.#writeState();
  }

  /** The file gets its name. */
  async finish(): Promise<void> {
    await this.close();
    if (this.format.format === "PARQUET") {
      const whole = `${this.path}.part.parquet`;
      await this.#convert(whole);
      await rename(whole, this.path);
      await rm(this.#part, { force: true });
    } else await rename(this.#part, this.path);
    await rm(this.#state, { force: true });
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async #convert(path: string): Promise<void> {
    const lines = createInterface({ input: createReadStream(this.#part), crlfDelay: Number.POSITIVE_INFINITY });
    let writer: ReturnType<typeof moleculeWriter> | null = null;
    const target = createWriteStream(path, { flush: true });
    for await (const line of lines) {
      if (writer) await writer.write(JSON.parse(line) as Cell[]);
      else {
        const columns = JSON.parse(line) as Column[];
        writer = moleculeWriter(target, "PARQUET", columns, placesOf(this.format, columns));
      }
    }
    await writer?.end();
  }

  async #writeState(): Promise<void> {
    const { pid, started } = noteOf();
    const writer = { host: hostname(), process: pid, started };
    const state: State = { version: 1, identity: this.identity, writer, ...this.done };
    const temporary = `${this.#state}.tmp`;
    const file = await open(temporary, "w");
    try {
      await file.writeFile(`${JSON.stringify(state, null, 2)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#state);
  }
}

/** Places in the columns that are written: a column of mol blocks comes before those of the input. */
export function placesOf(
  { smiles, name }: Pick<PartFormat, "smiles" | "name">,
  [first]: readonly Column[],
): MoleculePlaces {
  const block = first?.name === "mol_block" ? 0 : null;
  const shift = block === null ? 0 : 1;
  return { smiles: smiles + shift, name: name === null ? null : name + shift, block };
}

const namesOf = (path: string): [string, string] => [`${path}.part`, `${path}.part.json`];

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.size ?? -1;

async function readState(path: string): Promise<State | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const state = JSON.parse(text) as State;
    if (state.version === 1) return state;
  } catch {
    // Answered below.
  }
  throw new CommandFailure("CONFLICT", `${path} cannot be read. Remove it to begin again, or give --again.`);
}

function checkWriter(path: string, { writer }: State): void {
  const { host, process: pid, started } = writer;
  if (host !== hostname() || pid === process.pid || !isAlive({ pid, started })) return;
  throw new CommandFailure("CONFLICT", `${path} is being written by process ${writer.process}. Wait for its end.`);
}

function checkIdentity(path: string, begun: Identity, now: Identity): void {
  const names = [...new Set([...Object.keys(begun), ...Object.keys(now)])];
  const other = names.filter((name) => (begun[name] ?? null) !== (now[name] ?? null));
  if (other.length === 0) return;
  const differences = other.map((name) => `${name} (${begun[name] ?? "none"} then, ${now[name] ?? "none"} now)`);
  throw new CommandFailure(
    "CONFLICT",
    `${path}.part was begun by another command: ${differences.join(", ")}. ` +
      "Give the same command to go on, or --again to begin again.",
  );
}
