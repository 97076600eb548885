/** What a recipe decides of an order, and what it leaves alone. */
import { describe, expect, it } from "vitest";
import { type FinetuneInput, orderFinetune } from "../../../src/runs/orders/input.js";
import { decided } from "../../../src/runs/orders/recipe.js";
import { chooseRecipe, RECIPE_OPTIONS, type RecipeSubject } from "../../../src/train/options/recipes.js";
import { accepts, OPTION_NAMES, rowOf, serviceView } from "../../../src/train/options/table.js";

const subject: RecipeSubject = { task: "SINGLE_LABEL", molecules: 47, classes: 4, width: 256 };
const order = (changes: Partial<FinetuneInput> = {}, of: RecipeSubject = subject) =>
  decided(orderFinetune({ name: "n", baseModel: "b", dataset: "d", target: "t", ...changes }), of);

describe("recipe auto", () => {
  it("is the default, decides what is not named, and says what it decided from what", () => {
    const { epochs, batchSize, learningRate, warmupRatio, augmentation, recipe, recipeChoice, open } = order();
    expect({ epochs, batchSize, learningRate, warmupRatio, augmentation }).toEqual(chooseRecipe(subject));
    expect(recipe).toBe("auto");
    expect(open).toBeUndefined();
    expect(recipeChoice).toEqual({ options: [...RECIPE_OPTIONS], molecules: 47, classes: 4 });
  });

  it("gives way to every option that is named, also to one that is the published recipe's", () => {
    const named = order({ epochs: 5, learningRate: 1e-3, augmentation: 0 });
    expect(named).toMatchObject({ epochs: 5, learningRate: 1e-3, augmentation: 0 });
    expect(named.batchSize).toBe(chooseRecipe(subject).batchSize);
    expect(named.recipeChoice?.options).toEqual(["batchSize", "warmupRatio"]);
    const all = { epochs: 1, batchSize: 2, learningRate: 0.1, warmupRatio: 0, augmentation: 0 };
    expect(order(all)).toMatchObject(all);
    expect(order(all).recipeChoice).toBeUndefined();
  });

  it("leaves the share of the warm-up at 0 where the warm-up is given in steps", () => {
    expect(order({ warmupSteps: 7 })).toMatchObject({ warmupSteps: 7, warmupRatio: 0 });
  });

  it("gives fewer molecules more epochs, enough updates to learn from, and values that the options take", () => {
    for (const width of [32, 256, 768, 1024])
      for (const task of ["SINGLE_LABEL", "MULTI_LABEL", "REGRESSION"] as const) {
        const sizes = [8, 47, 100, 101, 250, 251, 1_000, 1_001, 3_000, 5_000, 8_001, 13_000, 1_000_000];
        const chosen = sizes.map((molecules) => chooseRecipe({ task, molecules, classes: 138, width }));
        const epochs = chosen.map((values) => values.epochs);
        expect(epochs).toEqual([...epochs].sort((a, b) => b - a));
        for (const [index, values] of chosen.entries()) {
          const updates = values.epochs * Math.ceil(sizes[index] / values.batchSize);
          if (sizes[index] >= 47) expect(updates).toBeGreaterThanOrEqual(width < 768 ? 100 : 60);
          for (const name of RECIPE_OPTIONS) expect(accepts(serviceView(name), values[name])).toBe(true);
        }
      }
  });
});

it("recipe published is that of the notebooks, whatever is learned", () => {
  const { recipeChoice, ...values } = order({ recipe: "published" }, { ...subject, molecules: 1_000_000 });
  expect(values).toMatchObject({ epochs: 5, batchSize: 16, learningRate: 2e-5, warmupRatio: 0, augmentation: 0 });
  expect(values).toMatchObject({ weightDecay: 0.01, recipe: "published" });
  expect(recipeChoice).toBeUndefined();
  expect(order({ recipe: "published", epochs: 2 })).toMatchObject({ epochs: 2, batchSize: 16 });
});

it("the rows that say so are those that a recipe decides", () => {
  expect(OPTION_NAMES.filter((name) => rowOf(name).byRecipe).sort()).toEqual([...RECIPE_OPTIONS].sort());
});
