/** The sockets below the protocol: which upgrade is taken, and how one ends that its client does not use. */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Refusal } from "../../access/access.js";
import type { TransportLimits } from "../connections.js";
import type { Guard } from "../guard.js";

export function checkUpgrade(request: IncomingMessage, guard: Guard): Refusal | null {
  const path = request.url?.split("?")[0];
  if (path !== "/graphql") return { status: 403, code: "FORBIDDEN", message: "WebSockets are served at /graphql." };
  return guard.checkPlace(request.headers);
}

/**
 * That a client has left before its answer is no error of the server: graphql-ws would print one for each answer. A
 * write fails (EPIPE, ECONNRESET) before the socket is known to be closed, and then the close follows.
 */
export function ignoreDeparted(client: WebSocket): void {
  const send = client.send.bind(client) as (...given: unknown[]) => void;
  client.send = (...given: unknown[]) => {
    const done = given.at(-1);
    if (typeof done !== "function") return send(...given);
    send(...given.slice(0, -1), () => done());
  };
}

/** Ends a socket whose client does not read what was sent, or that has sent nothing but pongs for long. */
export function endStalled(
  client: WebSocket,
  socket: Socket,
  { stallMs, webSocketIdleMs }: TransportLimits,
  isBusy: () => boolean,
): void {
  let used = Date.now();
  client.on("message", () => {
    used = Date.now();
  });
  const timer = setInterval(
    () => {
      if (Date.now() - used > webSocketIdleMs && !isBusy()) client.close(1001, "Idle");
    },
    Math.min(60_000, webSocketIdleMs),
  );
  // What the client sends meanwhile, such as pongs, is no sign that it reads.
  let [taken, since] = [0, Date.now()];
  const reading = setInterval(() => {
    const now = takenOf(socket);
    if (socket.writableLength > 0 && now === taken) {
      if (Date.now() - since >= stallMs) client.terminate();
      return;
    }
    [taken, since] = [now, Date.now()];
  }, stallMs / 4);
  for (const one of [timer, reading]) {
    one.unref();
    client.once("close", () => clearInterval(one));
  }
}

/** Bytes that the system has taken of what was written: those of a write that is under way count by its handle. */
function takenOf(socket: Socket): number {
  const { writeQueueSize = socket.writableLength } =
    (socket as Socket & { _handle?: { writeQueueSize?: number } | null })._handle ?? {};
  return socket.bytesWritten - writeQueueSize;
}

export function refuseUpgrade(socket: Duplex, { status, message }: { status: number; message: string }): void {
  const body = JSON.stringify({ errors: [{ message }] });
  const reason = STATUS_CODES[status];
  const head =
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/json\r\ncontent-length: ` +
    `${Buffer.byteLength(body)}\r\nconnection: close`;
  socket.end(`${head}\r\n\r\n${body}`);
}
