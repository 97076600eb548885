/** The answers of a prediction run as a table: name, SMILES and InChIKey of each molecule, then the answer. */
import type { Chemistry } from "../../chem/types.js";
import type { MoleculePlaces } from "../../datasets/files/molecule-formats.js";
import { MaillardError } from "../../errors.js";
import { predictionOrder } from "../../runs/orders/prediction-order.js";
import { answerTable } from "../../runs/predictions/columns.js";
import { readParts, requireParts } from "../../runs/predictions/dataset-parts.js";
import { headOfRun } from "../../runs/predictions/readers.js";
import { requireBase } from "../../runs/work/base.js";
import { noRun } from "../../store/find.js";
import type { Run } from "../../store/generated/client.js";
import type { Store } from "../../store/index.js";
import type { Cell, Column } from "../../tables/types.js";

export interface PredictedDataset {
  /** Name of the run. */
  name: string;
  columns: Column[];
  places: MoleculePlaces;
  /** In the order of the dataset, some at a time. */
  rows: AsyncGenerator<Cell[][]>;
}

/** What `Run.output` holds of a prediction run that has succeeded. */
interface Output {
  rows: number;
  /** Rows without an answer, by code. */
  errors: Record<string, number>;
}

/** Null for another run, and before it has succeeded. */
export const outputOf = ({ kind, output }: Pick<Run, "kind" | "output">): Output | null =>
  kind === "PREDICTION" ? (output as Output | null) : null;

/** NOT_FOUND; BAD_INPUT for a run of another kind; CONFLICT for one that has not succeeded. */
export async function predictedDataset(
  { store, chemistry }: { store: Store; chemistry: Chemistry },
  id: string,
  { probabilities, blocks }: { probabilities: boolean; blocks: boolean },
  signal: AbortSignal,
): Promise<PredictedDataset> {
  const run = await store.prisma.run.findUnique({ where: { id }, include: { baseModel: true } });
  if (!run) throw noRun("id");
  if (run.kind !== "PREDICTION")
    throw new MaillardError("BAD_INPUT", `The run ${run.name} predicts no dataset: it is ${run.kind}.`, {
      param: "id",
    });
  const output = outputOf(run);
  if (!output)
    throw new MaillardError(
      "CONFLICT",
      `The run ${run.name} is ${run.status}: its predictions are there once it has SUCCEEDED.`,
      {
        param: "id",
        details: { status: run.status },
      },
    );
  const order = predictionOrder(run.input);
  await requireParts(store, id, order.positions);
  const before: Column[] = [...(blocks ? ["mol_block"] : []), "name", "smiles", "inchi_key"].map((name) => ({
    name,
    kind: "TEXT",
  }));
  const answers = answerTable(
    headOfRun(requireBase(run).baseModel, order),
    { probabilities },
    before.map(({ name }) => name),
  );
  async function* rows(): AsyncGenerator<Cell[][]> {
    for await (const part of readParts(store, id)) {
      signal.throwIfAborted();
      const smiles = part.map(({ row }) => row.smiles);
      const made = blocks ? await chemistry.molBlocks(smiles, signal) : null;
      yield part.map(({ row, answer }, index) => [
        ...(made ? [made[index]] : []),
        ...[row.name, row.smiles, row.inchiKey],
        ...answers.cells(answer),
      ]);
    }
  }
  const shift = blocks ? 1 : 0;
  return {
    name: run.name,
    columns: [...before, ...answers.columns],
    places: { smiles: 1 + shift, name: shift, block: blocks ? 0 : null },
    rows: rows(),
  };
}
