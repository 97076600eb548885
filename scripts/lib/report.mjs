/** Progress lines of the set-up steps, on stderr so that a command's own output stays clean. */
const PREFIX = "maillard  ";

export const say = (text) => process.stderr.write(`${PREFIX}${text}\n`);

/** A problem that its message explains: shown without a stack. */
export class SetupError extends Error {}

/** Runs one step between two lines, with its time; prints a line every 15 s while it runs. */
export async function step(doing, done, action) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  say(`${doing} …`);
  const heartbeat = setInterval(() => say(`${doing}: ${seconds()} so far`), 15_000);
  try {
    const result = await action();
    say(`${done} (${seconds()})`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}

/** Ends the process with a message for people, or with the stack of an unexpected error. */
export function fail(error) {
  if (error instanceof SetupError) for (const line of error.message.split("\n")) say(line);
  else console.error(error);
  process.exit(1);
}
