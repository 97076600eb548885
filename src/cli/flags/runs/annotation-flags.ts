/** Flags for what is said about a run at its start, and the part of the input that they make. */
import type { Command } from "commander";
import { usage } from "../../failure.js";
import { wholeNumber } from "../options.js";

export interface AnnotationOptions {
  priority?: number;
  description?: string;
  tag?: string[];
}

/** Of a flag that may be given several times. */
export const collected = (value: string, before: string[] = []): string[] => [...before, value];

/** `where`: of a command that starts a run only with another flag, "of --dataset: ". */
export const addAnnotationFlags = (command: Command, where = ""): Command =>
  command
    .option(
      "--priority <n>",
      `${where}among the runs that wait, higher first: -100 to 100 (default: 0)`,
      wholeNumber(-100, 100),
    )
    .option("--description <text>", `${where}what the run is for`)
    .option("--tag <tag>", `${where}a tag, by which runs are listed; may be given several times`, collected);

/** Where no run is started. */
export function refuseAnnotations(options: AnnotationOptions, flag: string): void {
  const given = (["priority", "description", "tag"] as const).find((name) => options[name] !== undefined);
  if (given !== undefined) throw usage(`--${given} is of a run, which only ${flag} starts: leave it out.`);
}

/** The flags under the names of the API. */
export const annotationsOf = ({ priority, description, tag }: AnnotationOptions) => ({
  ...(priority === undefined ? {} : { priority }),
  ...(description === undefined ? {} : { description }),
  ...(tag ? { tags: tag } : {}),
});
