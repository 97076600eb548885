/** Requests for benchmarks that attack: from any address of the loopback network, without holding large answers. */
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";

export interface Answer {
  /** 0: the connection broke. */
  status: number;
  /** The first 256 kB. */
  text: string;
  bytes: number;
  ms: number;
}
export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  signal?: AbortSignal;
}

const KEPT = 256 * 1024;

export class Client {
  private readonly agent: Agent;

  /** @param address of the client, such as 127.0.0.2 */
  constructor(
    private readonly port: number,
    readonly address: string,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: 200, localAddress: address } as object);
  }

  send(path: string, { method = "GET", headers = {}, body, signal }: Asked = {}): Promise<Answer> {
    const began = performance.now();
    return new Promise((resolve) => {
      let [text, bytes, status] = ["", 0, 0];
      const end = () => resolve({ status, text, bytes, ms: performance.now() - began });
      const options = { host: "127.0.0.1", port: this.port, path, method, headers, agent: this.agent, signal };
      const call = request({ ...options, localAddress: this.address }, (response) => {
        status = response.statusCode ?? 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (text.length < KEPT) text += chunk.toString();
        });
        response.on("error", end).on("close", end);
      });
      call.on("error", end);
      call.end(body);
    });
  }

  ask(query: string, variables: object = {}, signal?: AbortSignal): Promise<Answer> {
    const headers = { "content-type": "application/json", "accept-encoding": "identity" };
    return this.send("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }), signal });
  }

  upload(path: string, body: Buffer, signal?: AbortSignal): Promise<Answer> {
    const headers = { "content-type": "application/octet-stream", "x-maillard-client": "bench" };
    return this.send(path, { method: "POST", headers, body, signal });
  }

  /** A bare connection. */
  open(): Socket {
    const socket = connect({ host: "127.0.0.1", port: this.port, localAddress: this.address });
    return socket.on("error", () => undefined);
  }

  close(): void {
    this.agent.destroy();
  }
}

/** What an answer says: its error codes with their number, "ok", or that the connection broke. */
export function said({ status, text }: Answer): string {
  if (status === 0) return "no answer";
  const codes = new Map<string, number>();
  for (const [, code] of text.matchAll(/"code":"([A-Z_]+)"/g)) codes.set(code, (codes.get(code) ?? 0) + 1);
  if (codes.size === 0) return status === 200 ? "ok" : String(status);
  return [...codes].map(([code, count]) => (count > 1 ? `${code} x ${count}` : code)).join(", ");
}

/** "ok x 3, OVERLOADED x 2" */
export function together(answers: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].map(([answer, count]) => (count > 1 ? `${count} times ${answer}` : answer)).join("; ");
}
