/**
 * Where the server of a data folder answers: `maillard serve` writes it to `<home>/server.json`, and the other commands
 * of the same folder read it, so that they find a server on any port. The file is its user's alone (0600), because the
 * key of the API is sent to the address that it names: one that others could write is not read.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";

interface Noted {
  url: string;
  pid: number;
  host: string;
}

const fileOf = (home: string): string => join(home, "server.json");

/** Called when the server of `home` answers. The returned function is called when it closes. */
export async function noteAddress(home: string, url: string): Promise<() => Promise<void>> {
  const file = fileOf(home);
  const noted: Noted = { url, pid: process.pid, host: hostname() };
  const part = `${file}.${randomUUID()}`;
  await writeFile(part, `${JSON.stringify(noted)}\n`, { mode: 0o600 });
  await rename(part, file);
  return async () => {
    // Another server of the same folder may have written its own since.
    if (read(file)?.pid === process.pid) await rm(file, { force: true });
  };
}

/** The endpoint of the running server whose data folder MAILLARD_HOME, or ./.maillard, is; null when there is none. */
export function addressOfHome(environment: Readonly<Record<string, string | undefined>>): string | null {
  const file = fileOf(resolve(environment.MAILLARD_HOME || ".maillard"));
  try {
    const { uid, mode } = statSync(file);
    if (process.getuid && uid !== process.getuid()) return null;
    if (process.platform !== "win32" && mode & 0o077) return null;
  } catch {
    return null;
  }
  const noted = read(file);
  return noted && noted.host === hostname() && isAlive(noted.pid) ? `${noted.url}/graphql` : null;
}

/** Null for what this module did not write. */
function read(file: string): Noted | null {
  try {
    const { url, pid, host } = JSON.parse(readFileSync(file, "utf8")) as Partial<Noted>;
    if (typeof url !== "string" || typeof host !== "string" || !Number.isSafeInteger(pid)) return null;
    return { url, host, pid: pid as number };
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
