/**
 * Subscribers of a run's metrics, in a process of their own, for bench/metrics.ts. Orders come as messages:
 *   { replay }   one subscriber reads a run from its start to its end, over a WebSocket or as server-sent events
 *   { follow }   many subscribers of one run; of each event the moment of its arrival is noted
 *   { arrived }  the times at which each subscriber had the metric of this sequence, once all have it
 */
import { request } from "node:http";
import { WebSocket } from "ws";

type Order =
  | { replay: Replay }
  | { follow: { url: string; query: string; id: string; subscribers: number; perSocket: number } }
  | { arrived: number };
interface Replay {
  url: string;
  query: string;
  id: string;
  by: "WebSocket" | "server-sent events";
}
type Event = { sequence: number } | { sequence: number }[];

const now = (): number => performance.timeOrigin + performance.now();
const lastOf = (data: Record<string, Event>): { first: number; last: number; count: number } => {
  const list = [Object.values(data)[0]].flat();
  return { first: list[0].sequence, last: list[list.length - 1].sequence, count: list.length };
};
const init = JSON.stringify({ type: "connection_init" });
const subscribe = (id: string, query: string, run: string): string =>
  JSON.stringify({ id, type: "subscribe", payload: { query, variables: { id: run } } });

/** Of the run that is followed. */
const sockets: WebSocket[] = [];
/** Arrivals by sequence. */
const arrivals = new Map<number, number[]>();
let [subscribers, wanted] = [0, 0];

process.on("message", async (order: Order) => {
  if ("replay" in order) process.send?.(await replay(order.replay));
  else if ("follow" in order) {
    subscribers = order.follow.subscribers;
    await follow(order.follow);
    process.send?.({ open: subscribers });
  } else {
    wanted = order.arrived;
    answer();
  }
});

function answer(): void {
  const times = arrivals.get(wanted);
  if (times?.length !== subscribers) return;
  wanted = 0;
  arrivals.clear();
  process.send?.({ times });
}

/** Checks that the sequences are 1, 2, … and counts them. */
async function replay({ url, query, id, by }: Replay): Promise<object> {
  const began = now();
  const processor = process.cpuUsage();
  let [metrics, events] = [0, 0];
  const take = (data: Record<string, Event>): void => {
    const { first, last, count } = lastOf(data);
    if (first !== metrics + 1 || last !== metrics + count) throw new Error(`${first} to ${last} after ${metrics}`);
    metrics += count;
    events++;
  };
  await (by === "WebSocket" ? overSocket(url, query, id, take) : overHttp(url, query, id, take));
  const { user, system } = process.cpuUsage(processor);
  return { metrics, events, seconds: (now() - began) / 1_000, clientProcessor: (user + system) / 1e6 };
}

function overSocket(url: string, query: string, id: string, take: (data: never) => void): Promise<void> {
  const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
  return new Promise((resolve, reject) => {
    socket.once("open", () => socket.send(init));
    socket.once("error", reject);
    socket.on("message", (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === "connection_ack") socket.send(subscribe("1", query, id));
      else if (type === "next" && payload.data) take(payload.data as never);
      else if (type === "complete") resolve(socket.close());
      else if (type !== "ping") reject(new Error(String(data)));
    });
  });
}

function overHttp(url: string, query: string, id: string, take: (data: never) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", accept: "text/event-stream" };
    const sent = request(url, { method: "POST", headers }, (response) => {
      let rest = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() as string;
        for (const line of lines)
          if (line.startsWith("data: {")) {
            const { data, errors } = JSON.parse(line.slice(6));
            if (errors) reject(new Error(line));
            else take(data as never);
          }
      });
      response.on("end", resolve);
    });
    sent.once("error", reject);
    sent.end(JSON.stringify({ query, variables: { id } }));
  });
}

async function follow({ url, query, id, subscribers: count, perSocket }: Follow): Promise<void> {
  for (const socket of sockets.splice(0)) socket.removeAllListeners("message").close();
  for (let from = 0; from < count; from += perSocket) {
    const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws");
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => socket.send(init));
      socket.once("error", reject);
      socket.on("message", (data) => {
        const { type, payload } = JSON.parse(String(data));
        if (type === "connection_ack") {
          for (let n = 0; n < Math.min(perSocket, count - from); n++) socket.send(subscribe(String(n), query, id));
          resolve();
        } else if (type === "next" && payload.data) {
          const { last } = lastOf(payload.data);
          const times = arrivals.get(last) ?? [];
          arrivals.set(last, times);
          times.push(now());
          if (last === wanted) answer();
        }
        // Nobody executes these runs: a worker takes one whose measurement is over for lost, and ends it.
        else if (type !== "ping" && !(type === "complete" && wanted === 0)) throw new Error(String(data));
      });
    });
  }
}
type Follow = Extract<Order, { follow: unknown }>["follow"];
