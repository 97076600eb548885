/**
 * Weights, gradients and moments of what learns in one WebAssembly memory (ParameterArena). The runtime reads the
 * weights there and writes the gradients there, without a copy between. Frozen parameters stay where the checkpoint has
 * them: no gradient, no moments.
 */
import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { TrainingGraph } from "../../model/graphs.js";
import type { Checkpoint } from "../../model/types.js";
import type { ParameterArena } from "./kernels/index.js";
import { CLIP_EPSILON, type Parameters, type Part, type UpdateRule } from "./parameters.js";

export class HostParameters implements Parameters {
  private readonly tensors: ReadonlyMap<string, Tensor>;
  private readonly outputs: ReadonlyMap<string, Tensor>;
  /** Rows of tables whose gradient is not zero: those of all parts of the last step. */
  private readonly touched = new Map<string, Int32Array[]>();

  constructor(
    readonly arena: ParameterArena,
    private readonly plan: TrainingGraph,
    frozen: Checkpoint["weights"],
    private readonly rule: UpdateRule,
  ) {
    const learned = arena.places.map(({ name, shape }) => [name, { shape, data: arena.weight(name) }] as const);
    this.tensors = new Map(
      [...learned, ...frozen].map(([name, { shape, data }]) => [name, new Tensor("float32", data, shape)]),
    );
    this.outputs = new Map(
      [...plan.denseOutputs].map(([name, output]) => [
        output,
        new Tensor("float32", arena.gradient(name), this.tensors.get(name)!.dims),
      ]),
    );
  }

  outputLocations(): InferenceSession.SessionOptions {
    return {};
  }

  feeds(): ReadonlyMap<string, Tensor> {
    return this.tensors;
  }

  fetches(): Record<string, Tensor | null> {
    const rows = this.plan.rowOutputs.map(({ output }) => [output, null]);
    return Object.fromEntries([...this.outputs, ...rows]);
  }

  begin(): void {
    this.clearTouchedRows();
    this.touched.clear();
  }

  beforePart(): void {
    this.clearTouchedRows();
  }

  beforeRead(feeds: Readonly<Record<string, Tensor>>): void {
    for (const { parameter, ids } of this.plan.rowOutputs) this.arena.wake(parameter, feeds[ids].data as Int32Array);
  }

  async take(results: Readonly<Record<string, Tensor>>, { index, count, feeds }: Part): Promise<void> {
    for (const { parameter, ids, output } of this.plan.rowOutputs) {
      const rowIds = feeds[ids].data as Int32Array;
      const rows = results[output];
      this.arena.addScaledRows(parameter, rowIds, rows.data as Float32Array, rows.dims[1]);
      if (!this.plan.denseOutputs.has(parameter))
        this.touched.set(parameter, [...(this.touched.get(parameter) ?? []), rowIds]);
    }
    if (index < count - 1) this.arena.keepGradients(index === 0);
  }

  end(parts: number): void {
    if (parts > 1) this.arena.addKeptGradients();
  }

  async update(step: number, learningRate: number): Promise<number> {
    const { gradientClip, weightDecay, beta1, beta2, epsilon } = this.rule;
    const norm = this.arena.gradientNorm();
    if (!Number.isFinite(norm)) return norm;
    const gradientScale = gradientClip > 0 ? Math.min(1, gradientClip / (norm + CLIP_EPSILON)) : 1;
    this.arena.adamw({ step, learningRate, beta1, beta2, epsilon, weightDecay, gradientScale });
    return norm;
  }

  async toHost(): Promise<void> {}

  async fromHost(): Promise<void> {}

  async gradients(): Promise<Map<string, Float32Array>> {
    return new Map(this.arena.places.map(({ name }) => [name, this.arena.gradient(name).slice()]));
  }

  async release(): Promise<void> {}

  /** A table whose gradient arrives as rows only keeps zeros elsewhere; only the rows touched need clearing. */
  private clearTouchedRows(): void {
    for (const { parameter } of this.plan.rowOutputs) {
      if (this.plan.denseOutputs.has(parameter)) continue;
      const gradient = this.arena.gradient(parameter);
      const width = this.tensors.get(parameter)!.dims[1];
      for (const rows of this.touched.get(parameter) ?? [])
        for (const row of rows) gradient.fill(0, row * width, (row + 1) * width);
    }
  }
}
