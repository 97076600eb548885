/** RDKit's log of a failed reading, turned into one sentence: what is wrong, and where if RDKit gives the place. */
export function reasonFrom(log: string): string {
  const lines = log
    .split("\n")
    .map((line) => line.replace(/^\[\d\d:\d\d:\d\d\]\s?/, ""))
    .filter((line) => line !== "");
  const first = (lines[0] ?? "").replace(/^(SMILES|SMARTS) Parse Error:\s*/, "");
  if (first === "") return "RDKit could not read it and gave no reason";
  const reason = first
    .replace(/ for input: '.*$/, "")
    .replace(/ while parsing: .*$/, "")
    .replace(/\s+/g, " ")
    .trim();
  const position = /around position (\d+)/.exec(log)?.[1];
  return position ? `${reason} around position ${position}` : reason;
}
