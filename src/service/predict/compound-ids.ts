/**
 * The compounds of canonical SMILES: remembered, else of the fingerprints, which are by SMILES, else made of what RDKit
 * reads. Where somebody waits for one, RDKit reads it in any case: nobody learns from the time whether another project
 * has the molecule. A compound that is remembered may have been removed: a row that names it is a foreign key
 * violation, and then its writer asks again, with nothing remembered.
 */
import { LRUCache } from "lru-cache";
import type { Chemistry, Priority } from "../../chem/types.js";
import { compoundsOfForms, ensureCompounds } from "../../datasets/compounds.js";
import type { Store } from "../../store/index.js";

/** About 20 MB. */
const MOST = 100_000;

export class CompoundIds {
  readonly #known = new LRUCache<string, string>({ max: MOST });

  constructor(private readonly parts: { store: Pick<Store, "pool">; chemistry: Pick<Chemistry, "parse"> }) {}

  /** By SMILES. A text that RDKit reads as no molecule with an InChIKey has none. */
  async of(smiles: readonly string[], priority: Priority): Promise<Map<string, string>> {
    const { store, chemistry } = this.parts;
    const ids = new Map<string, string>();
    const add = (found: ReadonlyMap<string, string>): string[] => {
      for (const [text, id] of found) {
        ids.set(text, id);
        this.#known.set(text, id);
      }
      return smiles.filter((text) => !ids.has(text));
    };
    let missing = [...smiles];
    if (priority === "background") {
      const remembered = smiles.flatMap((text): [string, string][] => {
        const id = this.#known.get(text);
        return id === undefined ? [] : [[text, id]];
      });
      missing = add(new Map(remembered));
      if (missing.length > 0) missing = add(await compoundsOfForms(store.pool, missing));
    }
    if (missing.length === 0) return ids;
    const read = (await chemistry.parse(missing, undefined, { priority, isWritten: true })).flatMap((result) =>
      result.ok ? result.molecule : [],
    );
    const made = await ensureCompounds(store.pool, read);
    // The text that was read, which may not be what RDKit writes of it.
    add(new Map(read.map(({ input, inchiKey }) => [input, made.get(inchiKey) as string])));
    return ids;
  }

  forget(): void {
    this.#known.clear();
  }
}
