-- Attempts are counted before the work starts, so that work that ends its process is set aside.
-- AlterTable
ALTER TABLE "ModelDownload" ADD COLUMN     "attempts" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "mostBytes" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "losses" INTEGER NOT NULL DEFAULT 0;
