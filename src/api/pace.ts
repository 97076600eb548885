/**
 * Turns of the event loop, shared by all operations of this process. Work that takes long asks now and then whether its
 * slice is over and then waits for its turn, so that sockets, timers and other operations are served in between.
 */

/** What one turn of the loop may spend on answers before others have theirs, in ms. */
const SLICE_MS = 10;

/** Weight of what one operation does in its turn; then another operation has its own. */
const TURN_WEIGHT = 100;

interface Line {
  waiting: { go: () => void; weight: number }[];
  next: number;
}

/** When the work of this turn of the loop was first looked at; null: not yet. */
let began: number | null = null;
/** Who waits, by the operation. Each operation has its turn after each other one, however many of its fields wait. */
const lines = new Map<object, Line>();
let draining = false;

/** Whether this turn of the loop has lasted long enough, or others wait already. */
export function isLate(): boolean {
  if (draining) return true;
  if (began !== null) return performance.now() - began > SLICE_MS;
  began = performance.now();
  setImmediate(() => {
    began = null;
  });
  return false;
}

/** Resolves at once while there is time, else in the turn of `operation`, with others of it up to `TURN_WEIGHT`. */
export function turn(operation: object, weight = TURN_WEIGHT): Promise<void> {
  if (!isLate()) return Promise.resolve();
  return new Promise((resolve) => {
    const line = lines.get(operation) ?? { waiting: [], next: 0 };
    line.waiting.push({ go: resolve, weight });
    lines.set(operation, line);
    if (!draining) void drain();
  });
}

async function drain(): Promise<void> {
  draining = true;
  let start = Number.NEGATIVE_INFINITY;
  while (lines.size > 0) {
    for (const [operation, line] of lines) {
      if (performance.now() - start > SLICE_MS) {
        await new Promise((resolve) => setImmediate(resolve));
        start = performance.now();
      }
      if (line.next === line.waiting.length) {
        lines.delete(operation);
        continue;
      }
      for (let done = 0; done < TURN_WEIGHT && line.next < line.waiting.length; ) {
        const { go, weight } = line.waiting[line.next++];
        go();
        done += weight;
      }
      // A tick comes after all microtasks: what this one resolved has been done by then.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      if (line.next < 1_000) continue;
      line.waiting.splice(0, line.next);
      line.next = 0;
    }
  }
  draining = false;
}
