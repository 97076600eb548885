/** Ensembles as rows: the mean of several models' answers, under one name. */
import { createHash } from "node:crypto";
import { MaillardError } from "../errors.js";
import { type Composition, compositionOf } from "./composition.js";
import type { Model, Prisma } from "./generated/client.js";

const MOST_MEMBERS = 32;
const LEAST_SHARE = 1e-6;

/**
 * The columns of an ensemble. INVALID_CONFIG when its members cannot be averaged: the message names the rule and the
 * model.
 * @param given weight of each member; null: all the same
 */
export function ensembleData(
  name: string,
  members: readonly Model[],
  given: readonly number[] | null = null,
): Omit<Prisma.ModelUncheckedCreateInput, "id"> {
  const [first] = members;
  const refuse = (reason: string) => new MaillardError("INVALID_CONFIG", reason, { param: "models" });
  if (members.length < 2 || members.length > MOST_MEMBERS)
    throw refuse(`An ensemble has 2 to ${MOST_MEMBERS} models, each once; ${members.length} were named.`);
  for (const member of members) {
    if (compositionOf(member)?.kind === "ENSEMBLE")
      throw refuse(`${member.name} is an ensemble itself: name its members instead.`);
    if (member.labels === null || !["SINGLE_LABEL", "MULTI_LABEL", "REGRESSION"].includes(member.task))
      throw refuse(`${member.name} has no head that predicts, so there is nothing to average.`);
    if (member.task !== first.task)
      throw refuse(`${member.name} is ${member.task} and ${first.name} is ${first.task}: members must have one task.`);
    if (JSON.stringify(member.labels) !== JSON.stringify(first.labels))
      throw refuse(
        `${member.name} and ${first.name} have other labels, or in another order: their scores do not add up.`,
      );
  }
  // A probe on fingerprints has no transformer, so it cannot give the shape.
  const transformers = members.filter(({ layers }) => layers > 0);
  const shape = transformers[0] ?? first;
  const weights = given && sharesOf(given, members.length);
  const composition: Composition = {
    kind: "ENSEMBLE",
    members: members.map(({ id }) => id),
    ...(weights ? { weights } : {}),
  };
  const checksums = members.map(({ checksum }, place) => (weights ? `${weights[place]}*${checksum}` : checksum)).sort();
  const targets = new Set(members.map(({ target }) => target));
  return {
    name,
    composition,
    family: shape.family,
    task: first.task,
    labels: first.labels as Prisma.InputJsonValue,
    target: targets.size === 1 ? first.target : null,
    // There is no folder: the row describes the ensemble.
    artifact: `ensembles/${name}`,
    checksum: createHash("sha256")
      .update(`ensemble ${checksums.join(" ")}`)
      .digest("hex"),
    layers: shape.layers,
    width: shape.width,
    heads: shape.heads,
    vocabularySize: shape.vocabularySize,
    parameterCount: members.reduce((sum, { parameterCount }) => sum + parameterCount, 0n),
    maxLength: Math.min(...(transformers.length > 0 ? transformers : members).map(({ maxLength }) => maxLength)),
    card: [
      `# ${name}`,
      `An ensemble: the ${weights ? "weighted " : ""}mean of what ${members.length} models answer.`,
      members
        .map(({ name: member, checksum }, place) => {
          const weight = weights ? `, weight ${Number(weights[place].toFixed(4))}` : "";
          return `- ${member} (sha256 ${checksum})${weight}`;
        })
        .join("\n"),
    ].join("\n\n"),
  };
}

/** The weights as shares of 12 digits, so that 7 and 3 are .7 and .3; null when all are the same. */
function sharesOf(weights: readonly number[], count: number): number[] | null {
  const largest = Math.max(...weights);
  const scaled = weights.map((weight) => weight / largest);
  const sum = scaled.reduce((total, weight) => total + weight, 0);
  const shares = scaled.map((weight) => Number((weight / sum).toPrecision(12)));
  const areSound = largest > 0 && shares.every((share) => share >= LEAST_SHARE);
  if (weights.length !== count || !areSound)
    throw new MaillardError(
      "INVALID_CONFIG",
      `\`weights\` are ${count} numbers above 0, one for each model in their order, none less than a millionth ` +
        `of their sum; not ${JSON.stringify(weights.slice(0, 33))}.`,
      { param: "weights" },
    );
  return new Set(shares).size === 1 ? null : shares;
}
