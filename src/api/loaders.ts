/**
 * One loader per edge, fresh for each operation (and for each event of a subscription): however many nodes a page has,
 * an edge costs the same number of SQL statements. Keys are database ids.
 */
import DataLoader from "dataloader";
import type { Chemistry, Molecule } from "../chem/types.js";
import { groupBy } from "../datasets/group-by.js";
import { type MetricsKey, readLatestMetrics, readMetrics } from "../runs/follow/metrics.js";
import { type EventsKey, readEvents } from "../runs/follow/run-events.js";
import { type DiskUsage, diskUsage, type SplitKey, type UsageKey } from "../runs/index.js";
import { type EvaluationReports, nameOf, type ReportedSplit } from "../service/evaluation/evaluation-reports.js";
import { readSweeps, type Sweep } from "../service/evaluation/sweeps.js";
import {
  bySmiles,
  compoundsAsSeen,
  inDataset,
  inLibrary,
  type ReachedCompound,
  type SeenCompound,
} from "../store/access/compounds.js";
import { preferred } from "../store/access/principal.js";
import type {
  Compound,
  Dataset,
  DatasetCompound,
  Embedding,
  Evaluation,
  LabelSet,
  Metric,
  Model,
  ModelDownload,
  Prediction,
  Run,
  RunAttempt,
  RunEvent,
  RunGroup,
  RunScore,
  Split,
} from "../store/generated/client.js";
import type { Store } from "../store/index.js";
import { isStorable } from "../text.js";
import type { CompoundKey } from "./ids.js";

export interface LabelRow {
  labelSet: string;
  value: string;
  number: number | null;
  datasetId: string;
}
export interface MembersKey {
  datasetId: string;
  /** Positions above this one; null: from the start. */
  after: number | null;
  /** Positions below this one; null: to the end. */
  before: number | null;
}
export type MemberRow = DatasetCompound & { compound: Compound };

/** What loaders read from. */
export interface LoaderParts {
  store: Store;
  chemistry: Pick<Chemistry, "parse">;
  reports: EvaluationReports;
}

export class Loaders {
  /** @param signal aborted when the caller has left */
  constructor(
    private readonly parts: LoaderParts,
    private readonly signal: AbortSignal,
  ) {}

  private get prisma() {
    return this.parts.store.prisma;
  }

  readonly compound = new DataLoader<CompoundKey, ReachedCompound | null, string>(
    (keys) => reachCompounds(this.prisma, keys),
    { cacheKeyFn: ({ id, reached }) => JSON.stringify([id, reached]) },
  );
  /** A compound by a key that a client gave: null, too, when it says a SMILES that is not one of its forms. */
  async compoundOf(key: CompoundKey): Promise<ReachedCompound | null> {
    const [compound, form] = await Promise.all([
      this.compound.load(key),
      key.reached && "smiles" in key.reached ? this.molecule.load(key.reached.smiles) : null,
    ]);
    return form && (form.inchiKey !== compound?.inchiKey || form.smiles !== compound.smiles) ? null : compound;
  }
  /** What RDKit reads of a SMILES; an empty one when it reads nothing. */
  private readonly molecule = new DataLoader<string, Pick<Molecule, "inchiKey" | "smiles">>(async (smiles) => {
    const read = await this.parts.chemistry.parse(smiles, this.signal);
    return read.map((result) => (result.ok ? result.molecule : { inchiKey: "", smiles: "" }));
  });
  readonly seenCompound = new DataLoader<ReachedCompound, SeenCompound, string>(
    (rows) => compoundsAsSeen(this.parts.store, rows),
    { cacheKeyFn: ({ id }) => id },
  );
  readonly dataset = one<Dataset>("id", (ids) => this.prisma.dataset.findMany({ where: { id: { in: ids } } }));
  readonly model = one<Model>("id", (ids) => this.prisma.model.findMany({ where: { id: { in: ids } } }));
  readonly modelByName = new DataLoader<string, Model | null>(async (names) => {
    const { prisma, principal } = this.parts.store;
    const rows = await prisma.model.findMany({ where: { name: { in: names.filter(isStorable) } } });
    const groups = groupBy(rows, ({ name }) => name);
    return names.map((name) => preferred(principal, groups.get(name) ?? []));
  });
  readonly modelDownload = one<ModelDownload>("id", (ids) =>
    this.prisma.modelDownload.findMany({ where: { id: { in: ids } } }),
  );
  readonly run = one<Run>("id", (ids) => this.prisma.run.findMany({ where: { id: { in: ids } } }));
  readonly runGroup = one<RunGroup>("id", (ids) => this.prisma.runGroup.findMany({ where: { id: { in: ids } } }));
  readonly runsByGroup = many<Run>("groupId", (ids) =>
    this.prisma.run.findMany({ where: { groupId: { in: ids } }, orderBy: { groupIndex: "asc" } }),
  );
  /** Of groups that are sweeps. */
  readonly sweep = new DataLoader<RunGroup, Sweep, string>((groups) => readSweeps(this.parts.store, groups), {
    cacheKeyFn: ({ id }) => id,
  });
  readonly prediction = one<Prediction>("id", (ids) => this.prisma.prediction.findMany({ where: { id: { in: ids } } }));
  readonly embedding = one<Embedding>("id", (ids) => this.prisma.embedding.findMany({ where: { id: { in: ids } } }));
  readonly runByModel = one<Run>("modelId", (ids) => this.prisma.run.findMany({ where: { modelId: { in: ids } } }));

  /** Rows of one kind are counted by one statement. */
  readonly diskUsage = new DataLoader<UsageKey, DiskUsage, string>(
    async (keys) => {
      const usage = await diskUsage(this.parts.store, keys);
      return keys.map(({ kind, id }) => usage.get(`${kind}:${id}`) as DiskUsage);
    },
    { cacheKeyFn: ({ kind, id }) => `${kind}:${id}` },
  );

  readonly labelSets = many<LabelSet>("datasetId", (ids) =>
    this.prisma.labelSet.findMany({ where: { datasetId: { in: ids } }, orderBy: { name: "asc" } }),
  );
  readonly predictions = many<Prediction>("compoundId", (ids) =>
    this.prisma.prediction.findMany({
      where: { compoundId: { in: ids } },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    }),
  );
  readonly embeddings = many<Embedding>("compoundId", (ids) =>
    this.prisma.embedding.findMany({
      where: { compoundId: { in: ids } },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    }),
  );
  readonly datasetIds = many<{ compoundId: string; datasetId: string }>("compoundId", (ids) =>
    this.prisma.datasetCompound.findMany({
      where: { compoundId: { in: ids } },
      select: { compoundId: true, datasetId: true },
      orderBy: [{ datasetId: "asc" }],
    }),
  );
  readonly evaluations = many<Evaluation>("runId", (ids) =>
    this.prisma.evaluation.findMany({ where: { runId: { in: ids } } }),
  );

  /** Labels of a compound in every dataset, by dataset, set and value. */
  readonly labels = new DataLoader<string, LabelRow[]>(async (ids) => {
    const rows = await this.prisma.label.findMany({
      where: { member: { compoundId: { in: [...ids] } } },
      select: {
        value: true,
        number: true,
        labelSet: { select: { name: true, datasetId: true } },
        member: { select: { compoundId: true } },
      },
      orderBy: [{ labelSet: { datasetId: "asc" } }, { labelSet: { name: "asc" } }, { value: "asc" }],
    });
    const groups = groupBy(rows, (row) => row.member.compoundId);
    return ids.map((id) =>
      (groups.get(id) ?? []).map(({ value, number, labelSet }) => ({
        value,
        number,
        labelSet: labelSet.name,
        datasetId: labelSet.datasetId,
      })),
    );
  });

  /** Molecules of a run by split. */
  readonly splitSizes = new DataLoader<string, { split: Split; count: number }[]>(async (ids) => {
    const rows = await this.prisma.runAssignment.groupBy({
      by: ["runId", "split"],
      where: { runId: { in: [...ids] } },
      _count: { _all: true },
      orderBy: [{ runId: "asc" }, { split: "asc" }],
    });
    const groups = groupBy(rows, (row) => row.runId);
    return ids.map((id) => (groups.get(id) ?? []).map((row) => ({ split: row.split, count: row._count._all })));
  });

  /** Metrics of several runs in one statement. */
  readonly metrics = new DataLoader<MetricsKey, Metric[], string>((keys) => readMetrics(this.parts.store, keys), {
    cacheKeyFn: (key) => JSON.stringify(key),
  });

  /** The last of each split and name. */
  readonly latestMetrics = new DataLoader<string, Metric[]>((ids) => readLatestMetrics(this.parts.store, ids));
  readonly events = new DataLoader<EventsKey, RunEvent[], string>((keys) => readEvents(this.parts.store, keys), {
    cacheKeyFn: (key) => JSON.stringify(key),
  });
  readonly scores = many<RunScore>("runId", (ids) =>
    this.prisma.runScore.findMany({
      where: { runId: { in: ids } },
      orderBy: [{ split: "asc" }, { name: "asc" }],
    }),
  );
  readonly attempts = many<RunAttempt>("runId", (ids) =>
    this.prisma.runAttempt.findMany({ where: { runId: { in: ids } }, orderBy: { attempt: "asc" } }),
  );

  /** Answers behind evaluations: those of one operation are read together; null where none are kept. */
  readonly report = new DataLoader<SplitKey, ReportedSplit | null, string>(
    (keys) => this.parts.reports.load(keys, this.signal),
    {
      cacheKeyFn: nameOf,
    },
  );

  /** Pages of members, by position, which has no gaps within a dataset: one statement for all datasets of a list. */
  readonly members = new DataLoader<MembersKey, MemberRow[], string>(
    async (keys) => {
      const rows = await this.prisma.datasetCompound.findMany({
        where: {
          OR: keys.map(({ datasetId, after, before }) => ({
            datasetId,
            position: { gt: after ?? -1, lt: before ?? 2_147_483_647 },
          })),
        },
        include: { compound: true },
        orderBy: [{ datasetId: "asc" }, { position: "asc" }],
      });
      return keys.map(({ datasetId, after, before }) =>
        rows.filter(
          (row) =>
            row.datasetId === datasetId && row.position > (after ?? -1) && row.position < (before ?? 2_147_483_647),
        ),
      );
    },
    { cacheKeyFn: (key) => JSON.stringify(key) },
  );
}

/** Parameters of one statement: PostgreSQL takes 65,535, and Prisma half of them. */
const MOST_IDS = 10_000;

/** One statement for those of datasets and one for the others, up to 10,000 of each. */
async function reachCompounds(
  prisma: Store["prisma"],
  keys: readonly CompoundKey[],
): Promise<(ReachedCompound | null)[]> {
  const members: { datasetId: string; compoundId: string }[] = [];
  const ids = new Set<string>();
  for (const { id, reached } of keys)
    if (reached && "datasetId" in reached) members.push({ datasetId: reached.datasetId, compoundId: id });
    else ids.add(id);
  const inDatasets = new Map<string, ReachedCompound>();
  for (const part of parts(members)) {
    const OR = [...groupBy(part, ({ datasetId }) => datasetId)].map(([datasetId, of]) => ({
      datasetId,
      compoundId: { in: of.map(({ compoundId }) => compoundId) },
    }));
    for (const row of await prisma.datasetCompound.findMany({ where: { OR }, include: { compound: true } }))
      inDatasets.set(`${row.datasetId} ${row.compoundId}`, inDataset(row));
  }
  const compounds = new Map<string, Compound>();
  for (const part of parts([...ids]))
    for (const row of await prisma.compound.findMany({ where: { id: { in: part } } })) compounds.set(row.id, row);
  return keys.map(({ id, reached }) => {
    if (reached && "datasetId" in reached) return inDatasets.get(`${reached.datasetId} ${id}`) ?? null;
    const compound = compounds.get(id);
    if (!compound) return null;
    return reached ? bySmiles(compound, reached.smiles) : inLibrary(compound);
  });
}

function* parts<T>(list: readonly T[]): Generator<T[]> {
  for (let from = 0; from < list.length; from += MOST_IDS) yield list.slice(from, from + MOST_IDS);
}

/** A loader of at most one row per key. */
function one<T>(column: keyof T & string, fetch: (keys: string[]) => Promise<T[]>): DataLoader<string, T | null> {
  return new DataLoader(async (keys) => {
    const rows = new Map((await fetch([...keys])).map((row) => [row[column] as string, row]));
    return keys.map((key) => rows.get(key) ?? null);
  });
}

/** A loader of any number of rows per key, in the order of the query. */
function many<T>(column: keyof T & string, fetch: (keys: string[]) => Promise<T[]>): DataLoader<string, T[]> {
  return new DataLoader(async (keys) => {
    const groups = groupBy(await fetch([...keys]), (row) => row[column] as string);
    return keys.map((key) => groups.get(key) ?? []);
  });
}
