/**
 * Charges operations: one that came by HTTP, after the document was found valid, before anything runs; a subscription
 * again for each event, whose selection runs anew. Answers by HTTP have the headers of points.ts. A refusal has the
 * status 429, and 200 for a client that accepts only application/json, as GraphQL over HTTP says of every answer to a
 * well-formed request (and as GitHub answers).
 */
import { GraphQLError } from "graphql";
import type { Context } from "../context.js";
import { type PointsMeter, pointsHeaders, refusalHeaders } from "./points.js";

interface Headers {
  set(name: string, value: string): unknown;
}

/** Sets `charge` of the context. RATE_LIMITED. */
export function chargeByHttp(meter: PointsMeter, context: Context, price: () => number, headers: Headers): void {
  const set = (values: Record<string, string>): void => {
    for (const [name, value] of Object.entries(values)) headers.set(name, value);
  };
  try {
    context.charge = meter.charge(context.principal, price);
    if (context.charge) set(pointsHeaders(context.charge));
  } catch (error) {
    set(refusalHeaders(error));
    throw new GraphQLError("", { originalError: error as Error, extensions: { http: { status: 429 } } });
  }
}

/**
 * To be called before the selection of each event of a subscription runs. The first event was paid when the
 * subscription began; each other one costs the same without `beginning`, or a share of that. RATE_LIMITED, which ends
 * the subscription.
 */
export function chargeByEvent(
  meter: PointsMeter,
  context: Pick<Context, "principal" | "charge">,
  beginning: number,
): (share?: number) => void {
  const cost = Math.max(1, (context.charge?.cost ?? 0) - beginning);
  let isPaid = true;
  return (share = 1) => {
    if (!isPaid) context.charge = meter.charge(context.principal, () => Math.ceil(cost * share));
    isPaid = false;
  };
}
