/**
 * A FooDB dump for sending: a plain tar of the tables that are read, from an archive or a folder, as a stream. For the
 * dump of 2020 that is a fifth of the bytes.
 */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { MaillardError } from "../../errors.js";
import type { ImportLimits } from "../limits.js";
import { tablesOfFolder, tablesOfTar } from "./tables.js";

/** BAD_INPUT when there is nothing at the path, or no table in it, as an error of the stream; limits as there. */
export async function packFoodb(path: string, limits: ImportLimits): Promise<Readable> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new MaillardError("BAD_INPUT", `${path} cannot be read (${error.code}).`, { param: "file" });
  });
  const tables = found.isDirectory() ? tablesOfFolder(path) : tablesOfTar(createReadStream(path), limits);
  const archive = pack();
  const out = new PassThrough();
  void fill().then(
    () => archive.finalize(),
    (error: Error) => out.destroy(error),
  );
  archive.on("error", (error: Error) => out.destroy(error));
  return Readable.from(archive.pipe(out), { objectMode: false });

  async function fill(): Promise<void> {
    let count = 0;
    for await (const { table, bytes, size } of tables) {
      count++;
      await pipeline(bytes, archive.entry({ name: `foodb/${table}.csv`, size }));
    }
    if (count === 0)
      throw new MaillardError("BAD_INPUT", `${path} holds no table of FooDB: Compound.csv is needed.`, {
        param: "file",
      });
  }
}
