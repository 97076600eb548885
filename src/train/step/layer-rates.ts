/**
 * Layer-wise learning-rate decay: parameters nearer to the input learn more slowly. With L layers the head and the
 * pooler learn at the full rate, layer l (from 0) at decay^(L - l), so the last one at decay, and the embeddings at
 * decay^(L + 1). Howard and Ruder 2018, arXiv:1801.06146, section 3.2; counted as BEiT does, Bao et al. 2021,
 * arXiv:2106.08254.
 */
import type { EncoderConfig } from "../../model/types.js";

/** Factor on the learning rate, by name; low-rank matrices learn as their layer. */
export function layerRates(decay: number, { layers }: Pick<EncoderConfig, "layers">): (parameter: string) => number {
  return (name) => {
    if (name.startsWith("embeddings.")) return decay ** (layers + 1);
    const layer = /^encoder\.layer\.(\d+)\./.exec(name);
    return layer === null ? 1 : decay ** (layers - Number(layer[1]));
  };
}
