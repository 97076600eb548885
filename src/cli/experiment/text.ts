/** Markdown of numbers and of text from outside, which is escaped: a name never becomes markup. */
import { score } from "../output/table.js";

/** Control characters, and Unicode's own ends of lines and paragraphs, at which a row of a table would end. */
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** Text from outside, escaped, on one line. */
export const text = (value: string): string =>
  value
    .replace(BREAKS, " ")
    .replace(/[\\`*_{}[\]()#+!|~>$-]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    // GitHub's Markdown makes links of bare addresses.
    .replace(/:\/\//g, "\\://")
    .replace(/\bwww\./gi, (start) => `${start.slice(0, -1)}\\.`)
    .replaceAll("@", "\\@");

export const code = (value: string): string => `\`${value.replace(BREAKS, " ").replaceAll("`", " ")}\``;

/** Columns whose title begins with ">" are aligned right. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const right = titles.map((title) => title.startsWith(">"));
  return [
    `| ${titles.map((title) => title.replace(/^>/, "")).join(" | ")} |`,
    `|${right.map((of) => (of ? "--:" : "---")).join("|")}|`,
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ].join("\n");
}

export const number = (value: number | null | undefined): string => score(Number.isFinite(value) ? value : null);

/** 0.756 (0.735 to 0.777); without bounds the value alone. */
export const withInterval = (of: { value: number | null; low?: number | null; high?: number | null }): string => {
  const { value, low = null, high = null } = of;
  return low === null || high === null ? number(value) : `${number(value)} (${number(low)} to ${number(high)})`;
};
