-- A dataset goes by its own SMILES and names: tautomers share an InChIKey, so a compound has several forms.
-- AlterTable
ALTER TABLE "DatasetCompound" ADD COLUMN     "scaffold" TEXT;

-- The scaffold of another form than the compound's is made when the service starts. A compound of one dataset has its name from there.
UPDATE "DatasetCompound" m SET
  "scaffold" = CASE WHEN c."smiles" = m."smiles" THEN c."scaffold" END,
  "name" = coalesce(m."name", CASE WHEN o."datasets" = 1 THEN c."name" END)
FROM "Compound" c, (SELECT "compoundId", count(*) AS "datasets" FROM "DatasetCompound" GROUP BY "compoundId") o
WHERE c."id" = m."compoundId" AND o."compoundId" = m."compoundId";

-- Words of names are those of a dataset. Split at blanks and punctuation; names have up to 1,000 characters, a lexeme at most
-- 2,046 bytes: so the first 500.
ALTER TABLE "DatasetCompound" ADD COLUMN "words" tsvector GENERATED ALWAYS AS (
  array_to_tsvector(
    array_remove(regexp_split_to_array(lower(left(coalesce("name", ''), 500)), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+'), '')
  )
) STORED,
ADD COLUMN "nameKey" TEXT COLLATE "C" GENERATED ALWAYS AS (coalesce(lower(left("name", 100)), U&'\+10FFFF')) STORED;

-- Formula and InChIKey are the same for all forms.
ALTER TABLE "Compound" DROP COLUMN "words",
ADD COLUMN "keys" tsvector GENERATED ALWAYS AS (
  array_to_tsvector(ARRAY['formula:' || lower("formula"), 'key:' || lower("inchiKey")])
) STORED;

-- Fingerprints are those of a SMILES. Those that are there are of the compounds' own.
ALTER TABLE "Fingerprint" ADD COLUMN     "smiles" TEXT;
UPDATE "Fingerprint" f SET "smiles" = c."smiles" FROM "Compound" c WHERE c."id" = f."compoundId";
DELETE FROM "Fingerprint" f USING "Fingerprint" g WHERE f."smiles" = g."smiles" AND f."compoundId" > g."compoundId";
ALTER TABLE "Fingerprint" ALTER COLUMN "smiles" SET NOT NULL;
ALTER TABLE "Fingerprint" DROP CONSTRAINT "Fingerprint_pkey";
ALTER TABLE "Fingerprint" ADD CONSTRAINT "Fingerprint_pkey" PRIMARY KEY ("smiles");

-- CreateIndex
CREATE INDEX "Compound_keys_idx" ON "Compound" USING GIN ("keys");

-- CreateIndex
CREATE INDEX "Fingerprint_compoundId_idx" ON "Fingerprint"("compoundId");

-- CreateIndex
CREATE INDEX "DatasetCompound_words_idx" ON "DatasetCompound" USING GIN ("words");

-- CreateIndex
CREATE INDEX "DatasetCompound_datasetId_nameKey_compoundId_idx" ON "DatasetCompound"("datasetId", "nameKey", "compoundId");
