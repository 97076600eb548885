/** What a client that sends or takes a file is told when that is refused or ends early; the same for all files. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { MaillardError } from "../../../errors.js";
import type { Application } from "../../../service/application.js";
import { databaseAway } from "../../../store/sql.js";
import type { Refusal } from "../../access/access.js";
import { networkOf } from "../../access/address.js";

export const addressOf = ({ raw }: FastifyRequest): string => networkOf(raw.socket.remoteAddress ?? "");

/** Null: the header is there. */
export const checkHeader = ({ headers }: FastifyRequest): Refusal | null =>
  headers["x-maillard-client"]
    ? null
    : {
        status: 403,
        code: "FORBIDDEN",
        message: "Send the header x-maillard-client (any value) with an upload: it keeps pages of other sites out.",
      };

/** An error that is not of ours is logged. `signal`: aborted when the client has left. */
export function errorFields(
  error: unknown,
  { id: requestId }: FastifyRequest,
  { log }: Application,
  signal: AbortSignal,
): { code: string; message: string } {
  if (error instanceof MaillardError) return error.toJSON();
  const { code, name } = error as { code?: string; name?: string };
  const left = code === "ERR_STREAM_PREMATURE_CLOSE" || name === "AbortError" || signal.aborted;
  if (left)
    return { code: "BAD_INPUT", message: "The connection broke off before the file was there; nothing was imported." };
  const away = databaseAway(error);
  if (away) return away.toJSON();
  log.error("An upload failed unexpectedly.", { requestId, error: String(error) });
  return {
    code: "INTERNAL",
    message: `The server failed at this; its log has the reason under request ${requestId}.`,
  };
}

/** 503, with when to try again. */
export function refuseOverloaded(
  reply: FastifyReply,
  { message, details }: MaillardError,
  answer: (reply: FastifyReply, status: number, code: string, message: string) => FastifyReply,
): FastifyReply {
  const { retryAfterMs = 0 } = details as { retryAfterMs?: number };
  void reply.header("retry-after", String(Math.ceil(retryAfterMs / 1_000)));
  return answer(reply, 503, "OVERLOADED", message);
}
