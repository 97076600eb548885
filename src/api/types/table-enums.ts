/** Enums whose values and descriptions are the rows of a table of the layers below. */
import "reflect-metadata";
import { registerEnumType } from "type-graphql";
import { CONFLICT_RULES } from "../../datasets/conflicts/rules.js";
import { IMPORT_PROBLEMS } from "../../datasets/types.js";
import { ERROR_CODES } from "../../errors.js";
import { PRECISIONS, TASKS } from "../../model/types.js";
import { EVENTS, WARNINGS } from "../../runs/index.js";
import { ANSWER_PROBLEMS } from "../../runs/predictions/alone.js";

type Table = Readonly<Record<string, string>>;
type EnumOf<T extends Table> = { readonly [K in keyof T]: K };

export function enumOf<T extends Table>(name: string, description: string, table: T): EnumOf<T> {
  const entries = Object.entries(table);
  const made = Object.fromEntries(entries.map(([value]) => [value, value])) as EnumOf<T>;
  const valuesConfig = Object.fromEntries(entries.map(([value, text]) => [value, { description: text }]));
  registerEnumType(made, { name, description, valuesConfig: valuesConfig as never });
  return made;
}

export const Task = enumOf("Task", "What the head of a model answers.", TASKS);
export type Task = keyof typeof Task;

export const Precision = enumOf("Precision", "How a model computes when it answers.", PRECISIONS);
export type Precision = keyof typeof Precision;

export const ErrorCode = enumOf(
  "ErrorCode",
  "Every code of an error: of a failed run or download, and in `extensions.code` of the errors of an answer. There " +
    "are also GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, BAD_USER_INPUT, BAD_REQUEST and LIMIT_EXCEEDED, of a " +
    "document or request that is refused.",
  ERROR_CODES,
);
export type ErrorCode = keyof typeof ErrorCode;

export const SmilesErrorCode = enumOf("SmilesErrorCode", "Why one SMILES of several has no answer.", ANSWER_PROBLEMS);
export type SmilesErrorCode = keyof typeof SmilesErrorCode;

export const ImportProblemCode = enumOf(
  "ImportProblemCode",
  "Why a row of an import, or one of its labels, was not taken.",
  IMPORT_PROBLEMS,
);
export type ImportProblemCode = keyof typeof ImportProblemCode;

export const ConflictRule = enumOf(
  "ConflictRule",
  "What a molecule has of a SINGLE_LABEL or NUMBER set when the rows of an import give it different labels.",
  CONFLICT_RULES,
);
export type ConflictRule = keyof typeof ConflictRule;

export const WarningCode = enumOf("WarningCode", "What to know when reading a run's scores.", WARNINGS);
export type WarningCode = keyof typeof WarningCode;

export const RunEventKind = enumOf(
  "RunEventKind",
  "What happened to a run.",
  Object.fromEntries(Object.entries(EVENTS).map(([kind, { says }]) => [kind, says])) as Record<
    keyof typeof EVENTS,
    string
  >,
);
export type RunEventKind = keyof typeof RunEventKind;

/** Of a stored row: a code that this version does not know is INTERNAL. */
export const errorCodeOf = (code: string): ErrorCode =>
  Object.hasOwn(ErrorCode, code) ? (code as ErrorCode) : "INTERNAL";
