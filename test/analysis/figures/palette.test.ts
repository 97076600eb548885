/** Colours and shapes of classes when figures show parts of one library. */
import { expect, it } from "vitest";
import { COLORS, styleClasses } from "../../../src/analysis/figures/palette.js";

it("gives a class the same colour and shape in every figure that has the order of all classes", () => {
  const order = ["lipids", "acids", "alkaloids", "sugars"];
  const all = styleClasses(["lipids", "lipids", "acids", "alkaloids", "sugars"], order).classes;
  const part = styleClasses(["sugars", "sugars", "acids", null, "unheard of"], order).classes;
  const look = (classes: typeof all, name: string) => {
    const { color, symbol } = classes.find((style) => style.name === name)!;
    return [color, symbol];
  };
  expect(part.map(({ name, count }) => [name, count])).toEqual([
    ["acids", 1],
    ["sugars", 2],
    ["unheard of", 1],
    ["unlabelled", 1],
  ]);
  for (const name of ["acids", "sugars"]) expect(look(part, name)).toEqual(look(all, name));
  expect(new Set([...all, part[2]].map(({ color, symbol }) => `${color} ${String(symbol)}`)).size).toBe(5);
});

it("of more than 20 classes the first 19 of the order keep colour and shape in figures of any number", () => {
  const order = Array.from({ length: 30 }, (_, i) => `class ${i}`);
  const counted = (times: (i: number) => number) => order.flatMap((name, i) => Array<string>(times(i)).fill(name));
  const before = styleClasses(
    counted((i) => 60 - i),
    order,
  ).classes;
  const after = styleClasses(
    counted((i) => 1 + (i % 7)),
    order,
  ).classes;
  const looks = (classes: typeof before) =>
    classes.slice(0, 19).map(({ name, color, symbol }) => [name, color, symbol]);
  expect(looks(after)).toEqual(looks(before));
  expect(after.map(({ name }) => name)).toEqual([...order.slice(0, 19), "other (11 classes)"]);
  expect(after[9].color).toBe(COLORS[1]);
});
