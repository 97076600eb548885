/** What a file is, by its first characters; what is no table of molecules is refused by its name. */
import { MaillardError } from "../../../errors.js";
import { isSdf } from "./sdf.js";
import type { TableSource } from "./types.js";

/** Bytes in which a format is recognised. */
export const RECOGNISED_IN = 4_096;

const REFUSED: readonly { begins: RegExp; what: string; advice: string }[] = [
  {
    begins: /^\xd0\xcf[\s\S]\xe0/,
    what: "an Excel workbook of before 2007 (.xls)",
    advice: "save it as .xlsx or as CSV",
  },
  { begins: /^\s*(#.*\s+)*@<TRIPOS>/, what: "a MOL2 file", advice: "convert it to SDF, or give a table with SMILES" },
  { begins: /^\$RXN/, what: "a reaction (RXN)", advice: "give a table of molecules" },
  { begins: /^\$RDFILE/, what: "an RDfile of reactions", advice: "give a table of molecules, or an SDF" },
  { begins: /^\s*(\{\s*"|\[\s*(\{|"|\]))/, what: "JSON", advice: "save it as CSV, a row for each molecule" },
  { begins: /^%PDF-/, what: "a PDF", advice: "save its table as CSV" },
  { begins: /^\s*<(\?xml|!DOCTYPE|html|cml)/i, what: "XML or HTML", advice: "save its table as CSV" },
  { begins: /^(HEADER|HETATM|CRYST1) {2,}\S/, what: "a PDB file", advice: "convert it to SDF" },
  { begins: /^(ORC1?$|ARROW1|Obj|\x89HDF)/, what: "no table that is read", advice: "save it as Parquet or CSV" },
];

/** Null: text, as far as is known. BAD_INPUT. */
export function recognised(path: string, head: Buffer): TableSource["kind"] | null {
  const text = head.toString("latin1");
  if (text.startsWith("PAR1")) return "PARQUET";
  if (text.startsWith("PK\x03\x04")) return "XLSX";
  const refused = REFUSED.find(({ begins }) => begins.test(text));
  if (refused)
    throw new MaillardError("BAD_INPUT", `${path} is ${refused.what}: ${refused.advice}.`, { param: "file" });
  return isSdf(text) ? "SDF" : null;
}
