/**
 * Another project's row and a missing one answer alike. The schema is walked: each argument of each root field that
 * names or identifies a row is given another project's and a missing one, and the two answers are compared; and
 * everything that can be reached from what a client sees is read, and has nothing of another project in it.
 */
import { setTimeout as delay } from "node:timers/promises";
import { execute, type GraphQLError, getNamedType, isCompositeType, isObjectType, subscribe } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeContext } from "../../../src/api/context.js";
import { globalId } from "../../../src/api/ids.js";
import { Operation } from "../../../src/api/operation.js";
import { makeSchema } from "../../../src/api/schema.js";
import { transportLimits } from "../../../src/api/transport/connections.js";
import { ClientPlaces } from "../../../src/api/transport/limits/client-places.js";
import { MaillardError } from "../../../src/errors.js";
import { LOCAL, type Principal } from "../../../src/store/access/principal.js";
import {
  type Handles,
  InProcessCompute,
  MOLECULE,
  missing,
  principalOf,
  seedProject,
  seedShared,
  TAUTOMER,
  unused,
} from "../../support/access/projects.js";
import {
  everything,
  get,
  leadingToRows,
  rootFields,
  textArguments,
  visited,
  withValue,
} from "../../support/access/walk.js";
import { startTestService, type TestService } from "../../support/api.js";
import { type Case, EDGES, ROOTS, UNVISITED } from "./cases.js";

const ANT = principalOf("ant");
const WASP = principalOf("wasp");
const schema = await makeSchema();
const casesOf = (name: string): readonly Case[] => [ROOTS[name] ?? []].flat();

let service: TestService;
let ant: Handles;
let wasp: Handles;
/** Ids of rows of the project wasp, and its name, which all its texts contain. */
let secrets: string[];

beforeAll(async () => {
  const compute = new InProcessCompute();
  service = await startTestService({ serve: false, models: {}, compute, hub: null });
  await seedShared(service.application);
  // First, so that the compounds' rows have its names and its way of writing them.
  wasp = await seedProject(service.application, "wasp", { element: "F", form: TAUTOMER });
  ant = { ...(await seedProject(service.application, "ant", { element: "Cl", form: MOLECULE })), ...unused };
  secrets = await secretsOf("wasp");
  // Runs that a test starts do not come to their models, which lists would have.
  compute.beforeStep = (_step, _job, signal) =>
    new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true }));
});
afterAll(() => service.close());

interface Answered {
  data: Record<string, unknown> | null;
  errors: object[];
}

/** One operation; of a subscription its first event. */
async function ask(principal: Principal, root: string, args: Record<string, unknown>, depth: number) {
  const edges = Object.fromEntries(Object.entries(EDGES).map(([name, of]) => [name, () => of(ant, wasp)]));
  const { document, variables: variableValues } = everything(schema, root, args, edges, depth);
  const operation = new Operation({ client: "test", places: new ClientPlaces(transportLimits()) });
  const contextValue = makeContext(service.application, { requestId: "test", operation, principal });
  const request = { schema, document, contextValue, variableValues };
  const answer = root.startsWith("Subscription") ? await firstOf(await subscribe(request)) : await execute(request);
  return { data: answer?.data ?? null, errors: (answer?.errors ?? []).map(plain) } as Answered;
}

async function firstOf(events: Awaited<ReturnType<typeof subscribe>>) {
  if (!(Symbol.asyncIterator in events)) return events;
  // What has no end may have nothing to tell yet.
  const first = await Promise.race([events.next(), delay(500)]);
  await events.return?.(undefined);
  return first?.value;
}

function plain({ originalError, message, path }: GraphQLError): object {
  if (!(originalError instanceof MaillardError)) throw originalError ?? new Error(`${path}: ${message}`);
  const { code, param, details, retryable } = originalError;
  return { code, message: originalError.message, param, details, retryable, path };
}

async function secretsOf(projectId: string): Promise<string[]> {
  const { prisma } = service.store;
  const where = { projectId };
  const ids = async (type: Parameters<typeof globalId>[0], rows: Promise<{ id: string }[]>): Promise<string[]> =>
    (await rows).map(({ id }) => globalId(type, id));
  return [
    projectId,
    ...(await ids("Dataset", prisma.dataset.findMany({ where }))),
    ...(await ids("Model", prisma.model.findMany({ where }))),
    ...(await ids("ModelDownload", prisma.modelDownload.findMany({ where }))),
    ...(await ids("Run", prisma.run.findMany({ where }))),
    ...(await ids("RunGroup", prisma.runGroup.findMany({ where }))),
    ...(await ids("Prediction", prisma.prediction.findMany({ where }))),
    ...(await ids("Embedding", prisma.embedding.findMany({ where }))),
  ];
}

const secretsIn = (answer: Answered): string[] => {
  const text = JSON.stringify(answer);
  return secrets.filter((secret) => text.includes(secret));
};

// First: the other tests give names of the other project to what they make.
describe("everything that can be reached from a root field", () => {
  const covered = new Set<string>();
  const cases = rootFields(schema).flatMap(({ name }) => casesOf(name).map((one, place) => ({ name, one, place })));

  it.each(cases)("$name has nothing of another project ($place)", async ({ name, one }) => {
    const answer = await ask(ANT, name, one.args(ant), one.depth ?? 3);
    expect(answer.errors).toEqual(one.fails ? [expect.objectContaining({ code: one.fails })] : []);
    expect(secretsIn(answer)).toEqual([]);
    visited(answer.data, covered);
  });

  it("was all of it: every field that leads to a row", () => {
    const leads = leadingToRows(schema);
    const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) && !type.name.startsWith("__")
        ? Object.values(type.getFields())
            .filter((field) => isCompositeType(getNamedType(field.type)) && leads.has(getNamedType(field.type).name))
            .map((field) => `${type.name}.${field.name}`)
        : [],
    );
    const below = fields.filter((name) => !/^(Query|Mutation|Subscription)\./.test(name));
    expect(below.length).toBeGreaterThan(40);
    expect(below.filter((name) => !covered.has(name) && !(name in UNVISITED))).toEqual([]);
    expect(Object.keys(UNVISITED).filter((name) => covered.has(name) || !below.includes(name))).toEqual([]);
  });

  it("and what a project has is found by its own key and by an administrator", async () => {
    for (const [name, path] of [
      ["Query.models", "id"],
      ["Query.runs", "id"],
      ["Query.datasets", "id"],
      ["Query.runGroups", "id"],
      ["Query.modelDownloads", "id"],
    ]) {
      expect(path).toBe("id");
      for (const principal of [WASP, LOCAL]) {
        const found = secretsIn(await ask(principal, name, { first: 100 }, 0));
        expect(found.length).toBeGreaterThan(1);
      }
    }
    for (const id of [
      wasp.datasetId,
      wasp.modelId,
      wasp.run,
      wasp.group,
      wasp.download,
      wasp.prediction,
      wasp.embedding,
    ])
      for (const principal of [WASP, LOCAL, principalOf("ant", "wasp")])
        expect((await ask(principal, "Query.node", { id }, 0)).data?.node, id).not.toBeNull();
  });
});

describe("every root field", () => {
  it.each(rootFields(schema))("$name has a case, and its texts are names of rows or are not", ({ name, field }) => {
    const cases = casesOf(name);
    expect(cases.length).toBeGreaterThan(0);
    const said = cases.flatMap(({ given = [], free = [] }) => [...given, ...free]);
    expect(textArguments(field.args).filter((path) => !said.includes(path))).toEqual([]);
  });

  const asked = rootFields(schema).flatMap(({ name, field }) =>
    casesOf(name).flatMap((one, place) => (one.given ?? []).map((path) => ({ name, field, one, place, path }))),
  );
  it.each(asked)("$name answers alike about another project's $path and a missing one ($place)", async (row) => {
    const { name, one, path } = row;
    const answers: unknown[] = [];
    for (const other of [wasp, missing()]) {
      const given = get(one.args(other), path);
      const answer = await ask(ANT, name, withValue(one.args(ant), path, given), 0);
      // What is made has an id and a time of its own.
      const data = name.startsWith("Mutation") ? answer.data !== null : answer.data;
      answers.push(JSON.parse(without(JSON.stringify({ ...answer, data }), given)));
    }
    expect(answers[0]).toEqual(answers[1]);
  });
});

/** The text without the values that were asked for. */
const without = (text: string, given: unknown): string =>
  [given].flat().reduce((rest: string, value) => rest.replaceAll(String(value), "…"), text);
