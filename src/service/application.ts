/**
 * The whole service without a network: store, chemistry, compute pool, runs and the services on top, wired together.
 * `createApplication` starts them in order, loads the sample and the shipped models, and `close` releases them in
 * reverse. A start that fails half-way closes what it had opened. Each service takes the parts of this that it uses.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startChemistry } from "../chem/index.js";
import type { Chemistry } from "../chem/types.js";
import { Evaluations } from "../compute/jobs/evaluations.js";
import { startComputePool } from "../compute/pool.js";
import type { ComputePool, ModelReference } from "../compute/types.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits } from "../datasets/limits.js";
import { loadSample, SAMPLE } from "../datasets/sample.js";
import { completeScaffolds } from "../datasets/search/earlier-forms.js";
import { Library } from "../datasets/search/library.js";
import { DEFAULT_ENDPOINT, type Hub } from "../model/hub/index.js";
import { Exposition } from "../observe/exposition.js";
import { recorder } from "../observe/recorder.js";
import {
  Downloads,
  FaultReport,
  forgetLeftOut,
  type LaneSizes,
  leftOut,
  type ModelDownloads,
  Removals,
  RUN_NEWS,
  type Runs,
  startRuns,
} from "../runs/index.js";
import { FormCache } from "../runs/predictions/form-cache.js";
import { AuditLog } from "../store/access/audit.js";
import { KeyRing } from "../store/access/key-ring.js";
import type { AccessLimits } from "../store/access/limits.js";
import type { Principal } from "../store/access/principal.js";
import { storeFor } from "../store/access/visible.js";
import { PACKAGE_ROOT } from "../store/artifacts.js";
import type { Model } from "../store/generated/client.js";
import { openStore, presentModelFolder, type Store } from "../store/index.js";
import { tokenizers } from "../tokenizer/index.js";
import type { Tokenizer } from "../tokenizer/types.js";
import { logDevices } from "./device-log.js";
import { EvaluationReports } from "./evaluation/evaluation-reports.js";
import { type Log, stderrLog } from "./log.js";
import { NearestEmbeddings } from "./models/similar-embeddings.js";
import { databaseSamples, presentSamples } from "./observe/samples.js";
import { CompoundIds } from "./predict/compound-ids.js";
import { type KeptEmbeddings, keepEmbeddings } from "./predict/embeddings.js";
import { type KeptPredictions, keepPredictions } from "./predict/predictions.js";
import { loadShippedModels } from "./shipped-models.js";
import type { TrackingSettings } from "./tracking/settings.js";
import { Tracker } from "./tracking/tracker.js";

export interface ApplicationOptions {
  /** Folder of all data (MAILLARD_HOME). */
  home: string;
  /** PostgreSQL to use; the embedded one when absent. */
  databaseUrl?: string;
  /** MAILLARD_DEVICES: "cpu" (default), "webgpu", "cuda:0", … separated by commas. */
  devices?: string;
  /** Folders that addModel may read from. Default: the current folder and `home`. */
  modelRoots?: readonly string[];
  /** Where addModel's `hub` is; null: nowhere. Default: huggingface.co without a token. */
  hub?: Hub | null;
  /** Limits of imports (src/datasets/limits.ts). */
  importLimits?: ImportLimits;
  /** Limits of a key, and how long the audit log is kept (src/store/access/limits.ts). */
  accessLimits?: Partial<AccessLimits>;
  /** Runs at once, long and short. Default: `atOnce` of the table LANES (src/runs/queue/lanes.ts). */
  lanes?: LaneSizes;
  /** Bytes that training runs may take together (src/runs/queue/memory.ts). Default: of the machine. */
  memory?: number;
  /** Days for which the last checkpoint of a run that failed or was cancelled is kept. Default 7. */
  keepCheckpointDays?: number;
  /** Folder holding models/ and samples/; default: this package. null: load neither. */
  packageRoot?: string | null;
  log?: Log;
  /** Where runs are logged (src/service/tracking/settings.ts); default: nowhere. */
  tracking?: TrackingSettings | null;
  /** Called with what start-up is waiting for, to be shown to people at a terminal. */
  onStage?(stage: string): void;
  /** Each is used instead of one of our own; closed with the application. */
  chemistry?: Chemistry;
  compute?: ComputePool;
}

export interface Application {
  home: string;
  store: Store;
  /** Keys of the API. */
  keys: KeyRing;
  chemistry: Chemistry;
  compute: ComputePool;
  runs: Runs;
  /** Texts of molecules that were read. */
  forms: FormCache;
  /** Answers about molecules. */
  predictions: KeptPredictions;
  embeddings: KeptEmbeddings;
  /** Processes that make reports of evaluations, and the reports asked last. */
  evaluations: Evaluations;
  reports: EvaluationReports;
  /** Searches in all compounds. */
  library: Library;
  nearest: NearestEmbeddings;
  downloads: ModelDownloads;
  /** What is deleted and renamed, and what no row needs. */
  removals: Removals;
  /** Registers again what ships with the package and was deleted. */
  restoreShipped(): Promise<void>;
  modelRoots: readonly string[];
  importLimits: ImportLimits;
  audit: AuditLog;
  log: Log;
  /** What /metrics answers. */
  metrics: Exposition;
  /** Folder of the checkpoint of a model. */
  modelReference(model: Pick<Model, "artifact" | "checksum">): ModelReference;
  /** The tokenizer of a model, kept by checksum. MODEL_FILES_MISSING where the model's folder is not on this host. */
  tokenizer(model: Pick<Model, "artifact" | "checksum" | "name">): Promise<Tokenizer>;
  close(): Promise<void>;
}

/** A deletion does not wait longer for rows behind answers. */
const MOST_SETTLING_MS = 2_000;

export { VERSION } from "./version.js";
export { PACKAGE_ROOT };

export async function createApplication(options: ApplicationOptions): Promise<Application> {
  const { home, packageRoot = PACKAGE_ROOT, log = stderrLog, onStage = () => undefined } = options;
  const opened: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const release of opened.splice(0).reverse()) await release();
  };
  try {
    onStage("database");
    const store = await openStore({
      home,
      databaseUrl: options.databaseUrl,
      accessLimits: options.accessLimits,
    });
    const unwatch = store.notifications.watchOutages((lastedMs) =>
      lastedMs === null
        ? log.error("The database is away: what runs waits for it.")
        : log.info("The database is back.", { seconds: Math.round(lastedMs) / 1_000 }),
    );
    opened.push(() => {
      unwatch();
      return store.close();
    });
    const audit = new AuditLog(store, {
      days: store.accessLimits.auditDays,
      onLost: (entry, error) =>
        log.error("An entry of the audit log could not be written; it is here.", { entry, error: String(error) }),
      onError: (error) => log.error("Old entries of the audit log could not be deleted.", { error: String(error) }),
    });
    opened.push(() => audit.close());
    const keys = await KeyRing.open(store);
    opened.push(() => keys.close());
    onStage("chemistry and compute processes");
    const onOutput = (process: string, output: string): void =>
      log.info("A compute process has ended; its last output follows.", { process, output });
    const [chemistry, compute] = await bothOrNeither(
      options.chemistry ?? startChemistry(),
      options.compute ?? startComputePool({ devices: options.devices, onOutput }),
    );
    opened.push(
      () => chemistry.close(),
      () => compute.close(),
    );
    logDevices(compute.devices(), log);
    const onLost = (rows: number, error: unknown): void =>
      log.error("Rows of answers were not written: their molecules are computed again when they are asked.", {
        rows,
        error: String(error),
      });
    const forms = new FormCache(chemistry);
    const compounds = new CompoundIds({ store, chemistry });
    const predictions = keepPredictions({ store, compounds, onLost });
    const embeddings = keepEmbeddings({ store, compounds, onLost });
    opened.push(
      () => predictions.close(),
      () => embeddings.close(),
    );
    const folderOf = (artifact: string): string => store.artifacts.path(artifact);
    const modelReference: Application["modelReference"] = ({ artifact, checksum }) => ({
      checksum,
      folder: folderOf(artifact),
    });
    const tokenizer: Application["tokenizer"] = async (model) => {
      const folder = await presentModelFolder(store, model);
      return tokenizers.get({ checksum: model.checksum, folder });
    };
    const loadShipped = async (): Promise<void> => {
      if (packageRoot === null) return;
      await loadShippedModels(store, packageRoot, log);
      const sample = join(packageRoot, "samples", "food-compounds.csv");
      if (existsSync(sample) && !(await leftOut(store)).datasets.has(SAMPLE))
        await loadSample({ store, chemistry }, sample);
    };
    const restoreShipped = async (): Promise<void> => {
      await forgetLeftOut(store);
      await loadShipped();
    };
    onStage("models and sample");
    await loadShipped();
    onStage("molecules of an earlier version");
    await completeScaffolds(store, chemistry);
    const library = new Library(store, chemistry);
    library.fingerprints.start();
    opened.push(() => library.fingerprints.close());
    const nearest = new NearestEmbeddings();
    const runs = await startRuns({
      ...{ store, compute, chemistry, lanes: options.lanes, importLimits: options.importLimits },
      memory: options.memory,
      onEvent: ({ event, ...fields }) => {
        recorder.count("maillard_run_events_total", [event]);
        log.info(RUN_NEWS[event], { event, ...fields });
      },
      onError: (error) =>
        error instanceof FaultReport
          ? log.error("A fault stopped a run: it is tried again.", { ...error.fields, error: String(error.cause) })
          : log.error("A run or the queue failed unexpectedly.", { error: stackOf(error) }),
    });
    opened.push(() => runs.close());
    const { hub = { endpoint: DEFAULT_ENDPOINT } } = options;
    const onError = (error: unknown): void => log.error("A download failed unexpectedly.", { error: String(error) });
    const downloads = new Downloads({ store, hub, onError });
    opened.push(() => downloads.close());
    const removals = new Removals({
      store,
      keepCheckpointDays: options.keepCheckpointDays,
      settle: () =>
        Promise.race([
          Promise.all([predictions.written(), embeddings.written()]),
          delay(MOST_SETTLING_MS, undefined, { ref: false }),
        ]),
      onRemoved: (garbage) =>
        audit.record({
          requestId: "background",
          keyId: null,
          keyName: "server",
          address: null,
          action: "collectGarbage",
          outcome: "OK",
          details: Object.fromEntries(garbage.map(({ kind, count }) => [kind, count])),
        }),
      onError: (error) => log.error("Old files could not be removed.", { error: String(error) }),
    });
    opened.push(() => removals.close());
    const evaluations = new Evaluations({ onOutput });
    opened.push(() => evaluations.close());
    const reports = new EvaluationReports(store, evaluations);
    if (options.tracking) {
      const tracker = new Tracker({ store, reports, log }, options.tracking);
      opened.push(() => tracker.close());
    }
    const metrics = new Exposition();
    metrics.add(() => presentSamples({ store, compute }));
    metrics.add(() => databaseSamples({ store, compute }));
    const modelRoots = options.modelRoots ?? [process.cwd(), home];
    const parts = { home, store, keys, chemistry, compute, runs, downloads, evaluations, reports, library, nearest };
    const going = { removals, restoreShipped, forms, predictions, embeddings };
    const { importLimits = DEFAULT_IMPORT_LIMITS } = options;
    return { ...parts, ...going, audit, modelRoots, importLimits, log, metrics, modelReference, tokenizer, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The application as a principal sees it: what it reads are rows of the principal's projects and shared ones, and what
 * it makes belongs to the principal. Whatever serves a client uses this one.
 */
export function applicationFor(application: Application, principal: Principal): Application {
  const store = storeFor(application.store, principal);
  const [runs, downloads] = [application.runs.within(store), application.downloads.within(store)];
  return { ...application, store, runs, downloads, removals: application.removals.within(store) };
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Both start at once: when one fails, the other is closed. */
async function bothOrNeither<A extends Closable, B extends Closable>(
  first: Promise<A> | A,
  second: Promise<B> | B,
): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === "fulfilled" && b.status === "fulfilled") return [a.value, b.value];
  for (const result of [a, b]) if (result.status === "fulfilled") await result.value.close();
  throw (a.status === "rejected" ? a : (b as PromiseRejectedResult)).reason;
}

interface Closable {
  close(): Promise<void>;
}
