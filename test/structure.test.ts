/**
 * The structure of src: layers in the order of data flow, imports of earlier layers only, no circles, small files and
 * folders, lines that fit, and a folder of tests for each layer. docs/architecture.md says why.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const SOURCE = join(ROOT, "src");
const LAYERS = [
  "autograd",
  "observe",
  "process",
  "tables",
  "chem",
  "tokenizer",
  "model",
  "scores",
  "train",
  "analysis",
  "compute",
  "store",
  "datasets",
  "runs",
  "service",
  "api",
  "cli",
] as const;
type Layer = (typeof LAYERS)[number];
/** Files that every layer may import. */
const BESIDE = ["errors", "text", "words"];
const DATABASE = /^(pg|pg-boss|prisma|@prisma\/.*)$/;
const GRAPHQL = /^(graphql|graphql-.*|type-graphql|@apollo\/.*|@as-integrations\/.*|dataloader|fastify|ws)(\/.*)?$/;
const MATHEMATICS = /^(onnxruntime-node|onnx-proto|ml-matrix|wabt|@rdkit\/rdkit|@huggingface\/tokenizers)$/;

/** What a layer may never import: packages, or modules of Node. */
const NEVER: Record<Layer, RegExp[]> = {
  autograd: [DATABASE, GRAPHQL, /rdkit/, /^node:fs/],
  observe: [DATABASE, GRAPHQL, MATHEMATICS],
  process: [DATABASE, GRAPHQL, MATHEMATICS],
  tables: [DATABASE, GRAPHQL, MATHEMATICS],
  chem: [DATABASE, GRAPHQL, /^onnx/],
  tokenizer: [DATABASE, GRAPHQL, /rdkit/],
  model: [DATABASE, GRAPHQL, /rdkit/],
  scores: [DATABASE, GRAPHQL, MATHEMATICS],
  train: [DATABASE, GRAPHQL, /rdkit/],
  analysis: [DATABASE, GRAPHQL, /rdkit/],
  compute: [DATABASE, GRAPHQL, /rdkit/],
  store: [GRAPHQL, MATHEMATICS],
  datasets: [GRAPHQL, MATHEMATICS],
  runs: [GRAPHQL, MATHEMATICS],
  service: [MATHEMATICS, GRAPHQL, DATABASE],
  api: [MATHEMATICS, DATABASE],
  cli: [MATHEMATICS, DATABASE, /^(type-graphql|@apollo\/.*|fastify)$/],
};

/**
 * The command line is a client of the API. Besides, it starts the service, reads and packs files, draws, pretrains, and
 * makes backups.
 */
const COMMAND_LINE_MAY = [
  "errors",
  "service/application",
  "service/doctor/examine",
  "service/doctor/finding",
  "service/log",
  "service/tracking/settings",
  "api/transport/server",
  "api/transport/worker-server",
  "api/transport/guard",
  "chem/index",
  "compute/devices",
  "compute/threads",
  "datasets/conflicts/rules",
  "datasets/files/choose-columns",
  "datasets/files/csv",
  "datasets/files/describe-csv",
  "datasets/files/late-columns",
  "datasets/files/molecule-formats",
  "datasets/files/sources/types",
  "datasets/files/table-rows",
  "datasets/files/text-file",
  "datasets/foodb/import",
  "datasets/foodb/pack",
  "datasets/names/patterns",
  "datasets/types",
  "model/checkpoint/files",
  "model/hub/address",
  "observe/settings",
  "observe/tracing",
  "process/alive",
  "runs/queue/lanes",
  "runs/queue/memory",
  "store/access/limits",
  "store/backup/index",
  "scores/metrics",
  "tables/delimited",
  "tables/formats",
  "tables/names",
  "tables/pieces",
  "tables/types",
  "scores/types",
  "tables/event-file",
  "tables/write",
  "analysis/figures/index",
  "train/options/table",
  "train/pretrain/pretrain",
  "train/pretrain/pretrain-options",
  "words",
];

/** Files of its own that a folder may have. More wants a reason, which stands here. */
const LARGEST_FOLDER = 15;
const LARGER: Record<string, string> = {
  "src/api/types": "one GraphQL type or enum group a file",
  "src/cli/commands": "one command a file",
};

interface Import {
  file: string;
  layer: string;
  /** Path under src without ending, or the name of a package. */
  target: string;
  inside: boolean;
  /** False: types alone, which are gone when the program runs. */
  value: boolean;
}

const listed = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.split(sep).join("/")}`)
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes("/generated/"));
const files = listed("src").map((file) => file.slice("src/".length));
const tests = listed("test");
const text = (file: string): string => readFileSync(join(SOURCE, file), "utf8");
const imports: Import[] = files.flatMap((file) =>
  [...text(file).matchAll(/^((?:import|export)\b[^;"]*?)"([^"\n]+)"|\bimport\("([^"\n]+)"\)/gm)].map(
    ([, statement, fixed, lazy]) => {
      const given = fixed ?? lazy;
      // Paths of files that are read, such as the package's own folder, are no imports.
      const inside = /^\..*\.js$/.test(given);
      const path = relative(SOURCE, normalize(join(SOURCE, dirname(file), given)));
      return {
        file,
        layer: file.split("/")[0],
        target: inside ? path.split(sep).join("/").replace(/\.js$/, "") : given,
        inside,
        value: fixed === undefined ? false : isValue(statement),
      };
    },
  ),
);

/** "import type", and braces that hold types alone, leave nothing behind. */
function isValue(statement: string): boolean {
  if (/^(import|export) type\b/.test(statement)) return false;
  const names = /\{([^}]*)\}/
    .exec(statement)?.[1]
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  return !names || names.some((name) => !name.startsWith("type ")) || /^import \w/.test(statement);
}

/** One circle for each group of nodes that reach each other, as sorted names. */
function circles(edges: [string, string][]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) {
    if (from === to) continue;
    next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>();
    const open = [...(next.get(start) ?? [])];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      open.push(...(next.get(node) ?? []));
    }
    return seen;
  };
  const reached = new Map([...next.keys()].map((node) => [node, reach(node)]));
  const groups = [...next.keys()]
    .filter((node) => reached.get(node)?.has(node))
    .map((node) =>
      [...reached.keys()].filter((other) => reached.get(node)?.has(other) && reached.get(other)?.has(node)),
    );
  return [...new Map(groups.map((group) => [group.sort().join(), group])).values()];
}

const folderOf = (path: string): string => dirname(path);

describe("the layers", () => {
  it("are those of docs/architecture.md, and nothing else lies beside them", () => {
    expect([...new Set(files.map((file) => file.split("/")[0]))].sort()).toEqual(
      [...LAYERS, ...BESIDE.map((name) => `${name}.ts`)].sort(),
    );
    // The reader of imports reads them: nearly every layer imports the errors, and most of them an earlier layer.
    for (const layer of LAYERS.filter((name) => !["autograd", "observe", "process"].includes(name)))
      expect(imports.filter((entry) => entry.layer === layer && entry.target === "errors")).not.toEqual([]);
    expect(imports.filter(({ inside }) => inside).length).toBeGreaterThan(500);
  });

  it("import from earlier layers only", () => {
    const place = (layer: string): number => LAYERS.indexOf(layer as Layer);
    const wrong = imports.filter(({ layer, target, inside }) => {
      const other = target.split("/")[0];
      return (
        inside && other !== layer && !BESIDE.includes(other) && !(place(other) >= 0 && place(other) < place(layer))
      );
    });
    expect(wrong).toEqual([]);
  });

  it.each(LAYERS)("%s never imports what is not its business", (layer) => {
    const wrong = imports.filter(
      (entry) => !entry.inside && entry.layer === layer && NEVER[layer].some((rule) => rule.test(entry.target)),
    );
    expect(wrong).toEqual([]);
  });

  it("leave the business rules to the API: the command line imports a short list", () => {
    const foreign = imports.filter(
      ({ layer, target, inside }) => layer === "cli" && inside && !target.startsWith("cli/"),
    );
    expect(
      [...new Set(foreign.map(({ target }) => target))].filter((target) => !COMMAND_LINE_MAY.includes(target)),
    ).toEqual([]);
  });

  it("leave SQL to the store, the datasets and the runs: the API and the services have none", () => {
    const sql = /\bpool\.query\(|\$(query|execute)Raw|\btransaction\(|\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s/;
    const wrong = files.filter((file) => /^(api|service)\//.test(file) && sql.test(withoutComments(text(file))));
    expect(wrong).toEqual([]);
  });

  it("hand each service the parts that it uses: none of them imports the application", () => {
    const services = imports.filter(({ file }) => /^service\/[\w-]+\//.test(file));
    expect(services.length).toBeGreaterThan(50);
    expect(services.filter(({ target }) => target === "service/application")).toEqual([]);
  });

  it("fork processes in one file", () => {
    const forks = files.filter((file) => /\b(fork|spawn)\(/.test(withoutComments(text(file))));
    // The embedded PostgreSQL is a program of its own, not a module of ours.
    expect(forks.filter((file) => !file.startsWith("store/embedded/"))).toEqual(["process/forked-process.ts"]);
  });
});

const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");

describe("circles", () => {
  it("of values: no file needs itself to start", () => {
    const edges = imports
      .filter(({ inside, value }) => inside && value)
      .map(({ file, target }): [string, string] => [file.replace(/\.ts$/, ""), target]);
    // GraphQL types refer to each other, and name each other in functions that run later.
    const foreign = circles(edges).filter((group) => !group.every((file) => file.startsWith("api/types/")));
    expect(foreign).toEqual([]);
  });

  it("of folders: what lies beside each other depends one way", () => {
    const edges = imports
      .filter(({ inside }) => inside)
      .flatMap(({ file, target }): [string, string][] => {
        const [from, to] = [folderOf(file), folderOf(target)];
        const related = `${from}/`.startsWith(`${to}/`) || `${to}/`.startsWith(`${from}/`);
        return related ? [] : [[from, to]];
      });
    expect(circles(edges)).toEqual([]);
  });

  it("are seen by this test", () => {
    expect(
      circles([
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
        ["c", "d"],
      ]),
    ).toEqual([["a", "b", "c"]]);
    expect(isValue("import type { A } from ")).toBe(false);
    expect(isValue("import { type A, type B } from ")).toBe(false);
    expect(isValue("import { type A, b } from ")).toBe(true);
    expect(isValue("export * from ")).toBe(true);
  });
});

describe("a folder", () => {
  it(`has at most ${LARGEST_FOLDER} files of its own, or a reason`, () => {
    const sizes = new Map<string, number>();
    for (const file of [...files.map((name) => `src/${name}`), ...tests])
      sizes.set(folderOf(file), (sizes.get(folderOf(file)) ?? 0) + 1);
    const large = [...sizes].filter(([, size]) => size > LARGEST_FOLDER).map(([folder]) => folder);
    expect(large.filter((folder) => !Object.hasOwn(LARGER, folder))).toEqual([]);
    expect(Object.keys(LARGER).filter((folder) => !large.includes(folder))).toEqual([]);
  });

  it("of src has a folder of tests of the same name", () => {
    const tested = new Set(tests.filter((file) => file.endsWith(".test.ts")).map((file) => file.split("/")[1]));
    expect(LAYERS.filter((layer) => !tested.has(layer))).toEqual([]);
  });
});

describe("a file", () => {
  it("of the source has at most 300 lines, of the tests 420", () => {
    const lines = (path: string): number => readFileSync(path, "utf8").split("\n").length - 1;
    expect(files.filter((file) => lines(join(SOURCE, file)) > 300)).toEqual([]);
    expect(tests.filter((file) => lines(join(ROOT, file)) > 420)).toEqual([]);
  });

  it("has lines of at most 120 columns", () => {
    const code = [...files.map((file) => `src/${file}`), ...tests, ...listed("bench"), ...listed("scripts")];
    const long = code.flatMap((file) =>
      readFileSync(join(ROOT, file), "utf8")
        .split("\n")
        .flatMap((line, index) => (line.length > 120 ? [`${file}:${index + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });

  it("starts by saying what it promises, unless it only passes names on", () => {
    const silent = files.filter((file) => !/^(#!.*\n)?\/(\*\*|\/)/.test(text(file)));
    const passing = silent.filter((file) =>
      text(file)
        .split("\n")
        .every((line) => line === "" || /^(export .* from .*;|[ \w{},]+|} from .*;)$/.test(line)),
    );
    expect(silent).toEqual(passing);
  });

  it("switches no check of the compiler off", () => {
    expect(files.filter((file) => /@ts-(ignore|nocheck|expect-error)/.test(text(file)))).toEqual([]);
  });
});
