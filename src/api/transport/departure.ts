/** Whether the client of a request is still there. */
import type { FastifyReply } from "fastify";

/** Aborted when the client leaves before it has its answer. */
export function departure(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
