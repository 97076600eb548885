/**
 * The kinds of input that a parser reads by itself, without a server: how an input is made from (seed, number), and
 * what is run on it. A MaillardError with a code other than INTERNAL is an answer; everything else thrown is a fault.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gunzipSync, gzipSync } from "node:zlib";
import { parseGlobalId } from "../../src/api/ids.js";
import { checkTexts, tableOptions } from "../../src/api/transport/uploads/table-options.js";
import { startChemistry } from "../../src/chem/index.js";
import { smartsRefusal } from "../../src/chem/smarts.js";
import type { Chemistry } from "../../src/chem/types.js";
import { chooseColumns, columnsOf, structureOf } from "../../src/datasets/files/choose-columns.js";
import { readCsv } from "../../src/datasets/files/csv.js";
import { describeCsv } from "../../src/datasets/files/describe-csv.js";
import { encodingOf } from "../../src/datasets/files/encodings.js";
import { examineText } from "../../src/datasets/files/text-file.js";
import { readFoodb } from "../../src/datasets/foodb/read.js";
import { tablesOfTar } from "../../src/datasets/foodb/tables.js";
import { blocksOf } from "../../src/datasets/import-csv.js";
import { checkName } from "../../src/datasets/request.js";
import { textQuery } from "../../src/datasets/search/words.js";
import { MaillardError } from "../../src/errors.js";
import { parseConfig } from "../../src/model/checkpoint/config.js";
import { readConfig } from "../../src/model/checkpoint/outline.js";
import { SafetensorsFile } from "../../src/model/checkpoint/safetensors.js";
import { checkRepository, checkRevision } from "../../src/model/hub/address.js";
import { TorchFile } from "../../src/model/torch/file.js";
import type { WeightsFile } from "../../src/model/weights/weights-file.js";
import { loadTokenizer } from "../../src/tokenizer/index.js";
import { seedsOf } from "./corpus.js";
import { mutateBytes, mutateJson, Random } from "./random.js";
import { workbookOf } from "./workbook.js";

export interface Tools {
  /** An empty folder of this process. */
  folder: string;
  chemistry(): Promise<Chemistry>;
}

interface ParserKind {
  /** Part of all inputs, in percent. */
  share: number;
  words?: readonly string[];
  /** Default: changes of the bytes of a seed. */
  make?(random: Random, seeds: readonly Buffer[]): Buffer;
  run(input: Buffer, tools: Tools): Promise<void>;
}

const SMILES_WORDS = [
  "C",
  "c",
  "N",
  "n",
  "O",
  "o",
  "[nH]",
  "[O-]",
  "[N+]",
  "(",
  ")",
  "=",
  "#",
  "1",
  "2",
  "%10",
  "%99",
  "@",
  "@@",
  "/",
  "\\",
  ".",
  "[13C]",
  "[C@H]",
  "Cl",
  "Br",
  "[Fe]",
  "~",
  "$",
  ":",
  "*",
  "[*:1]",
  "[U+15]",
  "[CH9]",
  "->",
  ">",
  "[",
  "]",
  "@TH1",
  "[2H]",
  "[C@SP3]",
  "[Pt@OH12]",
  "[te]",
  "b",
  "p",
  "[se]",
];
const CSV_WORDS = [
  ",",
  ";",
  "\t",
  "|",
  '"',
  '""',
  "\n",
  "\r\n",
  "\r",
  "NA",
  "smiles",
  "CCO",
  "1.5",
  "1,5",
  "\ufeff",
  " ",
];

const isMolecule = async (texts: readonly string[]): Promise<boolean[]> =>
  texts.map((text) => /^[A-Za-z0-9()=#]+$/.test(text));

async function readAll(file: WeightsFile): Promise<void> {
  try {
    for (const name of file.tensors.keys()) {
      const { shape, data } = await file.read(name);
      if (shape.reduce((product, n) => product * n, 1) !== data.length)
        throw new Error(`the tensor ${name} of shape [${shape}] has ${data.length} values`);
    }
  } finally {
    await file.close();
  }
}

const written = (folder: string, name: string, bytes: Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

/** JSON with other values three times of four, else other bytes. */
const jsonOf = (random: Random, seeds: readonly Buffer[]): Buffer => {
  const seed = random.pick(seeds);
  if (random.chance(0.25))
    return mutateBytes(random, seed, seeds, ['"', "{", "}", "[", "]", ",", "\\ud800", "\\u0000", "1e999"]);
  return Buffer.from(JSON.stringify(mutateJson(random, JSON.parse(seed.toString()))));
};

/** Other atoms and bonds at one to three places, two molecules in one, or other bytes. */
const smilesOf = (random: Random, seeds: readonly Buffer[]): Buffer => {
  const seed = random.pick(seeds);
  if (random.chance(0.15)) return mutateBytes(random, seed, seeds, SMILES_WORDS);
  let text = seed.toString() + (random.chance(0.3) ? random.pick(seeds).toString() : "");
  for (let left = random.below(4); left > 0; left--) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + random.pick(SMILES_WORDS) + text.slice(at + random.below(2));
  }
  return Buffer.from(text);
};

/** Other cells of the tables in a sound archive, plain or gzip; or other bytes of the archive or of what is in it. */
const archiveOf = (random: Random, seeds: readonly Buffer[]): Buffer => {
  const seed = random.pick(seeds);
  const isGzip = seed[0] === 0x1f;
  if (random.chance(0.15)) return mutateBytes(random, seed, seeds, CSV_WORDS);
  const inside = isGzip ? gunzipSync(seed) : seed;
  const changed = random.chance(0.3) ? mutateBytes(random, inside, seeds, CSV_WORDS) : changedTar(random, inside);
  return isGzip ? gzipSync(changed, { level: 1 }) : changed;
};

/** Each file of a tar is changed with a chance of one third, and its header says so. */
function changedTar(random: Random, tar: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const header = Buffer.from(tar.subarray(at, at + 512));
    const size = Number.parseInt(header.toString("latin1", 124, 135), 8) || 0;
    const content = tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
    const written = random.chance(0.33) ? mutateBytes(random, content, [content], CSV_WORDS) : content;
    header.write(`${written.length.toString(8).padStart(11, "0")} `, 124, "latin1");
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    parts.push(header, written, Buffer.alloc((512 - (written.length % 512)) % 512));
  }
  return Buffer.concat([...parts, Buffer.alloc(1_024)]);
}

/** Other values of the header with its right length, or other bytes. */
const safetensorsOf = (random: Random, seeds: readonly Buffer[]): Buffer => {
  const seed = random.pick(seeds);
  if (random.chance(0.4)) return mutateBytes(random, seed, seeds, PARSERS.safetensors.words);
  const end = 8 + Number(seed.readBigUInt64LE());
  const json = mutateJson(random, JSON.parse(seed.toString("utf8", 8, end)));
  const text = Buffer.from(JSON.stringify(json));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const data = seed.subarray(end);
  return Buffer.concat([length, text, random.chance(0.7) ? data : data.subarray(random.below(data.length + 1))]);
};

const textOf = (input: Buffer): string => input.toString();

export const PARSERS: Record<string, ParserKind> = {
  smiles: {
    share: 12,
    make: smilesOf,
    async run(input, tools) {
      const chemistry = await tools.chemistry();
      const [first] = await chemistry.parse([textOf(input)]);
      if (!first.ok) {
        checkMessage(first.error.message);
        throw new MaillardError(first.error.code, first.error.message);
      }
      const { smiles, formula, inchiKey } = first.molecule;
      const [again] = await chemistry.parse([smiles]);
      if (!again.ok) throw new Error(`the canonical form ${smiles} is refused: ${again.error.message}`);
      const { molecule } = again;
      if (molecule.smiles !== smiles || molecule.formula !== formula || molecule.inchiKey !== inchiKey)
        throw new Error(`the canonical form ${smiles} is read as ${molecule.smiles} ${molecule.formula}`);
    },
  },
  values: {
    share: 10,
    words: ["'", "\\", "&", "|", ":*", "Compound:", "[", "(", "$(", "!", "-", "..", "/"],
    async run(input) {
      const text = textOf(input);
      const calls: (() => unknown)[] = [
        () => parseGlobalId(text),
        () => checkName(text, "name"),
        () => encodingOf(text),
        () => checkRepository(text),
        () => checkRevision(text),
        () => checkTexts({ text }),
        () => tableOptions({ smiles: text, delimiter: text, encoding: text, label: [text, text], missing: text }),
        () => smartsRefusal(text),
      ];
      for (const call of calls) refusing(call);
      textQuery(text, null);
    },
  },
  csv: {
    share: 9,
    words: CSV_WORDS,
    async run(input, { folder, chemistry }) {
      const path = written(folder, "table.csv", input);
      const file = await examineText(path, undefined, { blocks: async () => blocksOf(await chemistry())() });
      const described = await describeCsv(file, isMolecule);
      const columns = columnsOf(chooseColumns(described, structureOf(file, {}), path), path);
      for await (const row of readCsv(file, columns)) checkMessage(row.problem ?? "");
    },
  },
  sdf: {
    share: 1,
    words: ["$$$$", "M  END", "> <a>", "\n", "V3000"],
    make: (random, seeds) => mutateBytes(random, random.pick(seeds), seeds),
    run: async (input, tools) => PARSERS.csv.run(input, tools),
  },
  xlsx: {
    share: 1,
    make: workbookOf,
    run: async (input, tools) => PARSERS.csv.run(input, tools),
  },
  parquet: {
    share: 1,
    words: ["PAR1", "schema", "smiles", "\x15\x00", "\xff\xff\xff\x7f"],
    run: async (input, tools) => PARSERS.csv.run(input, tools),
  },
  archive: {
    share: 8,
    make: archiveOf,
    async run(input) {
      const body = Readable.from([input], { objectMode: false });
      const library = await readFoodb(tablesOfTar(body), isMolecule);
      for (const row of library.rows) checkMessage(row.problem ?? "");
    },
  },
  safetensors: {
    share: 10,
    make: safetensorsOf,
    words: [
      '"F32"',
      '"shape":[',
      "9007199254740991",
      '"__metadata__"',
      "data_offsets",
      "-1",
      "1e308",
      "\\u0000",
      "{",
      "}",
    ],
    run: async (input, { folder }) => readAll(await SafetensorsFile.open(written(folder, "model.safetensors", input))),
  },
  pickle: {
    share: 10,
    words: [
      "\x80\x02",
      "c__builtin__\neval\n",
      "R",
      "b",
      "(",
      "t",
      ".",
      "q\x00",
      "h\x00",
      "X",
      "ctorch\nFloatStorage\n",
      "Q",
      "\x8a\x0a",
    ],
    run: async (input, { folder }) => readAll(await TorchFile.open(written(folder, "pytorch_model.bin", input))),
  },
  config: {
    share: 8,
    make: jsonOf,
    async run(input, { folder }) {
      written(folder, "config.json", input);
      const { config } = await readConfig(folder);
      if (!(config.layers <= 256 && config.width % config.heads === 0))
        throw new Error("a limit of the config is broken");
      refusing(() => parseConfig(JSON.parse(textOf(input))));
    },
  },
  tokenizer: {
    share: 7,
    make: jsonOf,
    run: (input, { folder }) => encodeAll(folder, "tokenizer.json", input),
  },
  vocabulary: {
    share: 1,
    words: ["\n", "##", "[UNK]", "\r\n"],
    run: (input, { folder }) => encodeAll(folder, "vocab.txt", input),
  },
};

async function encodeAll(parent: string, name: string, input: Buffer): Promise<void> {
  const folder = join(parent, "tokenizer");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  written(folder, name, input);
  // Loading is tried in a process of its own before, which answers what is not expected as CHECKPOINT_INVALID.
  const tokenizer = await loadTokenizer(folder).catch((error: Error) => {
    throw isRefusal(error) ? error : new MaillardError("CHECKPOINT_INVALID", error.message);
  });
  for (const smiles of ["CCO", "C".repeat(1_000), "[nH]1cccc1Cl", "\ud83e\uddea", ""]) {
    const ids = tokenizer.encode(smiles, 64);
    if (ids.length > 64) throw new Error(`${ids.length} tokens at most of 64`);
    for (const id of ids)
      if (!(id >= 0 && id < tokenizer.vocabularySize))
        throw new Error(`the token ${id} is outside the vocabulary of ${tokenizer.vocabularySize}`);
  }
}

function refusing(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

/** A message may quote the input, and must be text that a database takes. */
function checkMessage(message: string): void {
  if (message.includes("\0") || /\p{Cs}/u.test(message)) throw new Error(`no text: ${JSON.stringify(message)}`);
}

export const isRefusal = (error: unknown): boolean => error instanceof MaillardError && error.code !== "INTERNAL";

export function inputOf(kind: string, seed: string, index: number): Buffer {
  const parser = PARSERS[kind];
  const seeds = seedsOf(kind);
  // The seeds themselves come first.
  if (index < seeds.length) return seeds[index];
  const random = new Random(seed, kind, index);
  return parser.make?.(random, seeds) ?? mutateBytes(random, random.pick(seeds), seeds, parser.words);
}

export function makeTools(folder: string): Tools & { close(): Promise<void> } {
  mkdirSync(folder, { recursive: true });
  let chemistry: Promise<Chemistry> | undefined;
  return {
    folder,
    chemistry: () => {
      chemistry ??= startChemistry({ processes: 1 });
      return chemistry;
    },
    close: async () => {
      await (await chemistry)?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
