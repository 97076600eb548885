/**
 * The molecules of a run as token ids, made once, in the worker: assignments -> other SMILES of the molecules, if the
 * order asks for them -> ids. Other SMILES are a function of (molecule, seed): a run that continues has the same ones.
 */
import { setImmediate as turn } from "node:timers/promises";
import { startChemistry } from "../../chem/index.js";
import type { SplitName } from "../../scores/types.js";
import type { Model } from "../../store/generated/client.js";
import { presentModelFolder } from "../../store/index.js";
import { loadTokenizer, tokenizers } from "../../tokenizer/index.js";
import type { Example } from "../../train/types.js";
import type { PlannedOrder } from "../orders/input.js";
import { readTaught } from "../plan/taught.js";
import { UnseenCount } from "../plan/warnings/unseen.js";
import { whenDatabaseIsBack } from "../queue/retry.js";
import type { Execution } from "../record/execution.js";
import type { FingerprintRow } from "./fingerprints.js";

/** Molecules tokenized before other work of the process gets a turn. */
const TOKENIZE_PART = 500;
/** Molecules in one call of chemistry: a cancel is noticed between two calls. */
const FORMS_PART = 1_000;

interface ExampleRow extends FingerprintRow {
  split: SplitName;
  label: string;
}

export async function readExamples(
  { store, recorder, fence, signal }: Execution,
  baseModel: Model,
  order: PlannedOrder,
): Promise<{ classes: string[]; examples: Example[]; rows: ExampleRow[] }> {
  const { rows } = await whenDatabaseIsBack(
    () =>
      store.pool.query<ExampleRow>(
        `SELECT m.smiles, m."compoundId", a.split::text AS split, a.label
         FROM "RunAssignment" a JOIN "DatasetCompound" m ON m.id = a."memberId"
         WHERE a."runId" = $1 ORDER BY m.position, a.ordinal`,
        [fence.runId],
      ),
    signal,
  );
  const taught = readTaught(
    order.task,
    rows.map(({ label }) => label),
    order.targets,
  );
  const forms = await otherForms(rows, order, signal);
  const tokenizer = await loadTokenizer(await presentModelFolder(store, baseModel));
  const limit = Math.min(order.maxLength ?? baseModel.maxLength, baseModel.maxLength);
  const unseen = new UnseenCount(tokenizer, limit);
  const examples: Example[] = [];
  for (const [index, { smiles, split, label }] of rows.entries()) {
    if (index % TOKENIZE_PART === TOKENIZE_PART - 1) await turn();
    signal.throwIfAborted();
    const others = forms.get(index)?.map((form) => tokenizer.encode(form, limit));
    const tokenIds = tokenizer.encode(smiles, limit);
    unseen.add(smiles, tokenIds);
    examples.push({ tokenIds, ...(others ? { forms: others } : {}), ...taught.of(label), split });
  }
  for (const warning of unseen.warnings()) await recorder.warn(warning);
  return { classes: taught.classes, examples, rows };
}

/** Warnings of molecules of which only some are read now, because the embeddings of others are stored. */
export async function warnOfUnseen(
  { store, recorder, signal }: Execution,
  model: Model,
  smiles: readonly string[],
): Promise<void> {
  const tokenizer = await tokenizers.get({ checksum: model.checksum, folder: await presentModelFolder(store, model) });
  const count = new UnseenCount(tokenizer, model.maxLength);
  for (const [index, text] of smiles.entries()) {
    if (index % TOKENIZE_PART === TOKENIZE_PART - 1) await turn();
    signal.throwIfAborted();
    count.add(text, tokenizer.encode(text, model.maxLength));
  }
  for (const warning of count.warnings()) await recorder.warn(warning);
}

/** By row; empty when the order asks for none. They are written by an RDKit process that ends afterwards. */
async function otherForms(
  rows: readonly { smiles: string; split: SplitName }[],
  { augmentation, evaluationForms, seed }: PlannedOrder,
  signal: AbortSignal,
): Promise<Map<number, string[]>> {
  const forms = new Map<number, string[]>();
  const wanted = (split: SplitName): number => (split === "TRAIN" ? augmentation : evaluationForms - 1);
  if (rows.every(({ split }) => wanted(split) === 0)) return forms;
  const chemistry = await startChemistry();
  try {
    for (const training of [true, false]) {
      const count = training ? augmentation : evaluationForms - 1;
      if (count === 0) continue;
      const places = rows.flatMap(({ split }, index) => ((split === "TRAIN") === training ? [index] : []));
      for (let from = 0; from < places.length; from += FORMS_PART) {
        const part = places.slice(from, from + FORMS_PART);
        const smiles = part.map((index) => rows[index].smiles);
        const written = await chemistry.randomForms(smiles, { seed, count }, signal);
        part.forEach((index, place) => void forms.set(index, written[place]));
      }
    }
    return forms;
  } finally {
    await chemistry.close();
  }
}
