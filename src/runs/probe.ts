/**
 * A linear probe as its worker sees it: assignments -> embeddings (stored ones, missing ones computed) -> a fit in a process
 * of its own -> a small file and a model row. It has no checkpoints: embeddings stay stored, and the fit is repeated from
 * the start, with the same result.
 */
import { createHash } from "node:crypto";
import { replaceFiles, writeSynced } from "../model/files.js";
import { PROBE_FILE, writeProbe } from "../model/probe.js";
import type { Composition } from "../store/composition.js";
import type { Model } from "../store/generated/client.js";
import type { ProbeResult } from "../train/probe.js";
import type { SplitName } from "../train/types.js";
import { ensureEmbeddings, readEmbeddings } from "./embedding.js";
import type { Execution } from "./execution.js";
import { modelArtifact } from "./finetune.js";
import { recordLeakage } from "./leakage.js";
import type { PlannedProbe } from "./probe-order.js";
import { whenDatabaseIsBack } from "./retry.js";
import { succeedWithModel } from "./succeed.js";
import { readTaught } from "./taught.js";

interface Row {
  smiles: string;
  compoundId: string;
  split: SplitName;
  label: string;
}

export async function runProbe(execution: Execution): Promise<void> {
  const { store, compute, recorder, fence, signal } = execution;
  const patiently = <T>(work: () => Promise<T>) => whenDatabaseIsBack(work, signal);
  const run = await patiently(() =>
    store.prisma.run.findUniqueOrThrow({ where: { id: fence.runId }, include: { baseModel: true } }),
  );
  const order = run.input as unknown as PlannedProbe;
  if (run.leakage === null) await recordLeakage(execution, order.split.strategy);
  const { rows } = await patiently(() =>
    store.pool.query<Row>(
      `SELECT m.smiles, m."compoundId", a.split::text AS split, a.label FROM "RunAssignment" a
       JOIN "DatasetCompound" m ON m.id = a."memberId" WHERE a."runId" = $1 ORDER BY m.position, a.ordinal`,
      [fence.runId],
    ),
  );
  const total = rows.length;
  await recorder.progress({ step: 0, totalSteps: total, epoch: 0, secondsLeft: null });
  await ensureEmbeddings(execution, {
    ...{ model: run.baseModel, pooling: order.pooling, items: rows, signal, patient: true },
    onProgress: (done, missing) =>
      recorder.progress({ step: total - missing + done, totalSteps: total, epoch: 0, secondsLeft: null }),
  });
  const vectors = await vectorsOf(execution, run.baseModel, order.pooling, rows);
  const taught = readTaught(
    order.task,
    rows.map(({ label }) => label),
    order.targets,
  );
  const result = await compute.fitProbe(
    {
      ...{ task: order.task, labels: taught.classes, vectors, dimension: run.baseModel.width },
      examples: rows.map(({ label, split }) => ({ ...taught.of(label), split })),
      ...{ inverseRegularization: order.inverseRegularization, classWeights: order.classWeights },
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

/** Row-major [rows, width]. One statement however many. */
async function vectorsOf(
  { store, signal }: Execution,
  model: Model,
  pooling: string,
  rows: readonly Row[],
): Promise<Float32Array> {
  const smiles = [...new Set(rows.map((row) => row.smiles))];
  const stored = await whenDatabaseIsBack(() => readEmbeddings(store, { model, pooling }, smiles), signal);
  const vectors = new Float32Array(rows.length * model.width);
  for (const [index, row] of rows.entries()) vectors.set(stored.get(row.smiles) as Float32Array, index * model.width);
  return vectors;
}

function modelColumns(
  base: Model,
  order: PlannedProbe,
  { probe, inverseRegularization }: ProbeResult,
  { text, artifact }: { text: string; artifact: string },
): Parameters<typeof succeedWithModel>[2] {
  const composition: Composition = { kind: "PROBE", base: base.id, pooling: order.pooling };
  const sha256 = createHash("sha256").update(`probe ${base.checksum} ${order.pooling} ${text}`).digest("hex");
  return {
    ...{ name: order.name, artifact, composition: { ...composition }, checksum: sha256 },
    ...{ family: base.family, task: probe.task, labels: probe.labels, target: order.target, baseModelId: base.id },
    ...{ layers: base.layers, width: base.width, heads: base.heads, vocabularySize: base.vocabularySize },
    parameterCount: BigInt(probe.intercepts.length * (base.width + 1)),
    maxLength: base.maxLength,
    card: [
      `# ${order.name}`,
      `A linear probe on the ${order.pooling} embeddings of ${base.name} (sha256 ${base.checksum}), whose weights stay as they are; C ${inverseRegularization}.`,
      `Split: ${order.split.strategy}, seed ${order.seed}.`,
    ].join("\n\n"),
  };
}
