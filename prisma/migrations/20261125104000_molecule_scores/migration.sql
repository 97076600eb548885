-- A run may split rows instead of molecules: then a molecule has several assignments.
ALTER TABLE "RunAssignment" ADD COLUMN     "ordinal" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "RunAssignment" DROP CONSTRAINT "RunAssignment_pkey";
ALTER TABLE "RunAssignment" ADD CONSTRAINT "RunAssignment_pkey" PRIMARY KEY ("runId","memberId","ordinal");

-- What the splits of a run share with its training split.
ALTER TABLE "Run" ADD COLUMN     "leakage" JSONB;

-- CreateTable
CREATE TABLE "EvaluationOutput" (
    "runId" TEXT NOT NULL,
    "split" "Split" NOT NULL,
    "width" INTEGER NOT NULL,
    "values" BYTEA NOT NULL,

    CONSTRAINT "EvaluationOutput_pkey" PRIMARY KEY ("runId","split")
);

-- CreateTable
CREATE TABLE "Fingerprint" (
    "compoundId" TEXT NOT NULL,
    "bits" BYTEA NOT NULL,

    CONSTRAINT "Fingerprint_pkey" PRIMARY KEY ("compoundId")
);

-- AddForeignKey
ALTER TABLE "EvaluationOutput" ADD CONSTRAINT "EvaluationOutput_runId_split_fkey" FOREIGN KEY ("runId", "split") REFERENCES "Evaluation"("runId", "split") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Fingerprint" ADD CONSTRAINT "Fingerprint_compoundId_fkey" FOREIGN KEY ("compoundId") REFERENCES "Compound"("id") ON DELETE CASCADE ON UPDATE CASCADE;
