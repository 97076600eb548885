/** One thing that was looked at, with its verdict. */
export type Verdict = "OK" | "WARNING" | "PROBLEM";
export type Area =
  | "VERSIONS"
  | "SETTINGS"
  | "DEVICES"
  | "LIBRARIES"
  | "DATABASE"
  | "DISK"
  | "PORTS"
  | "MEMORY"
  | "PROCESSORS";

export interface Finding {
  area: Area;
  /** What was looked at, unique within its area. */
  name: string;
  /** WARNING: it works, with a loss. PROBLEM: a start, or what was asked for, fails. */
  verdict: Verdict;
  /** What was found. */
  found: string;
  /** What to do; null where nothing has to be done. */
  advice: string | null;
}

export const ok = (area: Area, name: string, found: string): Finding => ({
  ...{ area, name, found },
  verdict: "OK",
  advice: null,
});

export const warning = (area: Area, name: string, found: string, advice: string): Finding => ({
  ...{ area, name, found, advice },
  verdict: "WARNING",
});

export const problem = (area: Area, name: string, found: string, advice: string): Finding => ({
  ...{ area, name, found, advice },
  verdict: "PROBLEM",
});

/** The worst of all; OK where there is none. */
export function worst(findings: readonly Finding[]): Verdict {
  for (const verdict of ["PROBLEM", "WARNING"] as const)
    if (findings.some((finding) => finding.verdict === verdict)) return verdict;
  return "OK";
}
