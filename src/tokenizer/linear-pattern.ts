/**
 * Regular expressions of a tokenizer.json, matched in time linear in the text. A pattern comes from whoever made the
 * file, and the engine of JavaScript needs exponential time for some, such as (C+)+P. The Hugging Face library hands
 * its expressions to String methods; they call the symbols below, so each expression is replaced by an object of RE2
 * that has them. RE2 has no lookahead and no back references: such a pattern is refused, except for those in SAFE.
 */
import { RE2JS } from "re2js";
import { MaillardError } from "../errors.js";
import { TOKENIZER_LIMITS } from "./limits.js";
import { ATOMWISE_PATTERN } from "./pattern.js";

/** Patterns known to take at most quadratic time in JavaScript, which runs them faster. */
const SAFE: ReadonlySet<string> = new Set([
  ATOMWISE_PATTERN,
  // GPT-2, which Hugging Face writes as a pattern in some files.
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
]);

/** What `match`, `matchAll`, `split` and `replaceAll` of a string need. */
export class LinearPattern {
  readonly flags = "g";
  readonly #expression: RE2JS;

  /** @param source as `RegExp.source` has it, with the meaning of the flags "gu" */
  constructor(source: string) {
    this.#expression = RE2JS.compile(RE2JS.translateRegExp(source));
  }

  [Symbol.match](text: string): string[] | null {
    const found = [...this.#matches(text)].map(({ 0: match }) => match);
    return found.length > 0 ? found : null;
  }

  [Symbol.matchAll](text: string): Iterator<RegExpExecArray> {
    return this.#matches(text);
  }

  /** Groups of the pattern are no parts of the result: no behaviour of a tokenizer asks for them. */
  [Symbol.split](text: string): string[] {
    const parts: string[] = [];
    let end = 0;
    for (const { index, 0: match } of this.#matches(text)) {
      if (match.length === 0) continue;
      parts.push(text.slice(end, index));
      end = index + match.length;
    }
    return [...parts, text.slice(end)];
  }

  /** The replacement is taken as it is: "$1" has no meaning, as in the reference library in Rust. */
  [Symbol.replace](text: string, content: string): string {
    const parts: string[] = [];
    let end = 0;
    for (const { index, 0: match } of this.#matches(text)) {
      parts.push(text.slice(end, index), content);
      end = index + match.length;
    }
    return parts.join("") + text.slice(end);
  }

  *#matches(text: string): Generator<RegExpExecArray> {
    const matcher = this.#expression.matcher(text);
    while (matcher.find()) {
      const index = matcher.start();
      yield Object.assign([text.slice(index, matcher.end())], { index, input: text }) as unknown as RegExpExecArray;
    }
  }
}

/** A step of the library that may hold an expression, or a sequence of steps. */
interface Step {
  config?: { pattern?: { Regex?: unknown } };
  pattern?: unknown;
  normalizers?: unknown;
  tokenizers?: unknown;
}

/** Replaces every expression below a normalizer or a pre-tokenizer of the library. CHECKPOINT_UNSUPPORTED. */
export function makeLinear(step: unknown): void {
  const open = [step];
  while (open.length > 0) {
    const next = open.pop() as Step | null | undefined;
    if (typeof next !== "object" && typeof next !== "function") continue;
    if (next === null) continue;
    for (const inner of [next.normalizers, next.tokenizers]) if (Array.isArray(inner)) open.push(...inner);
    const given = next.config?.pattern?.Regex;
    if (typeof given !== "string" || SAFE.has(given) || !(next.pattern instanceof RegExp)) continue;
    next.pattern = linear(given, next.pattern.source);
  }
}

function linear(given: string, source: string): LinearPattern {
  try {
    return new LinearPattern(source);
  } catch (error) {
    const shown = JSON.stringify(given.slice(0, 200));
    const reason = error instanceof Error ? error.message.slice(0, 200) : "unknown";
    throw new MaillardError(
      "CHECKPOINT_UNSUPPORTED",
      `tokenizer.json has the pattern ${shown}, which RE2 cannot match in linear time (${reason}): ` +
        "write it without lookahead, back references and nested repetitions",
      { details: { file: "tokenizer.json", field: "pattern", limit: TOKENIZER_LIMITS.patternLength.most } },
    );
  }
}
