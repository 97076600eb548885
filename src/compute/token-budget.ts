/**
 * How many padded tokens (items x longest) a batch has: for each model the number at which it is fastest on this
 * machine, measured by its own full batches. Each number of the list is tried in turn. Then the fastest is used, and of
 * those that are nearly as fast the smallest, because whoever comes next waits for a batch. A number is not used, nor
 * any above it, where a batch takes longer than `LONGEST_MS`; but for the smallest. Every `AGAIN`-th full batch tries a
 * neighbour once more, because other work may come and go. It also says how long a batch will probably take.
 */
import { LRUCache } from "lru-cache";

const CANDIDATES = [512, 768, 1_024, 1_536, 2_048];
/** Full batches of each number before the first choice. */
const TRIALS = 3;
const LONGEST_MS = 150;
/** Share of the best speed that is as good as it. */
const NEARLY = 0.97;
const AGAIN = 16;
/** Weight of what was measured before, at each batch. */
const KEPT = 0.7;
const MODELS = 64;

interface Trial {
  batches: number;
  tokens: number;
  ms: number;
}

interface Measured {
  trials: Trial[];
  /** Full batches. */
  full: number;
  /** Of the last batches, full or not; null: there was none. */
  msPerToken: number | null;
}

export class TokenBudgets {
  readonly #models = new LRUCache<string, Measured>({ max: MODELS });

  /** @param fixed one number for every model, which is then not measured */
  constructor(private readonly fixed?: number) {}

  /** @param key what is computed, and where: a model, output and layer, and a device */
  of(key: string): number {
    if (this.fixed !== undefined) return this.fixed;
    const { trials, full } = this.#modelOf(key);
    const long = trials.findIndex(isLong);
    const usable = long < 0 ? trials : trials.slice(0, Math.max(1, long));
    const untried = usable.findIndex(({ batches }) => batches < TRIALS);
    if (untried >= 0) return CANDIDATES[untried];
    const best = Math.max(...usable.map(speedOf));
    const chosen = usable.findIndex((trial) => speedOf(trial) >= NEARLY * best);
    if (full % AGAIN !== 0) return CANDIDATES[chosen];
    // The first one of which batches took long, too: other work may have taken the processor then.
    const neighbour = (full / AGAIN) % 2 === 0 ? chosen + 1 : chosen - 1;
    return CANDIDATES[neighbour] ?? CANDIDATES[chosen];
  }

  /** Milliseconds that a batch of so many real tokens takes, by the last batches; null: there was none. */
  expectedMs(key: string, tokens: number): number | null {
    const { msPerToken } = this.#modelOf(key);
    return msPerToken === null ? null : tokens * msPerToken;
  }

  /** A batch that took `ms` inside the model. `isFull`: it had as many items as its budget allows. */
  measured(
    key: string,
    { budget, isFull, tokens, ms }: { budget: number; isFull: boolean; tokens: number; ms: number },
  ): void {
    const model = this.#modelOf(key);
    const now = ms / Math.max(tokens, 1);
    model.msPerToken = model.msPerToken === null ? now : KEPT * model.msPerToken + (1 - KEPT) * now;
    const place = CANDIDATES.indexOf(budget);
    if (!isFull || this.fixed !== undefined || place < 0) return;
    model.full += 1;
    const trial = model.trials[place];
    trial.batches += 1;
    trial.tokens = KEPT * trial.tokens + tokens;
    trial.ms = KEPT * trial.ms + ms;
  }

  #modelOf(key: string): Measured {
    const known = this.#models.get(key);
    if (known) return known;
    const trials = CANDIDATES.map(() => ({ batches: 0, tokens: 0, ms: 0 }));
    const model: Measured = { trials, full: 0, msPerToken: null };
    this.#models.set(key, model);
    return model;
  }
}

const speedOf = ({ tokens, ms }: Trial): number => tokens / Math.max(ms, 1e-6);

/** Of the mean of its batches, each as heavy as it counts. */
function isLong({ batches, ms }: Trial): boolean {
  const weight = (1 - KEPT ** batches) / (1 - KEPT);
  return batches >= TRIALS && ms / weight > LONGEST_MS;
}
