/**
 * Tensors from this process to the device and back, by sessions of one Identity: the runtime's own download
 * (`getData` of a tensor on the device) ends the process (onnxruntime-node 1.30.0).
 */
import { type InferenceSession, Tensor } from "onnxruntime-node";
import { Graph } from "../../../autograd/index.js";

export type OpenSession = (graph: Graph, more?: InferenceSession.SessionOptions) => Promise<InferenceSession>;

export class DeviceCopies {
  /** By number of dimensions. */
  private readonly sessions = new Map<number, { up: InferenceSession; down: InferenceSession }>();

  private constructor() {}

  static async create(ranks: Iterable<number>, open: OpenSession): Promise<DeviceCopies> {
    const copies = new DeviceCopies();
    for (const rank of new Set(ranks)) {
      const up = await open(identity(rank), { preferredOutputLocation: "gpu-buffer" });
      copies.sessions.set(rank, { up, down: await open(identity(rank)) });
    }
    return copies;
  }

  async up(data: Float32Array, shape: readonly number[]): Promise<Tensor> {
    const { y } = await this.of(shape).up.run({ x: new Tensor("float32", data, shape) });
    return y;
  }

  /** Writes the values into `data`. */
  async down(tensor: Tensor, data: Float32Array): Promise<void> {
    const { y } = await this.of(tensor.dims).down.run({ x: tensor });
    data.set(y.data as Float32Array);
  }

  async release(): Promise<void> {
    for (const { up, down } of this.sessions.values()) {
      await up.release();
      await down.release();
    }
  }

  private of(shape: readonly number[]) {
    return this.sessions.get(shape.length)!;
  }
}

function identity(rank: number): Graph {
  const graph = new Graph();
  graph.output(
    "y",
    graph.input(
      "x",
      Array.from({ length: rank }, (_, axis) => `n${axis}`),
    ),
  );
  return graph;
}
