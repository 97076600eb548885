/** The files of an export as one tar.gz, while they are read. */
import { createReadStream } from "node:fs";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGzip } from "node:zlib";
import { pack } from "tar-stream";
import type { ExportEntry } from "./export-model.js";

/** `changed`: time of every file. The same files give the same bytes. */
export function archiveOf(entries: readonly ExportEntry[], changed: Date): Readable {
  const archive = pack();
  // Weights are hardly smaller for more work.
  const zipped = createGzip({ level: constants.Z_BEST_SPEED });
  const out = new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
  // An error ends the archive before its end, so that no reader takes it for whole.
  void pipeline(archive as unknown as Readable, zipped, out).catch((error: Error) => out.destroy(error));
  void fill().catch((error: Error) => out.destroy(error));
  out.once("close", () => archive.destroy());
  return out;

  async function fill(): Promise<void> {
    for (const entry of entries) {
      const header = { name: entry.path, size: entry.bytes, mtime: changed, mode: 0o644 };
      if ("text" in entry) archive.entry(header, entry.text);
      else await pipeline(createReadStream(entry.file, { highWaterMark: 2 ** 18 }), archive.entry(header));
    }
    archive.finalize();
  }
}
