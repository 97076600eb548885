/**
 * What one key may use, and how long the audit log is kept, in one table. A row of a key (`ApiKey`) may have other
 * values for itself. A server without keys, and the keys of MAILLARD_API_KEYS (an administrator's), have no limits.
 */

interface Limit {
  value: number;
  /** The most that may be set. */
  maximum: number;
  unit: string;
  /** Environment variable of `serve`. */
  variable: string;
  why: string;
}

const ACCESS_LIMIT_TABLE = {
  pointsPerMinute: {
    value: 1_000_000,
    maximum: 2 ** 31 - 1,
    unit: "cost points",
    variable: "MAILLARD_KEY_POINTS",
    why: "ten operations of the largest cost that is answered",
  },
  maxRuns: {
    value: 50,
    maximum: 2 ** 31 - 1,
    unit: "unfinished runs and downloads",
    variable: "MAILLARD_KEY_RUNS",
    why: "the runs of two experiments; more would hold the queue for days",
  },
  maxBytes: {
    value: 50 * 1024 ** 3,
    maximum: Number.MAX_SAFE_INTEGER,
    unit: "bytes",
    variable: "MAILLARD_KEY_BYTES",
    why: "about 50 finetunes of a model of 80 million weights with their checkpoints",
  },
  auditDays: {
    value: 90,
    maximum: 36_500,
    unit: "days",
    variable: "MAILLARD_AUDIT_DAYS",
    why: "long enough to look back at a quarter",
  },
} as const satisfies Record<string, Limit>;

export type AccessLimits = Readonly<Record<keyof typeof ACCESS_LIMIT_TABLE, number>>;
/** Those of one key. */
export type KeyLimits = Pick<AccessLimits, "pointsPerMinute" | "maxRuns" | "maxBytes">;

const NAMES = Object.keys(ACCESS_LIMIT_TABLE) as (keyof AccessLimits)[];

export const accessLimits = (given: Partial<AccessLimits> = {}): AccessLimits =>
  Object.fromEntries(NAMES.map((name) => [name, given[name] ?? ACCESS_LIMIT_TABLE[name].value])) as AccessLimits;

/** The limits that the environment sets; `problems` names each variable that is no whole number in its range. */
export function readAccessLimits(environment: Readonly<Record<string, string | undefined>>): {
  limits: AccessLimits;
  problems: { param: string; message: string }[];
} {
  const given: Partial<Record<keyof AccessLimits, number>> = {};
  const problems: { param: string; message: string }[] = [];
  for (const name of NAMES) {
    const { variable, unit, maximum } = ACCESS_LIMIT_TABLE[name];
    const text = environment[variable];
    if (!text) continue;
    given[name] = Number(text);
    if (Number.isInteger(given[name]) && Number(text) >= 1 && Number(text) <= maximum) continue;
    const message = `${variable} is a number of ${unit}, 1 to ${maximum}; got ${JSON.stringify(text)}.`;
    problems.push({ param: variable, message });
  }
  return { limits: accessLimits(given), problems };
}
