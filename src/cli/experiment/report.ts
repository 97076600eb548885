/**
 * The report as Markdown: what was asked, what was used, and for each target the pictures before and after, the curves
 * and the scores beside their baselines, with the splitter named at every score. Pure: the same experiment gives the
 * same text.
 */
import { duration } from "../output/table.js";
import { majorityOf } from "../reports/evaluation-tables.js";
import { baselineText, headNumbers, testOf } from "./baseline.js";
import { recipeText } from "./recipe.js";
import { behindText, comparisonText, FITTED, hasHead, mistakesText, separationText } from "./sections.js";
import { code, number, table, text, withInterval } from "./text.js";
import type { Behind, Chapter, Evaluation, Experiment, Figure } from "./types.js";

/** `image` returns a figure for the page: a link in Markdown, the drawing itself in HTML. */
export function markdownReport(experiment: Experiment, image: (figure: Figure) => string = linked): string {
  const { dataset, chapters } = experiment;
  return [
    `# ${text(dataset.name)}: ${chapters.map(({ target }) => text(target)).join(", ")}`,
    introduction(experiment),
    ...missingText(experiment.missing),
    summary(chapters),
    ...chapters.flatMap((chapter) => chapterText(chapter, experiment, image)),
  ].join("\n\n");
}

function missingText(missing: Experiment["missing"]): string[] {
  if (missing.length === 0) return [];
  const open = missing.some(({ why }) => why === null) ? " The same command goes on with what it had not come to." : "";
  return [
    `**Not finished: ${missing.map(({ target }) => text(target)).join(", ")}.**${open}`,
    ...missing.flatMap(({ target, why }) => (why === null ? [] : [`${text(target)}: ${text(why)}`])),
  ];
}

const linked = ({ file, caption }: Figure): string => `![${text(caption)}](${file})`;

function introduction({ dataset, base, recipe, options, version, finishedAt }: Experiment): string {
  const { epochs = recipe.settings.epochs, seed } = options;
  const { strategy, column } = options.split;
  return table(
    ["", ""],
    [
      [
        "dataset",
        `${text(dataset.name)}, ${dataset.size.toLocaleString("en-US")} molecules` +
          (dataset.source ? `; ${text(dataset.source)}` : ""),
      ],
      [
        "base model",
        `${text(base.name)}: ${base.family}, ${base.layers} x ${base.width}, ` +
          `${base.parameters.toLocaleString("en-US")} weights`,
      ],
      ["recipe", `${recipeText({ ...recipe.settings, epochs, seed })}; ${recipe.name}`],
      ["split", `${strategy}${column ? ` (${text(column)})` : ""}, by molecule`],
      ["made by", `Maillard ${version}, ${finishedAt.toISOString().slice(0, 10)}`],
    ],
  );
}

function summary(chapters: readonly Chapter[]): string {
  const rows = chapters.map(({ target, test, behind, baseline, comparison }) => [
    text(target),
    ...(test ? headline(test, behind) : ["no test molecules", "–", "–"]),
    headNumbers(testOf(baseline)),
    comparison && typeof comparison.made !== "string" && comparison.made.test
      ? beside(comparison.made.test, test, comparison.made.fingerprints)
      : "–",
  ]);
  return [
    "## In short",
    table(
      [
        "target",
        "test (95 % interval)",
        ">always the most frequent class, or the mean",
        ">molecules",
        FITTED,
        "to compare with",
      ],
      rows,
    ),
    "Scores of different splits do not compare: ROW trains and tests on the same molecules, RANDOM on close " +
      "relatives of them. They stand here because published scores were made so.",
  ].join("\n\n");
}

/** The other finetune's score and baseline. One row a label makes classes of labels: then their ROC-AUC comes first. */
function beside(made: Evaluation, test: Evaluation | null, fingerprints: Evaluation | null): string {
  const [score, baseline] = headline(made, null);
  const auc = made.scores.find(({ name }) => name === "rocAuc")?.value;
  const first = test?.task === "MULTI_LABEL" && made.task !== test.task && auc ? `ROC-AUC ${number(auc)}, ` : "";
  return `${first}${score}; baseline ${baseline}${fingerprints ? `; fingerprints ${headNumbers(fingerprints)}` : ""}`;
}

/** Score, baseline, molecules. */
function headline(test: Evaluation, behind: Behind | null): string[] {
  const named = (name: string): string =>
    withInterval(
      behind?.intervals?.find((interval) => interval.name === name) ?? {
        value: test.scores.find((score) => score.name === name)?.value ?? null,
      },
    );
  const where = test.splitStrategy === "ROW" ? "ROW, LEAKY" : test.splitStrategy;
  const count = String(test.count);
  switch (test.task) {
    case "SINGLE_LABEL": {
      const majority = majorityOf(test);
      const base = `${number(majority?.accuracy)} / ${number(majority?.macroF1)}`;
      return [`accuracy ${named("accuracy")}, macro-F1 ${named("macroF1")} (${where})`, base, count];
    }
    case "MULTI_LABEL":
      return [`ROC-AUC ${named("rocAuc")} (${where})`, "0.500", count];
    default: {
      const mean = test.targetScores.map(({ baseline }) => number(baseline)).join(", ");
      return [`RMSE ${named("rmse")}, R² ${named("r2")} (${where})`, mean, count];
    }
  }
}

function chapterText(chapter: Chapter, { base }: Experiment, image: (figure: Figure) => string): string[] {
  const { target, counts, run, validation, test, behind, baseline, figures } = chapter;
  const size = (split: string): string =>
    (run.splitSizes.find((part) => part.split === split)?.count ?? 0).toLocaleString("en-US");
  const frequent = counts.slice(0, 5).map(({ value, count }) => `${text(value)} (${count.toLocaleString("en-US")})`);
  const took = run.seconds === null ? "" : ` in ${duration(run.seconds)}`;
  return [
    `## ${text(target)}`,
    counts.length > 0
      ? `${counts.length} values; most frequent: ${frequent.join(", ")}.`
      : "A number for each molecule.",
    `### Before: embeddings of ${text(base.name)}, ${before(base)}`,
    shown(figures.before, image),
    "### Finetune",
    `${code(run.name)}: ${size("TRAIN")} molecules to train on, ${size("VALIDATION")} to validate, ` +
      `${size("TEST")} to test${took}. ${text(run.environment)}`,
    ...run.warnings.map(({ code: name, message }) => `**${name}** ${text(message)}`),
    shown(figures.curves, image),
    "### Scores on molecules that it was not trained on",
    scoresTable(validation, test, behind, baseline),
    ...baselineText(baseline),
    ...(test ? perClass(test) : []),
    ...[figures.confusion, figures.predictedTrue, figures.calibration].flatMap((figure) =>
      figure ? [shown(figure, image)] : [],
    ),
    ...behindText(behind),
    ...mistakesText(behind, figures.mistakes, image),
    `### After: embeddings of ${text(run.model)}`,
    shown(figures.after, image),
    ...separationText(chapter, base),
    ...comparisonText(chapter),
  ];
}

/** A base model with a head has been finetuned before, on labels that this report does not know. */
const before = ({ task }: Experiment["base"]): string =>
  hasHead(task) ? "finetuned on labels before" : "no label seen";

const shown = (figure: Figure, image: (figure: Figure) => string): string =>
  `${image(figure)}\n\n*${text(figure.caption)}*`;

function scoresTable(
  validation: Evaluation | null,
  test: Evaluation | null,
  behind: Behind | null,
  baseline: Chapter["baseline"],
): string {
  const parts = [validation, test].filter((part) => part !== null);
  const names = [...new Set(parts.flatMap(({ scores }) => scores.map(({ name }) => name)))];
  const of = (part: Evaluation | null, name: string) =>
    number(part?.scores.find((score) => score.name === name)?.value);
  const fitted = testOf(baseline);
  const majority = test && majorityOf(test);
  const always = majority ? { accuracy: majority.accuracy, macroF1: majority.macroF1 } : {};
  const rows = names.map((name) => [
    name,
    of(validation, name),
    withInterval(
      behind?.intervals?.find((interval) => interval.name === name) ?? {
        value: test?.scores.find((score) => score.name === name)?.value ?? null,
      },
    ),
    fitted ? of(fitted, name) : "–",
    name in always ? number(always[name as keyof typeof always]) : "",
  ]);
  const title = majority ? `>always ${text(majority.label)}, test` : ">";
  return table(
    [
      "score",
      `>validation (${validation?.count ?? 0})`,
      `>test (${test?.count ?? 0}), 95 % interval`,
      `${FITTED}, test`,
      title,
    ],
    rows,
  );
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
          text(label),
          number(rocAuc),
          number(averagePrecision),
          number(f1),
          String(positives),
          String(measured),
        ]),
      ),
    ];
  return [
    table(
      ["target", ">RMSE", ">MAE", ">R²", ">RMSE of the mean", ">measured"],
      targetScores.map(({ label, rmse, mae, r2, baseline, measured }) => [
        text(label),
        number(rmse),
        number(mae),
        number(r2),
        number(baseline),
        String(measured),
      ]),
    ),
  ];
}
