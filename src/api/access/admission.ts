/** What an upload has to pass before its body is read: the cost points of its key, and room for what it will bring. */
import { MaillardError } from "../../errors.js";
import type { Principal } from "../../store/access/principal.js";
import { checkQuota } from "../../store/access/usage.js";
import type { Store } from "../../store/index.js";
import { type PointsMeter, pointsHeaders, refusalHeaders, UPLOAD_POINTS } from "./points.js";

interface Admission {
  /** Of the answer, whatever it is. */
  headers: Record<string, string>;
  /** RATE_LIMITED or QUOTA_EXCEEDED; null: the body may come. */
  refusal: { status: 429 | 403; error: MaillardError } | null;
}

export async function admitUpload(
  { store, meter, principal }: { store: Store; meter: PointsMeter; principal: Principal },
  { describes }: { describes: boolean },
): Promise<Admission> {
  let headers: Record<string, string> = {};
  try {
    const charge = meter.charge(principal, () => UPLOAD_POINTS);
    if (charge) headers = pointsHeaders(charge);
    if (!describes) await checkQuota(store.pool, { ...store, principal }, { bytes: 0 });
    return { headers, refusal: null };
  } catch (error) {
    const refused = MaillardError.from(error);
    if (refused.code === "RATE_LIMITED")
      return { headers: refusalHeaders(refused), refusal: { status: 429, error: refused } };
    if (refused.code === "QUOTA_EXCEEDED") return { headers, refusal: { status: 403, error: refused } };
    throw error;
  }
}
