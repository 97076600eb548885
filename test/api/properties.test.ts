/** Properties of the API: ids and cursors are read back, no filter reaches the database as an error, no GET changes. */
import "reflect-metadata";
import fc from "fast-check";
import { getNamedType, isCompositeType, isNonNullType, isRequiredArgument } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KeysetSource, page } from "../../src/api/connections.js";
import { globalId, parseGlobalId } from "../../src/api/ids.js";
import { makeSchema } from "../../src/api/schema.js";
import { MaillardError } from "../../src/errors.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../support/api.js";
import { FakeCompute } from "../support/fake-compute.js";

/** Any text, with halves of surrogate pairs. */
const anyText = fc
  .array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 32, max: 126 })), { maxLength: 20 })
  .map((codes) => String.fromCharCode(...codes));

describe("an id", () => {
  it("is read back", () => {
    const type = fc.constantFrom("Compound", "Dataset", "Run", "Model", "RunGroup", "ModelDownload" as const);
    fc.assert(
      fc.property(type, fc.stringMatching(/^[\w-]{1,100}$/), (name, id) => {
        expect(parseGlobalId(globalId(name as "Run", id))).toMatchObject({ type: name, id });
      }),
    );
  });

  it("of any text is refused with BAD_INPUT, or one of a known type", () => {
    const texts = fc.oneof(
      anyText,
      anyText.map((text) => Buffer.from(text).toString("base64url")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(parseGlobalId(text).id).toMatch(/^[\w-]+$/);
        } catch (error) {
          expect(error).toMatchObject({ code: "BAD_INPUT", param: "id" });
        }
      }),
    );
  });
});

/** Whole numbers in order, each its own key. */
const numbers = (rows: readonly number[]): KeysetSource<number, [number]> => ({
  keyOf: (row) => [row],
  isKey: (value): value is [number] => Array.isArray(value) && value.length === 1 && Number.isSafeInteger(value[0]),
  count: async () => rows.length,
  fetch: async ({ after, before, take, backwards }) => {
    const found = rows.filter((row) => row > (after?.[0] ?? -Infinity) && row < (before?.[0] ?? Infinity));
    return backwards ? found.reverse().slice(0, take) : found.slice(0, take);
  },
});

describe("a cursor", () => {
  it("leads through any list in pages of any size, each row once, both ways", async () => {
    const rows = fc.uniqueArray(fc.maxSafeInteger(), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (given, size, backwards) => {
        const sorted = [...given].sort((a, b) => a - b);
        const seen: number[] = [];
        for (let cursor: string | undefined; ; ) {
          const asked = backwards ? { last: size, before: cursor } : { first: size, after: cursor };
          const { edges, pageInfo } = await page(asked, numbers(sorted));
          const nodes = edges.map(({ node }) => node);
          seen[backwards ? "unshift" : "push"](...nodes);
          cursor = (backwards ? pageInfo.startCursor : pageInfo.endCursor) ?? undefined;
          if (edges.length === 0 || seen.length >= sorted.length) break;
        }
        expect(seen).toEqual(sorted);
      }),
    );
  });

  it("of any text or value is one of the list, or refused with BAD_INPUT", async () => {
    const texts = fc.oneof(
      anyText,
      fc.oneof(anyText, fc.json()).map((text) => Buffer.from(text).toString("base64url")),
    );
    await fc.assert(
      fc.asyncProperty(texts, async (after) => {
        await page({ first: 1, after }, numbers([1, 2, 3])).catch((error: MaillardError) => {
          expect(error).toMatchObject({ code: "BAD_INPUT", param: "after" });
        });
      }),
    );
  });
});

describe("with a server", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ compute: new FakeCompute() });
    await importLibrary(service, "alkyls", alkyls(4));
  });
  afterAll(() => service.close());

  it("no filter, order or cursor is an error of the database", async () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 30 }),
      fc.constantFrom(
        "CCO",
        "alcohol 1",
        "C2H6O",
        "' | 'x':*",
        "\\",
        "&",
        "(",
        "[#6]",
        "%_",
        "superclass",
        "alkyls",
        "İ",
      ),
    );
    const bound = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    const range = fc.record({ minimum: bound, maximum: bound }, { requiredKeys: [] });
    const label = fc.record({ labelSet: text, dataset: text, value: text, range }, { requiredKeys: ["labelSet"] });
    const similarTo = fc.record(
      {
        smiles: text,
        method: fc.constantFrom("MORGAN", "EMBEDDING"),
        threshold: bound,
        nearest: fc.integer(),
        model: text,
      },
      { requiredKeys: ["smiles", "method"] },
    );
    const filter = fc.record(
      {
        text,
        dataset: text,
        molecularWeight: range,
        labels: fc.array(label, { maxLength: 2 }),
        substructure: text,
        similarTo,
      },
      { requiredKeys: [] },
    );
    const value = fc.oneof(bound, text, fc.constantFrom("2020-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"));
    const orders = ["CREATED", "NAME", "MOLECULAR_WEIGHT", "SIMILARITY"] as const;
    const cursor = fc
      .tuple(
        fc.constantFrom(...orders, ...orders.map((name) => `${name} of a dataset`)),
        value,
        fc.constantFrom("a", "0"),
      )
      .map((key) => Buffer.from(JSON.stringify(key)).toString("base64url"));
    const orderBy = fc.constantFrom("CREATED_ASC", "NAME_DESC", "MOLECULAR_WEIGHT_ASC", "SIMILARITY_DESC");
    const given = fc.record({ filter, orderBy, after: cursor, before: cursor }, { requiredKeys: [] });
    const QUERY = `query ($filter: CompoundFilter, $orderBy: CompoundOrder, $after: String, $before: String) {
      compounds(first: 2, filter: $filter, orderBy: $orderBy, after: $after, before: $before) {
        totalCount edges { cursor } pageInfo { hasNextPage hasPreviousPage } }
      dataset(name: "alkyls") { compounds(last: 2, filter: $filter, orderBy: $orderBy, after: $after, before: $before) {
        totalCount edges { cursor } } } }`;
    await fc.assert(
      fc.asyncProperty(given, async (variables) => {
        const { errors = [] } = await service.ask(QUERY, variables);
        for (const { extensions, message } of errors) expect([extensions.code, message]).not.toContain("INTERNAL");
        expect(service.problems).toEqual([]);
      }),
      { numRuns: 80, seed: 7 },
    );
  });

  it("no mutation is executed by GET, whatever is accepted", async () => {
    const fields = Object.values((await makeSchema()).getMutationType()?.getFields() ?? {});
    expect(fields.length).toBeGreaterThan(8);
    const rows = async () => {
      const { prisma } = service.store;
      return [await prisma.run.count(), await prisma.dataset.count(), await prisma.model.count()];
    };
    const before = await rows();
    for (const { name, args, type } of fields) {
      const declared = args.filter(isRequiredArgument).map((argument) => `$${argument.name}: ${argument.type}`);
      const passed = args.filter(isRequiredArgument).map((argument) => `${argument.name}: $${argument.name}`);
      const list = (parts: string[]) => (parts.length > 0 ? `(${parts.join(", ")})` : "");
      const below = isCompositeType(getNamedType(isNonNullType(type) ? type.ofType : type)) ? " { __typename }" : "";
      const query = `mutation ${list(declared)} { ${name}${list(passed)}${below} }`;
      for (const accept of ["application/json", "application/graphql-response+json", "*/*"]) {
        const response = await fetch(`${service.url}/graphql?${new URLSearchParams({ query })}`, {
          headers: { accept },
        });
        expect([name, response.status]).toEqual([name, 405]);
        expect(response.headers.get("allow")).toBe("POST");
      }
    }
    expect(await rows()).toEqual(before);
  });
});
