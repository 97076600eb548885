-- A run that starts from random weights, or that reads a file, has no base model.
ALTER TABLE "Run" ALTER COLUMN "baseModelId" DROP NOT NULL;
