/**
 * Text measurement without a browser. Widths are estimated for DejaVu Sans, the widest of the usual sans-serif fonts,
 * so text that fits by this estimate fits in every viewer. In units of the font size, at weight 400.
 */
const NARROW = /[iljI.,:;'|!()[\]{} ]/;
const SLIM = /[frt"/\\\-*]/;
const WIDE = /[mwMW@%—]/;
const CAPITAL = /[A-Z&#+=<>~^_]/;

export function textWidth(text: string, fontSize: number, bold = false): number {
  let width = 0;
  for (const character of text) {
    if (NARROW.test(character)) width += 0.36;
    else if (SLIM.test(character)) width += 0.44;
    else if (WIDE.test(character)) width += 0.96;
    else if (CAPITAL.test(character)) width += 0.72;
    else if (character.codePointAt(0)! > 0x2e7f) width += 1;
    else width += 0.62;
  }
  return width * fontSize * (bold ? 1.12 : 1);
}

/** The text, or its longest beginning that fits with an ellipsis. */
export function fitText(text: string, fontSize: number, width: number, bold = false): string {
  if (textWidth(text, fontSize, bold) <= width) return text;
  const characters = [...text];
  while (characters.length > 0 && textWidth(`${characters.join("")}…`, fontSize, bold) > width) characters.pop();
  return `${characters.join("").trimEnd()}…`;
}

/** At most `lines` lines of at most `width`, broken at spaces; what remains is cut with an ellipsis. */
export function wrapText(text: string, fontSize: number, width: number, lines: number, bold = false): string[] {
  const result: string[] = [];
  let rest = text.trim().split(/\s+/);
  while (rest.length > 0 && result.length < lines) {
    let taken = 1;
    while (taken < rest.length && textWidth(rest.slice(0, taken + 1).join(" "), fontSize, bold) <= width) taken++;
    if (result.length === lines - 1) taken = rest.length;
    result.push(fitText(rest.slice(0, taken).join(" "), fontSize, width, bold));
    rest = rest.slice(taken);
  }
  return result.filter((line) => line !== "");
}

/** 12345 as "12,345", in every locale. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

const COMPACT = new Intl.NumberFormat("en", { notation: "compact" });

/** 40000 as "40K", for axes with little space. */
export const compactCount = (count: number): string => COMPACT.format(count);
