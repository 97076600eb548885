-- Molecules are found by the names that datasets give (src/datasets/search/named-molecules.ts).
-- CreateIndex
CREATE INDEX "DatasetCompound_nameKey_idx" ON "DatasetCompound"("nameKey");
