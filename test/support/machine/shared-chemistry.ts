/**
 * One chemistry for all services of a test process: RDKit starts once, and its WebAssembly is compiled once. Each
 * service gets an object of its own around it, so that what a test replaces in it is gone with its service.
 */
import { startChemistry } from "../../../src/chem/index.js";
import type { Chemistry } from "../../../src/chem/types.js";

let started: Promise<Chemistry> | undefined;

/** `close` of the answer ends nothing: the process of RDKit ends with this one. */
export async function sharedChemistry(): Promise<Chemistry> {
  started ??= startChemistry();
  const { search, ...chemistry } = withMethodsOf(await started);
  return { ...chemistry, search: withMethodsOf(search), close: async () => undefined };
}

/** The methods of a class are not enumerable, and need their object. */
function withMethodsOf<T extends object>(object: T): T {
  const own = { ...object } as Record<string, unknown>;
  const prototype = Object.getPrototypeOf(object) as object;
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
    if (typeof value === "function" && name !== "constructor") own[name] = value.bind(object);
  return own as T;
}
