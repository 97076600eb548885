/** A model on its way from a hub, and the answers that hold one. */
import { GraphQLDateTime } from "graphql-scalars";
import { Field, Float, ID, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { RunStatus } from "./enums.js";
import { Model } from "./model.js";
import { Node } from "./node.js";
import { RunError } from "./run.js";

@ObjectType("ModelDownload", {
  implements: Node,
  description:
    "A model on its way from a hub. It goes on after broken connections and restarts; follow it with " +
    "modelDownloadUpdated, or ask again.",
})
export class ModelDownload extends Node {
  @Field(() => ID, { description: "Global id; taken by modelDownload, cancelModelDownload and modelDownloadUpdated." })
  override id!: string;

  @Field(() => String, { description: "Name that the model gets." })
  name!: string;

  @Field(() => String, { description: "Repository, owner/name." })
  hub!: string;

  @Field(() => String, { description: "Branch, tag or commit that was asked for." })
  revision!: string;

  @Field(() => String, { description: "Sha of the commit that `revision` meant then; every file is of this one." })
  commit!: string;

  @Field(() => RunStatus, { description: "Where it is in its life: that of a run." })
  status!: RunStatus;

  @Field(() => Float, { description: "Bytes that are there; a whole number." })
  bytes!: number;

  @Field(() => Float, { description: "Bytes of all its files; a whole number." })
  totalBytes!: number;

  @Field(() => RunError, {
    nullable: true,
    description:
      "Why it failed; null unless FAILED. The codes of addModel, and CHECKSUM_MISMATCH: a file came twice " +
      "with other content than the hub says.",
  })
  error!: RunError | null;

  @Field(() => Model, { nullable: true, description: "The model; null until SUCCEEDED." })
  model!: Model | null;

  @Field(() => GraphQLDateTime, { description: "When it was asked for." })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it began; null while it waits." })
  startedAt!: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "When it ended; null until then." })
  finishedAt!: Date | null;
}

export const { Connection: ModelDownloadConnection } = connectionType("ModelDownload", () => ModelDownload);

@ObjectType("AddModelPayload", { description: "Answer of addModel." })
export class AddModelPayload {
  @Field(() => Model, { nullable: true, description: "The model, ready for use; null while it is being fetched." })
  model!: Model | null;

  @Field(() => ModelDownload, { nullable: true, description: "How it is fetched; null of a folder." })
  download!: ModelDownload | null;
}

@ObjectType("ModelDownloadPayload", { description: "Answer of cancelModelDownload." })
export class ModelDownloadPayload {
  @Field(() => ModelDownload, { description: "The download as it is now." })
  download!: ModelDownload;
}
