/** An MLflow tracking server in this process: it keeps what it is sent, and refuses what MLflow refuses. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

interface FakeRun {
  id: string;
  name: string;
  status: string;
  tags: Map<string, string>;
  params: Map<string, string>;
  /** "key step value timestamp" */
  metrics: Set<string>;
}

export interface FakeMlflow {
  uri: string;
  runs: FakeRun[];
  /** By path under the artifacts. */
  files: Map<string, Buffer>;
  /** Values of the header Authorization. */
  keys: Set<string | undefined>;
  /** Answers a status instead of doing what is asked; null: does it. */
  refuse: ((path: string) => number | null) | null;
  /** What an answer waits for. */
  wait: ((path: string) => Promise<void> | undefined) | null;
  /** Requests that wait. */
  waiting: number;
  close(): Promise<void>;
}

export async function startFakeMlflow(): Promise<FakeMlflow> {
  const experiments = new Map<string, string>();
  const fake: Omit<FakeMlflow, "uri" | "close"> = {
    runs: [],
    files: new Map(),
    keys: new Set(),
    refuse: null,
    wait: null,
    waiting: 0,
  };
  const server = createServer((request, response) => {
    void bodyOf(request).then(async (body) => {
      const url = new URL(request.url ?? "/", "http://mlflow");
      fake.keys.add(request.headers.authorization);
      fake.waiting++;
      await fake.wait?.(url.pathname);
      fake.waiting--;
      const status = fake.refuse?.(url.pathname) ?? null;
      const [code, answer] = status ? [status, { error_code: "REFUSED", message: "no" }] : answerTo(url, body);
      response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(answer));
    });
  });

  function answerTo({ pathname, searchParams }: URL, body: Buffer): [number, object] {
    const artifacts = "/api/2.0/mlflow-artifacts/artifacts/";
    if (pathname.startsWith(artifacts)) {
      fake.files.set(decodeURIComponent(pathname.slice(artifacts.length)), body);
      return [200, {}];
    }
    const given = body.length > 0 ? JSON.parse(body.toString()) : {};
    const run = fake.runs.find(({ id }) => id === (given.run_id ?? searchParams.get("run_id")));
    switch (pathname.slice("/api/2.0/mlflow/".length)) {
      case "experiments/get-by-name": {
        const id = experiments.get(searchParams.get("experiment_name") ?? "");
        return id ? [200, { experiment: { experiment_id: id } }] : [404, { error_code: "RESOURCE_DOES_NOT_EXIST" }];
      }
      case "experiments/create":
        experiments.set(given.name, "7");
        return [200, { experiment_id: "7" }];
      case "runs/search": {
        const [, key, value] = /^tags\.`(.+)` = '(.+)'$/.exec(given.filter) ?? [];
        const found = fake.runs.filter(({ tags }) => tags.get(key) === value);
        return [200, found.length > 0 ? { runs: found.map(({ id }) => ({ info: { run_id: id } })) } : {}];
      }
      case "runs/create": {
        const tags = new Map<string, string>(
          given.tags.map((tag: { key: string; value: string }) => [tag.key, tag.value]),
        );
        const id = `run${fake.runs.length}`;
        fake.runs.push({ id, name: given.run_name, status: "RUNNING", tags, params: new Map(), metrics: new Set() });
        return [200, { run: { info: { run_id: id } } }];
      }
      case "runs/get":
        return [200, { run: { info: { artifact_uri: `mlflow-artifacts:/7/${run?.id}/artifacts` } } }];
      case "runs/log-batch": {
        const { params = [], metrics = [], tags = [] } = given;
        if (!run) return [404, { error_code: "RESOURCE_DOES_NOT_EXIST" }];
        if (metrics.length > 1_000 || params.length > 100) return [400, { error_code: "INVALID_PARAMETER_VALUE" }];
        for (const { key, value } of params) {
          if (run.params.has(key) && run.params.get(key) !== value)
            return [400, { error_code: "INVALID_PARAMETER_VALUE" }];
          run.params.set(key, value);
        }
        for (const { key, value } of tags) run.tags.set(key, value);
        for (const { key, step, value, timestamp } of metrics) run.metrics.add(`${key} ${step} ${value} ${timestamp}`);
        return [200, {}];
      }
      case "runs/update":
        if (!run) return [404, { error_code: "RESOURCE_DOES_NOT_EXIST" }];
        run.status = given.status;
        return [200, {}];
      default:
        return [404, { error_code: "ENDPOINT_NOT_FOUND" }];
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(fake, {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
