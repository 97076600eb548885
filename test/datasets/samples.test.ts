import { readFileSync } from "node:fs";
import initRDKitModule, { type MainModule } from "@rdkit/rdkit";
import { parse } from "csv-parse/sync";
import { beforeAll, describe, expect, it } from "vitest";

const columns = [
  "name",
  "smiles",
  "formula",
  "superclass",
  "flavors",
  "health_effects",
  "function_level_1",
  "function_level_2",
] as const;
type Row = Record<(typeof columns)[number], string>;

interface Computed {
  formula: string;
  inchi: string;
  inchiKey: string;
}

interface GraphAtom {
  z?: number;
  impHs?: number;
  chg?: number;
}

const symbols = new Map(
  Object.entries({ H: 1, C: 6, N: 7, O: 8, F: 9, Na: 11, P: 15, S: 16, Cl: 17, K: 19, Ca: 20 }).map(([symbol, z]) => [
    z,
    symbol,
  ]),
);

/**
 * Molecular formula of the whole record in Hill order: all components of a salt summed, net charge at the end.
 * It is counted on the molecular graph, because InChI's formula layer splits components and moves mobile protons.
 */
function hillFormula(json: string): string {
  const document = JSON.parse(json) as {
    defaults: { atom: Required<GraphAtom> };
    molecules: { atoms: GraphAtom[] }[];
  };
  const defaults = document.defaults.atom;
  const counts = new Map<string, number>();
  const add = (symbol: string, n: number) => counts.set(symbol, (counts.get(symbol) ?? 0) + n);
  let charge = 0;
  for (const atom of document.molecules[0].atoms) {
    const symbol = symbols.get(atom.z ?? defaults.z);
    if (symbol === undefined) throw new Error(`no symbol for element ${atom.z ?? defaults.z}`);
    add(symbol, 1);
    const hydrogens = atom.impHs ?? defaults.impHs;
    if (hydrogens > 0) add("H", hydrogens);
    charge += atom.chg ?? defaults.chg;
  }
  const first = counts.has("C") ? ["C", "H"].filter((symbol) => counts.has(symbol)) : [];
  const rest = [...counts.keys()].filter((symbol) => !first.includes(symbol)).sort();
  const body = [...first, ...rest].map((symbol) => {
    const n = counts.get(symbol) ?? 0;
    return n === 1 ? symbol : `${symbol}${n}`;
  });
  const size = Math.abs(charge) > 1 ? String(Math.abs(charge)) : "";
  return body.join("") + (charge === 0 ? "" : `${charge > 0 ? "+" : "-"}${size}`);
}

describe("samples/food-compounds.csv", () => {
  const text = readFileSync(new URL("../../samples/food-compounds.csv", import.meta.url), "utf8");
  const [header, ...records] = parse(text) as string[][];
  const rows = records.map((cells) => Object.fromEntries(columns.map((column, i) => [column, cells[i]])) as Row);
  const computed = new Map<string, Computed>();
  const unreadable: string[] = [];
  let formulaOf: (smiles: string) => string;

  beforeAll(async () => {
    // The package is CommonJS with declarations written for an ES module: at run time the import is the factory itself.
    const rdkit = await (initRDKitModule as unknown as () => Promise<MainModule>)();
    formulaOf = (smiles) => {
      const molecule = rdkit.get_mol(smiles);
      if (molecule === null) throw new Error(`cannot read ${smiles}`);
      try {
        return hillFormula(molecule.get_json());
      } finally {
        molecule.delete();
      }
    };
    for (const { name, smiles } of rows) {
      const molecule = rdkit.get_mol(smiles);
      if (molecule === null) {
        unreadable.push(`${name}: ${smiles}`);
        continue;
      }
      try {
        const inchi = molecule.get_inchi();
        computed.set(name, {
          formula: hillFormula(molecule.get_json()),
          inchi,
          inchiKey: rdkit.get_inchikey_for_inchi(inchi),
        });
      } finally {
        molecule.delete();
      }
    }
  });

  it("has the documented columns and at least 300 rows with unique names", () => {
    expect(header).toEqual([...columns]);
    expect(rows.length).toBeGreaterThanOrEqual(300);
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    for (const row of rows) {
      for (const column of [
        "name",
        "smiles",
        "formula",
        "superclass",
        "function_level_1",
        "function_level_2",
      ] as const) {
        expect(row[column], `${column} of ${row.name}`).not.toBe("");
      }
      for (const cell of Object.values(row)) expect(cell, row.name).toBe(cell.trim());
    }
  });

  it("separates multi-valued cells with '|', without blanks or repeats", () => {
    for (const row of rows) {
      for (const cell of [row.flavors, row.health_effects]) {
        if (cell === "") continue;
        const values = cell.split("|");
        expect(new Set(values).size, row.name).toBe(values.length);
        for (const value of values) expect(value, row.name).toMatch(/^[a-z][a-z-]*( [a-z-]+)*$/);
      }
    }
  });

  it("has SMILES that RDKit reads, every one", () => {
    expect(unreadable).toEqual([]);
    expect(computed.size).toBe(rows.length);
  });

  it("counts formulas the way the file writes them", () => {
    expect(formulaOf("[Na+].[O-]C(=O)c1ccccc1")).toBe("C7H5NaO2");
    expect(formulaOf("C[N+](C)(C)CCO")).toBe("C5H14NO+");
    expect(formulaOf("[Ca+2].[Cl-].[Cl-]")).toBe("CaCl2");
    expect(formulaOf("[O-]C(=O)C([O-])=O")).toBe("C2O4-2");
    expect(formulaOf("O")).toBe("H2O");
  });

  it("has SMILES that agree with the independently written formula", () => {
    const wrong = rows
      .filter((row) => computed.get(row.name)?.formula !== row.formula)
      .map((row) => `${row.name}: written ${row.formula}, SMILES gives ${computed.get(row.name)?.formula}`);
    expect(wrong).toEqual([]);
  });

  it("agrees with InChI's formula layer where a record is one neutral component", () => {
    let compared = 0;
    for (const row of rows) {
      const inchi = computed.get(row.name)?.inchi ?? "";
      if (row.smiles.includes(".") || /\/[pq]/.test(inchi)) continue;
      expect(inchi.split("/")[1], row.name).toBe(row.formula);
      compared++;
    }
    expect(compared).toBeGreaterThan(rows.length * 0.9);
  });

  it("has no molecule twice, by the first block of the InChIKey", () => {
    const names = new Map<string, string>();
    const twice: string[] = [];
    for (const row of rows) {
      const block = computed.get(row.name)?.inchiKey.slice(0, 14) ?? "";
      expect(block, row.name).toMatch(/^[A-Z]{14}$/);
      if (names.has(block)) twice.push(`${row.name} = ${names.get(block)}`);
      names.set(block, row.name);
    }
    expect(twice).toEqual([]);
  });

  it("gives each level 2 function exactly one level 1 parent", () => {
    const parents = new Map<string, Set<string>>();
    for (const row of rows) {
      const known = parents.get(row.function_level_2) ?? new Set<string>();
      parents.set(row.function_level_2, known.add(row.function_level_1));
    }
    expect([...parents].filter(([, known]) => known.size !== 1)).toEqual([]);
    const tops = new Set(rows.map((row) => row.function_level_1));
    expect([...parents.keys()].filter((child) => tops.has(child))).toEqual([]);
  });

  it("has at least 8 superclasses with 12 molecules or more", () => {
    const counts = new Map<string, number>();
    for (const row of rows) counts.set(row.superclass, (counts.get(row.superclass) ?? 0) + 1);
    expect([...counts.values()].filter((n) => n >= 12).length).toBeGreaterThanOrEqual(8);
  });
});
