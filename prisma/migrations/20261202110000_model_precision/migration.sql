-- How a model computes when it answers: models of before are FLOAT32.
-- AlterTable
ALTER TABLE "Model" ADD COLUMN     "precision" TEXT NOT NULL DEFAULT 'FLOAT32';
