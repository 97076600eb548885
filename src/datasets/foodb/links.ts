/**
 * Which terms each compound is linked to, as two arrays of numbers per table: the 1.6 million links of FooDB take 7 MB;
 * as rows of names they took 190 MB more. The values of a compound are made when they are requested. Other work of the
 * process runs between parts of the links.
 */
import { Turns } from "../turns.js";

/** Links between two looks at the clock: below 1 ms. */
const PART = 4_096;

/** Pairs of a compound id and a term id, in parts: a long array would be copied whole while it grows. */
export class LinkPairs {
  readonly parts: Float64Array[] = [];
  /** Numbers in the last part. */
  private used = 2 * PART;

  push(compound: number, term: number): void {
    if (this.used === 2 * PART) {
      this.parts.push(new Float64Array(2 * PART));
      this.used = 0;
    }
    const part = this.parts[this.parts.length - 1];
    part[this.used++] = compound;
    part[this.used++] = term;
  }

  /** Numbers of a part that are set. */
  lengthOf(part: Float64Array): number {
    return part === this.parts.at(-1) ? this.used : part.length;
  }
}

interface LinkTable {
  /** Links of the compound at place i: links[starts[i]] … links[starts[i + 1] - 1]. */
  starts: Uint32Array;
  /** Places in `terms`. */
  links: Uint32Array;
  terms: { set: string; name: string }[];
}

/** Why a link is dropped: the first that holds. NO_LEVEL: an ontology term without one belongs to no label set. */
export type DanglingReason = "UNKNOWN_COMPOUND" | "UNKNOWN_TERM" | "NO_LEVEL";

export class LinkedTerms {
  /** Links that were dropped, by table and reason; of a table without any, an empty record. */
  readonly dangling: Record<string, Partial<Record<DanglingReason, number>>> = {};
  /** Label sets that have at least one link. */
  readonly sets = new Set<string>();
  private readonly tables: LinkTable[] = [];
  private readonly placeOf = new Map<number, number>();
  private readonly turns = new Turns();

  static async of(compoundIds: Iterable<number>): Promise<LinkedTerms> {
    const linked = new LinkedTerms();
    const { placeOf, turns } = linked;
    let count = 0;
    for (const id of compoundIds) {
      // A Map would find NaN, which means a missing id and may occur often.
      if (!Number.isNaN(id) && !placeOf.has(id)) placeOf.set(id, placeOf.size);
      if (++count % PART === 0) await turns.next();
    }
    return linked;
  }

  /**
   * @param pairs   in the order of the file
   * @param names   of the terms, by id
   * @param setOf   label set of a term; null where it has none: then the link is dropped
   */
  async add(
    table: string,
    pairs: LinkPairs,
    names: ReadonlyMap<number, string>,
    setOf: (term: number) => string | null,
  ): Promise<void> {
    const terms: LinkTable["terms"] = [];
    const numberOf = new Map<number, number>();
    const withoutSet = new Set<number>();
    let count = 0;
    for (const [id, name] of names) {
      if (++count % PART === 0) await this.turns.next();
      if (Number.isNaN(id) || name === "") continue;
      const set = setOf(id);
      if (set === null) {
        withoutSet.add(id);
        continue;
      }
      numberOf.set(id, terms.length);
      terms.push({ set, name });
    }
    const eachLink = async (take: (place: number, term: number) => void, drop: (reason: DanglingReason) => void) => {
      for (const part of pairs.parts) {
        await this.turns.next();
        for (let at = 0; at < pairs.lengthOf(part); at += 2) {
          const [place, term] = [this.placeOf.get(part[at]), numberOf.get(part[at + 1])];
          if (place === undefined) drop("UNKNOWN_COMPOUND");
          else if (term === undefined) drop(withoutSet.has(part[at + 1]) ? "NO_LEVEL" : "UNKNOWN_TERM");
          else take(place, term);
        }
      }
    };
    // Links are counted first and then placed, which keeps the order of the file.
    const starts = new Uint32Array(this.placeOf.size + 1);
    this.dangling[table] = {};
    const dropped = this.dangling[table];
    await eachLink(
      (place) => starts[place + 1]++,
      (reason) => {
        dropped[reason] = (dropped[reason] ?? 0) + 1;
      },
    );
    for (let place = 0; place < this.placeOf.size; place++) starts[place + 1] += starts[place];
    const links = new Uint32Array(starts[this.placeOf.size]);
    const next = starts.slice();
    const put = (place: number, term: number) => {
      links[next[place]++] = term;
      this.sets.add(terms[term].set);
    };
    await eachLink(put, () => undefined);
    this.tables.push({ starts, links, terms });
  }

  /** Label set and its values, each once, in the order of their first links. */
  valuesOf(compoundId: number): [string, string[]][] {
    const place = this.placeOf.get(compoundId);
    if (place === undefined) return [];
    const values = new Map<string, Set<string>>();
    for (const { starts, links, terms } of this.tables)
      for (let at = starts[place]; at < starts[place + 1]; at++) {
        const { set, name } = terms[links[at]];
        (values.get(set) ?? values.set(set, new Set()).get(set)!).add(name);
      }
    return [...values].map(([set, names]) => [set, [...names]]);
  }
}
