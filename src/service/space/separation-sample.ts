/**
 * Which molecules a separation table is measured on, and in which folds: of more than `sample` a stratified seeded
 * sample. Of classes the molecules that have exactly one of them; of several labels a molecule all that have any label,
 * and the most frequent labels, each asked of every molecule. All in linear time, since the process that answers does
 * it.
 */
import { STREAM } from "../../analysis/seeds.js";
import { dealFolds } from "../../analysis/separation.js";
import { groupBy } from "../../datasets/group-by.js";
import type { LabelledMember } from "../../datasets/labelled-members.js";
import { MaillardError } from "../../errors.js";
import { Philox } from "../../model/philox-stream.js";

export const FOLDS = 5;
/** A logistic regression for each, in each fold, for each way of turning molecules into vectors. */
const MOST_LABELS = 10;

export interface Chosen {
  members: LabelledMember[];
  /** [members] */
  folds: Int32Array;
  /** Classes, or labels, that are measured, most frequent first. */
  classes: string[];
  /** Molecules that the sample was drawn from. */
  labelled: number;
  dropped: { label: string; count: number }[];
  /** Share of the most frequent class; null of several labels. */
  majority: number | null;
  /**
   * `labels`: place in `classes`, [members]. `truth`: row-major [members, classes], 1 where a molecule has the label.
   */
  measured: { kind: "CLASSES"; labels: Int32Array } | { kind: "LABELS"; truth: Uint8Array };
}

interface SampleRequest {
  /** Only these; null: all. */
  only: readonly string[] | null;
  sample: number;
  seed: number;
  /** Of the label set. */
  name: string;
}

/** Classes with a molecule for every fold. */
export function chooseClasses(all: readonly LabelledMember[], { only, sample, seed, name }: SampleRequest): Chosen {
  const wanted = only && new Set(only);
  const byClass = groupBy(
    all.filter(({ labels: [label] }) => !wanted || wanted.has(label)),
    ({ labels }) => labels[0],
  );
  const sorted = sortedBySize(byClass);
  const kept = sorted.filter(([, rows]) => moleculesOf(rows) >= FOLDS);
  if (kept.length < 2)
    throw tooFew(`${name} has ${kept.length} classes of at least ${FOLDS} different molecules; it takes two.`);
  const classes = kept.map(([label]) => label);
  const members = sampleOf(
    kept.map(([, rows]) => rows),
    sample,
    seed,
  );
  const placeOf = new Map(classes.map((label, place) => [label, place]));
  const labels = Int32Array.from(members, ({ labels: [label] }) => placeOf.get(label) as number);
  const sizes = new Uint32Array(classes.length);
  for (const label of labels) sizes[label]++;
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  return {
    members,
    classes,
    folds: foldsOf(members, labels, seed),
    majority: largest / members.length,
    labelled: kept.reduce((sum, [, rows]) => sum + rows.length, 0),
    dropped: countsWithout(sorted, classes),
    measured: { kind: "CLASSES", labels },
  };
}

/**
 * The most frequent labels that a molecule for every fold has, and one lacks. Strata are of each molecule's rarest one.
 */
export function chooseLabels(all: readonly LabelledMember[], { only, sample, seed, name }: SampleRequest): Chosen {
  const wanted = only && new Set(only);
  const byLabel = new Map<string, LabelledMember[]>();
  for (const member of all)
    for (const label of member.labels)
      if (!wanted || wanted.has(label)) (byLabel.get(label) ?? byLabel.set(label, []).get(label)!).push(member);
  const sorted = sortedBySize(byLabel);
  const kept: typeof sorted = [];
  for (const entry of sorted) {
    // By size: those that follow have fewer. Without this, thousands of rare labels would each look at all molecules.
    if (kept.length === MOST_LABELS || entry[1].length < FOLDS) break;
    const having = new Set(entry[1]);
    const lacking = all.filter((member) => !having.has(member));
    if (moleculesOf(entry[1]) >= FOLDS && moleculesOf(lacking) >= FOLDS) kept.push(entry);
  }
  if (kept.length === 0)
    throw tooFew(`${name} has no label that at least ${FOLDS} different molecules have and ${FOLDS} lack.`);
  const classes = kept.map(([label]) => label);
  const placeOf = new Map(classes.map((label, place) => [label, place]));
  const rarest = ({ labels }: LabelledMember): number => Math.max(...labels.map((label) => placeOf.get(label) ?? -1));
  const strata = [...groupBy(all, rarest)].sort(([a], [b]) => a - b).map(([, rows]) => rows);
  const members = withBothSides(sampleOf(strata, sample, seed), all, classes);
  const truth = new Uint8Array(members.length * classes.length);
  for (const [row, { labels }] of members.entries())
    for (const label of labels) {
      const place = placeOf.get(label);
      if (place !== undefined) truth[row * classes.length + place] = 1;
    }
  return {
    members,
    classes,
    labelled: all.length,
    majority: null,
    folds: foldsOf(members, members.map(rarest), seed),
    dropped: countsWithout(sorted, classes),
    measured: { kind: "LABELS", truth },
  };
}

const moleculesOf = (rows: readonly LabelledMember[]): number => new Set(rows.map(({ group }) => group)).size;

/** What is not measured. */
const countsWithout = (
  sorted: readonly [string, LabelledMember[]][],
  classes: readonly string[],
): { label: string; count: number }[] => {
  const kept = new Set(classes);
  return sorted.filter(([label]) => !kept.has(label)).map(([label, rows]) => ({ label, count: rows.length }));
};

const sortedBySize = (groups: ReadonlyMap<string, LabelledMember[]>): [string, LabelledMember[]][] =>
  [...groups].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1));

/** Of each stratum the same share, a molecule for every fold at least. */
function sampleOf(strata: readonly LabelledMember[][], sample: number, seed: number): LabelledMember[] {
  const share = Math.min(1, sample / strata.reduce((sum, rows) => sum + rows.length, 0));
  return strata.flatMap((rows, k) => {
    const size = Math.max(FOLDS, Math.round(rows.length * share));
    return new Philox(seed, STREAM.sample, k).shuffle([...rows]).slice(0, size);
  });
}

/** The sample, and where it has fewer than FOLDS molecules with a label, or without it, the first others of all. */
function withBothSides(
  sample: LabelledMember[],
  all: readonly LabelledMember[],
  labels: readonly string[],
): LabelledMember[] {
  const members = [...sample];
  const taken = new Set(members);
  for (const label of labels)
    for (const side of [true, false]) {
      const isOfSide = (member: LabelledMember): boolean => member.labels.includes(label) === side;
      const groups = new Set(members.filter(isOfSide).map(({ group }) => group));
      for (const member of all) {
        if (groups.size >= FOLDS) break;
        if (taken.has(member) || groups.has(member.group) || !isOfSide(member)) continue;
        taken.add(member);
        members.push(member);
        groups.add(member.group);
      }
    }
  return members;
}

const foldsOf = (members: readonly LabelledMember[], strata: ArrayLike<number>, seed: number): Int32Array =>
  dealFolds(
    strata,
    members.map(({ group }) => group),
    FOLDS,
    seed,
  );

const tooFew = (message: string): MaillardError => new MaillardError("TOO_FEW_CLASSES", message, { param: "labelSet" });
