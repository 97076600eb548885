/**
 * One training step after another: loss and gradients by the runtime, then the optimizer.
 *
 * On a CPU the optimizer works on the host, on memory that it shares with the runtime (HostParameters). On WebGPU
 * weights, gradients and moments stay on the device, and the optimizer is a graph (device/). Frozen parameters have no
 * gradient, no moments, no backward graph. Nothing random happens here: masks come from a counter-based generator keyed
 * by (seed, step, sequence), so a step is a pure function of the state and the batch, and cutting its batch into parts
 * changes no mask.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";
import { requiredInputs, writeOnnx } from "../../autograd/index.js";
import { MaillardError } from "../../errors.js";
import { type BatchLayout, layoutBatch, type Read } from "../../model/batch.js";
import { forwardGraph, type TrainingGraph, trainingGraph } from "../../model/graphs.js";
import { TRAINING_GROUPS } from "../../model/length-groups.js";
import { addLora, type LoraOptions, type LoraPlan, loraPlan, mergeLora } from "../../model/lora.js";
import type { PropertyHead } from "../../model/property-heads.js";
import { type Checkpoint, type EncoderConfig, isSequenceTask, type Task } from "../../model/types.js";
import { type Batch, propertyFeeds, totalWeight } from "../data/batch.js";
import { DeviceParameters, staysOnDevice } from "./device/device-parameters.js";
import { HostParameters } from "./host-parameters.js";
import { DropoutMasks, ParameterArena } from "./kernels/index.js";
import type { Parameters } from "./parameters.js";
import { sessionOptions } from "./session-options.js";
import { batchFeeds, dropoutFeeds, tableFeeds } from "./step-feeds.js";

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
  private readonly masks = new DropoutMasks();

  private constructor(
    readonly config: EncoderConfig,
    readonly task: Exclude<Task, "ENCODER">,
    readonly classes: number,
    private readonly settings: TrainerSettings,
    private readonly plan: TrainingGraph,
    private readonly step: InferenceSession,
    private readonly forward: InferenceSession,
    private readonly parameters: Parameters,
    /** Of all parameters that the graphs read, in their order. */
    private readonly names: readonly string[],
    private readonly frozen: Checkpoint["weights"],
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
    const resident = staysOnDevice(device);
    const groups = TRAINING_GROUPS;
    const plan = trainingGraph(config, task, classes, withDropout, {
      ...settings,
      lora,
      groups,
      wholeTables: resident,
      packedMasks: resident,
      reads: true,
    });
    const forward = forwardGraph(config, task, classes, { lora, reads: true, properties: settings.properties });
    const { parameters: names } = requiredInputs(plan.graph);
    const missing = names.find((name) => !weights.has(name));
    if (missing)
      throw new MaillardError("CHECKPOINT_INVALID", `The checkpoint has no tensor ${missing}.`, { param: missing });

    const learns = new Set([...plan.denseOutputs.keys(), ...plan.rowOutputs.map(({ parameter }) => parameter)]);
    if (learns.size === 0)
      throw new MaillardError("INVALID_CONFIG", "Every parameter is frozen; leave at least the head to learn.");
    const shapeOf = (name: string) => plan.graph.parameters.get(name)!.shape as number[];
    const specs = names
      .filter((name) => learns.has(name))
      .map((name) => ({
        name,
        shape: shapeOf(name),
        decay: decays(name),
        rate: settings.rateOf?.(name),
        byRows: !plan.denseOutputs.has(name),
      }));
    const { accumulates = false } = settings;
    const arena = new ParameterArena(specs, undefined, accumulates && !resident);
    for (const name of learns) arena.weight(name).set(weights.get(name)!.data);
    const frozen = new Map(names.filter((name) => !learns.has(name)).map((name) => [name, weights.get(name)!]));
    const options = sessionOptions(device, settings.threads);
    const fused = device !== "webgpu";
    const open = (graph: TrainingGraph["graph"], more: InferenceSession.SessionOptions = {}) =>
      InferenceSession.create(writeOnnx(graph, { fused }), { ...options, ...more });
    const parameters = resident
      ? await DeviceParameters.create({ arena, specs, frozen, graph: plan, rule: settings, accumulates }, open)
      : new HostParameters(arena, plan, frozen, settings);
    const step = await open(plan.graph, parameters.outputLocations());
    const forwardSession = await open(forward);
    return new Trainer(config, task, classes, settings, plan, step, forwardSession, parameters, names, frozen, lora);
  }

  /** Weights and moments as checkpoints have them; on a device they are current after `numbers`. */
  get arena(): ParameterArena {
    return this.parameters.arena;
  }

  /**
   * Mean loss over the batch's rows, its logits [rows, classes or vocabulary], the property heads' losses (weighted as
   * the batch says), and the gradients, kept for `update`. `step` counts from 1.
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
    this.parameters.begin();
    for (const [index, batch] of parts.entries()) {
      const part = { index, count: parts.length };
      const result = await this.runPart(batch, { ...part, total, step, firstSequence });
      loss += result.loss;
      logits.push(result.logits);
      result.properties.forEach((value, i) => {
        properties[i] += value;
      });
      firstSequence += batch.sequences.length;
    }
    this.parameters.end(parts.length);
    return { loss, logits, properties };
  }

  private get heads(): readonly PropertyHead[] {
    return this.settings.properties ?? [];
  }

  private async runPart(
    batch: Batch,
    {
      index,
      count,
      total,
      step,
      firstSequence,
    }: { index: number; count: number; total: number; step: number; firstSequence: number },
  ) {
    const { seed } = this.settings;
    const { heads } = this.config;
    const layout = layoutBatch(this.config, batch.sequences, TRAINING_GROUPS, this.readBy(batch));
    const feeds = { ...this.feeds(batch, layout, total), ...propertyFeeds(batch, this.heads) };
    Object.assign(feeds, tableFeeds(this.plan.tables, feeds));
    const { sites, packedMasks: packed } = this.plan;
    Object.assign(feeds, dropoutFeeds(this.masks, sites, layout, { seed, step, firstSequence, heads, packed }));
    const fetches: Record<string, Tensor | null> = { loss: null, logits: null, ...this.parameters.fetches() };
    this.heads.forEach((_, i) => {
      fetches[`loss.${i}`] = null;
    });
    this.parameters.beforePart();
    this.parameters.beforeRead(feeds);
    const result = await this.step.run(pick(feeds, this.step.inputNames), fetches);
    await this.parameters.take(result, { index, count, feeds });
    const scalar = (name: string) => (result[name].data as Float32Array)[0];
    const properties = this.heads.map((_, i) => scalar(`loss.${i}`));
    return { loss: scalar("loss"), logits: result.logits.data as Float32Array, properties };
  }

  /** Clips and applies the gradients. Answers their global norm before clipping. DIVERGED when it is not finite. */
  async update(step: number, learningRate: number): Promise<number> {
    const norm = await this.parameters.update(step, learningRate);
    if (!Number.isFinite(norm))
      throw new MaillardError("DIVERGED", `The gradient norm at step ${step} is ${norm}; lower the learning rate.`, {
        details: { step },
      });
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
    this.parameters.beforeRead(feeds);
    const result = await this.forward.run(pick(feeds, this.forward.inputNames), outputs);
    return outputs.map((name) => result[name].data as Float32Array);
  }

  /** The arena with weights and moments as they are now, for a checkpoint. */
  async numbers(): Promise<ParameterArena> {
    await this.parameters.toHost();
    return this.arena;
  }

  /** Goes on with the weights and moments that `read` writes into the arena. Answers what it answers. */
  async restore<T>(read: (arena: ParameterArena) => Promise<T>): Promise<T> {
    const answer = await read(this.arena);
    await this.parameters.fromHost();
    return answer;
  }

  /** The gradients of the last step, by name of what learns: copies. */
  gradients(): Promise<Map<string, Float32Array>> {
    return this.parameters.gradients();
  }

  /**
   * The weights as they are now: views into the arena; where low-rank matrices were learned, they are merged (copies).
   */
  async weights(): Promise<Checkpoint["weights"]> {
    const arena = await this.numbers();
    const learned = new Map(arena.places.map(({ name, shape }) => [name, { shape, data: arena.weight(name) }]));
    const now = new Map(this.names.map((name) => [name, (learned.get(name) ?? this.frozen.get(name))!]));
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
    const { classWeights = null } = this.settings;
    return { ...Object.fromEntries(this.parameters.feeds()), ...batchFeeds(batch, layout, { total, classWeights }) };
  }

  async release(): Promise<void> {
    await this.parameters.release();
    await this.step.release();
    await this.forward.release();
  }
}

const pick = (feeds: Record<string, Tensor>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, feeds[name]]));
