/** A library of molecules with labels. */
import { GraphQLDateTime } from "graphql-scalars";
import { Field, ID, Int, ObjectType } from "type-graphql";
import { connectionType } from "./connection.js";
import { LabelKind } from "./enums.js";
import { Node } from "./node.js";
import { ConflictRule, ImportProblemCode } from "./table-enums.js";

@ObjectType("LabelCount", { description: "How many molecules have a value." })
export class LabelCount {
  @Field(() => String, { description: "The value." })
  value!: string;

  @Field(() => Int, { description: "Molecules with it." })
  count!: number;
}

@ObjectType("LabelSet", { description: "A column of labels of one dataset, e.g. superclass." })
export class LabelSet {
  @Field(() => String, { description: "Name of the column: what `target`, `colorBy` and `split.column` take." })
  name!: string;

  @Field(() => LabelKind, { description: "What its values are." })
  kind!: LabelKind;

  @Field(() => [LabelCount], { description: "Molecules by value, most frequent first; empty for NUMBER." })
  counts!: LabelCount[];
}

@ObjectType("ImportProblem", { description: "A row, or one of its labels, that was not taken." })
export class ImportProblem {
  @Field(() => Int, { description: "Line in the source file, from 1." })
  line!: number;

  @Field(() => ImportProblemCode, { description: "For programs; says whether the row was dropped or a label alone." })
  code!: ImportProblemCode;

  @Field(() => String, { description: "The reason." })
  message!: string;
}

@ObjectType("ProblemCount", { description: "How often a problem came up." })
export class ProblemCount {
  @Field(() => ImportProblemCode, { description: "Its code, as in ImportProblem." })
  code!: ImportProblemCode;

  @Field(() => Int, { description: "Rows or labels with it." })
  count!: number;
}

@ObjectType("MissingText", { description: 'How often a label meant "not known".' })
export class MissingText {
  @Field(() => String, { description: "The text, as the rows have it." })
  text!: string;

  @Field(() => Int, { description: "Labels with it: they were left out." })
  count!: number;
}

@ObjectType("LabelConflicts", { description: "How often rows contradicted each other in a label set." })
export class LabelConflicts {
  @Field(() => String, { description: "Name of the label set." })
  labelSet!: string;

  @Field(() => Int, { description: "Labels that are another than an earlier row gives." })
  count!: number;
}

@ObjectType("ImportReport", {
  description: "What became of the rows of an import: rows = imported + merged + dropped.",
})
export class ImportReport {
  @Field(() => Int, { description: "Rows read." })
  rows!: number;

  @Field(() => Int, { description: "Rows that became a new member." })
  imported!: number;

  @Field(() => Int, { description: "Rows whose molecule was there already; their labels were added to it." })
  merged!: number;

  @Field(() => Int, { description: "Rows left out." })
  dropped!: number;

  @Field(() => Int, { description: "Number of problems, those not listed included." })
  problemCount!: number;

  @Field(() => [ProblemCount], { description: "Problems by code, those not listed included, most frequent first." })
  reasons!: ProblemCount[];

  @Field(() => [MissingText], {
    description:
      'Labels that were left out because they mean "not known", most frequent first; see `missing` of ' +
      "ImportDatasetInput. They are no problems.",
  })
  missing!: MissingText[];

  @Field(() => [LabelConflicts], {
    description:
      "Labels of SINGLE_LABEL and NUMBER sets that are another than an earlier row gives the molecule, by label set, " +
      "most first. Each is a problem LABEL_CONFLICT too.",
  })
  conflicts!: LabelConflicts[];

  @Field(() => ConflictRule, { description: "What was done with them: `onConflict` of the import." })
  onConflict!: ConflictRule;

  @Field(() => [ImportProblem], { description: "The first 1,000 problems, in the order of the rows." })
  problems!: ImportProblem[];
}

@ObjectType("Dataset", { implements: Node, description: "A library of molecules with labels." })
export class Dataset extends Node {
  @Field(() => ID, { description: "Global id." })
  override id!: string;

  @Field(() => String, { description: "Unique name." })
  name!: string;

  @Field(() => String, { description: "What it is; may be empty." })
  description!: string;

  @Field(() => String, { description: "Where it comes from, with its licence; may be empty." })
  source!: string;

  @Field(() => Int, { description: "Number of molecules." })
  size!: number;

  @Field(() => ImportReport, { description: "Report of the latest import." })
  report!: ImportReport;

  @Field(() => GraphQLDateTime, { description: "When it was first imported." })
  createdAt!: Date;
}

export const { Connection: DatasetConnection } = connectionType("Dataset", () => Dataset);
