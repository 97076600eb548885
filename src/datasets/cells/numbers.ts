/**
 * Numbers as tables have them. A number that is kept has a decimal point and no groups: `numberOf` is the only reader
 * of such a text, so hexadecimal, binary and infinite ones are numbers nowhere. All patterns have one way only to read
 * a text: a cell may have a million characters.
 */

/** 12, -0.5, .5, 1e-7 */
const POINT = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** 0,5 and 12,25e-3 */
const COMMA = /^[+-]?\d*,\d+(e[+-]?\d+)?$/i;
/** 1,234 or 1,234,567, with or without a fraction after a point; and the same with the marks exchanged. */
const GROUPS = { ".": /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/, ",": /^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$/ } as const;
/** 1,234 and 1.234: a fraction of three digits, or a thousand and more. */
const ONE_GROUP = { ".": /^[+-]?[1-9]\d{0,2},\d{3}$/, ",": /^[+-]?[1-9]\d{0,2}\.\d{3}$/ } as const;

export type Decimal = "." | ",";

/**
 * The greatest size of a number that is kept. Errors of numbers are squared and summed: above, they are infinite, and
 * nothing can be learned of them.
 */
export const LARGEST_NUMBER = 1e150;

/** What stands before fractions, and whether the other mark stands between thousands. */
export interface NumberFormat {
  decimal: Decimal;
  grouped: boolean;
}

/** The number, or null: no number, or an infinite one (1e400). */
function numberOf(text: string): number | null {
  const value = POINT.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

/** Why a value is not kept, for a message; null: it is a number that is kept. */
export function faultOfNumber(text: string): string | null {
  const value = numberOf(text);
  if (value === null) return "is not a number";
  return Math.abs(value) > LARGEST_NUMBER ? `is too large: at most ${LARGEST_NUMBER} in size are taken` : null;
}

export const isPlainNumber = (text: string): boolean => POINT.test(text);

export const isNumberIn = ({ decimal, grouped }: NumberFormat, text: string): boolean =>
  (decimal === "." ? POINT.test(text) : COMMA.test(text) || (POINT.test(text) && !text.includes("."))) ||
  (grouped && GROUPS[decimal].test(text));

/**
 * A number of a column with a decimal point and without groups. A mark in a wrong place stays wrong: among decimal
 * commas without groups, 1.234 becomes 1,234, which is no number. Any other text stays as it is.
 */
export function plainNumber({ decimal, grouped }: NumberFormat, text: string): string {
  if (grouped && GROUPS[decimal].test(text)) {
    const whole = text.replaceAll(decimal === "." ? "," : ".", "");
    return whole.replace(",", ".");
  }
  if (decimal === "." || !/^[+-]?[\d.,]+(e[+-]?\d+)?$/i.test(text)) return text;
  return text.replace(/[.,]/g, (mark) => (mark === "," ? "." : ","));
}

export type FoundFormat = NumberFormat | { ambiguous: "." | "," };

/**
 * The format of a column, of its values that have a mark. `ambiguous`: the mark may stand before a fraction or between
 * thousands. `besideCommas`: other columns of the table have decimal commas. Null: no format is shared by all of them.
 */
export function formatOf(values: readonly string[], named: Decimal | undefined, besideCommas: boolean): FoundFormat {
  if (named !== undefined) return { decimal: named, grouped: true };
  const marked = values.filter((text) => /[.,]/.test(text) && /^[+-]?[\d.,]+(e[+-]?\d+)?$/i.test(text));
  const commas = marked.filter((text) => text.includes(","));
  const points = marked.filter((text) => text.includes("."));
  for (const decimal of [".", ","] as const) {
    const [others, own] = decimal === "." ? [commas, points] : [points, commas];
    // 1,234.5 and 1,234,567 say which mark is which; 1,234 beside 0.5 does not contradict it.
    const says = others.filter((text) => GROUPS[decimal].test(text) && !ONE_GROUP[decimal].test(text));
    // 130.000 beside 0,2: the comma of 0,2 cannot stand between thousands, so it stands before a fraction.
    const reverse = decimal === "." ? "," : ".";
    const proves = others.length > 0 && own.some((text) => !GROUPS[reverse].test(text));
    if (says.length === 0 && !proves) continue;
    if (
      others.every((text) => GROUPS[decimal].test(text)) &&
      own.every((text) => isNumberIn({ decimal, grouped: true }, text))
    )
      return { decimal, grouped: true };
  }
  if (commas.length > 0 && points.length === 0)
    return commas.every((text) => ONE_GROUP["."].test(text)) ? { ambiguous: "," } : { decimal: ",", grouped: false };
  if (besideCommas && commas.length === 0 && points.length > 0 && points.every((text) => ONE_GROUP[","].test(text)))
    return { ambiguous: "." };
  return { decimal: ".", grouped: false };
}
