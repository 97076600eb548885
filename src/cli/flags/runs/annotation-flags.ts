/** Flags for what is said about a run at its start, and the part of the input that they make. */
import type { Command } from "commander";
import { wholeNumber } from "../options.js";

export interface AnnotationOptions {
  priority?: number;
  description?: string;
  tag?: string[];
}

/** Of a flag that may be given several times. */
export const collected = (value: string, before: string[] = []): string[] => [...before, value];

export const addAnnotationFlags = (command: Command): Command =>
  command
    .option(
      "--priority <n>",
      "among the runs that wait, higher first: -100 to 100 (default: 0)",
      wholeNumber(-100, 100),
    )
    .option("--description <text>", "what the run is for")
    .option("--tag <tag>", "a tag, by which runs are listed; may be given several times", collected);

/** The flags under the names of the API. */
export const annotationsOf = ({ priority, description, tag }: AnnotationOptions) => ({
  ...(priority === undefined ? {} : { priority }),
  ...(description === undefined ? {} : { description }),
  ...(tag ? { tags: tag } : {}),
});
