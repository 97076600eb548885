/**
 * How long a model with many stored answers, and a dataset with many molecules, take to go, what others wait for
 * meanwhile, and how many bytes rows take with their indexes.
 *
 *   node --import tsx bench/deletion.ts [rows]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Removals } from "../src/runs/index.js";
import { holdUsed } from "../src/store/find.js";
import { openStore, registerModel } from "../src/store/index.js";
import { transaction } from "../src/store/sql.js";

const ROWS = Number(process.argv[2] ?? 100_000);
const WIDTH = 768;
const FOLDER = join(import.meta.dirname, "..", "test", "fixtures", "tiny-bert");

const home = await mkdtemp(join(tmpdir(), "maillard-bench-"));
const store = await openStore({ home });
const { pool, prisma } = store;
const removals = new Removals({ store });
const [big, small] = await Promise.all(
  ["big", "small"].map((name) =>
    registerModel(store, { name, folder: FOLDER, artifact: `package:test/fixtures/tiny-bert` }),
  ),
);
await prisma.dataset.createMany({
  data: ["large", "other"].map((name) => ({ id: name, name, size: ROWS })),
});
await prisma.labelSet.createMany({
  data: ["a", "b"].map((name) => ({ id: name, datasetId: "large", name, kind: "SINGLE_LABEL" as const })),
});
const run = (id: string) => ({
  id,
  kind: "FINETUNE" as const,
  name: id,
  status: "SUCCEEDED" as const,
  inputHash: id,
  input: {},
  datasetId: "large",
  baseModelId: small.id,
});
await prisma.run.create({ data: run("run") });

/** Inserts `ROWS` rows, and says what one takes in its table and indexes. */
async function fill(table: string, text: string): Promise<void> {
  const before = await sizeOf(table);
  await pool.query(text);
  console.log(`${table.padEnd(16)} ${((await sizeOf(table)) - before) / ROWS} bytes a row`);
}
async function sizeOf(table: string): Promise<number> {
  const { rows } = await pool.query<{ size: string }>(`SELECT pg_total_relation_size('"${table}"') AS size`);
  return Number(rows[0].size);
}
const SERIES = `generate_series(1, ${ROWS}) AS i`;
/** As long as usual: 40 characters. */
const SMILES = `rpad('C' || i, 40, 'CCO')`;
await fill(
  "Compound",
  `INSERT INTO "Compound" (id, "inchiKey", "skeletonKey", smiles, formula, "molecularWeight", scaffold)
   SELECT gen_random_uuid(), md5(i::text), left(md5(i::text), 14), ${SMILES}, 'C9H10O2', i, 'c1ccccc1' FROM ${SERIES}`,
);
await pool.query(
  `CREATE TABLE numbered AS SELECT row_number() OVER (ORDER BY "molecularWeight")::int AS i, id FROM "Compound"`,
);
await pool.query("CREATE UNIQUE INDEX ON numbered (i)");
const NUMBERED = "numbered n";
await fill(
  "DatasetCompound",
  `INSERT INTO "DatasetCompound" (id, "datasetId", "compoundId", position, smiles)
   SELECT 'm' || lpad(i::text, 35, '0'), 'large', id, i, ${SMILES} FROM ${NUMBERED}`,
);
await fill(
  "Label",
  `INSERT INTO "Label" ("labelSetId", "memberId", value) SELECT s, 'm' || lpad(i::text, 35, '0'), 'class ' || i % 10
   FROM ${NUMBERED}, unnest(array['a', 'b']) AS s`,
);
await fill(
  "RunAssignment",
  `INSERT INTO "RunAssignment" ("runId", "memberId", split, label)
   SELECT 'run', 'm' || lpad(i::text, 35, '0'), 'TRAIN', 'class ' || i % 10 FROM ${NUMBERED}`,
);
await fill(
  "Metric",
  `INSERT INTO "Metric" ("runId", sequence, step, epoch, split, name, value)
   SELECT 'run', i, i, i, 'TRAIN', 'gradientNorm', i FROM ${SERIES}`,
);
// Bytes that do not compress, as those of vectors.
const vector = `(SELECT string_agg(sha512((i || '.' || j)::bytea), '') FROM generate_series(1, ${WIDTH / 16}) AS j)`;
await fill(
  "Embedding",
  `INSERT INTO "Embedding" (id, "modelId", "compoundId", pooling, smiles, dimension, vector, layer)
   SELECT gen_random_uuid(), '${big.id}', id, 'CLS', ${SMILES}, ${WIDTH}, ${vector}, 2 FROM ${NUMBERED}`,
);
await fill(
  "Prediction",
  `INSERT INTO "Prediction" (id, "modelId", "compoundId", smiles, label, score, scores)
   SELECT gen_random_uuid(), '${big.id}', id, ${SMILES}, 'class', .5, decode(repeat('00', 40), 'hex') FROM ${NUMBERED}`,
);
await pool.query("VACUUM ANALYZE");

let number = 0;
/** The longest time in ms of what others do until `work` is over. */
async function beside(name: string, work: () => Promise<unknown>): Promise<void> {
  const longest: Record<string, number> = {};
  let over = false;
  const began = performance.now();
  const watch = async (what: string, statement: () => Promise<unknown>): Promise<void> => {
    while (!over) {
      const start = performance.now();
      await statement().catch((error: Error) => {
        if (!/foreign key|not kept|Waited 2 s|was deleted/.test(error.message)) throw error;
      });
      longest[what] = Math.max(longest[what] ?? 0, performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const { rows } = await pool.query<{ id: string }>(`SELECT id FROM "Compound" LIMIT 1`);
  const predict = (model: string) => () =>
    pool.query(
      `INSERT INTO "Prediction" (id, "modelId", "compoundId", smiles, label, score, scores)
       VALUES (gen_random_uuid(), $1, $2, $3, '', 0, '')`,
      [model, rows[0].id, `beside ${number++}`],
    );
  const others = [
    watch("a page of models", () => prisma.model.findMany({ take: 100 })),
    watch("a prediction of another model", predict(small.id)),
    watch("a prediction of the deleted model", predict(big.id)),
    // Never committed, so that it is not in use.
    watch("a run on the deleted dataset", () =>
      transaction(store, async (client) => {
        await holdUsed(client, { models: [small], datasets: [{ id: "large", name: "large" }] });
        throw new Error("not kept");
      }),
    ),
  ];
  await work();
  console.log(`${name}: ${((performance.now() - began) / 1_000).toFixed(2)} s`);
  over = true;
  await Promise.all(others);
  for (const [what, ms] of Object.entries(longest)) console.log(`  longest wait of ${what}: ${ms.toFixed(0)} ms`);
}

await beside(`deleting a model with ${ROWS} embeddings and predictions`, () => removals.delete("Model", big.id));
await beside(`deleting a run of ${ROWS} molecules`, () => removals.delete("Run", "run"));
await beside(`deleting a dataset of ${ROWS} molecules`, () => removals.delete("Dataset", "large", { cascade: true }));
await pool.query(`DELETE FROM "Prediction"; DROP TABLE numbered`);
await beside(`removing ${ROWS} molecules that nothing has`, () => removals.collectGarbage({ dryRun: false }));
await store.close();
await rm(home, { recursive: true });
