/**
 * Options as a run takes them: what is not given filled in, what breaks a rule refused, all of it at once, before
 * anything is computed (INVALID_CONFIG; `param` is the first option that is wrong, `details.problems` has each one's
 * name, value, rule).
 */
import { MaillardError } from "../../errors.js";
import { familyOf } from "../../model/families/index.js";
import type { EncoderConfig } from "../../model/types.js";
import { DEFAULT_METRIC, METRICS, type TrainingTask } from "../../scores/metrics.js";
import type { TrainingOptions } from "./options.js";
import { accepts, ENGINE_OPTIONS, engineView, ruleOf } from "./table.js";

/** What the rules depend on besides the options. */
export interface OptionContext {
  task: TrainingTask;
  config: EncoderConfig;
  /** Examples of the validation split. */
  validation: number;
}

interface Problem {
  option: string;
  value: unknown;
  rule: string;
}

export function resolveOptions(given: Partial<TrainingOptions>, context: OptionContext): TrainingOptions {
  const problems: Problem[] = [];
  const names: readonly string[] = ENGINE_OPTIONS;
  for (const [option, value] of Object.entries(given)) {
    if (!names.includes(option)) problems.push({ option, value, rule: "no option of that name" });
  }
  const options = Object.fromEntries(
    ENGINE_OPTIONS.map((option) => {
      const view = engineView(option);
      const value = given[option] ?? view.default;
      if (!accepts(view, value)) problems.push({ option, value, rule: ruleOf(view) });
      return [option, value];
    }),
  ) as TrainingOptions;
  if (problems.length === 0) problems.push(...contradictions(options, context));
  if (problems.length === 0)
    return { ...options, metricForBestModel: options.metricForBestModel ?? DEFAULT_METRIC[context.task] };
  const say = ({ option, value, rule }: Problem) => `${option} is ${JSON.stringify(value)}; it must be: ${rule}.`;
  throw new MaillardError("INVALID_CONFIG", problems.map(say).join(" "), {
    param: problems[0].option,
    details: { problems },
  });
}

/** Options that are each fine and do not go together, or not with this task and model. */
function* contradictions(options: TrainingOptions, { task, config, validation }: OptionContext): Iterable<Problem> {
  const refuse = (option: keyof TrainingOptions, rule: string): Problem => ({ option, value: options[option], rule });
  const { frozenLayers, lora } = options;
  if (options.warmupRatio > 0 && options.warmupSteps > 0)
    yield refuse("warmupRatio", `0 when warmupSteps is given (${options.warmupSteps})`);
  if (options.labelSmoothingFactor > 0 && task !== "SINGLE_LABEL" && task !== "MASKED_LANGUAGE_MODEL")
    yield refuse("labelSmoothingFactor", `0 for ${task}: there is no distribution to smooth`);
  if (options.classWeights === "balanced" && task !== "SINGLE_LABEL")
    yield refuse("classWeights", `none for ${task}; balanced is for SINGLE_LABEL`);
  if (options.metricForBestModel !== null && !Object.hasOwn(METRICS[task], options.metricForBestModel))
    yield refuse("metricForBestModel", `one of ${Object.keys(METRICS[task]).join(", ")} for ${task}`);
  if (frozenLayers > config.layers) yield refuse("frozenLayers", `at most the model's ${config.layers} layers`);
  else if (familyOf(config).sharedLayers && frozenLayers > 0 && frozenLayers < config.layers)
    yield refuse("frozenLayers", `0 or ${config.layers} for albert, whose layers are one and the same`);
  if (familyOf(config).sharedLayers && options.layerwiseLearningRateDecay !== 1)
    yield refuse("layerwiseLearningRateDecay", "1 for albert, whose layers are one and the same");
  if (lora && frozenLayers > 0) yield refuse("frozenLayers", "0 with lora, which freezes the encoder already");
  if (lora && lora.rank > Math.min(config.width, config.intermediateWidth))
    yield refuse(
      "lora",
      `of a rank of at most ${Math.min(config.width, config.intermediateWidth)}, the layers' narrower side`,
    );
  if (validation === 0 && options.earlyStoppingPatience !== null)
    yield refuse("earlyStoppingPatience", "null without a validation split to measure on");
  if (validation === 0 && options.loadBestModelAtEnd)
    yield refuse("loadBestModelAtEnd", "false without a validation split to measure on");
  if (options.temperatureScaling && (validation === 0 || (task !== "SINGLE_LABEL" && task !== "MULTI_LABEL")))
    yield refuse("temperatureScaling", "false without classes or labels, or without a validation split to fit it on");
}
