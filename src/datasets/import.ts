/**
 * Rows of a library become compounds, members and labels.
 *   - a molecule is unique by InChIKey; a dataset holds it once, at the place of its first row, in that row's own
 *     canonical form, under the first name that its rows give it
 *   - bad rows are reported with line and reason, the rest imported; the same rows again change nothing but the report
 *   - a SINGLE_LABEL or NUMBER that contradicts an earlier row's is reported, and conflicts/rules.ts says which stays
 *   - one transaction per call: all rows of a batch, their labels and the refreshed counts, or nothing
 */
import type { PoolClient } from "pg";
import type { Chemistry, Molecule, MoleculeResult } from "../chem/types.js";
import { MaillardError } from "../errors.js";
import { namedIn, type Principal, SHARED_PROJECT } from "../store/access/principal.js";
import { inTurn } from "../store/access/turns.js";
import { checkQuota, MOLECULE_BYTES, noteMolecules } from "../store/access/usage.js";
import type { Dataset } from "../store/generated/client.js";
import { newId, notify, type Store } from "../store/index.js";
import { type Queryable, transaction } from "../store/sql.js";
import { COMPOUNDS_TOPIC, ensureCompounds, refreshCompounds } from "./compounds.js";
import { writeLabels } from "./labels.js";
import { DEFAULT_IMPORT_LIMITS, type ImportLimits, limitExceeded } from "./limits.js";
import { checkRequest } from "./request.js";
import {
  addProblem,
  addUp,
  emptyReport,
  type ImportProblemCode,
  type ImportReport,
  type ImportRequest,
  type ImportRow,
  MAX_PROBLEMS,
  type ParsedRow,
} from "./types.js";

export interface ImportContext {
  store: Store;
  chemistry: Chemistry;
  /** Default: those of the table (limits.ts). */
  importLimits?: ImportLimits;
}

/**
 * `molecules`: what RDKit says of the rows, where it was asked before. `note`: called at the end of the transaction,
 * with the dataset and the report of these rows.
 */
export async function importRows(
  { store, chemistry, importLimits: limits = DEFAULT_IMPORT_LIMITS }: ImportContext,
  request: ImportRequest & { molecules?: ReadMolecules },
  signal?: AbortSignal,
  note?: (client: PoolClient, datasetId: string, report: ImportReport) => Promise<void>,
): Promise<{ dataset: Dataset; report: ImportReport; created: boolean }> {
  checkRequest(request);
  await checkQuota(store.pool, store, { bytes: 0 });
  const report = emptyReport();
  report.rows = request.rows.length;
  report.onConflict = request.onConflict ?? "FIRST";
  const molecules = request.molecules ?? (await readMolecules(chemistry, request.rows, signal));
  const parsed = parsedRows(request.rows, molecules, report);
  signal?.throwIfAborted();
  // Other batches of the dataset wait for its row; here they wait without a connection.
  const turn = { kind: `import into ${store.principal.project}/${request.dataset}` };
  const { id: datasetId, created } = await inTurn(store, turn, () => transaction(store, write));
  return { dataset: await store.prisma.dataset.findUniqueOrThrow({ where: { id: datasetId } }), report, created };

  async function write(client: PoolClient): Promise<{ id: string; created: boolean }> {
    signal?.throwIfAborted();
    const { id, previous, created } = await lockDataset(client, store.principal, request);
    if (created && request.continues) throw interrupted(request.dataset);
    const compounds = await ensureCompounds(
      client,
      parsed.map(({ molecule }) => molecule),
    );
    const members = await ensureMembers(client, id, parsed, compounds, limits);
    await refreshCompounds(client, members.changed);
    await notify(client, members.added > 0 ? [COMPOUNDS_TOPIC] : []);
    // Without its lock: an import is long, and other orders of the key would wait for it.
    if (members.added > 0) await checkQuota(client, store, { bytes: MOLECULE_BYTES * members.added });
    await noteMolecules(client, store.principal.keyId, { datasetId: id, molecules: members.added });
    report.imported = members.added;
    report.merged = parsed.length - members.added;
    await writeLabels(
      client,
      {
        datasetId: id,
        parsed,
        memberOf: members.memberOf,
        kinds: request.labelKinds ?? {},
        missing: request.missing,
        onConflict: request.onConflict ?? "FIRST",
        limits,
      },
      report,
    );
    sortProblems(report);
    const kept = request.continues ? addUp(previous, report) : report;
    await client.query(
      `UPDATE "Dataset" SET report = $2, size = (SELECT count(*) FROM "DatasetCompound" WHERE "datasetId" = $1),
         description = coalesce($3, description), source = coalesce($4, source) WHERE id = $1`,
      [id, JSON.stringify(kept), request.description ?? null, request.source ?? null],
    );
    await note?.(client, id, report);
    return { id, created };
  }
}

/** What RDKit says of each SMILES, by its text as it was given. */
export type ReadMolecules = ReadonlyMap<string, MoleculeResult>;

/** Each text once. Rows that could not be read have none. */
export async function readMolecules(
  chemistry: Pick<Chemistry, "parse">,
  rows: readonly ImportRow[],
  signal?: AbortSignal,
): Promise<ReadMolecules> {
  const texts = [...new Set(rows.flatMap(({ problem, smiles }) => (problem === undefined ? [smiles] : [])))];
  const results = await chemistry.parse(texts, signal);
  return new Map(texts.map((text, index) => [text, results[index]]));
}

/** Those that are molecules. The others are noted in the report. */
function parsedRows(rows: readonly ImportRow[], molecules: ReadMolecules, report: ImportReport): ParsedRow[] {
  const parsed: ParsedRow[] = [];
  const drop = (line: number, code: ImportProblemCode, message: string): void => {
    report.dropped += 1;
    addProblem(report, line, code, message);
  };
  for (const row of rows) {
    if (row.problem !== undefined) drop(row.line, "BAD_ROW", row.problem);
    else {
      const result = molecules.get(row.smiles) as MoleculeResult;
      if (result.ok) parsed.push({ row, molecule: result.molecule });
      else drop(row.line, result.error.code, result.error.message);
    }
  }
  return parsed;
}

/** Half a dataset is none: the batches before are gone, or have another name. */
const interrupted = (name: string): MaillardError =>
  new MaillardError(
    "CONFLICT",
    `The dataset ${name} was deleted or renamed while it was imported: import the file again from its beginning.`,
    { param: "name" },
  );

/** The dataset's row, made if missing and locked, so that batches of one dataset do not overlap. */
async function lockDataset(
  client: Queryable,
  principal: Principal,
  request: ImportRequest,
): Promise<{ id: string; previous: ImportReport; created: boolean }> {
  const { dataset: name } = request;
  const { projectId, created } = await makeDataset(client, principal, name);
  const { rows } = await client.query<{ id: string; report: object }>(
    `SELECT id, report FROM "Dataset" WHERE "projectId" = $1 AND name = $2 FOR UPDATE`,
    [projectId, name],
  );
  // Deleted between the two statements.
  if (rows.length === 0) return lockDataset(client, principal, request);
  return { id: rows[0].id, previous: { ...emptyReport(), ...rows[0].report }, created };
}

/** Makes the dataset if it is missing. CONFLICT of a shared one that the principal may not change. */
export async function makeDataset(
  client: Queryable,
  principal: Principal,
  name: string,
): Promise<{ projectId: string; created: boolean }> {
  const projectId = await projectOf(client, principal, name);
  const { rowCount } = await client.query(
    `INSERT INTO "Dataset" (id, name, "projectId", "createdById") VALUES ($1, $2, $3, $4)
     ON CONFLICT ("projectId", name) DO NOTHING`,
    [newId(), name, projectId, principal.keyId],
  );
  return { projectId, created: rowCount === 1 };
}

/**
 * Where rows for a dataset of this name go: the principal's project. A shared dataset's name is taken in every project
 * that does not have it already, and only administrators write to a shared dataset.
 */
async function projectOf(client: Queryable, { project, role }: Principal, name: string): Promise<string> {
  const { rows } = await client.query<{ projectId: string }>(
    `SELECT "projectId" FROM "Dataset" WHERE "projectId" = ANY($1) AND name = $2`,
    [namedIn({ project }), name],
  );
  if (rows.length === 0 || rows.some(({ projectId }) => projectId === project)) return project;
  if (role === "ADMIN") return SHARED_PROJECT;
  throw new MaillardError(
    "CONFLICT",
    `The dataset ${name} is shared by all projects, and only administrators import into it. Choose another name.`,
    { param: "dataset" },
  );
}

/** `changed`: compounds with a new member, or a new name of one. */
async function ensureMembers(
  client: Queryable,
  datasetId: string,
  parsed: readonly ParsedRow[],
  compounds: ReadonlyMap<string, string>,
  limits: ImportLimits,
): Promise<{ added: number; memberOf: Map<string, string>; changed: string[] }> {
  const compoundIds = [...new Set(parsed.map(({ molecule }) => compounds.get(molecule.inchiKey) as string))];
  const names = new Map<string, string>();
  for (const { row, molecule } of parsed) {
    const compoundId = compounds.get(molecule.inchiKey) as string;
    if (row.name && !names.has(compoundId)) names.set(compoundId, row.name);
  }
  const existing = await client.query<{ id: string; compoundId: string; unnamed: boolean }>(
    `SELECT id, "compoundId", name IS NULL AS unnamed FROM "DatasetCompound"
     WHERE "datasetId" = $1 AND "compoundId" = ANY($2::text[])`,
    [datasetId, compoundIds],
  );
  const named = existing.rows.filter(({ compoundId, unnamed }) => unnamed && names.has(compoundId));
  await nameMembers(client, named, names);
  const byCompound = new Map(existing.rows.map((row) => [row.compoundId, row.id]));
  const { rows: last } = await client.query<{ next: number }>(
    `SELECT coalesce(max(position), -1) + 1 AS next FROM "DatasetCompound" WHERE "datasetId" = $1`,
    [datasetId],
  );
  const fresh: { id: string; compoundId: string; position: number; molecule: Molecule; name: string | null }[] = [];
  for (const { molecule } of parsed) {
    const compoundId = compounds.get(molecule.inchiKey) as string;
    if (byCompound.has(compoundId)) continue;
    const id = newId();
    byCompound.set(compoundId, id);
    fresh.push({
      id,
      compoundId,
      position: last[0].next + fresh.length,
      molecule,
      name: names.get(compoundId) ?? null,
    });
  }
  const size = last[0].next + fresh.length;
  if (fresh.length > 0 && size > limits.rows)
    throw limitExceeded("rows", limits, "The dataset", { actual: size, param: "rows" });
  await client.query(
    `INSERT INTO "DatasetCompound" (id, "datasetId", "compoundId", position, smiles, scaffold, name)
     SELECT m.id, $1, m.compound, m.position, m.smiles, m.scaffold, m.name
     FROM unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[])
       AS m(id, compound, position, smiles, scaffold, name)`,
    [
      datasetId,
      fresh.map((m) => m.id),
      fresh.map((m) => m.compoundId),
      fresh.map((m) => m.position),
      fresh.map((m) => m.molecule.smiles),
      fresh.map((m) => m.molecule.scaffold),
      fresh.map((m) => m.name),
    ],
  );
  const memberOf = new Map<string, string>();
  for (const [inchiKey, compoundId] of compounds) memberOf.set(inchiKey, byCompound.get(compoundId) as string);
  return { added: fresh.length, memberOf, changed: [...named, ...fresh].map(({ compoundId }) => compoundId) };
}

async function nameMembers(
  client: Queryable,
  members: readonly { id: string; compoundId: string }[],
  names: ReadonlyMap<string, string>,
): Promise<void> {
  if (members.length === 0) return;
  await client.query(
    `UPDATE "DatasetCompound" m SET name = v.name FROM unnest($1::text[], $2::text[]) AS v(id, name)
     WHERE m.id = v.id`,
    [members.map(({ id }) => id), members.map(({ compoundId }) => names.get(compoundId))],
  );
}

function sortProblems(report: ImportReport): void {
  report.problems = report.problems.sort((a, b) => a.line - b.line).slice(0, MAX_PROBLEMS);
}
