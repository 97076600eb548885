-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "LabelKind" AS ENUM ('SINGLE_LABEL', 'MULTI_LABEL', 'NUMBER');

-- CreateEnum
CREATE TYPE "RunKind" AS ENUM ('FINETUNE', 'EMBEDDING');

-- CreateEnum
CREATE TYPE "RunStatus" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "Split" AS ENUM ('TRAIN', 'VALIDATION', 'TEST');

-- CreateEnum
CREATE TYPE "Pooling" AS ENUM ('CLS', 'MEAN');

-- CreateTable
CREATE TABLE "Compound" (
    "id" TEXT NOT NULL,
    "inchiKey" TEXT NOT NULL,
    "skeletonKey" TEXT NOT NULL,
    "smiles" TEXT NOT NULL,
    "name" TEXT,
    "formula" TEXT NOT NULL,
    "molecularWeight" DOUBLE PRECISION NOT NULL,
    "scaffold" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Compound_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Dataset" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "source" TEXT NOT NULL DEFAULT '',
    "size" INTEGER NOT NULL DEFAULT 0,
    "report" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Dataset_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "DatasetCompound" (
    "id" TEXT NOT NULL,
    "datasetId" TEXT NOT NULL,
    "compoundId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "smiles" TEXT NOT NULL,
    "name" TEXT,

    CONSTRAINT "DatasetCompound_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LabelSet" (
    "id" TEXT NOT NULL,
    "datasetId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "LabelKind" NOT NULL,
    "counts" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "LabelSet_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Label" (
    "labelSetId" TEXT NOT NULL,
    "memberId" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "number" DOUBLE PRECISION,

    CONSTRAINT "Label_pkey" PRIMARY KEY ("labelSetId","memberId","value")
);

-- CreateTable
CREATE TABLE "Model" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "family" TEXT NOT NULL,
    "task" TEXT NOT NULL,
    "labels" JSONB,
    "target" TEXT,
    "artifact" TEXT NOT NULL,
    "checksum" TEXT NOT NULL,
    "layers" INTEGER NOT NULL,
    "width" INTEGER NOT NULL,
    "heads" INTEGER NOT NULL,
    "vocabularySize" INTEGER NOT NULL,
    "parameterCount" BIGINT NOT NULL,
    "maxLength" INTEGER NOT NULL,
    "card" TEXT NOT NULL DEFAULT '',
    "baseModelId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Model_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Run" (
    "id" TEXT NOT NULL,
    "kind" "RunKind" NOT NULL,
    "name" TEXT NOT NULL,
    "status" "RunStatus" NOT NULL DEFAULT 'QUEUED',
    "idempotencyKey" TEXT,
    "inputHash" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "datasetId" TEXT NOT NULL,
    "baseModelId" TEXT NOT NULL,
    "modelId" TEXT,
    "step" INTEGER NOT NULL DEFAULT 0,
    "totalSteps" INTEGER NOT NULL DEFAULT 0,
    "epoch" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "secondsLeft" DOUBLE PRECISION,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "errorParam" TEXT,
    "warnings" JSONB NOT NULL DEFAULT '[]',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "leaseExpiresAt" TIMESTAMPTZ(3),
    "workerId" TEXT,
    "cancelRequestedAt" TIMESTAMPTZ(3),
    "environment" JSONB,
    "lastSequence" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RunAssignment" (
    "runId" TEXT NOT NULL,
    "memberId" TEXT NOT NULL,
    "split" "Split" NOT NULL,
    "label" TEXT NOT NULL,

    CONSTRAINT "RunAssignment_pkey" PRIMARY KEY ("runId","memberId")
);

-- CreateTable
CREATE TABLE "Metric" (
    "runId" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "step" INTEGER NOT NULL,
    "epoch" DOUBLE PRECISION NOT NULL,
    "split" "Split" NOT NULL,
    "name" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Metric_pkey" PRIMARY KEY ("runId","sequence")
);

-- CreateTable
CREATE TABLE "Checkpoint" (
    "id" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "step" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "score" DOUBLE PRECISION,
    "best" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Checkpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Evaluation" (
    "runId" TEXT NOT NULL,
    "split" "Split" NOT NULL,
    "report" JSONB NOT NULL,

    CONSTRAINT "Evaluation_pkey" PRIMARY KEY ("runId","split")
);

-- CreateTable
CREATE TABLE "Embedding" (
    "id" TEXT NOT NULL,
    "modelId" TEXT NOT NULL,
    "compoundId" TEXT NOT NULL,
    "pooling" "Pooling" NOT NULL,
    "smiles" TEXT NOT NULL,
    "dimension" INTEGER NOT NULL,
    "vector" BYTEA NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Embedding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Prediction" (
    "id" TEXT NOT NULL,
    "modelId" TEXT NOT NULL,
    "compoundId" TEXT NOT NULL,
    "smiles" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "score" DOUBLE PRECISION NOT NULL,
    "scores" BYTEA NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Prediction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Projection" (
    "id" TEXT NOT NULL,
    "contentKey" TEXT NOT NULL,
    "modelId" TEXT NOT NULL,
    "datasetId" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "components" INTEGER NOT NULL,
    "explainedVarianceRatio" DOUBLE PRECISION[],
    "points" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Projection_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Compound_inchiKey_key" ON "Compound"("inchiKey");

-- CreateIndex
CREATE INDEX "Compound_skeletonKey_idx" ON "Compound"("skeletonKey");

-- CreateIndex
CREATE INDEX "Compound_createdAt_id_idx" ON "Compound"("createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Dataset_name_key" ON "Dataset"("name");

-- CreateIndex
CREATE INDEX "Dataset_createdAt_id_idx" ON "Dataset"("createdAt", "id");

-- CreateIndex
CREATE INDEX "DatasetCompound_compoundId_idx" ON "DatasetCompound"("compoundId");

-- CreateIndex
CREATE UNIQUE INDEX "DatasetCompound_datasetId_compoundId_key" ON "DatasetCompound"("datasetId", "compoundId");

-- CreateIndex
CREATE UNIQUE INDEX "DatasetCompound_datasetId_position_key" ON "DatasetCompound"("datasetId", "position");

-- CreateIndex
CREATE UNIQUE INDEX "LabelSet_datasetId_name_key" ON "LabelSet"("datasetId", "name");

-- CreateIndex
CREATE INDEX "Label_memberId_idx" ON "Label"("memberId");

-- CreateIndex
CREATE UNIQUE INDEX "Model_name_key" ON "Model"("name");

-- CreateIndex
CREATE INDEX "Model_createdAt_id_idx" ON "Model"("createdAt", "id");

-- CreateIndex
CREATE INDEX "Model_checksum_idx" ON "Model"("checksum");

-- CreateIndex
CREATE UNIQUE INDEX "Run_idempotencyKey_key" ON "Run"("idempotencyKey");

-- CreateIndex
CREATE UNIQUE INDEX "Run_modelId_key" ON "Run"("modelId");

-- CreateIndex
CREATE INDEX "Run_status_createdAt_idx" ON "Run"("status", "createdAt");

-- CreateIndex
CREATE INDEX "Run_createdAt_id_idx" ON "Run"("createdAt", "id");

-- CreateIndex
CREATE INDEX "RunAssignment_memberId_idx" ON "RunAssignment"("memberId");

-- CreateIndex
CREATE UNIQUE INDEX "Metric_runId_split_name_step_key" ON "Metric"("runId", "split", "name", "step");

-- CreateIndex
CREATE UNIQUE INDEX "Checkpoint_runId_step_key" ON "Checkpoint"("runId", "step");

-- CreateIndex
CREATE INDEX "Embedding_compoundId_idx" ON "Embedding"("compoundId");

-- CreateIndex
CREATE UNIQUE INDEX "Embedding_modelId_pooling_smiles_key" ON "Embedding"("modelId", "pooling", "smiles");

-- CreateIndex
CREATE INDEX "Prediction_compoundId_idx" ON "Prediction"("compoundId");

-- CreateIndex
CREATE INDEX "Prediction_createdAt_id_idx" ON "Prediction"("createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Prediction_modelId_smiles_key" ON "Prediction"("modelId", "smiles");

-- CreateIndex
CREATE UNIQUE INDEX "Projection_contentKey_key" ON "Projection"("contentKey");

-- AddForeignKey
ALTER TABLE "DatasetCompound" ADD CONSTRAINT "DatasetCompound_datasetId_fkey" FOREIGN KEY ("datasetId") REFERENCES "Dataset"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "DatasetCompound" ADD CONSTRAINT "DatasetCompound_compoundId_fkey" FOREIGN KEY ("compoundId") REFERENCES "Compound"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LabelSet" ADD CONSTRAINT "LabelSet_datasetId_fkey" FOREIGN KEY ("datasetId") REFERENCES "Dataset"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Label" ADD CONSTRAINT "Label_labelSetId_fkey" FOREIGN KEY ("labelSetId") REFERENCES "LabelSet"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Label" ADD CONSTRAINT "Label_memberId_fkey" FOREIGN KEY ("memberId") REFERENCES "DatasetCompound"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Model" ADD CONSTRAINT "Model_baseModelId_fkey" FOREIGN KEY ("baseModelId") REFERENCES "Model"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_datasetId_fkey" FOREIGN KEY ("datasetId") REFERENCES "Dataset"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_baseModelId_fkey" FOREIGN KEY ("baseModelId") REFERENCES "Model"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunAssignment" ADD CONSTRAINT "RunAssignment_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunAssignment" ADD CONSTRAINT "RunAssignment_memberId_fkey" FOREIGN KEY ("memberId") REFERENCES "DatasetCompound"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Metric" ADD CONSTRAINT "Metric_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Checkpoint" ADD CONSTRAINT "Checkpoint_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Evaluation" ADD CONSTRAINT "Evaluation_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Embedding" ADD CONSTRAINT "Embedding_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Embedding" ADD CONSTRAINT "Embedding_compoundId_fkey" FOREIGN KEY ("compoundId") REFERENCES "Compound"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Prediction" ADD CONSTRAINT "Prediction_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Prediction" ADD CONSTRAINT "Prediction_compoundId_fkey" FOREIGN KEY ("compoundId") REFERENCES "Compound"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
