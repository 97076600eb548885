/** The operation of a request: a POST's JSON, or a GET's parameters, as GraphQL over HTTP has them. */
import type { FastifyRequest } from "fastify";
import type { Asked as Operation } from "../operations/read.js";

export interface Asked extends Operation {
  /** Cursor of the last event that the client has; null: it has none. */
  lastEvent: number | null;
}

/** Or what is wrong with the request. */
export function askedOf({ method, body, query: parameters, headers }: FastifyRequest): Asked | string {
  const given = method === "GET" ? parameters : body;
  if (typeof given !== "object" || given === null || Array.isArray(given))
    return "The body is not an object with `query`.";
  const { query, operationName = null, variables: sent = null } = given as Record<string, unknown>;
  if (typeof query !== "string" || query === "") return "`query` is missing: it is the text of a document.";
  if (operationName !== null && typeof operationName !== "string") return "`operationName` is not a text.";
  const variables = method === "GET" && typeof sent === "string" ? parsed(sent) : sent;
  if (typeof variables !== "object" || Array.isArray(variables)) return "`variables` is not an object.";
  const lastEvent = headers["last-event-id"] ?? "";
  if (!/^\d{0,9}$/.test(String(lastEvent))) return "Last-Event-ID is not the id of an event.";
  return {
    query,
    operationName: operationName === "" ? null : operationName,
    variables: variables as Record<string, unknown> | null,
    lastEvent: lastEvent === "" ? null : Number(lastEvent),
  };
}

function parsed(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
