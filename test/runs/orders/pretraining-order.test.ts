/** Orders of pretrainings: every option of the table at its bounds and outside, and the shape that is written out. */
import { describe, expect, it } from "vitest";
import { orderPretraining, roughParameters, shapeOf } from "../../../src/runs/orders/pretraining-order.js";
import { accepts, viewOfRow, withinInt } from "../../../src/train/options/table.js";
import {
  PRETRAIN_DEFAULTS,
  PRETRAIN_ORDER_OPTIONS,
  PRETRAIN_ROWS,
  SHAPE_OPTIONS,
} from "../../../src/train/pretrain/pretrain-options.js";
import { inside, outside } from "../../train/options/option-values.js";

const order = (changes: object = {}) => orderPretraining({ name: "n", dataset: "sample", ...changes });
const refusal = (changes: object) => {
  try {
    order(changes);
    return null;
  } catch (error) {
    const { code, param } = error as { code: string; param: string };
    return [code, param];
  }
};

describe.each(PRETRAIN_ORDER_OPTIONS)("%s", (name) => {
  const view = withinInt(viewOfRow(PRETRAIN_ROWS[name]));

  it("has sentences, a unit, and a default that keeps its rule", () => {
    const { what, reason, unit } = PRETRAIN_ROWS[name];
    expect([what, reason].every((text) => /^\S.+\.$/.test(text))).toBe(true);
    expect(unit).not.toBe("");
    expect(accepts(view, view.default)).toBe(true);
    if (view.nullable) expect(view.nullMeans).toBeDefined();
  });

  it("is taken at its bounds and refused outside", () => {
    // The shape has rules of its own, which are below.
    const isShape = (SHAPE_OPTIONS as readonly string[]).includes(name);
    if (!isShape) for (const value of inside(view)) expect(order({ [name]: value })).toHaveProperty(name, value);
    expect(outside(view)).not.toEqual([]);
    for (const value of outside(view)) expect(refusal({ [name]: value })).toEqual(["INVALID_CONFIG", name]);
  });
});

it("writes the shape out for random weights, and leaves it to a base model", () => {
  expect(order()).toMatchObject({ baseModel: null, ...PRETRAIN_DEFAULTS.shape, tokens: 16_000_000, evalSteps: 500 });
  expect(order({ width: 16, heads: 2 })).toMatchObject({ layers: 4, width: 16, heads: 2, maxLength: 256 });
  const base = order({ baseModel: "base" });
  expect(SHAPE_OPTIONS.map((name) => base[name])).toEqual([null, null, null, null]);
  expect(refusal({ baseModel: "base", maxLength: 9 })).toEqual(["INVALID_CONFIG", "maxLength"]);
});

it("refuses a width that the heads do not divide, and more weights than fit", () => {
  expect(refusal({ width: 16, heads: 3 })).toEqual(["INVALID_CONFIG", "width"]);
  // 12 x 24 x 1,024² and embeddings: above 250 million.
  expect(refusal({ width: 1_024, layers: 24, heads: 16 })).toEqual(["INVALID_CONFIG", "width"]);
  expect(refusal({ width: 768, layers: 12, heads: 12 })).toBeNull();
});

it("expects the weights of a model to within a tenth: the base model that ships has 3,404,213 with its pooler", () => {
  const expected = roughParameters(shapeOf({ layers: null, width: null, heads: null, maxLength: null }));
  expect(Math.abs(expected / 3_404_213 - 1)).toBeLessThan(0.1);
});
