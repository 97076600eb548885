/**
 * The table options in the address of POST /import/csv. What is not given there is found in the file.
 *   smiles, name             columns, by their name in the header, or "column 3" of a file without one
 *   label, multi, number     columns of labels, each may be repeated: SINGLE_LABEL, MULTI_LABEL, NUMBER. When one is
 *                            named, these and no others are taken; label= (empty) takes none
 *   labels                   columns of labels, each of the kind that is found; may be repeated
 *                            Names of these four may be patterns: labels=NR-*, labels=* for all that hold labels
 *   separator                between the labels of a multi-label cell
 *   delimiter                between the cells of a row: one character, or tab
 *   encoding                 utf-8, utf-16le, utf-16be, windows-1252, iso-8859-1, …
 *   header                   true or false: whether the first row names the columns
 *   decimal                  "." or ",": what stands before the fraction of a number
 *   missing                  a text of a label that means "not known", may be repeated; missing= (empty) for none.
 *                            Without it, those of src/datasets/cells/missing.ts
 *   format                   csv, or smiles: SMILES, white space, name
 *   sheet                    of an Excel workbook: its name; default: the first
 *   describe                 true: only say what was found; with part=true, of a file whose first part this is
 * Anything else in their place is BAD_INPUT.
 */
import type { TableOptions } from "../../../datasets/files/choose-columns.js";
import { MaillardError } from "../../../errors.js";
import { requireStorable } from "../../../text.js";

export type Query = Record<string, string | string[] | undefined>;
type Text = string | string[] | undefined;

export const one = (value: Text): string | undefined => (Array.isArray(value) ? value.at(-1) : value);
const many = (value: Text): string[] => (value === undefined ? [] : [value].flat());

/** BAD_INPUT names the field (src/text.ts). */
export function checkTexts(query: Query): void {
  for (const [field, texts] of Object.entries(query)) for (const text of many(texts)) requireStorable(text, field);
}

export const asksForDescription = (query: Query): boolean => yesOrNo(query, "describe") ?? false;
export const isPart = (query: Query): boolean => yesOrNo(query, "part") ?? false;

export function tableOptions(query: Query): TableOptions {
  const kinds = (["label", "multi", "number"] as const).flatMap((field) =>
    many(query[field]).map((name) => ({ field, name })),
  );
  const named = kinds.filter(({ name }) => name !== "");
  const found = many(query.labels).filter((name) => name !== "");
  const options: TableOptions = {
    smiles: one(query.smiles) || undefined,
    name: one(query.name) || undefined,
    separator: one(query.separator) || undefined,
    encoding: one(query.encoding) || undefined,
    sheet: one(query.sheet) || undefined,
    delimiter: checked(query, "delimiter", "one character, or tab", (text) =>
      text === "tab" ? "\t" : [...text].length === 1 && text !== '"' ? text : null,
    ),
    header: yesOrNo(query, "header"),
    decimal: checked(query, "decimal", '"." or ","', (text) => (text === "." || text === "," ? text : null)),
    format: checked(query, "format", "csv or smiles", (text) => FORMATS.get(text.toLowerCase()) ?? null),
    missing: query.missing === undefined ? undefined : many(query.missing).filter((text) => text !== ""),
  };
  if (kinds.length === 0 && query.labels === undefined) return options;
  return {
    ...options,
    labels: [...found, ...named.map(({ name }) => name)],
    kinds: Object.fromEntries(named.map(({ field, name }) => [name, KINDS[field]])),
  };
}

const KINDS = { label: "SINGLE_LABEL", multi: "MULTI_LABEL", number: "NUMBER" } as const;
const FORMATS = new Map([
  ["csv", "CSV"],
  ["smiles", "SMILES"],
] as const) as ReadonlyMap<string, "CSV" | "SMILES">;

export const yesOrNo = (query: Query, field: string): boolean | undefined =>
  checked(query, field, "true or false", (text) => (text === "true" ? true : text === "false" ? false : null));

export const number = (query: Query, field: string): number | undefined =>
  checked(query, field, "a whole number", (text) => (/^\d{1,9}$/.test(text) ? Number(text) : null));

function checked<T>(query: Query, field: string, rule: string, read: (text: string) => T | null): T | undefined {
  const text = one(query[field]);
  if (text === undefined || text === "") return undefined;
  const value = read(text);
  if (value !== null) return value;
  throw new MaillardError("BAD_INPUT", `${field} is ${JSON.stringify(text.slice(0, 40))}: give ${rule}.`, {
    param: field,
  });
}
