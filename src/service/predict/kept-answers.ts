/**
 * Answers about molecules, kept twice: in memory for the next question, and as rows of the database, which are written
 * behind the answer (write-behind.ts). Both are keyed by what is computed: the model and its checksum, the project,
 * how, and the canonical SMILES. So no answer gets old: another model has another key, and the model is looked up
 * first.
 */
import { LRUCache } from "lru-cache";
import type { Priority } from "../../chem/types.js";
import { groupBy } from "../../datasets/group-by.js";
import type { Model } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import { isForeignKeyViolation } from "../../store/sql.js";
import type { CompoundIds } from "./compound-ids.js";
import { WriteBehind } from "./write-behind.js";

/** What was asked of a model about any molecule. */
export interface AskedOf {
  model: Pick<Model, "id" | "checksum">;
  /** Whose the answers are: `computedIn`. */
  projectId: string;
}

/** What is kept of one kind of answer, in memory and as a row. */
export interface AnswerKind<Of extends AskedOf, Answer> {
  /** Of `Of` beyond the model and the project. */
  keyOf(of: Of): string;
  /** Bytes of an answer in memory. */
  bytesOf(answer: Answer): number;
  /** One statement; a row that is there stays. */
  store(store: Store, of: Of, rows: readonly (Answer & { smiles: string; compoundId: string })[]): Promise<void>;
}

interface Row<Of, Answer> {
  of: Of;
  smiles: string;
  answer: Answer;
}

/** Bytes in memory of each kind. */
const MOST_BYTES = 64 * 2 ** 20;
/** Of an entry beside its texts and numbers. */
const ENTRY_BYTES = 300;

export interface KeptAnswersParts {
  store: Store;
  compounds: CompoundIds;
  /** Rows that were not written, and why. */
  onLost(rows: number, error: unknown): void;
}

export class KeptAnswers<Of extends AskedOf, Answer> {
  readonly #memory: LRUCache<string, Answer & object>;
  readonly #rows: WriteBehind<Row<Of, Answer>>;

  constructor(
    private readonly parts: KeptAnswersParts,
    private readonly kind: AnswerKind<Of, Answer>,
    { bytes = MOST_BYTES } = {},
  ) {
    this.#memory = new LRUCache({
      maxSize: bytes,
      sizeCalculation: (answer, key) => ENTRY_BYTES + 2 * key.length + kind.bytesOf(answer as Answer),
    });
    this.#rows = new WriteBehind({ write: (batch) => this.#write(batch), onLost: parts.onLost });
  }

  /** Of memory alone, by SMILES. */
  find(of: Of, smiles: Iterable<string>): Map<string, Answer> {
    const found = new Map<string, Answer>();
    for (const text of smiles) {
      const kept = this.#memory.get(this.#key(of, text));
      if (kept) found.set(text, kept);
    }
    return found;
  }

  /** An answer that has a row. */
  remember(of: Of, smiles: string, answer: Answer): void {
    this.#memory.set(this.#key(of, smiles), answer as Answer & object);
  }

  /** Answers that have none: they get it soon. */
  add(of: Of, answers: readonly { smiles: string; answer: Answer }[]): void {
    for (const { smiles, answer } of answers) this.remember(of, smiles, answer);
    this.#rows.add(answers.map((one) => ({ of, ...one })));
  }

  /** As a process that has just started: what has a row is read from it. */
  async forget(): Promise<void> {
    await this.written();
    this.#memory.clear();
  }

  /** Until what was added has its rows, or never will. */
  written(): Promise<void> {
    return this.#rows.flush();
  }

  /**
   * Writes rows of answers now; none where the model has gone or has other weights. A foreign key violation where a
   * compound was removed meanwhile.
   */
  async write(
    of: Of,
    answers: readonly { smiles: string; answer: Answer }[],
    priority: Priority = "usual",
  ): Promise<void> {
    const { store, compounds } = this.parts;
    const texts = answers.map(({ smiles }) => smiles);
    const ids = await compounds.of(texts, priority);
    const rows = answers.flatMap(({ smiles, answer }) => {
      const compoundId = ids.get(smiles);
      return compoundId === undefined ? [] : [{ ...answer, smiles, compoundId }];
    });
    const without = answers.length - rows.length;
    if (without > 0) this.parts.onLost(without, new Error("RDKit did not read their molecules as a whole"));
    if (rows.length === 0) return;
    try {
      await this.kind.store(store, of, rows);
    } catch (error) {
      if (isForeignKeyViolation(error)) compounds.forget();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#rows.close();
  }

  /** Groups of one model and way are written by one statement each. */
  async #write(batch: readonly Row<Of, Answer>[]): Promise<void> {
    const errors: unknown[] = [];
    for (const rows of groupBy(batch, ({ of }) => this.groupOf(of)).values())
      await this.write(rows[0].of, rows, "background").catch((error: unknown) => errors.push(error));
    // Rows of the other groups are there when these are tried again.
    if (errors.length > 0) throw errors[0];
  }

  /** Of what the same statement stores. */
  groupOf(of: Of): string {
    return `${of.model.id} ${of.model.checksum} ${of.projectId} ${this.kind.keyOf(of)}`;
  }

  #key(of: Of, smiles: string): string {
    return `${this.groupOf(of)} ${smiles}`;
  }
}
