/** A file that a command would replace: refused, unless --force says so. */
import { lstat } from "node:fs/promises";
import { CommandFailure } from "../failure.js";

/** Of the option --force. */
export const FORCE = "replace a file of that name that is there already";

/** CONFLICT where something is at the path already. */
export async function requireFree(path: string, { force }: { force: boolean }): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (!found) return;
  if (found.isDirectory()) throw new CommandFailure("BAD_INPUT", `${path} is a folder: give the path of a file.`);
  if (force) return;
  throw new CommandFailure("CONFLICT", `${path} is there already: give another --out, or --force to replace it.`);
}
