/** --limit of the commands that list. */
import { Option } from "commander";
import { wholeNumber } from "./options.js";

export interface Limit {
  limit: number;
}

export const limitOption = (): Option =>
  new Option("-n, --limit <n>", "at most this many").default(100).argParser(wholeNumber(1));
