/**
 * Traces, as a collector gets them: one for each request, from HTTP over resolver, chemistry, queue and batch to the
 * database; nothing of them without the variable, and no molecule in them.
 */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTracing } from "../../../src/observe/tracing.js";
import { startTestService, type TestService } from "../../support/api.js";
import { LOADER, sourceModule } from "../../support/child.js";
import { type CollectedSpan, type TraceCollector, traceCollector } from "../../support/peers/trace-collector.js";
import { all, subscriber } from "../../support/sockets.js";

const VARIABLES = { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20secret-of-the-collector" };

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ logRequests: "all" });
});
afterAll(() => service.close());

/** What was sent to a collector while `work` ran. */
async function traced(
  work: () => Promise<unknown>,
  environment: Record<string, string> = {},
  errors: string[] = [],
  status = 200,
): Promise<TraceCollector> {
  const collector = await traceCollector(status);
  Object.assign(process.env, { ...VARIABLES, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  try {
    const end = startTracing({ environment, version: "1.2.3", onError: (reason) => errors.push(reason) });
    await work();
    await end();
  } finally {
    for (const name of [...Object.keys(VARIABLES), "OTEL_EXPORTER_OTLP_ENDPOINT"]) delete process.env[name];
    await collector.close();
  }
  return collector;
}

/** Answers when the request has its line: its span ends before it. */
async function ask(query: string, headers: Record<string, string> = {}) {
  const requestId = randomUUID();
  const answer = await service.ask(query, {}, { "x-request-id": requestId, ...headers });
  const hasLine = () => service.lines.some(({ fields }) => fields.requestId === (headers["x-request-id"] ?? requestId));
  await expect.poll(hasLine, { timeout: 30_000 }).toBe(true);
  return answer;
}
const predict = (smiles: string) => `{ predict(smiles: ["${smiles}"], model: "classifier") { __typename } }`;
const ancestors = (span: CollectedSpan, spans: readonly CollectedSpan[]): string[] => {
  const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent ? [parent.name, ...ancestors(parent, spans)] : [];
};

describe("a prediction", () => {
  it("is one trace: HTTP, resolver, chemistry, tokens, queue, batch, database", async () => {
    const { spans, resources, requests, bodies } = await traced(() =>
      ask(predict("CCCCCCCCBr"), { "x-request-id": "traced-1" }),
    );
    const [root] = spans.filter(({ parentSpanId }) => !parentSpanId);
    expect(spans.filter(({ traceId }) => traceId !== root.traceId)).toEqual([]);
    expect(root).toMatchObject({ name: "POST /graphql", kind: 2, attributes: { "http.response.status_code": 200 } });
    expect(root.attributes).toMatchObject({
      ...{ "http.request.method": "POST", "http.route": "/graphql", "maillard.request_id": "traced-1" },
      ...{ "maillard.code": "OK", "maillard.fields": "predict" },
    });
    for (const name of ["chemistry", "tokenize", "queue", "batch", "database"]) {
      const found = spans.filter((span) => span.name === name);
      expect(found.length, name).toBeGreaterThan(0);
      for (const span of found) {
        expect(ancestors(span, spans).slice(-2)).toEqual(["Query.predict", "POST /graphql"]);
        expect(BigInt(span.startTimeUnixNano)).toBeLessThanOrEqual(BigInt(span.endTimeUnixNano));
        expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(root.startTimeUnixNano) - 2_000_000n);
        expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root.endTimeUnixNano) + 2_000_000n);
      }
    }
    const [batch] = spans.filter(({ name }) => name === "batch");
    expect(batch.attributes["maillard.items"]).toBe(1);
    expect(batch.attributes["maillard.tokens"]).toBeGreaterThan(3);
    expect(resources[0]).toMatchObject({ "service.name": "maillard", "service.version": "1.2.3" });
    expect(requests[0]).toEqual(["/v1/traces", "application/json", "Bearer secret-of-the-collector"]);
    for (const word of ["CCCCCCCCBr", "classifier"]) expect(bodies.join("")).not.toContain(word);
    const line = service.lines.find(({ fields }) => fields.requestId === "traced-1");
    expect(line?.fields.traceId).toBe(root.traceId);
  });

  it("goes on the trace that its client names, and keeps two requests at once apart", async () => {
    const [a, b] = ["a", "b"].map((letter) => letter.repeat(32));
    const { spans } = await traced(() =>
      Promise.all(
        [a, b].map((trace, index) =>
          ask(predict(`${"C".repeat(11 + index)}I`), { traceparent: `00-${trace}-00f067aa0ba902b7-01` }),
        ),
      ),
    );
    for (const trace of [a, b]) {
      const own = spans.filter(({ traceId }) => traceId === trace);
      expect(own.filter(({ parentSpanId }) => parentSpanId === "00f067aa0ba902b7")).toHaveLength(1);
      expect(new Set(own.map(({ name }) => name))).toEqual(
        new Set(["POST /graphql", "Query.predict", "chemistry", "tokenize", "queue", "batch", "database"]),
      );
    }
  });

  it("whose client wants no trace, or sends nonsense, is not traced, or on its own", async () => {
    const { spans } = await traced(async () => {
      await ask("{ devices { id } }", { traceparent: `00-${"c".repeat(32)}-00f067aa0ba902b7-00` });
      await ask("{ devices { id } }", { traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01` });
      await ask("{ devices { id } }", { traceparent: "nonsense" });
    });
    const roots = spans.filter(({ name }) => name === "POST /graphql");
    expect(roots.map(({ parentSpanId }) => parentSpanId || null)).toEqual([null, null]);
  });
});

describe("other requests", () => {
  it("that fail have the code of their error, in their span and their root's", async () => {
    const { spans } = await traced(() => ask(`{ predict(smiles: ["CCO"], model: "nobody-has-this") { __typename } }`));
    const failed = spans.find(({ name }) => name === "Query.predict");
    expect(failed).toMatchObject({ status: { code: 2 }, attributes: { "error.type": "NOT_FOUND" } });
    expect(spans.find(({ name }) => name === "POST /graphql")?.attributes["maillard.code"]).toBe("NOT_FOUND");
  });

  it("of a WebSocket are traces of their own; those of monitoring are none", async () => {
    const { spans } = await traced(async () => {
      const socket = subscriber(service.url);
      await all(socket.events("{ models(first: 1) { edges { node { id } } } }"));
      await socket.close();
      for (const path of ["/health", "/livez", "/readyz", "/metrics"]) await fetch(`${service.url}${path}`);
    });
    const roots = spans.filter(({ parentSpanId }) => !parentSpanId);
    expect(roots.map(({ name }) => name)).toEqual(["operation"]);
    expect(spans.filter(({ name }) => name === "database").length).toBeGreaterThan(0);
  });

  it("are sampled as OTEL_TRACES_SAMPLER says", async () => {
    const none = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" };
    const { spans } = await traced(() => ask("{ devices { id } }"), none);
    expect(spans).toEqual([]);
  });
});

describe("a collector", () => {
  it("that refuses is told once, and no request fails by it", async () => {
    const errors: string[] = [];
    await traced(async () => expect((await ask("{ devices { id } }")).data).toBeDefined(), {}, errors, 400);
    expect(errors).toHaveLength(1);
  });

  it("that is not named costs nothing: no package of OpenTelemetry is loaded", () => {
    const application = pathToFileURL(sourceModule("api/transport/server")).href;
    const program = `
      await import(${JSON.stringify(application)});
      const { createRequire } = await import("node:module");
      const cached = Object.keys(createRequire(${JSON.stringify(import.meta.url)}).cache);
      console.log(cached.filter((file) => /@opentelemetry|prom-client/.test(file)).length, cached.length > 20);`;
    const argv = [...LOADER, "--input-type=module", "-e", program];
    const { stdout } = spawnSync(process.execPath, argv, { encoding: "utf8" });
    expect(stdout.trim()).toBe("0 true");
  });
});
