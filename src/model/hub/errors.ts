/**
 * The errors of a hub, each with its code and what to do about it.
 *   HUB_UNAUTHORIZED      401: private, gated, or not there at all; without a token the hub does not distinguish them
 *   HUB_FORBIDDEN         403: the token may not read it
 *   NOT_FOUND             404: no such repository, revision or file
 *   HUB_RATE_LIMITED      429, with `retryAfterMs` when the hub names it
 *   HUB_UNAVAILABLE       5xx and 408; any refusal of the host that delivers for the hub
 *   HUB_UNREACHABLE       no connection, or one that breaks again and again
 *   HUB_PROTOCOL          an answer that is not that of a hub
 *   HUB_REDIRECT_REFUSED  a redirect to where this server does not go
 *   HUB_TOO_LARGE, CHECKSUM_MISMATCH, DISK_FULL
 * No message contains a token, a signed address or a path of this machine.
 */
import type { IncomingHttpHeaders } from "node:http";
import { type ErrorFields, MaillardError } from "../../errors.js";

const FROM_FOLDER =
  "Without a way to the hub, copy the repository's files into a folder of the server's machine and give that " +
  "folder instead.";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
}

/** `what`: the requested thing, as the client named it. `sent`: whether a token went with the request. */
export function refusal({ status, headers }: Answer, what: string, sent: boolean): MaillardError {
  const fields: ErrorFields = { param: "hub", details: { status } };
  if (status === 401) {
    const advice = sent
      ? "HF_TOKEN was not accepted for it: is the name right, and is the token valid?"
      : "It is private or gated, or there is no such repository: check the name. What is private is added by " +
        "an administrator, on a server started with HF_TOKEN=<token that may read it>.";
    return new MaillardError("HUB_UNAUTHORIZED", `The hub does not give out ${what} (401). ${advice}`, fields);
  }
  if (status === 403)
    return new MaillardError(
      "HUB_FORBIDDEN",
      `The hub forbids ${what} (403). ` +
        (sent ? "The account of HF_TOKEN may not read it: " : "It is read with HF_TOKEN, by an administrator: ") +
        "a gated repository wants its terms accepted on its page first.",
      fields,
    );
  if (status === 404 || status === 410) {
    const revision = headers["x-error-code"] === "RevisionNotFound";
    return new MaillardError("NOT_FOUND", `The hub has no ${what} (${status}). Check the name and the revision.`, {
      ...fields,
      param: revision ? "revision" : "hub",
    });
  }
  if (status === 429) {
    const retryAfterMs = retryAfter(headers);
    return new MaillardError("HUB_RATE_LIMITED", "The hub takes no more requests for now (429). Try again later.", {
      ...fields,
      details: { status, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
      retryable: true,
    });
  }
  if (status >= 500 || status === 408)
    return new MaillardError("HUB_UNAVAILABLE", `The hub has a fault of its own (${status}). Try again later.`, {
      ...fields,
      retryable: true,
    });
  return protocolError(`it answered ${status} to the request for ${what}`, { status });
}

/** The address of a redirect expires after a while: the next try gets a fresh one. */
export const refusedElsewhere = (status: number, what: string): MaillardError =>
  new MaillardError(
    "HUB_UNAVAILABLE",
    `The host that delivers for the hub refuses ${what} (${status}), as it does when an address has run out. Try ` +
      "again later.",
    { param: "hub", details: { status }, retryable: true },
  );

export const unreachable = (reason: string): MaillardError =>
  new MaillardError("HUB_UNREACHABLE", `The hub cannot be reached: ${reason}. Try again later. ${FROM_FOLDER}`, {
    param: "hub",
    retryable: true,
  });

export const protocolError = (reason: string, details?: Record<string, unknown>): MaillardError =>
  new MaillardError("HUB_PROTOCOL", `The hub's answer is not understood: ${reason}. Is HF_ENDPOINT right?`, {
    param: "hub",
    details,
  });

export const redirectRefused = (host: string, reason: string): MaillardError =>
  new MaillardError("HUB_REDIRECT_REFUSED", `The hub sends us to ${host.slice(0, 200)}, and ${reason}.`, {
    param: "hub",
    details: { host: host.slice(0, 200) },
  });

export const tooLarge = (what: string, bytes: number, maximum: number): MaillardError =>
  new MaillardError("HUB_TOO_LARGE", `${what} has ${bytes} bytes; at most ${maximum} are taken.`, {
    param: "hub",
    details: { bytes, maximum },
  });

export const checksumMismatch = (file: string, expected: string, actual: string): MaillardError =>
  new MaillardError(
    "CHECKSUM_MISMATCH",
    `${file} came twice with other content than the hub says it has. Nothing of it was kept; something on the ` +
      "way changes it, or the hub's copy is damaged.",
    { param: "hub", details: { file, expected, actual } },
  );

const sizesOf = ({ needed, free }: Record<string, unknown>): string =>
  needed === undefined ? "" : `: ${needed} bytes are needed, ${free} are free`;

export const diskFull = (details: Record<string, unknown> = {}): MaillardError =>
  new MaillardError(
    "DISK_FULL",
    `There is no room for the model on the disk of MAILLARD_HOME${sizesOf(details)}. ` +
      "Free some, then add the model again.",
    { param: "hub", details },
  );

/** Seconds or a date, in ms from now; null when the header has neither. */
export function retryAfter(headers: IncomingHttpHeaders): number | null {
  const text = headers["retry-after"];
  if (text === undefined) return null;
  const milliseconds = /^\d+$/.test(text) ? 1_000 * Number(text) : Date.parse(text) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : null;
}
