/**
 * Our side of bench/pca.ts: the PCA of the compute process, timed alone in a process of its own.
 *   node --import tsx bench/support/pca-arm.ts <vectors.f32> <rows> <dimension> <components> <repeats> <out.f64>
 */
import { readFileSync, writeFileSync } from "node:fs";
import { computeLargePca } from "../../src/analysis/pca/pca.js";
import type { PcaResult } from "../../src/analysis/types.js";

const [path, , dimension, components, repeats, out] = process.argv.slice(2);
const threads = Number(process.env.OMP_NUM_THREADS ?? 2);
const bytes = readFileSync(path);
const vectors = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const seconds: number[] = [];
const processorSeconds: number[] = [];
const request = { vectors, dimension: Number(dimension), components: Number(components), fitRows: null };
let result: PcaResult = { coordinates: new Float64Array(0), explainedVarianceRatio: [] };
for (let repeat = 0; repeat < Number(repeats); repeat++) {
  const [began, processor] = [performance.now(), process.cpuUsage()];
  result = await computeLargePca(request, threads);
  seconds.push((performance.now() - began) / 1000);
  const { user, system } = process.cpuUsage(processor);
  processorSeconds.push((user + system) / 1e6);
}
writeFileSync(out, result.coordinates);
const { explainedVarianceRatio } = result;
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ seconds, processorSeconds, peakBytes, explainedVarianceRatio }));
