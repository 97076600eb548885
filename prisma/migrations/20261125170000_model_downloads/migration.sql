-- Models on their way from a hub.
-- CreateTable
CREATE TABLE "ModelDownload" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hub" TEXT NOT NULL,
    "revision" TEXT NOT NULL,
    "commit" TEXT NOT NULL,
    "target" TEXT,
    "files" JSONB NOT NULL,
    "status" "RunStatus" NOT NULL DEFAULT 'QUEUED',
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "totalBytes" BIGINT NOT NULL,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "errorParam" TEXT,
    "cancelRequestedAt" TIMESTAMPTZ(3),
    "modelId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "ModelDownload_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "ModelDownload_status_idx" ON "ModelDownload"("status");

-- CreateIndex
CREATE INDEX "ModelDownload_createdAt_id_idx" ON "ModelDownload"("createdAt", "id");

-- CreateIndex
CREATE INDEX "ModelDownload_modelId_idx" ON "ModelDownload"("modelId");

-- AddForeignKey
ALTER TABLE "ModelDownload" ADD CONSTRAINT "ModelDownload_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model"("id") ON DELETE SET NULL ON UPDATE CASCADE;
