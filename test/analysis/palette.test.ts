/** Colours and shapes of classes when figures show parts of one library. */
import { expect, it } from "vitest";
import { styleClasses } from "../../src/analysis/figures/palette.js";

it("gives a class the same look in every figure that knows the order of all classes", () => {
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
