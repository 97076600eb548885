/** Values at the bounds of an option and just outside of them, made from its row: for tests that walk the table. */
import type { Domain } from "../../../src/train/options/table.js";

/** Half of what is tried outside a bound that is 0; small beside every bound of the table. */
const NEAR = 1e-6;

/** Values at the bounds: each is taken. */
export function inside(domain: Domain): unknown[] {
  const none = domain.nullable ? [null] : [];
  switch (domain.type) {
    case "int":
    case "float": {
      const { type, min, above, max, below } = domain;
      const step = type === "int" ? 1 : NEAR;
      return [...none, above ? min + step : min, ...(max === undefined ? [] : [below ? max - step : max])];
    }
    case "boolean":
      return [...none, true, false];
    case "text":
      return [...none, "loss"];
    case "enum":
      return [...none, ...Object.keys(domain.values)];
    case "list":
      return [...none, Object.keys(domain.values), Object.keys(domain.values).slice(-1)];
    case "object":
      return [...none, ...variants(domain.parts, inside)];
    default:
      throw domain satisfies never;
  }
}

/** Values just outside, and of another type: each is refused. */
export function outside(domain: Domain): unknown[] {
  switch (domain.type) {
    case "int":
    case "float": {
      const { type, min, above, max, below } = domain;
      const step = type === "int" ? 1 : NEAR;
      const high = max === undefined ? [] : [below ? max : max + step];
      return [above ? min : min - step, ...high, ...(type === "int" ? [min + 0.5] : []), Number.NaN];
    }
    case "boolean":
      return [1];
    case "text":
      return [7];
    case "enum":
      return ["no such value", ""];
    case "list":
      return [[], ["no such value"]];
    case "object":
      return variants(domain.parts, outside);
    default:
      throw domain satisfies never;
  }
}

/** Whole objects, each with another value of one part and the defaults of the others. */
function variants(
  parts: Extract<Domain, { type: "object" }>["parts"],
  values: (domain: Domain) => unknown[],
): Record<string, unknown>[] {
  const defaults = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.default]));
  return Object.entries(parts).flatMap(([name, part]) => values(part).map((value) => ({ ...defaults, [name]: value })));
}
