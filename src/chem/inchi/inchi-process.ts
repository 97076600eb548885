/** Entry of the forked process that reads InChIs: one SMILES for each, in their order; null where Indigo reads none. */
import { createRequire } from "node:module";
import { compileLate, followParent, tell } from "../../process/child-life.js";
import type { FromReader, ToReader } from "./reader.js";

/** What is used of the package, which has no types. */
interface Indigo {
  MapStringString: new () => object;
  /** Throws for what it cannot read. */
  convert(text: string, format: string, options: object): string;
}

followParent();
compileLate();

const require = createRequire(import.meta.url);
const load = require("indigo-ketcher/jsNoRender") as () => Promise<Indigo>;
const indigo = await load();
const options = new indigo.MapStringString();

function smilesOf(inchi: string): string | null {
  try {
    const [smiles = ""] = indigo.convert(inchi, "chemical/x-daylight-smiles", options).split(/\s/, 1);
    return smiles === "" ? null : smiles;
  } catch {
    return null;
  }
}

process.on("message", async ({ inchis }: ToReader) => {
  for (const inchi of inchis) await tell({ smiles: smilesOf(inchi) } satisfies FromReader);
});

// The first one takes half a second.
smilesOf("InChI=1S/CH4/h1H4");
await tell({ ready: true } satisfies FromReader);
