-- Groups of runs that differ in options that are searched; a trial may stop at an epoch to be compared.
-- CreateEnum
CREATE TYPE "RunGroupKind" AS ENUM ('REPEATS', 'SWEEP');

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "haltEpoch" INTEGER;

-- AlterTable
ALTER TABLE "RunGroup" ADD COLUMN     "kind" "RunGroupKind" NOT NULL DEFAULT 'REPEATS',
ADD COLUMN     "rungsLeft" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "sweep" JSONB;
