/**
 * The recipe of an order, decided once, when the number of training molecules is known and before there is a run. What
 * it chose is a part of the run's input, so that a run repeats exactly whatever later versions choose.
 */
import { chooseRecipe, RECIPE_OPTIONS, type RecipeOption, type RecipeSubject } from "../../train/options/recipes.js";
import type { FinetuneInput, FinetuneOrder } from "./input.js";

/** What the recipe decided of a run's input, and from what. */
export interface RecipeChoice {
  options: RecipeOption[];
  /** Of the training split; of a group, of its first run. */
  molecules: number;
  /** Classes, labels or targets. */
  classes: number;
}

/** The options that are left to `auto`: those that are not named. A warm-up in steps stands for the share, too. */
export function openOptions(recipe: FinetuneOrder["recipe"], input: Partial<FinetuneInput>): RecipeOption[] {
  if (recipe !== "auto") return [];
  return RECIPE_OPTIONS.filter(
    (name) => (input[name] ?? null) === null && !(name === "warmupRatio" && (input.warmupSteps ?? 0) > 0),
  );
}

/** The order with nothing left open. */
export function decided({ open = [], ...order }: FinetuneOrder, subject: RecipeSubject): FinetuneOrder {
  if (open.length === 0) return order;
  const values = chooseRecipe(subject);
  const { molecules, classes } = subject;
  return {
    ...order,
    ...Object.fromEntries(open.map((name) => [name, values[name]])),
    recipeChoice: { options: open, molecules, classes },
  };
}
