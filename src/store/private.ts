/**
 * The data folder is for its user alone: folders 0700, files 0600.
 * One exception: a folder of root that others may enter stays 0711, because the embedded database runs as another user
 * and has to reach its own folder, which is 0700.
 */
import { chmod, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

/** What Maillard makes in its data folder. The folder of the database is 0700 from its beginning. */
const PARTS = ["artifacts", "cache", "uploads", "postgres.json"];

/** From here on, what this process and its children make is for their user alone, unless it says otherwise. */
export const makeFilesPrivate = (): void => void process.umask(0o077);

/** Mends the data folder and what Maillard made in it: earlier versions left it readable by others. */
export async function makeHomePrivate(home: string): Promise<void> {
  const { mode } = await lstat(home);
  // A folder for everybody, such as /tmp, stays as it is.
  if (!(mode & 0o1000)) await restrict(home, process.getuid?.() === 0 && mode & 0o001 ? 0o711 : 0o700);
  for (const name of PARTS) await restrictTree(join(home, name));
}

async function restrictTree(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => null);
  if (stat?.isFile() && stat.mode & 0o077) await restrict(path, 0o600);
  if (!stat?.isDirectory()) return;
  if (stat.mode & 0o077) await restrict(path, 0o700);
  for (const name of await readdir(path)) await restrictTree(join(path, name));
}

/** A folder of another user, or on a file system without modes, stays as it is. */
async function restrict(path: string, mode: number): Promise<void> {
  await chmod(path, mode).catch((error: NodeJS.ErrnoException) => {
    if (!["EPERM", "EROFS", "ENOTSUP", "ENOENT"].includes(error.code ?? "")) throw error;
  });
}
