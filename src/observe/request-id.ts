/** The id of a request: what its client or a proxy sent as x-request-id, if that is a plain word, else a new one. */
import { randomUUID } from "node:crypto";

export const REQUEST_ID_HEADER = "x-request-id";
/** It becomes part of log lines, of the audit log and of an answer's header. */
const PLAIN = /^[\w.:-]{1,128}$/;

export const requestIdOf = (given: unknown): string =>
  typeof given === "string" && PLAIN.test(given) ? given : randomUUID();
