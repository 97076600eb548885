/** Errors as plain data that a child process may send to its parent: without absolute paths of this machine. */
import { MaillardError, systemFault } from "../errors.js";

export type ErrorJson = ReturnType<MaillardError["toJSON"]>;

/** Of each absolute path only the last part stays. */
export const withoutPaths = (text: string): string => text.replace(/(?:file:\/\/)?(?:\/[\w.@+-]+){2,}/g, lastPart);

const lastPart = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Any thrown value. A refusal of the disk is DISK_FULL; other errors of the runtime or of Node become INTERNAL. */
export function errorJson(value: unknown): ErrorJson {
  if (value instanceof MaillardError) return { ...value.toJSON(), message: withoutPaths(value.message) };
  const fault = systemFault(value);
  if (fault) return fault.toJSON();
  const text = value instanceof Error ? value.message : String(value);
  return new MaillardError("INTERNAL", withoutPaths(text)).toJSON();
}
