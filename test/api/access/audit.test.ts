/** The audit log through the API: one entry for each mutation, import and refusal, by HTTP and by WebSocket. */
import {
  type GraphQLInputType,
  type GraphQLOutputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AUDITED_ARGUMENTS } from "../../../src/api/access/audited.js";
import { makeSchema } from "../../../src/api/schema.js";
import { type Answer, startTestService, type TestService } from "../../support/api.js";
import { maillard } from "../../support/command-line.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { all, subscriber } from "../../support/sockets.js";

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(), models: {}, hub: null });
});
afterAll(() => service?.close());
beforeEach(async () => {
  await service.store.prisma.auditEntry.deleteMany();
});

const schema = await makeSchema();
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
const rows = () => service.store.prisma.auditEntry.findMany({ orderBy: { id: "asc" } });

/** A literal of the type; of an input object only what is required. Texts hold what an entry may never have. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0].name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) && !field.defaultValue);
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(" ")} }`;
  }
  return (
    { Int: "1", Float: "1.5", Boolean: "true", ID: '"UnVuOjE"', DateTime: '"2030-01-01T00:00:00Z"' }[
      getNamedType(type).name
    ] ?? '"nothing-of-this"'
  );
}

const selection = (type: GraphQLOutputType): string => (isObjectType(getNamedType(type)) ? "{ __typename }" : "");

function operation({ name, args, type }: (typeof mutations)[number]): string {
  const given = args.map((arg) => `${arg.name}: ${literal(arg.type)}`).join(", ");
  return `mutation { ${name}${given === "" ? "" : `(${given})`} ${selection(type)} }`;
}

describe("every mutation", () => {
  it("has its list of arguments that are kept", () => {
    expect(Object.keys(AUDITED_ARGUMENTS).sort()).toEqual(mutations.map(({ name }) => name).sort());
  });

  it("lists only arguments that it has", () => {
    const hasPath = (type: GraphQLInputType, steps: readonly string[]): boolean => {
      if (steps.length === 0) return true;
      const plain = isNonNullType(type) ? type.ofType : type;
      if (isListType(plain)) return steps.length === 1 && steps[0] === "length";
      const field = isInputObjectType(plain) ? plain.getFields()[steps[0]] : undefined;
      return field !== undefined && hasPath(field.type, steps.slice(1));
    };
    const wrong = mutations.flatMap(({ name, args }) =>
      (AUDITED_ARGUMENTS[name] ?? []).filter((path) => {
        const [first, ...rest] = path.split(".");
        const argument = args.find((candidate) => candidate.name === first);
        return !argument || !hasPath(argument.type, rest);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each(mutations.map((field) => [field.name, field] as const))(
    "%s writes one entry by HTTP",
    async (name, field) => {
      const { data, errors = [] } = await service.ask(operation(field));
      const found = await rows();
      expect(found).toHaveLength(1);
      const outcome = data?.[name] ? "OK" : errors[0].extensions.code;
      expect(found[0]).toMatchObject({ action: name, outcome, keyId: null, keyName: "local", address: "127.0.0.1" });
      expect(found[0].requestId).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it.each(mutations.map((field) => [field.name, field] as const))("%s writes one by WebSocket", async (name, field) => {
    const socket = subscriber(service.url);
    const [event] = await all(socket.events(operation(field)));
    await socket.close();
    const found = await rows();
    expect(found).toHaveLength(1);
    const outcome = event.errors ? event.errors[0].extensions?.code : "OK";
    expect(found[0]).toMatchObject({ action: name, outcome, keyName: "local", address: "127.0.0.1" });
  });
});

describe("an entry", () => {
  it("is written for each mutation of one operation, and none for what was never executed", async () => {
    await service.ask('mutation { a: cancelRun(id: "x") { __typename } b: cancelRun(id: "y") { __typename } }');
    // The first failed and its field may not be null; the second was executed all the same, or not at all.
    const executed = (await rows()).map(({ details }) => (details as { id: string }).id);
    expect(executed[0]).toBe("x");
    await service.store.prisma.auditEntry.deleteMany();
    await service.ask("mutation { cancelRun(id: 1.5) { __typename } }");
    await service.ask("{ health { live } }");
    expect(await rows()).toEqual([]);
  });

  it("never has molecules, names of molecules or values of labels", async () => {
    const secret = "CC(=O)OC1=CC=CC=C1C(=O)O";
    const input = {
      name: "library",
      rows: [{ line: 1, smiles: secret, name: "secret-name", labels: [{ set: "use", value: "secret-label" }] }],
    };
    const query = "mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { report { rows } } }";
    await service.ask(query, { input });
    const [{ action, details }] = await rows();
    expect(action).toBe("importDataset");
    expect(details).toMatchObject({ name: "library", rows: 1 });
    expect(JSON.stringify(details)).not.toMatch(/CC\(|secret/);
  });

  it("of an upload says format, dataset and outcome", async () => {
    const upload = (address: string, body: string) =>
      fetch(`${service.url}/import/${address}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream", "x-maillard-client": "test" },
        body,
      }).then((response) => response.text());
    await upload("csv?dataset=uploaded", "nothing,here\n1,2\n");
    await upload("csv?describe=true", "smiles,class\nCCO,alcohol\n");
    const found = await rows();
    expect(found.map(({ action, details }) => [action, details])).toMatchObject([
      ["import", { format: "csv", dataset: "uploaded" }],
      ["import", { format: "csv", describes: true }],
    ]);
    expect(found[0].outcome).not.toBe("OK");
    expect(found[1].outcome).toBe("OK");
  });
});

describe("auditLog", () => {
  const fields = "edges { node { key address action outcome requestId details { name value } } cursor }";
  const ask = (args: string) =>
    service.data<{ auditLog: { edges: { node: { action: string; outcome: string }; cursor: string }[] } }>(
      `{ auditLog(${args}) { ${fields} pageInfo { hasNextPage } totalCount } }`,
    );
  const record = (action: string, outcome: string, keyName: string | null = "lab") =>
    service.application.audit.record({
      requestId: "r",
      keyId: null,
      keyName,
      address: null,
      action,
      outcome,
      details: { names: ["a", "b"], count: 2 },
    });

  it("lists newest first, page by page", async () => {
    for (const action of ["one", "two", "three"]) await record(action, "OK");
    const first = await ask("first: 2");
    expect(first.auditLog.edges.map(({ node }) => node.action)).toEqual(["three", "two"]);
    expect(first.auditLog).toMatchObject({ pageInfo: { hasNextPage: true }, totalCount: 3 });
    expect(first.auditLog.edges[0].node).toMatchObject({
      key: "lab",
      details: [
        { name: "count", value: "2" },
        { name: "names", value: "a, b" },
      ],
    });
    const second = await ask(`first: 2, after: "${first.auditLog.edges[1].cursor}"`);
    expect(second.auditLog.edges.map(({ node }) => node.action)).toEqual(["one"]);
    const back = await ask(`last: 2, before: "${second.auditLog.edges[0].cursor}"`);
    expect(back.auditLog.edges.map(({ node }) => node.action)).toEqual(["three", "two"]);
  });

  it("filters by key, action, outcome and time", async () => {
    await record("one", "OK");
    await record("one", "CONFLICT");
    await record("two", "OK", "other");
    await service.store.prisma.auditEntry.updateMany({
      where: { outcome: "CONFLICT" },
      data: { at: new Date("2026-01-01T00:00:00Z") },
    });
    const count = async (filter: string) => (await ask(`first: 9, filter: { ${filter} }`)).auditLog.edges.length;
    expect(await count('key: "other"')).toBe(1);
    expect(await count('action: "one"')).toBe(2);
    expect(await count('action: "one", outcome: "OK"')).toBe(1);
    expect(await count('from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:00:01Z"')).toBe(1);
    expect(await count('to: "2026-01-01T00:00:00Z"')).toBe(0);
  });

  it("refuses a cursor that is not of this list", async () => {
    expect(await service.refusal('{ auditLog(first: 1, after: "eA") { totalCount } }')).toMatchObject({
      code: "BAD_INPUT",
      param: "after",
    });
  });

  it("is what `maillard audit` shows", async () => {
    await record("startFinetune", "OK");
    await record("cancelRun", "NOT_FOUND", "other");
    const shown = await maillard(service.url, ["audit", "--key", "lab", "--since", "7d"]);
    expect(shown.exitCode).toBe(0);
    expect(shown.out).toContain("startFinetune");
    expect(shown.out).toContain("names=a, b");
    expect(shown.out).not.toContain("cancelRun");
    const json = await maillard(service.url, ["audit", "--outcome", "NOT_FOUND", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject([{ action: "cancelRun", key: "other" }]);
    const wrong = await maillard(service.url, ["audit", "--since", "yesterday"]);
    expect(wrong.exitCode).not.toBe(0);
    expect(wrong.err).toContain("--since");
  });
});

it("an entry that cannot be written is in the server's log, and the mutation is answered", async () => {
  const { pool } = service.store;
  service.problems.splice(0);
  await pool.query('ALTER TABLE "AuditEntry" RENAME TO "AuditEntryGone"');
  try {
    const { errors } = (await service.ask('mutation { cancelRun(id: "x") { __typename } }')) as Answer<object>;
    expect(errors?.[0].extensions.code).toBe("BAD_INPUT");
  } finally {
    await pool.query('ALTER TABLE "AuditEntryGone" RENAME TO "AuditEntry"');
  }
  const entry = { action: "cancelRun", outcome: "BAD_INPUT", keyName: "local" };
  expect(service.problems).toMatchObject([{ fields: { entry } }]);
});
