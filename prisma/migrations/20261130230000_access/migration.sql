-- Keys of the API, projects that rows belong to, and the log of who did what.
-- CreateEnum
CREATE TYPE "KeyRole" AS ENUM ('READER', 'MEMBER', 'ADMIN');

-- CreateTable
CREATE TABLE "Project" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Project_pkey" PRIMARY KEY ("id")
);

-- Everyone's, and that of a server without keys.
INSERT INTO "Project" ("id", "name") VALUES ('shared', 'shared'), ('default', 'default');

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "previousHash" TEXT,
    "previousUntil" TIMESTAMPTZ(3),
    "role" "KeyRole" NOT NULL,
    "pointsPerMinute" INTEGER,
    "maxRuns" INTEGER,
    "maxBytes" BIGINT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expiresAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),
    "lastUsedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApiKeyProject" (
    "keyId" TEXT NOT NULL,
    "projectId" TEXT NOT NULL,
    "place" INTEGER NOT NULL,

    CONSTRAINT "ApiKeyProject_pkey" PRIMARY KEY ("keyId","projectId")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "id" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "requestId" TEXT NOT NULL,
    "keyId" TEXT,
    "keyName" TEXT,
    "address" TEXT,
    "action" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "details" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("id")
);

-- AlterTable
ALTER TABLE "Dataset" ADD COLUMN     "createdById" TEXT,
ADD COLUMN     "projectId" TEXT NOT NULL DEFAULT 'default';

-- AlterTable
ALTER TABLE "Model" ADD COLUMN     "createdById" TEXT,
ADD COLUMN     "projectId" TEXT NOT NULL DEFAULT 'default';

-- AlterTable
ALTER TABLE "ModelDownload" ADD COLUMN     "createdById" TEXT,
ADD COLUMN     "projectId" TEXT NOT NULL DEFAULT 'default';

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "createdById" TEXT,
ADD COLUMN     "projectId" TEXT NOT NULL DEFAULT 'default';

-- AlterTable
ALTER TABLE "RunGroup" ADD COLUMN     "createdById" TEXT,
ADD COLUMN     "projectId" TEXT NOT NULL DEFAULT 'default';

-- AlterTable
ALTER TABLE "Embedding" ADD COLUMN     "projectId" TEXT NOT NULL DEFAULT 'default';

-- AlterTable
ALTER TABLE "Prediction" ADD COLUMN     "projectId" TEXT NOT NULL DEFAULT 'default';

-- What ships with the package, and the sample, are everyone's.
UPDATE "Model" SET "projectId" = 'shared' WHERE "artifact" LIKE 'package:%';
UPDATE "Dataset" SET "projectId" = 'shared'
WHERE "name" = 'sample' AND "source" LIKE 'samples/food-compounds.csv%';

-- DropIndex
DROP INDEX "Dataset_name_key";

-- DropIndex
DROP INDEX "Embedding_modelId_pooling_layer_smiles_key";

-- DropIndex
DROP INDEX "Model_name_key";

-- DropIndex
DROP INDEX "Prediction_modelId_smiles_forms_key";

-- DropIndex
DROP INDEX "Run_idempotencyKey_key";

-- DropIndex
DROP INDEX "RunGroup_idempotencyKey_key";

-- CreateIndex
CREATE UNIQUE INDEX "Project_name_key" ON "Project"("name");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_name_key" ON "ApiKey"("name");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_hash_key" ON "ApiKey"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_previousHash_key" ON "ApiKey"("previousHash");

-- CreateIndex
CREATE INDEX "ApiKeyProject_projectId_idx" ON "ApiKeyProject"("projectId");

-- CreateIndex
CREATE INDEX "AuditEntry_at_id_idx" ON "AuditEntry"("at", "id");

-- CreateIndex
CREATE INDEX "AuditEntry_keyId_at_idx" ON "AuditEntry"("keyId", "at");

-- CreateIndex
CREATE UNIQUE INDEX "Dataset_projectId_name_key" ON "Dataset"("projectId", "name");

-- CreateIndex
CREATE UNIQUE INDEX "Embedding_modelId_projectId_pooling_layer_smiles_key" ON "Embedding"("modelId", "projectId", "pooling", "layer", "smiles");

-- CreateIndex
CREATE UNIQUE INDEX "Prediction_modelId_projectId_smiles_forms_key" ON "Prediction"("modelId", "projectId", "smiles", "forms");

-- CreateIndex
CREATE UNIQUE INDEX "Model_projectId_name_key" ON "Model"("projectId", "name");

-- CreateIndex
CREATE UNIQUE INDEX "Run_projectId_idempotencyKey_key" ON "Run"("projectId", "idempotencyKey");

-- CreateIndex
CREATE UNIQUE INDEX "RunGroup_projectId_idempotencyKey_key" ON "RunGroup"("projectId", "idempotencyKey");

-- AddForeignKey
ALTER TABLE "ApiKeyProject" ADD CONSTRAINT "ApiKeyProject_keyId_fkey" FOREIGN KEY ("keyId") REFERENCES "ApiKey"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKeyProject" ADD CONSTRAINT "ApiKeyProject_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Dataset" ADD CONSTRAINT "Dataset_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Model" ADD CONSTRAINT "Model_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ModelDownload" ADD CONSTRAINT "ModelDownload_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunGroup" ADD CONSTRAINT "RunGroup_projectId_fkey" FOREIGN KEY ("projectId") REFERENCES "Project"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
