/** What people say about a run. None of it changes what the run does, or whether two orders are the same. */
import { MaillardError } from "../../errors.js";
import { isStorable } from "../../text.js";

export interface AnnotationInput {
  /** Order in its lane: higher first. Default 0. */
  priority?: number | null;
  description?: string | null;
  tags?: readonly string[] | null;
}

export interface Annotations {
  priority: number;
  description: string | null;
  tags: string[];
}

/** A priority is -PRIORITY_LIMIT to PRIORITY_LIMIT. */
export const PRIORITY_LIMIT = 100;
export const MOST_TAGS = 20;
export const LONGEST_TAG = 50;
export const LONGEST_DESCRIPTION = 1_000;
export const LONGEST_NOTES = 20_000;

/** BAD_INPUT. */
export function orderAnnotations({ priority, description, tags }: AnnotationInput): Annotations {
  return {
    priority: checkPriority(priority ?? 0),
    description: checkText(description ?? null, "description", LONGEST_DESCRIPTION),
    tags: checkTags(tags ?? []),
  };
}

/** BAD_INPUT. */
export function checkPriority(priority: number): number {
  if (Number.isInteger(priority) && Math.abs(priority) <= PRIORITY_LIMIT) return priority;
  throw refused("priority", `${priority}: it must be a whole number from -${PRIORITY_LIMIT} to ${PRIORITY_LIMIT}`);
}

/** An empty text is none: null. BAD_INPUT. */
export function checkText(text: string | null, param: string, longest: number): string | null {
  if (text === null || text === "") return null;
  if (text.length <= longest && isStorable(text)) return text;
  throw refused(param, `${text.length} characters long: it must have at most ${longest}, none of them NUL`);
}

/** Each once, in their order. BAD_INPUT. */
export function checkTags(tags: readonly string[]): string[] {
  const bad = tags.find((tag) => tag.trim() !== tag || tag.length < 1 || tag.length > LONGEST_TAG || !isStorable(tag));
  if (bad !== undefined)
    throw refused(
      "tags",
      `not in order: ${JSON.stringify(bad.slice(0, LONGEST_TAG))} must be a tag of 1 to ${LONGEST_TAG} characters ` +
        "without a space at either end",
    );
  const unique = [...new Set(tags)];
  if (unique.length <= MOST_TAGS) return unique;
  throw refused("tags", `a list of ${unique.length}: it must be at most ${MOST_TAGS}`);
}

const refused = (param: string, what: string): MaillardError =>
  new MaillardError("BAD_INPUT", `\`${param}\` is ${what}.`, { param });
