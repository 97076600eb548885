/**
 * Charges operations that come by HTTP: after the document was found valid, before anything runs. Answers have the
 * headers of points.ts. A refusal has the status 429, and 200 for a client that accepts only application/json, as
 * GraphQL over HTTP says of every answer to a well-formed request (and as GitHub answers).
 */
import type { ApolloServerPlugin } from "@apollo/server";
import { type DocumentNode, GraphQLError } from "graphql";
import type { Context } from "../context.js";
import { type PointsMeter, pointsHeaders, refusalHeaders } from "./points.js";

/** Price of one operation of a document. */
export type Price = (document: DocumentNode, operationName?: string | null, variables?: object) => number;

export function chargeByHttp(meter: PointsMeter, price: Price): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ contextValue, document, request, response }) {
          const set = (headers: Record<string, string>): void => {
            for (const [name, value] of Object.entries(headers)) response.http.headers.set(name, value);
          };
          try {
            const cost = () => price(document, request.operationName, request.variables);
            contextValue.charge = meter.charge(contextValue.principal, cost);
            if (contextValue.charge) set(pointsHeaders(contextValue.charge));
          } catch (error) {
            set(refusalHeaders(error));
            throw new GraphQLError("", { originalError: error as Error, extensions: { http: { status: 429 } } });
          }
        },
      };
    },
  };
}
