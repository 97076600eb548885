/**
 * Trustworthiness (Venna and Kaski 2001) as scikit-learn computes it: 1 less a penalty for every row among the k
 * nearest in the map that is not among the k nearest in the data, by its rank in the data. 0 to 1; 1: the map has no
 * false neighbour. Euclidean in both. Needs k < rows / 2.
 */
import { distanceBetween, type Rows } from "./distance.js";

export function trustworthiness(data: Rows, map: Rows, k: number): number {
  const count = data.vectors.length / data.dimension;
  const [inData, inMap] = [distanceBetween("EUCLIDEAN", data), distanceBetween("EUCLIDEAN", map)];
  const [far, near] = [new Float64Array(count), new Float64Array(count)];
  const order = new Int32Array(count);
  let penalty = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      far[j] = inData(i, j);
      near[j] = inMap(i, j);
      order[j] = j;
    }
    near[i] = Number.POSITIVE_INFINITY;
    for (const j of order.sort((a, b) => near[a] - near[b] || a - b).subarray(0, k)) {
      let rank = 1;
      for (let other = 0; other < count; other++)
        if (other !== i && (far[other] < far[j] || (far[other] === far[j] && other < j))) rank++;
      penalty += Math.max(0, rank - k);
    }
  }
  return 1 - (penalty * 2) / (count * k * (2 * count - 3 * k - 1));
}
