/**
 * The models that ship: each folder under models/ of the package is registered under its own name, in place. A folder
 * is a checkpoint (config.json), a probe on fingerprints (probe.json), or an ensemble of others (maillard.json says of
 * which). One that an administrator deleted is left out. A folder whose bytes changed with an update of the package
 * replaces its model's entry; a model of the user's keeps its name.
 */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MaillardError } from "../errors.js";
import { readCard } from "../model/checkpoint/card.js";
import { PROBE_FILE, readProbe } from "../model/probe.js";
import { leftOut } from "../runs/index.js";
import { PACKAGE } from "../store/access/principal.js";
import { ensembleData } from "../store/ensembles.js";
import { fingerprintProbeData } from "../store/fingerprint-probe.js";
import type { Model } from "../store/generated/client.js";
import { registerData, registerModel, type Store } from "../store/index.js";
import type { Log } from "./log.js";

export async function loadShippedModels(opened: Store, packageRoot: string, log: Log): Promise<void> {
  const store = { ...opened, principal: PACKAGE };
  const root = join(packageRoot, "models");
  if (!existsSync(root)) return;
  const entries = await readdir(root, { withFileTypes: true });
  const shipped: Shipped[] = [];
  const deleted = (await leftOut(opened)).models;
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    if (deleted.has(entry.name)) continue;
    const folder = join(root, entry.name);
    const manifest = await readManifest(folder);
    const kind = kindOf(folder, manifest);
    if (kind) shipped.push({ kind, name: entry.name, folder, manifest });
  }
  // The base first, so that what was finetuned from it can name it; ensembles last, for the same reason.
  const place = ({ kind, name }: Shipped): number => (name === "base" ? -1 : KINDS.indexOf(kind));
  shipped.sort((a, b) => place(a) - place(b) || (a.name < b.name ? -1 : 1));
  const models = new Map<string, Model>();
  for (const one of shipped) {
    const missing = Object.keys(one.manifest.ensemble ?? {}).filter((member) => !models.has(member));
    if (missing.length > 0) {
      log.error(`The ensemble ${one.name} that ships is left out: ${missing.join(", ")} is not there.`);
      continue;
    }
    try {
      models.set(one.name, await register(store, one, models));
    } catch (error) {
      // A shared model that did not ship has this name.
      if (!(error instanceof MaillardError && error.code === "CONFLICT")) throw error;
      log.error(`The model ${one.name} that ships is left out: there is another one of that name.`);
    }
  }
  log.info("Models that ship are registered.", { names: [...models.keys()] });
}

const KINDS = ["CHECKPOINT", "FINGERPRINT_PROBE", "ENSEMBLE"] as const;

interface Shipped {
  kind: (typeof KINDS)[number];
  name: string;
  folder: string;
  manifest: Manifest;
}

function kindOf(folder: string, { ensemble }: Manifest): Shipped["kind"] | null {
  if (existsSync(join(folder, "config.json"))) return "CHECKPOINT";
  if (existsSync(join(folder, PROBE_FILE))) return "FINGERPRINT_PROBE";
  return ensemble ? "ENSEMBLE" : null;
}

async function register(
  store: Store,
  { kind, name, folder, manifest }: Shipped,
  models: ReadonlyMap<string, Model>,
): Promise<Model> {
  const { target, baseModel, ensemble = {} } = manifest;
  const artifact = `package:models/${name}`;
  if (kind === "CHECKPOINT") {
    const baseModelId = baseModel === undefined ? undefined : models.get(baseModel)?.id;
    return registerModel(store, { name, folder, artifact, target, baseModelId });
  }
  const card = await readCard(folder);
  if (kind === "FINGERPRINT_PROBE") {
    const bytes = await readFile(join(folder, PROBE_FILE));
    const described = { name, text: bytes.toString("utf8"), artifact, target: target ?? null, card };
    return registerData(store, fingerprintProbeData(readProbe(bytes), described));
  }
  const members = Object.keys(ensemble).map((member) => models.get(member) as Model);
  return registerData(store, { ...ensembleData(name, members, Object.values(ensemble)), artifact, card });
}

/** maillard.json beside the weights: what a Hugging Face folder has no place for. */
interface Manifest {
  /** Label set that the head predicts. */
  target?: string;
  /** Name of the shipped model that it was finetuned from. */
  baseModel?: string;
  /** Of an ensemble: names of shipped models, and what each counts. */
  ensemble?: Record<string, number>;
}

async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, "maillard.json");
  return existsSync(path) ? (JSON.parse(await readFile(path, "utf8")) as Manifest) : {};
}
