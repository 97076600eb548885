/**
 * A server of its own for a benchmark: started from the build, in a temporary home, on a free port; and its resources.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

export interface Gaps {
  wallMs: number;
  processorMs: number;
}

export interface BenchServer {
  url: string;
  port: number;
  home: string;
  /** Seconds from spawn to the first healthy answer. */
  startSeconds: number;
  query<T = Record<string, unknown>>(document: string, variables?: Record<string, unknown>): Promise<T>;
  /** Proportional set size in MB: of the server, its compute and chemistry processes, and PostgreSQL. */
  memory(): { label: string; megabytes: number }[];
  /** Seconds of the processor that the same processes have had, those that have ended left out. */
  processor(): Map<string, number>;
  /** Of the server. */
  pid: number;
  /** What it printed, the last 200,000 characters. */
  output(): string;
  /** The exit code or signal; null while it runs. */
  ended(): string | null;
  /** Largest resident set so far (VmHWM) in MB of the server's training process; 0 when there is none. */
  trainingPeak(): number;
  /** Of its event loop since the last call (event-loop-gaps.mjs), with the option `gaps`. */
  gaps(): Promise<Gaps>;
  /** Open files of the server that are sockets. */
  connections(): number;
  stop(): Promise<void>;
}

export async function startBenchServer(
  options: { home?: string; environment?: Record<string, string>; gaps?: boolean; node?: string[] } = {},
): Promise<BenchServer> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), "maillard-bench-")));
  const port = await freePort();
  const began = performance.now();
  const main = join(import.meta.dirname, "../../dist/cli/main.js");
  const preload = options.gaps ? ["--import", join(import.meta.dirname, "event-loop-gaps.mjs")] : [];
  const server = spawn(process.execPath, [...(options.node ?? []), ...preload, main, "serve"], {
    env: { ...process.env, MAILLARD_HOME: home, PORT: String(port), HOST: "127.0.0.1", ...options.environment },
    stdio: ["ignore", "pipe", "pipe", ...(options.gaps ? (["ipc"] as const) : [])],
  });
  // A benchmark that ends with an error stops its server too.
  process.once("exit", () => server.kill());
  let output = "";
  for (const stream of [server.stdout, server.stderr])
    stream?.on("data", (text) => (output = (output + text).slice(-200_000)));
  const base = `http://127.0.0.1:${port}`;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}:\n${output}`);
    const ready = await fetch(`${base}/health`).then(
      async (answer) => answer.ok && ((await answer.json()) as { ready: boolean }).ready,
      () => false,
    );
    if (ready) break;
    if (performance.now() - began > 180_000) throw new Error(`the server did not become ready:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  const startSeconds = (performance.now() - began) / 1000;
  return {
    url: `${base}/graphql`,
    port,
    home,
    startSeconds,
    pid: server.pid as number,
    output: () => output,
    ended: () => server.signalCode ?? (server.exitCode === null ? null : `exit code ${server.exitCode}`),
    async query(document, variables = {}) {
      const answer = await fetch(`${base}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: document, variables }),
      });
      const { data, errors } = (await answer.json()) as { data: never; errors?: unknown };
      if (errors) throw new Error(JSON.stringify(errors, null, 2));
      return data;
    },
    memory: () => [...sumOf(server, home, "megabytes")].map(([label, megabytes]) => ({ label, megabytes })),
    processor: () => sumOf(server, home, "seconds"),
    trainingPeak: () => trainingPeakOf(server),
    gaps: () =>
      new Promise((resolve) => {
        server.once("message", (message) => resolve(message as Gaps));
        server.send("gaps");
      }),
    connections: () => socketsOf(server),
    async stop() {
      if (server.exitCode === null) {
        server.kill("SIGTERM");
        await new Promise((resolve) => server.once("exit", resolve));
      }
      if (!options.home) await rm(home, { recursive: true, force: true });
    },
  };
}

/** Of the server's processes, by label. */
function sumOf(server: ChildProcess, home: string, field: "megabytes" | "seconds"): Map<string, number> {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((id) => {
      try {
        const status = readFileSync(`/proc/${id}/stat`, "utf8");
        const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0").join(" ").trim();
        return [{ id: Number(id), parent: Number(fields[1]), command, ticks: Number(fields[11]) + Number(fields[12]) }];
      } catch {
        return []; // ended meanwhile
      }
    });
  const family = new Set([server.pid]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const { id, parent } of processes) if (!family.has(id) && family.has(parent)) grew = Boolean(family.add(id));
  }
  const postmaster = postmasterId(home);
  const label = (id: number, parent: number, command: string) => {
    if (id === postmaster || parent === postmaster) return "PostgreSQL";
    if (id === server.pid) return "API";
    return /^maillard (\w+)/.exec(command)?.[1] ?? "other";
  };
  const sums = new Map<string, number>();
  for (const { id, parent, command, ticks } of processes) {
    if (!family.has(id) && id !== postmaster && parent !== postmaster) continue;
    const name = label(id, parent, command);
    const value = field === "seconds" ? ticks / TICKS : kilobytesOf(id) / 1024;
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
}

/** Of a second, by which Linux counts. */
const TICKS = 100;

function kilobytesOf(id: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // ended meanwhile
  }
}

function socketsOf(server: ChildProcess): number {
  const folder = `/proc/${server.pid}/fd`;
  return readdirSync(folder).filter((name) => {
    try {
      return readlinkSync(`${folder}/${name}`).startsWith("socket:");
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

function trainingPeakOf(server: ChildProcess): number {
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${id}/status`, "utf8");
      const child = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === server.pid;
      if (!child || !readFileSync(`/proc/${id}/cmdline`, "utf8").startsWith("maillard training")) continue;
      return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      // ended meanwhile
    }
  }
  return 0;
}

/**
 * The embedded server is detached. postmaster.pid names it; postgres.json has its folder where that is not the home.
 */
function postmasterId(home: string): number | null {
  const candidates = [join(home, "postgres")];
  try {
    for (const value of Object.values(JSON.parse(readFileSync(join(home, "postgres.json"), "utf8"))))
      candidates.push(String(value));
  } catch {
    // the data is in the home
  }
  for (const folder of candidates.flatMap((path) => [path, join(path, "data")])) {
    try {
      return Number(readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n", 1)[0]);
    } catch {
      // not here
    }
  }
  return null;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export const machine = (): string =>
  `${cpus().length} x ${cpus()[0].model.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
