-- CreateIndex
CREATE INDEX "Metric_runId_name_split_sequence_idx" ON "Metric"("runId", "name", "split", "sequence");
