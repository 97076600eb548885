-- What a finetune had to beat on each split: null in runs of versions that did not compare, and where nothing was fitted.
-- AlterTable
ALTER TABLE "Evaluation" ADD COLUMN     "baselines" JSONB;
