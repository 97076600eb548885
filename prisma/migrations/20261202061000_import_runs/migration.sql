-- The import of a file is a run: it may go on after its client has left.
-- AlterEnum
ALTER TYPE "RunKind" ADD VALUE 'IMPORT';
