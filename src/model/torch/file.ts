/**
 * pytorch_model.bin, in the zip format of torch 1.6 and later or in the older format. Reading executes nothing: the
 * pickle may only describe a dict of tensors (state-dict.ts), and every length, offset, shape and stride is checked
 * when the file is opened, before memory is allocated for it. Tensors are read one by one and returned as float32 in
 * row-major order, each with values of its own, also where torch shared a storage or kept a transposed view.
 * CHECKPOINT_INVALID: a broken file. CHECKPOINT_UNSUPPORTED: compressed, big-endian, or more than a dict of tensors.
 */
import { open } from "node:fs/promises";
import { MaillardError } from "../../errors.js";
import type { Weight } from "../types.js";
import { BYTES_PER_ELEMENT, toFloat32 } from "../weights/element-type.js";
import type { WeightsFile } from "../weights/weights-file.js";
import { readArchive } from "./archive.js";
import { readLegacy } from "./legacy.js";
import { quoted, TorchSource } from "./source.js";
import { gather, type TorchTensor } from "./tensor.js";

const ZIP = Buffer.from("PK\x03\x04");
const LFS = Buffer.from("version https://git-lfs");

export class TorchFile implements WeightsFile {
  private constructor(
    private readonly source: TorchSource,
    readonly tensors: ReadonlyMap<string, TorchTensor>,
    /** Byte of each storage's first element. */
    private readonly places: ReadonlyMap<string, number>,
  ) {}

  get bytes(): number {
    return this.source.size;
  }

  get path(): string {
    return this.source.path;
  }

  /** Opens and checks a file; the caller closes it. */
  static async open(path: string): Promise<TorchFile> {
    const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
      throw new MaillardError(
        "CHECKPOINT_INVALID",
        `${path} cannot be read (${error.code}); a checkpoint needs its weights there.`,
      );
    });
    try {
      const source = new TorchSource(path, file, (await file.stat()).size);
      const start = await source.read(0, Math.min(LFS.length, source.size), "its first bytes");
      if (start.equals(LFS)) throw source.invalid("it is a pointer of Git LFS, not the file that it stands for");
      const { tensors, places } = start.subarray(0, ZIP.length).equals(ZIP)
        ? await readArchive(source)
        : await readLegacy(source);
      return new TorchFile(source, tensors, places);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async read(name: string): Promise<Weight> {
    const tensor = this.tensors.get(name);
    if (!tensor) throw this.source.invalid(`it has no tensor ${quoted(name)}`);
    const { dtype, storage, offset, shape, span } = tensor;
    const width = BYTES_PER_ELEMENT[dtype];
    const position = this.places.get(storage.key)! + offset * width;
    const bytes = await this.source.read(position, span * width, `tensor ${quoted(name)}`);
    const values = toFloat32(this.path, name, dtype, bytes.buffer);
    return { shape: [...shape], data: tensor.contiguous ? values : gather(tensor, values) };
  }

  async close(): Promise<void> {
    await this.source.file.close();
  }
}
