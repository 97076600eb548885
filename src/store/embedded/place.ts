/**
 * Where the data and programs of the embedded server are, and as which user it runs.
 *
 * A normal user: data in <home>/postgres, programs in node_modules, everything as that user. Root: PostgreSQL refuses
 * root, so it runs as uid 65534 (no user is created). That uid must be able to reach its files:
 *   - every folder above <home>/postgres can be entered by others: data in <home>/postgres, owned by uid 65534
 *   - one of them cannot (a 0700 home, /root): data in /var/lib/maillard/<hash of the home's path>/postgres
 *   - the same for the programs: node_modules, or a copy in /var/lib/maillard
 * Data outside its home is named in <home>/postgres.json, so that a home that was moved finds it.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { access, chmod, constants, mkdir, readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MaillardError } from "../../errors.js";
import { type Binaries, copyBinaries, ensureLinks, findBinaries } from "./binaries.js";

/** The user "nobody" of nearly every system; only the number is used. */
const SERVER_UID = 65_534;

export interface Place {
  /** PGDATA. */
  data: string;
  /** Folder of initdb and postgres. */
  programs: string;
  /** The user to run as; null: the user of this process. */
  uid: number | null;
}

/** Folder for files that the server of root needs outside a home. */
const SHARED = "/var/lib/maillard";

export async function findPlace(home: string, binaries?: Binaries): Promise<Place> {
  await makeHome(home);
  return placeFor(await realpath(home), binaries ?? (await findBinaries()));
}

async function placeFor(real: string, binaries: Binaries): Promise<Place> {
  if (process.getuid?.() !== 0) {
    // When the package is read-only, a copy in the home gets the links.
    const folder = await ensureLinks(binaries.folder).then(
      () => binaries.folder,
      () => copyBinaries(binaries, join(real, "cache")),
    );
    return { data: join(real, "postgres"), programs: join(folder, "bin"), uid: null };
  }
  const data = await rootData(real);
  // Data that a normal user made stays that user's.
  const uid = (await ownerOf(data)) ?? SERVER_UID;
  const reachable = await isReachable(binaries.folder, uid);
  if (!reachable) await makeShared();
  const folder = reachable ? binaries.folder : await copyBinaries(binaries, SHARED);
  if (reachable) await ensureLinks(folder);
  return { data, programs: join(folder, "bin"), uid };
}

async function makeHome(home: string): Promise<void> {
  // The server of root runs as another user, who must be able to enter.
  await mkdir(home, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    .then(() => access(home, constants.W_OK | constants.X_OK))
    .catch((error: NodeJS.ErrnoException) => {
      throw new MaillardError(
        "STARTUP",
        `The data folder ${home} cannot be written (${error.code}). Make it writable, or choose another: ` +
          "MAILLARD_HOME=<folder>.",
        { param: "MAILLARD_HOME" },
      );
    });
}

async function rootData(home: string): Promise<string> {
  const known = await rememberedData(home);
  if (known !== null) return known;
  const inside = join(home, "postgres");
  const owner = await ownerOf(inside);
  if (await isReachable(home, owner ?? SERVER_UID)) return inside;
  if (owner !== null) {
    throw new MaillardError(
      "STARTUP",
      `The database in ${inside} runs as user ${owner}, who cannot get into a folder above it any more. Run: ` +
        "chmod o+x on those folders.",
      { param: "MAILLARD_HOME" },
    );
  }
  await makeShared();
  const outside = join(SHARED, createHash("sha256").update(home).digest("hex").slice(0, 16));
  await mkdir(outside, { recursive: true });
  await chmod(outside, 0o711);
  const data = join(outside, "postgres");
  await remember(home, data);
  return data;
}

/** Owner of a path who is not root; null when there is none. */
const ownerOf = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ uid }) => (uid === 0 ? null : uid),
    () => null,
  );

async function rememberedData(home: string): Promise<string | null> {
  const note = join(home, "postgres.json");
  if (!existsSync(note)) return null;
  const { data, home: writtenIn } = JSON.parse(await readFile(note, "utf8")) as { data: string; home: string };
  const other = writtenIn === home ? null : join(writtenIn, "postgres.json");
  if (other !== null && existsSync(other)) {
    throw new MaillardError(
      "STARTUP",
      `${home} is a copy of ${writtenIn}, and both would use the database in ${data}. ` +
        `Remove ${note} to begin with an empty one, or use the original.`,
      { param: "MAILLARD_HOME" },
    );
  }
  if (other !== null) await remember(home, data);
  return data;
}

async function remember(home: string, data: string): Promise<void> {
  const note = join(home, "postgres.json");
  await writeFile(`${note}.tmp`, `${JSON.stringify({ data, home }, null, 2)}\n`, { mode: 0o600 });
  await rename(`${note}.tmp`, note);
}

async function makeShared(): Promise<void> {
  await mkdir(SHARED, { recursive: true, mode: 0o711 });
  await chmod(SHARED, 0o711);
}

/** True when `user`, who is in no group of the folders' owners, can get into `folder`. */
export async function isReachable(folder: string, user = SERVER_UID): Promise<boolean> {
  for (let path = await realpath(folder); ; path = dirname(path)) {
    const { mode, uid } = await stat(path);
    if (!(mode & (uid === user ? 0o100 : 0o001))) return false;
    if (path === dirname(path)) return true;
  }
}
