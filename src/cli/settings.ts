/**
 * The environment variables of `serve` and `worker`, each with its default, all checked at once.
 * A start with several mistakes names all of them.
 */
import { delimiter, resolve } from "node:path";
import { readTransportLimits, type TransportLimits } from "../api/transport/guard.js";
import { checkDevices } from "../compute/devices.js";
import { defaultThreads } from "../compute/threads.js";
import { type ImportLimits, readImportLimits } from "../datasets/files/csv.js";
import { MaillardError } from "../errors.js";
import { DEFAULT_ENDPOINT, endpointProblem, type Hub } from "../model/hub/address.js";
import { type ObserveSettings, readObserving } from "../observe/settings.js";
import { type LaneSizes, readLanes } from "../runs/queue/lanes.js";
import { readMemory } from "../runs/queue/memory.js";
import { readTracking, type TrackingSettings } from "../service/tracking/settings.js";
import { type AccessLimits, readAccessLimits } from "../store/access/limits.js";

export interface Settings extends ObserveSettings {
  /** HOST, default 127.0.0.1. Any but a loopback address needs MAILLARD_API_KEYS or a key in the database. */
  host: string;
  /** PORT, default 4000; 0 takes a free one. */
  port: number;
  /** MAILLARD_HOME, default ./.maillard: database, checkpoints and models. */
  home: string;
  /** DATABASE_URL: a PostgreSQL 15 or newer instead of the embedded one. */
  databaseUrl: string | undefined;
  /** MAILLARD_DEVICES, default cpu. */
  devices: string;
  /** MAILLARD_API_KEYS, separated by commas; none by default. */
  apiKeys: string[];
  /** MAILLARD_ALLOWED_HOSTS: names besides localhost that clients may use. */
  allowedHosts: string[];
  /** MAILLARD_ALLOWED_ORIGINS: browser pages besides the server's own. */
  allowedOrigins: string[];
  /** MAILLARD_MAX_UPLOAD: largest file that /import takes, in bytes. Default: the server's, 2 GiB. */
  maxUploadBytes: number | undefined;
  /** Limits of imports: MAILLARD_MAX_ROWS and others, see src/datasets/limits.ts. */
  importLimits: ImportLimits;
  /** Time limits and numbers of connections: src/api/transport/connections.ts. */
  transport: Partial<TransportLimits>;
  /** Limits of a key, and how long the audit log is kept: src/store/access/limits.ts. */
  accessLimits: AccessLimits;
  /** Runs at once: MAILLARD_CONCURRENCY and MAILLARD_SHORT_RUNS, see src/runs/queue/lanes.ts. */
  lanes: LaneSizes;
  /** MAILLARD_MEMORY: bytes that training runs may take together, see src/runs/queue/memory.ts. */
  memory: number;
  /**
   * MAILLARD_KEEP_CHECKPOINTS, default 7: days for which the last checkpoint of a run that failed or was cancelled is
   * kept.
   */
  keepCheckpointDays: number | undefined;
  /**
   * MAILLARD_MODEL_ROOTS, separated as in PATH: folders that addModel may read from. Default: the current folder and
   * the home.
   */
  modelRoots: string[] | undefined;
  /** MLFLOW_TRACKING_URI and what belongs to it: src/service/tracking/settings.ts. Default: none. */
  tracking: TrackingSettings | null;
  /** HF_ENDPOINT, default https://huggingface.co, and HF_TOKEN; null with HF_HUB_OFFLINE=1. */
  hub: Hub | null;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Mistake = { param: string; message: string };

/** @throws STARTUP that names every mistake */
export function readSettings(environment: Environment): Settings {
  const { settings, mistakes } = read(environment);
  if (mistakes.length === 0) return settings;
  throw new MaillardError("STARTUP", mistakes.map(({ message }) => message).join("\n"), {
    param: mistakes[0].param,
    details: { params: mistakes.map(({ param }) => param) },
  });
}

/** What is wrong, and the settings without it: every variable that is wrong counts as not set. */
export function checkSettings(given: Environment): {
  settings: Settings;
  environment: Environment;
  problems: Mistake[];
} {
  const { mistakes: problems } = read(given);
  const wrong = problems.map(({ param }) => param);
  const environment = Object.fromEntries(Object.entries(given).filter(([name]) => !wrong.includes(name)));
  return { settings: read(environment).settings, environment, problems };
}

function read(environment: Environment): { settings: Settings; mistakes: Mistake[] } {
  const list = (name: string, separator = ","): string[] =>
    (environment[name] ?? "").split(separator).flatMap((part) => (part.trim() === "" ? [] : [part.trim()]));
  const roots = list("MAILLARD_MODEL_ROOTS", delimiter).map((folder) => resolve(folder));
  const imports = readImportLimits(environment);
  const transport = readTransportLimits(environment);
  const access = readAccessLimits(environment);
  const tracking = readTracking(environment);
  const lanes = readLanes(environment);
  const memory = readMemory(environment);
  const observed = readObserving(environment);
  const settings: Settings = {
    host: environment.HOST || "127.0.0.1",
    port: Number(environment.PORT || 4000),
    home: resolve(environment.MAILLARD_HOME || ".maillard"),
    databaseUrl: environment.DATABASE_URL || undefined,
    devices: environment.MAILLARD_DEVICES || "cpu",
    apiKeys: list("MAILLARD_API_KEYS"),
    allowedHosts: list("MAILLARD_ALLOWED_HOSTS"),
    allowedOrigins: list("MAILLARD_ALLOWED_ORIGINS"),
    maxUploadBytes: environment.MAILLARD_MAX_UPLOAD ? Number(environment.MAILLARD_MAX_UPLOAD) : undefined,
    importLimits: imports.limits,
    transport: transport.limits,
    accessLimits: access.limits,
    lanes: lanes.lanes,
    memory: memory.memory,
    keepCheckpointDays: environment.MAILLARD_KEEP_CHECKPOINTS
      ? Number(environment.MAILLARD_KEEP_CHECKPOINTS)
      : undefined,
    modelRoots: roots.length > 0 ? roots : undefined,
    hub: readHub(environment),
    tracking: tracking.tracking,
    ...observed.observing,
  };
  const found = [imports, transport, access, tracking, lanes, memory, observed].flatMap(({ problems }) => problems);
  return { settings, mistakes: [...problems(settings, environment), ...found] };
}

function readHub({ HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE }: Environment): Hub | null {
  if (/^(1|true|yes|on)$/i.test(HF_HUB_OFFLINE ?? "")) return null;
  return { endpoint: (HF_ENDPOINT || DEFAULT_ENDPOINT).replace(/\/+$/, ""), token: HF_TOKEN?.trim() || undefined };
}

function problems(
  { hub, port, databaseUrl, devices, apiKeys, maxUploadBytes, keepCheckpointDays = 0 }: Settings,
  environment: Environment,
): Mistake[] {
  const found: Mistake[] = [];
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    const given = JSON.stringify(environment.PORT);
    found.push({ param: "PORT", message: `PORT is a whole number from 0 (any free port) to 65535; got ${given}.` });
  }
  if (maxUploadBytes !== undefined && (!Number.isSafeInteger(maxUploadBytes) || maxUploadBytes < 1)) {
    const given = JSON.stringify(environment.MAILLARD_MAX_UPLOAD);
    found.push({ param: "MAILLARD_MAX_UPLOAD", message: `MAILLARD_MAX_UPLOAD is a number of bytes; got ${given}.` });
  }
  if (!(keepCheckpointDays >= 0 && keepCheckpointDays <= 36_500)) {
    const given = JSON.stringify(environment.MAILLARD_KEEP_CHECKPOINTS);
    const message = `MAILLARD_KEEP_CHECKPOINTS is a number of days, 0 to 36500; got ${given}.`;
    found.push({ param: "MAILLARD_KEEP_CHECKPOINTS", message });
  }
  if (databaseUrl !== undefined && !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    const message = "DATABASE_URL starts with postgresql://; leave it out to use the embedded database.";
    found.push({ param: "DATABASE_URL", message });
  }
  const parsed: [string, () => unknown][] = [
    ["MAILLARD_DEVICES", () => checkDevices(devices)],
    ["MAILLARD_THREADS", () => defaultThreads(environment)],
  ];
  for (const [param, parse] of parsed) {
    try {
      parse();
    } catch (error) {
      found.push({ param, message: MaillardError.from(error).message });
    }
  }
  if (apiKeys.some((key) => key.length < 16)) {
    found.push({ param: "MAILLARD_API_KEYS", message: "Every key of MAILLARD_API_KEYS has at least 16 characters." });
  }
  const unsound = hub && endpointProblem(hub);
  if (unsound) found.push({ param: "HF_ENDPOINT", message: unsound });
  return found;
}
