/** Runs found and ordered by tags, options and scores; and the verbs, notes and clones of the API. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countStatements } from "../../../src/store/pool.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";

let service: TestService;
/** Each with two runs of a score. */
const COUNT = 12;
beforeAll(async () => {
  service = await startTestService();
  // The worker polls the queue, and its statements would be counted.
  await service.application.runs.close();
  await importLibrary(service, "alkyls", alkyls(12));
  const { prisma } = service.store;
  const [{ id: datasetId }, { id: baseModelId }] = await Promise.all([
    prisma.dataset.findFirstOrThrow({ where: { name: "alkyls" } }),
    prisma.model.findFirstOrThrow({ where: { name: "base" } }),
  ]);
  for (let index = 0; index < COUNT; index++) {
    const id = `run-${String(index).padStart(2, "0")}`;
    const input = {
      ...{ target: "superclass", targets: ["superclass"], learningRate: (index + 1) * 1e-5, epochs: 1 + (index % 3) },
      lrSchedulerType: index % 2 === 0 ? "cosine" : "linear",
      lora: index === 3 ? { rank: 8, alpha: 16, targets: ["query"] } : null,
    };
    const tags = [...(index % 2 === 0 ? ["even"] : []), ...(index < 3 ? ["low"] : [])];
    const row = { id, name: id, kind: "FINETUNE" as const, status: "SUCCEEDED" as const, inputHash: id, input, tags };
    await prisma.run.create({ data: { ...row, datasetId, baseModelId } });
    // The last one has no score.
    if (index === COUNT - 1) continue;
    const value = Math.floor(index / 2) / 10;
    await prisma.evaluation.create({ data: { runId: id, split: "TEST", report: { scores: { macroF1: value } } } });
    await prisma.runScore.create({ data: { runId: id, split: "TEST", name: "macroF1", value } });
  }
});
afterAll(() => service.close());

interface Page {
  runs: {
    edges: { cursor: string; node: { name: string; scores: { name: string; value: number }[] } }[];
    totalCount: number;
    pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string; startCursor: string };
  };
}
const LIST = `query ($first: Int, $last: Int, $after: String, $before: String, $filter: RunFilter,
    $orderBy: RunOrder! = NAME_ASC, $score: RunScoreInput) {
  runs(first: $first, last: $last, after: $after, before: $before, filter: $filter, orderBy: $orderBy, score: $score) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
    edges { cursor node { name tags scores(split: TEST) { name value } } } } }`;
const page = async (variables: object): Promise<Page["runs"]> => (await service.data<Page>(LIST, variables)).runs;
const numbersOf = ({ edges }: Page["runs"]): number[] => edges.map(({ node }) => Number(node.name.slice(4)));
const found = async (filter: object): Promise<number[]> => numbersOf(await page({ first: 100, filter }));
const BEST = { orderBy: "SCORE_DESC", score: { name: "macroF1" } };

describe("runs by score", () => {
  it("are in one order, page by page, forwards and backwards", async () => {
    const whole = await page({ first: 100, ...BEST });
    expect(numbersOf(whole)).toEqual([10, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1]);
    expect(whole.totalCount).toBe(COUNT - 1);
    expect(numbersOf(await page({ first: 100, ...BEST, orderBy: "SCORE_ASC" }))).toEqual([
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ]);
    const forwards: number[] = [];
    for (let after: string | null = null; ; ) {
      const { edges, pageInfo, ...rest }: Page["runs"] = await page({ first: 3, after, ...BEST });
      forwards.push(...numbersOf({ edges, pageInfo, ...rest }));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(forwards).toEqual(numbersOf(whole));
    const backwards: number[] = [];
    for (let before: string | null = null; ; ) {
      const { edges, pageInfo, ...rest }: Page["runs"] = await page({ last: 3, before, ...BEST });
      backwards.unshift(...numbersOf({ edges, pageInfo, ...rest }));
      if (!pageInfo.hasPreviousPage) break;
      before = pageInfo.startCursor;
    }
    expect(backwards).toEqual(numbersOf(whole));
  });

  it("need a score, and a cursor of the same one", async () => {
    expect(await service.refusal(LIST, { first: 1, orderBy: "SCORE_DESC" })).toMatchObject({ code: "BAD_INPUT" });
    const { pageInfo } = await page({ first: 1, ...BEST });
    const other = { ...BEST, score: { name: "accuracy" }, first: 1, after: pageInfo.endCursor };
    expect(await service.refusal(LIST, other)).toMatchObject({ code: "BAD_INPUT", param: "after" });
  });

  it("bring their scores in the same number of statements, however many", async () => {
    const count = async (first: number) =>
      (await countStatements(service.store, () => page({ first, ...BEST }))).statements;
    const two = await count(2);
    expect(two).toBeGreaterThan(1);
    expect(await count(11)).toBe(two);
    const { edges } = await page({ first: 1, ...BEST });
    expect(edges[0].node.scores).toEqual([{ name: "macroF1", value: 0.5 }]);
  });
});

describe("a filter", () => {
  it.each([
    [{ tags: ["even"] }, [0, 2, 4, 6, 8, 10]],
    [{ tags: ["even", "low"] }, [0, 2]],
    [{ score: { name: "macroF1", minimum: 0.4 } }, [8, 9, 10]],
    [{ score: { name: "macroF1", maximum: 0 } }, [0, 1]],
    [{ score: { name: "macroF1", split: "VALIDATION", minimum: 0 } }, []],
    [{ options: [{ name: "learningRate", range: { minimum: 2e-5, maximum: 4e-5 } }] }, [1, 2, 3]],
    [{ options: [{ name: "learningRate", range: { minimum: 11e-5 } }] }, [10, 11]],
    [{ options: [{ name: "epochs", values: ["3"] }] }, [2, 5, 8, 11]],
    [
      {
        options: [
          { name: "lrSchedulerType", values: ["LINEAR"] },
          { name: "epochs", values: ["1", "2"] },
        ],
      },
      [1, 3, 7, 9],
    ],
    [{ options: [{ name: "lora.rank", range: { minimum: 1 } }] }, [3]],
  ])("%j", async (filter, expected) => {
    expect(await found(filter)).toEqual(expected);
  });

  it.each([
    [{ options: [{ name: "colour", values: ["red"] }] }, "filter.options.0.name"],
    [{ options: [{ name: "epochs" }] }, "filter.options.0"],
    [{ options: [{ name: "lrSchedulerType", range: { minimum: 1 } }] }, "filter.options.0.range"],
    [{ options: [{ name: "lrSchedulerType", values: ["FAST"] }] }, "filter.options.0.values"],
    [{ score: { name: "macroF1" } }, "filter.score"],
  ])("%j is refused", async (filter, param) => {
    expect(await service.refusal(LIST, { first: 1, filter })).toMatchObject({ code: "BAD_INPUT", param });
  });
});
