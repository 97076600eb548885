/** Which parameters learn under a run's options, by name; and the dropout probabilities it sets. */
import type { EncoderConfig } from "../../model/types.js";
import type { TrainingOptions } from "../options/options.js";

/** Embeddings, and the parameters between them and the layers. */
const EMBEDDINGS = /^(embeddings|encoder\.embedding_hidden_mapping_in)\./;

export function trainableParameters(
  { freezeEmbeddings, frozenLayers, lora }: Pick<TrainingOptions, "freezeEmbeddings" | "frozenLayers" | "lora">,
  { family }: Pick<EncoderConfig, "family">,
): (parameter: string) => boolean {
  if (lora) return (name) => /\.lora_[AB]\.weight$/.test(name) || !/^(embeddings|encoder)\./.test(name);
  return (name) => {
    if (EMBEDDINGS.test(name)) return !freezeEmbeddings && frozenLayers === 0;
    if (family === "albert") return frozenLayers === 0 || !name.startsWith("encoder.");
    const layer = /^encoder\.layer\.(\d+)\./.exec(name);
    return layer === null || Number(layer[1]) >= frozenLayers;
  };
}

/** The model's config with the run's own dropout. The finished model keeps its own. */
export function withDropout(
  config: EncoderConfig,
  options: Pick<TrainingOptions, "dropout" | "hiddenDropout" | "attentionDropout" | "classifierDropout">,
): EncoderConfig {
  const { dropout } = options;
  return {
    ...config,
    hiddenDropout: options.hiddenDropout ?? dropout ?? config.hiddenDropout,
    attentionDropout: options.attentionDropout ?? dropout ?? config.attentionDropout,
    // A null stays: it means "the same as the hidden probability".
    classifierDropout: options.classifierDropout ?? dropout ?? config.classifierDropout,
  };
}
