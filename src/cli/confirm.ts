/** A question before something is deleted: whoever answers no, and a script without --yes, changes nothing. */
import { CommandFailure } from "./failure.js";
import type { Session } from "./session.js";

/** Resolves when the answer is yes. CANCELLED, or USAGE where nobody can answer. */
export async function confirm({ terminal }: Session, question: string): Promise<void> {
  const answer = (await terminal.ask?.(`${question} [y/N] `)) ?? null;
  if (answer === null)
    throw new CommandFailure("USAGE", "Nobody is here to say yes, so nothing was deleted. In a script, give --yes.");
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure("CANCELLED", "Nothing was deleted.");
}
