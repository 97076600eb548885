/**
 * What the report says behind the scores: new scaffolds, what is shared with training, how classes separate, rows to
 * compare.
 */

import { percent } from "../output/table.js";
import { estimate, ofNeighbours, ofProbe, representationName } from "../reports/separation-rows.js";
import { code, number, table, text, withInterval } from "./text.js";
import type { Behind, Chapter, Experiment, Figure } from "./types.js";

export function behindText(behind: Behind | null): string[] {
  if (!behind) return [];
  const { newScaffolds, leakage, intervals } = behind;
  return [
    ...(intervals
      ? ["Intervals: percentile bootstrap over test molecules, 1,000 resamples; they say nothing of another seed."]
      : []),
    ...(newScaffolds && newScaffolds.count > 0
      ? [
          `Of the test molecules, ${newScaffolds.count} have a ring scaffold that no training molecule has. On these:`,
          table(
            ["score", `>new scaffolds (${newScaffolds.count}), 95 % interval`],
            newScaffolds.scores.map((score) => [score.name, withInterval(score)]),
          ),
        ]
      : []),
    ...(leakage ? [shared(leakage)] : []),
  ];
}

function shared({ count, molecules, scaffolds, nearDuplicates }: NonNullable<Behind["leakage"]>): string {
  const said = (part: { count: number; share: number } | null | undefined): string =>
    part ? `${part.count} (${percent(part.share)})` : "not counted";
  return (
    `Shared with training, of ${count}: molecules ${said(molecules)}, Murcko scaffolds ${said(scaffolds)}, ` +
    `near-duplicates (Tanimoto similarity 0.9 or more) ${said(nearDuplicates)}.`
  );
}

/** Whether a model has a head: then it has seen labels. */
export const hasHead = (task: string): boolean => task !== "ENCODER" && task !== "MASKED_LANGUAGE_MODEL";

export function separationText({ target, test, separation, neighbours }: Chapter, base: Experiment["base"]): string[] {
  if (separation === null) return [];
  const heading = "### How well the classes separate";
  if (typeof separation === "string") return [heading, `Not measured: ${text(separation)}`];
  const { computedOn, labelled, classes, dropped, folds, majority, rows } = separation;
  const area = majority === null ? ", ROC-AUC" : "";
  const left =
    dropped.length > 0 && majority !== null
      ? ` Left out, too few molecules: ${dropped.map(({ label, count }) => `${text(label)} (${count})`).join(", ")}.`
      : "";
  const seen = rows.slice(0, 2).map(representationName);
  const drawnClass =
    test?.task === "MULTI_LABEL" ? " (of several, the first in the order of the alphabet: the one that is drawn)" : "";
  const subjects =
    majority === null
      ? `with labels of ${text(target)}, means over the ${classes.length} most frequent ` +
        `(${classes.map(text).join(", ")})`
      : `with one of ${classes.length} classes of ${text(target)}`;
  const chance = majority === null ? "chance: 0.500" : `always the most frequent class: ${number(majority)}`;
  const before = hasHead(base.task) ? "was finetuned before, on labels that are not named here" : "has seen no label";
  return [
    heading,
    `${computedOn} of ${labelled} test molecules ${subjects}, ${folds} folds by molecule, ± one standard error ` +
      "(folds share what they are fitted on, so theirs are somewhat too small); " +
      `${chance}.${left} ${text(seen[0])} ${before}; ` +
      `${text(seen[1])} has seen those of the training molecules, and none of these.`,
    table(
      [
        "vectors",
        ">dimensions",
        ">silhouette",
        `>${separation.neighbours} nearest neighbours${area}`,
        `>linear probe${area}`,
      ],
      rows.map((row) => [
        text(representationName(row)),
        String(row.dimension),
        estimate(row.silhouette),
        ofNeighbours(row),
        ofProbe(row),
      ]),
    ),
    `In the drawn plane alone, the nearest other test molecule has the same class${drawnClass} ` +
      `for ${number(neighbours.before)} by ${text(base.name)} and ${number(neighbours.after)} after the finetune. ` +
      "A picture proves nothing; these numbers say how well its classes lie together.",
  ];
}

/** Title of a column. */
export const FITTED = ">fingerprints, linear";

export function comparisonText({ comparison }: Chapter): string[] {
  if (!comparison) return [];
  const { split, why, made } = comparison;
  const leaky = split.strategy === "ROW";
  const heading = `### The same finetune on the published split of rows${leaky ? ": LEAKY" : ""}`;
  const where = `split ${split.strategy}${split.column ? ` (${text(split.column)})` : ""}: ${why}`;
  if (typeof made === "string") return [heading, `Not made, ${where}. ${text(made)}`];
  const { run, test, fingerprints } = made;
  const meaning = leaky
    ? "Molecules of the test rows were trained on, so these scores say nothing about new molecules."
    : "Test molecules have close relatives in training, which new ones need not have.";
  return [
    heading,
    `${code(run)}, ${where}. ${meaning}`,
    table(
      ["score", `>test (${test?.count ?? 0} ${leaky ? "rows" : "molecules"})`, ...(fingerprints ? [FITTED] : [])],
      (test?.scores ?? []).map(({ name, value }) => [
        name,
        number(value),
        ...(fingerprints ? [number(fingerprints.scores.find((score) => score.name === name)?.value)] : []),
      ]),
    ),
  ];
}

/** `drawings` in the order of the mistakes. */
export function mistakesText(
  behind: Behind | null,
  drawings: readonly Figure[],
  image: (figure: Figure) => string,
): string[] {
  const mistakes = behind?.mistakes ?? [];
  if (mistakes.length === 0) return [];
  return [
    "### Where it was most sure and wrong",
    table(
      ["", "molecule", "true", "predicted", ">probability"],
      mistakes.map(({ label, truth, predicted, probability, compound }, index) => [
        image(drawings[index]),
        text(compound.name ?? compound.smiles),
        text(label ? `${label}: ${truth}` : truth),
        text(predicted),
        number(probability),
      ]),
    ),
  ];
}
