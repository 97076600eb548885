/**
 * Where the loader of Linux finds a shared library, in its order: LD_LIBRARY_PATH, /etc/ld.so.cache, the folders of the
 * system (ld.so(8)). Folders in which CUDA is usually installed, and which the loader does not know by themselves, are
 * looked at last, to say what to do.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Put before absolute folders of the system; "" but in tests. */
  root: string;
}

export const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  environment: process.env,
  root: "",
});

const SYSTEM = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib"];
const USUAL = ["/usr/local/cuda/lib64", "/usr/local/cuda/targets/x86_64-linux/lib", "/opt/cuda/lib64"];

export interface FoundLibrary {
  /** Absolute; null: the loader does not find it. */
  path: string | null;
  /** A folder that has it and in which the loader does not look. */
  elsewhere: string | null;
}

export function findLibrary(name: string, machine: Machine): FoundLibrary {
  const { environment, root } = machine;
  const given = (environment.LD_LIBRARY_PATH ?? "").split(/[:;]/).filter(Boolean);
  const places = [
    ...given.map((folder) => join(folder, name)),
    ...cached(name, machine),
    ...SYSTEM.map((folder) => join(root, folder, name)),
  ];
  const path = places.find((place) => existsSync(place)) ?? null;
  const elsewhere = path ? undefined : USUAL.find((folder) => existsSync(join(root, folder, name)));
  return { path, elsewhere: elsewhere ?? null };
}

/** Paths that ldconfig(8) noted for a name. The file is a table of numbers, then names and paths that end with NUL. */
function cached(name: string, { root }: Machine): string[] {
  try {
    const texts = readFileSync(join(root, "/etc/ld.so.cache"), "latin1").split("\0");
    return texts.filter((text) => text.startsWith("/") && text.endsWith(`/${name}`)).map((path) => join(root, path));
  } catch {
    return [];
  }
}
