/** Codes of the warnings about baselines, with what each says. */
export const BASELINE_CODES = {
  BELOW_BASELINE: "The finetune is not better than a constant answer, or worse than a linear model on fingerprints.",
  BASELINE_FAILED: "The linear model on fingerprints was not fitted; the finetune is complete without it.",
} as const;
