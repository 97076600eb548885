-- Orders of the lists of runs, models and datasets: pages begin with a comparison of (column, id).
CREATE INDEX "Run_name_id_idx" ON "Run" (name, id);
CREATE INDEX "Model_name_id_idx" ON "Model" (name, id);
CREATE INDEX "Model_parameterCount_id_idx" ON "Model" ("parameterCount", id);
CREATE INDEX "Dataset_name_id_idx" ON "Dataset" (name, id);
CREATE INDEX "Dataset_size_id_idx" ON "Dataset" (size, id);
