/**
 * A checkpoint made elsewhere, from its own files to its answers: rxnmapper's ALBERT (Schwaller et al. 2021,
 * Sci. Adv. 7, eabe4166), a legacy pickle with a vocab.txt. Of the tokens of the sample's canonical SMILES 15 % are
 * hidden behind [MASK]; it must name them as well as an independent implementation does, which finds 0.84. Skipped
 * where ../shared/checkpoints is not there: the weights are not part of this repository.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import initRDKitModule, { type MainModule } from "@rdkit/rdkit";
import { parse } from "csv-parse/sync";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { writeOnnx } from "../../src/autograd/index.js";
import { layoutBatch } from "../../src/model/batch.js";
import { loadCheckpoint, readCheckpointInfo } from "../../src/model/checkpoint/checkpoint.js";
import { forwardGraph } from "../../src/model/graphs.js";
import { Philox } from "../../src/model/philox-stream.js";
import { TorchFile } from "../../src/model/torch/file.js";
import { loadTokenizer } from "../../src/tokenizer/index.js";

const ROOT = join(import.meta.dirname, "..", "..");
const FOLDER = join(ROOT, "..", "shared", "checkpoints", "rxnmapper-albert");
const present = existsSync(join(FOLDER, "pytorch_model.bin"));
if (!present) console.log(`skipped: ${FOLDER} is not there`);

const SHARE = 0.15;
const SEEDS = [1, 2, 3];
const MASKING = 1;

/** The sample's SMILES in the canonical form that the model was trained on. */
async function canonicalSample(): Promise<string[]> {
  const rows = parse(readFileSync(join(ROOT, "samples/food-compounds.csv")), { columns: true }) as { smiles: string }[];
  const rdkit = await (initRDKitModule as unknown as () => Promise<MainModule>)();
  return rows.map(({ smiles }) => {
    const molecule = rdkit.get_mol(smiles)!;
    const canonical = molecule.get_smiles();
    molecule.delete();
    return canonical;
  });
}

/** Index of the largest of `width` values from `start` on. */
function argmax(values: Float32Array, start: number, width: number): number {
  let best = 0;
  for (let j = 1; j < width; j++) if (values[start + j] > values[start + best]) best = j;
  return best;
}

describe.skipIf(!present)("rxnmapper's ALBERT", () => {
  it("loads from its legacy pickle: 32 tensors, 801,359 parameters, the output table tied", async () => {
    const file = await TorchFile.open(join(FOLDER, "pytorch_model.bin"));
    expect(file.tensors.size).toBe(32);
    const [table, output] = [
      await file.read("albert.embeddings.word_embeddings.weight"),
      await file.read("predictions.decoder.weight"),
    ];
    expect(output).toEqual(table);
    await file.close();
    expect(await readCheckpointInfo(FOLDER)).toMatchObject({
      task: "MASKED_LANGUAGE_MODEL",
      labels: [],
      parameterCount: 801_359,
      maxLength: 512,
      config: { family: "albert", layers: 12, width: 256, embeddingWidth: 128, heads: 8, vocabularySize: 591 },
    });
  });

  it("has the token ids of its vocab.txt", async () => {
    const tokenizer = await loadTokenizer(FOLDER);
    const lines = readFileSync(join(FOLDER, "vocab.txt"), "utf8").trimEnd().split("\n");
    const tokens = ["[CLS]", "C", "C", "(", "=", "O", ")", "O", "c", "1", "c", "c", "c", "c", "c", "1", "Br", "[SEP]"];
    expect([...tokenizer.encode("CC(=O)Oc1ccccc1Br", 512)]).toEqual(tokens.map((token) => lines.indexOf(token)));
    expect([tokenizer.padId, tokenizer.unknownId, tokenizer.startId, tokenizer.endId, tokenizer.maskId]).toEqual([
      0, 11, 12, 13, 14,
    ]);
  });

  it("names the masked tokens of food molecules as an independent implementation does", async () => {
    const [checkpoint, tokenizer, sample] = [
      await loadCheckpoint(FOLDER),
      await loadTokenizer(FOLDER),
      await canonicalSample(),
    ];
    const { config, weights } = checkpoint;
    const initializers = new Map([...weights].map(([name, { data }]) => [name, data]));
    const session = await InferenceSession.create(
      writeOnnx(forwardGraph(config, "MASKED_LANGUAGE_MODEL", 0), { initializers }),
      { logSeverityLevel: 3, intraOpNumThreads: 1 },
    );
    const sequences = sample.map((smiles) => tokenizer.encode(smiles, 512));
    let [right, masked] = [0, 0];
    const targets = new Map<number, number>();
    for (const seed of SEEDS) {
      for (let first = 0; first < sequences.length; first += 32) {
        const layout = layoutBatch(config, sequences.slice(first, first + 32));
        const places: number[] = [];
        const hidden: number[] = [];
        for (let b = 0; b < layout.size; b++) {
          const random = new Philox(seed, MASKING, 0, first + b);
          for (let token = layout.offsets[b] + 1; token < layout.offsets[b] + layout.lengths[b] - 1; token++) {
            if (random.uniform() >= SHARE) continue;
            places.push(token);
            hidden.push(layout.tokenIds[token]);
            layout.tokenIds[token] = tokenizer.maskId!;
          }
        }
        const inverse = new Int32Array(layout.tokens).fill(places.length);
        for (const [row, token] of places.entries()) inverse[token] = row;
        const feeds: Record<string, Tensor> = {
          ...layout.feeds,
          maskedIndex: new Tensor("int32", Int32Array.from(places), [places.length]),
          maskedInverse: new Tensor("int32", inverse, [layout.tokens]),
        };
        const chosen = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]]));
        const logits = (await session.run(chosen, ["logits"])).logits.data as Float32Array;
        hidden.forEach((target, row) => {
          const { vocabularySize } = config;
          if (argmax(logits, row * vocabularySize, vocabularySize) === target) right++;
          targets.set(target, (targets.get(target) ?? 0) + 1);
        });
        masked += hidden.length;
      }
    }
    const frequent = Math.max(...targets.values()) / masked;
    console.log(
      `rxnmapper-albert: ${(right / masked).toFixed(3)} of ${masked} masked tokens named ` +
        `(seeds ${SEEDS.join(", ")}); the most frequent token alone: ${frequent.toFixed(3)}`,
    );
    expect(masked).toBeGreaterThan(4_000);
    expect(frequent).toBeLessThan(0.3);
    // One standard error is 0.006; the independent measurement is of another sample of the same kind.
    expect(Math.abs(right / masked - 0.84)).toBeLessThan(0.03);
    await session.release();
  });
});
