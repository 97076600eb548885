/** Which parameters learn under a run's options, by name; and the dropout probabilities it sets. */
import { familyOf } from "../../model/families/index.js";
import type { EncoderConfig } from "../../model/types.js";
import type { TrainingOptions } from "../options/options.js";

export function trainableParameters(
  { freezeEmbeddings, frozenLayers, lora }: Pick<TrainingOptions, "freezeEmbeddings" | "frozenLayers" | "lora">,
  config: Pick<EncoderConfig, "family" | "layers">,
): (parameter: string) => boolean {
  const { placeOf } = familyOf(config);
  if (lora) return (name) => /\.lora_[AB]\.weight$/.test(name) || placeOf(name, config) === null;
  return (name) => {
    const place = placeOf(name, config);
    if (place === "EMBEDDINGS") return !freezeEmbeddings && frozenLayers === 0;
    // The layers of albert are one: its number is 0.
    return place === null || place >= frozenLayers;
  };
}

/** The model's config with the run's own dropout. The finished model keeps its own. */
export function withDropout(
  config: EncoderConfig,
  options: Pick<TrainingOptions, "dropout" | "hiddenDropout" | "attentionDropout" | "classifierDropout">,
): EncoderConfig {
  const { dropout } = options;
  const { modern } = config;
  const hidden = options.hiddenDropout ?? dropout;
  return {
    ...config,
    ...(modern && hidden !== null ? { modern: { ...modern, mlpDropout: null } } : {}),
    hiddenDropout: options.hiddenDropout ?? dropout ?? config.hiddenDropout,
    attentionDropout: options.attentionDropout ?? dropout ?? config.attentionDropout,
    // A null stays: it means "the same as the hidden probability".
    classifierDropout: options.classifierDropout ?? dropout ?? config.classifierDropout,
  };
}
