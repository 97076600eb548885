/**
 * RDKit in this process: one SMILES in, one record or RDKit's reason out. Every molecule that RDKit makes is deleted,
 * because WebAssembly memory is not garbage collected. Any error thrown here means that the instance may be corrupt.
 */
import { createRequire } from "node:module";
import type { MainModule, Mol } from "@rdkit/rdkit";
import { formulaOf, weightOf } from "../composition.js";
import { LIGAND } from "../given.js";
import { heavyAtoms, readGraph, readPerceivedGraph, writeGraph } from "../graph.js";
import { type Environments, environmentsOf } from "../morgan/environments.js";
import { MassShifts } from "../morgan/mass-shift.js";
import { propertiesOf } from "../properties.js";
import { drawnAtom } from "../random-forms.js";
import { scaffoldOf } from "../scaffold.js";
import {
  type CanonicalForm,
  type CanonicalResult,
  FINGERPRINT_BITS,
  type Molecule,
  type MoleculeError,
  type MoleculeResult,
  type PropertiesResult,
} from "../types.js";
import { isUsual } from "./is-usual.js";
import { reasonFrom } from "./reason.js";

const require = createRequire(import.meta.url);
const MORGAN = JSON.stringify({ radius: 2, nBits: FINGERPRINT_BITS });
/** Aromaticity and hydrogens as they are written; valences and rings are computed as usual. */
const CANONICAL = JSON.stringify({ kekulize: false, setAromaticity: false, removeHs: false, assignStereo: false });
/**
 * What RDKit may read back as another form: stereo that is not tetrahedral (square planar, octahedral ...), a bond that
 * is written at an aromatic atom, and a bracket atom other than H, C, N and O (O=[IH] becomes [O-][IH+]).
 */
const UNSETTLED = /@(?:SP|TB|OH|AL)\d|[=#$:]\d*\[?[bcnops]|[bcnops]\]?[%\d]*[=#$:]|\[(?!\d*[HCNOcno](?:@|H|[+-]|\]))/;
const READINGS = 4;
const NOT_SETTLED = "RDKit does not read back what it writes of it";
/** Pixels of one ångström in a picture of the usual size; a bond has about 1.5. */
const PIXELS = 16;
const USUAL = { width: 240, height: 180 };

export class Rdkit {
  #log: { get_buffer(): string; clear_buffer(): void };
  readonly #massShifts: MassShifts;

  constructor(private readonly module: MainModule) {
    this.#massShifts = new MassShifts(module);
    this.#log = module.set_log_capture("rdApp.error")!;
  }

  static async load(): Promise<Rdkit> {
    const factory = require("@rdkit/rdkit") as (options?: object) => Promise<MainModule>;
    const module = await factory({ print: () => {}, printErr: () => {} });
    module.disable_logging("rdApp.warning");
    return new Rdkit(module);
  }

  /** `work` on the molecule, or on the pattern of a SMARTS; or RDKit's reason. */
  with<T>(input: string, work: (molecule: Mol) => T, smarts = false): T | { reason: string } {
    const molecule = smarts ? this.pattern(input) : this.read(input);
    if (typeof molecule === "string") return { reason: molecule };
    try {
      return work(molecule);
    } finally {
      molecule.delete();
    }
  }

  /**
   * A canonical SMILES that RDKit wrote, read in a third of the time: aromaticity and hydrogens are not computed again,
   * and stereo only when `stereo` is true.
   */
  withCanonical<T>(smiles: string, work: (molecule: Mol) => T, stereo: boolean): T | null {
    const molecule = stereo ? this.module.get_mol(smiles) : this.module.get_mol(smiles, CANONICAL);
    if (!molecule) return null;
    try {
      return work(molecule);
    } finally {
      molecule.delete();
    }
  }

  private pattern(smarts: string): Mol | string {
    this.#log.clear_buffer();
    return this.module.get_qmol(smarts) ?? reasonFrom(this.#log.get_buffer());
  }

  parse(input: string): MoleculeResult {
    const whole = this.read(input);
    if (typeof whole === "string") return invalid(input, whole);
    try {
      // A ring closure may join what a dot separates, so RDKit counts the fragments.
      return input.includes(".") ? this.largest(input, whole) : this.record(input, whole, []);
    } finally {
      whole.delete();
    }
  }

  /** See Chemistry.canonical. */
  canonical(input: string): CanonicalResult {
    if (!isUsual(input)) {
      const result = this.parse(input);
      return result.ok ? { ok: true, form: formOf(result.molecule) } : result;
    }
    const whole = this.read(input);
    if (typeof whole === "string") return invalid(input, whole);
    try {
      const smiles = this.settled(whole.get_smiles());
      if (smiles === null) return invalid(input, NOT_SETTLED);
      return { ok: true, form: { input, smiles, droppedFragments: [] } };
    } finally {
      whole.delete();
    }
  }

  /** See Chemistry.fingerprints; or RDKit's reason. */
  fingerprint(input: string): { bits: Uint8Array } | { reason: string } {
    return this.with(input, (molecule) => ({ bits: morganOf(molecule) }));
  }

  /** See Chemistry.environments; or RDKit's reason. */
  environments(input: string, radius: number): Environments | { reason: string } {
    return this.with(input, (molecule) => {
      const graph = readPerceivedGraph(molecule.get_json());
      return environmentsOf(
        graph,
        radius,
        graph.atoms.map((atom) => this.#massShifts.of(atom)),
      );
    });
  }

  /** See Chemistry.molBlocks; or RDKit's reason. */
  block(input: string): { block: string } | { reason: string } {
    return this.with(input, (molecule) => ({ block: molecule.get_molblock() }));
  }

  /** The canonical SMILES of the whole molecule and its InChI; or RDKit's reason. */
  withInchi(input: string): { smiles: string; inchi: string } | { reason: string } {
    return this.with(input, (molecule) => ({ smiles: molecule.get_smiles(), inchi: molecule.get_inchi() }));
  }

  properties(input: string): PropertiesResult {
    const molecule = this.read(input);
    if (typeof molecule === "string") return invalid(input, molecule);
    try {
      return { ok: true, properties: propertiesOf(molecule) };
    } finally {
      molecule.delete();
    }
  }

  /**
   * SVG without background and without XML declaration, to be placed inside HTML; or RDKit's reason. In pictures of one
   * size a bond has one length, so that a small molecule looks small; a molecule that would not fit is drawn smaller.
   */
  draw(input: string, size: { width: number; height: number }): { svg: string } | { reason: string } {
    return this.with(input, (molecule) => {
      const fixedBondLength = PIXELS * Math.min(size.width / USUAL.width, size.height / USUAL.height);
      const details = JSON.stringify({ ...size, fixedBondLength, clearBackground: false });
      const svg = molecule.get_svg_with_highlights(details);
      return { svg: svg.replace(/^<\?xml[^>]*\?>\s*/, "").replace("<!-- END OF HEADER -->\n", "") };
    });
  }

  /**
   * `count` ways of writing the molecule (random-forms.ts), of which several may be the same. A form that RDKit does
   * not read back as this molecule is replaced by its canonical SMILES.
   */
  forms(input: string, { seed, count }: { seed: number; count: number }): { forms: string[] } | { reason: string } {
    const whole = this.read(input);
    if (typeof whole === "string") return { reason: whole };
    const [canonical, atoms] = [whole.get_smiles(), whole.get_num_atoms()];
    whole.delete();
    let written = this.module.get_mol(canonical);
    const forms: string[] = [];
    for (let number = 1; number <= count && written; number++) {
      const rootedAtAtom = drawnAtom(canonical, { seed, number }, atoms);
      const form = written.get_smiles(JSON.stringify({ canonical: false, rootedAtAtom }));
      const again = this.module.get_mol(form);
      if (again && again.get_smiles() === canonical) {
        written.delete();
        written = again;
        forms.push(form);
      } else {
        again?.delete();
        forms.push(canonical);
      }
    }
    written?.delete();
    return { forms: forms.length === count ? forms : new Array<string>(count).fill(canonical) };
  }

  /** The molecule, or why there is none. Atom map numbers (":1" in brackets) are not part of the molecule. */
  private read(input: string): Mol | string {
    this.#log.clear_buffer();
    const molecule = this.module.get_mol(input.replace(/:\d+\]/g, "]"));
    return molecule ?? reasonFrom(this.#log.get_buffer());
  }

  private largest(input: string, whole: Mol): MoleculeResult {
    const { molList } = whole.get_frags() as { molList: { size(): number; at(index: number): Mol; delete(): void } };
    const fragments: { molecule: Mol; smiles: string; atoms: number; weight: number }[] = [];
    try {
      for (let index = 0; index < molList.size(); index++) {
        const molecule = molList.at(index);
        const graph = readGraph(molecule.get_json());
        const weight = weightOf(graph) ?? averageWeight(molecule);
        fragments.push({ molecule, smiles: molecule.get_smiles(), atoms: heavyAtoms(graph), weight });
      }
      fragments.sort((a, b) => b.atoms - a.atoms || b.weight - a.weight || (a.smiles < b.smiles ? -1 : 1));
      const [kept, ...dropped] = fragments;
      return this.record(input, kept.molecule, dropped.map((fragment) => fragment.smiles).sort());
    } finally {
      for (const { molecule } of fragments) molecule.delete();
      molList.delete();
    }
  }

  private record(input: string, molecule: Mol, droppedFragments: string[]): MoleculeResult {
    const inchi = molecule.get_inchi();
    const inchiKey = inchi && this.module.get_inchikey_for_inchi(inchi);
    if (!inchiKey) {
      if (!input.includes("*") && molecule.get_smiles().match(/->|<-/)) return complex(input, molecule);
      const dummy = input.includes("*") ? "it has a dummy atom (*)" : "InChI does not describe such a molecule";
      return invalid(input, `no InChIKey can be made of it: ${dummy}`);
    }
    const smiles = this.settled(molecule.get_smiles());
    if (smiles === null) return invalid(input, NOT_SETTLED);
    const graph = readGraph(molecule.get_json());
    return {
      ok: true,
      molecule: {
        input,
        smiles,
        droppedFragments,
        inchiKey,
        skeletonKey: inchiKey.slice(0, 14),
        formula: formulaOf(graph),
        molecularWeight: weightOf(graph) ?? averageWeight(molecule),
        scaffold: this.scaffold(graph),
      },
    };
  }

  /** The canonical form that reads back as itself; null if a few readings find none. */
  private settled(smiles: string): string | null {
    if (!UNSETTLED.test(smiles)) return smiles;
    let form = smiles;
    for (let reading = 0; reading < READINGS; reading++) {
      const again = this.with(form, (molecule) => molecule.get_smiles());
      if (again === form) return form;
      if (typeof again !== "string") return null;
      form = again;
    }
    return null;
  }

  private scaffold(graph: Parameters<typeof scaffoldOf>[0]): string {
    const scaffold = scaffoldOf(graph);
    if (!scaffold) return "";
    const molecule = this.module.get_mol(writeGraph(scaffold));
    if (!molecule) return "";
    try {
      return molecule.get_smiles();
    } finally {
      molecule.delete();
    }
  }
}

/** See Chemistry.fingerprints. */
export const morganOf = (molecule: Mol): Uint8Array => copyOf(molecule.get_morgan_fp_as_uint8array(MORGAN));

/** The array may be a view into WebAssembly memory. */
export const copyOf = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

const formOf = ({ input, smiles, droppedFragments }: Molecule): CanonicalForm => ({ input, smiles, droppedFragments });

const averageWeight = (molecule: Mol): number => (JSON.parse(molecule.get_descriptors()) as { amw: number }).amw;

/** RDKit reads the bonds of an atom to a metal as dative where its valence is full without them. */
function complex(input: string, molecule: Mol): { ok: false; error: MoleculeError } {
  const ends = molecule.get_smiles().matchAll(/\[(?:\d+)?([A-Z][a-z]?)[^\]]*\]/g);
  const metals = [...new Set([...ends].map(([, symbol]) => symbol))].filter((symbol) => !ORGANIC.has(symbol));
  const named = metals.length > 0 ? `the metal ${metals.join(", ")}` : "another atom";
  const message = `no InChIKey can be made of it: it has dative bonds to ${named}: ${LIGAND}`;
  return { ok: false, error: { input, code: "INVALID_SMILES", message } };
}

/** Elements that are no metals and occur in brackets. */
const ORGANIC = new Set(["H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "As", "Se", "Br", "Te", "I"]);

const invalid = (input: string, reason: string): { ok: false; error: MoleculeError } => ({
  ok: false,
  error: { input, code: "INVALID_SMILES", message: `${reason}: give one molecule as SMILES` },
});
