-- The scores of a model on a labelled dataset are a run: its evaluation is of the split TEST.
-- AlterEnum
ALTER TYPE "RunKind" ADD VALUE 'EVALUATION';
