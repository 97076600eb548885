/**
 * The batches of a pretraining run in their order, prepared some steps ahead, so that a step need not wait for them.
 * The molecules at a place are a function of (seed, epoch, place) alone.
 */
import type { Tokenizer } from "../../tokenizer/types.js";
import { epochOrder, groupByLength } from "../data/batches.js";
import type { Corpus } from "../data/corpus.js";
import type { PretrainOptions } from "./pretrain-options.js";
import type { Position } from "./pretrain-state.js";
import type { MoleculeSource } from "./properties/molecules.js";

/** Batches that are prepared ahead of the current step. */
const AHEAD = 16;

export interface FedBatch {
  sequences: Int32Array[];
  /** Records of the molecules' properties; empty without that objective. */
  records: Uint8Array;
  /** Position of the run after this batch. */
  after: Pick<Position, "epoch" | "place">;
}

export class PretrainFeed {
  private epoch: number;
  private place: number;
  private order: Int32Array;
  private readonly ahead: Promise<FedBatch>[] = [];

  constructor(
    private readonly molecules: { corpus: Corpus; tokenizer: Tokenizer; maxLength: number },
    /** Numbers of the training molecules in the corpus. */
    private readonly training: Int32Array,
    private readonly options: Pick<
      PretrainOptions,
      "batchSize" | "seed" | "properties" | "propertyShare" | "randomSmiles"
    >,
    /** Needed for properties and for random SMILES. */
    private readonly source: MoleculeSource | null,
    from: Pick<Position, "epoch" | "place">,
  ) {
    this.epoch = from.epoch;
    this.place = from.place;
    this.order = this.orderOf(from.epoch);
  }

  next(): Promise<FedBatch> {
    const wanted = this.source ? AHEAD : 1;
    while (this.ahead.length < wanted) {
      const batch = this.begin();
      batch.catch(() => {}); // reported when it is taken
      this.ahead.push(batch);
    }
    return this.ahead.shift()!;
  }

  private async begin(): Promise<FedBatch> {
    if (this.place >= this.training.length) {
      this.epoch++;
      this.place = 0;
      this.order = this.orderOf(this.epoch);
    }
    const chosen = this.order
      .subarray(this.place, this.place + this.options.batchSize)
      .map((index) => this.training[index]);
    this.place += chosen.length;
    const after = { epoch: this.epoch, place: this.place };
    const { properties, propertyShare, randomSmiles: share, seed } = this.options;
    const prepared = await this.source?.prepare(chosen, {
      properties: properties > 0 ? { share: propertyShare, seed } : null,
      forms: share > 0 ? { share, seed, pass: after.epoch } : null,
    });
    const sequences = Array.from(chosen, (index, i) => this.sequence(index, prepared?.forms[i] ?? null));
    return { sequences, records: prepared?.records ?? new Uint8Array(0), after };
  }

  /** A form with a token that the vocabulary lacks is replaced by the corpus's own. */
  private sequence(index: number, form: string | null): Int32Array {
    const { corpus, tokenizer, maxLength } = this.molecules;
    const ids = form === null ? null : tokenizer.encode(form, maxLength);
    return ids && !ids.includes(tokenizer.unknownId) ? ids : corpus.molecule(index);
  }

  private orderOf(epoch: number): Int32Array {
    return groupByLength(
      epochOrder(this.training.length, this.options.seed, epoch),
      (index) => this.molecules.corpus.length(this.training[index]),
      { ...this.options, epoch },
    );
  }
}
