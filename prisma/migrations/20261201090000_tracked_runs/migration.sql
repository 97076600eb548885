-- CreateTable
CREATE TABLE "TrackedRun" (
    "runId" TEXT NOT NULL,
    "externalId" TEXT,
    "sequence" INTEGER NOT NULL DEFAULT 0,
    "done" BOOLEAN NOT NULL DEFAULT false,
    "holder" TEXT,
    "heldUntil" TIMESTAMPTZ(3),

    CONSTRAINT "TrackedRun_pkey" PRIMARY KEY ("runId")
);

-- CreateIndex
CREATE INDEX "TrackedRun_done_idx" ON "TrackedRun"("done");

-- AddForeignKey
ALTER TABLE "TrackedRun" ADD CONSTRAINT "TrackedRun_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
