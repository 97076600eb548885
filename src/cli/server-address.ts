/**
 * Where the server of a data folder answers: `maillard serve` writes it to a file of its own under
 * `<home>/servers`, and the other commands of the same folder read it, so that they find a server on any port. The file
 * is its user's alone (0600), because the key of the API is sent to the address that it names: one that others could
 * write is not read.
 */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { isAlive, noteOf } from "../process/alive.js";

interface Noted {
  url: string;
  pid: number;
  /** When that process began (process/alive.ts); null, and in notes of earlier versions, where it is not known. */
  started: number | null;
  host: string;
}

const folderOf = (home: string): string => join(home, "servers");

/** Called when the server of `home` answers. The returned function is called when it closes. */
export async function noteAddress(home: string, url: string): Promise<() => Promise<void>> {
  const folder = folderOf(home);
  const noted: Noted = { url, ...noteOf(), host: hostname() };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // What servers left that were killed.
  for (const file of filesIn(folder)) {
    const one = read(file);
    if (one && one.host === noted.host && !isAlive(one)) await rm(file, { force: true });
  }
  const file = join(folder, `${randomUUID()}.json`);
  const part = `${file}.part`;
  await writeFile(part, `${JSON.stringify(noted)}\n`, { mode: 0o600 });
  await rename(part, file);
  return () => rm(file, { force: true });
}

/**
 * The endpoint of the running server whose data folder MAILLARD_HOME, or ./.maillard, is, of several the one that
 * started last; null when there is none.
 */
export function addressOfHome(environment: Readonly<Record<string, string | undefined>>): string | null {
  const running = filesIn(folderOf(resolve(environment.MAILLARD_HOME || ".maillard"))).flatMap((file) => {
    const since = ownSince(file);
    const noted = since === null ? null : read(file);
    return since !== null && noted && noted.host === hostname() && isAlive(noted) ? [{ since, ...noted }] : [];
  });
  const [last] = running.sort((a, b) => b.since - a.since);
  return last ? `${last.url}/graphql` : null;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** When the file was written, in ms; null for one that others could write or read. */
function ownSince(file: string): number | null {
  try {
    const { uid, mode, mtimeMs } = statSync(file);
    if (process.getuid && uid !== process.getuid()) return null;
    return process.platform !== "win32" && mode & 0o077 ? null : mtimeMs;
  } catch {
    return null;
  }
}

/** Null for what this module did not write. */
function read(file: string): Noted | null {
  try {
    const { url, pid, started, host } = JSON.parse(readFileSync(file, "utf8")) as Partial<Noted>;
    if (typeof url !== "string" || typeof host !== "string" || !Number.isSafeInteger(pid)) return null;
    return { url, host, pid: pid as number, started: typeof started === "number" ? started : null };
  } catch {
    return null;
  }
}
