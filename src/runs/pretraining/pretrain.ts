/**
 * A pretraining in its worker: molecules -> file -> training process -> rows -> model. It may be executed several
 * times, as a finetune (work/finetune.ts), and shares its events, checkpoints and end.
 */
import { join } from "node:path";
import type { TaskReport } from "../../scores/types.js";
import type { Model, Run } from "../../store/generated/client.js";
import { modelFolder, presentModelFolder } from "../../store/index.js";
import { modelData } from "../../store/models.js";
import { tokenizers } from "../../tokenizer/index.js";
import { PRETRAIN_DEFAULTS, type PretrainOptions } from "../../train/pretrain/pretrain-options.js";
import type { PretrainingJob } from "../../train/types.js";
import { succeedWithModel } from "../ending/succeed.js";
import { chooseDevice } from "../orders/device.js";
import {
  type PlannedPretraining,
  plannedPretraining,
  pretrainingArtifact,
  shapeOf,
} from "../orders/pretraining-order.js";
import { UnseenCount } from "../plan/warnings/unseen.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import { lastValid } from "../record/checkpoints.js";
import type { Execution } from "../record/execution.js";
import { checkpointsOf } from "../removal/retention.js";
import { modelArtifact, recordTraining } from "../work/finetune.js";
import { pretrainingCard } from "./card.js";
import { writeCorpus } from "./corpus.js";

/** Should the last one be damaged, there is another. */
const KEPT_CHECKPOINTS = 2;

type Subject = Run & { baseModel: Model | null };

export async function runPretraining(execution: Execution): Promise<void> {
  const { store, compute, fence, recorder, signal } = execution;
  const run = await whenDatabaseIsBack(
    () => store.prisma.run.findUniqueOrThrow({ where: { id: fence.runId }, include: { baseModel: true } }),
    signal,
  );
  const order = plannedPretraining(run.input);
  const job = await jobOf(execution, run, order);
  let report: TaskReport | null = null;
  await compute.train(
    job,
    async (event) => {
      if (event.kind === "evaluation") ({ report } = event);
      if (event.kind !== "finished" && event.kind !== "halted" && event.kind !== "baselines")
        await recordTraining(execution, run, event, KEPT_CHECKPOINTS);
    },
    signal,
  );
  await recorder.flush();
  const data = await modelData({
    name: order.name,
    folder: job.options.output,
    artifact: modelArtifact(run.id),
    ...(run.baseModelId === null ? {} : { baseModelId: run.baseModelId }),
    card: pretrainingCard(order, report),
  });
  await succeedWithModel(execution, run, data);
  // Nothing reads it any more. Should this process end here, it goes with the run.
  await store.artifacts.remove(pretrainingArtifact(run.id)).catch(() => undefined);
}

async function jobOf(execution: Execution, run: Subject, order: PlannedPretraining): Promise<PretrainingJob> {
  const { store, compute, fence, threads, signal } = execution;
  const folder = store.artifacts.path(pretrainingArtifact(run.id));
  const corpus = join(folder, "corpus.smi");
  await prepareCorpus(execution, run, order, corpus);
  const resume = await whenDatabaseIsBack(() => lastValid(store, fence), signal);
  const previous = run.environment as { threads?: number; device?: string } | null;
  return {
    kind: "PRETRAIN",
    options: {
      ...optionsOf(order),
      corpus,
      output: store.artifacts.path(modelArtifact(run.id)),
      base: run.baseModel ? modelFolder(store, run.baseModel) : null,
      // The exact numbers depend on the threads: a run that continues uses the same number of them.
      threads: previous?.threads ?? threads,
    },
    checkpointFolder: store.artifacts.path(checkpointsOf(run.id)),
    resumeFrom: resume && store.artifacts.path(resume.path),
    cache: join(folder, "properties.bin"),
    evalSteps: order.evalSteps,
    device: chooseDevice(compute, order.device, previous?.device),
  };
}

function optionsOf(order: PlannedPretraining): Omit<PretrainOptions, "corpus" | "output" | "base" | "threads"> {
  const { tokens, batchSize, learningRate, warmupRatio, weightDecay, maskProbability, dropout } = order;
  const { validationMolecules, seed, checkpointEvery, logEvery, properties, propertyShare, randomSmiles } = order;
  return {
    ...PRETRAIN_DEFAULTS,
    shape: shapeOf(order),
    ...{ tokens, batchSize, learningRate, warmup: warmupRatio, weightDecay, maskProbability, dropout },
    ...{ validationMolecules, seed, checkpointEvery, logEvery, properties, propertyShare, randomSmiles },
  };
}

/** Writes the file, if it is not there, and warns of molecules that the base model does not see as a whole. */
async function prepareCorpus(
  { store, recorder, signal }: Execution,
  { datasetId, baseModel }: Subject,
  { positions }: PlannedPretraining,
  file: string,
): Promise<void> {
  const source = baseModel && { checksum: baseModel.checksum, folder: await presentModelFolder(store, baseModel) };
  const tokenizer = source && (await tokenizers.get(source));
  const limit = baseModel?.maxLength ?? 0;
  const unseen = tokenizer && new UnseenCount(tokenizer, limit);
  const onMolecule = (smiles: string): void => unseen?.add(smiles, tokenizer!.encode(smiles, limit));
  await writeCorpus(store, { datasetId, positions, file, onMolecule, signal });
  for (const warning of unseen?.warnings() ?? []) await recorder.warn(warning);
}
