/** Default names of runs: superclass-sample-3f9a1c. */
import { createHash, randomBytes } from "node:crypto";

/** Of a run and its model. */
const LONGEST_NAME = 64;

/** What a name may hold of this text, `most` characters at most. */
export const nameStem = (text: string, most: number, otherwise: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, most) || otherwise;

/** Of a run that is made of another one: superclass-sample-clone-3f9a1c. */
export function nameOfAgain(before: string, how: string, idempotencyKey?: string): string {
  const suffix = `-${how}-${endOf(idempotencyKey)}`;
  return nameStem(before, LONGEST_NAME - suffix.length, "run") + suffix;
}

const endOf = (idempotencyKey: string | null | undefined): string =>
  idempotencyKey
    ? createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 6)
    : randomBytes(3).toString("hex");

/** With an idempotency key always the same, or the second call would be another request. */
export function madeUpName(
  { target, dataset, idempotencyKey }: { target: readonly string[]; dataset: string; idempotencyKey?: string | null },
  { most = LONGEST_NAME, kind = "" }: { most?: number; kind?: string } = {},
): string {
  const suffix = `${kind}-${endOf(idempotencyKey)}`;
  // Of a pattern, what it begins with.
  return nameStem(`${target[0].replace(/\W*[*?]+/g, "")}-${dataset}`, most - suffix.length, "run") + suffix;
}
