/** Prices of fields: every one that computes or lists has a row, and what clients of this server send is allowed. */
import {
  type GraphQLField,
  type GraphQLSchema,
  getIntrospectionQuery,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
} from "graphql";
import { beforeAll, describe, expect, it } from "vitest";
import { makeSchema } from "../../../src/api/schema.js";
import { operationCost } from "../../../src/api/transport/limits/cost.js";
import { LIMITS } from "../../../src/api/transport/limits/limits.js";
import { PRICES } from "../../../src/api/transport/limits/prices.js";
import * as compound from "../../../src/cli/documents/compound.js";
import * as dataset from "../../../src/cli/documents/dataset.js";
import * as download from "../../../src/cli/documents/download.js";
import * as experiment from "../../../src/cli/documents/experiment.js";
import * as model from "../../../src/cli/documents/model.js";
import * as molecule from "../../../src/cli/documents/molecule.js";
import * as removal from "../../../src/cli/documents/removal.js";
import * as report from "../../../src/cli/documents/report.js";
import * as run from "../../../src/cli/documents/run.js";
import * as server from "../../../src/cli/documents/server.js";
import * as space from "../../../src/cli/documents/space.js";

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await makeSchema();
});
const cost = (query: string, variables: object = {}): number =>
  operationCost(parse(query), variables as Record<string, unknown>, schema);
const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(" ");

describe("the table", () => {
  const isRoot = (type: string): boolean => ["Query", "Mutation", "Subscription"].includes(type);
  const isList = ({ type }: GraphQLField<unknown, unknown>): boolean =>
    isListType(isNonNullType(type) ? type.ofType : type);
  /** Fields that read or draw much though they are neither list, root nor have arguments. */
  const ALONE = [
    "CompoundConnection.totalCount",
    "Evaluation.newScaffolds",
    "Model.card",
    "Run.origin",
    "RunGroup.sweep",
    "Sweep.figure",
    ...["Dataset", "Model", "Run"].map((type) => `${type}.diskUsage`),
  ];
  const places = (): [place: string, type: string, field: GraphQLField<unknown, unknown>][] =>
    Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) && !type.name.startsWith("__")
        ? Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, type.name, field] as never)
        : [],
    );

  it("has every root field, list and field with arguments; every other field costs the default", () => {
    const priced = places()
      // The length of a page is an argument of its connection.
      .filter(([place]) => !place.endsWith("Connection.edges"))
      .filter(([, type, field]) => isRoot(type) || isList(field) || field.args.length > 0)
      .map(([place]) => place);
    expect(priced.length).toBeGreaterThan(80);
    expect(Object.keys(PRICES).sort()).toEqual([...priced, ...ALONE].sort());
  });

  it("says of every list how long it is, and gives each price a reason", () => {
    for (const [place, , field] of places()) {
      if (!isList(field) || place.endsWith("Connection.edges")) continue;
      expect([place, PRICES[place].rows]).not.toEqual([place, undefined]);
    }
    for (const { why } of Object.values(PRICES)) expect(why.length).toBeGreaterThan(5);
  });

  it("prices every computation above a page of a hundred plain rows", () => {
    for (const name of ["projection", "clusters", "outliers", "neighbours", "separation", "compareRuns", "runCurves"]) {
      const { own } = PRICES[`Query.${name}`];
      const given = { models: ["a"], runs: ["a"], names: ["loss"], components: 2 };
      expect(typeof own === "function" ? own(given) : own).toBeGreaterThanOrEqual(1_000);
    }
  });
});

describe("a document of the command line at its largest variables", () => {
  const smiles = Array.from({ length: 256 }, () => "C".repeat(1_000));
  const page = { first: 100, filter: { text: "x" }, orderBy: "NAME_ASC" };
  const rows = Array.from({ length: 1_000 }, () => ({}));
  const input = { rows, seeds: Array.from({ length: 32 }, (_, seed) => seed) };
  const largest: Record<string, object> = {
    Predict: { smiles, model: "m", topK: 50, averageOver: 32 },
    Embed: { smiles, model: "m", pooling: "CLS" },
    Project: { components: 100, drawn: true, listed: true },
    Clusters: { k: 100 },
    Neighbours: { k: 100 },
    Separation: { models: Array.from({ length: 8 }, (_, index) => `m${index}`) },
    RunsFigure: { runs: Array.from({ length: 8 }, (_, index) => `r${index}`), names: ["a", "b", "c", "d"] },
  };
  const documents = [
    compound,
    dataset,
    download,
    experiment,
    model,
    molecule,
    removal,
    report,
    run,
    server,
    space,
  ].flatMap((module) => Object.values(module).map(String));
  const operations = documents.filter((text) => /^\s*(query|mutation|subscription)\b/.test(text));

  it.each(operations.map((text) => [/\b(?:query|mutation|subscription) (\w+)/.exec(text)?.[1] ?? "", text]))(
    "%s",
    (name, text) => {
      const price = cost(text, { ...page, input, ...largest[name] });
      expect(price).toBeGreaterThan(1);
      expect(price).toBeLessThanOrEqual(LIMITS.cost);
    },
  );

  it("is each of the documents", () => expect(operations.length).toBeGreaterThan(30));
});

describe("variables", () => {
  const page = (name: string): string =>
    `query ($${name}: Int = 100) { compounds(first: $${name}) { edges { node { svg } } } }`;
  const excluded = (name: string): string =>
    `query ($${name}: Boolean = true) { compounds(first: 100) @include(if: $${name}) { edges { node { svg } } } }`;

  it.each(["toString", "constructor", "__proto__", "hasOwnProperty"])("may be named %s", (name) => {
    expect(cost(page(name))).toBe(cost(page("n")));
    expect(cost(excluded(name))).toBe(cost(excluded("n")));
    expect(cost(excluded("n"))).toBeGreaterThan(10_000);
  });

  it("that are no texts are priced, and refused afterwards", () => {
    const query = 'query ($s: [String!]!) { predict(smiles: $s, model: "x") { __typename } }';
    let nested: unknown = [];
    for (let depth = 0; depth < 100_000; depth++) nested = [nested];
    for (const s of [[{ toString: 1 }], [nested], nested, "C", null, 7])
      expect(cost(query, { s })).toBeGreaterThanOrEqual(20);
  });
});

describe("what other clients send", () => {
  it.each([
    ["introspection", getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true })],
    [
      "a page of 100 molecules with drawings and labels",
      "{ compounds(first: 100) { edges { node { id name smiles labels { labelSet value } svg } } } }",
    ],
    ["the vectors of 100 molecules", "{ compounds(first: 100) { edges { node { embeddings { vector } } } } }"],
    ["all metrics of a run", '{ run(id: "x") { metrics(first: 10000) { sequence step epoch split name value at } } }'],
  ])("%s is allowed", (_name, document) => expect(cost(document)).toBeLessThanOrEqual(LIMITS.cost));

  const nested = (levels: number): string =>
    `compounds(first: 1) { edges { node { ${levels === 0 ? "id" : `datasets { ${nested(levels - 1)} }`} } } }`;
  it.each([
    [
      "vectors by 30 aliases",
      `{ compounds(first: 100) { edges { node { ${times(30, (i) => `a${i}: embeddings { vector }`)} } } } }`,
    ],
    [
      "the same for one molecule in 30 pages",
      `{ ${times(30, (i) => `a${i}: compounds(first: 20) { edges { node { embeddings { vector } } } }`)} }`,
    ],
    ["pages of molecules nested four deep", `{ ${nested(3)} }`],
    [
      "30 separations",
      `{ ${times(30, (i) => `a${i}: separation(models: ["m"], dataset: "d", labelSet: "${i}") { computedOn }`)} }`,
    ],
    ["30 projections", `{ ${times(30, (i) => `a${i}: projection(model: "m", dataset: "d") { computedOn }`)} }`],
    [
      "introspection by aliases",
      `{ ${times(30, (i) => `a${i}: __schema { types { name fields { name args { name } type { name } } } }`)} }`,
    ],
    [
      "30 drawings of 100 molecules",
      `{ compounds(first: 100) { edges { node { ${times(30, (i) => `a${i}: svg`)} } } } }`,
    ],
  ])("%s are refused", (_name, document) => expect(cost(document)).toBeGreaterThan(LIMITS.cost));

  it("a vector is not one point, and a hundred rows are not one row", () => {
    const vectors = (first: number) =>
      cost(`{ compounds(first: ${first}) { edges { node { embeddings { vector } } } } }`);
    expect(vectors(1)).toBeGreaterThan(700);
    expect(vectors(100) / (vectors(1) - 20)).toBeGreaterThan(99);
  });

  it("long SMILES and more forms cost more", () => {
    const predict = (length: number, averageOver: number) =>
      cost('query ($s: [String!]!, $f: Int!) { predict(smiles: $s, model: "m", averageOver: $f) { __typename } }', {
        s: Array.from({ length: 100 }, () => "C".repeat(length)),
        f: averageOver,
      });
    expect(predict(1_000, 1) - predict(50, 1)).toBe(450);
    expect(predict(50, 32) - predict(50, 1)).toBe(1_550);
  });

  it("values that are no numbers or lists cost something and break nothing", () => {
    const query =
      "query ($n: Int, $s: [String!]!) { compounds(first: $n) { totalCount } " +
      'predict(smiles: $s, model: "m") { __typename } }';
    for (const value of [null, "x", -5, 1e308, Number.NaN, [[]], {}, true])
      expect(cost(query, { n: value, s: value })).toBeGreaterThan(0);
  });
});
