/** What lists of runs, models and datasets are narrowed to, and their orders. */
import { GraphQLDateTime } from "graphql-scalars";
import { ArgsType, Field, Float, InputType, registerEnumType } from "type-graphql";
import { ModelKind, RunKind, RunStatus, Split } from "../enums.js";
import { PageArguments } from "../page-arguments.js";
import { Task } from "../table-enums.js";
import { NumberRange } from "./compound-filter.js";

const ORDERS = {
  CREATED_ASC: "Oldest first.",
  CREATED_DESC: "Newest first.",
  NAME_ASC: "By the name, as the database orders texts.",
  NAME_DESC: "The other way round.",
} as const;
const MODEL_ORDERS = {
  ...ORDERS,
  PARAMETER_COUNT_ASC: "Fewest weights first.",
  PARAMETER_COUNT_DESC: "Most weights first.",
} as const;
const DATASET_ORDERS = { ...ORDERS, SIZE_ASC: "Fewest molecules first.", SIZE_DESC: "Most molecules first." } as const;

type OrderOf<T> = { readonly [K in keyof T]: K };

function orderOf<T extends Readonly<Record<string, string>>>(name: string, what: string, table: T): OrderOf<T> {
  const made = Object.fromEntries(Object.keys(table).map((value) => [value, value])) as OrderOf<T>;
  const valuesConfig = Object.fromEntries(
    Object.entries(table).map(([value, description]) => [value, { description }]),
  );
  const description = `Order of a list of ${what}. What is equal comes in the order of ids.`;
  registerEnumType(made, { name, description, valuesConfig: valuesConfig as never });
  return made;
}

const RUN_ORDERS = {
  ...ORDERS,
  SCORE_ASC: "Lowest `score` first; only runs that have it.",
  SCORE_DESC: "Highest `score` first; only runs that have it.",
} as const;

const RunOrder = orderOf("RunOrder", "runs", RUN_ORDERS);
type RunOrder = keyof typeof RunOrder;
const ModelOrder = orderOf("ModelOrder", "models", MODEL_ORDERS);
type ModelOrder = keyof typeof ModelOrder;
const DatasetOrder = orderOf("DatasetOrder", "datasets", DATASET_ORDERS);
type DatasetOrder = keyof typeof DatasetOrder;

const ALL = "Conditions that hold all at once. An empty filter is none.";
const TEXT = "small and capital letters are the same. 1 to 100 characters, else BAD_INPUT.";

@InputType("TimeRange", { description: "Times between two bounds." })
export class TimeRange {
  @Field(() => GraphQLDateTime, { nullable: true, description: "At this time or later; null: no bound." })
  from?: Date | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: "Before this time; null: no bound." })
  to?: Date | null;
}

@InputType("OptionCondition", { description: "An option that a run has: `range`, or one of `values`." })
export class OptionCondition {
  @Field(() => String, {
    description:
      "Name of an option of StartFinetuneInput, e.g. learningRate, or of a part, e.g. lora.rank. BAD_INPUT. A run of " +
      "a version that did not have the option is not found by it.",
  })
  name!: string;

  @Field(() => NumberRange, { nullable: true, description: "Bounds of a number." })
  range?: NumberRange | null;

  @Field(() => [String], {
    nullable: true,
    description: "One of these: a value of an enum as the schema names it, a number, true or false.",
  })
  values?: string[] | null;
}

@InputType("RunScoreInput", { description: "Which score of a run." })
export class RunScoreInput {
  @Field(() => String, { description: "Its name, as in Score: accuracy, macroF1, rmse, …" })
  name!: string;

  @Field(() => Split, { defaultValue: Split.TEST, description: "The split." })
  split!: Split;
}

@InputType("RunScoreCondition", { description: "A score that a run has." })
export class RunScoreCondition extends RunScoreInput {
  @Field(() => Float, { nullable: true, description: "At least; null: no bound." })
  minimum?: number | null;

  @Field(() => Float, { nullable: true, description: "At most; null: no bound." })
  maximum?: number | null;
}

@InputType("RunFilter", { description: ALL })
export class RunFilter {
  @Field(() => String, { nullable: true, description: `A part of the name; ${TEXT}` })
  text?: string | null;

  @Field(() => [RunKind], { nullable: true, description: "Of one of these kinds." })
  kind?: RunKind[] | null;

  @Field(() => [RunStatus], { nullable: true, description: "Of one of these statuses." })
  status?: RunStatus[] | null;

  @Field(() => String, { nullable: true, description: "Name of the dataset that it works on. NOT_FOUND." })
  dataset?: string | null;

  @Field(() => String, { nullable: true, description: "Name of the model that it starts from. NOT_FOUND." })
  baseModel?: string | null;

  @Field(() => String, { nullable: true, description: "Label set that it learns, or one of them." })
  target?: string | null;

  @Field(() => [String], { nullable: true, description: "With all of these tags." })
  tags?: string[] | null;

  @Field(() => [OptionCondition], { nullable: true, description: "Of whose options all of this holds; at most 20." })
  options?: OptionCondition[] | null;

  @Field(() => RunScoreCondition, { nullable: true, description: "With a score between bounds." })
  score?: RunScoreCondition | null;

  @Field(() => TimeRange, { nullable: true, description: "When it was asked for." })
  createdAt?: TimeRange | null;
}

@InputType("ModelFilter", { description: ALL })
export class ModelFilter {
  @Field(() => String, { nullable: true, description: `A part of the name; ${TEXT}` })
  text?: string | null;

  @Field(() => [ModelKind], { nullable: true, description: "Of one of these kinds." })
  kind?: ModelKind[] | null;

  @Field(() => [Task], { nullable: true, description: "With one of these tasks." })
  task?: Task[] | null;

  @Field(() => [String], { nullable: true, description: "Of one of these families." })
  family?: string[] | null;

  @Field(() => String, { nullable: true, description: "Label set that its head predicts." })
  target?: string | null;

  @Field(() => String, { nullable: true, description: "Name of the model that it was made from. NOT_FOUND." })
  baseModel?: string | null;

  @Field(() => TimeRange, { nullable: true, description: "When it was registered." })
  createdAt?: TimeRange | null;
}

@InputType("DatasetFilter", { description: ALL })
export class DatasetFilter {
  @Field(() => String, { nullable: true, description: `A part of the name or of the description; ${TEXT}` })
  text?: string | null;

  @Field(() => NumberRange, { nullable: true, description: "Number of molecules." })
  size?: NumberRange | null;

  @Field(() => String, { nullable: true, description: "Name of a label set that it has." })
  labelSet?: string | null;

  @Field(() => TimeRange, { nullable: true, description: "When it was first imported." })
  createdAt?: TimeRange | null;
}

@ArgsType()
export class RunListArguments extends PageArguments {
  @Field(() => RunFilter, { nullable: true, description: "Only runs of which all of this holds." })
  filter?: RunFilter | null;

  @Field(() => RunOrder, { defaultValue: RunOrder.CREATED_DESC, description: "Order of the list." })
  orderBy!: RunOrder;

  @Field(() => RunScoreInput, { nullable: true, description: "Of SCORE_ASC and SCORE_DESC, required: which score." })
  score?: RunScoreInput | null;

  @Field(() => RunStatus, {
    nullable: true,
    description: "Only runs of this status; null: all.",
    deprecationReason: "`filter.status` takes several.",
  })
  status?: RunStatus | null;
}

@ArgsType()
export class ModelListArguments extends PageArguments {
  @Field(() => ModelFilter, { nullable: true, description: "Only models of which all of this holds." })
  filter?: ModelFilter | null;

  @Field(() => ModelOrder, { defaultValue: ModelOrder.CREATED_ASC, description: "Order of the list." })
  orderBy!: ModelOrder;
}

@ArgsType()
export class DatasetListArguments extends PageArguments {
  @Field(() => DatasetFilter, { nullable: true, description: "Only datasets of which all of this holds." })
  filter?: DatasetFilter | null;

  @Field(() => DatasetOrder, { defaultValue: DatasetOrder.CREATED_ASC, description: "Order of the list." })
  orderBy!: DatasetOrder;
}
