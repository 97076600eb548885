/** An answer has the same bits whichever molecules share its batch: on the CPU, float32. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { InferenceModel } from "../../src/model/inference.js";
import { loadTokenizer } from "../../src/tokenizer/index.js";

const FOLDER = join(import.meta.dirname, "../../models/superclass");
const SMILES = [
  "CCO",
  "c1ccccc1",
  "CC(=O)Oc1ccccc1C(O)=O",
  "Oc1cc(O)c2c(c1)oc(c(O)c2=O)-c1ccc(O)c(O)c1",
  "CC(C)CCC[C@@H](C)[C@H]1CC[C@H]2[C@@H]3CC=C4C[C@@H](O)CC[C@]4(C)[C@H]3CC[C@]12C",
];

it.each(["LOGITS", "CLS"] as const)("%s alone, beside one other, and beside all: equal bits", async (output) => {
  const model = await InferenceModel.load(FOLDER, { threads: 1, provider: "cpu", cacheFolder: null, layer: null });
  onTestFinished(() => model.release());
  const tokenizer = await loadTokenizer(FOLDER);
  const sequences = SMILES.map((smiles) => Int32Array.from(tokenizer.encode(smiles, 256)));
  const together = await model.run(sequences, output);
  for (const [index, sequence] of sequences.entries()) {
    const [alone] = await model.run([sequence], output);
    const [beside] = await model.run([sequence, sequences[(index + 1) % sequences.length]], output);
    expect(alone, SMILES[index]).toEqual(together[index]);
    expect(beside, SMILES[index]).toEqual(together[index]);
  }
});
