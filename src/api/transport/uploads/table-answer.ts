/** The fields of an address that say how a table is answered: format, packing, columns. BAD_INPUT names the field. */
import { MOLECULE_FORMATS, type MoleculeFormat } from "../../../datasets/files/molecule-formats.js";
import { MaillardError } from "../../../errors.js";
import { one, type Query, yesOrNo } from "./table-options.js";

export interface TableAnswer {
  format: MoleculeFormat;
  gzip: boolean;
  spreadsheet: boolean;
  probabilities: boolean;
}

export const LINES = "LINES";

export function tableAnswer(query: Query, accept: string | undefined): TableAnswer {
  const format = formatOf(one(query.output), accept);
  const gzip = yesOrNo(query, "gzip") ?? false;
  if (gzip && format === "PARQUET") throw bad("Parquet compresses by itself: leave gzip out.", "gzip");
  return {
    format,
    gzip,
    spreadsheet: yesOrNo(query, "spreadsheet") ?? false,
    probabilities: yesOrNo(query, "probabilities") ?? false,
  };
}

function formatOf(named: string | undefined, accept = ""): MoleculeFormat {
  if (named) {
    const format = named.toUpperCase();
    if (Object.hasOwn(MOLECULE_FORMATS, format)) return format as MoleculeFormat;
    const names = Object.keys(MOLECULE_FORMATS).map((name) => name.toLowerCase());
    throw bad(`output is ${JSON.stringify(named.slice(0, 40))}: give one of ${names.join(", ")}.`, "output");
  }
  const accepted = accept.split(",").map((type) => type.split(";")[0].trim().toLowerCase());
  for (const type of accepted)
    for (const [format, { mediaType }] of Object.entries(MOLECULE_FORMATS))
      if (mediaType.split(";")[0] === type) return format as MoleculeFormat;
  return "CSV";
}

const bad = (message: string, param: string) => new MaillardError("BAD_INPUT", message, { param });
