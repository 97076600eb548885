/**
 * What a backup says of itself, in its last two parts: its tables and files with the sha256 of every part. The last of
 * all is the sha256 of the manifest, so that a backup without its end is no backup.
 */
import { createHash } from "node:crypto";
import { MaillardError } from "../../errors.js";
import { type ArchiveWriter, broken, type Part, readArchive } from "./archive.js";

const MANIFEST = "manifest.json";
const SEAL = "manifest.sha256";
/** Of the layout of a backup; a newer one is refused. */
export const FORMAT = 1;
/** A manifest names each part: 100 MB are some 700,000. */
const MOST_BYTES = 100_000_000;

export interface TableBackup {
  name: string;
  /** Those that the database does not compute itself. */
  columns: string[];
  rows: number;
  /** In PostgreSQL's text format of COPY, one after the other. */
  parts: Part[];
}

export interface Manifest {
  format: number;
  createdAt: string;
  /** Applied, in order. */
  migrations: { name: string; checksum: string }[];
  tables: TableBackup[];
  /** `name`: "artifacts/<path in the artifact store>". */
  files: Part[];
  /** Artifacts that a row names and that were not on this host. */
  missing: string[];
}

export async function writeManifest(archive: ArchiveWriter, manifest: Manifest): Promise<void> {
  const text = Buffer.from(JSON.stringify(manifest));
  const { sha256 } = await archive.addBytes(MANIFEST, text);
  await archive.addBytes(SEAL, Buffer.from(sha256));
}

/**
 * Reads the whole file and compares every part with the manifest. BAD_INPUT: not a backup, cut off, or of a newer
 * version. CHECKSUM_MISMATCH: a part has other bytes than were written.
 */
export async function verifyBackup(file: string): Promise<Manifest> {
  const found: Part[] = [];
  let text: Buffer | null = null;
  let seal = "";
  for await (const { name, size, bytes } of readArchive(file)) {
    const hash = createHash("sha256");
    const kept: Buffer[] = [];
    const isKept = (name === MANIFEST || name === SEAL) && size <= MOST_BYTES;
    for await (const chunk of bytes) {
      hash.update(chunk);
      if (isKept) kept.push(chunk);
    }
    const sha256 = hash.digest("hex");
    if (name === SEAL) seal = Buffer.concat(kept).toString();
    else if (name === MANIFEST) text = Buffer.concat(kept);
    else found.push({ name, bytes: size, sha256 });
  }
  if (!text || !seal) throw broken("its end is missing");
  if (createHash("sha256").update(text).digest("hex") !== seal) throw mismatch(MANIFEST);
  const manifest = JSON.parse(text.toString()) as Manifest;
  if (manifest.format !== FORMAT)
    throw broken(`it has format ${manifest.format}, and this version of Maillard reads format ${FORMAT}`);
  const said = [...manifest.tables.flatMap(({ parts }) => parts), ...manifest.files];
  for (const [place, part] of said.entries()) {
    if (found[place]?.name !== part.name) throw mismatch(part.name);
    if (found[place].sha256 !== part.sha256) throw mismatch(part.name);
  }
  if (found.length !== said.length) throw mismatch(found[said.length].name);
  return manifest;
}

const mismatch = (part: string): MaillardError =>
  new MaillardError(
    "CHECKSUM_MISMATCH",
    `The backup is damaged: ${part} is not what was written. Nothing was changed. Take another copy of it.`,
    { param: "file", details: { part } },
  );
