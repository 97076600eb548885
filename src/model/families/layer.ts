/** Where a family keeps the parameters of one encoder layer: stems, to which ".weight" and ".bias" are added. */
export interface LayerNames {
  query: string;
  key: string;
  value: string;
  attentionOutput: string;
  attentionNormalization: string;
  intermediate: string;
  output: string;
  outputNormalization: string;
}

export const bertLayer = (layer: number): LayerNames => {
  const stem = `encoder.layer.${layer}`;
  return {
    query: `${stem}.attention.self.query`,
    key: `${stem}.attention.self.key`,
    value: `${stem}.attention.self.value`,
    attentionOutput: `${stem}.attention.output.dense`,
    attentionNormalization: `${stem}.attention.output.LayerNorm`,
    intermediate: `${stem}.intermediate.dense`,
    output: `${stem}.output.dense`,
    outputNormalization: `${stem}.output.LayerNorm`,
  };
};

/** ALBERT: every layer is the same one. */
export const albertLayer = (): LayerNames => {
  const stem = "encoder.albert_layer_groups.0.albert_layers.0";
  return {
    query: `${stem}.attention.query`,
    key: `${stem}.attention.key`,
    value: `${stem}.attention.value`,
    attentionOutput: `${stem}.attention.dense`,
    attentionNormalization: `${stem}.attention.LayerNorm`,
    intermediate: `${stem}.ffn`,
    output: `${stem}.ffn_output`,
    outputNormalization: `${stem}.full_layer_layer_norm`,
  };
};
