/**
 * What the readers of imports do with hostile files: answer, time, longest gap of the event loop, peak memory. Without
 * a database or RDKit: all of these files but `links` are refused before either is asked, and `links` is only read.
 *
 *   node --import tsx bench/import-limits.ts rows|columns|tar|links
 */
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import { describeHead, readSample } from "../src/datasets/files/describe-csv.js";
import { examineText } from "../src/datasets/files/text-file.js";
import { readFoodb } from "../src/datasets/foodb/read.js";
import { tablesOfTar } from "../src/datasets/foodb/tables.js";
import { MaillardError } from "../src/errors.js";

const folder = await mkdtemp(join(tmpdir(), "maillard-bench-"));
const path = join(folder, "input.gz");
const molecules = async (texts: readonly string[]) => texts.map(() => true);
const describeFile = async () => {
  const file = await examineText(path);
  await describeHead(file, await readSample(file), molecules, {});
};
const write = (parts: Iterable<string>) => pipeline(Readable.from(parts), createGzip(), createWriteStream(path));
function* repeated(first: string, part: string, times: number): Generator<string> {
  yield first;
  for (let n = 0; n < times; n++) yield part;
}
const HEADER = "id,public_id,name,moldb_smiles,kingdom,superklass,klass,subklass\n";

async function tarBomb(): Promise<void> {
  const archive = pack();
  // 4.6 GB of a table whose every record has a name and labels that are kept.
  const labels = `${"k".repeat(900)},`.repeat(3);
  const line = (_: unknown, n: number) => `${n},F,${"n".repeat(900)},${"C".repeat(100 + n)},${labels}k\n`;
  const record = Buffer.from(Array.from({ length: 250 }, line).join(""));
  const header = Buffer.from(HEADER);
  const size = header.length + 4_600 * record.length;
  const entry = archive.entry({ name: "Compound.csv", size }) as unknown as NodeJS.WritableStream;
  const written = pipeline(archive as unknown as NodeJS.ReadableStream, createGzip(), createWriteStream(path));
  await pipeline(
    Readable.from(
      (function* () {
        yield header;
        for (let n = 0; n < 4_600; n++) yield record;
      })(),
    ),
    entry,
  );
  archive.finalize();
  await written;
}

/** A dump within the limits: eight million links of a thousand compounds to a thousand terms. */
async function manyLinks(): Promise<void> {
  const archive = pack();
  const written = pipeline(archive as unknown as NodeJS.ReadableStream, createGzip(), createWriteStream(path));
  const add = (name: string, text: string) =>
    new Promise<void>((resolve, reject) => {
      archive.entry({ name }, text, (error) => (error ? reject(error) : resolve()));
    });
  const ids = Array.from({ length: 1_000 }, (_, n) => n);
  await add("Compound.csv", HEADER + ids.map((n) => `${n},F,n,${"C".repeat(n + 1)},a,b,c,d\n`).join(""));
  for (const term of ["Flavor", "HealthEffect"])
    await add(`${term}.csv`, `id,name\n${ids.map((n) => `${n},name ${n}\n`).join("")}`);
  for (const [table, id] of [
    ["CompoundsFlavor", "flavor_id"],
    ["CompoundsHealthEffect", "health_effect_id"],
  ]) {
    const links = ids.map((n) => `${n},${n % 7}\n`).join("");
    await add(`${table}.csv`, `compound_id,${id}\n${links.repeat(4_000)}`);
  }
  archive.finalize();
  await written;
}

const CASES: Record<string, { make(): Promise<void>; read(): Promise<unknown> }> = {
  rows: { make: () => write(repeated("smiles\n", "C\n".repeat(10_000), 1_000)), read: describeFile },
  columns: {
    make: () => write(repeated(`smiles${",C".repeat(19_999)}\n`, `CC${",C".repeat(19_999)}\n`, 500)),
    read: describeFile,
  },
  links: { make: manyLinks, read: () => readFoodb(tablesOfTar(createReadStream(path)), molecules) },
  tar: { make: tarBomb, read: () => readFoodb(tablesOfTar(createReadStream(path)), molecules) },
};

const name = process.argv[2];
const { make, read } = CASES[name];
await make();
global.gc?.();
const delay = monitorEventLoopDelay({ resolution: 1 });
let peak = 0;
const timer = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 5);
const start = process.memoryUsage().rss;
const began = performance.now();
delay.enable();
const answer = await read().then(
  () => "accepted",
  (error: unknown) =>
    `${MaillardError.from(error).code}: ${MaillardError.from(error).message.replaceAll(path, "The file")}`,
);
await new Promise((resolve) => setTimeout(resolve, 20));
const seconds = (performance.now() - began) / 1_000;
clearInterval(timer);
console.log(
  JSON.stringify({
    name,
    bytes: (await stat(path)).size,
    answer,
    seconds: Number(seconds.toFixed(2)),
    longestGapMs: Math.round(delay.max / 1e6),
    startMb: Math.round(start / 1e6),
    peakMb: Math.round(peak / 1e6),
  }),
);
await rm(folder, { recursive: true });
