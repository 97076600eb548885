/** The options of a training run as types, made from the table: of the engine, and of an order to the service. */
import { type EngineOption, OPTIONS, type ServiceOption, type SettingName, type ValueOf } from "./table.js";

type Rows = typeof OPTIONS;
/** Values of the service: those of the engine, and what differs. */
export type ServiceValue<Row> = Row extends { engine: infer E; service: infer S }
  ? ValueOf<Omit<E, keyof S> & S>
  : Row extends { engine: infer E }
    ? ValueOf<E>
    : never;

/** What the engine is given. */
export type TrainingOptions = { [K in EngineOption]: ValueOf<Rows[K]["engine"]> };
/** What an order may set, with nothing left open. */
export type ServiceOptions = { [K in ServiceOption]: ServiceValue<Rows[K]> };
/** What of an order the engine is given. */
export type TrainingSettings = Pick<ServiceOptions, SettingName>;

/** Of AdamW where a caller has no options: pretraining. */
export const ADAMW_DEFAULTS = {
  beta1: OPTIONS.adamBeta1.engine.default,
  beta2: OPTIONS.adamBeta2.engine.default,
  epsilon: OPTIONS.adamEpsilon.engine.default,
};
