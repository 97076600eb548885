-- Predictions of a whole dataset are a run, whose table of answers is files of the artifact store.
-- AlterEnum
ALTER TYPE "RunKind" ADD VALUE 'PREDICTION';

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "output" JSONB,
ADD COLUMN     "outputBytes" BIGINT NOT NULL DEFAULT 0;
