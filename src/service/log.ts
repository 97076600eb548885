/** One JSON line per event on stderr. Never holds a SMILES, a key or an answer. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

const line =
  (level: string) =>
  (message: string, fields: Record<string, unknown> = {}): void => {
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
  };

export const stderrLog: Log = { info: line("info"), error: line("error") };
