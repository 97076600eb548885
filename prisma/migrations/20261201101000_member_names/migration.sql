-- Molecules are found by the names that datasets give (src/datasets/search/named-molecules.ts).
CREATE INDEX "DatasetCompound_name_key" ON "DatasetCompound" (lower(left("name", 200)));
