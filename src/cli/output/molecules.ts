/** A query about some SMILES, sent in batches: the answer for each molecule, or the reason why it was refused. */
import { EXIT } from "../failure.js";
import { inBatches, smilesFrom } from "../flags/smiles.js";
import type { Session } from "../session.js";
import { painter } from "../terminal.js";
import { plain } from "./table.js";

interface Refused {
  __typename: "SmilesError";
  code: string;
  message: string;
}
export type Paint = ReturnType<typeof painter>;

/** Exit code 1 when every SMILES was refused. `linesOf`: an answer for people; `head` is its SMILES. */
export async function answerMolecules<T extends { __typename: string }>(
  session: Session,
  given: readonly string[],
  json: boolean | undefined,
  ask: (smiles: string[]) => Promise<readonly (T | Refused)[]>,
  linesOf: (answer: Exclude<T, Refused>, head: string, paint: Paint) => string[],
): Promise<void> {
  const smiles = await smilesFrom(given);
  const answers: (T | Refused)[] = [];
  for (const batch of inBatches(smiles)) answers.push(...(await ask(batch)));
  const paint = painter(session.terminal);
  const isRefused = (answer: T | Refused): answer is Refused => answer.__typename === "SmilesError";
  const lines = (answer: T | Refused, index: number): string[] => {
    const head = paint("bold", plain(smiles[index]));
    if (isRefused(answer)) return [head, `  ${paint("red", answer.code)}  ${plain(answer.message)}`, ""];
    return [...linesOf(answer as Exclude<T, Refused>, head, paint), ""];
  };
  if (json) session.json(answers);
  else session.lines(answers.flatMap(lines));
  if (answers.every(isRefused)) session.exitCode = EXIT.failed;
}
