/**
 * The table of roles, walked: each root field and each address is asked with a key of each role, and answers FORBIDDEN
 * or not, as its row says.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  OperationTypeNode,
} from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enforceRoles } from "../../../src/api/access/enforce.js";
import { withRoleTable } from "../../../src/api/access/markdown.js";
import { FIELD_RULES, isAtLeast, isUpload, ROUTE_RULES } from "../../../src/api/access/roles.js";
import { globalId } from "../../../src/api/ids.js";
import { makeSchema } from "../../../src/api/schema.js";
import { startServer } from "../../../src/api/transport/server.js";
import { newId } from "../../../src/store/index.js";
import { type Extensions, post, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { seedDataset } from "../../support/run-fixtures.js";
import { all, subscriber } from "../../support/sockets.js";

const ROLES = ["READER", "MEMBER", "ADMIN"] as const;
type Role = (typeof ROLES)[number];

let service: TestService;
const keys = {} as Record<Role | "OTHER", string>;
const schema = await makeSchema();

beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute() });
  let key = "";
  const make = async (name: string, role: Role): Promise<string> => {
    const query = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key } }`;
    const { data } = await asked<{ createApiKey: { key: string } }>(query, key, { input: { name, role } });
    return data?.createApiKey.key as string;
  };
  for (const role of [...ROLES].reverse()) {
    keys[role] = await make(role.toLowerCase(), role);
    key = keys.ADMIN;
  }
  keys.OTHER = await make("other", "MEMBER");
});
afterAll(() => service.close());

const asked = <T = Record<string, unknown>>(query: string, key: string, variables: object = {}) =>
  post<T>(service.url, { query, variables }, key ? { authorization: `Bearer ${key}` } : {});

async function refusalOf(operation: OperationTypeNode, query: string, key: string): Promise<Extensions | undefined> {
  if (operation !== OperationTypeNode.SUBSCRIPTION) return (await asked(query, key)).errors?.[0].extensions;
  const socket = subscriber(service.url, { authorization: `Bearer ${key}` });
  try {
    // What has no end is answered, or waits for what is yet to come.
    await Promise.race([socket.events(query).next(), delay(300)]);
    return undefined;
  } catch (errors) {
    return (errors as { extensions: Extensions }[])[0].extensions;
  } finally {
    await socket.close();
  }
}

/** A value that this type takes, as text of a document. */
function sample(type: GraphQLInputType): string {
  if (isNonNullType(type)) return sample(type.ofType);
  if (isListType(type)) return "[]";
  if (isEnumType(type)) return type.getValues()[0].name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${sample(field.type)}`).join(", ")} }`;
  }
  return { Int: "1", Float: "1", Boolean: "true" }[type.name] ?? `"x"`;
}

function documentOf(operation: OperationTypeNode, { name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = args.filter(isRequiredArgument).map((argument) => `${argument.name}: ${sample(argument.type)}`);
  const selection = isLeafType(getNamedType(type)) ? "" : "{ __typename }";
  return `${operation} { ${name}${given.length > 0 ? `(${given.join(", ")})` : ""} ${selection} }`;
}

const fields = Object.values(OperationTypeNode).flatMap((operation) =>
  Object.values(schema.getRootType(operation)?.getFields() ?? {}).map(
    (field) => [`${schema.getRootType(operation)?.name}.${field.name}`, operation, field] as const,
  ),
);

describe("a root field", () => {
  it("has a row, and each row a field: else the schema is not made", async () => {
    expect(fields.map(([place]) => place).sort()).toEqual(Object.keys(FIELD_RULES).sort());
    expect(fields.length).toBeGreaterThan(40);
    expect(() => enforceRoles(buildSchema("type Query { viewer: Int }"))).toThrow(
      /rows without a field: Query\.apiKeys/,
    );
    expect(() => enforceRoles(buildSchema("type Query { unheard: Int }"))).toThrow(/Query\.unheard has no row/);
  });

  it.each(fields)("%s is answered to its role and those above it", async (place, operation, field) => {
    const rule = FIELD_RULES[place];
    for (const role of ROLES) {
      const refused = await refusalOf(operation, documentOf(operation, field), keys[role]);
      expect([role, refused?.code === "FORBIDDEN"]).toEqual([role, !isAtLeast(role, rule.role as Role)]);
      if (refused?.code === "FORBIDDEN") expect(refused.details).toEqual({ role, needs: rule.role });
      expect(refused?.code).not.toBe("INTERNAL");
    }
  });

  it("is asked where it stands: in a fragment, under an alias, beside others that are answered", async () => {
    const { data, errors } = await asked(
      `{ ...Both } fragment Both on Query { viewer { name role } secret: apiKeys(first: 1) { totalCount } }`,
      keys.MEMBER,
    );
    expect(errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([[["secret"], "FORBIDDEN"]]);
    expect(data ?? null).toBeNull();
  });

  it("says its role in its description, unless every key may", () => {
    for (const [place, , { description }] of fields) {
      const { role } = FIELD_RULES[place];
      expect([place, /\bRole: ([A-Z]+)\b/.exec(description ?? "")?.[1]]).toEqual([
        place,
        role === "READER" ? undefined : role,
      ]);
    }
  });
});

it("docs/access.md has the table of today", () => {
  const document = readFileSync(join(import.meta.dirname, "../../../docs/access.md"), "utf8");
  expect(withRoleTable(document)).toBe(document);
  expect(document).toContain("`cancelRun` (own; else ADMIN)");
  expect(() => withRoleTable("# Nothing")).toThrow(/lacks/);
});

describe("addModel", () => {
  it("from a folder of the server's machine is for administrators alone", async () => {
    const query = `mutation { addModel(input: { name: "a", folder: "/nowhere" }) { model { id } } }`;
    const codes = await Promise.all(ROLES.map(async (role) => (await asked(query, keys[role])).errors?.[0].extensions));
    expect(codes.map((one) => one?.code)).toEqual(["FORBIDDEN", "FORBIDDEN", "BAD_INPUT"]);
    expect(codes[1]?.details).toEqual({ role: "MEMBER", needs: "ADMIN" });
  });
});

describe("what a key made", () => {
  it("is ended by the same key and by administrators; of another key, the refusal comes before anything", async () => {
    await service.application.runs.close();
    const { prisma } = service.store;
    const idOf = async (name: string) => (await prisma.apiKey.findUniqueOrThrow({ where: { name } })).id;
    const owner = { projectId: "default", createdById: await idOf("member") };
    const datasetId = await seedDataset(service.store, undefined, "seeds");
    const base = await prisma.model.findFirstOrThrow();
    const group = await prisma.runGroup.create({
      data: { id: newId(), name: "g", inputHash: "", input: {}, ...owner },
    });
    const run = await prisma.run.create({
      data: {
        id: newId(),
        kind: "PROBE",
        name: "r",
        inputHash: "",
        input: {},
        datasetId,
        baseModelId: base.id,
        ...owner,
      },
    });
    const download = await prisma.modelDownload.create({
      data: {
        id: newId(),
        name: "d",
        commit: "0",
        hub: "a/b",
        revision: "main",
        files: [],
        totalBytes: 0,
        ...owner,
      },
    });
    const mutations = {
      cancelRun: globalId("Run", run.id),
      cancelRunGroup: globalId("RunGroup", group.id),
      cancelModelDownload: globalId("ModelDownload", download.id),
    };
    for (const [name, id] of Object.entries(mutations)) {
      const query = `mutation { ${name}(id: "${id}") { __typename } }`;
      const code = async (key: string) => (await asked(query, key)).errors?.[0].extensions.code ?? "done";
      expect([name, await code(keys.READER), await code(keys.OTHER)]).toEqual([name, "FORBIDDEN", "FORBIDDEN"]);
      expect((await prisma.run.findUniqueOrThrow({ where: { id: run.id } })).status).toBe(
        name === "cancelRun" ? "QUEUED" : "CANCELLED",
      );
      expect([name, await code(keys.MEMBER), await code(keys.ADMIN)]).toEqual([name, "done", "done"]);
    }
    const nobodys = `mutation { cancelRun(id: "${globalId("Run", newId())}") { __typename } }`;
    expect((await asked(nobodys, keys.OTHER)).errors?.[0].extensions.code).toBe("NOT_FOUND");
  });
});

/** Addresses that a request fills in. */
const FILES: Record<string, string> = {
  "/models/:model/export": "/models/base/export",
  "/models": "/models?name=not-sent",
};

describe("an address", () => {
  const ask = async (place: string, key: string | null): Promise<number | string> => {
    const [method, pattern, kind] = place.split(" ");
    const path = FILES[pattern] ?? pattern;
    const authorization: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
    if (method === "WebSocket") {
      const socket = subscriber(service.url, key === null ? {} : authorization);
      const code = await all(socket.events("{ viewer { name } }")).then(
        () => 200,
        ({ code }) => ({ 4403: 401 })[code as number] ?? code,
      );
      await socket.close();
      return code;
    }
    const type = isUpload(path) ? "application/octet-stream" : "application/json";
    const response = await fetch(`${service.url}${path}${method === "GET" && !kind ? "?query={__typename}" : ""}`, {
      method,
      redirect: "manual",
      headers: {
        ...authorization,
        ...(kind ? { accept: "text/html" } : {}),
        ...(method === "POST" ? { "content-type": type, "x-maillard-client": "test" } : {}),
      },
      ...(method === "POST" ? { body: `{"query":"{ __typename }"}` } : {}),
    });
    await response.text();
    return response.status;
  };

  it.each(Object.entries(ROUTE_RULES))("%s is open to its role and those above it", async (place, { role }) => {
    const statuses = await Promise.all([null, ...ROLES].map((one) => ask(place, one && keys[one])));
    const expected = [null, ...ROLES].map((one) => {
      if (role === null) return "open";
      return one === null ? 401 : isAtLeast(one, role) ? "open" : 403;
    });
    // An address without what it needs answers 400 or 404 to whom it is open.
    const isRefused = (status: unknown): boolean => status === 401 || status === 403;
    expect(statuses.map((status) => (isRefused(status) ? status : "open"))).toEqual(expected);
  });

  it("without a row does not start", async () => {
    const rules = ROUTE_RULES as Record<string, object>;
    const { "GET /health": row } = rules;
    try {
      delete rules["GET /health"];
      await expect(startServer({ application: service.application, port: 0 })).rejects.toThrow(
        /GET \/health has no row/,
      );
      Object.assign(rules, { "GET /health": row, "GET /gone": row });
      await expect(startServer({ application: service.application, port: 0 })).rejects.toThrow(/without an address/);
    } finally {
      delete rules["GET /gone"];
      rules["GET /health"] = row;
    }
  });
});
