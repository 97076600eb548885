/** Answers are counted before they are built, and operations take turns. */
import { buildSchema, execute, type GraphQLObjectType, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { AnswerMeter, meterFields } from "../../src/api/answer.js";
import { turn } from "../../src/api/pace.js";

/** Rows with a vector each; `made`: vectors made so far. */
function vectors(rows: number, width: number) {
  const schema = buildSchema("type Row { vector: [Float!]! text: String } type Query { rows: [Row!]! }");
  const state = { made: 0 };
  const { vector } = (schema.getType("Row") as GraphQLObjectType).getFields();
  vector.resolve = () => {
    state.made++;
    return Array.from({ length: width }, (_, index) => Math.fround(Math.sin(state.made + index)));
  };
  meterFields(schema);
  const run = async (query: string, answer: AnswerMeter) => ({
    ...(await execute({
      schema,
      document: parse(query),
      rootValue: { rows: Array.from({ length: rows }, (_, row) => ({ text: `row ${row}` })) },
      contextValue: { answer },
    })),
    made: state.made,
  });
  return run;
}

describe("the meter", () => {
  it("counts no more than the JSON has, and most of it", async () => {
    const meter = new AnswerMeter();
    const { data } = await vectors(300, 100)("{ rows { v: vector text } }", meter);
    const bytes = JSON.stringify(data).length;
    expect(meter.bytes).toBeLessThanOrEqual(bytes);
    expect(meter.bytes).toBeGreaterThan(bytes * 0.7);
  });

  it("ends the operation when the limit is reached, before the other rows are made", async () => {
    const meter = new AnswerMeter(50_000);
    const { data, errors, made } = await vectors(10_000, 100)("{ rows { vector } }", meter);
    expect(data).toBeNull();
    expect(errors?.length).toBe(1);
    expect(meter.exceeded?.code).toBe("RESULT_TOO_LARGE");
    // 1,700 bytes for each.
    expect(made).toBeLessThan(40);
  });

  it("fails each further field at once, without work", async () => {
    const meter = new AnswerMeter(10);
    const run = vectors(100, 100);
    await run("{ rows { text } }", meter);
    expect((await run("{ rows { vector } }", meter)).made).toBe(0);
    meter.reset();
    expect((await run("{ __typename }", meter)).data).toEqual({ __typename: "Query" });
  });

  it("keeps the order of long lists", async () => {
    const { data } = await vectors(1_234, 1)("{ rows { text } }", new AnswerMeter());
    expect((data as { rows: { text: string }[] }).rows.map(({ text }) => text)).toEqual(
      Array.from({ length: 1_234 }, (_, row) => `row ${row}`),
    );
  });
});

describe("turns", () => {
  const work = (ms: number): void => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  };

  it("go round the operations: a short one does not wait for all of a long one", async () => {
    const [long, short] = [{}, {}];
    let done = 0;
    const all = Promise.all(
      Array.from({ length: 200 }, async () => {
        await turn(long);
        work(2);
        done++;
      }),
    );
    await turn(short);
    await turn(short);
    expect(done).toBeLessThan(100);
    await all;
    expect(done).toBe(200);
  });

  it("leave the loop to others between slices", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        await turn(timer);
        work(2);
      }),
    );
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });
});
