/** Answers of the mutations. */
import { Field, ObjectType } from "type-graphql";
import { Dataset, ImportReport } from "./dataset.js";
import { Model } from "./model.js";
import { Run } from "./run.js";
import { RunGroup } from "./run-group.js";

@ObjectType("RunGroupPayload", { description: "Answer of startRepeats and cancelRunGroup." })
export class RunGroupPayload {
  @Field(() => RunGroup, { description: "The group as it is now." })
  group!: RunGroup;
}

@ObjectType("RunPayload", {
  description:
    "Answer of startFinetune, startProbe, startEmbedding, startPrediction, startEvaluation, startProjection, " +
    "startPretraining and " +
    "cancelRun.",
})
export class RunPayload {
  @Field(() => Run, { description: "The run as it is now." })
  run!: Run;
}

@ObjectType("RunAgainPayload", { description: "Answer of cloneRun and continueRun." })
export class RunAgainPayload {
  @Field(() => Run, { description: "The new run." })
  run!: Run;

  @Field(() => [String], { description: "Options that are not what they were." })
  changed!: string[];

  @Field(() => [String], {
    description: "Options that the recipe AUTO had decided of the other run, and that are as it decided them.",
  })
  kept!: string[];
}

@ObjectType("ImportPayload", { description: "Answer of importDataset." })
export class ImportPayload {
  @Field(() => Dataset, { description: "The dataset after this batch." })
  dataset!: Dataset;

  @Field(() => ImportReport, { description: "What became of the rows of this batch alone." })
  report!: ImportReport;
}

@ObjectType("ModelPayload", { description: "Answer of createEnsemble and quantizeModel." })
export class ModelPayload {
  @Field(() => Model, { description: "The model, ready for use." })
  model!: Model;
}
