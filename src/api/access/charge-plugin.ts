/**
 * Charges an operation that comes by HTTP: after the document was found valid and affordable, before anything runs.
 * Answers have the headers of points.ts. A refusal has the status 429, and 200 for a client that accepts only
 * application/json, as GraphQL over HTTP says of every answer to a well-formed request (and as GitHub answers).
 */
import type { GraphQLRequestContext } from "@apollo/server";
import { type DocumentNode, GraphQLError } from "graphql";
import type { Context } from "../context.js";
import { type PointsMeter, pointsHeaders, refusalHeaders } from "./points.js";

/** Price of one operation of a document. */
export type Price = (
  document: DocumentNode,
  operationName?: string | null,
  variables?: Readonly<Record<string, unknown>>,
) => number;

/** @throws RATE_LIMITED */
export function chargeByHttp(
  meter: PointsMeter,
  { contextValue, response }: Pick<GraphQLRequestContext<Context>, "contextValue" | "response">,
  price: () => number,
): void {
  const set = (headers: Record<string, string>): void => {
    for (const [name, value] of Object.entries(headers)) response.http.headers.set(name, value);
  };
  try {
    contextValue.charge = meter.charge(contextValue.principal, price);
    if (contextValue.charge) set(pointsHeaders(contextValue.charge));
  } catch (error) {
    set(refusalHeaders(error));
    throw new GraphQLError("", { originalError: error as Error, extensions: { http: { status: 429 } } });
  }
}
