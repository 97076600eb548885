/**
 * Colour and marker of a class. Colours: Okabe and Ito's eight, made for colour-blind readers; the yellow is darkened
 * to be visible on white, and the black is lightened to a grey in which markers can be distinguished. Up to 8 classes
 * each differ in colour and in shape; up to 20 each pair of colour and shape occurs once; beyond 20 the rarest share
 * one grey "other" bucket. Classes are ordered by count, descending, then by name. Points without a label come last, as
 * "unlabelled". Figures of parts of one library get all its classes in one order: a class then has the same look in
 * each of them (of more than 20 classes, the first 19 do).
 */
import type { SymbolType } from "@observablehq/plot";

export const COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D", "#B5A800"] as const;
export const SHAPES = ["circle", "square", "triangle", "diamond", "star", "cross", "wye", "triangleDown"] as const;
export const DASHES = ["", "7 3", "2 3", "9 3 2 3", "12 4", "5 2 1 2 1 2", "1 2", "14 3 4 3"] as const;
const GREY = "#8C8C8C";
const PALE_GREY = "#C4C4C4";
const LARGEST_LEGEND = 20;

export interface ClassStyle {
  /** Text in the legend. */
  name: string;
  count: number;
  color: string;
  symbol: SymbolType;
}

/** Triangle of the same area that points down. */
const triangleDown = {
  draw(
    context: { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void; closePath(): void },
    size: number,
  ) {
    const y = -Math.sqrt(size / (Math.sqrt(3) * 3));
    context.moveTo(0, -y * 2);
    context.lineTo(Math.sqrt(3) * y, y);
    context.lineTo(-Math.sqrt(3) * y, y);
    context.closePath();
  },
};

const symbolOf = (shape: (typeof SHAPES)[number]): SymbolType =>
  (shape === "triangleDown" ? triangleDown : shape) as SymbolType;

/** A style per class, in legend order, and the place in that list of each given label. */
export function styleClasses(
  labels: readonly (string | null)[],
  order: readonly string[] = [],
): { classes: ClassStyle[]; classOf: Int32Array } {
  const counts = new Map<string, number>();
  for (const label of labels) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  const fixed = new Map(
    order.slice(0, order.length > LARGEST_LEGEND ? LARGEST_LEGEND - 1 : LARGEST_LEGEND).map((name, i) => [name, i]),
  );
  const placeOf = (name: string) => fixed.get(name) ?? fixed.size;
  const names = [...counts.keys()].sort(
    (a, b) => placeOf(a) - placeOf(b) || counts.get(b)! - counts.get(a)! || (a < b ? -1 : 1),
  );
  const shown = names.length > LARGEST_LEGEND ? names.slice(0, LARGEST_LEGEND - 1) : names;
  const known = shown.filter((name) => fixed.has(name)).length;
  const classes: ClassStyle[] = shown.map((name, i) => {
    // Classes that the order does not have get the styles after its last one.
    const look = fixed.get(name) ?? fixed.size + i - known;
    return {
      name,
      count: counts.get(name)!,
      color: COLORS[look % COLORS.length],
      symbol: symbolOf(SHAPES[(look + 3 * Math.floor(look / COLORS.length)) % SHAPES.length]),
    };
  });
  const place = new Map(shown.map((name, i) => [name, i]));
  if (names.length > shown.length) {
    const rest = names.slice(shown.length);
    const count = rest.reduce((sum, name) => sum + counts.get(name)!, 0);
    for (const name of rest) place.set(name, classes.length);
    classes.push({ name: `other (${rest.length} classes)`, count, color: GREY, symbol: "square" });
  }
  const unlabelled = labels.filter((label) => label === null).length;
  if (unlabelled > 0) classes.push({ name: "unlabelled", count: unlabelled, color: PALE_GREY, symbol: "circle" });
  return {
    classes,
    classOf: Int32Array.from(labels, (label) => (label === null ? classes.length - 1 : place.get(label)!)),
  };
}
