/**
 * A linear probe in its worker: assignments -> embeddings (stored, or computed when missing), fingerprints or
 * environments -> a fit in its own process -> a small file and a model row. It has no checkpoints: embeddings are
 * stored, and the fit is repeated from the start with the same result.
 */
import { createHash } from "node:crypto";
import { fingerprintsOf, readableEnvironments } from "../../chem/fingerprints.js";
import { packed } from "../../chem/morgan/counts.js";
import type { Environments } from "../../chem/morgan/environments.js";
import { type Chemistry, FINGERPRINT_BITS } from "../../chem/types.js";
import { MaillardError } from "../../errors.js";
import { replaceFiles, writeSynced } from "../../model/checkpoint/files.js";
import { PROBE_FILE, type Probe, writeProbe } from "../../model/probe.js";
import type { SplitName } from "../../scores/types.js";
import type { Composition } from "../../store/composition.js";
import { fingerprintProbeData } from "../../store/fingerprint-probe.js";
import type { Model } from "../../store/generated/client.js";
import type { ProbeResult } from "../../train/probe/probe.js";
import { succeedWithModel } from "../ending/succeed.js";
import type { PlannedProbe } from "../orders/probe-order.js";
import { plannedProbe } from "../orders/stored.js";
import { readTaught } from "../plan/taught.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import { runWithBase } from "./base.js";
import { ensureEmbeddings, readEmbeddings } from "./embedding.js";
import { warnOfUnseen } from "./examples.js";
import { modelArtifact } from "./finetune.js";
import { recordLeakage } from "./leakage.js";

/** Molecules in one call of RDKit. */
const PART = 1_000;
/** Of a layer on counts: measured on validation, docs/training.md. */
const COUNTS = { radius: 2, leastMolecules: 2 };

interface Row {
  smiles: string;
  compoundId: string;
  split: SplitName;
  label: string;
}

export async function runProbe(execution: Execution): Promise<void> {
  const { store, compute, recorder, fence, signal } = execution;
  const patiently = <T>(work: () => Promise<T>) => whenDatabaseIsBack(work, signal);
  const run = await patiently(() => runWithBase(store, fence.runId));
  const order = plannedProbe(run.input);
  if (run.leakage === null) await recordLeakage(execution, order.split.strategy);
  const { rows } = await patiently(() =>
    store.pool.query<Row>(
      `SELECT m.smiles, m."compoundId", a.split::text AS split, a.label FROM "RunAssignment" a
       JOIN "DatasetCompound" m ON m.id = a."memberId" WHERE a."runId" = $1 ORDER BY m.position, a.ordinal`,
      [fence.runId],
    ),
  );
  const total = rows.length;
  await recorder.started(total, 0);
  const onProgress = (done: number, missing: number) =>
    recorder.progress({ step: total - missing + done, totalSteps: total, epoch: 0, secondsLeft: null });
  const vectors =
    order.features === "MORGAN_COUNTS"
      ? await countsOf(execution, rows, onProgress)
      : order.features
        ? await bitsOf(execution, rows, onProgress)
        : await vectorsOf(execution, run.baseModel, order.pooling, rows, onProgress);
  const taught = readTaught(
    order.task,
    rows.map(({ label }) => label),
    order.targets,
  );
  const result = await compute.fitProbe(
    {
      task: order.task,
      labels: taught.classes,
      vectors,
      dimension: order.features ? FINGERPRINT_BITS : run.baseModel.width,
      ...(order.features === "MORGAN_COUNTS" ? { environments: COUNTS } : {}),
      examples: rows.map(({ label, split }) => ({ ...taught.of(label), split })),
      inverseRegularization: order.inverseRegularization,
      classWeights: order.classWeights,
    },
    signal,
  );
  for (const report of result.reports) await recorder.evaluation(report);
  await recorder.progress({ step: total, totalSteps: total, epoch: 0, secondsLeft: null });
  await recorder.flush();
  const text = writeProbe(result.probe);
  const artifact = modelArtifact(run.id);
  await replaceFiles(store.artifacts.path(artifact), [{ name: PROBE_FILE, write: (path) => writeSynced(path, text) }]);
  await succeedWithModel(execution, run, modelColumns(run.baseModel, order, result, { text, artifact }));
}

type OnProgress = (done: number, missing: number) => Promise<void>;

/** Row-major [rows, width]. One statement for any number of rows. */
async function vectorsOf(
  execution: Execution,
  model: Model,
  pooling: PlannedProbe["pooling"],
  rows: Row[],
  onProgress: OnProgress,
): Promise<Float32Array> {
  const { store, signal } = execution;
  await warnOfUnseen(
    execution,
    model,
    rows.map(({ smiles }) => smiles),
  );
  await ensureEmbeddings(execution, { model, pooling, items: rows, signal, patient: true, onProgress });
  const smiles = [...new Set(rows.map((row) => row.smiles))];
  const stored = await whenDatabaseIsBack(() => readEmbeddings(store, { model, pooling }, smiles), signal);
  const vectors = new Float32Array(rows.length * model.width);
  for (const [index, row] of rows.entries()) vectors.set(stored.get(row.smiles) as Float32Array, index * model.width);
  return vectors;
}

/** [rows, 256 bytes] of the SMILES in the dataset, as `predict` computes them from its SMILES. */
async function bitsOf(execution: Execution, rows: readonly Row[], onProgress: OnProgress): Promise<Uint8Array> {
  const bits = new Uint8Array(rows.length * (FINGERPRINT_BITS / 8));
  await inParts(execution, rows, onProgress, async (chemistry, part, from) => {
    const made = await fingerprintsOf(chemistry, part, execution.signal);
    for (const [place, bytes] of made.entries()) bits.set(bytes, (from + place) * bytes.length);
  });
  return bits;
}

/** The environments of all rows, packed. */
async function countsOf(execution: Execution, rows: readonly Row[], onProgress: OnProgress): Promise<Uint32Array> {
  const made: Environments[] = [];
  await inParts(execution, rows, onProgress, async (chemistry, part) => {
    made.push(...(await readableEnvironments(chemistry, part, COUNTS.radius, execution.signal)));
  });
  return packed(made);
}

/** @param work on the SMILES of a part, and the place of its first row */
async function inParts(
  { chemistry }: Execution,
  rows: readonly Row[],
  onProgress: OnProgress,
  work: (chemistry: Chemistry, part: string[], from: number) => Promise<void>,
): Promise<void> {
  if (!chemistry)
    throw new MaillardError("COMPUTE_CRASHED", "There is no RDKit process here to read the molecules.", {
      retryable: true,
    });
  for (let from = 0; from < rows.length; from += PART) {
    const part = rows.slice(from, from + PART).map(({ smiles }) => smiles);
    await work(chemistry, part, from);
    await onProgress(Math.min(from + PART, rows.length), rows.length);
  }
}

/** What a layer without a base model stands on. */
function groundOf({ environments }: Probe): string {
  if (!environments)
    return `A linear layer on Morgan fingerprints (radius 2, ${FINGERPRINT_BITS.toLocaleString("en-US")} bits)`;
  const { radius, ids } = environments;
  return (
    `A linear layer on log(1 + n) of ${ids.length.toLocaleString("en-US")} Morgan environments (radius ${radius}), ` +
    `each of which ${COUNTS.leastMolecules} training molecules have at least`
  );
}

function modelColumns(
  base: Model,
  order: PlannedProbe,
  { probe, inverseRegularization }: ProbeResult,
  { text, artifact }: { text: string; artifact: string },
): Parameters<typeof succeedWithModel>[2] {
  const { name, target, pooling } = order;
  const ground = order.features
    ? groundOf(probe)
    : `A linear probe on the ${pooling} embeddings of ${base.name} (sha256 ${base.checksum}), whose weights ` +
      "stay as they are";
  const split = `Split: ${order.split.strategy}, seed ${order.seed}.`;
  const card = [`# ${name}`, `${ground}; C ${inverseRegularization}.`, split].join("\n\n");
  if (order.features) return fingerprintProbeData(probe, { name, text, artifact, target, card });
  const composition: Composition = { kind: "PROBE", base: base.id, pooling };
  return {
    name,
    artifact,
    target,
    card,
    composition: { ...composition },
    bytes: BigInt(Buffer.byteLength(text)),
    checksum: createHash("sha256").update(`probe ${base.checksum} ${pooling} ${text}`).digest("hex"),
    family: base.family,
    task: probe.task,
    labels: probe.labels,
    baseModelId: base.id,
    layers: base.layers,
    width: base.width,
    heads: base.heads,
    vocabularySize: base.vocabularySize,
    parameterCount: BigInt(probe.intercepts.length * (base.width + 1)),
    maxLength: base.maxLength,
  };
}
