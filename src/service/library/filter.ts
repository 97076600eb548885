/**
 * A filter as it was given becomes a search: names are looked up, molecules and patterns read, every rule checked and
 * broken ones named by their path ("filter.similarTo.smiles"). The number of statements is that of the conditions.
 */
import { hex } from "../../datasets/search/fingerprints.js";
import type { LabelCondition, Search, SearchOrder, Similarity } from "../../datasets/search/types.js";
import { type TextQuery, textQuery } from "../../datasets/search/words.js";
import { MaillardError } from "../../errors.js";
import type { ScoringParts } from "../../runs/predictions/scores-of-molecules.js";
import { preferred, projectsSeen } from "../../store/access/principal.js";
import { requireCheckpoint } from "../../store/composition.js";
import { findDataset, findModel } from "../../store/find.js";
import { isStorable } from "../../text.js";
import type { NearestEmbeddings } from "../models/similar-embeddings.js";
import type { CompoundFilter, CompoundOrder, LabelFilter, NumberRange, SimilarityFilter } from "./types.js";

const MOST_TEXT = 1_000;
const MOST_LABELS = 5;
const DEFAULT_THRESHOLD = 0.7;
const DEFAULT_NEAREST = 100;
const MOST_NEAREST = 1_000;

export interface FilterParts extends ScoringParts {
  nearest: NearestEmbeddings;
}

/** What is asked of a list. */
export interface ListRequest {
  filter: CompoundFilter;
  orderBy: CompoundOrder | null;
  /** Whether the list is of a dataset. */
  scoped: boolean;
  /**
   * That dataset, where it makes a difference: for the nearest embeddings. Otherwise lists of several are one search.
   */
  datasetId: string | null;
}

export interface Resolved {
  search: Search;
  /** For each condition on a label of the list's own dataset: which datasets have such a label set. */
  labelDatasets: { labelSet: string; ids: ReadonlySet<string> }[];
}

export async function resolveFilter(
  parts: FilterParts,
  { filter, orderBy, scoped, datasetId }: ListRequest,
  signal: AbortSignal,
): Promise<Resolved> {
  const similarity = filter.similarTo ? await similarityOf(parts, filter.similarTo, datasetId, signal) : null;
  const order = orderBy ?? (similarity ? "SIMILARITY_DESC" : "CREATED_ASC");
  if (order === "SIMILARITY_DESC" && !similarity)
    throw bad("SIMILARITY_DESC needs `filter.similarTo`: say what the compounds are to be similar to.", "orderBy");
  const [, name, direction] = /^(.*)_(ASC|DESC)$/.exec(order) as RegExpExecArray;
  const dataset = typeof filter.dataset === "string" ? await findDataset(parts.store, filter.dataset) : null;
  const labels = await labelsOf(parts, filter.labels ?? [], { scoped, otherId: dataset?.id ?? null });
  const search = {
    projects: projectsSeen(parts.store.principal),
    text: await textOf(parts, filter.text, signal),
    weight: filter.molecularWeight ? rangeOf(filter.molecularWeight, "filter.molecularWeight") : null,
    labels: labels.conditions,
    datasetId: dataset?.id ?? null,
    substructure: await substructureOf(parts, filter.substructure, signal),
    similarity,
    order: name as SearchOrder,
    descending: direction === "DESC",
  };
  return { search, labelDatasets: labels.datasets };
}

async function textOf(
  { chemistry }: FilterParts,
  text: string | null | undefined,
  signal: AbortSignal,
): Promise<TextQuery | null> {
  if (typeof text !== "string") return null;
  const param = "filter.text";
  if (text.length > MOST_TEXT || !isStorable(text))
    throw bad(`\`${param}\` has ${text.length} characters: it must have 1 to ${MOST_TEXT}, none of them NUL.`, param);
  // A text that is not a SMILES is a word.
  const [read] = await chemistry.parse([text.trim()], signal);
  const query = textQuery(text, read.ok ? read.molecule.inchiKey : null);
  if (query === null) throw bad(`\`${param}\` has no letter or digit: give a word, a formula or a SMILES.`, param);
  return query;
}

function rangeOf({ minimum, maximum }: NumberRange, param: string): { minimum: number | null; maximum: number | null } {
  const range = { minimum: minimum ?? null, maximum: maximum ?? null };
  if (range.minimum === null && range.maximum === null)
    throw bad(`\`${param}\` has no bound: give \`minimum\`, \`maximum\` or both.`, param);
  if (range.minimum !== null && range.maximum !== null && range.minimum > range.maximum)
    throw bad(`\`${param}\` is from ${range.minimum} to ${range.maximum}: the minimum comes first.`, param);
  return range;
}

/**
 * Sets are found by name. A member of a dataset has labels of its sets alone, so the sets of all datasets are one
 * condition.
 */
async function labelsOf(
  parts: FilterParts,
  filters: readonly LabelFilter[],
  { scoped, otherId }: { scoped: boolean; otherId: string | null },
): Promise<{ conditions: LabelCondition[]; datasets: Resolved["labelDatasets"] }> {
  const conditions: LabelCondition[] = [];
  const datasets: Resolved["labelDatasets"] = [];
  if (filters.length === 0) return { conditions, datasets };
  const param = "filter.labels";
  if (filters.length > MOST_LABELS)
    throw bad(`\`${param}\` has ${filters.length} conditions; at most ${MOST_LABELS} are taken.`, param);
  for (const { labelSet, dataset, value } of filters)
    if (![labelSet, dataset ?? "", value ?? ""].every(isStorable))
      throw bad(`\`${param}\` has the character NUL.`, param);
  const sets = await parts.store.prisma.labelSet.findMany({
    where: { name: { in: filters.map(({ labelSet }) => labelSet) } },
    select: { id: true, name: true, kind: true, datasetId: true, dataset: true },
    orderBy: { id: "asc" },
  });
  for (const { labelSet, dataset, value, range } of filters) {
    const named = sets.filter((set) => set.name === labelSet);
    const said = dataset ? named.filter((set) => set.dataset.name === dataset).map((set) => set.dataset) : [];
    const saidId = preferred(parts.store.principal, said)?.id;
    const known = named.filter(({ datasetId }) =>
      dataset ? datasetId === saidId : scoped || otherId === null || datasetId === otherId,
    );
    if (known.length === 0)
      throw await unknownSet(parts, labelSet, dataset ? { dataset: { name: dataset } } : { datasetId: otherId });
    const fitting = known.filter(({ kind }) => (kind === "NUMBER") === Boolean(range));
    if (fitting.length === 0 || Boolean(range) === (typeof value === "string"))
      throw bad(
        `The label set ${labelSet} is ${known[0].kind}: ` +
          `give ${known[0].kind === "NUMBER" ? "a `range`" : "a `value`"}, and not both.`,
        param,
      );
    const bounds = range ? rangeOf(range, `${param}.range`) : { minimum: null, maximum: null };
    const ofList = scoped && !dataset;
    conditions.push({ labelSetIds: fitting.map(({ id }) => id), ofList, value: value ?? null, ...bounds });
    if (ofList) datasets.push({ labelSet, ids: new Set(known.map((set) => set.datasetId)) });
  }
  return { conditions, datasets };
}

/** UNKNOWN_TARGET, naming the label sets that there are. */
export async function unknownSet(
  { store }: Pick<FilterParts, "store">,
  name: string,
  { dataset, datasetId }: { dataset?: { name: string }; datasetId?: string | null },
): Promise<MaillardError> {
  const rows = await store.prisma.labelSet.findMany({
    where: dataset ? { dataset } : datasetId ? { datasetId } : {},
    select: { name: true },
    distinct: ["name"],
    orderBy: { name: "asc" },
    take: 50,
  });
  const existing = rows.map((row) => row.name);
  return new MaillardError(
    "UNKNOWN_TARGET",
    `There is no label set ${JSON.stringify(name.slice(0, 100))} here. There are: ${existing.join(", ") || "none"}.`,
    { param: "filter.labels", details: { existing } },
  );
}

async function substructureOf(
  { chemistry }: FilterParts,
  smarts: string | null | undefined,
  signal: AbortSignal,
): Promise<Search["substructure"]> {
  if (typeof smarts !== "string") return null;
  const read = await chemistry.search.readSmarts(smarts, signal);
  if (read.ok) return { smarts, screen: hex(read.screen) };
  const { code, message } = read.error;
  throw new MaillardError(code, message, { param: "filter.substructure" });
}

async function similarityOf(
  parts: FilterParts,
  { smiles, method, threshold, model: name, pooling, nearest }: SimilarityFilter,
  datasetId: string | null,
  signal: AbortSignal,
): Promise<Similarity> {
  const param = "filter.similarTo";
  const morgan = method === "MORGAN";
  if (morgan && (typeof name === "string" || typeof nearest === "number"))
    throw bad("`model` and `nearest` belong to the method EMBEDDING; MORGAN takes a `threshold`.", `${param}.method`);
  const least = threshold ?? (morgan ? DEFAULT_THRESHOLD : null);
  if (least !== null && !(least <= 1 && (morgan ? least > 0 : least >= -1)))
    throw bad(
      `\`threshold\` is ${least}: it must be ${morgan ? "above 0 and at most 1" : "-1 to 1"}.`,
      `${param}.threshold`,
    );
  const [read] = await parts.chemistry.parse([smiles], signal);
  if (!read.ok) throw new MaillardError(read.error.code, read.error.message, { param: `${param}.smiles` });
  if (morgan) {
    const [fingerprints] = await parts.chemistry.search.fingerprints([read.molecule.smiles], signal);
    if (!fingerprints)
      throw new MaillardError("INVALID_SMILES", "RDKit made no fingerprint of it: give another molecule", {
        param: `${param}.smiles`,
      });
    const count = fingerprints.morgan.reduce((sum, byte) => sum + bitsOf(byte), 0);
    return { by: "morgan", bits: hex(fingerprints.morgan), count, threshold: least as number };
  }
  if (typeof name !== "string")
    throw bad("The method EMBEDDING needs a `model`: name one whose embeddings are stored.", `${param}.model`);
  const most = nearest ?? DEFAULT_NEAREST;
  if (most < 1 || most > MOST_NEAREST)
    throw bad(`\`nearest\` is ${most}: it must be 1 to ${MOST_NEAREST}.`, `${param}.nearest`);
  const model = await findModel(parts.store, name);
  requireCheckpoint(model, "it has no embeddings of its own", `${param}.model`);
  const request = { model, pooling, smiles: read.molecule.smiles, datasetId, most, threshold: least };
  return { by: "scores", ...(await parts.nearest.find(parts, request, signal)) };
}

/** Set bits of a byte. */
function bitsOf(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count += 1;
  return count;
}

const bad = (message: string, param: string): MaillardError => new MaillardError("BAD_INPUT", message, { param });
