/**
 * Formula and weight of a graph. The formula is in Hill order as RDKit writes it: C, then H, then the other elements by
 * symbol, then the charge; H comes first also without carbon (HCl, H4N+), and isotopes count as their element.
 * The weight is the average molecular weight in g/mol of the natural mixture of isotopes.
 */
import { SYMBOLS, WEIGHTS } from "./elements.js";
import type { Graph } from "./graph.js";

export function formulaOf(graph: Graph): string {
  const counts = new Map<string, number>();
  const add = (symbol: string, count: number) => count > 0 && counts.set(symbol, (counts.get(symbol) ?? 0) + count);
  let charge = 0;
  for (const atom of graph.atoms) {
    add(SYMBOLS[atom.z], 1);
    add("H", atom.impHs);
    charge += atom.chg;
  }
  const rank = (symbol: string) => (symbol === "C" ? 0 : symbol === "H" ? 1 : 2);
  const elements = [...counts].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const sign = charge === 0 ? "" : charge > 0 ? "+" : "-";
  return (
    elements.map(([symbol, count]) => symbol + (count > 1 ? count : "")).join("") +
    sign +
    (Math.abs(charge) > 1 ? Math.abs(charge) : "")
  );
}

/** null when an isotope is labelled: only RDKit knows its mass. */
export function weightOf(graph: Graph): number | null {
  let weight = 0;
  for (const atom of graph.atoms) {
    if (atom.isotope !== 0) return null;
    weight += WEIGHTS[atom.z] + atom.impHs * WEIGHTS[1];
  }
  return Math.round(weight * 1e6) / 1e6;
}
