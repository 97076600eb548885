/** How far an import run is, and what became of its rows. */
import { Field, Int, ObjectType } from "type-graphql";
import { ImportReport } from "./dataset.js";

@ObjectType("RunImport", { description: "What an import run has imported so far." })
export class RunImport {
  @Field(() => Int, { description: "Line of the file that was imported last, from 1: after it a failed run ended." })
  line!: number;

  @Field(() => ImportReport, { description: "What became of the rows so far, with the first 100 problems." })
  report!: ImportReport;
}
