/**
 * The seeds: test/fuzz/corpus/<kind>.txt, whose entries are separated by lines of "%%", and the files in
 * test/fuzz/corpus/<kind>/.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const CORPUS = join(import.meta.dirname, "../../test/fuzz/corpus");
const known = new Map<string, Buffer[]>();

export function seedsOf(kind: string): Buffer[] {
  const found = known.get(kind) ?? read(kind);
  known.set(kind, found);
  return found;
}

/** The one input that is run again, instead of the seeds: its path, for child processes too. */
export const REPLAY = "MAILLARD_FUZZ_INPUT";

function read(kind: string): Buffer[] {
  const again = process.env[REPLAY];
  if (again) return [readFileSync(again)];
  const [file, folder] = [join(CORPUS, `${kind}.txt`), join(CORPUS, kind)];
  const texts = existsSync(file)
    ? readFileSync(file, "utf8")
        .replace(/\n$/, "")
        .split(/\n%%\n/)
    : [];
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  const seeds = [...texts.map((text) => Buffer.from(text)), ...names.map((name) => readFileSync(join(folder, name)))];
  if (seeds.length === 0) throw new Error(`there are no seeds of ${kind} in ${CORPUS}`);
  return seeds;
}
