-- Runs can be paused, put back after a fault that passes, and ordered by priority; what happens to them is kept.
-- CreateEnum
CREATE TYPE "EventLevel" AS ENUM ('INFO', 'WARNING', 'ERROR');

-- AlterEnum
ALTER TYPE "RunStatus" ADD VALUE 'PAUSED';

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "faults" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "lastEvent" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "notBefore" TIMESTAMPTZ(3),
ADD COLUMN     "pauseRequestedAt" TIMESTAMPTZ(3),
ADD COLUMN     "priority" INTEGER NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "RunAttempt" (
    "runId" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "workerId" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "device" TEXT,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "endedAt" TIMESTAMPTZ(3),
    "fromStep" INTEGER NOT NULL DEFAULT 0,
    "toStep" INTEGER,
    "ending" TEXT,
    "code" TEXT,
    "message" TEXT,

    CONSTRAINT "RunAttempt_pkey" PRIMARY KEY ("runId","attempt")
);

-- CreateTable
CREATE TABLE "RunEvent" (
    "runId" TEXT NOT NULL,
    "sequence" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "level" "EventLevel" NOT NULL,
    "kind" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',
    "attempt" INTEGER NOT NULL,

    CONSTRAINT "RunEvent_pkey" PRIMARY KEY ("runId","sequence")
);

-- AddForeignKey
ALTER TABLE "RunAttempt" ADD CONSTRAINT "RunAttempt_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunEvent" ADD CONSTRAINT "RunEvent_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
