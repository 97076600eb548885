-- What each row says of a molecule's label where rows contradict each other (src/datasets/conflicts).
-- AlterTable
ALTER TABLE "Label" ADD COLUMN     "line" INTEGER;

-- CreateTable
CREATE TABLE "LabelClaim" (
    "labelSetId" TEXT NOT NULL,
    "memberId" TEXT NOT NULL,
    "line" INTEGER NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "LabelClaim_pkey" PRIMARY KEY ("labelSetId","memberId","line","value")
);

-- CreateIndex
CREATE INDEX "LabelClaim_memberId_idx" ON "LabelClaim"("memberId");

-- AddForeignKey
ALTER TABLE "LabelClaim" ADD CONSTRAINT "LabelClaim_labelSetId_fkey" FOREIGN KEY ("labelSetId") REFERENCES "LabelSet"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LabelClaim" ADD CONSTRAINT "LabelClaim_memberId_fkey" FOREIGN KEY ("memberId") REFERENCES "DatasetCompound"("id") ON DELETE CASCADE ON UPDATE CASCADE;
