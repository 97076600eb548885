/** Whether the client of a request is still there. */
import type { FastifyReply } from "fastify";
import { MaillardError } from "../../errors.js";
import type { Operation } from "../operation.js";

/** Aborted when the client leaves before it has its answer; at once when it has left already. */
export function departure(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const { raw } = reply;
  const left = (): void => {
    if (!raw.writableFinished) controller.abort();
  };
  if (raw.closed || raw.destroyed) left();
  else raw.once("close", left);
  return controller.signal;
}

/** Why an answer was not given. Of a client that has left nothing else is to blame. */
export const failureOf = (error: unknown, left: AbortSignal): MaillardError =>
  left.aborted ? new MaillardError("CANCELLED", "The client has left.") : MaillardError.from(error);

/** Ends the operation with its response, whether it was sent or its client has left. */
export function endWithResponse(reply: FastifyReply, operation: Operation, onEnd: () => void): void {
  const { raw } = reply;
  const end = (): void => {
    if (raw.writableFinished) operation.answered();
    else operation.leave();
    onEnd();
  };
  if (raw.closed || raw.destroyed) end();
  else raw.once("close", end);
}
