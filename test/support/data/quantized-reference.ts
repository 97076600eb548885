/**
 * The forward pass of a BERT in int8 in plain arithmetic, one sequence at a time: float64, but for the dense layers of
 * each encoder layer, which are exact sums of whole numbers with a scale for each token and each row of a weight.
 */
import type { Checkpoint } from "../../../src/model/types.js";

type Rows = number[][];

/** Logits of a tiny BERT with a sequence head. */
export function referenceLogits({ config, weights, labels }: Checkpoint, ids: Int32Array): number[] {
  const { width, heads, layers, intermediateWidth, layerNormEpsilon } = config;
  const data = (name: string): Float32Array => weights.get(name)!.data;
  const row = (name: string, place: number): number[] => [...data(name).subarray(place * width, (place + 1) * width)];
  const normalized = (rows: Rows, stem: string): Rows =>
    rows.map((x) => {
      const mean = sum(x) / width;
      const deviation = Math.sqrt(sum(x.map((value) => (value - mean) ** 2)) / width + layerNormEpsilon);
      return x.map((value, j) => ((value - mean) / deviation) * data(`${stem}.weight`)[j] + data(`${stem}.bias`)[j]);
    });
  const dense = (rows: Rows, stem: string, out: number): Rows => {
    const [weight, bias] = [data(`${stem}.weight`), data(`${stem}.bias`)];
    return rows.map((x) =>
      Array.from({ length: out }, (_, o) => bias[o] + sum(x.map((value, j) => value * weight[o * x.length + j]))),
    );
  };
  const whole = (rows: Rows, stem: string, out: number): Rows => {
    const [weight, bias] = [data(`${stem}.weight`), data(`${stem}.bias`)];
    return rows.map((x) => {
      const scale = Math.max(...x.map(Math.abs)) / 127;
      const integers = x.map((value) => Math.round(value / scale));
      return Array.from({ length: out }, (_, o) => {
        const values = [...weight.subarray(o * x.length, (o + 1) * x.length)];
        const unit = Math.max(...values.map(Math.abs)) / 63;
        return scale * unit * sum(integers.map((q, j) => q * Math.round(values[j] / unit))) + bias[o];
      });
    });
  };
  const plus = (a: Rows, b: Rows): Rows => a.map((x, i) => x.map((value, j) => value + b[i][j]));

  const embedded = [...ids].map((id, place) => {
    const [token, position] = [
      row("embeddings.word_embeddings.weight", id),
      row("embeddings.position_embeddings.weight", place),
    ];
    return row("embeddings.token_type_embeddings.weight", 0).map((value, j) => value + token[j] + position[j]);
  });
  let hidden = normalized(embedded, "embeddings.LayerNorm");
  for (let layer = 0; layer < layers; layer++) {
    const stem = `encoder.layer.${layer}`;
    const [q, k, v] = ["query", "key", "value"].map((name) => whole(hidden, `${stem}.attention.self.${name}`, width));
    const size = width / heads;
    const context = hidden.map((_, i) =>
      Array.from({ length: heads }, (_, head) => {
        const part = (x: number[]) => x.slice(head * size, (head + 1) * size);
        const scores = k.map((key) => sum(part(key).map((value, j) => value * part(q[i])[j])) / Math.sqrt(size));
        const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
        return part(hidden[0]).map((_, j) => sum(powers.map((power, t) => power * part(v[t])[j])) / sum(powers));
      }).flat(),
    );
    const attended = whole(context, `${stem}.attention.output.dense`, width);
    const middle = normalized(plus(attended, hidden), `${stem}.attention.output.LayerNorm`);
    const wide = whole(middle, `${stem}.intermediate.dense`, intermediateWidth).map((x) => x.map(gelu));
    hidden = normalized(plus(whole(wide, `${stem}.output.dense`, width), middle), `${stem}.output.LayerNorm`);
  }
  const pooled = dense([hidden[0]], "pooler.dense", width).map((x) => x.map(Math.tanh));
  return dense(pooled, "classifier", labels.length)[0];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** x Φ(x), with the series of erf: exact to 1e-15 where |x| < 4, which these models do not leave. */
function gelu(x: number): number {
  const z = x / Math.SQRT2;
  let [term, total] = [z, z];
  for (let n = 1; n < 100; n++) {
    term *= (-z * z) / n;
    total += term / (2 * n + 1);
  }
  return (x / 2) * (1 + (2 / Math.sqrt(Math.PI)) * total);
}
