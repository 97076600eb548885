/** What the client has used of what it may use. */
import { Ctx, Query, Resolver } from "type-graphql";
import { usageOf } from "../../../store/access/usage.js";
import type { Charge } from "../../access/points.js";
import type { Context } from "../../context.js";
import { Quota, RateLimit } from "../../types/usage.js";

@Resolver()
export class QuotaResolver {
  @Query(() => RateLimit, {
    nullable: true,
    description:
      "Cost points of the key, this operation included; null: the client has no limit. Answers by HTTP have the same " +
      "in the headers x-ratelimit-limit, -remaining, -used and -reset (seconds since 1970). An operation above the " +
      "limit is RATE_LIMITED and costs nothing; `retryAfterMs` of its details says when to come back.",
  })
  rateLimit(@Ctx() { charge }: Context): Charge | null {
    return charge;
  }

  @Query(() => Quota, {
    description:
      "Runs and bytes of the key; of a client without a limit those of all such clients. What would exceed them is " +
      "QUOTA_EXCEEDED.",
  })
  quota(@Ctx() { application, principal }: Context): Promise<Quota> {
    const { store } = application;
    return usageOf(store.pool, { ...store, principal });
  }
}
