/** What is deleted, what it took, and what no row needs. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { GARBAGE_KINDS } from "../../runs/index.js";
import { Dataset } from "./dataset.js";

export const DeletedKind = { MODEL: "MODEL", RUN: "RUN", DATASET: "DATASET", RUN_GROUP: "RUN_GROUP" } as const;
export type DeletedKind = keyof typeof DeletedKind;
registerEnumType(DeletedKind, {
  name: "DeletedKind",
  description: "What can be deleted.",
  valuesConfig: {
    MODEL: { description: "A checkpoint, a probe or an ensemble." },
    RUN: { description: "A finetune, a probe or an embedding of a dataset." },
    DATASET: { description: "Molecules with their labels." },
    RUN_GROUP: { description: "Finetunes that were started together." },
  },
});

export const GarbageKind = Object.fromEntries(GARBAGE_KINDS.map((kind) => [kind, kind])) as {
  [K in (typeof GARBAGE_KINDS)[number]]: K;
};
export type GarbageKind = keyof typeof GarbageKind;
registerEnumType(GarbageKind, {
  name: "GarbageKind",
  description: "Why nothing needs it.",
  valuesConfig: {
    FILES: { description: "Files of deleted rows that an ended process did not come to." },
    CHECKPOINTS: {
      description:
        "Checkpoints of runs that have ended, after the days for which they are kept; answers of prediction runs " +
        "that ended without a result an hour ago.",
    },
    FOLDERS: { description: "Folders of models and runs that no row names." },
    PARTS: { description: "Files of downloads and uploads that nobody went on with." },
    COMPOUNDS: { description: "Molecules of no dataset, prediction or embedding." },
    RESULTS: { description: "Kept projections and analyses of what is gone." },
  },
});

@ObjectType("DiskUsage", { description: "What something takes." })
export class DiskUsage {
  @Field(() => Float, { description: "Bytes of its files on disk now; a whole number. Files of the package count 0." })
  files!: number;

  @Field(() => Float, {
    description:
      "Bytes of its rows and their indexes, estimated from their number; a whole number. Of a model these are stored " +
      "predictions and embeddings, of those projects that the key sees.",
  })
  database!: number;
}

@ObjectType("DeletedThing", { description: "Something that was deleted, or would be." })
export class DeletedThing {
  @Field(() => DeletedKind, { description: "What it was." })
  kind!: DeletedKind;

  @Field(() => ID, { description: "Its global id, which names nothing any more." })
  id!: string;

  @Field(() => String, { description: "Its name." })
  name!: string;

  @Field(() => DiskUsage, { description: "What it took." })
  diskUsage!: DiskUsage;
}

@ObjectType("DeletePayload", { description: "Answer of deleteModel, deleteRun, deleteDataset and deleteRunGroup." })
export class DeletePayload {
  @Field(() => [DeletedThing], { description: "Everything that was deleted, or would be: what was asked for first." })
  deleted!: DeletedThing[];

  @Field(() => DiskUsage, { description: "What all of it took together." })
  freed!: DiskUsage;
}

@ObjectType("Garbage", { description: "What no row needs, of one kind." })
export class Garbage {
  @Field(() => GarbageKind, { description: "Why." })
  kind!: GarbageKind;

  @Field(() => Int, { description: "Files, folders or rows." })
  count!: number;

  @Field(() => Float, { description: "Bytes on disk, of rows estimated; a whole number." })
  bytes!: number;

  @Field(() => [String], { description: "The first 100 files and folders, relative to MAILLARD_HOME; empty of rows." })
  paths!: string[];
}

@ObjectType("GarbagePayload", { description: "Answer of collectGarbage." })
export class GarbagePayload {
  @Field(() => [Garbage], { description: "What was removed, or would be; empty: nothing." })
  garbage!: Garbage[];

  @Field(() => Float, { description: "Bytes of all of it; a whole number." })
  bytes!: number;
}

@ObjectType("RestorePayload", { description: "Answer of restoreShipped." })
export class RestorePayload {
  @Field(() => [String], { description: "Names of the models and datasets that ship and are there again." })
  restored!: string[];
}

@ObjectType("DatasetPayload", { description: "Answer of renameDataset." })
export class DatasetPayload {
  @Field(() => Dataset, { description: "The dataset as it is now." })
  dataset!: Dataset;
}
