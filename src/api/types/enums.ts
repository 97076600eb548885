/**
 * GraphQL enums. Their values are those of the layers below: of the database where a column holds them, else of the
 * module that works with them.
 */
import "reflect-metadata";
import { registerEnumType } from "type-graphql";
import { ProjectionMethod } from "../../analysis/map-options.js";
import type { DeviceStatus } from "../../compute/types.js";
import { RUN_VERBS } from "../../runs/index.js";
import type { Strategy } from "../../runs/orders/input.js";
import type { BaselineKind as BaselineKindName } from "../../scores/types.js";
import {
  EventLevel,
  LabelKind,
  Pooling,
  RunGroupKind,
  RunKind,
  RunOriginKind,
  RunStatus,
  Split,
} from "../../store/generated/enums.js";

export { EventLevel, LabelKind, Pooling, ProjectionMethod, RunGroupKind, RunKind, RunOriginKind, RunStatus, Split };

/** As src/runs/verbs.ts names them. */
export const RunVerb = Object.fromEntries(RUN_VERBS.map((verb) => [verb.toUpperCase(), verb])) as {
  readonly [K in (typeof RUN_VERBS)[number] as Uppercase<K>]: K;
};
export type RunVerb = (typeof RUN_VERBS)[number];

export const ProbeFeatures = {
  EMBEDDING: "EMBEDDING",
  MORGAN_FINGERPRINT: "MORGAN_FINGERPRINT",
  MORGAN_COUNTS: "MORGAN_COUNTS",
} as const;
export type ProbeFeatures = keyof typeof ProbeFeatures;

export const BaselineKind = {
  CONSTANT: "CONSTANT",
  FINGERPRINT: "FINGERPRINT",
} as const satisfies { [K in BaselineKindName]: K };
export type BaselineKind = BaselineKindName;

export const ModelKind = { CHECKPOINT: "CHECKPOINT", ENSEMBLE: "ENSEMBLE", PROBE: "PROBE" } as const;
export type ModelKind = keyof typeof ModelKind;

export const SplitStrategy = {
  RANDOM: "RANDOM",
  STRATIFIED: "STRATIFIED",
  SCAFFOLD: "SCAFFOLD",
  COLUMN: "COLUMN",
  ROW: "ROW",
} as const satisfies { [K in Strategy]: K };
export type SplitStrategy = Strategy;

/** Names of transitions of the state table, as a row has them. */
export const AttemptEnding = {
  SUCCEED: "succeed",
  FAIL: "fail",
  CANCEL: "cancel",
  PAUSE: "pause",
  REQUEUE: "requeue",
} as const;
export type AttemptEnding = (typeof AttemptEnding)[keyof typeof AttemptEnding];

export const DeviceState = {
  STARTING: "STARTING",
  READY: "READY",
  RESTARTING: "RESTARTING",
  UNAVAILABLE: "UNAVAILABLE",
} as const satisfies { [K in DeviceStatus["state"]]: K };
export type DeviceState = DeviceStatus["state"];

registerEnumType(Pooling, {
  name: "Pooling",
  description: "How a hidden layer, by default the last, becomes one vector.",
  valuesConfig: {
    CLS: { description: "The vector at position 0 (the start token)." },
    MEAN: { description: "The mean over the real tokens, start and end tokens included; padding never counts." },
  },
});
registerEnumType(ProjectionMethod, {
  name: "ProjectionMethod",
  description: "How vectors become a few coordinates.",
  valuesConfig: {
    PCA: { description: "Principal component analysis: centred, not scaled." },
    TSNE: { description: "t-SNE of the first 50 principal components: keeps neighbourhoods; distances mean little." },
    UMAP: { description: "UMAP of the first 50 principal components: keeps neighbourhoods; distances mean little." },
  },
});
registerEnumType(Split, {
  name: "Split",
  description: "Part of a dataset in a run. Molecules are assigned by the first block of their InChIKey, never by row.",
  valuesConfig: {
    TRAIN: { description: "Weights are fitted on it." },
    VALIDATION: { description: "Scored after each epoch, to watch the training by; never trained on." },
    TEST: { description: "Scored once, at the end." },
  },
});
registerEnumType(RunKind, {
  name: "RunKind",
  description: "What a run does.",
  valuesConfig: {
    FINETUNE: { description: "Trains a classification head and the encoder under it; its result is a model." },
    EMBEDDING: { description: "Computes and stores the embeddings of a whole dataset; it makes no model." },
    PREDICTION: { description: "Predicts a whole dataset; its result is a table of answers." },
    IMPORT: { description: "Imports a file into a dataset." },
    PROJECTION: { description: "Computes missing embeddings, then coordinates by PCA, TSNE or UMAP, which are kept." },
    PRETRAIN: {
      description: "Learns to recover masked tokens of a dataset's molecules; its result is a base model.",
    },
    EVALUATION: { description: "Scores a model on a labelled dataset; its result is the evaluation of TEST." },
    PROBE: {
      description:
        "Fits a linear layer on the embeddings of a model that stays as it is, or on fingerprints; its result " +
        "is a model.",
    },
  },
});
registerEnumType(BaselineKind, {
  name: "BaselineKind",
  description: "What a finetune has to beat.",
  valuesConfig: {
    CONSTANT: {
      description:
        "The same answer to every molecule: the most frequent class of the training split; of MULTI_LABEL each " +
        "label's share there, of REGRESSION each target's mean. Of an evaluation run those of the molecules scored.",
    },
    FINGERPRINT: {
      description:
        "A linear layer on Morgan fingerprints (radius 2, 2,048 bits), fitted to the same training molecules; the " +
        "scores of startProbe with features MORGAN_FINGERPRINT.",
    },
  },
});
registerEnumType(ProbeFeatures, {
  name: "ProbeFeatures",
  description: "What a linear probe reads of a molecule.",
  valuesConfig: {
    EMBEDDING: { description: "Its embedding by `baseModel`." },
    MORGAN_FINGERPRINT: {
      description:
        "Its Morgan fingerprint (radius 2, 2,048 bits): no model stands under it. What a finetune has to beat.",
    },
    MORGAN_COUNTS: {
      description:
        "How often each of its Morgan environments (radius 2, not folded) occurs, as log(1 + n); of those that 2 " +
        "training molecules have at least. No model stands under it.",
    },
  },
});
registerEnumType(ModelKind, {
  name: "ModelKind",
  description: "What a model is made of.",
  valuesConfig: {
    CHECKPOINT: {
      description: "Weights of its own. Only these are embedded with, drawn and finetuned (else MODEL_IS_COMPOSED).",
    },
    ENSEMBLE: { description: "The mean of what its members answer." },
    PROBE: { description: "A linear layer on the embeddings of its base model, or on fingerprints (`family` morgan)." },
  },
});
registerEnumType(RunStatus, {
  name: "RunStatus",
  description:
    "QUEUED, then RUNNING, then one of SUCCEEDED, FAILED and CANCELLED. A run that a crash interrupted is QUEUED " +
    "again and goes on from its last checkpoint. `Run.verbs` says what its status allows.",
  valuesConfig: {
    QUEUED: { description: "Waits for a worker." },
    RUNNING: { description: "A worker holds it." },
    SUCCEEDED: { description: "Finished; a finetune's model is usable." },
    FAILED: { description: "Ended by an error, see Run.error; retryRun lets it go on." },
    CANCELLED: { description: "Ended by cancelRun; retryRun lets it go on." },
    PAUSED: { description: "Stopped by pauseRun, with what it has done: it waits for resumeRun." },
  },
});
registerEnumType(RunVerb, {
  name: "RunVerb",
  description: "What may be done with a run.",
  valuesConfig: {
    CANCEL: { description: "cancelRun ends it." },
    PAUSE: { description: "pauseRun stops it, to go on later." },
    RESUME: { description: "resumeRun lets it go on." },
    RETRY: { description: "retryRun lets it go on from its last checkpoint, or begins anew." },
    CLONE: { description: "cloneRun makes another run of the same input." },
    CONTINUE: { description: "continueRun trains its model further." },
    DELETE: { description: "deleteRun takes it away." },
  },
});
registerEnumType(RunOriginKind, {
  name: "RunOriginKind",
  description: "How a run was made of another one.",
  valuesConfig: {
    CLONE: { description: "The same input, with changes." },
    CONTINUE: { description: "It trains the model of the other run further, on the same molecules." },
  },
});
registerEnumType(RunGroupKind, {
  name: "RunGroupKind",
  description: "In what the runs of a group differ.",
  valuesConfig: {
    REPEATS: { description: "In their seed, or in their fold." },
    SWEEP: { description: "In options that are searched." },
  },
});
registerEnumType(EventLevel, {
  name: "EventLevel",
  description: "How much an event matters, in ascending order.",
  valuesConfig: {
    INFO: { description: "The usual course." },
    WARNING: { description: "The run goes on, and somebody should know." },
    ERROR: { description: "It ended the run." },
  },
});
registerEnumType(AttemptEnding, {
  name: "AttemptEnding",
  description: "What ended an attempt.",
  valuesConfig: {
    SUCCEED: { description: "The run has its result." },
    FAIL: { description: "An error ended the run." },
    CANCEL: { description: "The run was ended on request." },
    PAUSE: { description: "The run was stopped, to go on later." },
    REQUEUE: {
      description: "Its worker closed or was lost, or a fault that may pass stopped it: another one follows.",
    },
  },
});
registerEnumType(SplitStrategy, {
  name: "SplitStrategy",
  description:
    "How molecules are dealt to training, validation and test. Scores of different strategies do not compare.",
  valuesConfig: {
    RANDOM: { description: "By a seeded hash of each molecule." },
    STRATIFIED: { description: "Random within each class, so that every split has the classes in proportion." },
    SCAFFOLD: { description: "Molecules of one Murcko scaffold stay together; an acyclic molecule is its own group." },
    COLUMN: { description: "As a label set says: its values are train, validation (or valid, val) and test." },
    ROW: {
      description:
        "Leaky, to reproduce published numbers alone: a row for each molecule and label of a MULTI_LABEL set, " +
        "dealt by a seeded hash of the row, so that one molecule is trained on and tested. Every score bears " +
        "the warning LEAKY_SPLIT.",
    },
  },
});
registerEnumType(LabelKind, {
  name: "LabelKind",
  description: "What the values of a label set are.",
  valuesConfig: {
    SINGLE_LABEL: { description: "One class per molecule." },
    MULTI_LABEL: { description: "Any number of classes per molecule." },
    NUMBER: { description: "A number per molecule." },
  },
});
registerEnumType(DeviceState, {
  name: "DeviceState",
  description: "Whether a device takes work.",
  valuesConfig: {
    STARTING: { description: "Its process is coming up." },
    READY: { description: "Takes work." },
    RESTARTING: { description: "Its process died and is being started again." },
    UNAVAILABLE: { description: "Cannot be used; `reason` says why." },
  },
});
