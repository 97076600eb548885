/** Which vectors of a model a command uses: --pooling and --layer. */
import { InvalidArgumentError, Option } from "commander";
import { wholeNumber } from "./options.js";

/** Accepts cls and mean, too. */
export const poolingOption = (): Option =>
  new Option("-p, --pooling <rule>", "CLS (start token) or MEAN (over the tokens)")
    .default("CLS")
    .choices(["CLS", "MEAN"])
    .argParser((text) => {
      const rule = text.toUpperCase();
      if (rule === "CLS" || rule === "MEAN") return rule;
      throw new InvalidArgumentError("Give CLS or MEAN.");
    });

export const layerOption = (): Option =>
  new Option("--layer <n>", "hidden layer, 0 is what enters the first; by default the last").argParser(wholeNumber(0));
