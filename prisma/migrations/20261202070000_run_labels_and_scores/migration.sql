-- Runs have a description, notes, tags and an origin; their scores stand in rows, for lists by score.
-- CreateEnum
CREATE TYPE "RunOriginKind" AS ENUM ('CLONE', 'CONTINUE');

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "description" TEXT,
ADD COLUMN     "notes" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "originId" TEXT,
ADD COLUMN     "originKind" "RunOriginKind",
ADD COLUMN     "tags" TEXT[] DEFAULT ARRAY[]::TEXT[];

-- CreateTable
CREATE TABLE "RunScore" (
    "runId" TEXT NOT NULL,
    "split" "Split" NOT NULL,
    "name" TEXT NOT NULL,
    "value" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "RunScore_pkey" PRIMARY KEY ("runId","split","name")
);

-- CreateIndex
CREATE INDEX "RunScore_name_split_value_runId_idx" ON "RunScore"("name", "split", "value", "runId");

-- CreateIndex
CREATE INDEX "Run_originId_idx" ON "Run"("originId");

-- CreateIndex
CREATE INDEX "Run_tags_idx" ON "Run" USING GIN ("tags");

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_originId_fkey" FOREIGN KEY ("originId") REFERENCES "Run"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunScore" ADD CONSTRAINT "RunScore_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RunScore" ADD CONSTRAINT "RunScore_runId_split_fkey" FOREIGN KEY ("runId", "split") REFERENCES "Evaluation"("runId", "split") ON DELETE CASCADE ON UPDATE CASCADE;

-- The scores of the evaluations that there are. Reports of early versions have three, which stand alone.
INSERT INTO "RunScore" ("runId", split, name, value)
SELECT e."runId", e.split, s.key, s.value::float8
FROM "Evaluation" e
CROSS JOIN LATERAL jsonb_each_text(CASE WHEN jsonb_typeof(e.report -> 'scores') = 'object' THEN e.report -> 'scores'
  ELSE jsonb_build_object('loss', e.report -> 'loss', 'accuracy', e.report -> 'accuracy',
    'macroF1', e.report -> 'macroF1') END) s
WHERE s.value IS NOT NULL;
