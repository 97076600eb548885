-- The claim in which a run made its last progress. Of finetunes it was that of the last checkpoint; prediction and
-- embedding runs have none, and were counted from their start.
-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "progressAttempt" INTEGER NOT NULL DEFAULT 0;

UPDATE "Run" r SET "progressAttempt" = c.attempt
FROM (SELECT "runId", max(attempt) AS attempt FROM "Checkpoint" GROUP BY "runId") c
WHERE c."runId" = r.id AND r.status IN ('QUEUED', 'RUNNING');
