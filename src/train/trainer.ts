/**
 * One training step after another: loss and gradients by the runtime, the optimizer on the host.
 *
 * Weights, gradients and moments live in one WebAssembly memory (ParameterArena). The runtime reads the weights there and
 * writes the gradients there, without a copy between. Nothing random happens here: masks come from a counter-based
 * generator keyed by (seed, step), so a step is a pure function of the state and the batch.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { requiredInputs, writeOnnx } from "../autograd/index.js";
import { MaillardError } from "../errors.js";
import { type BatchLayout, layoutBatch } from "../model/batch.js";
import { forwardGraph, type TrainingGraph, trainingGraph } from "../model/graphs.js";
import type { Checkpoint, EncoderConfig, Task } from "../model/types.js";
import { DropoutMasks, ParameterArena } from "./kernels/index.js";

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
}

/** torch.optim.AdamW's and Hugging Face's defaults. */
export const ADAMW_DEFAULTS = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

export interface Batch {
  sequences: readonly Int32Array[];
  /** One per row: a sequence's class, or a masked position's token. */
  labels: readonly number[];
  /** Masked-token recovery: flat positions (into the batch's tokens, sequence after sequence) of the rows. */
  maskedPositions?: Int32Array;
}

/** A device's name as the runtime takes it. */
function executionProvider(device: string): InferenceSession.ExecutionProviderConfig {
  const [name, id] = device.split(":");
  return id === undefined ? name : ({ name, deviceId: Number(id) } as InferenceSession.ExecutionProviderConfig);
}

/** Hugging Face's rule: no weight decay on biases and normalisation weights. */
export const decays = (name: string): boolean => !/(^|\.)bias$|LayerNorm|layer_norm/i.test(name);

export class Trainer {
  private readonly touched = new Map<string, Int32Array>();

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
  ) {}

  static async create(checkpoint: Checkpoint, settings: TrainerSettings): Promise<Trainer> {
    const { config, task } = checkpoint;
    const device = settings.device ?? "cpu";
    if (task === "ENCODER")
      throw new MaillardError("MODEL_HAS_NO_HEAD", "Training needs a head: masked tokens or classes.");
    const classes = checkpoint.labels.length;
    const withDropout = config.hiddenDropout > 0 || config.attentionDropout > 0 || (config.classifierDropout ?? 0) > 0;
    const plan = trainingGraph(config, task, classes, withDropout);
    const forward = forwardGraph(config, task, classes);
    const { parameters } = requiredInputs(plan.graph);
    const shapes = new Map(parameters.map((name) => [name, plan.graph.parameters.get(name)!.shape as number[]]));

    const arena = new ParameterArena(
      parameters.map((name) => ({ name, shape: shapes.get(name)!, decay: decays(name) })),
    );
    for (const name of parameters) {
      const weight = checkpoint.weights.get(name);
      if (!weight)
        throw new MaillardError("CHECKPOINT_INVALID", `The checkpoint has no tensor ${name}.`, { param: name });
      arena.weight(name).set(weight.data);
    }
    const options: InferenceSession.SessionOptions = {
      executionProviders: [executionProvider(device)],
      intraOpNumThreads: settings.threads,
      enableMemPattern: false,
      logSeverityLevel: 3,
    };
    const fused = device !== "webgpu";
    return new Trainer(
      config,
      task,
      classes,
      arena,
      new DropoutMasks(),
      settings,
      plan,
      await InferenceSession.create(writeOnnx(plan.graph, { fused }), options),
      await InferenceSession.create(writeOnnx(forward, { fused }), options),
      new Map(parameters.map((name) => [name, new Tensor("float32", arena.weight(name), shapes.get(name)!)])),
      new Map(
        [...plan.denseOutputs].map(([name, output]) => [
          output,
          new Tensor("float32", arena.gradient(name), shapes.get(name)!),
        ]),
      ),
    );
  }

  /** Mean loss over the batch's rows, its logits [rows, classes or vocabulary], and gradients into the arena. `step` counts from 1. */
  async computeGradients(batch: Batch, step: number): Promise<{ loss: number; logits: Float32Array }> {
    const layout = layoutBatch(this.config, batch.sequences);
    const feeds = this.feeds(batch, layout);
    this.feedDropout(feeds, layout, step);
    const fetches: Record<string, Tensor | null> = { loss: null, logits: null };
    for (const [output, tensor] of this.gradients) fetches[output] = tensor;
    for (const { output } of this.plan.rowOutputs) fetches[output] = null;
    this.clearTouchedRows();
    const result = await this.step.run(pick(feeds, this.step.inputNames), fetches);
    for (const { parameter, ids, output } of this.plan.rowOutputs) {
      const rowIds = feeds[ids].data as Int32Array;
      const rows = result[output];
      this.arena.addScaledRows(parameter, rowIds, rows.data as Float32Array, rows.dims[1]);
      if (!this.plan.denseOutputs.has(parameter)) this.touched.set(parameter, rowIds);
    }
    return { loss: (result.loss.data as Float32Array)[0], logits: result.logits.data as Float32Array };
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
    const feeds = this.feeds(batch, layoutBatch(this.config, batch.sequences));
    const result = await this.forward.run(pick(feeds, this.forward.inputNames), ["logits"]);
    return result.logits.data as Float32Array;
  }

  /** The weights as they are now: views into the arena. */
  weights(): Checkpoint["weights"] {
    return new Map(
      [...this.parameters].map(([name, tensor]) => [name, { shape: [...tensor.dims], data: this.arena.weight(name) }]),
    );
  }

  private feeds(batch: Batch, layout: BatchLayout): Record<string, Tensor> {
    const feeds: Record<string, Tensor> = { ...layout.feeds, ...Object.fromEntries(this.parameters) };
    const rows = batch.labels.length;
    feeds.labels = new Tensor("int64", BigInt64Array.from(batch.labels, BigInt), [rows]);
    feeds.rowWeight = new Tensor("float32", new Float32Array(rows).fill(1 / rows), [rows, 1]);
    if (batch.maskedPositions) {
      const inverse = new Int32Array(layout.tokens).fill(rows);
      batch.maskedPositions.forEach((token, row) => {
        inverse[token] = row;
      });
      feeds.maskedIndex = new Tensor("int32", batch.maskedPositions, [rows]);
      feeds.maskedInverse = new Tensor("int32", inverse, [layout.tokens]);
    }
    return feeds;
  }

  private feedDropout(feeds: Record<string, Tensor>, layout: BatchLayout, step: number): void {
    this.masks.reset();
    const { seed } = this.settings;
    const single = new Int32Array(layout.size).fill(1);
    this.plan.sites.forEach(({ kind, width, probability: p }, site) => {
      const { lengths, size, tokens, padded } = layout;
      const { heads } = this.config;
      if (kind === "ATTENTION") {
        const mask = this.masks.attention({ seed, step, site, p, lengths, heads, paddedLength: padded });
        feeds[`dropout.${site}`] = new Tensor("float32", mask, [size, heads, padded, padded]);
        return;
      }
      const hidden = kind === "HIDDEN";
      const mask = this.masks.hidden({ seed, step, site, p, lengths: hidden ? lengths : single, width });
      feeds[`dropout.${site}`] = new Tensor("float32", mask, [hidden ? tokens : size, width]);
    });
  }

  /** A table whose gradient arrives as rows only keeps zeros elsewhere; only the rows of the last step need clearing. */
  private clearTouchedRows(): void {
    for (const { parameter } of this.plan.rowOutputs) {
      if (this.plan.denseOutputs.has(parameter)) continue;
      const gradient = this.arena.gradient(parameter);
      const width = this.parameters.get(parameter)!.dims[1];
      for (const row of this.touched.get(parameter) ?? []) gradient.fill(0, row * width, (row + 1) * width);
    }
  }

  async release(): Promise<void> {
    await this.step.release();
    await this.forward.release();
  }
}

const pick = (feeds: Record<string, Tensor>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, feeds[name]]));
