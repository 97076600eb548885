/** Random numbers that follow from a seed alone, and changes of bytes, texts and JSON values that they decide. */

export class Random {
  #state: number;

  /** The same parts give the same numbers, on every machine. */
  constructor(...parts: (string | number)[]) {
    let hash = 2_166_136_261;
    for (const character of parts.join("\u0001")) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619);
    this.#state = hash >>> 0;
  }

  /** 0 to 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** 0 to below - 1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)];
  }
}

export const ODD_NUMBERS = [
  0,
  1,
  -1,
  2,
  3,
  7,
  8,
  16,
  63,
  64,
  100,
  101,
  127,
  128,
  255,
  256,
  1_000,
  4_096,
  65_535,
  65_536,
  1e6,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  1e10,
  1e18,
  1e21,
  1e300,
  1.7976931348623157e308,
  5e-324,
  -0,
  0.1,
  0.5,
  1.5,
];
export const ODD_TEXTS = [
  "",
  " ",
  "\0",
  "\u0001",
  "\ud800",
  "\udfff",
  "\ud83e\uddea",
  "é",
  "\u202e",
  "\ufeff",
  "\ufffd",
  "\u2028",
  "'",
  '"',
  "\\",
  "%",
  "_",
  "$1",
  ";--",
  "' OR 1=1 --",
  "../..",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "NaN",
  "Infinity",
  "1e400",
  "a".repeat(300),
  "x".repeat(70_000),
  "(".repeat(500),
  "[".repeat(500),
  "C".repeat(1_001),
  "\r\n",
  "\t",
  "&|!:*",
  "a & | b",
  "<->",
  "C#N",
  "0000-00-00",
  "{}",
  "[]",
  "٣",
  "İ",
  "ß",
  "\u0130\u0307".repeat(50),
  "e\u0301".repeat(200),
];

const LONGEST = 200_000;

/** One to six changes. `others`: inputs from which parts are taken; `words`: what the format is made of. */
export function mutateBytes(
  random: Random,
  input: Buffer,
  others: readonly Buffer[],
  words: readonly string[] = [],
): Buffer {
  let bytes: Buffer = Buffer.from(input);
  for (let left = 1 + random.below(6); left > 0; left--) bytes = changed(random, bytes, others, words);
  return bytes.subarray(0, LONGEST);
}

function changed(random: Random, bytes: Buffer, others: readonly Buffer[], words: readonly string[]): Buffer {
  const at = random.below(bytes.length + 1);
  const length = random.chance(0.7) ? random.below(8) : random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  const put = (...middle: (Buffer | string)[]): Buffer =>
    Buffer.concat([before, ...middle.map((part) => Buffer.from(part)), after]);
  switch (random.below(12)) {
    case 0:
    case 1: {
      if (bytes.length === 0) return put("a");
      const copy = Buffer.from(bytes);
      copy[random.below(copy.length)] ^= 1 << random.below(8);
      return copy;
    }
    case 2: {
      const copy = Buffer.from(bytes);
      for (let left = Math.min(8, copy.length); left > 0; left--) copy[random.below(copy.length)] = random.below(256);
      return copy;
    }
    case 3:
      return Buffer.concat([before, after.subarray(length)]);
    case 4:
      return put(after.subarray(0, length));
    case 5: {
      const other = random.pick(others.length > 0 ? others : [bytes]);
      const from = random.below(other.length + 1);
      return put(other.subarray(from, from + 1 + random.below(200)));
    }
    case 6:
      return bytes.subarray(0, at);
    case 7:
    case 8:
      return put(words.length > 0 ? random.pick(words) : String.fromCharCode(random.below(128)));
    case 9:
      return put(Buffer.from(random.pick(ODD_TEXTS)));
    case 10: {
      // A number that stands here, or 1 to 8 bytes of one.
      const text = bytes.toString("latin1");
      const numbers = [...text.matchAll(/\d+(\.\d+)?/g)];
      if (numbers.length === 0 || random.chance(0.3)) {
        const copy = Buffer.alloc(8);
        copy.writeBigInt64LE(BigInt(Math.trunc(Math.max(-9e18, Math.min(9e18, random.pick(ODD_NUMBERS))))));
        return Buffer.concat([before, copy.subarray(0, 1 + random.below(8)), after.subarray(length)]);
      }
      const { index, 0: found } = random.pick(numbers);
      return Buffer.from(
        text.slice(0, index) + String(random.pick(ODD_NUMBERS)) + text.slice(index + found.length),
        "latin1",
      );
    }
    default: {
      const part = after.subarray(0, 1 + random.below(20));
      const times = random.chance(0.9) ? 2 + random.below(30) : 2_000;
      return put(...Array.from({ length: Math.min(times, Math.floor(LONGEST / (part.length + 1))) }, () => part));
    }
  }
}

/** A text with one to four changes, which may hold halves of surrogate pairs. */
export function mutateText(random: Random, text: string, words: readonly string[] = []): string {
  let changedText = text;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(changedText.length + 1);
    const [before, after] = [changedText.slice(0, at), changedText.slice(at)];
    const choice = random.below(6);
    if (choice === 0) changedText = before + after.slice(1 + random.below(3));
    else if (choice === 1) changedText = before + after.slice(0, 4).repeat(1 + random.below(40)) + after;
    else if (choice === 2) changedText = before + random.pick(ODD_TEXTS) + after;
    else if (choice === 3) changedText = before + String.fromCharCode(random.below(0x10000)) + after;
    else if (choice === 4) changedText = before + String(random.pick(ODD_NUMBERS)) + after;
    else changedText = before + (words.length > 0 ? random.pick(words) : "a") + after;
  }
  return changedText.slice(0, LONGEST);
}

export function oddValue(random: Random, depth = 0): unknown {
  const choice = random.below(depth > 3 ? 5 : 9);
  if (choice === 0) return null;
  if (choice === 1) return random.chance(0.5);
  if (choice <= 2) return random.pick(ODD_NUMBERS);
  if (choice <= 4) return random.pick(ODD_TEXTS);
  if (choice === 5) return Array.from({ length: random.below(4) }, () => oddValue(random, depth + 1));
  if (choice === 6)
    return Object.fromEntries(
      Array.from({ length: random.below(4) }, () => [random.pick(ODD_TEXTS).slice(0, 20), oddValue(random, depth + 1)]),
    );
  if (choice === 7) return nested(random.pick([10, 100, 3_000]));
  return Array.from({ length: random.pick([10, 300, 5_000]) }, (_, index) => index);
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let left = depth; left > 0; left--) value = left % 2 ? [value] : { a: value };
  return value;
}

/** A JSON value in which one to three parts are others. */
export function mutateJson(random: Random, value: unknown): unknown {
  let result = structuredClone(value);
  for (let left = 1 + random.below(3); left > 0; left--) result = replaced(random, result);
  return result;
}

function replaced(random: Random, value: unknown): unknown {
  if (typeof value !== "object" || value === null || random.chance(0.15)) {
    if (typeof value === "string" && random.chance(0.6)) return mutateText(random, value);
    if (typeof value === "number" && random.chance(0.6)) return random.pick(ODD_NUMBERS);
    return oddValue(random);
  }
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.2)) return [...value, oddValue(random)];
    const at = random.below(value.length);
    if (random.chance(0.2)) return value.filter((_, index) => index !== at);
    if (random.chance(0.2)) return [...value, ...value].slice(0, 5_000);
    return value.map((entry, index) => (index === at ? replaced(random, entry) : entry));
  }
  const entries = Object.entries(value);
  if (entries.length === 0 || random.chance(0.1))
    return { ...value, [random.pick(ODD_TEXTS).slice(0, 50)]: oddValue(random) };
  const at = random.below(entries.length);
  if (random.chance(0.15)) return Object.fromEntries(entries.filter((_, index) => index !== at));
  return Object.fromEntries(
    entries.map(([key, entry], index) => [key, index === at ? replaced(random, entry) : entry]),
  );
}
