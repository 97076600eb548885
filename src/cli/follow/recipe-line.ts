/** What a finetune's recipe chose, and what it is expected to take, in one line each. */

import { constantName, rowOf } from "../../train/options/table.js";
import { amount } from "../../words.js";
import { inWords } from "../output/option-words.js";
import { byteSize, duration, plain } from "../output/table.js";

/** What is read of Run.input; runs of earlier versions have no recipe. */
interface RecipeInput {
  recipe?: string;
  recipeChoice?: { options: string[]; molecules: number; classes: number };
  [option: string]: unknown;
}

/** What is learned, by the task of a run: one, several. */
const LEARNED: Readonly<Record<string, readonly [string, string]>> = {
  SINGLE_LABEL: ["class", "classes"],
  MULTI_LABEL: ["label", "labels"],
  REGRESSION: ["target", "targets"],
};

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
  const [one, several] = LEARNED[String(task)] ?? LEARNED.SINGLE_LABEL;
  const by = recipeChoice
    ? `, by ${amount(recipeChoice.molecules, "training molecule")} of ${amount(recipeChoice.classes, one, several)}`
    : "";
  const most = typeof options.maxSteps === "number" ? `; at most ${amount(options.maxSteps, "step")}` : "";
  const also = `${named.length > 0 ? `; named: ${words(named)}` : ""}${most}`;
  return plain(`recipe ${constantName(recipe)}${by}: ${words(chosen)}${also}`);
}

/** about 1.2 GB of memory and 3 min 10 s */
export const estimateLine = ({ bytes, seconds }: { bytes: number; seconds: number }, runs = 1): string =>
  `about ${byteSize(bytes)} of memory and ${duration(seconds)}${runs > 1 ? ` for each of ${amount(runs, "run")}` : ""}`;
