-- Time and memory of runs: estimated when they are ordered, measured while they are executed.
-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "estimatedBytes" BIGINT,
ADD COLUMN     "estimatedOperations" DOUBLE PRECISION,
ADD COLUMN     "estimatedSeconds" DOUBLE PRECISION,
ADD COLUMN     "peakBytes" BIGINT;
