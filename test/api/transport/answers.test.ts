/** Sizes of answers: n bytes are sent and n + 1 are not, by HTTP and by WebSocket; what cannot be written is masked. */
import { GraphQLError, type GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AnswerMeter } from "../../../src/api/answer.js";
import type { Context } from "../../../src/api/context.js";
import { makeSchema } from "../../../src/api/schema.js";
import { writeAnswer } from "../../../src/api/transport/answers.js";
import { type Server, startServer } from "../../../src/api/transport/server.js";
import { type Answer, post, startTestService, type TestService } from "../../support/api.js";
import { FakeCompute } from "../../support/fake-compute.js";
import { seedDataset } from "../../support/run-fixtures.js";
import { acknowledged, all, subscriber } from "../../support/sockets.js";

let service: TestService;
let schema: GraphQLSchema;
beforeAll(async () => {
  service = await startTestService({ compute: new FakeCompute(768) });
  await seedDataset(service.store, undefined, "seeds");
  schema = await makeSchema();
});
afterAll(() => service.close());

/** The same operation by HTTP and by WebSocket. */
async function both(url: string, query: string, variables: object = {}): Promise<Answer<unknown>[]> {
  const { status: _status, ...http } = await post(url, { query, variables });
  const socket = await acknowledged(url);
  socket.send({ type: "subscribe", id: "1", payload: { query, variables } });
  const { payload } = await socket.next();
  expect(await socket.next()).toEqual({ type: "complete", id: "1" });
  socket.cut();
  return [http as Answer<unknown>, payload as Answer<unknown>];
}

/** Runs with a server whose answers have at most so many bytes. */
async function limited<T>(answerBytes: number, use: (server: Server) => Promise<T>): Promise<T> {
  const server = await startServer({ application: service.application, port: 0, transport: { answerBytes } });
  return use(server).finally(() => server.close());
}

const tooLarge = (maximum: number) => ({
  data: null,
  errors: [
    {
      message: expect.stringContaining(`${maximum} bytes`),
      extensions: { code: "RESULT_TOO_LARGE", details: { limit: "answerBytes", maximum }, retryable: false },
    },
  ],
});

describe("the bytes of an answer", () => {
  const SMILES = Array.from({ length: 256 }, (_, index) => `${"C".repeat(1 + (index % 16))}N${"C".repeat(index >> 4)}`);
  const EMBED = `query ($smiles: [String!]!) {
    embed(smiles: $smiles, model: "base") { ... on Embedding { id smiles dimension vector } }
  }`;

  it("may be the limit and not one more, on both ways", async () => {
    const query = "{ health { live } text: __typename }";
    const data = { health: { live: true }, text: "Query" };
    const bytes = Buffer.byteLength(JSON.stringify({ data }));
    expect(await limited(bytes, ({ url }) => both(url, query))).toEqual([{ data }, { data }]);
    const refused = tooLarge(bytes - 1);
    expect(await limited(bytes - 1, ({ url }) => both(url, query))).toMatchObject([refused, refused]);
  });

  it("are counted as UTF-8, and errors are counted too", async () => {
    const query = '{ dataset(name: "β") { id } nothing: model(id: "€") { id } }';
    const [{ data, errors }] = await both(service.url, query);
    const bytes = Buffer.byteLength(JSON.stringify({ errors, data }));
    const [whole] = await limited(bytes, ({ url }) => both(url, query));
    expect(whole).toEqual({ data, errors });
    const refused = tooLarge(bytes - 1);
    expect(await limited(bytes - 1, ({ url }) => both(url, query))).toMatchObject([refused, refused]);
  });

  it("of 256 vectors of 768 numbers are below the default; they come whole and in order", async () => {
    for (const { data, errors } of await both(service.url, EMBED, { smiles: SMILES })) {
      expect(errors).toBeUndefined();
      const { embed } = data as { embed: { smiles: string; vector: number[] }[] };
      expect(embed.map(({ vector }) => vector.length)).toEqual(SMILES.map(() => 768));
      expect(new Set(embed.map(({ smiles }) => smiles)).size).toBeGreaterThan(100);
    }
  });

  it("end the operation while its fields resolve: one error, no data, on both ways", async () => {
    const refused = tooLarge(50_000);
    expect(await limited(50_000, ({ url }) => both(url, EMBED, { smiles: SMILES }))).toMatchObject([refused, refused]);
    // The next answer of the same socket is a new one.
    await limited(50_000, async ({ url }) => {
      const socket = await acknowledged(url);
      for (const smiles of [SMILES, ["CO"]]) {
        socket.send({ type: "subscribe", id: "1", payload: { query: EMBED, variables: { smiles } } });
        const { payload } = await socket.next();
        expect((payload as Answer<object>).errors?.length).toBe(smiles === SMILES ? 1 : undefined);
        await socket.next();
      }
      socket.cut();
    });
  });

  it("of each event of a subscription are counted anew", async () => {
    const { startFinetune } = await service.data<{ startFinetune: { run: { id: string } } }>(
      `mutation { startFinetune(input: { name: "sizes", baseModel: "base", dataset: "seeds", target: "superclass",
         recipe: PUBLISHED, epochs: 1, batchSize: 10, split: { strategy: RANDOM } }) { run { id } } }`,
    );
    const query = "subscription ($runId: ID!) { runMetrics(runId: $runId) { sequence value name at } }";
    const events = (url: string) => {
      const client = subscriber(url);
      return all(client.events(query, { runId: startFinetune.run.id })).finally(() => client.close());
    };
    const whole = await events(service.url);
    const largest = Math.max(...whole.map((event) => Buffer.byteLength(JSON.stringify(event))));
    expect(whole.length).toBeGreaterThan(3);
    expect(await limited(largest, ({ url }) => events(url))).toEqual(whole);
    const cut = await limited(largest - 1, ({ url }) => events(url));
    expect(cut.length).toBe(whole.length);
    expect(cut).toContainEqual(expect.objectContaining(tooLarge(largest - 1)));
  });
});

describe("an answer that cannot be written", () => {
  it("is a masked error with its request id, which the log has, on both ways", async () => {
    const [run, type] = [schema.getQueryType()?.getFields().run, schema.getType("Run")];
    const field = (type as unknown as { getFields(): Record<string, typeof run> }).getFields().inputJson;
    if (!run || !field) throw new Error("The schema has no such fields.");
    const before = [run.resolve, field.resolve];
    run.resolve = () => ({});
    field.resolve = () => ({ count: 1n });
    const masked = { data: null, errors: [{ extensions: { code: "INTERNAL", retryable: false } }] };
    const answers = await both(service.url, '{ run(id: "x") { inputJson } }');
    [run.resolve, field.resolve] = before;
    expect(answers).toMatchObject([masked, masked]);
    for (const { errors } of answers) {
      const requestId = errors?.[0].extensions.requestId;
      expect(errors?.[0].message).toContain(requestId);
      expect(errors?.[0].message).not.toContain("BigInt");
      expect(service.problems.map(({ fields }) => fields.requestId)).toContain(requestId);
    }
    // The connection and the server go on.
    expect(await both(service.url, "{ __typename }")).toEqual(Array(2).fill({ data: { __typename: "Query" } }));
  });
});

describe("writing", () => {
  const context = (maximum?: number): Context =>
    ({ answer: new AnswerMeter(maximum), requestId: "r", application: service.application }) as Context;
  const text = async (data: Record<string, unknown>): Promise<string> =>
    Buffer.concat(await writeAnswer({ data }, context())).toString();

  it("is what JSON.stringify writes", async () => {
    for (const value of [
      { a: [1, 0.1, -0, 1e21, 5e-7, null, true, "x"], b: {}, c: [], d: [[]] },
      { text: '"\\\n\u0000\u2028 β \ud83d\ude00 \ud800', when: new Date(0), nothing: undefined, not: Number.NaN },
    ])
      expect(await text(value)).toBe(JSON.stringify({ data: value }));
    const errors = [new GraphQLError("no", { extensions: { code: "X" } })];
    const written = Buffer.concat(await writeAnswer({ errors, data: null }, context())).toString();
    expect(written).toBe(JSON.stringify({ errors, data: null }));
  });

  it("lets other work have its turn, and stops at the limit", async () => {
    const rows = Array.from({ length: 800 }, (_, row) => Array.from({ length: 768 }, (_, n) => Math.sin(row + n)));
    let turns = 0;
    let counting = true;
    const count = (): void => {
      turns++;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    const pieces = await writeAnswer({ data: { rows } }, context());
    counting = false;
    expect(Buffer.concat(pieces).length).toBe(JSON.stringify({ data: { rows } }).length);
    expect(pieces.every((piece) => piece.length < 200_000)).toBe(true);
    expect(turns).toBeGreaterThan(2);
    const [refused] = await writeAnswer({ data: { rows } }, context(1_000));
    expect(JSON.parse(refused.toString())).toMatchObject({ errors: [{ extensions: { code: "RESULT_TOO_LARGE" } }] });
  });
});
