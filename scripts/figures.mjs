/**
 * `npm run figures`: the size and shape of the source tree, as lines of text. It measures and refuses nothing; the
 * rules are in test/structure.test.ts.
 *   files and lines         of src, test, bench and scripts: number of files, lines in all, median and longest file
 *   lines over 120 columns  with their places
 *   files in each folder    of src and test, without those of its subfolders, the largest first
 *   duplicates              passages of more than six lines that occur twice in src, found by jscpd's detector
 * Generated files are left out. --no-duplicates leaves out the search for duplicates, which takes some seconds.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "./lib/report.mjs";
import "./lib/require-node.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["src", "test", "bench", "scripts"];
const COLUMNS = 120;
/** A duplicate has at least so many lines and tokens. */
const DUPLICATE = { minLines: 7, minTokens: 50, maxLines: 2_000 };

const say = (line = "") => process.stdout.write(`${line}\n`);

/** { path, text, lines } of every TypeScript and JavaScript file below a folder of the repository. */
function filesOf(folder) {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .filter((path) => !path.includes("/generated/"))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      return { path, text, lines: text.replace(/\n$/, "").split("\n") };
    });
}

function describeSizes(folder, files) {
  const sizes = files.map(({ lines }) => lines.length).sort((a, b) => a - b);
  const longest = files.reduce((a, b) => (b.lines.length > a.lines.length ? b : a));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const median = sizes[Math.floor(sizes.length / 2)];
  say(
    `${folder.padEnd(8)} ${String(files.length).padStart(4)} files ${String(total).padStart(6)} lines, ` +
      `median ${median}, longest ${longest.lines.length} (${longest.path})`,
  );
}

function describeLongLines(files) {
  const places = files.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => (line.length > COLUMNS ? [`${path}:${index + 1}`] : [])),
  );
  say(`\nLines over ${COLUMNS} columns: ${places.length}`);
  for (const place of places) say(`  ${place}`);
}

function describeFolders(files) {
  const counts = new Map();
  for (const { path } of files) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  say("\nFiles directly in each folder");
  for (const [folder, count] of [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])))
    say(`  ${String(count).padStart(3)} ${folder}`);
}

async function describeDuplicates(files) {
  const { Detector, MemoryStore } = await import("@jscpd/core");
  const { Tokenizer } = await import("@jscpd/tokenizer");
  const detector = new Detector(new Tokenizer(), new MemoryStore(), [], DUPLICATE);
  const clones = [];
  for (const { path, text } of files) clones.push(...(await detector.detect(path, text, "typescript")));
  say(`\nPassages of more than six lines that occur twice in src: ${clones.length}`);
  const place = ({ sourceId, start, end }) => `${sourceId}:${start.line}-${end.line}`;
  for (const { duplicationA, duplicationB } of clones) say(`  ${place(duplicationA)} and ${place(duplicationB)}`);
}

async function figures() {
  const byFolder = FOLDERS.map((folder) => [folder, filesOf(folder)]);
  for (const [folder, files] of byFolder) describeSizes(folder, files);
  const all = byFolder.flatMap(([, files]) => files);
  describeLongLines(all);
  describeFolders(all.filter(({ path }) => /^(src|test)\//.test(path)));
  if (!process.argv.includes("--no-duplicates")) await describeDuplicates(byFolder[0][1]);
}

figures().catch(fail);
