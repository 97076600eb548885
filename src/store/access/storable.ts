/**
 * Details of an audit entry as PostgreSQL takes them: no NUL and no lone surrogate, texts and lists cut. Of objects in
 * lists only the number stays.
 */

/** Characters of a text that are kept. */
export const LONGEST_TEXT = 200;
/** Values of a list that are kept. */
export const LONGEST_LIST = 20;

export function storable(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(details).flatMap(([name, value]) => {
    const plain = plainValue(value);
    return plain === undefined ? [] : [[name, plain]];
  });
  return Object.fromEntries(kept);
}

/** Undefined: nothing to keep. */
function plainValue(value: unknown): unknown {
  if (typeof value === "string") return shortText(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "boolean") return value;
  if (value instanceof Date) return value.toISOString();
  if (!Array.isArray(value)) return undefined;
  if (value.some((entry) => typeof entry === "object" && entry !== null)) return value.length;
  const kept = value.slice(0, LONGEST_LIST).map((entry) => plainValue(entry) ?? null);
  return value.length > LONGEST_LIST ? [...kept, `and ${value.length - LONGEST_LIST} more`] : kept;
}

function shortText(text: string): string {
  const sound = text.slice(0, LONGEST_TEXT).replaceAll("\0", "\uFFFD").replace(LONE_SURROGATE, "\uFFFD");
  return text.length > LONGEST_TEXT ? `${sound}… (${text.length} characters)` : sound;
}

const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;
