/** What a finetune's recipe chose, in one line. */
import { constantName, rowOf } from "../../train/options/table.js";
import { inWords } from "../output/option-words.js";
import { plain } from "../output/table.js";

/** What is read of Run.input; runs of earlier versions have no recipe. */
interface RecipeInput {
  recipe?: string;
  recipeChoice?: { options: string[]; molecules: number; classes: number };
  [option: string]: unknown;
}

const OPTIONS = ["epochs", "batchSize", "learningRate", "warmupRatio", "augmentation"] as const;

/** recipe AUTO, by 47 training molecules of 4 classes: 40 epochs, batch 8, … */
export function recipeLine(input: unknown): string {
  const { recipe = "published", recipeChoice, task, ...options } = input as RecipeInput;
  const chosen = OPTIONS.filter((name) => recipeChoice?.options.includes(name) ?? true);
  const named = OPTIONS.filter((name) => !chosen.includes(name));
  const words = (names: readonly (typeof OPTIONS)[number][]): string =>
    names
      .filter((name) => name !== "augmentation" || options[name] !== 0)
      .map((name) => inWords(name, options[name], rowOf(name).phrase))
      .join(", ");
  const classes = task === "REGRESSION" ? "targets" : task === "MULTI_LABEL" ? "labels" : "classes";
  const by = recipeChoice
    ? `, by ${recipeChoice.molecules} training molecules of ${recipeChoice.classes} ${classes}`
    : "";
  const most = typeof options.maxSteps === "number" ? `; at most ${options.maxSteps} steps` : "";
  const also = `${named.length > 0 ? `; named: ${words(named)}` : ""}${most}`;
  return plain(`recipe ${constantName(recipe)}${by}: ${words(chosen)}${also}`);
}
