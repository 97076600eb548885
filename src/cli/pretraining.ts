/**
 * A pretraining run with a progress bar: masked accuracy, tokens per second, time left.
 *   all tokens seen -> scores on the held-out molecules
 *   Ctrl-C or SIGTERM -> the current step is completed, the state is saved, exit code 130 or 143; the same command goes
 *                        on
 *   a second one -> ends at once; the same command continues from the state before
 */
import { mkdir } from "node:fs/promises";
import { pretrain } from "../train/pretrain/pretrain.js";
import type { PretrainOptions, PretrainProgress, PretrainResult } from "../train/pretrain/pretrain-options.js";
import { CommandFailure, EXIT, exitCodeOf } from "./failure.js";
import { startProgress } from "./output/progress.js";
import { count, duration, percent } from "./output/table.js";
import type { Session } from "./session.js";
import { painter } from "./terminal.js";

export async function runPretraining(
  session: Session,
  options: PretrainOptions,
  { json }: { json?: boolean },
): Promise<void> {
  const { terminal } = session;
  await mkdir(options.output, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(
      "BAD_INPUT",
      `The folder ${options.output} cannot be made (${error.code}); choose another --out.`,
    );
  });
  let signals = 0;
  const release = terminal.onInterrupt((signal) => {
    if (++signals > 1) process.exit(exitCodeOf(signal));
    progress.line("Ending after this step and writing the state; a second Ctrl-C ends at once.");
  });
  terminal.err(`Reading ${options.corpus} …`);
  const progress = await startProgress(terminal, "pretrain");
  try {
    const result = await pretrain(
      options,
      (state) => progress.update(state.tokensSeen, state.tokens, describe(state)),
      () => signals > 0,
    );
    progress.stop();
    const finished = result.tokensSeen >= options.tokens;
    if (!finished) session.exitCode = EXIT.interrupted;
    if (json) session.json({ ...result, finished });
    else session.lines(report(result, options, painter(terminal)));
    terminal.err(
      finished
        ? `Try: npx maillard model add ${options.output} --name my-base`
        : "Interrupted, and the state is written: give the same command again, and it goes on from there.",
    );
  } finally {
    release();
    progress.stop();
  }
}

const describe = ({ step, loss, accuracy, properties, tokensPerSecond, secondsLeft }: PretrainProgress): string =>
  `step ${step}  loss ${loss.toFixed(3)}  masked accuracy ${percent(accuracy)}  ` +
  (properties === null ? "" : `${propertyLosses(properties)}  `) +
  `${count(Math.round(tokensPerSecond))} tokens/s  ${duration(secondsLeft)} left`;

const propertyLosses = ({ descriptors, maccs, morgan }: NonNullable<PretrainProgress["properties"]>): string =>
  `descriptors ${descriptors.toFixed(3)}  MACCS ${maccs.toFixed(3)}  Morgan ${morgan.toFixed(3)}`;

function report(
  { step, tokensSeen, parameters, validation, properties }: PretrainResult,
  { tokens, output }: PretrainOptions,
  paint: ReturnType<typeof painter>,
): string[] {
  const { molecules, maskedTokens, loss, accuracy, mostFrequentToken } = validation;
  const whole = (value: number): string => value.toLocaleString("en-US");
  return [
    `${whole(tokensSeen)} of ${whole(tokens)} tokens seen in ${whole(step)} steps; ` +
      `${count(parameters)} weights in ${output}`,
    `${whole(molecules)} molecules kept aside, ${whole(maskedTokens)} masked tokens:`,
    `  masked accuracy ${paint("bold", percent(accuracy))}, cross-entropy ${loss.toFixed(3)} nats; ` +
      `always the most frequent token: ${percent(mostFrequentToken)}`,
    ...(properties === null ? [] : propertyLines(properties)),
  ];
}

function propertyLines({ descriptors, maccs, morgan }: NonNullable<PretrainResult["properties"]>): string[] {
  const bits = (name: string, { bits: count, f1, majorityF1 }: typeof maccs): string =>
    `  ${name}, ${count} bits: mean F1 ${f1.toFixed(3)}; always the more frequent answer: ${majorityF1.toFixed(3)}`;
  return [
    `  descriptors: median R² ${descriptors.medianR2.toFixed(3)}`,
    bits("MACCS keys", maccs),
    bits("Morgan fingerprint", morgan),
  ];
}
