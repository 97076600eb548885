/** Work that stands still until its signal aborts or the test lets it go on. */
import { stopped } from "../../src/process/refusals.js";

export class Holder {
  /** False: work goes on as it is. */
  holding = false;
  /** True: work does not end with its signal, as a statement of the database does not. */
  stubborn = false;
  /** Pieces of work that stand still now. */
  held = 0;
  #release: (() => void)[] = [];

  async hold(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw left();
    if (!this.holding) return;
    this.held++;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#release.push(resolve);
        if (!this.stubborn) signal?.addEventListener("abort", () => reject(left()), { once: true });
      });
    } finally {
      this.held--;
    }
    if (signal?.aborted) throw left();
  }

  /** All that stands still goes on, and nothing is held from now on. */
  release(): void {
    this.holding = false;
    this.stubborn = false;
    for (const go of this.#release.splice(0)) go();
  }

  /** Holds every call of a method, by the signal among its arguments, before the method itself runs. */
  wrap<T extends object>(object: T, ...methods: (keyof T)[]): void {
    for (const method of methods) {
      const original = object[method] as (...given: unknown[]) => Promise<unknown>;
      const wrapped = async (...given: unknown[]): Promise<unknown> => {
        await this.hold(given.map(signalIn).find((signal) => signal !== undefined));
        return original.apply(object, given);
      };
      object[method] = wrapped as T[keyof T];
    }
  }
}

function signalIn(given: unknown): AbortSignal | undefined {
  if (given instanceof AbortSignal) return given;
  const within = (given as { signal?: unknown } | null)?.signal;
  return within instanceof AbortSignal ? within : undefined;
}

const left = () => stopped("The caller has left.", "SIGNAL");
