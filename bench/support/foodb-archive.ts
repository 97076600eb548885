/**
 * A generated FooDB dump of full size: 70,477 compounds made of fragments by a seeded generator, their flavors, health
 * effects and 1,587,712 links to 4,370 ontology terms, in the layout of the 2020 CSV dump (header shifted, descriptions
 * with line breaks), and a Content.csv of 200 MB that the import skips. None of it is FooDB's data. The same call
 * writes the same bytes.
 */
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { Philox } from "../../src/model/philox-stream.js";

export const SIZE = { compounds: 70_477, flavors: 11_775, healthEffects: 11_062, ontology: 1_587_712, terms: 4_370 };

const HEADER =
  "id,public_id,name,moldb_iupac,state,annotation_quality,description,cas_number,moldb_inchikey,moldb_inchi," +
  "moldb_smiles,moldb_mono_mass,kingdom,superklass,klass,subklass";
const CORES = [
  "c1ccc(@)cc1",
  "C1CCC(@)CC1",
  "c1ccc2c(@)cccc2c1",
  "O=C(@)O",
  "OCC(@)O",
  "C=CC(@)C",
  "c1cc(@)oc1",
  "N[C@@H](@)C(=O)O",
  "O=c1cc(@)oc2ccccc12",
  "CC(C)C(@)C",
  "C1OC(@)C(O)C(O)C1O",
];
const LINKS = ["", "C", "CC", "O", "OC", "C(=O)O", "C(=O)N", "OC(=O)", "C=C", "CO", "NC", "S"];
/** Something follows a tail, and the ring of its core is open around it: hence ring number 3, and no end in F. */
const TAILS = [
  "C",
  "CC",
  "CCO",
  "c3ccccc3",
  "C(=O)O",
  "CCCCCC",
  "C(C)C",
  "OC",
  "N",
  "CC(=O)OC",
  "c3ccc(O)cc3",
  "C(F)(F)C",
  "CCCCCCCCCC",
  "C=C(C)C",
  "c3ccc(OC)cc3",
  "CCN",
];
const SUPERCLASSES = [
  "Lipids and lipid-like molecules",
  "Benzenoids",
  "Organooxygen compounds",
  "Organoheterocyclic compounds",
  "Organic acids and derivatives",
  "Organosulfur compounds",
  "Phenylpropanoids and polyketides",
];

export async function writeFoodbArchive(path: string, seed = 42): Promise<void> {
  const archive = pack();
  const written = pipeline(archive, createWriteStream(path));
  const add = (name: string, text: string) =>
    new Promise<void>((resolve, reject) => {
      archive.entry({ name: `foodb_2020_04_07_csv/${name}` }, text, (error) => (error ? reject(error) : resolve()));
    });
  const random = new Philox(seed, 0x666f6f64);
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)];
  const rows: string[] = [HEADER];
  const seen = new Set<string>();
  while (rows.length <= SIZE.compounds) {
    const chain = Array.from({ length: 1 + random.below(3) }, () => pick(LINKS)).join("");
    // "(@)" is the place to fill: an "@" alone may be stereo.
    const smiles = pick(CORES).replace(
      "(@)",
      `(${chain}${pick(TAILS)}${random.below(3) === 0 ? "" : pick(LINKS)}${pick(TAILS)})`,
    );
    if (seen.has(smiles)) continue;
    seen.add(smiles);
    const id = rows.length;
    const sentences = "It is found in food. ".repeat(6 + (id % 20));
    const description = `"Compound ${id} belongs to the family of ""generated"" ones.\n${sentences}"`;
    rows.push(
      [
        id,
        `FDB${id}`,
        `compound ${id}`,
        "Solid",
        "",
        description,
        "",
        smiles,
        "InChI=1S/x",
        "1.0",
        `K${id}`,
        "name",
        "Organic compounds",
        pick(SUPERCLASSES),
        "",
        "",
      ].join(","),
    );
  }
  await add("Compound.csv", `${rows.join("\n")}\n`);
  const terms = Array.from(
    { length: SIZE.terms },
    (_, index) => `${index + 1},term ${index + 1},,,,,,,${1 + (index % 5)},,,`,
  );
  await add(
    "OntologyTerm.csv",
    "id,term,definition,external_id,external_source,comment,curator,parent_id,level,created_at,updated_at," +
      `legacy_id\n${terms.join("\n")}\n`,
  );
  const links = (count: number, vocabulary: number): string =>
    Array.from(
      { length: count },
      (_, index) => `${index + 1},${1 + random.below(SIZE.compounds)},1,${1 + random.below(vocabulary)}`,
    ).join("\n");
  await add(
    "CompoundOntologyTerm.csv",
    `id,compound_id,export,ontology_term_id\n${links(SIZE.ontology, SIZE.terms)}\n`,
  );
  const names = (count: number, what: string): string =>
    Array.from({ length: count }, (_, index) => `${index + 1},${what} ${index + 1},,`).join("\n");
  await add("Flavor.csv", `id,name,flavor_group,category\n${names(883, "flavor")}\n`);
  await add("CompoundsFlavor.csv", `id,compound_id,citations,flavor_id\n${links(SIZE.flavors, 883)}\n`);
  await add("HealthEffect.csv", `id,name,description,chebi_name\n${names(1_435, "effect")}\n`);
  await add(
    "CompoundsHealthEffect.csv",
    `id,compound_id,orig_citation,health_effect_id\n${links(SIZE.healthEffects, 1_435)}\n`,
  );
  await add("Content.csv", `id,source_id\n${"1,1,of no interest to anybody here\n".repeat(6_000_000)}`);
  archive.finalize();
  await written;
}
