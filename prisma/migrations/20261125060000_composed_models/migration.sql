-- Predictions say of how many ways of writing the molecule they are the mean.
ALTER TABLE "Prediction" ADD COLUMN "forms" INTEGER NOT NULL DEFAULT 1;
DROP INDEX "Prediction_modelId_smiles_key";
CREATE UNIQUE INDEX "Prediction_modelId_smiles_forms_key" ON "Prediction"("modelId", "smiles", "forms");

-- Linear probes and ensembles.
ALTER TYPE "RunKind" ADD VALUE 'PROBE';
ALTER TABLE "Model" ADD COLUMN "composition" JSONB;

-- Finetunes that belong together: repeated seeds, folds.
CREATE TABLE "RunGroup" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "idempotencyKey" TEXT,
    "inputHash" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "ensemble" BOOLEAN NOT NULL DEFAULT false,
    "modelId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "RunGroup_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "RunGroup_idempotencyKey_key" ON "RunGroup"("idempotencyKey");
CREATE UNIQUE INDEX "RunGroup_modelId_key" ON "RunGroup"("modelId");
CREATE INDEX "RunGroup_createdAt_id_idx" ON "RunGroup"("createdAt", "id");
ALTER TABLE "RunGroup" ADD CONSTRAINT "RunGroup_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model"("id") ON DELETE SET NULL ON UPDATE CASCADE;

ALTER TABLE "Run" ADD COLUMN "groupId" TEXT, ADD COLUMN "groupIndex" INTEGER;
CREATE INDEX "Run_groupId_groupIndex_idx" ON "Run"("groupId", "groupIndex");
ALTER TABLE "Run" ADD CONSTRAINT "Run_groupId_fkey" FOREIGN KEY ("groupId") REFERENCES "RunGroup"("id") ON DELETE SET NULL ON UPDATE CASCADE;
