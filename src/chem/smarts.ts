/**
 * What is refused of a SMARTS before RDKit reads it, in time linear in the text. Patterns nest ($(…) in brackets), and
 * RDKit reads and matches them by recursion. So length and depth are bounded here, the time of matching in the process.
 */
import type { SmartsError } from "./types.js";

/** Characters of one SMARTS. */
const MAX_SMARTS = 500;
/** Brackets within brackets; patterns in use have 1 to 3. */
const MAX_DEPTH = 10;

const FOREIGN = /[^A-Za-z0-9@+\-[\]().=#$:~/\\%*!&,;?^{}<>]/;

/** null: RDKit may read it. */
export function smartsRefusal(input: string): SmartsError | null {
  const refuse = (message: string): SmartsError => ({ input, code: "INVALID_SMARTS", message });
  if (input.trim() === "") return refuse("the SMARTS is empty: give a pattern, such as c1ccccc1");
  if (input.length > MAX_SMARTS)
    return refuse(`a SMARTS may have ${MAX_SMARTS} characters, this one has ${input.length}: give a shorter pattern`);
  const foreign = FOREIGN.exec(input);
  if (foreign)
    return refuse(
      `${JSON.stringify(String.fromCodePoint(input.codePointAt(foreign.index)!))} at position ${foreign.index + 1} ` +
        "is not a character of SMARTS: give one pattern without spaces",
    );
  let depth = 0;
  for (const character of input) {
    if (character === "(" || character === "[") depth += 1;
    else if (character === ")" || character === "]") depth -= 1;
    if (depth > MAX_DEPTH)
      return refuse(`brackets of a SMARTS may nest ${MAX_DEPTH} deep, these nest deeper: give a simpler pattern`);
  }
  return null;
}
