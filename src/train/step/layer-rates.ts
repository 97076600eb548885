/**
 * Layer-wise learning-rate decay: parameters nearer to the input learn more slowly. With L layers the head and the
 * pooler learn at the full rate, layer l (from 0) at decay^(L - l), so the last one at decay, and the embeddings at
 * decay^(L + 1). Howard and Ruder 2018, arXiv:1801.06146, section 3.2; counted as BEiT does, Bao et al. 2021,
 * arXiv:2106.08254.
 */
import { familyOf } from "../../model/families/index.js";
import type { EncoderConfig } from "../../model/types.js";

/** Factor on the learning rate, by name; low-rank matrices learn as their layer. */
export function layerRates(
  decay: number,
  config: Pick<EncoderConfig, "family" | "layers">,
): (parameter: string) => number {
  const { placeOf } = familyOf(config);
  return (name) => {
    const place = placeOf(name, config);
    if (place === null) return 1;
    return decay ** (place === "EMBEDDINGS" ? config.layers + 1 : config.layers - place);
  };
}
