/**
 * Lists of compounds that are filtered or in another order than their own: Relay pages over a search in the library.
 * Those of one operation share their work: a filter is resolved once, and equal lists of several datasets are one
 * statement.
 */
import DataLoader from "dataloader";
import { groupBy } from "../datasets/group-by.js";
import type { Found, Range, Search, SearchKey, Taken } from "../datasets/search/types.js";
import { type ListRequest, type Resolved, resolveFilter, unknownSet } from "../service/library/filter.js";
import type { ReachedCompound } from "../store/access/compounds.js";
import { isStorable } from "../text.js";
import { isTime, type KeysetSource, page } from "./connections.js";
import type { Context } from "./context.js";
import type { Loaders } from "./loaders.js";
import type { ConnectionOf, EdgeOf } from "./types/connection.js";
import type { CompoundListArguments } from "./types/inputs/compound-filter.js";

type CompoundEdge = EdgeOf<ReachedCompound> & { similarity: number | null };

/** True for a request without filter and order. */
export const isPlain = ({ filter, orderBy }: CompoundListArguments): boolean =>
  (orderBy ?? null) === null && Object.values(filter ?? {}).every((condition) => (condition ?? null) === null);

/** `datasetId` null: of all compounds. */
export async function searchCompounds(
  given: CompoundListArguments,
  datasetId: string | null,
  context: Context,
): Promise<ConnectionOf<ReachedCompound>> {
  const searches = Searches.of(context);
  const { search, labelDatasets } = await searches.resolve(given, datasetId);
  const missing = labelDatasets.find(({ ids }) => datasetId !== null && !ids.has(datasetId));
  if (missing) throw await unknownSet(context.application, missing.labelSet, { datasetId });
  const found = await page(given, bySearch(searches, search, datasetId));
  const reached = datasetId === null ? null : { datasetId };
  const compounds = await context.loaders.compound.loadMany(
    found.edges.map(({ node }) => ({ id: node.compoundId, reached })),
  );
  const edges = found.edges.flatMap(({ cursor, node: { similarity } }, index): CompoundEdge[] => {
    const node = compounds[index];
    if (node instanceof Error) throw node;
    // Deleted between the two statements.
    return node === null ? [] : [{ cursor, node, similarity }];
  });
  return { ...found, edges };
}

function bySearch(searches: Searches, search: Search, datasetId: string | null): KeysetSource<Found, CursorKey> {
  const kind = `${search.order}${datasetId === null ? "" : " of a dataset"}`;
  const created = datasetId !== null ? "POSITION" : search.projects === null ? "CREATED" : "MEMBERSHIP";
  const isValue = VALUES[search.order === "CREATED" ? created : search.order];
  return {
    keyOf: ({ key }) => [kind, ...key],
    fetch: async ({ after, before, take, backwards }) => {
      const range = { datasetId, after: keyOf(after), before: keyOf(before) };
      return searches.pages.load({ search, range, taken: { take, backwards } });
    },
    count: () => searches.counts.load({ search, datasetId }),
    isKey: (value): value is CursorKey =>
      Array.isArray(value) &&
      value.length === 3 &&
      value[0] === kind &&
      isValue(value[1]) &&
      typeof value[2] === "string" &&
      /^[\w-]{1,100}$/.test(value[2]),
  };
}

/** A cursor says of which order it is, so that one of another list is refused. */
type CursorKey = [kind: string, ...key: SearchKey];
const keyOf = (key: CursorKey | null): SearchKey | null => (key === null ? null : [key[1], key[2]]);

const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const VALUES: Record<Search["order"] | "POSITION" | "MEMBERSHIP", (value: unknown) => boolean> = {
  CREATED: (value) => typeof value === "string" && isTime(value),
  MEMBERSHIP: (value) => typeof value === "string" && /^[\w-]{1,100}$/.test(value),
  POSITION: (value) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31,
  NAME: (value) => typeof value === "string" && isStorable(value),
  MOLECULAR_WEIGHT: isNumber,
  SIMILARITY: isNumber,
};

interface PageKey {
  search: Search;
  range: Range;
  taken: Taken;
}
interface CountKey {
  search: Search;
  datasetId: string | null;
}

class Searches {
  /** By the loaders, which are made anew for each operation and for each event of a subscription. */
  static readonly #all = new WeakMap<Loaders, Searches>();
  readonly #resolved = new Map<string, Promise<Resolved>>();

  static of(context: Context): Searches {
    const known = Searches.#all.get(context.loaders);
    if (known) return known;
    const searches = new Searches(context);
    Searches.#all.set(context.loaders, searches);
    return searches;
  }

  private constructor(private readonly context: Context) {}

  resolve({ filter, orderBy }: CompoundListArguments, datasetId: string | null): Promise<Resolved> {
    const { application, signal } = this.context;
    const depends = filter?.similarTo?.method === "EMBEDDING";
    const wanted: ListRequest = {
      filter: filter ?? {},
      orderBy: orderBy ?? null,
      scoped: datasetId !== null,
      datasetId: depends ? datasetId : null,
    };
    const key = JSON.stringify(wanted);
    const resolved = this.#resolved.get(key) ?? resolveFilter(application, wanted, signal);
    this.#resolved.set(key, resolved);
    return resolved;
  }

  readonly pages = new DataLoader<PageKey, Found[], string>(
    (keys) =>
      this.grouped(
        keys,
        ({ search, range, taken }) => [
          search,
          taken,
          range.datasetId === null,
          range.after === null,
          range.before === null,
        ],
        (group) =>
          this.context.application.library.page(
            group[0].search,
            group.map(({ range }) => range),
            group[0].taken,
            this.context.signal,
          ),
      ),
    { cacheKeyFn: (key) => JSON.stringify(key) },
  );

  readonly counts = new DataLoader<CountKey, number, string>(
    (keys) =>
      this.grouped(
        keys,
        ({ search, datasetId }) => [search, datasetId === null],
        (group) => this.context.application.library.count(group[0].search, group, this.context.signal),
      ),
    { cacheKeyFn: (key) => JSON.stringify(key) },
  );

  /** Keys that one statement can answer are asked together; a group that fails fails alone. */
  private async grouped<K, V>(
    keys: readonly K[],
    alike: (key: K) => unknown,
    ask: (group: K[]) => Promise<V[]>,
  ): Promise<(V | Error)[]> {
    const answers = new Map<K, V | Error>();
    const groups = groupBy(keys, (key) => JSON.stringify(alike(key)));
    await Promise.all(
      [...groups.values()].map(async (group) => {
        const found = await ask(group).catch((error: Error) => error);
        for (const [index, key] of group.entries()) answers.set(key, found instanceof Error ? found : found[index]);
      }),
    );
    return keys.map((key) => answers.get(key) as V | Error);
  }
}
