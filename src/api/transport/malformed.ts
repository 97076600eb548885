/**
 * Requests that are no HTTP of a known address. They get the same body as every other refusal,
 * { errors: [{ message, extensions: { code } }] }, instead of Fastify's own.
 */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** The path to which a request with a malformed address is sent, so that hooks and headers are those of every path. */
export const MALFORMED = "/malformed-address";

/** Such as "/%": it cannot be decoded. */
export function isMalformed(url: string): boolean {
  try {
    decodeURI(url.split(/[?#;]/, 1)[0]);
    return false;
  } catch {
    return true;
  }
}

const REFUSALS: Record<string, { status: number; code: string; message: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: "TIMEOUT", message: "The request did not arrive in time." },
  HPE_HEADER_OVERFLOW: { status: 431, code: "BAD_REQUEST", message: "The headers of the request are too large." },
};
const NO_HTTP = { status: 400, code: "BAD_REQUEST", message: "The request is not HTTP." };

/** Answers what Node's parser refuses, and closes the connection. */
export function answerNoHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const { status, code, message } = REFUSALS[error.code ?? ""] ?? NO_HTTP;
  const body = refusalBody(code, message);
  // A second answer would stand in the middle of one that has begun.
  const current = (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage;
  if (socket.writable && !current?.headersSent) {
    socket.write(
      [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        "Content-Type: application/json; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'",
        "Connection: close",
        `Content-Length: ${Buffer.byteLength(body)}`,
        "",
        body,
      ].join("\r\n"),
    );
  }
  socket.destroySoon();
}

/** The body of every refusal. */
export const refusalBody = (code: string, message: string, requestId?: string): string =>
  JSON.stringify({ errors: [{ message, extensions: { code, requestId } }] });
