-- What a model takes on disk, so that it counts for the key that made it.
-- AlterTable
ALTER TABLE "Model" ADD COLUMN     "bytes" BIGINT NOT NULL DEFAULT 0;

-- Weights of models that exist are float32; composed ones have a small file or none, shipped ones count for nobody.
UPDATE "Model" SET "bytes" = 4 * "parameterCount" WHERE "composition" IS NULL AND "artifact" NOT LIKE 'package:%';

-- CreateIndex
CREATE INDEX "Run_createdById_idx" ON "Run"("createdById");
