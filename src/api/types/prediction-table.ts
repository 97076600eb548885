/** The table of answers that a prediction run made. */
import { Field, Float, Int, ObjectType } from "type-graphql";
import { ErrorCode } from "./table-enums.js";

@ObjectType("PredictionProblem", { description: "Molecules of a prediction run without an answer, for one reason." })
export class PredictionProblem {
  @Field(() => ErrorCode, { description: "For programs: COMPUTE_CRASHED, NON_FINITE_OUTPUT, …" })
  code!: ErrorCode;

  @Field(() => Int, { description: "Number of molecules." })
  count!: number;
}

@ObjectType("PredictionTable", { description: "The answers of a prediction run, a row for each molecule." })
export class PredictionTable {
  @Field(() => String, {
    description:
      "Where it is downloaded, relative to the server: GET with the key. `?output=` csv, tsv, jsonl, parquet, smiles " +
      "or sdf, `gzip=true`, `probabilities=true`.",
  })
  url!: string;

  @Field(() => Int, { description: "Molecules, in the order of the dataset." })
  rows!: number;

  @Field(() => Float, { description: "Bytes on the server's disk; they count for the key that started the run." })
  bytes!: number;

  @Field(() => [PredictionProblem], { description: "Molecules without an answer, by code; empty when all have one." })
  problems!: PredictionProblem[];
}
