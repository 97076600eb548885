-- What counts for a key: what its models take on disk, and the molecules that it brought into datasets.
-- AlterTable
ALTER TABLE "Model" ADD COLUMN     "bytes" BIGINT NOT NULL DEFAULT 0;

-- Weights of models that exist are float32; composed ones have a small file or none, shipped ones count for nobody.
UPDATE "Model" SET "bytes" = 4 * "parameterCount" WHERE "composition" IS NULL AND "artifact" NOT LIKE 'package:%';

-- CreateIndex
CREATE INDEX "Run_createdById_idx" ON "Run"("createdById");

-- CreateIndex
CREATE INDEX "Model_createdById_idx" ON "Model"("createdById");

-- CreateIndex
CREATE INDEX "Dataset_createdById_idx" ON "Dataset"("createdById");

-- CreateTable
CREATE TABLE "BroughtMolecules" (
    "datasetId" TEXT NOT NULL,
    "keyId" TEXT NOT NULL,
    "molecules" INTEGER NOT NULL,

    CONSTRAINT "BroughtMolecules_pkey" PRIMARY KEY ("datasetId","keyId")
);

-- CreateIndex
CREATE INDEX "BroughtMolecules_keyId_idx" ON "BroughtMolecules"("keyId");

-- AddForeignKey
ALTER TABLE "BroughtMolecules" ADD CONSTRAINT "BroughtMolecules_datasetId_fkey" FOREIGN KEY ("datasetId") REFERENCES "Dataset"("id") ON DELETE CASCADE ON UPDATE CASCADE;
