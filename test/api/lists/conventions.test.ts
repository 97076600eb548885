/** What is the same in all of the API: names of arguments, closed sets, filters and orders of lists, typed settings. */
import { type GraphQLSchema, isEnumType, isObjectType, isUnionType } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSchema } from "../../../src/api/schema.js";
import { IMPORT_PROBLEMS } from "../../../src/datasets/types.js";
import { ERROR_CODES } from "../../../src/errors.js";
import { TASKS } from "../../../src/model/types.js";
import { WARNINGS } from "../../../src/runs/index.js";
import { ANSWER_PROBLEMS } from "../../../src/runs/predictions/alone.js";
import { newId } from "../../../src/store/index.js";
import { SERVICE_OPTIONS } from "../../../src/train/options/table.js";
import { alkyls, importLibrary, startTestService, type TestService } from "../../support/api.js";
import { all, type Subscriber, subscriber } from "../../support/sockets.js";

let service: TestService;
let schema: GraphQLSchema;
let socket: Subscriber;
beforeAll(async () => {
  service = await startTestService();
  schema = await makeSchema();
  socket = subscriber(service.url);
  await importLibrary(service, "alkyls", alkyls(12));
  await importLibrary(service, "second_set", alkyls(2));
  await importLibrary(service, "secondXset", alkyls(4));
});
afterAll(async () => {
  await socket.close();
  await service.close();
});

const START = "mutation ($input: StartFinetuneInput!) { startFinetune(input: $input) { run { id } } }";
const start = async (name: string, rest: object = {}): Promise<string> => {
  const input = { name, baseModel: "base", dataset: "alkyls", target: "superclass", epochs: 1, ...rest };
  return (await service.data<{ startFinetune: { run: { id: string } } }>(START, { input })).startFinetune.run.id;
};

describe("a closed set", () => {
  it.each([
    ["Task", TASKS],
    ["ErrorCode", ERROR_CODES],
    ["SmilesErrorCode", ANSWER_PROBLEMS],
    ["ImportProblemCode", IMPORT_PROBLEMS],
    ["WarningCode", WARNINGS],
  ])("%s is an enum with the rows of its table", (name, table) => {
    const type = schema.getType(name);
    if (!isEnumType(type)) throw new Error(`${name} is no enum.`);
    expect(Object.fromEntries(type.getValues().map((value) => [value.name, value.description]))).toEqual(table);
  });

  it("is the type of every field `code` and `task`", () => {
    const texts = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type)
        ? Object.values(type.getFields())
            .filter(({ name, type: of }) => ["code", "task"].includes(name) && String(of).startsWith("String"))
            .map(({ name }) => `${type.name}.${name}`)
        : [],
    );
    expect(texts).toEqual([]);
  });
});

describe("lists", () => {
  const listOf = async (field: string, args: string): Promise<string[]> => {
    const { [field]: list } = await service.data<Record<string, { totalCount: number; edges: Edge[] }>>(
      `{ ${field}(first: 100${args}) { totalCount edges { node { name } } } }`,
    );
    expect(list.totalCount).toBe(list.edges.length);
    return list.edges.map(({ node }) => node.name);
  };
  interface Edge {
    cursor: string;
    node: { name: string };
  }

  let ids: string[];
  beforeAll(async () => {
    ids = [await start("b-run")];
    await all(socket.events("subscription ($id: ID!) { runUpdated(id: $id) { status } }", { id: ids[0] }));
    // Copies of the one that was trained.
    const { prisma } = service.store;
    const { id: _run, modelId, ...run } = await prisma.run.findFirstOrThrow({ where: { name: "b-run" } });
    const { id: _model, ...model } = await prisma.model.findUniqueOrThrow({ where: { id: modelId as string } });
    for (const [index, name] of ["a_run", "aXrun"].entries()) {
      const data = { id: newId(), name, createdAt: new Date(run.createdAt.getTime() + index + 1) };
      await prisma.run.create({ data: { ...run, ...data } as never });
      await prisma.model.create({ data: { ...model, ...data, createdAt: new Date() } as never });
    }
    await service.data('mutation { startEmbedding(input: { model: "base", dataset: "second_set" }) { run { id } } }');
    await service.data(
      'mutation { createEnsemble(input: { name: "both", models: ["b-run", "a_run"] }) { model { id } } }',
    );
  });

  it.each([
    ["runs", "", ["second_set-by-base-cls", "aXrun", "a_run", "b-run"]],
    ["runs", ", orderBy: CREATED_ASC", ["b-run", "a_run", "aXrun", "second_set-by-base-cls"]],
    ["runs", ", filter: { kind: [FINETUNE], status: [SUCCEEDED] }", ["aXrun", "a_run", "b-run"]],
    ["runs", ", filter: { kind: FINETUNE, status: FAILED }", []],
    ["runs", ', filter: { text: "A_R" }', ["a_run"]],
    ["runs", ', filter: { text: "%" }', []],
    ["runs", ', filter: { dataset: "second_set" }', ["second_set-by-base-cls"]],
    ["runs", ', filter: { dataset: "alkyls", baseModel: "base", target: "superclass", text: "-" }', ["b-run"]],
    ["runs", ', filter: { target: "other" }', []],
    ["runs", ', filter: { createdAt: { to: "2020-01-01T00:00:00Z" } }', []],
    ["runs", ', filter: { createdAt: { from: "2020-01-01T00:00:00Z" }, text: "aX" }', ["aXrun"]],
    ["runs", ", status: FAILED", []],
    ["models", "", ["base", "classifier", "b-run", "a_run", "aXrun", "both"]],
    ["models", ", filter: { kind: [ENSEMBLE] }", ["both"]],
    ["models", ", filter: { kind: [CHECKPOINT], task: [SINGLE_LABEL] }", ["classifier", "b-run", "a_run", "aXrun"]],
    ["models", ", filter: { kind: PROBE }", []],
    ["models", ", filter: { task: MASKED_LANGUAGE_MODEL }", ["base"]],
    ["models", ', filter: { baseModel: "base", text: "run" }', ["b-run", "a_run", "aXrun"]],
    ["models", ', filter: { family: ["roberta"] }', []],
    ["datasets", ", orderBy: SIZE_DESC", ["alkyls", "secondXset", "second_set"]],
    ["datasets", ', filter: { text: "d_s" }', ["second_set"]],
    ["datasets", ", filter: { size: { minimum: 6.5, maximum: 12 } }", ["secondXset"]],
    ["datasets", ', filter: { labelSet: "superclass", size: { maximum: 6 } }', ["second_set"]],
    ["datasets", ', filter: { labelSet: "none" }', []],
  ])("%s%s", async (field, args, names) => {
    expect(await listOf(field, args)).toEqual(names);
  });

  it.each([
    ["runs", ', filter: { dataset: "none" }', "NOT_FOUND", "filter.dataset"],
    ["runs", ', filter: { baseModel: "none" }', "NOT_FOUND", "filter.baseModel"],
    ["models", ', filter: { baseModel: "none" }', "NOT_FOUND", "filter.baseModel"],
    ["models", ', filter: { text: "" }', "BAD_INPUT", "filter.text"],
    ["datasets", `, filter: { text: "${"x".repeat(101)}" }`, "BAD_INPUT", "filter.text"],
    ["datasets", ", filter: { size: {} }", "BAD_INPUT", "filter.size"],
  ])("%s%s is refused", async (field, args, code, param) => {
    expect(await service.refusal(`{ ${field}(first: 1${args}) { totalCount } }`)).toMatchObject({ code, param });
  });

  it.each([
    ["models", "NAME_ASC"],
    ["models", "NAME_DESC"],
    ["models", "PARAMETER_COUNT_ASC"],
    ["models", "PARAMETER_COUNT_DESC"],
    ["runs", "NAME_DESC"],
    ["datasets", "SIZE_ASC"],
    ["datasets", "CREATED_DESC"],
  ])("%s by %s page both ways, each row once", async (field, order) => {
    const inOrder = await listOf(field, `, orderBy: ${order}`);
    const walk = async (side: "first" | "last"): Promise<string[]> => {
      const names: string[] = [];
      const bound = side === "first" ? "after" : "before";
      for (let cursor: string | null = null; ; ) {
        const { list }: { list: { edges: Edge[] } } = await service.data(
          `query ($cursor: String) { list: ${field}(${side}: 2, ${bound}: $cursor, orderBy: ${order}) {
             edges { cursor node { name } } } }`,
          { cursor },
        );
        const page = list.edges.map(({ node }) => node.name);
        if (page.length === 0) return names;
        if (side === "first") names.push(...page);
        else names.unshift(...page);
        cursor = (side === "first" ? list.edges.at(-1) : list.edges[0])?.cursor ?? null;
      }
    };
    expect(await walk("first")).toEqual(inOrder);
    expect(await walk("last")).toEqual(inOrder);
    const { list } = await service.data<{ list: { edges: Edge[] } }>(
      `{ list: ${field}(first: 1, orderBy: ${order}) { edges { cursor } } }`,
    );
    const other = order.startsWith("CREATED") ? "NAME_ASC" : "CREATED_ASC";
    const query = `{ ${field}(first: 1, orderBy: ${other}, after: "${list.edges[0].cursor}") { totalCount } }`;
    expect(await service.refusal(query)).toMatchObject({ code: "BAD_INPUT", param: "after" });
  });

  it("settings of a run are typed by its kind, with every option", async () => {
    const union = schema.getType("RunSettings");
    expect(isUnionType(union) && union.getTypes().map(({ name }) => name)).toEqual([
      "FinetuneSettings",
      "ProbeSettings",
      "EmbeddingSettings",
      "PredictionSettings",
      "ProjectionSettings",
      "ImportSettings",
      "EvaluationSettings",
      "PretrainSettings",
    ]);
    const settings = schema.getType("FinetuneSettings");
    if (!isObjectType(settings)) throw new Error("No settings.");
    const others = ["name", "baseModel", "dataset", "targets", "split", "recipeChoice"];
    expect(Object.keys(settings.getFields()).sort()).toEqual([...SERVICE_OPTIONS, ...others].sort());
    const { runs } = await service.data<{ runs: { edges: { node: { input: object; inputJson: object } }[] } }>(
      `{ runs(first: 2) { edges { node { inputJson input {
           ... on EmbeddingSettings { model dataset pooling layer }
           ... on FinetuneSettings {
             baseModel targets seed classWeights lora { rank } split { strategy seed fold { index } } }
         } } } } }`,
    );
    expect(runs.edges.map(({ node }) => node.input)).toEqual([
      { model: "base", dataset: "second_set", pooling: "CLS", layer: null },
      {
        baseModel: "base",
        targets: ["superclass"],
        seed: 42,
        classWeights: "NONE",
        lora: null,
        split: { strategy: "SCAFFOLD", seed: null, fold: null },
      },
    ]);
    expect(runs.edges[1].node.inputJson).toMatchObject({ classWeights: "none" });
  });

  it("a run is followed by `id`, and still by `runId`; both or none is refused", async () => {
    const events = (args: string) => all(socket.events(`subscription { runMetrics(${args}) { sequence } }`));
    const byId = await events(`id: "${ids[0]}"`);
    expect(byId.length).toBeGreaterThan(3);
    expect(await events(`runId: "${ids[0]}"`)).toEqual(byId);
    for (const args of ["after: 0", `id: "${ids[0]}", runId: "${ids[0]}"`])
      expect(await events(args)).toMatchObject([{ errors: [{ extensions: { code: "BAD_INPUT", param: "id" } }] }]);
  });
});

describe("runsUpdated", () => {
  it("tells each run that is started and changes, until its end, and only those of the filter", async () => {
    type Told = { runsUpdated: { name: string; status: string } };
    const told: string[] = [];
    const stream = socket.events<Told>('subscription { runsUpdated(filter: { text: "told" }) { name status } }');
    const seen = (async () => {
      for await (const { data } of stream) {
        if (!data) break;
        told.push(`${data.runsUpdated.name} ${data.runsUpdated.status}`);
        if (told.includes("told-1 SUCCEEDED") && told.includes("told-2 CANCELLED")) break;
      }
    })();
    await start("hidden");
    await start("told-1");
    const second = await start("told-2");
    await service.data("mutation ($id: ID!) { cancelRun(id: $id) { run { id } } }", { id: second });
    await seen;
    expect(new Set(told.map((text) => text.split(" ")[0]))).toEqual(new Set(["told-1", "told-2"]));
    expect(told.at(-1)).toMatch(/SUCCEEDED|CANCELLED/);
    expect(service.problems).toEqual([]);
  });

  it("begins with what has not ended, and refuses unknown names", async () => {
    await start("waiting", { epochs: 200 });
    const stream = socket.events<{ runsUpdated: { name: string } }>("subscription { runsUpdated { name } }");
    const { value } = await stream.next();
    await stream.return?.();
    expect(value.data.runsUpdated.name).toBe("waiting");
    const unknown = socket.events('subscription { runsUpdated(filter: { dataset: "none" }) { name } }');
    expect((await unknown.next()).value.errors).toMatchObject([
      { extensions: { code: "NOT_FOUND", param: "filter.dataset" } },
    ]);
    const { runs } = await service.data<{ runs: { edges: { node: { id: string } }[] } }>(
      "{ runs(first: 9, filter: { status: [QUEUED, RUNNING] }) { edges { node { id } } } }",
    );
    for (const { node } of runs.edges)
      await service.data("mutation ($id: ID!) { cancelRun(id: $id) { run { id } } }", { id: node.id });
  });
});

describe("a prediction", () => {
  type Answer = { labels: { label: string; score: number }[]; logits: number[] | null };
  const predict = async (args: string, fields = "labels { label score } logits"): Promise<Answer[]> =>
    (
      await service.data<{ predict: Answer[] }>(
        `{ predict(smiles: ["CCO", "CCN", "OCC"], ${args}) { ... on Prediction { ${fields} } } }`,
      )
    ).predict;

  it("lists all classes where `topK` is above their number", async () => {
    const three = await predict('model: "classifier", topK: 3', "labels { label }");
    expect(await predict('model: "classifier", topK: 1000000', "labels { label }")).toEqual(three);
    expect(three[0].labels).toHaveLength(3);
    expect(
      await service.refusal('{ predict(smiles: ["C"], model: "classifier", topK: 0) { __typename } }'),
    ).toMatchObject({ code: "BAD_INPUT", param: "topK" });
  });

  it("has logits, whose softmax the probabilities are; an ensemble and a mean of forms have none", async () => {
    const { model } = await service.data<{ model: { labels: string[] } }>('{ model(name: "classifier") { labels } }');
    const answers = await predict('model: "classifier"');
    for (const { labels, logits } of answers) {
      const exp = (logits as number[]).map(Math.exp);
      const sum = exp.reduce((total, value) => total + value, 0);
      const scores = new Map(labels.map(({ label, score }) => [label, score]));
      expect(exp.map((value) => value / sum)).toEqual(
        model.labels.map((label) => expect.closeTo(scores.get(label) as number, 6)),
      );
    }
    expect(answers[2].logits).toEqual(answers[0].logits);
    expect((await predict('model: "classifier", averageOver: 2'))[0].logits).toBeNull();
    expect((await predict('model: "both"'))[0].logits).toBeNull();
  });
});
