-- An embedding is of one hidden layer; those that are there are of the last.
ALTER TABLE "Embedding" ADD COLUMN "layer" INTEGER;
UPDATE "Embedding" SET "layer" = "Model"."layers" FROM "Model" WHERE "Model"."id" = "Embedding"."modelId";
ALTER TABLE "Embedding" ALTER COLUMN "layer" SET NOT NULL;
DROP INDEX "Embedding_modelId_pooling_smiles_key";
CREATE UNIQUE INDEX "Embedding_modelId_pooling_layer_smiles_key" ON "Embedding"("modelId", "pooling", "layer", "smiles");

ALTER TABLE "Projection" ADD COLUMN "trustworthiness" DOUBLE PRECISION;

-- CreateTable
CREATE TABLE "Analysis" (
    "id" TEXT NOT NULL,
    "contentKey" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "result" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Analysis_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Analysis_contentKey_key" ON "Analysis"("contentKey");
