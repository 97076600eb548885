/**
 * The report as Markdown: what was asked, what was used, and for each target the pictures before and after, the curves and
 * the scores beside their baselines, with the splitter named at every score. Pure: the same experiment gives the same text.
 */
import { duration } from "../table.js";
import { code, number, table, text } from "./text.js";
import type { Chapter, Evaluation, Experiment, Figure } from "./types.js";

/** `image` answers how a figure stands in the page: a link in Markdown, the drawing itself in HTML. */
export function markdownReport(experiment: Experiment, image: (figure: Figure) => string = linked): string {
  const { dataset, chapters } = experiment;
  return [
    `# ${text(dataset.name)}: ${chapters.map(({ target }) => text(target)).join(", ")}`,
    introduction(experiment),
    summary(chapters),
    ...chapters.flatMap((chapter) => chapterText(chapter, experiment, image)),
  ].join("\n\n");
}

const linked = ({ file, caption }: Figure): string => `![${text(caption)}](${file})`;

function introduction({ dataset, base, recipe, options, version, finishedAt }: Experiment): string {
  const { epochs, batchSize, learningRate, weightDecay, warmupRatio } = recipe.settings;
  const { strategy, column } = options.split;
  return table(
    ["", ""],
    [
      [
        "dataset",
        `${text(dataset.name)}, ${dataset.size.toLocaleString("en-US")} molecules${dataset.source ? `; ${text(dataset.source)}` : ""}`,
      ],
      [
        "base model",
        `${text(base.name)}: ${base.family}, ${base.layers} x ${base.width}, ${base.parameters.toLocaleString("en-US")} weights`,
      ],
      [
        "recipe",
        `${options.epochs ?? epochs} epochs, batch ${batchSize}, AdamW, peak learning rate ${learningRate}, warm-up over ${100 * warmupRatio} % of the steps, linear to 0, weight decay ${weightDecay}, seed ${options.seed}; the weights of the last step: ${recipe.name}`,
      ],
      ["split", `${strategy}${column ? ` (${text(column)})` : ""}, by molecule`],
      ["made by", `Maillard ${version}, ${finishedAt.toISOString().slice(0, 10)}`],
    ],
  );
}

function summary(chapters: readonly Chapter[]): string {
  const rows = chapters.map(({ target, test, neighbours }) => [
    text(target),
    ...(test ? headline(test) : ["no test molecules", "–", "–"]),
    number(neighbours.before),
    number(neighbours.after),
  ]);
  return [
    "## In short",
    table(
      [
        "target",
        "test",
        ">always the most frequent class, or the mean",
        ">molecules",
        ">neighbours agree, base",
        ">finetuned",
      ],
      rows,
    ),
    "Neighbours agree: share of the test molecules whose nearest other one in the drawn plane has their class. A pretty picture proves nothing; these numbers say how pretty it is.",
  ].join("\n\n");
}

/** Score, baseline, molecules. */
function headline(test: Evaluation): string[] {
  const named = (name: string) => test.scores.find((score) => score.name === name)?.value;
  const count = String(test.count);
  switch (test.task) {
    case "SINGLE_LABEL": {
      const { accuracy, macroF1, baseline } = test;
      const base = `${number(baseline?.accuracy)} / ${number(baseline?.macroF1)}`;
      return [`accuracy ${number(accuracy)}, macro-F1 ${number(macroF1)} (${test.splitStrategy})`, base, count];
    }
    case "MULTI_LABEL":
      return [`ROC-AUC ${number(named("rocAuc"))} (${test.splitStrategy})`, "0.500", count];
    default: {
      const mean = test.targetScores.map(({ baseline }) => number(baseline)).join(", ");
      return [`RMSE ${number(named("rmse"))}, R² ${number(named("r2"))} (${test.splitStrategy})`, mean, count];
    }
  }
}

function chapterText(chapter: Chapter, { base }: Experiment, image: (figure: Figure) => string): string[] {
  const { target, counts, run, validation, test, figures } = chapter;
  const size = (split: string): string =>
    (run.splitSizes.find((part) => part.split === split)?.count ?? 0).toLocaleString("en-US");
  const frequent = counts.slice(0, 5).map(({ value, count }) => `${text(value)} (${count.toLocaleString("en-US")})`);
  const took = run.seconds === null ? "" : ` in ${duration(run.seconds)}`;
  return [
    `## ${text(target)}`,
    counts.length > 0
      ? `${counts.length} values; most frequent: ${frequent.join(", ")}.`
      : "A number for each molecule.",
    `### Before: embeddings of ${text(base.name)}, no label seen`,
    shown(figures.before, image),
    "### Finetune",
    `${code(run.name)}: ${size("TRAIN")} molecules to train on, ${size("VALIDATION")} to validate, ${size("TEST")} to test${took}. ${run.environment}`,
    ...run.warnings.map(({ code: name, message }) => `**${name}** ${text(message)}`),
    shown(figures.curves, image),
    "### Scores on molecules that it was not trained on",
    scoresTable(validation, test),
    ...(test ? perClass(test) : []),
    ...(figures.confusion ? [shown(figures.confusion, image)] : []),
    `### After: embeddings of ${text(run.model)}`,
    shown(figures.after, image),
  ];
}

const shown = (figure: Figure, image: (figure: Figure) => string): string =>
  `${image(figure)}\n\n*${text(figure.caption)}*`;

function scoresTable(validation: Evaluation | null, test: Evaluation | null): string {
  const parts = [validation, test].filter((part) => part !== null);
  const names = [...new Set(parts.flatMap(({ scores }) => scores.map(({ name }) => name)))];
  const of = (part: Evaluation | null, name: string) =>
    number(part?.scores.find((score) => score.name === name)?.value);
  const always = test?.baseline ? { accuracy: test.baseline.accuracy, macroF1: test.baseline.macroF1 } : {};
  const rows = names.map((name) => [
    name,
    of(validation, name),
    of(test, name),
    name in always ? number(always[name as keyof typeof always]) : "",
  ]);
  const title = test?.baseline ? `>always ${text(test.baseline.label)}, test` : ">";
  return table(["score", `>validation (${validation?.count ?? 0})`, `>test (${test?.count ?? 0})`, title], rows);
}

function perClass({ classes, labelScores, targetScores }: Evaluation): string[] {
  if (classes.length > 0)
    return [
      table(
        ["class", ">precision", ">recall", ">F1", ">molecules"],
        classes.map(({ label, precision, recall, f1, support }) => [
          text(label),
          ...(support > 0 ? [number(precision), number(recall), number(f1)] : ["–", "–", "–"]),
          String(support),
        ]),
      ),
    ];
  if (labelScores.length > 0)
    return [
      table(
        ["label", ">ROC-AUC", ">average precision", ">F1", ">yes", ">measured"],
        labelScores.map(({ label, rocAuc, averagePrecision, f1, positives, measured }) => [
          ...[text(label), number(rocAuc), number(averagePrecision), number(f1), String(positives), String(measured)],
        ]),
      ),
    ];
  return [
    table(
      ["target", ">RMSE", ">MAE", ">R²", ">RMSE of the mean", ">measured"],
      targetScores.map(({ label, rmse, mae, r2, baseline, measured }) => [
        ...[text(label), number(rmse), number(mae), number(r2), number(baseline), String(measured)],
      ]),
    ),
  ];
}
