/**
 * Orders against the table of options: each row that the service has is taken at its bounds and refused just outside.
 */
import { expect, it } from "vitest";
import { type FinetuneInput, orderFinetune } from "../../../src/runs/orders/input.js";
import { rowOf, ruleOf, SERVICE_OPTIONS, serviceView, withinInt } from "../../../src/train/options/table.js";
import { inside, outside } from "../../train/options/option-values.js";

const order = (changes: object) =>
  orderFinetune({ name: "n", baseModel: "b", dataset: "d", target: "t", ...changes } as FinetuneInput);

it.each(SERVICE_OPTIONS)("%s", (name) => {
  const view = withinInt(serviceView(name));
  expect(order({})[name]).toEqual(view.default);
  expect(order({ [name]: null })[name]).toEqual(view.default);
  for (const value of inside(view)) expect(order({ [name]: value })[name]).toEqual(value);
  for (const value of outside(view))
    expect(() => order({ [name]: value })).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        param: name,
        details: expect.objectContaining({ option: name, rule: ruleOf(view) }),
      }),
    );
});

it("knows every row but those that the service sets by itself", () => {
  expect(Object.keys(order({}))).toEqual(expect.arrayContaining([...SERVICE_OPTIONS]));
  expect(Object.keys(order({})).filter((name) => ["maskProbability", "threads"].includes(name))).toEqual([]);
  expect([rowOf("maskProbability").service, rowOf("threads").service]).toEqual([null, null]);
});
