/**
 * A FooDB dump in small: textbook and invented compounds in the layout of the 2020 CSV dump, with all its difficulties.
 * The header of Compound.csv is shifted; descriptions hold line breaks and doubled quotes; some links have no target.
 */
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

const SHIFTED =
  "id,public_id,name,moldb_iupac,state,annotation_quality,description,cas_number," +
  "moldb_inchikey,moldb_inchi,moldb_smiles,moldb_mono_mass,kingdom,superklass,klass,subklass";

/** name, SMILES, superklass */
const COMPOUNDS: [string, string, string][] = [
  ["Ethanol", "CCO", "Organooxygen compounds"],
  ["Propanol", "CCCO", "Organooxygen compounds"],
  ["Butanol", "CCCCO", "Organooxygen compounds"],
  ["Acetaldehyde", "CC=O", "Organooxygen compounds"],
  ["Acetic acid", "CC(O)=O", "Organic acids and derivatives"],
  ["Propionic acid", "CCC(O)=O", "Organic acids and derivatives"],
  ["Alanine", "C[C@H](N)C(O)=O", "Organic acids and derivatives"],
  ["Glycine", "NCC(O)=O", "Organic acids and derivatives"],
  ["Benzaldehyde", "O=Cc1ccccc1", "Benzenoids"],
  ["Vanillin", "COc1cc(C=O)ccc1O", "Benzenoids"],
  ["Phenol", "Oc1ccccc1", "Benzenoids"],
  ["Toluene", "Cc1ccccc1", "Benzenoids"],
  ["Pyrazine", "c1cnccn1", "Organoheterocyclic compounds"],
  ["Furfural", "O=Cc1ccco1", "Organoheterocyclic compounds"],
  ["Indole", "c1ccc2[nH]ccc2c1", "Organoheterocyclic compounds"],
  ["(R)-Limonene", "CC(=C)[C@@H]1CCC(C)=CC1", "Lipids and lipid-like molecules"],
  ["Geraniol", "CC(C)=CCC\\C(C)=C\\CO", "Lipids and lipid-like molecules"],
  ["Hexanal", "CCCCCC=O", "Lipids and lipid-like molecules"],
  ["β-Carotene", "CC1=C(C(C)(C)CCC1)/C=C/C(C)=C/C=C", "Lipids and lipid-like molecules"],
  ["Cinnamaldehyde", "O=C/C=C/c1ccccc1", "Phenylpropanoids and polyketides"],
  ["Coumarin", "O=c1ccc2ccccc2o1", "Phenylpropanoids and polyketides"],
  ["Ferulic acid", "COc1cc(/C=C/C(O)=O)ccc1O", "Phenylpropanoids and polyketides"],
  ["Allyl mercaptan", "C=CCS", "Organosulfur compounds"],
  ["Dimethyl sulfide", "CSC", "Organosulfur compounds"],
  ["Diallyl disulfide", "C=CCSSCC=C", "Organosulfur compounds"],
];

/** Ids from 1; `FOODB_EXPECTED` has those that an import drops, and why. */
const SPECIAL: [id: number, name: string, smiles: string, superklass: string][] = [
  [101, "Without structure", "", "Benzenoids"],
  [102, "Torn ring", "C1CC", "Benzenoids"],
  [103, "Endless chain", `C${"C".repeat(1200)}`, "Lipids and lipid-like molecules"],
  [104, "Sodium acetate", "[Na+].[O-]C(C)=O", "Organic acids and derivatives"],
  [105, "Ethyl alcohol", "OCC", "Organooxygen compounds"],
  [106, "Unclassified", "CCOCC", ""],
];

export const FOODB_EXPECTED = {
  records: COMPOUNDS.length + SPECIAL.length,
  dropped: { EMPTY_INPUT: 1, INVALID_SMILES: 1, SMILES_TOO_LONG: 1 },
  /** Ethyl alcohol is Ethanol. */
  merged: 1,
  imported: COMPOUNDS.length + 2,
  dangling: {
    CompoundsFlavor: { UNKNOWN_COMPOUND: 1 },
    CompoundsHealthEffect: { UNKNOWN_COMPOUND: 1 },
    CompoundOntologyTerm: { UNKNOWN_TERM: 1, NO_LEVEL: 1 },
  },
};

const cell = (text: string | number): string =>
  /[",\n]/.test(String(text)) ? `"${String(text).replaceAll('"', '""')}"` : String(text);
const lines = (...records: (string | number)[][]): string =>
  `${records.map((record) => record.map(cell).join(",")).join("\n")}\n`;

export interface FoodbOptions {
  /** The header as other exports have it. */
  rightHeader?: boolean;
  /** Cells where the SMILES would be. */
  withoutSmiles?: boolean;
}

/** Files by name. */
export function foodbFiles({ rightHeader = false, withoutSmiles = false }: FoodbOptions = {}): Record<string, string> {
  const compound = (id: number, name: string, smiles: string, superklass: string) => {
    const description = `A compound, called "${name}".\nFound in food.`;
    const structure = withoutSmiles ? "see the web page" : smiles;
    const classes = superklass === "" ? ["", "", "", ""] : ["Organic compounds", superklass, "", ""];
    const shifted = [
      "Solid",
      id % 3 === 0 ? "low" : "",
      description,
      `${id}-00-0`,
      structure,
      `InChI=1S/${id}`,
      46.5,
      `KEY${id}-UHFFFAOYSA-N`,
      "an iupac name",
    ];
    return [id, `FDB${String(id).padStart(6, "0")}`, name, ...shifted, ...classes];
  };
  const records = [
    ...COMPOUNDS.map(([name, smiles, superklass], index) => compound(index + 1, name, smiles, superklass)),
    ...SPECIAL.map((special) => compound(...special)),
  ];
  const right =
    "id,public_id,name,state,annotation_quality,description,cas_number,moldb_smiles,moldb_inchi," +
    "moldb_mono_mass,moldb_inchikey,moldb_iupac,kingdom,superklass,klass,subklass";
  return {
    "Compound.csv": `${rightHeader ? right : SHIFTED}\n${lines(...records)}`,
    "Flavor.csv": lines(
      ["id", "name", "flavor_group", "category"],
      [1, "sweet", "sugar", ""],
      [2, "fruity", "", ""],
      [3, "green, grassy", "", ""],
      [4, "pungent", "", ""],
    ),
    "CompoundsFlavor.csv": lines(
      ["id", "compound_id", "flavor_id", "citations"],
      ...[1, 2, 3, 4].map((flavor) => [flavor, 18, flavor, ""]), // hexanal has four
      [5, 10, 1, ""],
      [6, 105, 4, ""], // under the second id of ethanol
      [7, 9999, 1, ""],
    ),
    "HealthEffect.csv": lines(["id", "name", "description"], [7, "antioxidant", ""], [8, "irritant", "of\nskin"]),
    "CompoundsHealthEffect.csv": lines(
      ["id", "compound_id", "health_effect_id", "orig_health_effect_name"],
      [1, 22, 7, "antioxidant"],
      [2, 1, 8, "irritant"],
      [3, 29634, 7, "antioxidant"],
    ),
    "OntologyTerm.csv": lines(
      ["id", "term", "definition", "external_id", "external_source", "comment", "curator", "parent_id", "level"],
      [50, "Disposition", "", "", "", "", "", "", 1],
      [51, "Source", "", "", "", "", "", 50, 4],
      [52, "Biological role", "", "", "", "", "", "", 5],
      [53, "No level", "", "", "", "", "", "", ""],
    ),
    "CompoundOntologyTerm.csv": lines(
      ["id", "compound_id", "export", "ontology_term_id"],
      [1, 1, 1, 51],
      [2, 1, 1, 52],
      [3, 2, 1, 51],
      [4, 3, 1, 50],
      [5, 3, 1, 53],
      [6, 4, 1, 999],
    ),
    "Content.csv": "id,source_id\n1,1\n",
    "Food.csv": "id,name\n1,Apple\n",
    "._Compound.csv": "\0\0\0\0Mac OS X",
  };
}

/** As the archive is: a plain tar, or gzip. Link tables may come before what they name. */
export async function foodbArchive(options: FoodbOptions & { gzip?: boolean } = {}): Promise<Buffer> {
  const archive = pack();
  const files = Object.entries(foodbFiles(options)).sort(([a], [b]) => (a < b ? 1 : -1));
  for (const [name, text] of files) archive.entry({ name: `foodb_2020_04_07_csv/${name}` }, text);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const tar = Buffer.concat(chunks);
  return options.gzip ? gzipSync(tar) : tar;
}
