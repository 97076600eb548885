/** What an import run was asked, how far it is, and what became of its rows. */
import { GraphQLJSON } from "graphql-scalars";
import { Field, Float, Int, ObjectType } from "type-graphql";
import { ImportReport } from "./dataset.js";
import { ConflictRule } from "./table-enums.js";

@ObjectType("RunImport", { description: "What an import run has imported so far." })
export class RunImport {
  @Field(() => Int, { description: "Line of the file that was imported last, from 1: after it a failed run ended." })
  line!: number;

  @Field(() => ImportReport, { description: "What became of the rows so far, with the first 100 problems." })
  report!: ImportReport;
}

@ObjectType("ImportedFile", { description: "A file as it was received." })
class ImportedFile {
  @Field(() => Float, { description: "Its bytes." })
  bytes!: number;

  @Field(() => String, { description: "sha256 of them, as hexadecimal digits." })
  sha256!: string;
}

@ObjectType("ImportSettings", { description: "What an import run was asked, by the address of its upload." })
export class ImportSettings {
  @Field(() => String, { description: "Name of the dataset, as it was then." })
  dataset!: string;

  @Field(() => String, { description: "csv (any table or file of molecules) or foodb." })
  format!: string;

  @Field(() => String, { nullable: true, description: "What the dataset is; null leaves it as it was." })
  description!: string | null;

  @Field(() => String, { nullable: true, description: "Where it comes from; null leaves it as it was." })
  source!: string | null;

  @Field(() => ConflictRule, {
    description: "What a molecule has of a SINGLE_LABEL or NUMBER set when rows give it different labels.",
  })
  onConflict!: ConflictRule;

  @Field(() => GraphQLJSON, { description: "Of a table: what was named of its columns and its layout." })
  table!: unknown;

  @Field(() => ImportedFile, { description: "The file." })
  file!: ImportedFile;
}
