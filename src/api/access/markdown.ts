/** The table of roles as Markdown, and a document with the current one between its two markers. */
import { FIELD_RULES, ROUTE_RULES, type Rule } from "./roles.js";

const BEGIN = "<!-- roles: made by `npm run generate` from src/api/access/roles.ts -->";
const END = "<!-- end of roles -->";

/** The same document with the table of today. Throws when a marker is missing. */
export function withRoleTable(document: string): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The document lacks the two lines ${BEGIN} and ${END}.`);
  return `${document.slice(0, begin)}${BEGIN}\n${roleTable().join("\n")}\n${document.slice(end)}`;
}

/** A line for each role and kind that has rows. */
function roleTable(): string[] {
  const kinds = [
    ["address", Object.entries(ROUTE_RULES)],
    ...["Query", "Mutation", "Subscription"].map((type) => [
      type.toLowerCase(),
      Object.entries(FIELD_RULES).filter(([place]) => place.startsWith(`${type}.`)),
    ]),
  ] as [string, [string, Rule][]][];
  const lines = [null, "READER", "MEMBER", "ADMIN"].flatMap((role) =>
    kinds.flatMap(([kind, rows]) => {
      const names = rows.filter(([, rule]) => rule.role === role).map(nameOf);
      return names.length > 0 ? [`| ${role ?? "none: no key"} | ${kind} | ${names.join(", ")} |`] : [];
    }),
  );
  return ["| least role | what | names |", "|---|---|---|", ...lines];
}

function nameOf([place, { own, unless }]: [string, Rule]): string {
  const more = [...(own ? ["own; else ADMIN"] : []), ...(unless ? [`${unless.role} when ${unless.when}`] : [])];
  return `\`${place.replace(/^\w+\./, "")}\`${more.length > 0 ? ` (${more.join("; ")})` : ""}`;
}
