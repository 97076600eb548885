/**
 * The values that an option takes, as data. The check of a value, the wording of the rule and the type of the value in
 * TypeScript are all made from it. It imports nothing, so that every layer and the command line can read it.
 */

interface NumberDomain {
  type: "int" | "float";
  min: number;
  /** True: `min` itself is refused. */
  above?: boolean;
  /** Left out: no limit. */
  max?: number;
  /** True: `max` itself is refused. */
  below?: boolean;
}

/** One of the keys of `values`, each with a sentence that says what it does. `list`: at least one of them. */
interface ChoiceDomain {
  type: "enum" | "list";
  values: Readonly<Record<string, string>>;
}

interface TextDomain {
  type: "text";
  /** What the text must be, in words: only who knows more than the text can check it. */
  rule: string;
}

/** An object with a value for each part. */
interface ObjectDomain {
  type: "object";
  parts: Readonly<Record<string, OptionPart>>;
}

export type Domain = (NumberDomain | ChoiceDomain | TextDomain | ObjectDomain | { type: "boolean" }) & {
  /** True: null is a value too. */
  nullable?: boolean;
  /** Appended to the rule. */
  note?: string;
};

/** A domain with the value that is taken when none is given. */
export type View = Domain & {
  default: unknown;
  /** Meaning of null: the value, or words. `name` in backticks is another option. */
  nullMeans?: string | number;
};

/** A part of an option that is an object. Columns as in OptionRow. */
export type OptionPart = View & { what: string; huggingFace: string; flag: string };

export interface OptionRow {
  /** What it is, in one sentence; of a boolean, what true does. `name` in backticks is another option. */
  what: string;
  /** Values and default of the engine; null: the engine does not have the option. */
  engine: View | null;
  /** In what the service differs from the engine. Left out: in nothing; null: the service sets the option by itself. */
  service?: Partial<View> | null;
  unit: string;
  /** Hugging Face's name, of TrainingArguments unless it says otherwise; null: it has none. */
  huggingFace: string | null;
  /** Flag of `maillard finetune` with the placeholder of its value; null: it has none, or its parts have. */
  flag: string | null;
  /** Why the default is what it is, and what else a reader should know. */
  reason: string;
  /**
   * How a report says it: {} is the value, {%} the value in percent; or a text for each value. Left out: name and
   * value.
   */
  phrase?: string | Readonly<Record<string, string>>;
  /** True: a report says it always. Left out: only where it is not the service's default. */
  stated?: true;
  /**
   * Whether it is a part of a run's identity, which a checkpoint must share to be resumed. Left out: yes. "never": it
   * decides no number. "unless default": it came later, and the checkpoints of versions without it stay good.
   */
  identity?: "never" | "unless default";
  /** True: the recipe decides it where an order does not name it (recipes.ts); the default is that of `published`. */
  byRecipe?: true;
}

/** Values and default of a row in the service: those of the engine, and what differs. */
export const viewOfRow = ({ engine, service }: OptionRow): View => ({ ...engine, ...service }) as View;

/** Type of the values in TypeScript. */
export type ValueOf<D> = NotNull<D> | (D extends { nullable: true } ? null : never);
type NotNull<D> = D extends { type: "int" | "float" }
  ? number
  : D extends { type: "boolean" }
    ? boolean
    : D extends { type: "text" }
      ? string
      : D extends { type: "enum"; values: infer V }
        ? keyof V
        : D extends { type: "list"; values: infer V }
          ? readonly (keyof V)[]
          : D extends { type: "object"; parts: infer P }
            ? { -readonly [K in keyof P]: ValueOf<P[K]> }
            : never;

/** Whether the option takes the value. */
export function accepts(domain: Domain, value: unknown): boolean {
  if (value === null) return domain.nullable === true;
  switch (domain.type) {
    case "int":
      return Number.isSafeInteger(value) && isWithin(domain, value as number);
    case "float":
      return Number.isFinite(value) && isWithin(domain, value as number);
    case "boolean":
      return typeof value === "boolean";
    case "text":
      return typeof value === "string";
    case "enum":
      return typeof value === "string" && Object.hasOwn(domain.values, value);
    case "list":
      return Array.isArray(value) && value.length > 0 && value.every((item) => Object.hasOwn(domain.values, item));
    case "object":
      return (
        typeof value === "object" &&
        Object.entries(domain.parts).every(([name, part]) => accepts(part, (value as Record<string, unknown>)[name]))
      );
    default:
      throw domain satisfies never;
  }
}

const isWithin = ({ min, above, max = Number.POSITIVE_INFINITY, below }: NumberDomain, value: number): boolean =>
  (above ? value > min : value >= min) && (below ? value < max : value <= max);

/** The rule in words, to follow "it must be": "null or a whole number from 1". */
export function ruleOf(domain: Domain): string {
  const { nullable, note } = domain;
  return `${nullable ? "null or " : ""}${plainRule(domain)}${note ? `; ${note}` : ""}`;
}

function plainRule(domain: Domain): string {
  switch (domain.type) {
    case "int":
      return `a whole number ${rangeOf(domain)}`;
    case "float":
      return `a number ${rangeOf(domain)}`;
    case "boolean":
      return "true or false";
    case "text":
      return domain.rule;
    case "enum":
      return enumerated(Object.keys(domain.values), "or");
    case "list":
      return `one or several ${rangeOf(domain)}`;
    case "object":
      return enumerated(
        Object.entries(domain.parts).map(([name, part]) => `${name} ${rangeOf(part)}`),
        "and",
      );
    default:
      throw domain satisfies never;
  }
}

/** The rule of a value, to follow its name: rank "from 1". */
function rangeOf(domain: Domain): string {
  if (domain.type === "list") return `out of ${Object.keys(domain.values).join(", ")}`;
  if (domain.type !== "int" && domain.type !== "float") return plainRule(domain);
  const { type, min, above, max, below } = domain;
  if (max === undefined) return `${above ? "above" : "from"} ${min}`;
  if (type === "int" && !above && !below) return `from ${min} to ${max}`;
  return `${above ? "above" : "of at least"} ${min} and ${below ? "below" : "at most"} ${max}`;
}

const enumerated = (items: readonly string[], word: "and" | "or"): string =>
  items.length < 2 ? items.join() : `${items.slice(0, -1).join(", ")} ${word} ${items[items.length - 1]}`;

/** The largest of the API's whole numbers, which have 32 bits. */
const LARGEST_INT = 2 ** 31 - 1;

/** The same domain; whole numbers that have no limit of their own have that of the API. */
export const withinInt = <D extends Domain>(domain: D): D =>
  domain.type === "int" && domain.max === undefined ? { ...domain, max: LARGEST_INT } : domain;

/** attentionOutput -> ATTENTION_OUTPUT: a value of a choice as the API and the command line name it. */
export const constantName = (value: string): string => value.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
