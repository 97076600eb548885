-- A pretraining is a run like the others.
-- AlterEnum
ALTER TYPE "RunKind" ADD VALUE 'PRETRAIN';
