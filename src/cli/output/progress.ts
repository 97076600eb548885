/**
 * Progress of a task. On a screen a moving bar, with lines above it; elsewhere (a file, a pipe, CI) a plain line at
 * every tenth of the way, at most one in two seconds except the last.
 */
import type { MultiBar, SingleBar } from "cli-progress";
import type { Terminal } from "../terminal.js";

export interface Progress {
  /** `text` says what the numbers cannot: loss, rows, time left. */
  update(done: number, total: number, text: string): void;
  /** A line that stays. */
  line(text: string): void;
  /** Leaves the last state on the screen. Safe to call twice. */
  stop(): void;
}

const QUIET_MS = 2_000;

export async function startProgress(terminal: Terminal, label: string): Promise<Progress> {
  return terminal.interactive ? startBar(terminal, label) : startLines(terminal, label);
}

async function startBar(terminal: Terminal, label: string): Promise<Progress> {
  const { default: cliProgress } = await import("cli-progress");
  const bars: MultiBar = new cliProgress.MultiBar({
    format: `${label} {bar} {percentage} %  {text}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: Math.max(10, Math.min(30, terminal.columns - 70)),
    hideCursor: true,
    fps: 8,
    linewrap: false,
    forceRedraw: true,
    gracefulExit: false,
    emptyOnZero: true,
  });
  let bar: SingleBar | null = null;
  let stopped = false;
  return {
    update(done, total, text) {
      if (stopped) return;
      bar ??= bars.create(total, 0, { text });
      bar.setTotal(total);
      bar.update(Math.min(done, total), { text });
    },
    line(text) {
      if (stopped || !bar) terminal.err(text);
      else bars.log(`${text}\n`);
    },
    stop() {
      if (stopped) return;
      stopped = true;
      // Draws the lines and numbers that wait for the next frame.
      bars.update();
      bars.stop();
    },
  };
}

function startLines(terminal: Terminal, label: string, now: () => number = () => performance.now()): Progress {
  let lastTenth = -1;
  let lastAt = Number.NEGATIVE_INFINITY;
  let waiting: string | null = null;
  return {
    update(done, total, text) {
      const tenth = total > 0 ? Math.floor((10 * done) / total) : 0;
      const line = `${label} ${total > 0 ? Math.floor((100 * done) / total) : 0} %  ${text}`;
      waiting = null;
      if (tenth === lastTenth) return;
      if (now() - lastAt < QUIET_MS && done < total) {
        waiting = line;
        return;
      }
      lastTenth = tenth;
      lastAt = now();
      terminal.err(line);
    },
    line: (text) => terminal.err(text),
    stop() {
      if (waiting) terminal.err(waiting);
      waiting = null;
    },
  };
}
