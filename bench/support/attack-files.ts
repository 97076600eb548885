/** Files of the attacks: checkpoints with hostile numbers, archives and tables that unpack to much. */
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

const FIXTURE = join(import.meta.dirname, "../../test/fixtures/tiny-bert");
const ALBERT = join(import.meta.dirname, "../../test/fixtures/tiny-albert");

type Change = (folder: string) => Promise<unknown>;

const json = async (folder: string, name: string, change: (value: Record<string, unknown>) => object) => {
  const path = join(folder, name);
  const value = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...value, ...change(value) }));
};
const config =
  (fields: object): Change =>
  (folder) =>
    json(folder, "config.json", () => fields);

const header: Change = (folder) => {
  const tensor = { dtype: "F32", shape: [0], data_offsets: [0, 0] };
  const text = Buffer.from(JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [i, tensor]))));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return writeFile(join(folder, "model.safetensors"), Buffer.concat([length, text]));
};

const tokenizer = (change: (value: Record<string, unknown>) => object): Change => {
  return (folder) => json(folder, "tokenizer.json", change);
};

/** By name: what is changed of a tiny checkpoint. */
const CHECKPOINTS: Record<string, { from: string; change: Change }> = {
  layers: { from: FIXTURE, change: config({ num_hidden_layers: 3e6 }) },
  albert: { from: ALBERT, change: config({ num_hidden_layers: 20_000 }) },
  ids: {
    from: FIXTURE,
    change: tokenizer(({ model }) => ({
      model: { ...(model as object), vocab: { ...(model as { vocab: object }).vocab, Zz: 4e9 } },
    })),
  },
  pattern: {
    from: FIXTURE,
    change: tokenizer(() => ({
      pre_tokenizer: { type: "Split", pattern: { Regex: "(C+)+P" }, behavior: "Isolated", invert: false },
    })),
  },
  readme: { from: FIXTURE, change: (folder) => writeFile(join(folder, "README.md"), Buffer.alloc(200e6, "a ")) },
  header: { from: FIXTURE, change: header },
  labels: { from: FIXTURE, change: config({ id2label: { 0: "a\0b", 1: "\ud800", 2: "c" } }) },
};
export type CheckpointName = keyof typeof CHECKPOINTS;

/** Makes the folders of all checkpoints; answers the path of one. */
export async function makeCheckpoints(root: string): Promise<(name: string) => string> {
  for (const [name, { from, change }] of Object.entries(CHECKPOINTS)) {
    const folder = join(root, name);
    await mkdir(folder, { recursive: true });
    await cp(from, folder, { recursive: true });
    await change(folder);
  }
  return (name) => join(root, name);
}

export interface HostileFiles {
  /** tar.gz of one table, which unpacks to 400 MB. */
  archive: Buffer;
  /** Ten million rows. */
  rows: Buffer;
  /** 50 rows of 20,000 columns. */
  columns: Buffer;
}

export async function makeFiles(): Promise<HostileFiles> {
  const archive = pack();
  const line = (n: number) => `${n},F,n,${"C".repeat(n + 1)},${"k".repeat(990 - n)},k,k,k\n`;
  const lines = Array.from({ length: 200 }, (_, n) => line(n)).join("");
  const table = `id,public_id,name,moldb_smiles,kingdom,superklass,klass,subklass\n${lines.repeat(2_000)}`;
  archive.entry({ name: "Compound.csv" }, table);
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(part as Buffer);
  return {
    archive: gzipSync(Buffer.concat(parts)),
    rows: gzipSync(`smiles\n${"C\n".repeat(10_000_000)}`),
    columns: gzipSync(`smiles${",C".repeat(19_999)}\n${`CC${",C".repeat(19_999)}\n`.repeat(50)}`),
  };
}
