/** A collector of traces: takes OTLP over HTTP in JSON at /v1/traces, and keeps the spans. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code: number };
  /** By key. */
  attributes: Record<string, string | number | boolean>;
}

interface AnyValue {
  stringValue?: string;
  intValue?: number;
  doubleValue?: number;
  boolValue?: boolean;
}
interface Payload {
  resourceSpans: {
    resource: { attributes: { key: string; value: AnyValue }[] };
    scopeSpans: { spans: (Omit<CollectedSpan, "attributes"> & { attributes: { key: string; value: AnyValue }[] })[] }[];
  }[];
}

export interface TraceCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  spans: CollectedSpan[];
  /** Of the services that sent them. */
  resources: Record<string, unknown>[];
  /** Path, type and authorization of each request. */
  requests: (string | undefined)[][];
  /** Everything that came, as text. */
  bodies: string[];
  close(): Promise<void>;
}

const plain = ({ stringValue, intValue, doubleValue, boolValue }: AnyValue): string | number | boolean =>
  stringValue ?? boolValue ?? Number(intValue ?? doubleValue);
const named = (attributes: readonly { key: string; value: AnyValue }[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));

export async function traceCollector(status = 200): Promise<TraceCollector> {
  const [spans, resources, requests, bodies]: [
    CollectedSpan[],
    Record<string, unknown>[],
    (string | undefined)[][],
    string[],
  ] = [[], [], [], []];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    bodies.push(body);
    requests.push([request.url, request.headers["content-type"], request.headers.authorization]);
    for (const { resource, scopeSpans } of (JSON.parse(body) as Payload).resourceSpans) {
      resources.push(named(resource.attributes));
      for (const one of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ ...one, attributes: named(one.attributes) });
    }
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ spans, resources, requests, bodies },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
