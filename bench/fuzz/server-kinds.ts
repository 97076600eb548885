/** The kinds of input that a server gets: how each is made, and how it is sent. */
import { seedsOf } from "./corpus.js";
import { type Operation, randomOperation } from "./documents.js";
import { mutateBytes, mutateJson, mutateText, type Random } from "./random.js";
import type { ServerFuzz } from "./server-fuzz.js";

interface ServerKind {
  share: number;
  make(random: Random, seeds: readonly Buffer[], fuzz: ServerFuzz): Buffer;
  /** Throws an Error that says what is wrong. Answers whether the input was refused. */
  run(input: Buffer, fuzz: ServerFuzz): Promise<boolean>;
}

const DOCUMENT_WORDS = [
  "{",
  "}",
  "(",
  ")",
  ":",
  "$x",
  "...",
  "@include(if: true)",
  "fragment f on Query",
  '"',
  '"""',
  "null",
  "#",
];

export const SERVER_KINDS: Record<string, ServerKind> = {
  document: {
    share: 12,
    make(random, seeds, { schema, vocabulary }) {
      const choice = random.below(10);
      const seed: Operation = { query: random.pick(seeds).toString(), variables: {} };
      const operation = choice < 7 ? randomOperation(random, schema, vocabulary) : seed;
      if (choice === 6 || choice === 7) operation.query = mutateText(random, operation.query, DOCUMENT_WORDS);
      if (choice === 8) return Buffer.from(JSON.stringify(mutateJson(random, operation)));
      if (choice === 9) return mutateBytes(random, Buffer.from(JSON.stringify(operation)), seeds, DOCUMENT_WORDS);
      return Buffer.from(JSON.stringify(operation));
    },
    run: (input, fuzz) => fuzz.post(input),
  },
  filter: {
    share: 7,
    make(random, seeds) {
      const seed = JSON.parse(random.pick(seeds).toString()) as object;
      const variables = random.chance(0.5) ? mutateStrings(random, seed) : mutateJson(random, seed);
      return Buffer.from(JSON.stringify({ query: COMPOUNDS, variables }));
    },
    run: (input, fuzz) => fuzz.post(input.subarray(0, 1).equals(Buffer.from("{")) ? withQuery(input) : input),
  },
  upload: {
    share: 2,
    make(random) {
      const format = random.pick(["csv", "csv", "sdf", "archive"] as const);
      const seeds = seedsOf(format);
      const body = mutateBytes(random, random.pick(seeds), seeds, [",", "\n", '"']);
      const fields = [
        "describe=true",
        "label=a",
        "multi=",
        "number=mass",
        "encoding=utf-16le",
        "delimiter=%09",
        "missing=%00",
        "header=false",
        "format=smiles",
        "smiles=column%201",
        "separator=|",
        "description=%F0%9F",
        "part=true",
        "decimal=,",
      ];
      const query = ["dataset=fuzz-upload", ...fields.filter(() => random.chance(0.15))].join("&");
      const given = random.chance(0.2) ? mutateText(random, query) : query;
      const path = `/import/${format === "archive" ? "foodb" : "csv"}?${given}`;
      return Buffer.concat([Buffer.from(`${encodeURI(path.replace(/\p{Cs}/gu, ""))}\n`), body]);
    },
    run: (input, fuzz) => fuzz.upload(input),
  },
  http: {
    share: 4,
    make: (random, seeds) =>
      mutateBytes(random, random.pick(seeds), seeds, [
        "\r\n",
        "\r\n\r\n",
        "Host: x",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "%00",
        "%ff",
        "?",
        "#",
        " HTTP/1.1",
        "Origin: null",
        "x".repeat(20_000),
        "{",
        "Accept: text/html",
        "../",
        ";",
      ]),
    run: (input, fuzz) => fuzz.raw(input),
  },
  stream: {
    share: 3,
    make(random, seeds, { schema, vocabulary }) {
      const [accept, cursor, body] = random.pick(seeds).toString().split("\n");
      const operation = random.chance(0.5)
        ? randomOperation(random, schema, vocabulary)
        : mutateJson(random, JSON.parse(body));
      const head = [accept, cursor].map((text) =>
        random.chance(0.2) ? mutateText(random, text, [";", ",", "9"]) : text,
      );
      return Buffer.from([...head.map((text) => text.replace(/[^ -~]/g, "")), JSON.stringify(operation)].join("\n"));
    },
    run: (input, fuzz) => fuzz.stream(input),
  },
  websocket: {
    share: 4,
    make(random, seeds) {
      const seed = random.pick(seeds);
      if (random.chance(0.2)) return mutateBytes(random, seed, seeds, ['"', "{", "}"]);
      return Buffer.from(JSON.stringify(mutateJson(random, JSON.parse(seed.toString()))));
    },
    run: (input, fuzz) => fuzz.socket(input),
  },
};

const COMPOUNDS = `query ($first: Int, $last: Int, $after: String, $before: String, $dataset: String,
  $filter: CompoundFilter, $orderBy: CompoundOrder) {
  compounds(first: $first, last: $last, after: $after, before: $before, dataset: $dataset,
    filter: $filter, orderBy: $orderBy) {
    totalCount edges { cursor similarity node { id name } } pageInfo { hasNextPage hasPreviousPage } } }`;

/** The seeds of filters are variables alone. */
function withQuery(input: Buffer): Buffer {
  const value = JSON.parse(input.toString()) as { query?: unknown };
  return value.query === undefined ? Buffer.from(JSON.stringify({ query: COMPOUNDS, variables: value })) : input;
}

/** Texts alone are changed, so that most of the filters are valid. */
function mutateStrings(random: Random, value: unknown, name = ""): unknown {
  if (typeof value === "string")
    return random.chance(0.4) && name !== "orderBy" && name !== "method" ? mutateText(random, value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => mutateStrings(random, item));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutateStrings(random, item, key)]));
}
