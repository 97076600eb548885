/**
 * An own PostgreSQL server, reached by a unix socket in a 0700 folder; it listens on no port.
 *
 *   absent -> initialised -> running -> stopped
 *
 * It is detached: the end of this process does not end it. A process that finds it running (postmaster.pid) uses it, so
 * that several processes share one server, and a start after kill -9 finds it again. `stop` ends it in any case.
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, lstat, mkdir, open, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { MaillardError } from "../../errors.js";
import { isAlive } from "../../process/alive.js";
import { isUniqueViolation } from "../sql.js";
import { isReachable, type Place } from "./place.js";

const DATABASE = "maillard";
const USER = "maillard";
/** Recovery after a crash replays the log; a longer start is an error. */
const START_TIMEOUT_MS = 60_000;
const MAX_LOG_BYTES = 10_000_000;

export interface RunningServer {
  /** URL of the database, over the socket. */
  url: string;
  processId: number;
  /** False when it was found running. */
  started: boolean;
}

export async function ensureRunning(
  place: Place,
  onProgress: (message: string) => void,
  settings: Record<string, string> = {},
): Promise<RunningServer> {
  if (!existsSync(join(place.data, "PG_VERSION"))) await initialise(place, onProgress);
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const adopted = await adopt(place, deadline);
    if (adopted) return adopted;
    onProgress("starting the database");
    const outcome = await start(place, deadline, settings);
    if (typeof outcome !== "string") return outcome;
    // Another process was first, or children of a killed server are still running.
    const passing =
      /postmaster\.pid" already exists|shared memory block .* still in use|could not create lock file/.test(outcome);
    if (!passing || Date.now() > deadline) {
      throw new MaillardError("STARTUP", `The embedded PostgreSQL did not start:\n${outcome}`, {
        param: "MAILLARD_HOME",
        details: { data: place.data },
      });
    }
    await delay(100);
  }
}

/** URL of the server that runs on this data; null: none does. Nothing is started. */
export async function runningUrl(data: string): Promise<string | null> {
  const lock = await readLock(data);
  return lock && (await isPostgres(lock.processId)) ? urlOf(lock.socketFolder) : null;
}

/** Stops the server and waits for its end: sessions are closed, everything is written. */
export async function stop(place: Place): Promise<void> {
  const lock = await readLock(place.data);
  if (!lock || !(await isPostgres(lock.processId))) return;
  signal(lock.processId, "SIGINT");
  for (const deadline = Date.now() + 30_000; isAlive({ pid: lock.processId }); await delay(10)) {
    if (Date.now() > deadline) return void signal(lock.processId, "SIGQUIT");
  }
  // the server removed its files; a folder with other files stays
  await rmdir(lock.socketFolder).catch(() => undefined);
}

/** initdb into a temporary folder, renamed when complete: a kill, or two at once, leave one cluster or none. */
async function initialise(place: Place, onProgress: (message: string) => void): Promise<void> {
  onProgress("creating the database (once)");
  await mkdir(dirname(place.data), { recursive: true });
  const temporary = `${place.data}.${randomBytes(4).toString("hex")}.tmp`;
  await mkdir(temporary, { mode: 0o700 });
  try {
    if (place.uid !== null) await chown(temporary, place.uid, place.uid);
    const options = [
      "--pgdata",
      temporary,
      "--username",
      USER,
      "--encoding=UTF8",
      "--locale=C",
      "--auth=trust",
      "--no-instructions",
    ];
    const { code, output } = await run(place, "initdb", options);
    if (code !== 0) {
      throw new MaillardError(
        "STARTUP",
        `The embedded PostgreSQL could not be created (initdb ended with ${code}):\n${output}`,
        {
          param: "MAILLARD_HOME",
        },
      );
    }
    await rename(temporary, place.data).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The server that already runs on this data, once it accepts connections; null when there is none. */
async function adopt(place: Place, deadline: number): Promise<RunningServer | null> {
  for (;;) {
    const lock = await readLock(place.data);
    if (!lock || !isAlive({ pid: lock.processId })) return null;
    if (!(await isPostgres(lock.processId))) {
      // Another program has the process id now; PostgreSQL would refuse to start because of it.
      await rm(join(place.data, "postmaster.pid"), { force: true });
      return null;
    }
    const url = urlOf(lock.socketFolder);
    if (await answers(url)) return { url, processId: lock.processId, started: false };
    if (Date.now() > deadline) {
      throw new MaillardError(
        "STARTUP",
        `PostgreSQL (process ${lock.processId}) runs on ${place.data} but takes no connections. Stop it: ` +
          `kill -INT ${lock.processId}`,
      );
    }
    await delay(20);
  }
}

/** The running server, or its output before it ended. */
async function start(place: Place, deadline: number, others: Record<string, string>): Promise<RunningServer | string> {
  const socketFolder = await makeSocketFolder(place);
  const logPath = `${place.data}.log`;
  const tooLong = await stat(logPath)
    .then(({ size }) => size > MAX_LOG_BYTES)
    .catch(() => false);
  const log = await open(logPath, tooLong ? "w" : "a", 0o600);
  const { size: before } = await log.stat();
  const settings = {
    listen_addresses: "",
    unix_socket_directories: socketFolder,
    unix_socket_permissions: "0700",
    max_connections: "60",
    log_checkpoints: "off",
    log_timezone: "UTC",
    timezone: "UTC",
    ...others,
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(place.programs, "postgres"), ["-D", place.data, ...options], {
    ...asUser(place),
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  let ended = false;
  child.on("exit", () => (ended = true));
  child.on("error", () => (ended = true));
  child.unref();
  await log.close();
  const url = urlOf(socketFolder);
  while (!ended) {
    if (child.pid !== undefined && (await answers(url))) return { url, processId: child.pid, started: true };
    if (Date.now() > deadline) break;
    await delay(10);
  }
  if (!ended) child.kill("SIGQUIT");
  await rmdir(socketFolder).catch(() => undefined); // another start may have its socket there
  const said = (await readFile(logPath)).subarray(before).toString("utf8").trim();
  return said.split("\n").slice(-12).join("\n") || "it ended without a message";
}

/** Connects, making the database the first time. False while nothing answers. */
async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if ((error as { code?: string }).code !== "3D000") return false;
    await createDatabase(url);
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url.replace(`/${DATABASE}?`, "/postgres?") });
  client.on("error", () => undefined); // the running statement rejects as well
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${DATABASE}`).catch((error: { code?: string }) => {
      // Another process was first: the database exists, or is being created (then the index of names refuses).
      if (error.code !== "42P04" && !isUniqueViolation(error)) throw error;
    });
  } finally {
    await client.end();
  }
}

const urlOf = (socketFolder: string): string =>
  `postgresql://${USER}@localhost/${DATABASE}?host=${encodeURIComponent(socketFolder)}`;

/** Same data, same folder, so that a server that is started again is found under the same URL. */
async function makeSocketFolder(place: Place): Promise<string> {
  const name = `maillard-${createHash("sha256").update(place.data).digest("hex").slice(0, 12)}`;
  const uid = place.uid ?? process.getuid?.() ?? 0;
  for (const parent of [tmpdir(), "/tmp"]) {
    const folder = join(parent, name);
    // A socket's path has at most 107 bytes, "/.s.PGSQL.5432" included, and the server must reach it.
    if (Buffer.byteLength(folder) > 90 || (place.uid !== null && !(await isReachable(parent, place.uid)))) continue;
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    let found = await lstat(folder);
    if (found.isDirectory() && found.uid === 0 && place.uid !== null) {
      await chown(folder, place.uid, place.uid);
      found = await lstat(folder);
    }
    if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return folder;
  }
  throw new MaillardError(
    "STARTUP",
    `There is no folder for the database's socket: ${tmpdir()} is too long a path, or ${name} in it belongs to ` +
      "somebody else. Set TMPDIR=/tmp.",
    {
      param: "TMPDIR",
    },
  );
}

interface Lock {
  processId: number;
  socketFolder: string;
}

async function readLock(data: string): Promise<Lock | null> {
  const text = await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "");
  const [processId, , , , socketFolder = ""] = text.split("\n");
  return /^\d+$/.test(processId) && socketFolder.startsWith("/")
    ? { processId: Number(processId), socketFolder }
    : null;
}

/** The programs get no variable of this process: no DATABASE_URL, no keys, no PG*. */
function asUser({ uid }: Place) {
  return {
    cwd: "/",
    env: { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" },
    ...(uid === null ? {} : { uid, gid: uid }),
  };
}

async function run(place: Place, program: string, options: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(join(place.programs, program), options, { ...asUser(place), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("close", resolve);
    child.on("error", reject);
  });
  return { code, output: output.trim().split("\n").slice(-12).join("\n") };
}

async function isPostgres(processId: number): Promise<boolean> {
  if (!isAlive({ pid: processId })) return false;
  if (process.platform === "linux") {
    const name = await readFile(`/proc/${processId}/comm`, "utf8").catch(() => "");
    return name.trim() === "postgres";
  }
  const { output } = await new Promise<{ output: string }>((resolve) => {
    const child = spawn("ps", ["-o", "comm=", "-p", String(processId)], { stdio: ["ignore", "pipe", "ignore"] });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.on("close", () => resolve({ output }));
    child.on("error", () => resolve({ output: "postgres" }));
  });
  return output.includes("postgres");
}

function signal(processId: number, name: NodeJS.Signals): void {
  try {
    process.kill(processId, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
