/** Places for work that is done at once: no more than there are, and in the order of asking. */
import { expect, it } from "vitest";
import { Places } from "../../src/process/places.js";

it("are given in order, each when one is given back", async () => {
  const places = new Places(2);
  const log: string[] = [];
  const take = (name: string) =>
    places.take().then((leave) => {
      log.push(name);
      return leave;
    });
  const [first, second] = [await take("first"), await take("second")];
  const third = take("third");
  const fourth = take("fourth");
  expect(log).toEqual(["first", "second"]);
  second();
  (await third)();
  await fourth;
  expect(log).toEqual(["first", "second", "third", "fourth"]);
  first();
  await take("fifth");
  expect(log.at(-1)).toBe("fifth");
});
