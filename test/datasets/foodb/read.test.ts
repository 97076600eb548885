/** What a FooDB dump becomes: the odd ids, links and tables that no published dump promises not to have. */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { LinkedTerms, LinkPairs } from "../../../src/datasets/foodb/links.js";
import { type FoodbLibrary, readFoodb } from "../../../src/datasets/foodb/read.js";
import type { FoodbTable, TableStream } from "../../../src/datasets/foodb/tables.js";

const COMPOUND = "id,public_id,name,moldb_smiles,kingdom,superklass";
const TERMS = "id,term,level";
const ONTOLOGY = "compound_id,ontology_term_id";

async function read(tables: [FoodbTable, string[]][]): Promise<FoodbLibrary> {
  async function* streams(): AsyncGenerator<TableStream> {
    for (const [table, lines] of tables) {
      const text = lines.join("\n");
      yield { table, bytes: Readable.from([Buffer.from(text)]), size: text.length };
    }
  }
  return readFoodb(streams(), async (texts) => texts.map((text) => /^[CNO]+$/.test(text)));
}

it("a row whose name or label has a NUL is a problem of this row alone, and no byte of it is left out", async () => {
  const library = await read([
    ["Flavor", ["id,name", "1,sweet", "2,so\0ur"]],
    ["CompoundsFlavor", ["compound_id,flavor_id", "1,1", "2,2"]],
    ["Compound", [COMPOUND, compound("1", "CC"), compound("2", "CO"), compound("3", "CN").replace("name", "na\0me")]],
  ]);
  expect([...library.rows].map(({ problem }) => problem)).toEqual([
    undefined,
    "The text of flavor has the character NUL (U+0000) at position 3: no text may have that.",
    "The text of the name has the character NUL (U+0000) at position 3: no text may have that.",
  ]);
});

const compound = (id: string, smiles: string) => `${id},FDB${id},name ${id},${smiles},Organic compounds,Lipids`;
const labelsOf = ({ rows }: FoodbLibrary, set: string) => [...rows].map(({ labels }) => labels[set]);

describe("links of a FooDB dump", () => {
  it("keep the order of the file, each value once, by the label set of their term's level", async () => {
    const library = await read([
      ["CompoundOntologyTerm", [ONTOLOGY, "2,7", "1,8", "2,7", "2,8", "2,9", "1,7"]],
      ["OntologyTerm", [TERMS, "7,seven,1", "8,eight,1", "9,nine,4"]],
      ["Compound", [COMPOUND, compound("1", "CC"), compound("2", "CO"), compound("3", "CN")]],
    ]);
    expect(labelsOf(library, "ontology1")).toEqual([["eight", "seven"], ["seven", "eight"], undefined]);
    expect(labelsOf(library, "ontology4")).toEqual([undefined, ["nine"], undefined]);
    expect(library.labelKinds).toMatchObject({ ontology1: "MULTI_LABEL", ontology4: "MULTI_LABEL" });
    expect([library.danglingLinks, library.size]).toEqual([{ CompoundOntologyTerm: {} }, 3]);
    // A second look at the rows sees them again.
    expect(labelsOf(library, "ontology1")).toEqual([["eight", "seven"], ["seven", "eight"], undefined]);
  });

  it("without a compound, a term, a level or a whole number as id are dropped and counted, never shared", async () => {
    const library = await read([
      ["OntologyTerm", [TERMS, "7,seven,1", "8,,1", "9,nine,", ",nobody,1", "x,nobody,1"]],
      // Whole: the first. Then unknown compound, unknown term, no name, no level, and ids that are none.
      ["CompoundOntologyTerm", [ONTOLOGY, "1,7", "5,7", "1,6", "1,8", "1,9", ",7", "x,7", "1,", "1,x", "0,7"]],
      ["Compound", [COMPOUND, compound("1", "CC"), compound("", "CO"), compound("x", "CN"), compound("y", "CCC")]],
    ]);
    expect(labelsOf(library, "ontology1")).toEqual([["seven"], undefined, undefined, undefined]);
    expect(library.danglingLinks).toEqual({
      CompoundOntologyTerm: { UNKNOWN_COMPOUND: 4, UNKNOWN_TERM: 4, NO_LEVEL: 1 },
    });
    expect(library.records).toEqual({ OntologyTerm: 5, CompoundOntologyTerm: 10, Compound: 4 });
  });

  it("of an empty table are none; of one whose names are missing all dangle, and the set is absent", async () => {
    const library = await read([
      ["Flavor", ["id,name", "1,sweet"]],
      ["CompoundsFlavor", ["compound_id,flavor_id"]],
      ["CompoundsHealthEffect", ["compound_id,health_effect_id", "1,1"]],
      ["Compound", [COMPOUND, compound("1", "CC")]],
    ]);
    expect(library.danglingLinks).toEqual({ CompoundsFlavor: {}, CompoundsHealthEffect: { UNKNOWN_TERM: 1 } });
    expect(Object.keys(library.labelKinds)).toEqual(["kingdom", "superclass", "class", "subclass"]);
  });

  it("a table that comes twice is refused", async () => {
    const flavor: [FoodbTable, string[]] = ["Flavor", ["id,name", "1,sweet"]];
    await expect(read([flavor, flavor])).rejects.toMatchObject({ code: "BAD_INPUT" });
  });
});

it("lets other work run while a million links are joined", async () => {
  const pairs = new LinkPairs();
  for (let n = 0; n < 1_000_000; n++) pairs.push(n % 1_000, n % 7);
  const linked = await LinkedTerms.of(Array.from({ length: 1_000 }, (_, id) => id));
  const names = new Map(Array.from({ length: 7 }, (_, id) => [id, `name ${id}`]));
  let turns = 0;
  let over = false;
  const turn = () => {
    turns += 1;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  await linked.add("CompoundsFlavor", pairs, names, () => "flavor");
  over = true;
  // Joining takes tens of ms and pauses each 10 ms.
  expect(turns).toBeGreaterThan(1);
  expect(linked.valuesOf(3)).toEqual([["flavor", [3, 2, 1, 0, 6, 5, 4].map((id) => `name ${id}`)]]);
});
