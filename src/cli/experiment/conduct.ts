/**
 * The experiment: embeddings of the base model, then a chapter for each target (chapter.ts), then the report.
 * After Ctrl-C the current run continues on the server, and the same command continues from there.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { expand } from "../../datasets/names/patterns.js";
import { DATASET } from "../documents/dataset.js";
import { EXPERIMENT_MODEL } from "../documents/experiment.js";
import { HEALTH } from "../documents/server.js";
import { CommandFailure, EXIT } from "../failure.js";
import { writeFigureInto } from "../output/figure-file.js";
import { Narrator } from "../output/narrator.js";
import type { Session } from "../session.js";
import { conductTarget, figureStems, missing, missingTarget } from "./chapter.js";
import { htmlReport } from "./html.js";
import { recipeFor } from "./recipe.js";
import { markdownReport } from "./report.js";
import { embed, Interrupted } from "./requests.js";
import type { Chapter, Experiment, ExperimentOptions } from "./types.js";

/** Null when it was interrupted: the same command continues. */
export async function conduct(session: Session, options: ExperimentOptions): Promise<Experiment | null> {
  const narrator = new Narrator(session.terminal);
  try {
    return await conductSteps(session, options, narrator);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    session.exitCode = EXIT.interrupted;
    session.terminal.err("Interrupted: the run under way goes on on the server. The same command goes on from there.");
    return null;
  }
}

async function conductSteps(session: Session, asked: ExperimentOptions, narrator: Narrator): Promise<Experiment> {
  const { client } = session;
  const [{ dataset }, { model: base }, { health }] = await Promise.all([
    client.execute(DATASET, { name: asked.dataset }),
    client.execute(EXPERIMENT_MODEL, { name: asked.base }),
    client.execute(HEALTH, {}),
  ]);
  if (!dataset) throw missing("dataset", asked.dataset, "npx maillard datasets");
  if (!base) throw missing("model", asked.base, "npx maillard models");
  const options = { ...asked, targets: targetsOf(dataset.labelSets, asked) };
  // Checked before the training.
  for (const target of options.targets)
    if (!dataset.labelSets.some(({ name }) => name === target)) throw missingTarget(dataset, target);
  const recipe = recipeFor(base);
  narrator.chapter(`${dataset.name}: ${dataset.size.toLocaleString("en-US")} molecules, embedded by ${base.name}`);
  await embed(session, base, options, dataset);
  const { targets } = options;
  const stems = figureStems(targets);
  const chapters: Chapter[] = [];
  const refused = new Map<string, CommandFailure>();
  const toldSoFar = (): Experiment => ({
    dataset: { name: dataset.name, size: dataset.size, source: dataset.source },
    base: { ...base, parameters: base.parameterCount },
    recipe,
    options,
    chapters,
    version: health.version,
    finishedAt: new Date(),
    missing: targets
      .filter((target) => !chapters.some((chapter) => chapter.target === target))
      .map((target) => ({ target, why: refused.get(target)?.message ?? null })),
  });
  try {
    for (const [place, target] of targets.entries()) {
      narrator.chapter(`${target}: before, finetune, after`);
      const step = { dataset, base, target, recipe, narrator, stem: stems[place] };
      try {
        chapters.push(await conductTarget(session, options, step));
      } catch (error) {
        // A target that is refused does not prevent the others.
        if (!(error instanceof CommandFailure && error.exitCode === EXIT.failed)) throw error;
        refused.set(target, error);
        session.terminal.err(`${target} is left out: ${error.code}  ${error.message}`);
      }
    }
    for (const error of refused.values()) throw error;
  } catch (error) {
    // The report shows what was measured, even if the rest failed.
    if (chapters.length > 0)
      await writeReport(toldSoFar(), options).then(
        () => session.terminal.err(`The report so far: ${writtenFiles(options.output).join(", ")}`),
        () => undefined,
      );
    throw error;
  }
  await writeReport(toldSoFar(), options);
  return toldSoFar();
}

/** With the label sets of each pattern, each once; a pattern that matches none stays. */
function targetsOf(sets: readonly { name: string }[], { targets, split }: ExperimentOptions): string[] {
  const names = sets.map(({ name }) => name);
  const candidates = names.filter((name) => name !== split.column);
  const named = targets.map((text) => ({ text, found: expand(text, names, candidates) }));
  return [...new Set(named.flatMap(({ text, found }) => (found.length > 0 ? found : [text])))];
}

async function writeReport(experiment: Experiment, { output, png }: ExperimentOptions): Promise<void> {
  await mkdir(output, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure("BAD_INPUT", `The folder ${output} cannot be made (${error.code}); choose another --out.`);
  });
  for (const { figures } of experiment.chapters)
    for (const figure of Object.values(figures).flat())
      if (figure) await writeFigureInto(output, figure.file, figure.svg, png);
  await writeFile(join(output, "report.md"), `${markdownReport(experiment)}\n`);
  await writeFile(join(output, "report.html"), htmlReport(experiment));
}

export const writtenFiles = (output: string): string[] =>
  ["report.html", "report.md"].map((name) => relative(process.cwd(), join(output, name)));
