/** Text that PostgreSQL or UTF-8 cannot hold is BAD_INPUT with the path of the value, by every way into the server. */
import fc from "fast-check";
import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkTexts } from "../../../src/api/transport/texts.js";
import { MaillardError } from "../../../src/errors.js";
import { isStorable } from "../../../src/text.js";
import { type Answer, post, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { acknowledged } from "../../support/sockets.js";

const BAD = ["\0", "a\0b", "\ud800", "\udfff!", "\ud83e\ud83e\uddea", "\udd83\ud83e"];

describe("a text", () => {
  it("is storable exactly when UTF-8 keeps it and it has no NUL", () => {
    const units = fc.array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd700, max: 0xe000 })));
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes);
        expect(isStorable(text)).toBe(Buffer.from(text).toString() === text && !text.includes("\0"));
      }),
    );
    for (const text of BAD) expect(isStorable(text)).toBe(false);
  });

  it("of a message is shown in place of what a row could not keep", () => {
    const { message } = new MaillardError("BAD_INPUT", "a\0b \ud800 \ud83e\uddea");
    expect(message).toBe("a\\u0000b \\ud800 \ud83e\uddea");
  });
});

function faultOf(query: string, variables: unknown): MaillardError | null {
  try {
    checkTexts(parse(query), variables);
    return null;
  } catch (error) {
    return error as MaillardError;
  }
}

describe("the texts of an operation", () => {
  it("are found in any variables, wherever they are", () => {
    const name = fc.string({ minLength: 1, maxLength: 4 }).filter((text) => !/[.[\]]/.test(text));
    const step = fc.oneof(name, fc.nat(3));
    fc.assert(
      fc.property(name, fc.array(step, { maxLength: 12 }), fc.constantFrom(...BAD), (variable, steps, bad) => {
        let value: unknown = bad;
        for (const key of [...steps].reverse())
          value =
            typeof key === "number"
              ? [...Array(key).fill("fine"), value, 1, null]
              : { fine: "\ud83e\uddea", [key]: value };
        const path = steps.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
        const fault = faultOf("{ a }", { other: [{}, true], [variable]: value });
        expect(fault).toMatchObject({ code: "BAD_INPUT", param: `${variable}${path}` });
      }),
    );
  });

  it("are found in literals and defaults", () => {
    const path = (query: string) => faultOf(query, {})?.param;
    expect(path('{ a(b: "\\u0000") }')).toBe("b");
    expect(path('{ a(input: { rows: [{ name: "x" }, { labels: ["y", """z\0"""] }] }) }')).toBe(
      "input.rows[1].labels[1]",
    );
    expect(path('query ($name: String = "\\u0000") { a(b: $name) }')).toBe("name");
    expect(path('{ a @include(if: "\\u0000") }')).toBe("if");
    expect(path('{ ...f } fragment f on A { b(c: ["", "\\u0000"]) }')).toBe("c[1]");
    expect(path('{ a(b: "\\ud83e\\uddea \\n") }')).toBeUndefined();
  });

  it("are found below 300,000 arrays, and in the names of fields", () => {
    const deep = JSON.parse(`${"[".repeat(300_000)}"\\u0000"${"]".repeat(300_000)}`) as unknown;
    expect(faultOf("{ a }", { deep })?.param).toMatch(/^deep(\[0\])+/);
    expect(faultOf("{ a }", { input: { "a\0": 1 } })?.param).toBe("input");
  });
});

describe("the server", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService({ compute: new FakeCompute() });
  });
  afterAll(async () => {
    expect(service.problems).toEqual([]);
    await service.close();
  });

  const OPERATIONS: [query: string, variable: string, path: string][] = [
    ["query ($t: String!) { dataset(name: $t) { id } }", "t", "t"],
    ["query ($t: String!) { predict(smiles: [$t], model: $t) { __typename } }", "t", "t"],
    ["query ($t: String!) { compounds(first: 1, filter: { text: $t }) { totalCount } }", "t", "t"],
    ["query ($t: String!) { runs(first: 1, after: $t) { totalCount } }", "t", "t"],
    ["query ($t: ID!) { node(id: $t) { id } }", "t", "t"],
    ['query { models(first: 1, after: "\\u0000") { totalCount } }', "", "after"],
    ['{ embed(smiles: ["C", "\\u0000"], model: "base") { __typename } }', "", "smiles[1]"],
    ['mutation { addModel(input: { name: "\\u0000", folder: "/x" }) { model { id } } }', "", "input.name"],
  ];

  it("answers alike by POST, GET and WebSocket", async () => {
    const socket = await acknowledged(service.url);
    for (const [query, variable, path] of OPERATIONS)
      for (const bad of variable ? BAD : [""]) {
        const variables = variable ? { [variable]: bad } : {};
        const expected = [{ extensions: { code: "BAD_INPUT", param: path } }];
        expect(await service.ask(query, variables)).toMatchObject({ status: 200, errors: expected });
        const strict = { accept: "application/graphql-response+json" };
        expect(await service.ask(query, variables, strict)).toMatchObject({ status: 400, errors: expected });
        if (!query.startsWith("mutation")) {
          const address = new URLSearchParams({ query, variables: JSON.stringify(variables) });
          const answer = await fetch(`${service.url}/graphql?${address}`, { headers: { accept: "application/json" } });
          expect(await answer.json()).toMatchObject({ errors: expected });
        }
        socket.send({ type: "subscribe", id: "1", payload: { query, variables } });
        expect(await socket.next()).toMatchObject({ type: "error", payload: expected });
      }
    socket.cut();
  });

  it("imports nothing of a batch with such a text, wherever it is", async () => {
    const IMPORT = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { dataset { id } } }";
    const row = { line: 1, smiles: "CCO" };
    const wrong = (bad: string): [object, string][] => [
      [{ name: bad }, "name"],
      [{ description: bad }, "description"],
      [{ source: bad }, "source"],
      [{ labelKinds: [{ set: bad, kind: "NUMBER" }] }, "labelKinds[0].set"],
      [{ rows: [row, { line: 2, smiles: bad }] }, "rows[1].smiles"],
      [{ rows: [{ ...row, name: bad }] }, "rows[0].name"],
      [{ rows: [{ ...row, problem: bad }] }, "rows[0].problem"],
      [{ rows: [{ ...row, labels: [{ set: bad, value: "x" }] }] }, "rows[0].labels[0].set"],
      [{ rows: [{ ...row, labels: [{ set: "x", value: bad }] }] }, "rows[0].labels[0].value"],
    ];
    for (const bad of BAD.slice(0, 4))
      for (const [fields, path] of wrong(bad)) {
        const { errors } = await service.ask(IMPORT, { input: { name: "texts", rows: [row], ...fields } });
        expect(errors).toMatchObject([{ extensions: { code: "BAD_INPUT", param: `input.${path}` } }]);
      }
    expect(await service.store.prisma.dataset.count()).toBe(0);
  });

  it("refuses a body that is no UTF-8, and answers one that is nested deeply", async () => {
    const bytes = Buffer.from('{"query":"{ dataset(name: \\"\xff\\") { id } }"}', "latin1");
    const headers = { "content-type": "application/json" };
    const refused = await fetch(`${service.url}/graphql`, { method: "POST", headers, body: bytes });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { errors: [{ extensions: { code: "BAD_REQUEST" } }] },
    ]);
    const deep = `${"[".repeat(400_000)}${"]".repeat(400_000)}`;
    for (const type of ["String", "[String]", "[[String!]!]", "CompoundFilter"]) {
      const body = `{"query":"query ($x: ${type}) { __typename }","variables":{"x":${deep}}}`;
      const answer: Answer<object> = await post(service.url, body);
      expect(answer.errors?.map(({ extensions }) => extensions.code) ?? []).not.toContain("INTERNAL");
    }
  });

  it("refuses them in the address of an upload before a byte is read", async () => {
    const headers = { "content-type": "application/octet-stream", "x-maillard-client": "test" };
    const upload = async (address: string) => {
      const answer = await fetch(`${service.url}/import/${address}`, {
        method: "POST",
        headers,
        body: "smiles\nCCO\n",
      });
      return [answer.status, JSON.parse(await answer.text()) as object];
    };
    for (const field of ["dataset", "description", "source", "label", "missing", "smiles"])
      expect(await upload(`csv?dataset=texts&${field}=a%00`)).toMatchObject([
        200,
        { error: { code: "BAD_INPUT", param: field } },
      ]);
    for (const bytes of ["%FF", "%ED%A0%80", "%C3", "%"])
      expect(await upload(`csv?dataset=texts&description=${bytes}`)).toMatchObject([
        400,
        { errors: [{ extensions: { code: "BAD_REQUEST" } }] },
      ]);
    expect(await service.store.prisma.dataset.count()).toBe(0);
  });
});
