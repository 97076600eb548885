/**
 * One training step after another: loss and gradients by the runtime, the optimizer on the host.
 *
 * Weights, gradients and moments of what learns live in one WebAssembly memory (ParameterArena). The runtime reads the
 * weights there and writes the gradients there, without a copy between. Frozen parameters stay where the checkpoint has
 * them: no gradient, no moments, no backward graph. Nothing random happens here: masks come from a counter-based
 * generator keyed by (seed, step, sequence), so a step is a pure function of the state and the batch, and cutting its
 * batch into parts changes no mask.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { requiredInputs, writeOnnx } from "../../autograd/index.js";
import { MaillardError } from "../../errors.js";
import { type BatchLayout, inverseOf, layoutBatch, type Read, rowsAt } from "../../model/batch.js";
import { forwardGraph, type TrainingGraph, trainingGraph } from "../../model/graphs.js";
import { TRAINING_GROUPS } from "../../model/length-groups.js";
import { addLora, type LoraOptions, type LoraPlan, loraPlan, mergeLora } from "../../model/lora.js";
import type { PropertyHead } from "../../model/property-heads.js";
import { type Checkpoint, type EncoderConfig, isSequenceTask, type Task } from "../../model/types.js";
import { answerFeeds, type Batch, propertyFeeds, totalWeight } from "../data/batch.js";
import { dropoutFeeds } from "./dropout-feeds.js";
import { DropoutMasks, ParameterArena } from "./kernels/index.js";
import { sessionOptions } from "./session-options.js";

export type { Batch } from "../data/batch.js";

export interface TrainerSettings {
  seed: number;
  threads: number;
  weightDecay: number;
  /** Largest global gradient norm; 0 switches clipping off. */
  gradientClip: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** cpu, webgpu, cuda or cuda:<n>. Default cpu. */
  device?: string;
  /** Share of each target spread evenly over all classes. Default 0. */
  labelSmoothing?: number;
  /** SINGLE_LABEL: what an example of each class weighs in the mean. Default: all the same. */
  classWeights?: readonly number[] | null;
  /** Parameters that learn. Default: all. Low-rank matrices are listed by name too. */
  trainable?: (parameter: string) => boolean;
  /** Low-rank matrices beside frozen layers; `trainable` has to freeze those. */
  lora?: LoraOptions | null;
  /** true: a step's batch may come in parts. Takes the memory of one more copy of what learns. */
  accumulates?: boolean;
  /** Factor on a parameter's learning rate. Default: 1 for all. */
  rateOf?: (parameter: string) => number;
  /** A second objective beside masked tokens; every batch then has its targets. Default: none. */
  properties?: readonly PropertyHead[];
}

/** torch.optim.AdamW's and Hugging Face's defaults. */
export { ADAMW_DEFAULTS } from "../options/options.js";

/** Hugging Face's rule: no weight decay on biases and normalisation weights. */
export const decays = (name: string): boolean => !/(^|\.)bias$|LayerNorm|layer_norm|(^|[._])norm\./i.test(name);

export class Trainer {
  /** Rows of tables whose gradient is not zero: those of all parts of the last step. */
  private readonly touched = new Map<string, Int32Array[]>();

  private constructor(
    readonly config: EncoderConfig,
    readonly task: Exclude<Task, "ENCODER">,
    readonly classes: number,
    readonly arena: ParameterArena,
    private readonly masks: DropoutMasks,
    private readonly settings: TrainerSettings,
    private readonly plan: TrainingGraph,
    private readonly step: InferenceSession,
    private readonly forward: InferenceSession,
    private readonly parameters: Map<string, Tensor>,
    private readonly gradients: Map<string, Tensor>,
    private readonly lora: LoraPlan | null,
  ) {}

  static async create(base: Checkpoint, settings: TrainerSettings): Promise<Trainer> {
    const { config, task } = base;
    const device = settings.device ?? "cpu";
    if (task === "ENCODER")
      throw new MaillardError("MODEL_HAS_NO_HEAD", "Training needs a head: masked tokens or labels.");
    const classes = base.labels.length;
    const lora = settings.lora ? loraPlan(config, settings.lora) : null;
    const weights = lora ? addLora(base.weights, lora, settings.seed) : base.weights;
    const withDropout = config.hiddenDropout > 0 || config.attentionDropout > 0 || (config.classifierDropout ?? 0) > 0;
    const options = { ...settings, lora, reads: true };
    const plan = trainingGraph(config, task, classes, withDropout, { ...options, groups: TRAINING_GROUPS });
    const forward = forwardGraph(config, task, classes, { lora, reads: true, properties: settings.properties });
    const { parameters } = requiredInputs(plan.graph);
    const shapes = new Map(parameters.map((name) => [name, plan.graph.parameters.get(name)!.shape as number[]]));
    const missing = parameters.find((name) => !weights.has(name));
    if (missing)
      throw new MaillardError("CHECKPOINT_INVALID", `The checkpoint has no tensor ${missing}.`, { param: missing });

    const learns = new Set([...plan.denseOutputs.keys(), ...plan.rowOutputs.map(({ parameter }) => parameter)]);
    if (learns.size === 0)
      throw new MaillardError("INVALID_CONFIG", "Every parameter is frozen; leave at least the head to learn.");
    const arena = new ParameterArena(
      parameters
        .filter((name) => learns.has(name))
        .map((name) => ({
          name,
          shape: shapes.get(name)!,
          decay: decays(name),
          rate: settings.rateOf?.(name),
          byRows: !plan.denseOutputs.has(name),
        })),
      undefined,
      settings.accumulates,
    );
    for (const name of learns) arena.weight(name).set(weights.get(name)!.data);
    const runtime = sessionOptions(device, settings.threads);
    const fused = device !== "webgpu";
    const fed = (name: string) => (learns.has(name) ? arena.weight(name) : weights.get(name)!.data);
    return new Trainer(
      config,
      task,
      classes,
      arena,
      new DropoutMasks(),
      settings,
      plan,
      await InferenceSession.create(writeOnnx(plan.graph, { fused }), runtime),
      await InferenceSession.create(writeOnnx(forward, { fused }), runtime),
      new Map(parameters.map((name) => [name, new Tensor("float32", fed(name), shapes.get(name)!)])),
      new Map(
        [...plan.denseOutputs].map(([name, output]) => [
          output,
          new Tensor("float32", arena.gradient(name), shapes.get(name)!),
        ]),
      ),
      lora,
    );
  }

  /**
   * Mean loss over the batch's rows, its logits [rows, classes or vocabulary], the property heads' losses (weighted as
   * the batch says), and gradients into the arena. `step` counts from 1.
   */
  async computeGradients(batch: Batch, step: number) {
    const { loss, logits, properties } = await this.accumulateGradients([batch], step);
    return { loss, logits: logits[0], properties };
  }

  /**
   * The same for a step's batch in parts: loss and gradients are those of one large batch, but for rounding. Answers
   * the logits of each part.
   */
  async accumulateGradients(parts: readonly Batch[], step: number) {
    if (parts.length > 1 && !this.settings.accumulates)
      throw new MaillardError("INTERNAL", "This trainer was made without `accumulates`: it takes one batch a step.");
    const classWeights = this.settings.classWeights ?? null;
    const total = parts.reduce((sum, part) => sum + totalWeight(part, classWeights), 0);
    const logits: Float32Array[] = [];
    const properties = this.heads.map(() => 0);
    let loss = 0;
    let firstSequence = 0;
    this.clearTouchedRows();
    this.touched.clear();
    for (const [index, part] of parts.entries()) {
      const result = await this.runPart(part, total, step, firstSequence);
      loss += result.loss;
      logits.push(result.logits);
      result.properties.forEach((value, i) => {
        properties[i] += value;
      });
      firstSequence += part.sequences.length;
      if (index < parts.length - 1) this.arena.keepGradients(index === 0);
    }
    if (parts.length > 1) this.arena.addKeptGradients();
    return { loss, logits, properties };
  }

  private get heads(): readonly PropertyHead[] {
    return this.settings.properties ?? [];
  }

  private async runPart(batch: Batch, total: number, step: number, firstSequence: number) {
    const layout = layoutBatch(this.config, batch.sequences, TRAINING_GROUPS, this.readBy(batch));
    const feeds = this.feeds(batch, layout, total);
    Object.assign(feeds, propertyFeeds(batch, this.heads));
    this.masks.reset();
    const key = { seed: this.settings.seed, step, firstSequence };
    Object.assign(feeds, dropoutFeeds(this.masks, this.plan.sites, this.config, layout, key));
    const fetches: Record<string, Tensor | null> = { loss: null, logits: null };
    for (const [output, tensor] of this.gradients) fetches[output] = tensor;
    for (const { output } of this.plan.rowOutputs) fetches[output] = null;
    this.heads.forEach((_, i) => {
      fetches[`loss.${i}`] = null;
    });
    this.clearTouchedRows();
    this.wakeRows(feeds);
    const result = await this.step.run(pick(feeds, this.step.inputNames), fetches);
    const scalar = (name: string) => (result[name].data as Float32Array)[0];
    for (const { parameter, ids, output } of this.plan.rowOutputs) {
      const rowIds = feeds[ids].data as Int32Array;
      const rows = result[output];
      this.arena.addScaledRows(parameter, rowIds, rows.data as Float32Array, rows.dims[1]);
      if (!this.plan.denseOutputs.has(parameter))
        this.touched.set(parameter, [...(this.touched.get(parameter) ?? []), rowIds]);
    }
    const properties = this.heads.map((_, i) => scalar(`loss.${i}`));
    return { loss: scalar("loss"), logits: result.logits.data as Float32Array, properties };
  }

  /** Clips and applies the gradients in the arena. Answers their global norm before clipping. */
  update(step: number, learningRate: number): number {
    const { gradientClip, weightDecay, beta1, beta2, epsilon } = this.settings;
    const norm = this.arena.gradientNorm();
    if (!Number.isFinite(norm))
      throw new MaillardError("DIVERGED", `The gradient norm at step ${step} is ${norm}; lower the learning rate.`, {
        details: { step },
      });
    const gradientScale = gradientClip > 0 ? Math.min(1, gradientClip / (norm + 1e-6)) : 1;
    this.arena.adamw({ step, learningRate, beta1, beta2, epsilon, weightDecay, gradientScale });
    return norm;
  }

  /** Logits without dropout and without the backward graph: [rows, classes or vocabulary]. */
  async predict(batch: Batch): Promise<Float32Array> {
    return (await this.runForward(batch, ["logits"]))[0];
  }

  /** What each property head answers, likewise: [sequences, width]. The batch needs a masked position. */
  predictProperties(batch: Batch): Promise<Float32Array[]> {
    return this.runForward(
      batch,
      this.heads.map((_, i) => `properties.${i}`),
    );
  }

  private async runForward(batch: Batch, outputs: string[]): Promise<Float32Array[]> {
    const layout = layoutBatch(this.config, batch.sequences, 1, this.readBy(batch));
    const feeds = this.feeds(batch, layout, Math.max(1, batch.labels.length));
    this.wakeRows(feeds);
    const result = await this.forward.run(pick(feeds, this.forward.inputNames), outputs);
    return outputs.map((name) => result[name].data as Float32Array);
  }

  /**
   * The weights as they are now: views into the arena; where low-rank matrices were learned, they are merged (copies).
   */
  weights(): Checkpoint["weights"] {
    this.arena.settle();
    const now = new Map(
      [...this.parameters].map(([name, { dims, data }]) => [name, { shape: [...dims], data: data as Float32Array }]),
    );
    return this.lora ? mergeLora(now, this.lora) : now;
  }

  /** What the heads read of the last layer. */
  private readBy({ sequences, maskedPositions }: Batch): Read {
    if (isSequenceTask(this.task)) return this.config.modern?.pooling === "mean" ? "ALL" : "STARTS";
    const read = new Set(maskedPositions);
    let start = 0;
    for (const { length } of this.heads.length > 0 || read.size === 0 ? sequences : []) {
      read.add(start);
      start += length;
    }
    return Int32Array.from(read).sort();
  }

  private feeds(batch: Batch, layout: BatchLayout, total: number): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = {
      ...layout.feeds,
      ...Object.fromEntries(this.parameters),
      ...answerFeeds(batch, this.settings.classWeights ?? null, total),
    };
    if (batch.maskedPositions) {
      const rows = rowsAt(layout.read, batch.maskedPositions);
      feeds.maskedIndex = new Tensor("int32", rows, [rows.length]);
      feeds.maskedInverse = inverseOf(rows, layout.read!.index.length);
    }
    return feeds;
  }

  private wakeRows(feeds: Record<string, Tensor>): void {
    for (const { parameter, ids } of this.plan.rowOutputs) this.arena.wake(parameter, feeds[ids].data as Int32Array);
  }

  /** A table whose gradient arrives as rows only keeps zeros elsewhere; only the rows touched need clearing. */
  private clearTouchedRows(): void {
    for (const { parameter } of this.plan.rowOutputs) {
      if (this.plan.denseOutputs.has(parameter)) continue;
      const gradient = this.arena.gradient(parameter);
      const width = this.parameters.get(parameter)!.dims[1];
      for (const rows of this.touched.get(parameter) ?? [])
        for (const row of rows) gradient.fill(0, row * width, (row + 1) * width);
    }
  }

  async release(): Promise<void> {
    await this.step.release();
    await this.forward.release();
  }
}

const pick = (feeds: Record<string, Tensor>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, feeds[name]]));
