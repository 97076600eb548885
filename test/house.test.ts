/** The house: rooms in the order of data flow, imports to earlier rooms only, small files. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = join(import.meta.dirname, "..", "src");
const ROOMS = [
  ...[
    "chem",
    "tokenizer",
    "autograd",
    "model",
    "train",
    "analysis",
    "compute",
    "store",
    "datasets",
    "runs",
    "api",
    "cli",
  ],
] as const;
const DATABASE = /^(pg|pg-boss|prisma|@prisma\/.*)$/;
const GRAPHQL = /^(graphql|graphql-.*|type-graphql|@apollo\/.*|@as-integrations\/.*|dataloader|fastify|ws)(\/.*)?$/;
const MATHEMATICS = /^(onnxruntime-node|onnx-proto|ml-matrix|wabt|@rdkit\/rdkit|@huggingface\/tokenizers)$/;

/** What a room may never import: packages, or modules of Node. */
const NEVER: Record<(typeof ROOMS)[number], RegExp[]> = {
  chem: [DATABASE, GRAPHQL, /^onnx/],
  tokenizer: [DATABASE, GRAPHQL, /rdkit/],
  autograd: [DATABASE, GRAPHQL, /rdkit/, /^node:fs/],
  model: [DATABASE, GRAPHQL, /rdkit/],
  train: [DATABASE, GRAPHQL, /rdkit/],
  analysis: [DATABASE, GRAPHQL, /rdkit/],
  compute: [DATABASE, GRAPHQL, /rdkit/],
  store: [GRAPHQL, MATHEMATICS],
  datasets: [GRAPHQL, MATHEMATICS],
  runs: [GRAPHQL, MATHEMATICS],
  api: [MATHEMATICS, DATABASE],
  cli: [MATHEMATICS, DATABASE, /^(type-graphql|@apollo\/.*|fastify)$/],
};

/** The command line is a client of the API. Besides, it starts the service, reads and packs files, draws figures and pretrains. */
const COMMAND_LINE_MAY = [
  ...[
    "errors",
    "api/application",
    "api/server",
    "api/guard",
    "api/log",
    "compute/devices",
    "datasets/choose-columns",
    "datasets/csv",
    "datasets/describe-csv",
    "datasets/foodb/import",
    "datasets/foodb/pack",
    "datasets/text-file",
    "datasets/types",
    "model/hub/address",
  ],
  ...["analysis/figures/index", "train/pretrain", "train/pretrain-options"],
];

interface Import {
  file: string;
  room: string;
  /** Path under src without ending, or the name of a package. */
  target: string;
  inside: boolean;
}

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .map((file) => file.split(sep).join("/"))
  .filter((file) => file.endsWith(".ts") && !file.includes("/generated/"));
const text = (file: string): string => readFileSync(join(SOURCE, file), "utf8");
const imports: Import[] = files.flatMap((file) =>
  [...text(file).matchAll(/^(?:import|export)\b[^;"]*?"([^"\n]+)"|\bimport\("([^"\n]+)"\)/gm)].map(
    ([, fixed, lazy]) => {
      const given = fixed ?? lazy;
      // Paths of files that are read, such as the package's own folder, are no imports.
      const inside = /^\..*\.js$/.test(given);
      const path = relative(SOURCE, normalize(join(SOURCE, dirname(file), given)));
      return {
        file,
        room: file.split("/")[0],
        target: inside ? path.split(sep).join("/").replace(/\.js$/, "") : given,
        inside,
      };
    },
  ),
);

describe("the rooms", () => {
  it("are those of the plan, and nothing else lies beside them", () => {
    expect([...new Set(files.map((file) => file.split("/")[0]))].sort()).toEqual([...ROOMS, "errors.ts"].sort());
    // The reader of imports reads them: every room imports the errors, and most of them an earlier room.
    for (const room of ROOMS.filter((name) => name !== "autograd"))
      expect(imports.filter((entry) => entry.room === room && entry.target === "errors")).not.toEqual([]);
    expect(imports.filter(({ inside }) => inside).length).toBeGreaterThan(500);
  });

  it("import from earlier rooms only", () => {
    const place = (room: string): number => ROOMS.indexOf(room as (typeof ROOMS)[number]);
    const wrong = imports.filter(({ room, target, inside }) => {
      const other = target.split("/")[0];
      return inside && other !== room && other !== "errors" && !(place(other) >= 0 && place(other) < place(room));
    });
    expect(wrong).toEqual([]);
  });

  it.each(ROOMS)("%s never imports what is not its business", (room) => {
    const wrong = imports.filter(
      (entry) => !entry.inside && entry.room === room && NEVER[room].some((rule) => rule.test(entry.target)),
    );
    expect(wrong).toEqual([]);
  });

  it("leave the business rules to the API: the command line imports a short list", () => {
    const foreign = imports.filter(
      ({ room, target, inside }) => room === "cli" && inside && !target.startsWith("cli/"),
    );
    expect(
      [...new Set(foreign.map(({ target }) => target))].filter((target) => !COMMAND_LINE_MAY.includes(target)),
    ).toEqual([]);
  });
});

describe("a file", () => {
  it("of the source has at most 300 lines, of the tests 420", () => {
    const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts"),
    );
    const lines = (path: string): number => readFileSync(path, "utf8").split("\n").length - 1;
    expect(files.filter((file) => lines(join(SOURCE, file)) > 300)).toEqual([]);
    expect(tests.filter((file) => lines(join(import.meta.dirname, file)) > 420)).toEqual([]);
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
