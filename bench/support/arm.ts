/**
 * One side of an interleaved comparison: a process that runs as many steps as it is asked to, and is idle between
 * requests. Its lines that begin with "@" are answers in JSON.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export interface Block {
  /** One for each step. */
  seconds: number[];
  tokens: number[];
  losses?: number[];
  /** Parts of `seconds`. */
  forwardBackward?: number[];
  update?: number[];
  /** Multiplications and additions of the step's Gemm nodes. */
  operations?: number[];
  info?: string;
}

export class Arm {
  readonly blocks: Block[] = [];
  /** The process's own description. */
  info: string | undefined;
  private readonly answers: AsyncIterator<string>;

  private constructor(
    readonly name: string,
    private readonly child: ChildProcess,
  ) {
    this.answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** Resolves when the process has loaded its model. */
  static async start(name: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Arm> {
    const arm = new Arm(name, spawn(command, args, { env, stdio: ["pipe", "pipe", "inherit"] }));
    arm.info = (await arm.answer()).info;
    return arm;
  }

  /** Runs the next steps; those of a warm-up are not kept. */
  async run(steps: number, keep = true): Promise<Block> {
    const block = await this.ask<Block>(steps);
    if (keep) this.blocks.push(block);
    return block;
  }

  /** The answer to a line of JSON. */
  async ask<T>(order: unknown): Promise<T> {
    this.child.stdin!.write(`${JSON.stringify(order)}\n`);
    return (await this.answer()) as T;
  }

  all(key: "seconds" | "tokens" | "losses" | "forwardBackward" | "update" | "operations"): number[] {
    return this.blocks.flatMap((block) => block[key] ?? []);
  }

  sum(key: Parameters<Arm["all"]>[0]): number {
    return this.all(key).reduce((sum, value) => sum + value, 0);
  }

  median(key: Parameters<Arm["all"]>[0]): number {
    return this.all(key).sort((a, b) => a - b)[Math.floor(this.all(key).length / 2)];
  }

  /** VmHWM: the largest resident set that the process has had. */
  peakMegabytes(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin!.end();
    await gone;
  }

  private async answer(): Promise<Block> {
    for (;;) {
      const { value, done } = await this.answers.next();
      if (done) throw new Error(`${this.name} ended without an answer`);
      if (value.startsWith("@")) return JSON.parse(value.slice(1)) as Block;
    }
  }
}
