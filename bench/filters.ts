/**
 * Searches in a library of 70,000 generated compounds: the time of each filter, first and repeated.
 *
 *     npx tsx bench/filters.ts [compounds]
 *
 * The compounds are real molecules, combined from parts of food compounds (substituents on rings and chains), read by
 * RDKit and stored as an import stores them, with one label set of 20 classes and one of numbers. Their fingerprints
 * are made by the service in the background, timed too. Embeddings are random vectors of 256 numbers (seed 1): their
 * cost does not depend on what they say. The database is the embedded one, as it is shipped, in a folder of its own.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../src/api/transport/server.js";
import { ensureCompounds, refreshCompounds } from "../src/datasets/compounds.js";
import { createApplication, PACKAGE_ROOT } from "../src/service/application.js";
import { newId, registerModel } from "../src/store/index.js";

const WANTED = Number(process.argv[2] ?? 70_000);
const PART = 1_000;

/** Substituents, and cores with two places for them; equal molecules count once. */
const GROUPS = (
  "CO CCO CCCO CCN CCl CC(C)=O C#C OCCC OC(C)C NCC C CC CCC C(C)C CCCC C(C)(C)C CCCCC CCCCCC C=C CC=C C#N O OC " +
  "OCC OC(C)=O N NC N(C)C NC(C)=O C(N)=O C(=O)O C(=O)OC C(=O)C C=O S SC S(C)=O F Cl Br C(F)(F)F c1ccccc1 " +
  "Cc1ccccc1 c1ccco1 c1cccs1 c1ccncc1 C1CCCCC1 C1CCOC1 OCc1ccccc1 OC1CCCCC1"
).split(" ");
const CORES = (
  "c1cc(A)ccc1B c1cc(A)cc(B)c1 c1c(A)cccc1B c1cc(A)ccc1CB c1cc(A)ccc1OB c1cc(A)ccc1C(=O)NB c1cc(A)ccc1C(=O)OCB " +
  "C1CC(A)CCC1B C1CC(A)CCC1CB C1CC(A)OC1B c1nc(A)cc(B)n1 c1nc(A)c(B)nc1 c1cc(A)nc(B)c1 c1cc2c(A)cccc2cc1B " +
  "c1cc2c(A)c[nH]c2cc1B c1c(A)oc(B)c1 c1c(A)sc(B)n1 CC(A)CCC(B)C C=C(A)CCC(B)=C CCC(A)C(B)O CC(A)C(=O)CB " +
  "CC(A)=CC(=O)B N1C(A)CCC1B O=C1C(A)=CC(=O)C=C1B O=C1C(A)CCO1CB C1C(A)CC2CC1CC2B c1cc(A)c2OCOc2c1B " +
  "c1cc(A)ccc1/C=C/B c1cc(A)ccc1/C=C/C(=O)B c1cc(A)ccc1C#CB CN(CA)CCB CC(A)OC(B)C COC(A)CCB CCC(A)SCB " +
  "O=S(=O)(CA)CB n1c(A)nc2c1cccc2B c1cc(A)c2c(c1)OC(B)CC2 c1cc(A)ccc1N1CCN(CB)CC1 C1CN(CA)CCC1B " +
  "OC1C(O)C(A)OC(CB)C1O CC1(CA)C2CCC1(C)C(B)C2 c1cc(A)c(O)c(OC)c1B c1c(A)[nH]nc1B c1c(A)non1"
).split(" ");

function* generated(): Generator<string> {
  for (const first of GROUPS)
    for (const second of GROUPS) for (const core of CORES) yield core.replace("A", first).replace("B", second);
}

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
const show = (label: string, milliseconds: number, rest = ""): void =>
  console.log(`${label.padEnd(58)} ${milliseconds.toFixed(0).padStart(7)} ms  ${rest}`);

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  return [await work(), performance.now() - began];
}

const home = await mkdtemp(join(tmpdir(), "maillard-filters-"));
const application = await createApplication({ home, packageRoot: null });
const server = await startServer({ application, port: 0 });
try {
  const { store } = application;
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} x ${cpus()[0].model}, Node ${process.version}`,
  );
  const [, importMs] = await timed(load);
  const compounds = await store.prisma.compound.count();
  show(`${compounds} compounds read and stored`, importMs);
  const [, fingerprintMs] = await timed(async () => {
    for (;;) {
      const { rows } = await store.pool.query<{ left: number }>(
        `SELECT (SELECT count(*) FROM "Compound")::int - (SELECT count(*) FROM "Fingerprint")::int AS left`,
      );
      if (rows[0].left === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
  show("fingerprints that were still missing, in the background", fingerprintMs);
  await store.pool.query("ANALYZE");
  const member = await store.prisma.datasetCompound.findFirstOrThrow({
    where: { position: { gte: compounds >> 1 } },
    orderBy: { position: "asc" },
    include: { compound: true },
  });
  const { smiles, inchiKey } = member.compound;
  console.log(`similar: to ${smiles}`);
  for (const [label, variables] of [
    ["no filter", {}],
    ["text: a word of a name", { filter: { text: "bravo" } }],
    ["text: one name", { filter: { text: "compound 1234" } }],
    ["text: a formula", { filter: { text: "C12H16O2" } }],
    ["text: InChIKey", { filter: { text: inchiKey } }],
    ["label of 1 in 20", { filter: { labels: [{ labelSet: "class", value: "class 7" }] } }],
    [
      "label, numbers from 0.2 to 0.3",
      { filter: { labels: [{ labelSet: "number", range: { minimum: 0.2, maximum: 0.3 } }] } },
    ],
    ["weight 150 to 200", { filter: { molecularWeight: { minimum: 150, maximum: 200 } } }],
    ["order by name", { orderBy: "NAME_ASC" }],
    ["order by weight, descending", { orderBy: "MOLECULAR_WEIGHT_DESC" }],
    ["substructure c1ccc2[nH]ccc2c1", { filter: { substructure: "c1ccc2[nH]ccc2c1" } }],
    ["substructure c1ccccc1", { filter: { substructure: "c1ccccc1" } }],
    ["substructure [OX2H][CX4]", { filter: { substructure: "[OX2H][CX4]" } }],
    ["substructure [#6] (all of them)", { filter: { substructure: "[#6]" } }],
    ["substructure [Si] (none)", { filter: { substructure: "[Si]" } }],
    ["similar, Tanimoto 0.7", { filter: { similarTo: { smiles, threshold: 0.7 } } }],
    ["similar, Tanimoto 0.3", { filter: { similarTo: { smiles, threshold: 0.3 } } }],
    ["similar by embedding, nearest 100", { filter: { similarTo: { smiles, method: "EMBEDDING", model: "base" } } }],
    [
      "weight, label, C(=O)O and Tanimoto 0.3 at once",
      {
        filter: {
          molecularWeight: { minimum: 100, maximum: 300 },
          labels: [{ labelSet: "class", value: "class 7" }],
          substructure: "C(=O)O",
          similarTo: { smiles, threshold: 0.3 },
        },
      },
    ],
  ] as const)
    await measure(label, variables);
} finally {
  await server.close();
  await application.close();
  await rm(home, { recursive: true, force: true });
}

/** A first page of 20, the same again (median of 5), then the length of the list. */
async function measure(label: string, variables: object): Promise<void> {
  const ask = async (fields: string): Promise<{ totalCount: number }> => {
    const query = `query ($filter: CompoundFilter, $orderBy: CompoundOrder, $dataset: String) {
      compounds(first: 20, filter: $filter, orderBy: $orderBy, dataset: $dataset) { ${fields} } }`;
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data: { compounds: { totalCount: number } };
      errors?: { extensions: { retryable?: boolean } }[];
    };
    // A count that takes RDKit longer than it may goes on when it is asked again.
    if (errors?.[0].extensions.retryable) return ask(fields);
    if (errors) throw new Error(JSON.stringify(errors));
    return data.compounds;
  };
  const page = "edges { cursor similarity node { name smiles formula } } pageInfo { endCursor hasNextPage }";
  const [, firstMs] = await timed(() => ask(page));
  const again: number[] = [];
  for (let time = 0; time < 5; time++) again.push((await timed(() => ask(page)))[1]);
  const [{ totalCount }, countMs] = await timed(() => ask("totalCount"));
  const [, secondCountMs] = await timed(() => ask("totalCount"));
  show(
    label,
    firstMs,
    `again ${median(again).toFixed(0).padStart(4)} ms, count ${countMs.toFixed(0).padStart(5)} ms, again ` +
      `${secondCountMs.toFixed(0).padStart(4)} ms: ${totalCount}`,
  );
}

async function load(): Promise<void> {
  const { store, chemistry } = application;
  const { pool } = store;
  await registerModel(store, {
    name: "base",
    folder: join(PACKAGE_ROOT, "models", "base"),
    artifact: "package:models/base",
  });
  const { id: modelId, width, layers } = await store.prisma.model.findFirstOrThrow({ where: { name: "base" } });
  const [datasetId, classes, numbers] = [newId(), newId(), newId()];
  await pool.query(`INSERT INTO "Dataset" (id, name) VALUES ($1, 'generated')`, [datasetId]);
  await pool.query(
    `INSERT INTO "LabelSet" (id, "datasetId", name, kind) VALUES ($1, $3, 'class', 'SINGLE_LABEL'), ($2, $3, ` +
      "'number', 'NUMBER')",
    [classes, numbers, datasetId],
  );
  const words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"];
  let stored = 0;
  let random = 1;
  /** Linear congruential generator, Numerical Recipes: seed 1. */
  const next = (): number => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    return random / 2 ** 32;
  };
  const source = generated();
  for (let ended = false; !ended && stored < WANTED; ) {
    const part: string[] = [];
    while (part.length < PART) {
      const { value, done } = source.next();
      if (done) {
        ended = true;
        break;
      }
      part.push(value);
    }
    const molecules = (await chemistry.parse(part)).flatMap((result) => (result.ok ? [result.molecule] : []));
    const before = await pool.query<{ n: number }>(`SELECT count(*)::int AS n FROM "Compound"`);
    const ids = [...new Set((await ensureCompounds(pool, molecules)).values())];
    const { rows } = await pool.query<{ id: string; smiles: string; scaffold: string }>(
      `SELECT c.id, c.smiles, c.scaffold FROM "Compound" c WHERE c.id = ANY($1::text[])
         AND NOT EXISTS (SELECT 1 FROM "DatasetCompound" m WHERE m."compoundId" = c.id)`,
      [ids],
    );
    const members = rows.map(() => newId());
    await pool.query(
      `INSERT INTO "DatasetCompound" (id, "datasetId", "compoundId", position, smiles, scaffold, name)
       SELECT m.id, $1, m.compound, $2 + (m.place - 1)::int, m.smiles, m.scaffold, m.name
       FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
         AS m(id, compound, smiles, scaffold, name, place)`,
      [
        datasetId,
        before.rows[0].n,
        members,
        rows.map(({ id }) => id),
        rows.map(({ smiles }) => smiles),
        rows.map(({ scaffold }) => scaffold),
        rows.map((_, index) => `${words[index % 8]} compound ${stored + index}`),
      ],
    );
    await refreshCompounds(
      pool,
      rows.map(({ id }) => id),
    );
    await pool.query(
      `INSERT INTO "Label" ("labelSetId", "memberId", value, number)
       SELECT $1, m.id, 'class ' || m.place % 20, NULL::float8 FROM unnest($3::text[]) WITH ORDINALITY AS m(id, place)
       UNION ALL SELECT $2, m.id, m.number::text, m.number FROM unnest($3::text[], $4::float8[]) AS m(id, number)`,
      [classes, numbers, members, members.map(next)],
    );
    await pool.query(
      `INSERT INTO "Embedding" (id, "modelId", "compoundId", pooling, smiles, dimension, layer, vector)
       SELECT e.id, $1, e.compound, 'CLS', e.smiles, $2, $7, e.vector
       FROM unnest($3::text[], $4::text[], $5::text[], $6::bytea[]) AS e(id, compound, smiles, vector)
       ON CONFLICT DO NOTHING`,
      [
        modelId,
        width,
        members,
        rows.map(({ id }) => id),
        rows.map(({ smiles }) => smiles),
        rows.map(() => Buffer.from(Float32Array.from({ length: width }, () => next() - 0.5).buffer)),
        layers,
      ],
    );
    stored += rows.length;
  }
  await pool.query(`UPDATE "Dataset" SET size = (SELECT count(*) FROM "DatasetCompound") WHERE id = $1`, [datasetId]);
}
