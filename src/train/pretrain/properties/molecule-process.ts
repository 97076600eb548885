/**
 * Entry of the forked process that prepares molecules: reads the corpus, asks RDKit (in a child of this process) for
 * what the cache does not hold, and answers requests in their order. It is a process because a training step blocks the
 * process that it runs in, and RDKit would wait for it. It runs as long as its parent's channel is open.
 */
import { createHash } from "node:crypto";
import { type Chemistry, DESCRIPTORS, MACCS_BITS, MORGAN_BITS, startChemistry } from "../../../chem/index.js";
import { MaillardError } from "../../../errors.js";
import { Philox } from "../../../model/philox-stream.js";
import { followParent, tell } from "../../../process/child-life.js";
import { readLines } from "../../data/corpus.js";
import { PropertyCache } from "./cache.js";
import type {
  FormChoice,
  FromMoleculeProcess,
  MoleculeAnswer,
  MoleculeFiles,
  MoleculeRequest,
  ToMoleculeProcess,
} from "./messages.js";
import { RECORD_BYTES, writeRecord } from "./record.js";

followParent();

const NO_RECORD = writeRecord(null);

class Molecules {
  private constructor(
    private readonly smiles: readonly string[],
    private readonly cache: PropertyCache,
    private readonly chemistry: Chemistry,
  ) {}

  static async open({ corpus, cache }: MoleculeFiles): Promise<Molecules> {
    const smiles: string[] = [];
    const hash = createHash("sha256").update([DESCRIPTORS.join(), MACCS_BITS, MORGAN_BITS].join());
    for await (const line of readLines(corpus)) {
      hash.update("\n").update(line);
      smiles.push(line);
    }
    return new Molecules(smiles, new PropertyCache(cache, hash.digest("hex")), await startChemistry({ processes: 1 }));
  }

  async prepare({ id, molecules, properties, forms }: MoleculeRequest): Promise<MoleculeAnswer> {
    return {
      id,
      records: properties ? await this.records(molecules, properties) : new Uint8Array(0),
      forms: forms ? await this.forms(molecules, forms) : molecules.map(() => null),
    };
  }

  private async records(
    molecules: readonly number[],
    { share, seed }: { share: number; seed: number },
  ): Promise<Uint8Array> {
    const records = new Uint8Array(molecules.length * RECORD_BYTES);
    const missing: number[] = [];
    molecules.forEach((index, place) => {
      const wanted = new Philox(seed, PROPERTY_STREAM, index).uniform() < share;
      const known = wanted ? this.cache.read(index) : NO_RECORD;
      if (known) records.set(known, place * RECORD_BYTES);
      else missing.push(place);
    });
    const answers = await this.chemistry.properties(missing.map((place) => this.smiles[molecules[place]]));
    answers.forEach((answer, i) => {
      const record = writeRecord(answer.ok ? answer.properties : null);
      this.cache.write(molecules[missing[i]], record);
      records.set(record, missing[i] * RECORD_BYTES);
    });
    return records;
  }

  private async forms(molecules: readonly number[], choice: FormChoice): Promise<(string | null)[]> {
    const { share, seed, pass } = choice;
    const forms: (string | null)[] = molecules.map(() => null);
    const chosen = molecules.flatMap((index, place) =>
      new Philox(seed, CHOICE_STREAM, pass, index).uniform() < share ? [place] : [],
    );
    const written = await this.chemistry.randomForms(
      chosen.map((place) => this.smiles[molecules[place]]),
      { seed: new Philox(seed, FORM_STREAM, pass).next(), count: 1 },
    );
    written.forEach(([form], i) => {
      forms[chosen[i]] = form;
    });
    return forms;
  }
}

/** Separate these random numbers from those of other uses of the same seed. */
const PROPERTY_STREAM = 0x70726f70;
const CHOICE_STREAM = 0x77686963;
const FORM_STREAM = 0x666f726d;

let opening: Promise<Molecules> | null = null;
let queue: Promise<void> = Promise.resolve();
process.on("message", (message: ToMoleculeProcess) => {
  if ("corpus" in message) {
    opening = Molecules.open(message);
    opening.catch(() => {}); // each request is answered with the error
    return;
  }
  const answer = async () => {
    try {
      void tell((await (await opening!).prepare(message)) satisfies FromMoleculeProcess);
    } catch (error) {
      const { code, message: text } = MaillardError.from(error);
      void tell({ id: message.id, error: { code, message: text } } satisfies FromMoleculeProcess);
    }
  };
  queue = queue.then(answer);
});
