/** RDKit in this process: all WebAssembly memory is released; drawings are clean SVG. */
import { createRequire } from "node:module";
import type { MainModule } from "@rdkit/rdkit";
import { SaxesParser } from "saxes";
import { beforeAll, describe, expect, it } from "vitest";
import { Rdkit } from "../../src/chem/process/rdkit.js";

type Prototype = Record<string, (...values: unknown[]) => { delete(): void } | null>;

/** Counts the objects that RDKit returns and those that are deleted. */
function counted(module: MainModule) {
  const live = { made: 0, deleted: 0 };
  const made = <T>(value: T): T => {
    if (value) live.made += 1;
    return value;
  };
  const wrap = (target: Prototype, name: string, after: (value: never) => unknown) => {
    const original = target[name];
    // Embind keeps its table of overloads on the function.
    target[name] = Object.assign(function (this: unknown, ...values: unknown[]) {
      const value = original.apply(this, values);
      after(value as never);
      return value;
    }, original);
  };
  wrap(module as unknown as Prototype, "get_mol", made);
  const molecule = (module.Mol as unknown as { prototype: Prototype }).prototype;
  const list = (module.MolList as unknown as { prototype: Prototype }).prototype;
  wrap(molecule, "get_frags", (value: { molList: unknown }) => made(value.molList));
  for (const name of ["at", "next", "pop"]) wrap(list, name, made);
  for (const target of [molecule, list])
    wrap(target, "delete", () => {
      live.deleted += 1;
    });
  return live;
}

let rdkit: Rdkit;
let live: { made: number; deleted: number };
beforeAll(async () => {
  const factory = createRequire(import.meta.url)("@rdkit/rdkit") as (options: object) => Promise<MainModule>;
  const module = await factory({ printErr: () => {} });
  live = counted(module);
  rdkit = new Rdkit(module);
});

it("deletes every molecule: good ones, salts, scaffolds, isotopes, bad ones, drawings", () => {
  const before = live.made;
  for (const smiles of [
    "CCO",
    "CC(=O)[O-].[Na+].[K+]",
    "OC1CCC(Cc2ccccc2)CC1",
    "[13CH3]C.O",
    "C1CC",
    "*CC",
    "*C.C",
    "CC(C)(C)(C)C",
  ]) {
    for (let round = 0; round < 5; round++) {
      rdkit.parse(smiles);
      rdkit.draw(smiles, { width: 100, height: 80 });
    }
  }
  expect(live.made - before).toBeGreaterThan(80);
  expect(live.deleted).toBe(live.made);
});

describe("a drawing", () => {
  const size = { width: 220, height: 160 };

  it("draws the bonds of small and of larger molecules equally long, and shrinks only what would not fit", () => {
    // Benzene, decalin and cholesterol have bonds without atom labels; each line is a bond, or half of one.
    const longest = (smiles: string, of = size): number => {
      const drawn = rdkit.draw(smiles, of);
      if (!("svg" in drawn)) throw new Error(drawn.reason);
      const lines = drawn.svg.matchAll(/d='M ([\d.]+),([\d.]+) L ([\d.]+),([\d.]+)/g);
      return Math.max(...[...lines].map(([, a, b, c, d]) => Math.hypot(+c - +a, +d - +b)));
    };
    const benzene = longest("c1ccccc1");
    expect(benzene).toBeCloseTo(21.3, 0);
    expect(longest("C1CCC2CCCCC2C1")).toBeCloseTo(benzene, 0);
    expect(longest("c1ccccc1", { width: 440, height: 320 })).toBeCloseTo(2 * benzene, 0);
    expect(longest("CC(C)CCCC(C)C1CCC2C3CC=C4CC(O)CCC4(C)C3CCC12C", { width: 120, height: 90 })).toBeLessThan(
      benzene * 0.7,
    );
  });

  it.each(["CCO", "O=c1cc(-c2ccc(O)c(O)c2)oc2cc(O)cc(O)c12", "C[C@H](N)C(=O)[O-].[Na+]", "[13CH3]Cl", "*CC"])(
    "of %s is strict XML of the requested size",
    (smiles) => {
      const drawn = rdkit.draw(smiles, size);
      if (!("svg" in drawn)) throw new Error(drawn.reason);
      const names: string[] = [];
      let root: Record<string, unknown> = {};
      const parser = new SaxesParser({ xmlns: true });
      parser.on("error", (error) => {
        throw error;
      });
      parser.on("opentag", (tag) => {
        if (names.length === 0)
          root = Object.fromEntries(Object.entries(tag.attributes).map(([name, { value }]) => [name, value]));
        names.push(tag.local);
      });
      parser.write(drawn.svg).close();
      expect(names[0]).toBe("svg");
      expect(root).toMatchObject({
        width: "220px",
        height: "160px",
        viewBox: "0 0 220 160",
        xmlns: "http://www.w3.org/2000/svg",
      });
      expect(names.filter((name) => name === "path").length).toBeGreaterThan(0);
      expect(names).not.toContain("rect");
      expect(drawn.svg.startsWith("<svg")).toBe(true);
    },
  );

  it("of an invalid molecule is RDKit's reason", () => {
    expect(rdkit.draw("C1CC", size)).toEqual({ reason: "unclosed ring" });
  });
});
