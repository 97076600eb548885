/**
 * Options of a finetune, as StartFinetuneInput takes them: all that the table has and the service does not set by
 * itself.
 */
import { InputType } from "type-graphql";
import { INPUT_OPTIONS, SETTING_NAMES } from "../../../train/options/table.js";
import { LearningInput } from "./learning-input.js";
import { withOptions } from "./option-fields.js";

@InputType()
export abstract class TrainingInput extends withOptions(LearningInput, [
  "recipe",
  ...SETTING_NAMES,
  ...INPUT_OPTIONS,
]) {}
