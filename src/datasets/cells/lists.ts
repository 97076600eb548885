/**
 * A list of labels written as a program prints it: ["a", "b"] of JSON, ['a', 'b'] of Python, and ['a' 'b'] of numpy.
 * Tuples and sets have other brackets. An item without quotes is a text up to the next comma.
 */
const BRACKETS: Readonly<Record<string, string>> = { "[": "]", "(": ")", "{": "}" };
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** Whether a text looks like a list: enough to look into it. */
export const isLikeList = (text: string): boolean =>
  text.length >= 2 && Object.hasOwn(BRACKETS, text[0]) && text.endsWith(BRACKETS[text[0]]);

/** The items, or null: it is no list. In one pass: a cell may have a million characters. */
export function listOf(text: string): string[] | null {
  if (!isLikeList(text)) return null;
  const end = text.length - 1;
  const items: string[] = [];
  let at = 1;
  for (;;) {
    while (at < end && /[\s,]/.test(text[at])) at++;
    if (at >= end) return items;
    const quote = text[at];
    if (quote !== '"' && quote !== "'") {
      const comma = text.indexOf(",", at);
      const until = comma < 0 ? end : Math.min(comma, end);
      const item = text.slice(at, until).trim();
      if (/["'[\](){}]/.test(item)) return null;
      items.push(item);
      at = until;
      continue;
    }
    let item = "";
    for (at++; at < end && text[at] !== quote; at++) {
      const escaped = text[at] === "\\" && at + 1 < end;
      if (escaped) at++;
      item += escaped ? (ESCAPES[text[at]] ?? text[at]) : text[at];
    }
    if (at >= end) return null;
    items.push(item);
    at++;
    if (at < end && !/[\s,]/.test(text[at])) return null;
  }
}

/** Whether an item of the list is in quotes: [0, 1] is a vector, not labels. */
export const hasQuotedItem = (text: string): boolean => /["']/.test(text);
