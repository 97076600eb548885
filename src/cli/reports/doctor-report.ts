/** The answer of `maillard doctor` as text: a line for each finding, below it what to do. */
import type { Finding, Verdict } from "../../service/doctor/finding.js";
import { plain } from "../output/table.js";
import type { painter, Style } from "../terminal.js";

const STYLE: Record<Verdict, Style> = { OK: "green", WARNING: "yellow", PROBLEM: "red" };
const WORD = Math.max(...Object.keys(STYLE).map((verdict) => verdict.length));

export function doctorReport(
  findings: readonly Finding[],
  verdict: Verdict,
  paint: ReturnType<typeof painter>,
): string[] {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ area, name, verdict: own, found, advice }, i) => {
    const title = findings[i - 1]?.area === area ? [] : [paint("bold", area.toLowerCase())];
    const line = `  ${paint(STYLE[own], own.padEnd(WORD))}  ${plain(name).padEnd(width)}  ${plain(found)}`;
    return [...title, line, ...(advice === null ? [] : [`  ${" ".repeat(WORD)}  -> ${plain(advice)}`])];
  });
  const count = (wanted: Verdict): number => findings.filter((finding) => finding.verdict === wanted).length;
  const counts = `${findings.length} looked at, ${count("WARNING")} WARNING, ${count("PROBLEM")} PROBLEM`;
  return [...lines, "", `${paint(STYLE[verdict], verdict)}: ${counts}`];
}
