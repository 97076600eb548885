/** The line of a report with the training settings, made from the table of options. */
import { expect, it } from "vitest";
import { recipeFor, recipeText } from "../../src/cli/experiment/recipe.js";
import { defaultOf, rowOf, SERVICE_OPTIONS } from "../../src/train/options/table.js";

it("says the recipes in words", () => {
  expect(recipeText({ ...recipeFor({ width: 768 }).settings, seed: 7 })).toBe(
    "5 epochs, batch 16, AdamW, peak learning rate 0.00002, linear to 0, warm-up over 0 % of the steps, " +
      "weight decay 0.01, the weights of the last step, seed 7",
  );
  expect(recipeText(recipeFor({ width: 256 }).settings)).toBe(
    "8 epochs, batch 32, AdamW, peak learning rate 0.0004, linear to 0, warm-up over 5 % of the steps, " +
      "weight decay 0.01, the weights of the last step, seed 42, 4 other SMILES a molecule to draw from, " +
      "scores averaged over 8",
  );
  expect(recipeText({ lrSchedulerType: "COSINE", loadBestModelAtEnd: true })).toMatch(
    /half a cosine to 0.*the weights of the best checkpoint/,
  );
});

// The recipe itself is not said: what it decided is.
it.each(SERVICE_OPTIONS.filter((name) => name !== "recipe"))("says %s where it is not the default", (name) => {
  const changed = recipeText({ [name]: 0.125 });
  const { phrase } = rowOf(name);
  if (typeof phrase === "object") expect(changed).toContain(`${name} 0.125`);
  else expect(changed).toContain((phrase ?? `${name} {}`).replace("{%}", "12.5 %").replace("{}", "0.125"));
  if (!rowOf(name).stated) expect(recipeText({ [name]: defaultOf(name) })).toBe(recipeText({}));
});
