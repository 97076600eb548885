-- The Morgan fingerprints of near-duplicates are those of searches: one table. Those dropped are made again when they are asked
-- for. Copied, not renamed: PostgreSQL 18 names NOT NULL constraints after the table, earlier versions have none to rename.
DROP TABLE "Fingerprint";

-- CreateTable
CREATE TABLE "Fingerprint" (
    "compoundId" TEXT NOT NULL,
    "morgan" bit(2048) NOT NULL,
    "morganBits" INTEGER NOT NULL,
    "pattern" bit(2048) NOT NULL,

    CONSTRAINT "Fingerprint_pkey" PRIMARY KEY ("compoundId")
);

INSERT INTO "Fingerprint" ("compoundId", "morgan", "morganBits", "pattern")
SELECT "compoundId", "morgan", "morganBits", "pattern" FROM "SearchFingerprint";

DROP TABLE "SearchFingerprint";

-- AddForeignKey
ALTER TABLE "Fingerprint" ADD CONSTRAINT "Fingerprint_compoundId_fkey" FOREIGN KEY ("compoundId") REFERENCES "Compound"("id") ON DELETE CASCADE ON UPDATE CASCADE;
