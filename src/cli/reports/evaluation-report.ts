/**
 * The report of an evaluation for people: as lines for a terminal, and as a Markdown page beside its figures. Pure:
 * what it says is in the answer of the API. Every score has its 95 % interval, and a warning when the
 * split leaks.
 */

import { amount } from "../../words.js";
import type { EvaluationReportQuery } from "../generated/graphql.js";
import { type Column, percent, plain, renderTable, right, score } from "../output/table.js";
import { detailTables, number } from "./evaluation-tables.js";

export type ReportedRun = NonNullable<EvaluationReportQuery["run"]>;
export type ReportedEvaluation = NonNullable<ReportedRun["evaluation"]>;
type Interval = NonNullable<ReportedEvaluation["intervals"]>[number];
type Mistake = NonNullable<ReportedEvaluation["mistakes"]>[number];

/**
 * A table as it is printed, and as it is written on the page. A row is its cells, so that all sections have one type.
 */
interface Section {
  heading: string;
  /** Shown below the heading. */
  note?: string;
  columns: readonly Column<readonly string[]>[];
  rows: readonly (readonly string[])[];
}

function sectionOf<T>(
  { heading, note }: Pick<Section, "heading" | "note">,
  columns: readonly Column<T>[],
  rows: readonly T[],
): Section {
  return {
    heading,
    note,
    columns: columns.map((column, place) => ({ ...column, value: (cells) => cells[place] })),
    rows: rows.map((row) => columns.map(({ value }) => value(row))),
  };
}

const isLeaky = ({ splitStrategy }: Pick<ReportedEvaluation, "splitStrategy">): boolean => splitStrategy === "ROW";

/** 0.756 (0.735 to 0.777) */
function withInterval(task: string, interval: Pick<Interval, "value" | "low" | "high"> | undefined): string {
  const say = task === "REGRESSION" ? number : score;
  if (!interval) return "–";
  return interval.low === null || interval.high === null
    ? say(interval.value)
    : `${say(interval.value)} (${say(interval.low)} to ${say(interval.high)})`;
}

const shortTitle = (task: string, { kind }: { kind: string }): string =>
  kind === "FINGERPRINT"
    ? "fingerprints, linear"
    : ({ SINGLE_LABEL: "majority class", REGRESSION: "the mean" }[task] ?? "each label's share");

function scoreSection(evaluation: ReportedEvaluation): Section {
  const { task, scores, intervals, newScaffolds, newMolecules, baselines, count } = evaluation;
  const what = amount(count, isLeaky(evaluation) ? "LEAKY row" : "molecule");
  const by = (list: readonly Interval[] | null | undefined, name: string) => list?.find((entry) => entry.name === name);
  const say = task === "REGRESSION" ? number : score;
  const signed = (value: number | null): string => `${(value ?? 0) > 0 ? "+" : ""}${say(value)}`;
  const linear = baselines.find(({ kind }) => kind === "FINGERPRINT");
  const less = (name: string): string => {
    const { difference = null, low = null, high = null } = linear?.differences.find((one) => one.name === name) ?? {};
    return low === null || high === null
      ? signed(difference)
      : `${signed(difference)} (${signed(low)} to ${signed(high)})`;
  };
  type Row = { name: string; value: number | null };
  const columns: Column<Row>[] = [
    { title: "score", value: ({ name }) => name },
    right(`${what} (95 % interval)`, ({ name, value }) =>
      withInterval(task, by(intervals, name) ?? { value, low: null, high: null }),
    ),
    ...(newScaffolds
      ? [
          right<Row>(`${newScaffolds.count} of new scaffolds`, ({ name }) =>
            withInterval(task, by(newScaffolds.scores, name)),
          ),
        ]
      : []),
    ...(newMolecules
      ? [
          right<Row>(`${newMolecules.count} not trained on`, ({ name }) =>
            say(newMolecules.scores.find((one) => one.name === name)?.value),
          ),
        ]
      : []),
    ...baselines.map((baseline) =>
      right<Row>(shortTitle(task, baseline), ({ name }) =>
        say(baseline.scores.find((one) => one.name === name)?.value),
      ),
    ),
    ...(linear ? [right<Row>("model less fingerprints (95 %)", ({ name }) => less(name))] : []),
  ];
  const test = linear?.mcnemar
    ? ` McNemar's exact test of accuracy: only the fingerprints right ${linear.mcnemar.onlyA}, only the model right ` +
      `${linear.mcnemar.onlyB}, p ${linear.mcnemar.pValue < 0.0005 ? "< 0.001" : `= ${score(linear.mcnemar.pValue)}`}.`
    : "";
  const note = intervals
    ? `Intervals: percentile bootstrap over molecules, 1,000 resamples, seed 42; differences paired.${test}`
    : "This run kept no answers of single molecules: there are no intervals, curves or mistakes. Run it again.";
  return sectionOf<Row>({ heading: "Scores", note }, columns, intervals ?? scores);
}

function leakageSection({ leakage, split }: ReportedEvaluation): Section[] {
  if (!leakage) return [];
  const { molecules, scaffolds, nearDuplicates } = leakage;
  const rows = [
    { what: "the molecule itself", shared: molecules },
    { what: "its Murcko scaffold", shared: scaffolds },
    { what: "a near-duplicate (Tanimoto similarity 0.9 or more)", shared: nearDuplicates },
  ];
  const columns: Column<(typeof rows)[number]>[] = [
    { title: "in training too", value: ({ what }) => what, maxWidth: 60 },
    right("of", () => String(leakage.count)),
    right(split.toLowerCase(), ({ shared }) => (shared ? String(shared.count) : "–")),
    right("share", ({ shared }) => (shared ? percent(shared.share) : "–")),
  ];
  return [sectionOf({ heading: "Shared with training" }, columns, rows)];
}

const MISTAKES = "Most confident mistakes";

function mistakeSection({ mistakes }: ReportedEvaluation): Section[] {
  if (!mistakes || mistakes.length === 0) return [];
  const columns: Column<Mistake>[] = [
    { title: "molecule", value: ({ compound: { name, smiles } }) => name ?? smiles, maxWidth: 40 },
    ...(mistakes.some(({ label }) => label !== null)
      ? [{ title: "label", value: ({ label }: Mistake) => label ?? "" }]
      : []),
    { title: "true", value: ({ truth }) => truth, maxWidth: 34 },
    { title: "predicted", value: ({ predicted }) => predicted, maxWidth: 34 },
    right("probability", ({ probability }) => score(probability)),
  ];
  return [sectionOf({ heading: MISTAKES }, columns, mistakes)];
}

function residualSection({ residuals }: ReportedEvaluation): Section[] {
  const rows = (residuals ?? []).filter(({ quantiles }) => quantiles.length > 0);
  if (rows.length === 0) return [];
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { title: "target", value: ({ label }) => label },
    ...rows[0].quantiles.map(({ share }, i) =>
      right<Row>(percent(share), ({ quantiles }) => number(quantiles[i].value)),
    ),
  ];
  const note = "Quantiles of predicted minus true, in units.";
  return [sectionOf({ heading: "Residuals", note }, columns, rows)];
}

const sectionsOf = (evaluation: ReportedEvaluation): Section[] => [
  scoreSection(evaluation),
  ...leakageSection(evaluation),
  ...mistakeSection(evaluation),
  ...residualSection(evaluation),
];

const titleOf = ({ name, dataset, targets, baseModel }: ReportedRun): string =>
  `${name}: ${targets.slice(0, 3).join(", ")}${targets.length > 3 ? ` and ${targets.length - 3} more` : ""} of ` +
  `${dataset.name}${baseModel ? `, from ${baseModel.name}` : ""}`;

function placeOf({ splitSizes }: ReportedRun, evaluation: ReportedEvaluation): string {
  const sizes = splitSizes.map(({ split, count }) => `${count} ${split.toLowerCase()}`).join(", ");
  if (!evaluation.splitStrategy) return `All ${evaluation.count} molecules that it was scored on.`;
  const leaky = isLeaky(evaluation) ? " LEAKY SPLIT: rows were dealt, and molecules were trained on." : "";
  return `${evaluation.split} of a ${evaluation.splitStrategy} split (${sizes}).${leaky}`;
}

export function reportLines(run: ReportedRun, evaluation: ReportedEvaluation): string[] {
  return [
    titleOf(run),
    placeOf(run, evaluation),
    ...sectionsOf(evaluation).flatMap(({ heading, note, columns, rows }) => [
      "",
      heading,
      ...(note ? [note] : []),
      ...renderTable(columns, rows),
      ...(heading === "Scores" ? ["", ...detailTables(evaluation)] : []),
    ]),
    ...run.warnings.map(({ code, message }) => `${code}  ${plain(message)}`),
  ];
}

/** `figures`: names of files beside the page; `drawings` are those of the mistakes, in their order. */
export function reportPage(
  run: ReportedRun,
  evaluation: ReportedEvaluation,
  { figures, drawings }: { figures: readonly string[]; drawings: readonly string[] },
): string {
  const table = ({ columns, rows }: Section): string[] => [
    `| ${columns.map(({ title }) => cell(title)).join(" | ")} |`,
    `|${columns.map(({ align }) => (align === "right" ? "---:" : "---")).join("|")}|`,
    ...rows.map((row) => `| ${columns.map(({ value }) => cell(value(row))).join(" | ")} |`),
  ];
  const withDrawings = (section: Section): Section => {
    if (section.heading !== MISTAKES || drawings.length === 0) return section;
    const place = section.columns.length;
    return {
      ...section,
      columns: [...section.columns, { title: "drawing", value: (cells) => cells[place] }],
      rows: section.rows.map((cells, row) => [...cells, drawings[row]]),
    };
  };
  return [
    `# ${cell(titleOf(run))}`,
    "",
    cell(placeOf(run, evaluation)),
    ...run.warnings.map(({ code, message }) => `\n> **${code}** ${cell(message)}`),
    ...sectionsOf(evaluation).flatMap((section) => [
      "",
      `## ${section.heading}`,
      "",
      ...(section.note ? [section.note, ""] : []),
      ...table(withDrawings(section)),
    ]),
    // Indented, as code: a label that looks like a fence would end one.
    "",
    "## By class, label or target",
    "",
    ...detailTables(evaluation).map((line) => `    ${line}`),
    ...figures.flatMap((file) => ["", `![${file.replace(/\.svg$/, "").replaceAll("-", " ")}](${file})`]),
    "",
  ].join("\n");
}

/** Escapes a label, so that it cannot become Markdown. Names of our own files stay unchanged. */
const cell = (text: string): string =>
  /^!\[\]\([\w.-]+\)$/.test(text) ? text : text.replace(/[\\`*_{}[\]<>#|!]/g, "\\$&").replace(/\s+/g, " ");
