-- Deletion: files that no row needs, what ships and was deleted, and whose kept analyses are.
-- AlterTable
ALTER TABLE "Analysis" ADD COLUMN     "datasetId" TEXT,
ADD COLUMN     "modelIds" TEXT[];

-- CreateTable
CREATE TABLE "Removal" (
    "artifact" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "dueAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Removal_pkey" PRIMARY KEY ("artifact")
);

-- CreateTable
CREATE TABLE "LeftOut" (
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "LeftOut_pkey" PRIMARY KEY ("kind","name")
);

-- Rows that refer to a deleted one are found without reading the whole table.
-- CreateIndex
CREATE INDEX "Model_baseModelId_idx" ON "Model"("baseModelId");

-- CreateIndex
CREATE INDEX "Run_datasetId_idx" ON "Run"("datasetId");

-- CreateIndex
CREATE INDEX "Run_baseModelId_idx" ON "Run"("baseModelId");
