/**
 * Weights, gradients and moments on the device from the first step to the last. A step gives loss, logits and norm back
 * and takes the batch, its dropout masks and a few scalars. The arena is the copy for checkpoints: `toHost` brings
 * weights and moments down, `fromHost` up. While an update runs, the old and the new weights and moments are both on
 * the device: with the gradients seven times the size of what learns.
 */
import { type InferenceSession, Tensor } from "onnxruntime-node";
import type { TrainingGraph } from "../../../model/graphs.js";
import type { Checkpoint } from "../../../model/types.js";
import type { ParameterArena, ParameterSpec } from "../kernels/index.js";
import type { Parameters, Part, UpdateRule } from "../parameters.js";
import { DeviceCopies, type OpenSession } from "./device-copies.js";
import {
  partName,
  type Section,
  sumGraph,
  tensorName,
  type UpdateGraph,
  updatedName,
  updateGraph,
} from "./update-graph.js";

/** Whether a run's numbers stay on the device: the runtime keeps outputs on WebGPU alone, not on CUDA. */
export const staysOnDevice = (device: string): boolean => device === "webgpu";

/** What an update changes. */
const CHANGED = ["weight", "first", "second"] as const;
type Tensors = Map<string, Tensor>;

export interface DevicePlan {
  /** With the initial weights. */
  arena: ParameterArena;
  /** What is in the arena. */
  specs: readonly ParameterSpec[];
  frozen: Checkpoint["weights"];
  graph: TrainingGraph;
  rule: UpdateRule;
  /** A step's batch may come in parts. */
  accumulates: boolean;
}

export class DeviceParameters implements Parameters {
  readonly arena: ParameterArena;
  private readonly tensors: Record<Section, Tensors>;
  private readonly frozen: Tensors = new Map();

  private constructor(
    private readonly plan: DevicePlan,
    private readonly copies: DeviceCopies,
    private readonly rules: UpdateGraph,
    private readonly updater: InferenceSession,
    private readonly adder: InferenceSession | null,
  ) {
    this.arena = plan.arena;
    this.tensors = { weight: new Map(), gradient: new Map(), first: new Map(), second: new Map() };
  }

  static async create(plan: DevicePlan, open: OpenSession): Promise<DeviceParameters> {
    const { specs, frozen, rule, accumulates } = plan;
    const rules = updateGraph(specs, rule);
    const ranks = [...specs, ...frozen.values()].map(({ shape }) => shape.length);
    const parameters = new DeviceParameters(
      plan,
      await DeviceCopies.create(ranks, open),
      rules,
      await open(rules.graph, onDeviceBut(rules.graph.outputs, ["norm"])),
      accumulates ? await open(sumGraph(specs), { preferredOutputLocation: "gpu-buffer" }) : null,
    );
    for (const [name, { shape, data }] of frozen) parameters.frozen.set(name, await parameters.copies.up(data, shape));
    await parameters.fromHost();
    return parameters;
  }

  outputLocations(): InferenceSession.SessionOptions {
    const { graph, denseOutputs } = this.plan.graph;
    const gradients = new Set(denseOutputs.values());
    const others = graph.outputs.map(({ name }) => name).filter((name) => !gradients.has(name));
    return onDeviceBut(graph.outputs, others);
  }

  feeds(): ReadonlyMap<string, Tensor> {
    return new Map([...this.tensors.weight, ...this.frozen]);
  }

  fetches(): Record<string, null> {
    return Object.fromEntries([...this.plan.graph.denseOutputs.values()].map((output) => [output, null]));
  }

  begin(): void {
    disposeAll(this.tensors.gradient);
  }

  beforePart(): void {}

  beforeRead(): void {}

  async take(results: Readonly<Record<string, Tensor>>, { index }: Part): Promise<void> {
    const { gradient } = this.tensors;
    const given = new Map([...this.plan.graph.denseOutputs].map(([name, output]) => [name, results[output]]));
    if (index === 0) {
      for (const [name, tensor] of given) gradient.set(name, tensor);
      return;
    }
    const parts = { ...named(gradient, partName(1)), ...named(given, partName(2)) };
    const sums = await this.adder!.run(parts);
    disposeAll(given);
    for (const name of [...gradient.keys()]) replace(gradient, name, sums[tensorName("gradient", name)]);
  }

  end(): void {}

  async update(step: number, learningRate: number): Promise<number> {
    const feeds: Record<string, Tensor> = {};
    for (const [section, tensors] of Object.entries(this.tensors))
      Object.assign(
        feeds,
        named(tensors, (name) => tensorName(section as Section, name)),
      );
    for (const [name, value] of Object.entries(this.rules.scalars(step, learningRate)))
      feeds[name] = new Tensor("float32", Float32Array.of(value), []);
    const results = await this.updater.run(feeds);
    const [norm] = results.norm.data as Float32Array;
    const applied = Number.isFinite(norm);
    for (const { name } of this.plan.specs) {
      for (const section of CHANGED) {
        const updated = results[updatedName(section, name)];
        if (applied) replace(this.tensors[section], name, updated);
        else updated.dispose();
      }
    }
    return norm;
  }

  async toHost(): Promise<void> {
    for (const { name } of this.plan.specs) {
      const of = (section: Section) => this.tensors[section].get(name)!;
      await this.copies.down(of("weight"), this.arena.weight(name));
      await this.copies.down(of("first"), this.arena.firstMoment(name));
      await this.copies.down(of("second"), this.arena.secondMoment(name));
    }
  }

  async fromHost(): Promise<void> {
    for (const { name, shape } of this.plan.specs) {
      const put = async (section: Section, data: Float32Array) =>
        replace(this.tensors[section], name, await this.copies.up(data, shape));
      await put("weight", this.arena.weight(name));
      await put("first", this.arena.firstMoment(name));
      await put("second", this.arena.secondMoment(name));
    }
  }

  async gradients(): Promise<Map<string, Float32Array>> {
    const copies = new Map<string, Float32Array>();
    for (const [name, tensor] of this.tensors.gradient) {
      const data = new Float32Array(tensor.size);
      await this.copies.down(tensor, data);
      copies.set(name, data);
    }
    return copies;
  }

  async release(): Promise<void> {
    for (const tensors of [...Object.values(this.tensors), this.frozen]) disposeAll(tensors);
    await this.copies.release();
    await this.updater.release();
    await this.adder?.release();
  }
}

/** Outputs stay on the device, but for those named. */
function onDeviceBut(outputs: readonly { name: string }[], down: readonly string[]): InferenceSession.SessionOptions {
  const locations = outputs.map(({ name }) => [name, down.includes(name) ? "cpu" : "gpu-buffer"] as const);
  return { preferredOutputLocation: Object.fromEntries(locations) };
}

const named = (tensors: ReadonlyMap<string, Tensor>, nameOf: (parameter: string) => string): Record<string, Tensor> =>
  Object.fromEntries([...tensors].map(([parameter, tensor]) => [nameOf(parameter), tensor]));

function replace(tensors: Tensors, name: string, tensor: Tensor): void {
  tensors.get(name)?.dispose();
  tensors.set(name, tensor);
}

function disposeAll(tensors: Tensors): void {
  for (const tensor of tensors.values()) tensor.dispose();
  tensors.clear();
}
