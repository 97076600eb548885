-- The projection of a dataset is a run, whose result is the kept coordinates.
-- AlterEnum
ALTER TYPE "RunKind" ADD VALUE 'PROJECTION';
