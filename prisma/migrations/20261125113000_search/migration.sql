-- Words of a name are split at blanks and punctuation; formula and InChIKey are marked, so that a word of a name is neither.
-- Names have up to 1,000 characters, a lexeme at most 2,046 bytes: so the first 500.
ALTER TABLE "Compound" ADD COLUMN "words" tsvector GENERATED ALWAYS AS (
  array_to_tsvector(
    array_remove(regexp_split_to_array(lower(left(coalesce("name", ''), 500)), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007f]+'), '')
    || ARRAY['formula:' || lower("formula"), 'key:' || lower("inchiKey")]
  )
) STORED;
ALTER TABLE "Compound" ADD COLUMN "nameKey" TEXT COLLATE "C" GENERATED ALWAYS AS (coalesce(lower(left("name", 100)), U&'\+10FFFF')) STORED;

-- CreateTable
CREATE TABLE "SearchFingerprint" (
    "compoundId" TEXT NOT NULL,
    "morgan" bit(2048) NOT NULL,
    "morganBits" INTEGER NOT NULL,
    "pattern" bit(2048) NOT NULL,

    CONSTRAINT "SearchFingerprint_pkey" PRIMARY KEY ("compoundId")
);

-- CreateIndex
CREATE INDEX "Compound_words_idx" ON "Compound" USING GIN ("words");

-- CreateIndex
CREATE INDEX "Compound_nameKey_id_idx" ON "Compound"("nameKey", "id");

-- CreateIndex
CREATE INDEX "Compound_molecularWeight_id_idx" ON "Compound"("molecularWeight", "id");

-- AddForeignKey
ALTER TABLE "SearchFingerprint" ADD CONSTRAINT "SearchFingerprint_compoundId_fkey" FOREIGN KEY ("compoundId") REFERENCES "Compound"("id") ON DELETE CASCADE ON UPDATE CASCADE;
